// Package console is how a run looks to a person: the lines of the contract on standard output and nothing else
// (CONTRACT §4), everything around them on standard error.
//
// Nothing here fails: a closed or full standard output changes no verdict.
package console

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// Console writes for people. It is safe for scenarios that run at once.
type Console struct {
	mu     sync.Mutex
	stdout io.Writer
	stderr io.Writer
	redact func(string) string
}

// New returns a console on the two streams. Redact takes the secrets out of what is written; nil leaves them.
func New(stdout, stderr io.Writer, redact func(string) string) *Console {
	if redact == nil {
		redact = func(text string) string { return text }
	}
	return &Console{stdout: stdout, stderr: stderr, redact: redact}
}

func (c *Console) contract(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintln(c.stdout, c.redact(fmt.Sprintf(format, args...)))
}

// Scenario begins the block of a scenario.
func (c *Console) Scenario(name string) { c.contract("=== scenario:%s ===", name) }

// Results ends the block of a scenario whose stages all ran.
func (c *Console) Results(s scenario.Scenario, exits scenario.Exits, met bool) {
	c.contract("results: %s", exitLine(exits))
	if !met {
		c.contract("expected: %s", exitLine(s.Expected))
		c.contract("status: FAIL")
		return
	}
	c.contract("status: PASS")
}

func exitLine(exits scenario.Exits) string {
	var fields []string
	for i, stage := range scenario.Stages() {
		fields = append(fields, stage.Name+"="+strconv.Itoa(exits[i]))
	}
	return strings.Join(fields, " ")
}

// Passed ends a run in which every chosen scenario met its contract.
func (c *Console) Passed(spec string, chosen []scenario.Scenario) {
	if len(chosen) == len(scenario.All()) {
		c.contract("All scenario matrix checks passed for package: %s", spec)
		return
	}
	c.contract("Scenario matrix checks passed for package: %s (partial: %s)", spec, strings.Join(scenario.Names(chosen), ", "))
}

// Say tells a line that is no part of the contract.
func (c *Console) Say(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintln(c.stderr, c.redact(fmt.Sprintf(format, args...)))
}

// Error tells what went wrong. The text may have several lines.
func (c *Console) Error(text string) { c.Say("ERROR: %s", text) }

// Step tells that a step begins.
func (c *Console) Step(phase string, step scenario.Step) { c.Say("%s: %s", phase, step.Does) }
