//go:build unix

package artifact

import (
	"errors"
	"os"
)

// sharedTemp is where a person looks for a log.
func sharedTemp() string { return "/tmp" }

// SyncFolder writes the names in a folder to the disk: a synced file is found again only if its directory is synced
// too.
func SyncFolder(root *os.Root) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
