// Package artifacttest leaves runs behind, for the tests of what shows them: real artifacts, written by a real store
// and read back.
package artifacttest

import (
	"slices"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func init() { testhost.Prepare() }

// Began and Ended are the times of every run, so that whatever shows one gives the same bytes each time.
var (
	Ended = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	Began = Ended.Add(-9 * time.Second)
)

// ID is the name of every run.
var ID = artifact.RunID(artifact.Matrix, Began, 7)

// What every run was made with.
const (
	Commit   = "0123456789abcdef0123456789abcdef01234567"
	Contract = "00000000000000000000000000000000000000000000000000000000000000aa"
)

// Run returns the facts of a run of pumuki 1.2.3.
func Run(spec string) verdict.Facts {
	return verdict.Facts{
		PackageSpec: spec, PackageName: "pumuki", PackageVersion: "1.2.3", PackageIntegrity: "sha512-AAAA",
		SourceCommit: Commit, ContractSHA256: Contract,
		Tools: verdict.Tools{Git: "2.39.5", Node: "20.1.0", NPM: "11.1.0"}, Suite: suite.Default(),
	}
}

// Met returns the results of a run that passed; found is what the gate found where it blocked.
func Met(found ...verdict.Finding) verdict.Results {
	pass, block := Outcome(0), Outcome(1, found...)
	return verdict.Results{
		"clean": {pass, pass, pass}, "violations": {block, block, block}, "mixed": {block, block, block},
	}
}

// Outcome returns the outcome of a stage that ended with an exit code and found something.
func Outcome(exit int, found ...verdict.Finding) *verdict.Outcome {
	if exit == 0 {
		return &verdict.Outcome{Exit: 0, Outcome: "PASS", Findings: found}
	}
	return &verdict.Outcome{Exit: exit, Outcome: "BLOCK", Findings: found}
}

// Failure returns a failure that happened in a phase.
func Failure(phase string, step suite.Step, kind suite.Kind) *suite.Failure {
	variables := suite.Variables{RepoRoot: "/r", PackageSpec: "embedded"}
	if phase != suite.Preflight {
		variables.CloneDir, variables.Scenario = "/c", suite.Text(phase)
		variables.BaseRef = suite.Text(suite.Scenario{Name: phase}.BaseRef())
	}
	return &suite.Failure{Phase: phase, Step: step, Kind: kind, Exit: suite.ExitFail, Variables: variables}
}

// Left is a run to be left behind.
type Left struct {
	Run     verdict.Facts
	Results verdict.Results
	// Failure is why it failed; nil where it passed.
	Failure *suite.Failure
	// Killed tells that it had no time to end.
	Killed bool
	// Log is that of the failed step, which may be empty; nil leaves none.
	Log *string
	// Steps are how it went. A stage that has an outcome and is not among them comes last, with no time and no log. The
	// exit of a stage is that of its outcome. Where the run passed, a stage without an outcome is left out.
	Steps []verdict.Step
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
	store, err := artifact.Open(Options(t, t.TempDir()))
	must(err)
	defer store.Close()
	must(store.Begin(verdict.Facts{PackageSpec: l.Run.PackageSpec, Suite: l.Run.Suite}))
	switch {
	case l.Killed:
	case l.Failure == nil:
		_, err = store.Pass(l.Run, l.Results, l.steps())
	default:
		failure := *l.Failure
		if l.Log != nil {
			failure.LogPath = Log(t, *l.Log)
		}
		_, err = store.Fail(l.Run, &failure, l.Results, l.steps())
	}
	must(err)
	return store.Dir()
}

// steps returns the steps of the run, made to agree with its results.
func (l Left) steps() []verdict.Step {
	steps := slices.Clone(l.Steps)
	var end time.Duration
	for _, step := range steps {
		end = max(end, step.Began+step.Took)
	}
	for _, s := range suite.Default() {
		for i, stage := range suite.Stages() {
			at := slices.IndexFunc(steps, func(step verdict.Step) bool {
				return step.Phase == s.Name && step.Name == stage.Step.Name
			})
			switch outcome := l.Results[s.Name][i]; {
			case outcome == nil && at >= 0 && l.Failure == nil:
				steps = slices.Delete(steps, at, at+1)
			case outcome != nil && at >= 0:
				steps[at].Exit = outcome.Exit
			case outcome != nil:
				step := verdict.Step{Phase: s.Name, Name: stage.Step.Name, Began: end, Exit: outcome.Exit}
				steps = append(steps, step)
			}
		}
	}
	return steps
}

// Read returns the run as its artifacts show it.
func (l Left) Read(t testing.TB) *verdict.Run {
	t.Helper()
	run, err := verify.Read(l.In(t))
	if err != nil {
		t.Fatal(err)
	}
	return run
}
