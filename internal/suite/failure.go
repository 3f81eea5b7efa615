package suite

import (
	"errors"
	"fmt"
)

// Kind tells whose matter a failure is.
type Kind string

// The kinds of failure (CONTRACT §6).
const (
	KindBaseline    Kind = "baseline"    // the source repository is not fit
	KindUsage       Kind = "usage"       // the call is wrong
	KindEnvironment Kind = "environment" // the machine lacks something
	KindStep        Kind = "step"        // a step broke
	KindContract    Kind = "contract"    // the gate is off its contract
	KindInterrupted Kind = "interrupted" // a signal, or the death of the parent
)

// The exit codes of a run (CONTRACT §5). A signal n gives 128+n.
const (
	ExitPass    = 0
	ExitFail    = 1
	ExitUsage   = 2
	ExitDirty   = 17
	ExitBusy    = 75
	ExitTimeout = 124
)

// Failure is why a run failed: made where it happens, and never decorated twice. It is an error.
type Failure struct {
	// Phase is Preflight or the name of a scenario.
	Phase string
	// Step is what failed.
	Step Step
	// Kind tells whose matter it is.
	Kind Kind
	// Exit is the exit code of the run.
	Exit int
	// Command is the step whose command is reported, where it is not Step itself: the stage that a contract step
	// judged.
	Command Step
	// Variables fill the command.
	Variables Variables
	// LogPath is the private log of the step; empty where it has none.
	LogPath string
	// Err says what happened, in words for a person; it may have several lines.
	Err error
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%s: failed to %s: %v", f.Phase, f.Step.Does, f.Err)
}

func (f *Failure) Unwrap() error { return f.Err }

// End turns f into the failure of what was ended from outside: by a time limit where exit is ExitTimeout, by a signal
// with any other exit code. Why is the reason.
func (f *Failure) End(exit int, why error) {
	f.Kind, f.Exit, f.Err = KindInterrupted, exit, why
	if exit != ExitTimeout {
		return
	}
	f.Kind = KindStep
	if f.Phase == Preflight { // a person is shown nothing but the reason
		f.Err = fmt.Errorf("failed to %s: %w", f.Step.Does, why)
	}
}

// Reported is the step whose command template is reported.
func (f *Failure) Reported() Step {
	if f.Command.Name != "" {
		return f.Command
	}
	return f.Step
}

// AsFailure returns the failure within err, or nil.
func AsFailure(err error) *Failure {
	var f *Failure
	errors.As(err, &f)
	return f
}
