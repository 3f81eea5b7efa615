package artifact

import (
	"bytes"
	"errors"
	"os"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
)

// WriteByProduct writes a file that no verdict depends on, whole or not at all: the trace of the run, or what is made
// of its artifacts for others to read.
func (s *Store) WriteByProduct(name string, content []byte) error {
	return s.replace(name, bytes.NewReader(content))
}

// RemoveByProduct removes a file that WriteByProduct wrote; one that is not there is no error.
func (s *Store) RemoveByProduct(name string) error { return errors.Join(s.remove(name), s.sync()) }

// ReadByProduct reads a file that WriteByProduct wrote from a folder of artifacts. It must be a regular file, and no
// longer than a run writes. The error wraps fs.ErrNotExist where there is none.
func ReadByProduct(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return foreign.ReadIn(root, name, MaxJSON)
}
