// Package trace records what a run did when, in the Trace Event format that Perfetto and chrome://tracing open: a lane
// for the preparation, one per scenario, a slice per step.
//
// A trace is a by-product. Nothing depends on it, and it may hold what differs from run to run.
package trace

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// Slice is one thing that was done in a lane.
type Slice struct {
	// Lane is who did it: preflight, or a scenario.
	Lane string
	// Name says what: the name of a step.
	Name string
	// Command is the template of its command; empty where it has none.
	Command string
	// Began and Took are when, and for how long.
	Began time.Time
	Took  time.Duration
	// Exit is the exit code of the command.
	Exit int
	// Cached tells that it was not done, because a kept consumer made it needless; all that are cached took together
	// what the check of that consumer took.
	Cached bool
	// Log is the SHA-256 of its log, in hexadecimal; empty where it has none.
	Log string
}

// Recorder collects slices. It is safe for lanes that run at once; the zero value is ready.
type Recorder struct {
	mu     sync.Mutex
	slices []Slice
}

// Begin begins a slice; the function that it returns ends it.
func (r *Recorder) Begin(lane, name, command string) (end func(exit int, log string)) {
	began := time.Now()
	return func(exit int, log string) {
		r.Add(Slice{Lane: lane, Name: name, Command: command, Began: began, Took: time.Since(began), Exit: exit, Log: log})
	}
}

// Add adds a slice that has ended.
func (r *Recorder) Add(s Slice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slices = append(r.slices, s)
}

// Slices returns what was recorded so far, in the order in which it began.
func (r *Recorder) Slices() []Slice {
	r.mu.Lock()
	defer r.mu.Unlock()
	sorted := slices.Clone(r.slices)
	slices.SortStableFunc(sorted, func(a, b Slice) int { return a.Began.Compare(b.Began) })
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
	recorded := r.Slices()
	lanes := []string{}
	events := []event{}
	for _, s := range recorded {
		lane := slices.Index(lanes, s.Lane)
		if lane < 0 {
			lane = len(lanes)
			lanes = append(lanes, s.Lane)
			events = append(events, event{Name: "thread_name", Phase: "M", Process: 1, Thread: lane, Args: map[string]any{"name": s.Lane}})
		}
		events = append(events, event{
			Name: s.Name, Category: "step", Phase: "X", Process: 1, Thread: lane,
			Begin: s.Began.Sub(recorded[0].Began).Microseconds(), Duration: max(1, s.Took.Microseconds()),
			Args: map[string]any{"command": s.Command, "exit": s.Exit, "cached": s.Cached, "log_sha256": s.Log},
		})
	}
	return json.MarshalIndent(map[string]any{"traceEvents": events, "displayTimeUnit": "ms", "otherData": about}, "", "  ")
}

// Decode reads what Encode wrote. Times are relative to the first slice.
func Decode(data []byte) (recorded []Slice, about map[string]string, err error) {
	var read struct {
		Events []struct {
			event
			Args struct {
				Name, Command string
				Exit          int
				Cached        bool
				Log           string `json:"log_sha256"`
			} `json:"args"`
		} `json:"traceEvents"`
		About map[string]string `json:"otherData"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return nil, nil, err
	}
	lanes := map[int]string{}
	for _, e := range read.Events {
		switch e.Phase {
		case "M":
			lanes[e.Thread] = e.Args.Name
		case "X":
			recorded = append(recorded, Slice{
				Lane: lanes[e.Thread], Name: e.Name, Command: e.Args.Command, Exit: e.Args.Exit, Cached: e.Args.Cached,
				Log: e.Args.Log, Began: time.UnixMicro(e.Begin), Took: time.Duration(e.Duration) * time.Microsecond,
			})
		}
	}
	return recorded, read.About, nil
}

// CriticalPath is the least time that workers could take for chains of slices, each chain a lane: the longest chain,
// or all of them divided by the workers, whichever is longer.
func CriticalPath(recorded []Slice, workers int) time.Duration {
	var total, longest time.Duration
	lanes := map[string]time.Duration{}
	for _, s := range recorded {
		total += s.Took
		lanes[s.Lane] += s.Took
		longest = max(longest, lanes[s.Lane])
	}
	return max(longest, total/time.Duration(workers))
}

// Busy is how long at least one slice was under way.
func Busy(recorded []Slice) time.Duration {
	sorted := slices.Clone(recorded)
	slices.SortFunc(sorted, func(a, b Slice) int { return a.Began.Compare(b.Began) })
	var busy time.Duration
	var until time.Time
	for _, s := range sorted {
		end := s.Began.Add(s.Took)
		if s.Began.Before(until) {
			s.Began = until
		}
		if end.After(s.Began) {
			busy += end.Sub(s.Began)
			until = end
		}
	}
	return busy
}
