package suite

import (
	"fmt"
	"slices"
	"strings"

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

// Found is one finding of a gate.
type Found struct{ Rule, File, Message string }

// Misses compares what a version of the gate found at a stage with what was planted, and returns the differences, a
// line each: a defect that it does not report, and a finding in a file of the scenario for which nothing was planted
// there. Findings about the repository are judged only where nothing at all was planted: then there must be none.
func (p Planted) Misses(stage Stage, version string, found []Found) (misses []string) {
	for _, d := range p.Defects {
		if !d.due(stage, version) || d.seen(found) {
			continue
		}
		if !after(version, d.FirstUntil) && slices.ContainsFunc(p.Defects, func(other Defect) bool {
			return slices.Equal(other.Rules, d.Rules) && other.seen(found)
		}) {
			continue
		}
		misses = append(misses, fmt.Sprintf("it does not report that %s in %s (%s)",
			d.Is, d.File, strings.Join(d.Rules, " or ")))
	}
	known := slices.Clone(p.Defects)
	for _, d := range p.Allowed {
		if d.due(stage, version) {
			known = append(known, d)
		}
	}
	for _, f := range found {
		judged := len(p.Defects)+len(p.Allowed) == 0 || slices.Contains(p.Files, f.File)
		if !judged || slices.ContainsFunc(known, func(d Defect) bool { return d.seen([]Found{f}) }) {
			continue
		}
		const says = "it reports %s in %s, where nothing of the kind was planted; if it is right, the suite wants " +
			"- {in: %[2]s, is: %[3]q, rule: %[1]s, since: %[4]s}"
		miss := fmt.Sprintf(says, f.Rule, f.File, f.Message, version)
		if !slices.Contains(misses, miss) {
			misses = append(misses, miss)
		}
	}
	return misses
}

// due tells whether a version of the gate must report the defect at a stage.
func (d Defect) due(stage Stage, version string) bool {
	return !slices.Contains(d.NotAt, stage.Name) && (d.Since == "" || !before(version, d.Since)) &&
		(d.Until == "" || !after(version, d.Until))
}

// seen tells whether a rule of the family is reported in the file.
func (d Defect) seen(found []Found) bool {
	return slices.ContainsFunc(found, func(f Found) bool {
		return f.File == d.File && slices.Contains(d.Rules, f.Rule)
	})
}

// before and after tell whether a version comes before or after another, as npm orders them. One that is no release,
// as 0.0.0 or what is no version, counts as the newest: it is held to what the newest release does. An empty bound is
// before all.
func before(version, bound string) bool { return compare(version, bound) < 0 }
func after(version, bound string) bool  { return compare(version, bound) > 0 }

func compare(version, bound string) int {
	v, err := semver.NewVersion(version)
	b, empty := semver.NewVersion(bound)
	if err != nil || empty != nil || v.Major() == 0 && v.Minor() == 0 && v.Patch() == 0 {
		return 1
	}
	return v.Compare(b)
}
