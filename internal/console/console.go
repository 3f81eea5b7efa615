// Package console is how a run looks to a person: the lines of the contract on standard output and nothing else
// (CONTRACT §4), everything around them on standard error.
//
// Its rules:
//   - Nothing here fails: a closed or full standard output changes no verdict.
//   - Where a person watches a terminal, standard error is a live view: see view. Everywhere else it is plain lines,
//     without times and escape sequences of ours.
package console

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Options are what a Console needs. The zero value of every field but the streams is usable.
type Options struct {
	// Stdout takes the contract's lines, and Stderr all else.
	Stdout, Stderr io.Writer
	// Redact takes the secrets out of what is written; nil leaves them.
	Redact func(string) string
	// Getenv is the caller's environment: TERM, CI, NO_COLOR, COLUMNS and LINES count. Nil is an empty one, and nobody
	// watches then.
	Getenv func(name string) string
	// Scenarios are those that will run, in the order of the matrix: each has a line in the live view.
	Scenarios []suite.Scenario
	// Before returns how long a step took in the last run, by its phase and name; 0 where that is not known.
	Before func(phase, step string) time.Duration
	// Size returns the size of the terminal behind Stderr, and whether this program may draw on it now. Nil asks the
	// system where Stderr is a file.
	Size func() (columns, rows int, ours bool)
}

// Console writes for people. It is safe for scenarios that run at once.
type Console struct {
	options Options
	view    *view

	mu sync.Mutex // held while a plain line is written
}

// Open returns a console with the given options.
func Open(o Options) *Console {
	if o.Redact == nil {
		o.Redact = func(text string) string { return text }
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Before == nil {
		o.Before = func(string, string) time.Duration { return 0 }
	}
	return &Console{options: o, view: watch(o)}
}

// Watched tells whether there is a live view.
func (c *Console) Watched() bool { return c.view.size != nil }

// Close ends the live view, and leaves nothing of it on the terminal. It may be called more than once.
//
// It waits until all that was said is written, which may be long where a person has stopped the terminal. Nothing else
// waits for the terminal. Once ctx is done Close gives up.
func (c *Console) Close(ctx context.Context) { c.view.close(ctx) }

// Hide removes the live view for good, without waiting, and shows no later step. It is for a run that is being ended: a
// person who then kills this program finds a clean terminal.
func (c *Console) Hide() { c.view.hide() }

func (c *Console) contract(format string, args ...any) {
	text := c.options.Redact(fmt.Sprintf(format, args...)) + "\n"
	if !c.view.contract(text) {
		c.write(c.options.Stdout, text)
	}
}

func (c *Console) write(to io.Writer, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(to, text)
}

// Scenario begins the block of a scenario.
func (c *Console) Scenario(name string) { c.contract("=== scenario:%s ===", name) }

// Results ends the block of a scenario whose stages all ran.
func (c *Console) Results(s suite.Scenario, exits suite.Exits, met bool) {
	c.contract("results: %s", exits)
	if !met {
		c.contract("expected: %s", s.Expected)
		c.contract("status: FAIL")
		return
	}
	c.contract("status: PASS")
}

// Passed ends a run in which every chosen scenario met its contract. All tells that no scenario was left out.
func (c *Console) Passed(spec string, chosen suite.Suite, all bool) {
	if all {
		c.contract("All scenario matrix checks passed for package: %s", spec)
		return
	}
	names := strings.Join(chosen.Names(), ", ")
	c.contract("Scenario matrix checks passed for package: %s (partial: %s)", spec, names)
}

// Print writes a text of the contract, with its lines.
func (c *Console) Print(text string) { c.contract("%s", strings.TrimSuffix(text, "\n")) }

// Say writes a line that is no part of the contract. It takes out what would act on a terminal.
func (c *Console) Say(format string, args ...any) {
	text := plain.Text(c.options.Redact(fmt.Sprintf(format, args...))) + "\n"
	if !c.view.say(text) {
		c.write(c.options.Stderr, text)
	}
}

// Error writes what went wrong. The text may have several lines.
func (c *Console) Error(text string) { c.Say("ERROR: %s", text) }

// Step shows that a step begins; the caller calls ended when the step has ended.
func (c *Console) Step(phase string, step suite.Step) (ended func()) {
	ended, shown := c.view.step(phase, step)
	if !shown {
		c.Say("%s: %s", phase, step.Does)
	}
	return ended
}

// Preflight is Step for what comes before any scenario. Only the live view shows it: it is over soon.
func (c *Console) Preflight(step suite.Step) (ended func()) {
	ended, _ = c.view.step(suite.Preflight, step)
	return ended
}

// Finished shows in the live view what a scenario came to. It does so at once, while Results waits for its turn.
func (c *Console) Finished(s suite.Scenario, exits suite.Exits, met bool) {
	word := span{good, "PASS"}
	if !met {
		word = span{bad, "FAIL"}
	}
	c.view.finish(s.Name, outcome{word, exits.String()})
}

// Stopped shows in the live view that a scenario ended during its step.
func (c *Console) Stopped(s suite.Scenario) {
	c.view.finish(s.Name, outcome{word: span{bad, "stopped:"}})
}
