package verdict_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// finding is what every block found.
var finding = verdict.Finding{Rule: "r", Severity: "ERROR", File: "f"}

func outcome(exit int) *verdict.Outcome {
	if exit == 0 {
		return artifacttest.Outcome(0)
	}
	return artifacttest.Outcome(exit, finding)
}

// met are the results of a run that passed.
func met() verdict.Results { return artifacttest.Met(finding) }

// leave writes the artifacts of a run that ended with f (nil: it passed), and returns their folder.
func leave(t *testing.T, results verdict.Results, f *suite.Failure) string {
	t.Helper()
	ci := verdict.Step{Phase: "mixed", Name: "stage_ci", Took: 3 * time.Second, Log: artifacttest.Contract}
	return artifacttest.Left{
		Run: artifacttest.Run("embedded"), Results: results, Failure: f, Steps: []verdict.Step{ci},
	}.In(t)
}

func states(run *verdict.Run) (states []verdict.State) {
	for _, c := range run.Cells() {
		states = append(states, c.State)
	}
	return states
}

func TestCasesTellWhatBecameOfEachStage(t *testing.T) {
	t.Parallel()
	const ok, missed, broke, not, out = verdict.Met, verdict.Missed, verdict.Broke, verdict.NotRun, verdict.LeftOut
	with := func(change func(verdict.Results)) verdict.Results {
		results := met()
		change(results)
		return results
	}
	letThrough := artifacttest.Failure("violations", suite.ExitContract, suite.KindContract)
	letThrough.Command = suite.StagePrePush
	unproven := artifacttest.Failure("mixed", suite.EvidenceContract, suite.KindContract)
	unproven.Command = suite.StageCI
	for name, test := range map[string]struct {
		results verdict.Results
		failure *suite.Failure
		want    []verdict.State
	}{
		"passed": {met(), nil, []verdict.State{ok, ok, ok, ok, ok, ok, ok, ok, ok}},
		"partial": {verdict.Results{"mixed": met()["mixed"]}, nil,
			[]verdict.State{out, out, out, out, out, out, ok, ok, ok}},
		"a violation was let through": {
			with(func(r verdict.Results) { r["violations"] = verdict.Outcomes{outcome(1), outcome(0), outcome(1)} }),
			letThrough,
			[]verdict.State{ok, ok, ok, ok, missed, ok, ok, ok, ok},
		},
		"a crash that looks like a block": {
			with(func(r verdict.Results) {
				r["mixed"] = verdict.Outcomes{outcome(1), outcome(1), {Exit: 1}}
			}), unproven,
			[]verdict.State{ok, ok, ok, ok, ok, ok, ok, ok, missed},
		},
		"evidence of another stage": {met(), unproven, []verdict.State{ok, ok, ok, ok, ok, ok, ok, ok, missed}},
		"a stage that could not be run": {
			verdict.Results{"clean": met()["clean"], "violations": {outcome(1)}},
			artifacttest.Failure("violations", suite.StagePrePush, suite.KindStep),
			[]verdict.State{ok, ok, ok, ok, broke, not, not, not, not},
		},
		"an install that failed": {
			verdict.Results{}, artifacttest.Failure("clean", suite.NPMInstallPackage, suite.KindStep),
			[]verdict.State{broke, not, not, not, not, not, not, not, not},
		},
		"a preflight that failed": {
			verdict.Results{}, artifacttest.Failure(suite.Preflight, suite.SourceRepo, suite.KindEnvironment),
			[]verdict.State{broke, not, not, not, not, not, not, not, not},
		},
		"artifacts that could not be written": {
			met(), artifacttest.Failure(suite.Preflight, suite.ArtifactWrite, suite.KindEnvironment),
			[]verdict.State{ok, ok, ok, ok, ok, ok, ok, ok, broke},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, err := verify.Read(leave(t, test.results, test.failure))
			if err != nil {
				t.Fatal(err)
			}
			if got := states(run); !slices.Equal(got, test.want) {
				t.Errorf("got  %v\nwant %v", got, test.want)
			}
			for _, c := range run.Cells() {
				if (c.State == verdict.Met) != (c.Why == "") {
					t.Errorf("%s at %s is %s: %q", c.Scenario.Name, c.Stage.Name, c.State, c.Why)
				}
			}
			if final := run.Cells()[8]; final.Took != 3*time.Second || final.Log != artifacttest.Contract {
				t.Errorf("the record was not read: %+v", final)
			}
		})
	}
}

func TestNothingIsMadeOfArtifactsThatDoNotHold(t *testing.T) {
	t.Parallel()
	dir := leave(t, met(), nil)
	if err := os.Remove(filepath.Join(dir, artifact.EvidenceName)); err != nil {
		t.Fatal(err)
	}
	if run, err := verify.Read(dir); err == nil {
		t.Errorf("read %+v", run)
	}
}

func TestTimeIsCountedOnceHoweverManyAreBusy(t *testing.T) {
	t.Parallel()
	step := func(began, took time.Duration) verdict.Step {
		return verdict.Step{Began: began * time.Second, Took: took * time.Second}
	}
	if got := verdict.Busy([]verdict.Step{step(10, 1), step(0, 4), step(1, 1), step(3, 2)}); got != 6*time.Second {
		t.Errorf("got %v", got)
	}
}
