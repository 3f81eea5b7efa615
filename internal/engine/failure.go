package engine

import (
	"context"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Failure returns a failure before any scenario.
func (p Plan) Failure(step suite.Step, kind suite.Kind, exit int, err error) *suite.Failure {
	return &suite.Failure{
		Phase: suite.Preflight, Step: step, Kind: kind, Exit: exit, Err: err,
		Variables: suite.Variables{RepoRoot: suite.Text(p.Source), PackageSpec: suite.Text(p.Spec.Given)},
	}
}

// AsFailure returns err as the failure that it is, or as one of a step before any scenario. Where the run was
// interrupted, or ran out of time, that is the failure, whatever else broke because of it.
func (p Plan) AsFailure(ctx context.Context, step suite.Step, err error) *suite.Failure {
	f := suite.AsFailure(err)
	if f == nil {
		f = p.Failure(step, suite.KindEnvironment, suite.ExitFail, err)
	}
	cause := context.Cause(ctx)
	switch ended := process.ExitCode(cause); {
	case ended == 0 || ended == f.Exit && ended == suite.ExitTimeout:
	case ended == suite.ExitTimeout:
		f.End(ended, cause)
	default:
		phase := f.Phase
		f = p.Failure(suite.RunInterrupted, suite.KindInterrupted, ended, cause)
		f.Phase = phase
	}
	return f
}
