package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Comparison holds the comparison in a folder of artifacts against CONTRACT §8, and returns it: nil where it does not
// hold, and where there is none, which is no broken promise. Of expect only the commit counts.
func Comparison(dir string, expect Expect) (Report, *comparison.Comparison) {
	made := []string{artifact.ComparisonMarkdownName, artifact.ComparisonReportName}
	return several(dir, expect, artifact.ComparisonName, made, (*verification).comparison)
}

// several reads what several gates came to from the artifact of a name in a folder, has it checked, and returns it as
// Comparison does. Made are the files that are made of it, and do not stand without it.
func several[T any](
	dir string, expect Expect, name string, made []string, check func(v *verification, value *T),
) (Report, *T) {
	root, err := openReadable(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Report{}, nil
	}
	if err != nil {
		return Report{Broken: []string{line("cannot read the artifacts in %s: %v", dir, err)}}, nil
	}
	defer root.Close()
	v := &verification{root: root, dir: dir, expect: expect}
	value, is := read[T](v, name)
	switch is {
	case absent:
		v.widowed(name, made...)
	case whole:
		check(v, &value)
	}
	report := v.bounded()
	if is != whole || report.Err() != nil {
		return report, nil
	}
	return report, &value
}

// widowed checks that no file stands that is made of one which is absent.
func (v *verification) widowed(of string, made ...string) {
	for _, name := range made {
		if v.stands(name) {
			v.say("%s stands in %s without %s", name, filepath.Base(v.dir), of)
		}
	}
}

// comparison checks what both gates came to, and that all else follows from it.
func (v *verification) comparison(c *comparison.Comparison) {
	v.RunID = c.RunID
	v.Told = fmt.Sprintf("comparison %s: %s -> %s: %s", c.RunID, c.Base, c.Candidate, c.Conclusion())
	v.run(artifact.ComparisonName, verdict.Facts{
		RunID: c.RunID, GeneratedAt: c.GeneratedAt, SourceCommit: c.SourceCommit, Suite: c.Suite,
	})
	if len(c.Base.Rounds) != len(c.Candidate.Rounds) {
		v.say("%s: the base was judged %d times, and the candidate %d times", artifact.ComparisonName,
			len(c.Base.Rounds), len(c.Candidate.Rounds))
	}
	if v.findings != nil && !reflect.DeepEqual(c.Families, comparison.Families(c.Suite, v.findings)) {
		v.say("%s: families are not those of the suite", artifact.ComparisonName)
	}
	chosen := slices.Sorted(maps.Keys(c.Base.Rounds[0].Scenarios.Of))
	for _, side := range c.Sides() {
		for i, round := range side.Rounds {
			where := fmt.Sprintf("%s: round %d of the %s", artifact.ComparisonName, i+1, side.Name)
			v.known(where, c.Suite, maps.Keys(round.Scenarios.Of))
			if !slices.Equal(chosen, slices.Sorted(maps.Keys(round.Scenarios.Of))) {
				v.say("%s: its scenarios are not those of the others", where)
			}
			v.round(where, c.Suite, side.Gate, round)
		}
	}
	for _, side := range c.Sides() {
		for _, account := range side.Promises {
			v.standings(fmt.Sprintf("%s: %s of the %s", artifact.ComparisonName, account.Kind, side.Name), account)
		}
	}
	if v.Broken != nil {
		return // what would follow from this is of no account
	}
	follows := *c
	follows.Settle()
	if !reflect.DeepEqual(follows.Difference, c.Difference) {
		v.say("%s: the differences are not those of its two gates", artifact.ComparisonName)
	}
	if follows.Verdict != c.Verdict || follows.ExitCode != c.ExitCode {
		v.say("%s: the verdict is %s with exit code %d, and its two gates make it %s with %d", artifact.ComparisonName,
			c.Verdict, c.ExitCode, follows.Verdict, follows.ExitCode)
	}
}

// round checks what a gate came to when it was judged once.
func (v *verification) round(where string, table suite.Suite, gate comparison.Gate, round comparison.Round) {
	for _, s := range table {
		outcomes, chosen := round.Scenarios.Of[s.Name]
		for i, stage := range suite.Stages() {
			at := fmt.Sprintf("%s: %s at %s", where, s.Name, stage.Name)
			switch {
			case outcomes[i] != nil:
				v.outcome(at, s, i, outcomes[i], string(gate.PackageVersion))
			case chosen:
				v.say("%s: the stage did not run", at)
			}
		}
	}
	run := &verdict.Run{
		Facts: verdict.Facts{Suite: table}, Evidence: round.Scenarios.Of, Exits: verdict.ExitsOf(round.Scenarios.Of),
	}
	follow := comparison.MissedIn(run)
	// That evidence is of another stage does not show in what is kept of it. A run tells of one such stage.
	unseen := func(m comparison.Missed) bool {
		return m.Step == suite.EvidenceContract.Name && !slices.Contains(follow, m)
	}
	if i := slices.IndexFunc(round.Missed, unseen); i >= 0 {
		run.Failure = failureAt(round.Missed[i])
		follow = comparison.MissedIn(run)
	}
	said := len(v.Broken)
	for _, m := range follow {
		if !slices.Contains(round.Missed, m) {
			v.say("%s: %s at %s is not among what it missed: %s", where, m.Scenario, m.Stage, m.Why)
		}
	}
	for _, m := range round.Missed {
		if !slices.Contains(follow, m) {
			v.say("%s: it did not miss %s at %s", where, m.Scenario, m.Stage)
		}
	}
	if len(v.Broken) == said && !slices.Equal(follow, round.Missed) {
		v.say("%s: what it missed is not in the order of the suite, each once", where)
	}
}

// failureAt is how a run tells of a stage that missed its contract.
func failureAt(m comparison.Missed) *verdict.Failure {
	f := &verdict.Failure{Phase: m.Scenario, Step: m.Step}
	for _, stage := range suite.Stages() {
		if stage.Name == m.Stage {
			f.CommandStep = verdict.Text(stage.Step.Name)
		}
	}
	return f
}
