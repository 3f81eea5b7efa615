package trace_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/trace"
)

var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func slice(lane, name string, after, took time.Duration) trace.Slice {
	return trace.Slice{Lane: lane, Name: name, Began: began.Add(after), Took: took}
}

func TestTraceHasALanePerScenarioAndASlicePerStep(t *testing.T) {
	t.Parallel()
	var r trace.Recorder
	r.Add(slice("mixed", "stage_ci", 3*time.Second, 2*time.Second))
	r.Add(trace.Slice{Lane: "preflight", Name: "toolchain", Command: "git --version", Began: began, Took: time.Second, Exit: 1, Cached: true, Log: "abc"})
	data, err := r.Encode(map[string]string{"package_spec": "embedded"})
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	lane := func(tid float64, name string) any {
		return map[string]any{"name": "thread_name", "ph": "M", "pid": 1.0, "tid": tid, "ts": 0.0, "args": map[string]any{"name": name}}
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

func TestTraceReadsBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	var r trace.Recorder
	r.Add(trace.Slice{Lane: "clean", Name: "a", Command: "git x", Began: began, Took: time.Second, Exit: 1, Cached: true, Log: "abc"})
	r.Add(slice("mixed", "b", time.Second, time.Minute))
	data, err := r.Encode(map[string]string{"run_id": "x"})
	if err != nil {
		t.Fatal(err)
	}
	got, about, err := trace.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	want := r.Slices()
	for i := range want {
		want[i].Began = time.UnixMicro(want[i].Began.Sub(began).Microseconds())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if about["run_id"] != "x" {
		t.Errorf("about: %v", about)
	}
	if _, _, err := trace.Decode([]byte("{")); err == nil {
		t.Error("half a trace was read")
	}
}

func TestCriticalPathIsTheLongestChainOrTheSharedWork(t *testing.T) {
	t.Parallel()
	recorded := []trace.Slice{
		slice("clean", "b", 0, 4*time.Second), slice("clean", "c", 0, 2*time.Second), slice("mixed", "b", 0, 5*time.Second),
	}
	if got := trace.CriticalPath(recorded, 2); got != 6*time.Second {
		t.Errorf("longest chain: %v", got)
	}
	if got := trace.CriticalPath(recorded, 1); got != 11*time.Second {
		t.Errorf("all the work: %v", got)
	}
}

func TestTimeIsCountedOnceHoweverManyAreBusy(t *testing.T) {
	t.Parallel()
	recorded := []trace.Slice{
		slice("mixed", "c", 10*time.Second, time.Second), slice("clean", "a", 0, 4*time.Second),
		slice("mixed", "b", 1*time.Second, time.Second), slice("mixed", "b", 3*time.Second, 2*time.Second),
	}
	if got := trace.Busy(recorded); got != 6*time.Second {
		t.Errorf("got %v", got)
	}
}
