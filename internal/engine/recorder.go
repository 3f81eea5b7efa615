package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// recorder collects the steps of a run as they end. It is safe for scenarios that run at once; the zero value is ready.
type recorder struct {
	mu    sync.Mutex
	taken []taken
}

// taken is a step, and when it began.
type taken struct {
	verdict.Step
	at time.Time
}

// begin begins a step; the function that it returns ends it.
func (r *recorder) begin(phase string, step suite.Step) (ended func(exit int, log string)) {
	began := time.Now()
	return func(exit int, log string) {
		took := time.Since(began)
		r.add(taken{verdict.Step{Phase: phase, Name: step.Name, Took: took, Exit: exit, Log: verdict.Text(log)}, began})
	}
}

// cached adds steps that a prepared consumer made needless. Each took as long as the check of that consumer, which
// began then.
func (r *recorder) cached(phase string, began time.Time, needless []suite.Step) {
	took := time.Since(began)
	for _, step := range needless {
		r.add(taken{verdict.Step{Phase: phase, Name: step.Name, Took: took, Cached: true}, began})
	}
}

func (r *recorder) add(t taken) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = append(r.taken, t)
}

// steps returns what has ended so far, in the order in which it began.
func (r *recorder) steps() (steps []verdict.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ordered := slices.SortedStableFunc(slices.Values(r.taken), func(a, b taken) int { return a.at.Compare(b.at) })
	for _, each := range ordered {
		each.Began = each.at.Sub(ordered[0].at)
		steps = append(steps, each.Step)
	}
	return steps
}
