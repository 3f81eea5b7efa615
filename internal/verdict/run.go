// Package verdict is what a run found, as a value: the gate and what it was held against, what became of each stage of
// each scenario and why, what the gate's own evidence says, how the run went, and why it failed where it did. It knows
// neither how a run is made nor how it is kept.
package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// State is what became of a cell.
type State string

// The states of a cell.
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

// Cell is one stage of one scenario.
type Cell struct {
	Scenario suite.Scenario
	Stage    suite.Stage
	// Expected is the exit that the contract expects.
	Expected int
	State    State
	// Contract is the step that found it missed; the zero value where none did.
	Contract suite.Step
	// Why says in one line why it was not met; empty where it was.
	Why string
	// Reported tells that the failure report, and so its log, is of this stage.
	Reported bool
	// Outcome is what the stage came to; nil where it did not run.
	Outcome *Outcome
	// Took is how long the stage ran; zero where it did not.
	Took time.Duration
	// Log is the SHA-256 of its log; empty where it has none.
	Log string
}

// Run is what a run found. Whatever is shown or written of a run is a function of it.
type Run struct {
	Facts
	// Verdict is what the run came to.
	Verdict Verdict
	// Failure is why it failed; nil where it passed.
	Failure *Failure
	// Exits are those of the stages that ran, by the name of the scenario.
	Exits Scenarios[Exits]
	// Evidence is what the gate said in the stages that ran.
	Evidence Results
	// LogEnd is the end of the failed step's log, in whole lines; empty where there is none.
	LogEnd string
	// Steps are those of the run, in the order in which they began; none where it was killed.
	Steps []Step
}

// Cells returns what became of each stage of each scenario, in the order of the suite; none where it was not read.
func (r *Run) Cells() (cells []Cell) {
	broke := false
	for _, s := range r.Suite {
		for i, stage := range suite.Stages() {
			cells = append(cells, r.cell(s, i, stage, &broke))
		}
	}
	// A run that failed after its last stage, because it could not write, failed all the same.
	failed := func(c Cell) bool { return c.State == Missed || c.State == Broke }
	if r.Failure != nil && cells != nil && !slices.ContainsFunc(cells, failed) {
		final := &cells[len(cells)-1]
		final.State, final.Why = Broke, r.whyBroke()
	}
	return cells
}

// cell is what became of one stage of a scenario. Broke tells whether a cell before it is where the run ended.
func (r *Run) cell(s suite.Scenario, i int, stage suite.Stage, broke *bool) Cell {
	c := Cell{Scenario: s, Stage: stage, Expected: s.Expected[i], Outcome: r.Evidence[s.Name][i]}
	for _, step := range r.Steps {
		if step.Phase == s.Name && step.Name == stage.Step.Name {
			c.Took, c.Log = step.Took, string(step.Log)
		}
	}
	f := r.Failure
	_, chosen := r.Exits[s.Name]
	c.Reported = f != nil && f.Phase == s.Name && string(f.CommandStep) == stage.Step.Name
	switch {
	case c.Outcome != nil && c.Outcome.Exit != c.Expected:
		c.State, c.Contract = Missed, suite.ExitContract
		c.Why = fmt.Sprintf("it exited with %d, and the contract expects %d", c.Outcome.Exit, c.Expected)
	case c.Outcome != nil && c.Outcome.Unproven() != "":
		c.State, c.Contract, c.Why = Missed, suite.EvidenceContract, "its exit is right, but it "+c.Outcome.Unproven()
	case c.Outcome != nil && c.Reported && f.Step == suite.EvidenceContract.Name:
		c.State, c.Contract = Missed, suite.EvidenceContract
		c.Why = "its exit is right, but its evidence does not bear it out"
	case c.Outcome != nil && len(c.Outcome.Misses) > 0:
		c.State, c.Contract = Missed, suite.FindingsContract
		c.Why = "its exit and its evidence are right, but " + c.Outcome.Misses[0]
		if more := len(c.Outcome.Misses) - 1; more > 0 {
			c.Why += fmt.Sprintf(" (and %d more)", more)
		}
	case c.Outcome != nil:
		c.State = Met
	case f == nil && !chosen:
		c.State, c.Why = LeftOut, "the run left this scenario out"
	case f != nil && !*broke && (f.Phase == s.Name || f.Phase == suite.Preflight):
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
func Busy(steps []Step) time.Duration {
	var busy, until time.Duration
	for _, s := range slices.SortedFunc(slices.Values(steps), Step.Compare) {
		if end := s.Began + s.Took; end > until {
			busy += end - max(s.Began, until)
			until = end
		}
	}
	return busy
}
