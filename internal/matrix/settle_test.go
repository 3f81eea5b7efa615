package matrix

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// TestWhatEndsARunAfterTheLastStage settles a run whose stages all met their contract. No script can choose that
// moment. A signal is obeyed. A limit is not over yet: what is left of it is for this.
func TestWhatEndsARunAfterTheLastStage(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		cause   error
		code    int
		verdict verdict.Verdict
	}{
		"no signal": {nil, suite.ExitPass, verdict.Pass},
		"SIGTERM":   {&process.Interrupted{Signal: 15}, 143, verdict.Fail},
		"a limit":   {&process.TimeoutError{}, suite.ExitPass, verdict.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runThatMetItsContract(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if each.cause != nil {
				cancel(each.cause)
			}
			code := suite.ExitPass
			err := r.settle(ctx, nil)
			if exit := (*Exit)(nil); errors.As(err, &exit) {
				code = exit.Code
			}
			if code != each.code {
				t.Errorf("it ends with %d: %v", code, err)
			}
			if report := verify.Dir(r.store.Dir(), verify.Expect{Verdict: each.verdict}); report.Err() != nil {
				t.Error(report)
			}
		})
	}
}

// TestTargetThatWasEndedSaysSo holds every target to the exit codes of the matrix, for what ends all of them alike.
func TestTargetThatWasEndedSaysSo(t *testing.T) {
	t.Parallel()
	late, interrupted := &process.TimeoutError{Limit: time.Second}, &process.Interrupted{Signal: 15}
	for name, each := range map[string]struct {
		cause, err error
		code       int
		says       string
	}{
		"it did all the same":         {late, nil, 0, ""},
		"its context has not ended":   {nil, &Exit{Code: 1}, 1, ""},
		"it failed of the time-out":   {late, &Exit{Code: 1}, 124, "ERROR: " + late.Error() + "\n"},
		"it failed of the signal":     {interrupted, errors.New("killed"), 143, "ERROR: " + interrupted.Error() + "\n"},
		"it has said so itself":       {late, &Exit{Code: 124}, 124, ""},
		"a run had failed before":     {late, &Exit{Code: 1, settled: true}, 1, ""},
		"a run had failed, then TERM": {interrupted, &Exit{Code: 17, settled: true}, 17, ""},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if each.cause != nil {
			cancel(each.cause)
		}
		var said strings.Builder
		code := 0
		err := Ended(ctx, Host{Stderr: &said}, each.err)
		if exit := (*Exit)(nil); errors.As(err, &exit) {
			code = exit.Code
		}
		if code != each.code || said.String() != each.says {
			t.Errorf("%s: exit %d (%v), and it says %q", name, code, err, said.String())
		}
		cancel(nil)
	}
}

// runThatMetItsContract is a run that has come to its end, and has only to be settled.
func runThatMetItsContract(t *testing.T) *run {
	t.Helper()
	root := t.TempDir()
	store, err := artifact.Open(artifact.Options{
		Root: root, RunID: artifact.RunID(artifact.Matrix, time.Now(), os.Getpid()), LogDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	r := &run{
		plan: engine.Plan{Source: root, Suite: suite.Default(), Scenarios: suite.Default()}, store: store,
		console: console.Open(console.Options{Stdout: io.Discard, Stderr: io.Discard}), secrets: redact.From(nil, ""),
		seen: &verdict.Run{Evidence: verdict.Results{}, Facts: verdict.Facts{
			PackageSpec: "pumuki@latest", PackageName: "pumuki", PackageVersion: "6.3.265",
			SourceCommit: verdict.Text(strings.Repeat("a", 40)), ContractSHA256: verdict.Text(strings.Repeat("c", 64)),
			Suite: suite.Default(),
		}},
	}
	for _, s := range suite.Default() {
		var outcomes verdict.Outcomes
		for i, exit := range s.Expected {
			outcomes[i] = &verdict.Outcome{Exit: exit, Outcome: "PASS"}
			if exit != suite.ExitPass {
				outcomes[i].Outcome = "BLOCK"
				outcomes[i].Findings = []verdict.Finding{{Rule: "r", Severity: "ERROR", File: "f"}}
			}
		}
		r.seen.Evidence[s.Name] = outcomes
		for i, stage := range suite.Stages() {
			r.seen.Steps = append(r.seen.Steps, verdict.Step{Phase: s.Name, Name: stage.Step.Name, Exit: s.Expected[i]})
		}
	}
	if err := r.store.Begin(r.seen.Facts); err != nil {
		t.Fatal(err)
	}
	return r
}
