package trace

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestTraceHasALanePerScenarioAndASlicePerStep(t *testing.T) {
	t.Parallel()
	data, err := Encode(&verdict.Run{
		Facts: verdict.Facts{PackageSpec: "embedded", Tools: verdict.Tools{Git: "2.39.5"}},
		Steps: []verdict.Step{
			{Phase: "preflight", Name: "toolchain", Took: time.Second, Exit: 1, Cached: true, Log: "abc"},
			{Phase: "mixed", Name: "stage_ci", Began: 3 * time.Second, Took: 2 * time.Second},
		},
	})
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
		"otherData": map[string]any{
			"run_id": nil, "package_spec": "embedded", "package_integrity": nil,
			"git": "2.39.5", "node": nil, "npm": nil,
		},
		"traceEvents": []any{
			lane(0, "preflight"),
			map[string]any{"name": "toolchain", "cat": "step", "ph": "X", "pid": 1.0, "tid": 0.0, "ts": 0.0, "dur": 1e6,
				"args": map[string]any{
					"command": suite.Toolchain.Template, "exit": 1.0, "cached": true, "log_sha256": "abc",
				}},
			lane(1, "mixed"),
			map[string]any{"name": "stage_ci", "cat": "step", "ph": "X", "pid": 1.0, "tid": 1.0, "ts": 3e6, "dur": 2e6,
				"args": map[string]any{
					"command": suite.StageCI.Template, "exit": 0.0, "cached": false, "log_sha256": "",
				}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
