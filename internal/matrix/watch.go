package matrix

import (
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// newConsole returns the console of the run: where a person watches, with a line for each scenario that was chosen.
func (r *run) newConsole() *console.Console {
	return console.Open(console.Options{
		Stdout: r.host.Stdout, Stderr: r.host.Stderr, Redact: r.secrets.String,
		Getenv: process.Environment(r.host.Env).Get, Scenarios: r.options.Scenarios, Before: r.before,
	})
}

// observe tells the console of a step, and records it.
func (r *run) observe(phase string, step scenario.Step) (ended func(exit int, log string)) {
	shown, recorded := r.console.Step(phase, step), r.trace.Begin(phase, step.Name, step.Template)
	return func(exit int, log string) {
		shown()
		recorded(exit, log)
	}
}

// lookUp is what a person sees until it is known what the spec stands for. It is no step of the contract.
var lookUp = scenario.Step{Name: "look_up", Does: "look up the package"}

// showEnd shows what a scenario came to, before its turn to be printed.
func (r *run) showEnd(s scenario.Scenario, done result) {
	if done.broke != nil {
		r.console.Stopped(s)
		return
	}
	r.console.Finished(s, exitsOf(done.outcomes), done.missed == nil)
}

// before is what a step took in the last run: in its phase or else in another, for what all scenarios share is recorded
// under the first of those that were chosen.
func (r *run) before(phase, step string) time.Duration {
	if known := r.last[[2]string{phase, step}]; known > 0 {
		return known
	}
	return r.last[[2]string{"", step}]
}

// took is what each step of the last run took, by phase and step, and by step alone. A step that was not done, or was
// ended before it was done, tells nothing.
func took(dir string) map[[2]string]time.Duration {
	read, err := artifact.Read(dir)
	if err != nil {
		return nil
	}
	last := map[[2]string]time.Duration{}
	for _, s := range read.Steps {
		if s.Cached || s.Exit >= scenario.ExitTimeout {
			continue
		}
		for _, key := range [][2]string{{s.Phase, s.Name}, {"", s.Name}} {
			last[key] = max(last[key], s.Took)
		}
	}
	return last
}
