package artifact

import (
	"bytes"
	"fmt"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
)

// BeginComparison removes what the last comparison left, and touches nothing of a run. Where it fails, nothing may be
// compared: a comparison that then fails would leave the last one for its own.
func (s *Store) BeginComparison() error {
	_, err := s.sweep(comparisonNames)
	return err
}

// Compared names and dates a comparison, and writes it, whole or not at all.
func (s *Store) Compared(c *comparison.Comparison) error {
	c.SchemaVersion, c.RunID, c.GeneratedAt = SchemaVersion, s.options.RunID, s.now()
	data, err := encode(c)
	if err == nil && len(data) > MaxComparison {
		err = fmt.Errorf("its %d bytes are more than the %d that a reader takes", len(data), MaxComparison)
	}
	if err != nil {
		return s.failed("write", ComparisonName, err)
	}
	if err := s.requireLock(); err != nil {
		return err
	}
	return s.replace(ComparisonName, bytes.NewReader(data))
}
