package artifact

import "bytes"

// WriteByProduct writes a file that no verdict depends on, whole or not at all: the trace of the run, or what is made of
// its artifacts for others to read.
func (s *Store) WriteByProduct(name string, content []byte) error {
	return s.replace(name, bytes.NewReader(content))
}
