// Package lastrun is the last run as its artifacts tell it, for all that show it to people or machines: the nine cases
// of the matrix, what became of each and why, and how long it took. It reads, and nothing else.
package lastrun

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// State is what became of a case.
type State string

// The states of a case.
const (
	// Met: the stage ran, and its exit and its evidence are what the contract expects.
	Met State = "met"
	// Missed: the stage ran, and is off the contract.
	Missed State = "missed"
	// Broke: the run ended here. A step on the way to this stage, or the stage itself, could not be carried out.
	Broke State = "broke"
	// NotRun: the run ended before it came to this.
	NotRun State = "not run"
	// LeftOut: -scenario did not name its scenario.
	LeftOut State = "left out"
)

// Case is one stage of one scenario.
type Case struct {
	Scenario scenario.Scenario
	Stage    scenario.Stage
	// Expected is the exit that the contract expects.
	Expected int
	State    State
	// Why says in one line why it was not met; empty where it was.
	Why string
	// Reported tells that the failure report, and so its log, is of this stage.
	Reported bool
	// Outcome is what the stage came to; nil where it did not run.
	Outcome *artifact.Outcome
	// Took is how long the stage ran; zero where it did not.
	Took time.Duration
	// Log is the SHA-256 of its log; empty where it has none.
	Log string
}

// Run is the last run.
type Run struct {
	artifact.Last
	// Cases are the nine, in the order of the matrix.
	Cases []Case
}

// Read reads the last run from the artifacts in a folder. The error names each promise that they break.
func Read(dir string) (*Run, error) {
	last, err := artifact.ReadLast(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{Last: last}
	broke := false
	for _, s := range scenario.All() {
		for i, stage := range scenario.Stages() {
			r.Cases = append(r.Cases, r.aCase(s, i, stage, &broke))
		}
	}
	// A run that failed after its last stage, because it could not write, failed all the same.
	failed := func(c Case) bool { return c.State == Missed || c.State == Broke }
	if final := &r.Cases[len(r.Cases)-1]; r.Failure != nil && !slices.ContainsFunc(r.Cases, failed) {
		final.State, final.Why = Broke, r.whyBroke()
	}
	return r, nil
}

// aCase is what became of one stage of a scenario. Broke tells whether a case before it is where the run ended.
func (r *Run) aCase(s scenario.Scenario, i int, stage scenario.Stage, broke *bool) Case {
	c := Case{Scenario: s, Stage: stage, Expected: s.Expected[i], Outcome: r.Evidence[s.Name][i]}
	for _, step := range r.Steps {
		if step.Phase == s.Name && step.Name == stage.Step.Name {
			c.Took, c.Log = step.Took, string(step.Log)
		}
	}
	f := r.Failure
	_, chosen := r.Exits[s.Name]
	c.Reported = f != nil && f.Phase == s.Name && string(f.CommandTemplate) == stage.Step.Template
	switch {
	case c.Outcome != nil && c.Outcome.Exit != c.Expected:
		c.State = Missed
		c.Why = fmt.Sprintf("it exited with %d, and the contract expects %d", c.Outcome.Exit, c.Expected)
	case c.Outcome != nil && c.Outcome.Doubt() != "":
		c.State, c.Why = Missed, "its exit is right, but it "+c.Outcome.Doubt()
	case c.Outcome != nil && c.Reported && f.Step == scenario.EvidenceContract.Name:
		c.State, c.Why = Missed, "its exit is right, but its evidence does not bear it out"
	case c.Outcome != nil:
		c.State = Met
	case f == nil && !chosen:
		c.State, c.Why = LeftOut, "the run left this scenario out"
	case f != nil && !*broke && (f.Phase == s.Name || f.Phase == scenario.Preflight):
		*broke = true
		c.State, c.Why = Broke, r.whyBroke()
	default:
		c.State, c.Why = NotRun, "the run did not come to this"
	}
	return c
}

// whyBroke says where the run ended.
func (r *Run) whyBroke() string {
	f := r.Failure
	if f.ExitCode == nil {
		return "the run has not ended, or was killed"
	}
	why := fmt.Sprintf("%s failed at %s (exit %d)", f.Phase, f.Step, *f.ExitCode)
	if f.Command != "" {
		why += ": " + strings.ReplaceAll(string(f.Command), "\n", " ")
	}
	return why
}

// Busy is how long at least one step was under way.
func Busy(steps []artifact.Step) time.Duration {
	var busy, until time.Duration
	for _, s := range slices.SortedFunc(slices.Values(steps), artifact.Step.Compare) {
		if end := s.Began + s.Took; end > until {
			busy += end - max(s.Began, until)
			until = end
		}
	}
	return busy
}
