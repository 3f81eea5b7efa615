package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestCriticalPathIsTheLongestChainOrTheSharedWork(t *testing.T) {
	t.Parallel()
	step := func(phase string, seconds time.Duration) verdict.Step {
		return verdict.Step{Phase: phase, Took: seconds * time.Second}
	}
	steps := []verdict.Step{step("clean", 4), step("clean", 2), step("mixed", 5)}
	if got := longest(steps, 2); got != 6*time.Second {
		t.Errorf("longest chain: %v", got)
	}
	if got := longest(steps, 1); got != 11*time.Second {
		t.Errorf("all the work: %v", got)
	}
}

func TestRunWhoseArtifactsCannotBeReadIsNoMeasurement(t *testing.T) {
	t.Parallel()
	steps, err := readSteps(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "nothing to verify") || steps != nil {
		t.Errorf("it recorded %v: %v", steps, err)
	}
}
