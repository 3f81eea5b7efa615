//go:build unix

package artifact

import "fmt"

// sharedTemp is where a person looks for a log.
func sharedTemp() string { return "/tmp" }

// sync writes the names in the folder to the disk: a synced file is found again only if its directory is synced too.
func (s *Store) sync() error {
	dir, err := s.root.Open(".")
	if err != nil {
		return fmt.Errorf("cannot sync %s: %w", s.dir, err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return s.failed("sync", ".", err)
	}
	return nil
}
