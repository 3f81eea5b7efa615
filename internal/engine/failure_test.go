package engine

import (
	"errors"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// TestWhateverBreaksWhenTimeIsUpIsATimeOut holds what is no step, and takes too long, to what a step says.
func TestWhateverBreaksWhenTimeIsUpIsATimeOut(t *testing.T) {
	t.Parallel()
	plan := Plan{}
	ctx, cancel := process.Limited(t.Context(), 0)
	defer cancel()
	f := plan.AsFailure(ctx, scenario.SourceRepo, errors.New("git: signal: killed"))
	const says = "failed to read the source repository: " +
		"it took longer than 0s and was ended (-timeout=D allows another limit)"
	if f.Kind != scenario.KindStep || f.Exit != scenario.ExitTimeout || f.Err.Error() != says {
		t.Errorf("%s, %d: %v", f.Kind, f.Exit, f.Err)
	}
	broke := &scenario.Failure{Phase: "clean", Step: scenario.GitClone, Exit: scenario.ExitFail}
	if f := plan.AsFailure(ctx, scenario.SourceRepo, broke); f != broke || f.Exit != scenario.ExitTimeout {
		t.Errorf("%s, %d: %v", f.Kind, f.Exit, f.Err)
	}
}
