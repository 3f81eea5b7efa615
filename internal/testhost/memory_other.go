//go:build !linux

package testhost

// memory returns the empty string: there is no such directory elsewhere.
func memory() string { return "" }
