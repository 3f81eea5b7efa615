// Package trace records the steps of a run, and writes them in the Trace Event format that Perfetto and
// chrome://tracing open: a lane for the preparation, one per scenario, a slice per step.
//
// What it writes is for people to look at. Nothing reads it back.
package trace

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// slice is a step, with the time at which it began and the template of its command, which is empty where it has none.
type slice struct {
	verdict.Step
	at      time.Time
	command string
}

// Recorder collects the steps of a run. It is safe for lanes that run at once; the zero value is ready.
type Recorder struct {
	mu     sync.Mutex
	slices []slice
}

// Begin begins a step; the function that it returns ends it.
func (r *Recorder) Begin(phase, name, command string) (end func(exit int, log string)) {
	began := time.Now()
	return func(exit int, log string) {
		step := verdict.Step{Phase: phase, Name: name, Took: time.Since(began), Exit: exit, Log: verdict.Text(log)}
		r.add(slice{step, began, command})
	}
}

// Cached adds a step that a prepared consumer made needless, with when the check of that consumer began and what it
// took.
func (r *Recorder) Cached(phase, name, command string, began time.Time, took time.Duration) {
	r.add(slice{verdict.Step{Phase: phase, Name: name, Took: took, Cached: true}, began, command})
}

func (r *Recorder) add(s slice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slices = append(r.slices, s)
}

// Steps returns what has ended so far, in the order in which it began.
func (r *Recorder) Steps() []verdict.Step {
	var steps []verdict.Step
	for _, s := range r.sorted() {
		steps = append(steps, s.Step)
	}
	return steps
}

// sorted returns the slices in the order in which they began, each with when that was since the first.
func (r *Recorder) sorted() []slice {
	r.mu.Lock()
	defer r.mu.Unlock()
	sorted := slices.SortedStableFunc(slices.Values(r.slices), func(a, b slice) int { return a.at.Compare(b.at) })
	for i := range sorted {
		sorted[i].Began = sorted[i].at.Sub(sorted[0].at)
	}
	return sorted
}

// event is one event of the format: a complete slice ("X"), or the name of a lane ("M").
type event struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	Begin    int64          `json:"ts"`
	Duration int64          `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// Encode writes what was recorded, with times in microseconds since the first slice, and about as further data.
func (r *Recorder) Encode(about map[string]string) ([]byte, error) {
	lanes := []string{}
	events := []event{}
	for _, s := range r.sorted() {
		lane := slices.Index(lanes, s.Phase)
		if lane < 0 {
			lane = len(lanes)
			lanes = append(lanes, s.Phase)
			named := map[string]any{"name": s.Phase}
			events = append(events, event{Name: "thread_name", Phase: "M", Process: 1, Thread: lane, Args: named})
		}
		events = append(events, event{
			Name: s.Name, Category: "step", Phase: "X", Process: 1, Thread: lane,
			Begin: s.Began.Microseconds(), Duration: max(1, s.Took.Microseconds()),
			Args: map[string]any{"command": s.command, "exit": s.Exit, "cached": s.Cached, "log_sha256": string(s.Log)},
		})
	}
	document := map[string]any{"traceEvents": events, "displayTimeUnit": "ms", "otherData": about}
	return json.MarshalIndent(document, "", "  ")
}
