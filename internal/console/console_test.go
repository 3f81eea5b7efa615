package console_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

func TestStandardOutputIsTheContract(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	c := console.Open(console.Options{Stdout: &stdout, Stderr: &stderr})
	all := suite.Default()
	for _, s := range all {
		c.Scenario(s.Name)
		c.Step(s.Name, suite.StageCI)
		c.Results(s, s.Expected, true)
	}
	c.Passed("pumuki@latest", all, true)
	if stdout.String() != contract {
		t.Errorf("got\n%s", stdout.String())
	}
	want := "clean: run the gate at ci\nviolations: run the gate at ci\nmixed: run the gate at ci\n"
	if stderr.String() != want {
		t.Errorf("got\n%s", stderr.String())
	}
}

// contract is what a run prints that passed.
const contract = `=== scenario:clean ===
results: pre-commit=0 pre-push=0 ci=0
status: PASS
=== scenario:violations ===
results: pre-commit=1 pre-push=1 ci=1
status: PASS
=== scenario:mixed ===
results: pre-commit=1 pre-push=1 ci=1
status: PASS
All scenario matrix checks passed for package: pumuki@latest
`

func TestMissedContractShowsWhatWasExpected(t *testing.T) {
	t.Parallel()
	var stdout strings.Builder
	c := console.Open(console.Options{Stdout: &stdout, Stderr: &stdout})
	c.Results(suite.Default()[1], suite.Exits{1, 0, 1}, false)
	c.Passed("x", suite.Default()[:2], false)
	want := `results: pre-commit=1 pre-push=0 ci=1
expected: pre-commit=1 pre-push=1 ci=1
status: FAIL
Scenario matrix checks passed for package: x (partial: clean, violations)
`
	if stdout.String() != want {
		t.Errorf("got\n%s", stdout.String())
	}
}

func TestConsoleShowsNoSecretAndNeedsNoReader(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	for _, to := range []io.Writer{&stdout, closed{}} {
		c := console.Open(console.Options{Stdout: to, Stderr: &stderr, Redact: func(text string) string {
			return strings.ReplaceAll(text, "s3cret", "[redacted]")
		}})
		c.Passed("s3cret", nil, true)
		c.Error("s3cret\nmore")
	}
	if want := "All scenario matrix checks passed for package: [redacted]\n"; stdout.String() != want {
		t.Errorf("standard output: %q", stdout.String())
	}
	if want := strings.Repeat("ERROR: [redacted]\nmore\n", 2); stderr.String() != want {
		t.Errorf("standard error: %q", stderr.String())
	}
}

// closed is a standard output that nobody reads any more.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
