package workspace

import "io/fs"

// ownedByUs is true: the temporary directory is the user's own.
func ownedByUs(fs.FileInfo) bool { return true }
