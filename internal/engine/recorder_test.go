package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestStepsAreInTheOrderInWhichTheyBegan(t *testing.T) {
	t.Parallel()
	var r recorder
	before := time.Now()
	endFirst := r.begin("clean", suite.StageCI)
	r.begin("mixed", suite.StageCI)(1, "abc")
	endFirst(124, "")
	r.cached("clean", before, []suite.Step{suite.GitClone})
	got := r.steps()
	want := []verdict.Step{
		{Phase: "clean", Name: "git_clone", Cached: true},
		{Phase: "clean", Name: "stage_ci", Exit: 124},
		{Phase: "mixed", Name: "stage_ci", Exit: 1, Log: "abc"},
	}
	for i := range got {
		if i > 0 && (got[i].Began < 0 || got[i].Took <= 0) {
			t.Errorf("%+v comes after %+v", got[i], got[i-1])
		}
		got[i].Began, got[i].Took = 0, 0
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
