package matrix

import (
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestStepsOfTheLastRunAreKnownByPhaseOrElseByName(t *testing.T) {
	t.Parallel()
	failure := artifacttest.Failure("mixed", suite.StagePrePush, suite.KindStep)
	failure.Exit = suite.ExitTimeout
	dir := artifacttest.Left{
		Run: artifacttest.Run("embedded"), Failure: failure,
		Steps: []verdict.Step{
			{Phase: "clean", Name: "npm_install_package", Took: 14 * time.Second},
			{Phase: "clean", Name: "stage_ci", Took: 2 * time.Second},
			{Phase: "mixed", Name: "stage_ci", Took: 3 * time.Second, Exit: 1},
			{Phase: "clean", Name: "git_clone", Took: time.Microsecond, Cached: true},
			{Phase: "mixed", Name: "stage_pre_push", Took: 10 * time.Minute, Exit: 124},
			{Phase: "mixed", Name: "pre_write", Took: time.Second, Exit: 130},
		},
	}.In(t)
	r := run{last: took(dir)}
	for _, want := range []struct {
		phase, step string
		took        time.Duration
	}{
		{"clean", "stage_ci", 2 * time.Second},
		{"mixed", "stage_ci", 3 * time.Second},
		{"violations", "stage_ci", 3 * time.Second},
		{"mixed", "npm_install_package", 14 * time.Second},
		{"clean", "git_clone", 0},
		{"mixed", "stage_pre_push", 0},
		{"mixed", "pre_write", 0},
	} {
		if got := r.before(want.phase, want.step); got != want.took {
			t.Errorf("%s, %s: %v, want %v", want.phase, want.step, got, want.took)
		}
	}
	if got := took(t.TempDir()); got != nil {
		t.Errorf("of no run: %v", got)
	}
}
