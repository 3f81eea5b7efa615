package engine

import (
	"errors"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// TestWhateverBreaksWhenTimeIsUpIsATimeOut holds what is no step, and takes too long, to what a step says.
func TestWhateverBreaksWhenTimeIsUpIsATimeOut(t *testing.T) {
	t.Parallel()
	plan := Plan{}
	ctx, cancel := process.Limited(t.Context(), 0)
	defer cancel()
	f := plan.AsFailure(ctx, suite.SourceRepo, errors.New("git: signal: killed"))
	const says = "failed to read the source repository: " +
		"it took longer than 0s and was ended (-timeout=D allows another limit)"
	if f.Kind != suite.KindStep || f.Exit != suite.ExitTimeout || f.Err.Error() != says {
		t.Errorf("%s, %d: %v", f.Kind, f.Exit, f.Err)
	}
	broke := &suite.Failure{Phase: "clean", Step: suite.GitClone, Exit: suite.ExitFail}
	if f := plan.AsFailure(ctx, suite.SourceRepo, broke); f != broke || f.Exit != suite.ExitTimeout {
		t.Errorf("%s, %d: %v", f.Kind, f.Exit, f.Err)
	}
}
