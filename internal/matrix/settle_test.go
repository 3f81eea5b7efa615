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
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// TestSignalAfterTheLastStageGivesNoPass settles a run whose stages all met their contract. No script can send a
// signal in that moment.
func TestSignalAfterTheLastStageGivesNoPass(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		cause   error
		code    int
		verdict artifact.Verdict
	}{
		"no signal": {nil, scenario.ExitPass, artifact.Pass},
		"SIGTERM":   {&process.Interrupted{Signal: 15}, 143, artifact.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runThatMetItsContract(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if each.cause != nil {
				cancel(each.cause)
			}
			code := scenario.ExitPass
			err := r.settle(ctx, nil)
			if exit := (*Exit)(nil); errors.As(err, &exit) {
				code = exit.Code
			}
			if code != each.code {
				t.Errorf("it ends with %d: %v", code, err)
			}
			if report := artifact.Verify(r.store.Dir(), artifact.Expect{Verdict: each.verdict}); report.Err() != nil {
				t.Error(report)
			}
		})
	}
}

// runThatMetItsContract is a run that has come to its end, and has only to be settled.
func runThatMetItsContract(t *testing.T) *run {
	t.Helper()
	root := t.TempDir()
	store, err := artifact.Open(artifact.Options{
		Root: root, RunID: artifact.RunID(time.Now(), os.Getpid()), LogDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	r := &run{
		options: Options{Source: root, Scenarios: scenario.All()}, store: store,
		console: console.Open(console.Options{Stdout: io.Discard, Stderr: io.Discard}), secrets: redact.From(nil, ""),
		results: artifact.Results{},
		record: artifact.Run{
			PackageSpec: "pumuki@latest", PackageName: "pumuki", PackageVersion: "6.3.265",
			SourceCommit: artifact.Text(strings.Repeat("a", 40)), ContractSHA256: artifact.Text(strings.Repeat("c", 64)),
		},
	}
	for _, s := range scenario.All() {
		var outcomes artifact.Outcomes
		for i, exit := range s.Expected {
			outcomes[i] = &artifact.Outcome{Exit: exit, Outcome: "PASS"}
			if exit != scenario.ExitPass {
				outcomes[i].Outcome, outcomes[i].Findings = "BLOCK", []artifact.Finding{{Rule: "r", Severity: "ERROR", File: "f"}}
			}
		}
		r.results[s.Name] = outcomes
		for i, stage := range scenario.Stages() {
			r.trace.Begin(s.Name, stage.Step.Name, stage.Step.Template)(s.Expected[i], "")
		}
	}
	if err := r.store.Begin(r.record); err != nil {
		t.Fatal(err)
	}
	return r
}
