package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine/enginetest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// TestTwoGatesAreJudgedAtOnce judges the embedded gate and one like it that lets all through at pre-push, at once and
// against one baseline, and holds the two values side by side.
func TestTwoGatesAreJudgedAtOnce(t *testing.T) {
	t.Parallel()
	violations, _ := suite.Default().Named("violations")
	source := enginetest.Source(t, suite.Suite{violations})
	baseline := baselineOf(t, source)
	type judged struct {
		run *verdict.Run
		err error
	}
	results := map[string]chan judged{"embedded": make(chan judged, 1), lenient(t): make(chan judged, 1)}
	for spec, result := range results {
		go func() {
			run, err := judge(t, source, spec, baseline, []suite.Scenario{violations})
			result <- judged{run, err}
		}()
	}
	var strict, lets judged
	for spec, result := range results {
		if spec == "embedded" {
			strict = <-result
		} else {
			lets = <-result
		}
	}
	if strict.run == nil || lets.run == nil {
		t.Fatal(strict.err, lets.err)
	}
	if strict.err != nil || strict.run.Verdict != verdict.Partial {
		t.Errorf("the embedded gate comes to %s: %v", strict.run.Verdict, strict.err)
	}
	failure := suite.AsFailure(lets.err)
	if failure == nil || failure.Step.Name != suite.ExitContract.Name || lets.run.Verdict != verdict.Fail {
		t.Errorf("the lenient gate comes to %s: %v", lets.run.Verdict, lets.err)
	}
	if strict.run.ContractSHA256 == "" || strict.run.ContractSHA256 != lets.run.ContractSHA256 {
		t.Errorf("they were held against %q and %q", strict.run.ContractSHA256, lets.run.ContractSHA256)
	}
	var off []string
	settled := func(run *verdict.Run) []*verdict.Run {
		run.Evidence = verdict.Settled(run.Suite, run.Evidence, func(text string) string { return text })
		return []*verdict.Run{run}
	}
	for _, cell := range comparison.Of(settled(strict.run), settled(lets.run), nil).Cells {
		off = append(off, cell.Scenario+" at "+cell.Stage)
	}
	if diff := cmp.Diff([]string{"violations at pre-push"}, off); diff != "" {
		t.Error(diff)
	}
}

// lenient is the tarball of a gate that lets everything through at pre-push.
func lenient(t *testing.T) string {
	t.Helper()
	return enginetest.Mutant(t, [3]string{"bin/pumuki-pre-push.js", "require('../lib/cli').main(['pre-push', ", "(["})
}

// judge judges a gate against a baseline that was found fit before. It may be called from any goroutine.
func judge(
	t testing.TB, source, given string, baseline preflight.Baseline, chosen []suite.Scenario,
) (*verdict.Run, error) {
	spec, err := npm.ParseSpec(given, source)
	if err != nil {
		return nil, err
	}
	work, err := workspace.Create(source)
	if err != nil {
		return nil, err
	}
	defer work.Remove()
	host := enginetest.Host(source)
	return engine.Judge(t.Context(), engine.Plan{
		Spec: spec, Source: source, Suite: suite.Default(), Scenarios: chosen, Slots: engine.NewSlots(runtime.NumCPU()),
		Timeout: time.Minute, Work: work,
		Baseline: func(context.Context) (preflight.Baseline, error) { return baseline, nil },
		Host:     host, Config: npm.ReadConfig(npm.Host{Env: host, Dir: source, Source: source}),
		Redact: redact.From(nil, "").Writer,
	}, enginetest.Quiet{})
}

// baselineOf finds a source repository fit.
func baselineOf(t testing.TB, source string) preflight.Baseline {
	t.Helper()
	baseline, err := preflight.Check(t.Context(), preflight.Options{
		Dir: source, Host: os.Environ(), Scratch: t.TempDir(),
		Programs: toolchain.Find(t.Context(), os.Environ(), source),
	})
	enginetest.Must(t, err)
	return baseline
}

// A verdict follows from what the gate sees of the consumer. In a repository that has this toolkit in it, the toolkit
// and its documents are no part of that, so a change to them voids nothing.
func TestVerdictFollowsFromWhatTheGateSees(t *testing.T) {
	t.Parallel()
	source := enginetest.Source(t, suite.Default()[:1])
	seen := func() verdict.Text {
		digest, err := engine.Consumer(t.Context(), baselineOf(t, source))
		enginetest.Must(t, err)
		return digest
	}
	change := func(path, text string) {
		enginetest.Must(t, os.MkdirAll(filepath.Dir(filepath.Join(source, path)), 0o755))
		enginetest.Must(t, os.WriteFile(filepath.Join(source, path), []byte(text), 0o644))
		enginetest.Commit(t, source)
	}
	before := seen()
	for _, each := range []struct {
		path, text string
		same       bool
	}{
		{"README.md", "a consumer's own", false},
		{"internal/own.ts", "a consumer's own", false},
		{"go.mod", "module example.com/another\n", false},
		{"go.mod", "module github.com/SwiftEnProfundidad/pumuki-mock-consumer\n", false},
		{"README.md", "another", true},
		{"internal/matrix/matrix.go", "package matrix", true},
		{"scenarios/clean/more.ts", "export {}", true},
		{"internals/own.ts", "export {}", false},
		{"AGENTS.md", "rules", false},
		{"package.json", "{}", false},
	} {
		change(each.path, each.text)
		after := seen()
		if (after == before) != each.same {
			t.Errorf("%s: %q changed the digest: %t", each.path, each.text, after != before)
		}
		before = after
	}
	baseline := baselineOf(t, source)
	for i, tool := range baseline.Tools {
		if tool.Name == "node" {
			baseline.Tools[i].Version = "v99.1.2"
		}
	}
	other, err := engine.Consumer(t.Context(), baseline)
	enginetest.Must(t, err)
	for i, tool := range baseline.Tools {
		if tool.Name == "node" {
			baseline.Tools[i].Version = "v99.3.4"
		}
	}
	again, err := engine.Consumer(t.Context(), baseline)
	enginetest.Must(t, err)
	if other == before || again != other {
		t.Error("of node's version the major one counts, and it alone")
	}
}
