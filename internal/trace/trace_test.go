package trace

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/google/go-cmp/cmp"
)

var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestTraceHasALanePerScenarioAndASlicePerStep(t *testing.T) {
	t.Parallel()
	var r Recorder
	ci := verdict.Step{Phase: "mixed", Name: "stage_ci", Took: 2 * time.Second}
	toolchain := verdict.Step{Phase: "preflight", Name: "toolchain", Took: time.Second, Exit: 1, Log: "abc"}
	toolchain.Cached = true
	r.add(slice{ci, began.Add(3 * time.Second), ""})
	r.add(slice{toolchain, began, "git --version"})
	data, err := r.Encode(map[string]string{"package_spec": "embedded"})
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	lane := func(tid float64, name string) any {
		return map[string]any{"name": "thread_name", "ph": "M", "pid": 1.0, "tid": tid, "ts": 0.0,
			"args": map[string]any{"name": name}}
	}
	want := map[string]any{
		"displayTimeUnit": "ms",
		"otherData":       map[string]any{"package_spec": "embedded"},
		"traceEvents": []any{
			lane(0, "preflight"),
			map[string]any{"name": "toolchain", "cat": "step", "ph": "X", "pid": 1.0, "tid": 0.0, "ts": 0.0, "dur": 1e6,
				"args": map[string]any{"command": "git --version", "exit": 1.0, "cached": true, "log_sha256": "abc"}},
			lane(1, "mixed"),
			map[string]any{"name": "stage_ci", "cat": "step", "ph": "X", "pid": 1.0, "tid": 1.0, "ts": 3e6, "dur": 2e6,
				"args": map[string]any{"command": "", "exit": 0.0, "cached": false, "log_sha256": ""}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStepsAreInTheOrderInWhichTheyBegan(t *testing.T) {
	t.Parallel()
	var r Recorder
	before := time.Now()
	endFirst := r.Begin("clean", "stage_ci", "npx x")
	r.Begin("mixed", "stage_ci", "npx x")(1, "abc")
	endFirst(124, "")
	r.Cached("clean", "git_clone", "git clone", before, time.Second)
	got := r.Steps()
	want := []verdict.Step{
		{Phase: "clean", Name: "git_clone", Took: time.Second, Cached: true},
		{Phase: "clean", Name: "stage_ci", Exit: 124},
		{Phase: "mixed", Name: "stage_ci", Exit: 1, Log: "abc"},
	}
	for i := range got {
		if i > 0 && (got[i].Began < got[i-1].Began || got[i].Took <= 0) {
			t.Errorf("%+v comes after %+v", got[i], got[i-1])
		}
		if i > 0 {
			got[i].Began, got[i].Took = 0, 0
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
