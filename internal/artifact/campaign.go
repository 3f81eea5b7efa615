package artifact

import (
	"errors"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
)

// BeginComparison removes what the last comparison left, and touches nothing of a run. Where it fails, nothing may be
// compared: a comparison that then fails would leave the last one for its own.
func (s *Store) BeginComparison() error {
	_, err := s.sweep(comparisonNames)
	return errors.Join(err, s.removeFolder(ComparisonSources))
}

// Compared names and dates a comparison, and writes it, whole or not at all.
func (s *Store) Compared(c *comparison.Comparison) error {
	c.SchemaVersion, c.RunID, c.GeneratedAt = SchemaVersion, s.options.RunID, s.now()
	return s.writeLarge(ComparisonName, c)
}

// BeginSweep removes what the last sweep left, as BeginComparison does.
func (s *Store) BeginSweep() error {
	_, err := s.sweep(sweepNames)
	return errors.Join(err, s.removeFolder(SweepSources))
}

// Swept writes a sweep that is named and dated as Stamp does it, whole or not at all.
func (s *Store) Swept(sweep any) error { return s.writeLarge(SweepName, sweep) }

// BeginBisection removes what the last bisection left, as BeginComparison does.
func (s *Store) BeginBisection() error {
	_, err := s.sweep([]string{BisectionName})
	return err
}

// Bisected writes a bisection that is named and dated as Stamp does it, whole or not at all.
func (s *Store) Bisected(bisection any) error { return s.writeLarge(BisectionName, bisection) }

// BeginJourneys removes what the last journeys left, as BeginComparison does.
func (s *Store) BeginJourneys() error {
	_, err := s.sweep(journeyNames)
	return err
}

// Travelled writes a report on journeys that is named and dated as Stamp does it, whole or not at all.
func (s *Store) Travelled(report any) error { return s.writeLarge(JourneysName, report) }

// BeginProbes removes what the last probes left, as BeginComparison does.
func (s *Store) BeginProbes() error {
	_, err := s.sweep(probeNames)
	return err
}

// Probed writes a report on probes that is named and dated as Stamp does it, whole or not at all.
func (s *Store) Probed(report any) error { return s.writeLarge(ProbesName, report) }

// writeLarge writes a record of many verdicts in its place, while the lock is held.
func (s *Store) writeLarge(name string, record any) error {
	if err := s.requireLock(); err != nil {
		return err
	}
	return s.writeWithin(name, record, MaxLarge)
}
