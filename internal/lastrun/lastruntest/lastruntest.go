// Package lastruntest leaves runs behind, for the tests of what shows them: real artifacts, written by a real store and
// read back.
package lastruntest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/lastrun"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/trace"
)

// Began and Ended are when every run was under way: what shows one gives the same bytes each time.
var (
	Ended = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	Began = Ended.Add(-9 * time.Second)
)

// What every run was made with.
const (
	Commit   = "0123456789abcdef0123456789abcdef01234567"
	Contract = "00000000000000000000000000000000000000000000000000000000000000aa"
)

// Run is what the report says of a run of pumuki 1.2.3.
func Run(spec string) artifact.Run {
	return artifact.Run{
		PackageSpec: spec, PackageName: "pumuki", PackageVersion: "1.2.3", SourceCommit: Commit, ContractSHA256: Contract,
	}
}

// Met are the results of a run that passed; found is what the gate found where it blocked.
func Met(found ...artifact.Finding) artifact.Results {
	pass, block := Outcome(0), Outcome(1, found...)
	return artifact.Results{
		"clean": {pass, pass, pass}, "violations": {block, block, block}, "mixed": {block, block, block},
	}
}

// Outcome is what a stage came to that ended with an exit code, and found something.
func Outcome(exit int, found ...artifact.Finding) *artifact.Outcome {
	if exit == 0 {
		return &artifact.Outcome{Exit: 0, Outcome: "PASS", Findings: found}
	}
	return &artifact.Outcome{Exit: exit, Outcome: "BLOCK", Findings: found}
}

// Failure is one that happened in a phase.
func Failure(phase string, step scenario.Step, kind scenario.Kind) *scenario.Failure {
	variables := scenario.Variables{RepoRoot: "/r", PackageSpec: "embedded"}
	if phase != scenario.Preflight {
		variables.CloneDir, variables.Scenario, variables.BaseRef = "/c", phase, "upstream-"+phase
	}
	return &scenario.Failure{Phase: phase, Step: step, Kind: kind, Exit: scenario.ExitFail, Variables: variables}
}

// Left is a run to be left behind.
type Left struct {
	Run     artifact.Run
	Results artifact.Results
	// Failure is why it failed; nil where it passed.
	Failure *scenario.Failure
	// Killed tells that it had no time to end.
	Killed bool
	// Log is that of the failed step, which may be empty; nil leaves none.
	Log *string
	// Steps and About are what its trace tells. Nil leaves no trace.
	Steps []trace.Slice
	About map[string]string
}

// In writes the artifacts of the run, and returns their folder.
func (l Left) In(t testing.TB) (dir string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id := artifact.RunID(Began, 7)
	store, err := artifact.Open(artifact.Options{
		Root: t.TempDir(), RunID: id, LogDir: t.TempDir(), Now: func() time.Time { return Ended },
	})
	must(err)
	defer store.Close()
	must(store.Begin(artifact.Run{PackageSpec: l.Run.PackageSpec}))
	switch {
	case l.Killed:
	case l.Failure == nil:
		_, err = store.Pass(l.Run, l.Results)
	default:
		failure := *l.Failure
		if l.Log != nil {
			failure.LogPath = filepath.Join(t.TempDir(), "log")
			must(os.WriteFile(failure.LogPath, []byte(*l.Log), 0o600))
		}
		_, err = store.Fail(l.Run, &failure, l.Results)
	}
	must(err)
	if l.Steps != nil && l.About != nil {
		var recorder trace.Recorder
		for _, s := range l.Steps {
			recorder.Add(s)
		}
		about := map[string]string{"run_id": id}
		for name, value := range l.About {
			about[name] = value
		}
		data, err := recorder.Encode(about)
		must(err)
		must(store.WriteByProduct(artifact.TraceName, data))
	}
	return store.Dir()
}

// Read is the run as its artifacts tell it.
func (l Left) Read(t testing.TB) *lastrun.Run {
	t.Helper()
	run, err := lastrun.Read(l.In(t))
	if err != nil {
		t.Fatal(err)
	}
	return run
}
