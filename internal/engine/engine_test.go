package engine_test

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm/npmtest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// TestTwoGatesAreJudgedAtOnce judges the embedded gate and one like it that lets all through at pre-push, at once and
// against one baseline, and holds the two values side by side.
func TestTwoGatesAreJudgedAtOnce(t *testing.T) {
	t.Parallel()
	violations, _ := suite.Default().Named("violations")
	source := sourceWith(t, []suite.Scenario{violations})
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
	dir := filepath.Join(t.TempDir(), "gate")
	must(t, os.CopyFS(dir, gate.FS()))
	const program = "bin/pumuki-pre-push.js"
	if _, err := fs.Stat(gate.FS(), program); err != nil {
		t.Fatal(err)
	}
	must(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(program)), []byte("#!/usr/bin/env node\n"), 0o755))
	tarball, _, err := npmtest.Pack(t.TempDir(), os.DirFS(dir))
	must(t, err)
	return tarball
}

// registry starts a registry that has a stand-in for OpenSpec, and nothing else.
func registry(t testing.TB) (address string, err error) {
	_, openSpec, err := npmtest.Pack(t.TempDir(), npmtest.OpenSpecFiles())
	has := npmtest.Registry{npmtest.OpenSpec: {Releases: map[string]npmtest.Release{suite.OpenSpecVersion: openSpec}}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		has.Answer(w, "http://"+r.Host+"/", strings.TrimPrefix(r.URL.Path, "/"))
	}))
	t.Cleanup(server.Close)
	return server.URL, err
}

// quiet is an observer that looks away.
type quiet struct{}

func (quiet) Before(suite.Step) func()       { return func() {} }
func (quiet) Step(string, suite.Step) func() { return func() {} }
func (quiet) Reused(string, npm.Package)     {}
func (quiet) Ended(engine.Settled)           {}
func (quiet) Turn(suite.Scenario)            {}
func (quiet) Settled(engine.Settled)         {}
func (quiet) Warn(string)                    {}

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
	address, err := registry(t)
	if err != nil {
		return nil, err
	}
	host := append(os.Environ(), "npm_config_registry="+address,
		"npm_config_cache="+filepath.Join(filepath.Dir(source), "npm-cache"))
	return engine.Judge(t.Context(), engine.Plan{
		Spec: spec, Source: source, Suite: suite.Default(), Scenarios: chosen, Slots: engine.NewSlots(runtime.NumCPU()),
		Timeout: time.Minute, Work: work,
		Baseline: func(context.Context) (preflight.Baseline, error) { return baseline, nil },
		Host:     host, Config: npm.ReadConfig(npm.Host{Env: host, Dir: source, Source: source}),
		Redact: redact.From(nil, "").Writer,
	}, quiet{})
}

// baselineOf finds a source repository fit.
func baselineOf(t testing.TB, source string) preflight.Baseline {
	t.Helper()
	baseline, err := preflight.Check(t.Context(), preflight.Options{
		Dir: source, Host: os.Environ(), Scratch: t.TempDir(),
		Programs: toolchain.Find(t.Context(), os.Environ(), source),
	})
	must(t, err)
	return baseline
}

// sourceWith makes a repository of this project's consumer, with a folder for each scenario: a copy of one of the table
// for one that is not in it.
func sourceWith(t testing.TB, chosen []suite.Scenario) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "source")
	for _, name := range []string{"apps", "features", "openspec", "package.json", "skills.lock.json", ".gitignore"} {
		from := filepath.Join("..", "..", name)
		info, err := os.Stat(from)
		must(t, err)
		if info.IsDir() {
			must(t, os.CopyFS(filepath.Join(dir, name), os.DirFS(from)))
			continue
		}
		data, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	for i, s := range chosen {
		original := s
		if !slices.Contains(suite.Default().Names(), s.Name) {
			original = suite.Default()[i%len(suite.Default())]
		}
		folder := filepath.Join("..", "..", filepath.FromSlash(original.Folder()))
		must(t, os.CopyFS(filepath.Join(dir, filepath.FromSlash(s.Folder())), os.DirFS(folder)))
	}
	run(t, dir, "init", "--quiet", "--template=", "--initial-branch=main")
	commit(t, dir)
	return dir
}

// commit commits all that lies in a repository.
func commit(t testing.TB, dir string) {
	t.Helper()
	run(t, dir, "add", "--all")
	run(t, dir, "commit", "--quiet", "--message=baseline")
}

// run runs git in a directory.
func run(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=Someone",
		"GIT_AUTHOR_EMAIL=someone@example.invalid", "GIT_COMMITTER_NAME=Someone",
		"GIT_COMMITTER_EMAIL=someone@example.invalid")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A verdict follows from what the gate sees of the consumer. In a repository that has this toolkit in it, the toolkit
// and its documents are no part of that, so a change to them voids nothing.
func TestVerdictFollowsFromWhatTheGateSees(t *testing.T) {
	t.Parallel()
	source := sourceWith(t, suite.Default()[:1])
	seen := func() verdict.Text {
		digest, err := engine.Consumer(t.Context(), baselineOf(t, source))
		must(t, err)
		return digest
	}
	change := func(path, text string) {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(source, path)), 0o755))
		must(t, os.WriteFile(filepath.Join(source, path), []byte(text), 0o644))
		commit(t, source)
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
	must(t, err)
	for i, tool := range baseline.Tools {
		if tool.Name == "node" {
			baseline.Tools[i].Version = "v99.3.4"
		}
	}
	again, err := engine.Consumer(t.Context(), baseline)
	must(t, err)
	if other == before || again != other {
		t.Error("of node's version the major one counts, and it alone")
	}
}
