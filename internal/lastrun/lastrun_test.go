package lastrun_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/lastrun"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/lastrun/lastruntest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// finding is what every block found.
var finding = artifact.Finding{Rule: "r", Severity: "ERROR", File: "f"}

func outcome(exit int) *artifact.Outcome {
	if exit == 0 {
		return lastruntest.Outcome(0)
	}
	return lastruntest.Outcome(exit, finding)
}

// met are the results of a run that passed.
func met() artifact.Results { return lastruntest.Met(finding) }

// leave writes the artifacts of a run that ended with f (nil: it passed), and returns their folder.
func leave(t *testing.T, results artifact.Results, f *scenario.Failure) string {
	t.Helper()
	ci := artifact.Step{Phase: "mixed", Name: "stage_ci", Took: 3 * time.Second, Log: lastruntest.Contract}
	return lastruntest.Left{
		Run: lastruntest.Run("embedded"), Results: results, Failure: f, Steps: []artifact.Step{ci},
	}.In(t)
}

func states(run *lastrun.Run) (states []lastrun.State) {
	for _, c := range run.Cases {
		states = append(states, c.State)
	}
	return states
}

func TestCasesTellWhatBecameOfEachStage(t *testing.T) {
	t.Parallel()
	const ok, missed, broke, not, out = lastrun.Met, lastrun.Missed, lastrun.Broke, lastrun.NotRun, lastrun.LeftOut
	with := func(change func(artifact.Results)) artifact.Results {
		results := met()
		change(results)
		return results
	}
	letThrough := lastruntest.Failure("violations", scenario.ExitContract, scenario.KindContract)
	letThrough.Command = scenario.StagePrePush
	unproven := lastruntest.Failure("mixed", scenario.EvidenceContract, scenario.KindContract)
	unproven.Command = scenario.StageCI
	for name, test := range map[string]struct {
		results artifact.Results
		failure *scenario.Failure
		want    []lastrun.State
	}{
		"passed": {met(), nil, []lastrun.State{ok, ok, ok, ok, ok, ok, ok, ok, ok}},
		"partial": {artifact.Results{"mixed": met()["mixed"]}, nil,
			[]lastrun.State{out, out, out, out, out, out, ok, ok, ok}},
		"a violation was let through": {
			with(func(r artifact.Results) { r["violations"] = artifact.Outcomes{outcome(1), outcome(0), outcome(1)} }),
			letThrough,
			[]lastrun.State{ok, ok, ok, ok, missed, ok, ok, ok, ok},
		},
		"a crash that looks like a block": {
			with(func(r artifact.Results) {
				r["mixed"] = artifact.Outcomes{outcome(1), outcome(1), {Exit: 1}}
			}), unproven,
			[]lastrun.State{ok, ok, ok, ok, ok, ok, ok, ok, missed},
		},
		"evidence of another stage": {met(), unproven, []lastrun.State{ok, ok, ok, ok, ok, ok, ok, ok, missed}},
		"a stage that could not be run": {
			artifact.Results{"clean": met()["clean"], "violations": {outcome(1)}},
			lastruntest.Failure("violations", scenario.StagePrePush, scenario.KindStep),
			[]lastrun.State{ok, ok, ok, ok, broke, not, not, not, not},
		},
		"an install that failed": {
			artifact.Results{}, lastruntest.Failure("clean", scenario.NPMInstallPackage, scenario.KindStep),
			[]lastrun.State{broke, not, not, not, not, not, not, not, not},
		},
		"a preflight that failed": {
			artifact.Results{}, lastruntest.Failure(scenario.Preflight, scenario.SourceRepo, scenario.KindEnvironment),
			[]lastrun.State{broke, not, not, not, not, not, not, not, not},
		},
		"artifacts that could not be written": {
			met(), lastruntest.Failure(scenario.Preflight, scenario.ArtifactWrite, scenario.KindEnvironment),
			[]lastrun.State{ok, ok, ok, ok, ok, ok, ok, ok, broke},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, err := lastrun.Read(leave(t, test.results, test.failure))
			if err != nil {
				t.Fatal(err)
			}
			if got := states(run); !slices.Equal(got, test.want) {
				t.Errorf("got  %v\nwant %v", got, test.want)
			}
			for _, c := range run.Cases {
				if (c.State == lastrun.Met) != (c.Why == "") {
					t.Errorf("%s at %s is %s: %q", c.Scenario.Name, c.Stage.Name, c.State, c.Why)
				}
			}
			if final := run.Cases[8]; final.Took != 3*time.Second || final.Log != lastruntest.Contract {
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
	if run, err := lastrun.Read(dir); err == nil {
		t.Errorf("read %+v", run)
	}
}

func TestTimeIsCountedOnceHoweverManyAreBusy(t *testing.T) {
	t.Parallel()
	step := func(began, took time.Duration) artifact.Step {
		return artifact.Step{Began: began * time.Second, Took: took * time.Second}
	}
	if got := lastrun.Busy([]artifact.Step{step(10, 1), step(0, 4), step(1, 1), step(3, 2)}); got != 6*time.Second {
		t.Errorf("got %v", got)
	}
}
