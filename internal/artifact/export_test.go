package artifact

const ShownLog = shownLog

var TempName = tempName
