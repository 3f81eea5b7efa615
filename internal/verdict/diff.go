package verdict

import (
	"cmp"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Difference is a stage of a scenario that came to something else in one run than in another.
type Difference struct {
	Scenario suite.Scenario
	Stage    suite.Stage
	// Was and Is are what the stage came to in each run; nil where it did not run.
	Was, Is *Outcome
	// Gone are the findings of the first run that the second has not, and Appeared the other way round, in the order of
	// an artifact. A finding that both have several times counts so many times.
	Gone, Appeared []Finding
}

// ExitDiffers tells whether the exits differ, or the stage ran in one of the runs alone.
func (d Difference) ExitDiffers() bool {
	return (d.Was == nil) != (d.Is == nil) || d.Was != nil && d.Was.Exit != d.Is.Exit
}

// Diff returns the stages in which the gate did something else in another run than in this one, in the order of the
// matrix; none where it did the same.
func (r *Run) Diff(other *Run) (differences []Difference) {
	for _, s := range r.Suite {
		for i, stage := range suite.Stages() {
			d := Difference{Scenario: s, Stage: stage, Was: r.Evidence[s.Name][i], Is: other.Evidence[s.Name][i]}
			if d.Was == nil && d.Is == nil {
				continue
			}
			was, is := cmp.Or(d.Was, &Outcome{}), cmp.Or(d.Is, &Outcome{})
			d.Gone, d.Appeared = without(was.Findings, is.Findings), without(is.Findings, was.Findings)
			if d.ExitDiffers() || was.Outcome != is.Outcome || d.Gone != nil || d.Appeared != nil ||
				!slices.Equal(slices.Sorted(slices.Values(was.Rulesets)), slices.Sorted(slices.Values(is.Rulesets))) {
				differences = append(differences, d)
			}
		}
	}
	return differences
}

// without returns the findings that are not among others, each of which stands for one.
func without(findings, others []Finding) (left []Finding) {
	others = slices.Clone(others)
	for _, f := range slices.SortedFunc(slices.Values(findings), Finding.Compare) {
		if at := slices.IndexFunc(others, func(o Finding) bool { return f.Compare(o) == 0 }); at >= 0 {
			others = slices.Delete(others, at, at+1)
			continue
		}
		left = append(left, f)
	}
	return left
}
