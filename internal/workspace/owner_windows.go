package workspace

import "io/fs"

// ownedByUs is true: the temporary directory is the user's own.
func ownedByUs(fs.FileInfo) bool { return true }

// try finds nothing wrong: Windows knows neither executable bits nor such mounts, and npm makes no links there.
func try(string) error { return nil }
