package suite

import (
	"slices"

	"github.com/Masterminds/semver/v3"
)

// Findings say what a gate must find in scenarios, by their names. A scenario that is not among them is held to its
// exits alone.
type Findings map[string]Planted

// Planted is what is wrong with a scenario on purpose.
type Planted struct {
	// Files are those of the scenario, by the consumer's own paths, with slashes.
	Files []string
	// Defects were planted. Allowed are findings that a gate may report and need not.
	Defects, Allowed []Defect
}

// Defect is something wrong in a file.
type Defect struct {
	// File is the consumer's own path, with slashes, and Is what is wrong, in one line.
	File, Is string
	// Rules is the family of rules any of which counts as having seen it.
	Rules []string
	// Since and Until are the first and the last version of the package that sees it; empty where there is none.
	Since, Until string
	// FirstUntil is the last version in which the rules name one file alone, however many have the defect; empty where
	// every version names all.
	FirstUntil string
	// NotAt are the names of the stages at which it is not reported.
	NotAt []string
}

// Due tells whether what the defect says of a version of the gate holds at a stage: that it is reported, or allowed.
func (d Defect) Due(stage Stage, version string) bool {
	return !slices.Contains(d.NotAt, stage.Name) && Within(version, d.Since, d.Until)
}

// Shared tells whether a report of another defect counts for this one in a version of the gate, whose rules name one
// file alone.
func (d Defect) Shared(other Defect, version string) bool {
	return d.FirstUntil != "" && compare(version, d.FirstUntil) <= 0 && slices.Equal(d.Rules, other.Rules)
}

// Released parses a version of the package, as npm orders them. It is nil for one that is no release: 0.0.0, or what is
// no version.
func Released(version string) *semver.Version {
	v, err := semver.NewVersion(version)
	if err != nil || v.Major() == 0 && v.Minor() == 0 && v.Patch() == 0 {
		return nil
	}
	return v
}

// Within tells whether a version lies between two, either of which may be empty. One that is no release counts as the
// newest: it is held to what the newest release does.
func Within(version, since, until string) bool {
	return compare(version, since) >= 0 && (until == "" || compare(version, until) <= 0)
}

// compare orders two versions. One that is no release counts as the newest. An empty bound comes before all.
func compare(version, bound string) int {
	v := Released(version)
	b, empty := semver.NewVersion(bound)
	if v == nil || empty != nil {
		return 1
	}
	return v.Compare(b)
}
