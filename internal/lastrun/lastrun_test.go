package lastrun_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/lastrun"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/trace"
)

const (
	commit = "0123456789abcdef0123456789abcdef01234567"
	digest = "00000000000000000000000000000000000000000000000000000000000000aa"
)

// outcome is what a stage came to that bears its exit out.
func outcome(exit int) *artifact.Outcome {
	if exit == 0 {
		return &artifact.Outcome{Exit: 0, Outcome: "PASS"}
	}
	return &artifact.Outcome{Exit: exit, Outcome: "BLOCK", Findings: []artifact.Finding{{Rule: "r", Severity: "ERROR", File: "f"}}}
}

// met are the results of a run that passed.
func met() artifact.Results {
	return artifact.Results{
		"clean":      {outcome(0), outcome(0), outcome(0)},
		"violations": {outcome(1), outcome(1), outcome(1)},
		"mixed":      {outcome(1), outcome(1), outcome(1)},
	}
}

// leave writes the artifacts of a run that ended with f (nil: it passed), and returns their folder.
func leave(t *testing.T, results artifact.Results, f *scenario.Failure) string {
	t.Helper()
	root := t.TempDir()
	id := artifact.RunID(time.Now(), os.Getpid())
	store, err := artifact.Open(artifact.Options{Root: root, RunID: id, LogDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	run := artifact.Run{PackageSpec: "embedded", PackageName: "pumuki", PackageVersion: "1.2.3", SourceCommit: commit, ContractSHA256: digest}
	if err := store.Begin(artifact.Run{PackageSpec: run.PackageSpec}); err != nil {
		t.Fatal(err)
	}
	if f != nil {
		_, err = store.Fail(run, f, results)
	} else {
		_, err = store.Pass(run, results)
	}
	if err != nil {
		t.Fatal(err)
	}
	var recorder trace.Recorder
	recorder.Add(trace.Slice{Lane: "mixed", Name: "stage_ci", Began: time.Now(), Took: 3 * time.Second, Log: digest})
	data, err := recorder.Encode(map[string]string{"run_id": id, "package_integrity": "sha512-AAAA"})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.WriteByProduct(artifact.TraceName, data); err != nil {
		t.Fatal(err)
	}
	return store.Dir()
}

func states(run *lastrun.Run) (states []lastrun.State) {
	for _, c := range run.Cases {
		states = append(states, c.State)
	}
	return states
}

// failure is one that happened in a phase.
func failure(phase string, step scenario.Step, kind scenario.Kind) *scenario.Failure {
	variables := scenario.Variables{RepoRoot: "/r", PackageSpec: "embedded"}
	if phase != scenario.Preflight {
		variables.CloneDir, variables.Scenario, variables.BaseRef = "/c", phase, "upstream-"+phase
	}
	return &scenario.Failure{Phase: phase, Step: step, Kind: kind, Exit: 1, Variables: variables}
}

func TestCasesTellWhatBecameOfEachStage(t *testing.T) {
	t.Parallel()
	const ok, missed, broke, not, out = lastrun.Met, lastrun.Missed, lastrun.Broke, lastrun.NotRun, lastrun.LeftOut
	with := func(change func(artifact.Results)) artifact.Results {
		results := met()
		change(results)
		return results
	}
	letThrough := failure("violations", scenario.ExitContract, scenario.KindContract)
	letThrough.Command = scenario.StagePrePush
	unproven := failure("mixed", scenario.EvidenceContract, scenario.KindContract)
	unproven.Command = scenario.StageCI
	for name, test := range map[string]struct {
		results artifact.Results
		failure *scenario.Failure
		want    []lastrun.State
	}{
		"passed":  {met(), nil, []lastrun.State{ok, ok, ok, ok, ok, ok, ok, ok, ok}},
		"partial": {artifact.Results{"mixed": met()["mixed"]}, nil, []lastrun.State{out, out, out, out, out, out, ok, ok, ok}},
		"a violation was let through": {
			with(func(r artifact.Results) { r["violations"] = artifact.Outcomes{outcome(1), outcome(0), outcome(1)} }), letThrough,
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
			failure("violations", scenario.StagePrePush, scenario.KindStep),
			[]lastrun.State{ok, ok, ok, ok, broke, not, not, not, not},
		},
		"an install that failed": {
			artifact.Results{}, failure("clean", scenario.NPMInstallPackage, scenario.KindStep),
			[]lastrun.State{broke, not, not, not, not, not, not, not, not},
		},
		"a preflight that failed": {
			artifact.Results{}, failure(scenario.Preflight, scenario.SourceRepo, scenario.KindEnvironment),
			[]lastrun.State{broke, not, not, not, not, not, not, not, not},
		},
		"artifacts that could not be written": {
			met(), failure(scenario.Preflight, scenario.ArtifactWrite, scenario.KindEnvironment),
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
			if final := run.Cases[8]; final.Took != 3*time.Second || final.Log != digest || run.About["package_integrity"] != "sha512-AAAA" {
				t.Errorf("the trace was not read: %+v, %v", final, run.About)
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

func TestATraceOfAnotherRunIsAsGoodAsNone(t *testing.T) {
	t.Parallel()
	dir := leave(t, met(), nil)
	for _, content := range []string{`{"traceEvents": [], "otherData": {"run_id": "another"}}`, `{`} {
		if err := os.WriteFile(filepath.Join(dir, artifact.TraceName), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		run, err := lastrun.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		if run.About != nil || run.Slices != nil || len(run.Cases) != 9 {
			t.Errorf("read %+v", run)
		}
	}
}
