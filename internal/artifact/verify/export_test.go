package verify

var Decode = decode
