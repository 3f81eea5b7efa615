package matrix

import (
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// newConsole returns the console of the run: where a person watches, with a line for each scenario that was chosen.
func (r *run) newConsole() *console.Console {
	return console.Open(console.Options{
		Stdout: r.host.Stdout, Stderr: r.host.Stderr, Redact: r.secrets.String,
		Getenv: process.Environment(r.host.Env).Get, Scenarios: r.plan.Scenarios, Before: r.before,
	})
}

// watcher shows on a console how a gate is judged.
type watcher struct{ *console.Console }

func (w watcher) Before(step suite.Step) (ended func()) { return w.Preflight(step) }

func (w watcher) Reused(phase string, installed npm.Package) {
	const says = "%s: use the prepared consumer with %s %s (-fresh prepares a new one)"
	w.Say(says, phase, installed.Name, installed.Version)
}

func (w watcher) Ended(s engine.Settled) {
	if s.Broke {
		w.Stopped(s.Scenario)
		return
	}
	w.Finished(s.Scenario, s.Exits(), s.Missed == nil)
}

func (w watcher) Turn(s suite.Scenario) { w.Scenario(s.Name) }

func (w watcher) Settled(s engine.Settled) {
	w.Results(s.Scenario, s.Exits(), s.Missed == nil)
	if s.Missed != nil {
		w.Say("scenario '%s': %v", s.Scenario.Name, s.Missed.Err)
	}
}

func (w watcher) Warn(warning string) { w.Say("WARNING: %s", warning) }

// before returns how long a step took in the last run, in its phase or else in another: a step that all scenarios share
// is recorded under the first that was chosen.
func (r *run) before(phase, step string) time.Duration {
	if known := r.last[[2]string{phase, step}]; known > 0 {
		return known
	}
	return r.last[[2]string{"", step}]
}

// took returns how long each step of the last run took, by phase and step, and by step alone. A step that was not done,
// or was ended early, is not among them.
func took(dir string) map[[2]string]time.Duration {
	read, err := verify.Read(dir)
	if err != nil {
		return nil
	}
	last := map[[2]string]time.Duration{}
	for _, s := range read.Steps {
		if s.Cached || s.Exit >= suite.ExitTimeout {
			continue
		}
		for _, key := range [][2]string{{s.Phase, s.Name}, {"", s.Name}} {
			last[key] = max(last[key], s.Took)
		}
	}
	return last
}
