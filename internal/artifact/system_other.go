//go:build !unix

package artifact

import "os"

// sharedTemp is where a person looks for a log.
func sharedTemp() string { return os.TempDir() }

// SyncFolder does nothing: Windows has no way to sync a directory.
func SyncFolder(*os.Root) error { return nil }
