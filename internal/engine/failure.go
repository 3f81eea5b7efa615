package engine

import (
	"context"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// Failure returns a failure before any scenario.
func (p Plan) Failure(step scenario.Step, kind scenario.Kind, exit int, err error) *scenario.Failure {
	return &scenario.Failure{
		Phase: scenario.Preflight, Step: step, Kind: kind, Exit: exit, Err: err,
		Variables: scenario.Variables{RepoRoot: p.Source, PackageSpec: p.Spec.Given},
	}
}

// AsFailure returns err as the failure that it is, or as one of a step before any scenario. Where the run was
// interrupted, or ran out of time, that is what happened, whatever else broke of it.
func (p Plan) AsFailure(ctx context.Context, step scenario.Step, err error) *scenario.Failure {
	f := scenario.AsFailure(err)
	if f == nil {
		f = p.Failure(step, scenario.KindEnvironment, scenario.ExitFail, err)
	}
	cause := context.Cause(ctx)
	switch ended := process.ExitCode(cause); {
	case ended == 0 || ended == f.Exit && ended == scenario.ExitTimeout:
	case ended == scenario.ExitTimeout:
		f.End(ended, cause)
	default:
		phase := f.Phase
		f = p.Failure(scenario.RunInterrupted, scenario.KindInterrupted, ended, cause)
		f.Phase = phase
	}
	return f
}
