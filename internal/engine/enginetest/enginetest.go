// Package enginetest makes what tests need that take the embedded gate, and gates like it, through something.
package enginetest

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm/npmtest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Project is the root of this repository, which is a mock consumer, as a test of a room sees it.
const Project = "../.."

// source makes a source repository of what a consumer has of this one.
func source(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "source")
	for _, part := range []string{"apps", "features", "openspec", ".pumuki", "scenarios"} {
		must(t, os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(Project, part))))
	}
	for _, file := range []string{"package.json", "skills.lock.json", ".gitignore"} {
		data, err := os.ReadFile(filepath.Join(Project, file))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, file), data, 0o644))
	}
	must(t, os.MkdirAll(filepath.Join(dir, "docs"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "docs", "README.md"), []byte("Lockers.\n"), 0o644))
	for _, args := range [][]string{
		{"init", "--quiet", "--template=", "--initial-branch=main"}, {"add", "--all"},
		{"-c", "user.name=Someone", "-c", "user.email=someone@example.invalid", "commit", "--quiet", "-m", "baseline"},
	} {
		git := exec.Command("git", args...)
		git.Dir = dir
		out, err := git.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Mutant is the tarball of the embedded gate in which some texts stand in the place of others: file, text, text.
func Mutant(t *testing.T, changes ...[3]string) string {
	t.Helper()
	files := fstest.MapFS{}
	must(t, fs.WalkDir(gate.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(gate.FS(), name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	}))
	for _, change := range changes {
		file := files[change[0]]
		if file == nil || strings.Count(string(file.Data), change[1]) != 1 {
			t.Fatalf("%s does not hold %q once", change[0], change[1])
		}
		file.Data = []byte(strings.Replace(string(file.Data), change[1], change[2], 1))
	}
	tarball, _, err := npmtest.Pack(t.TempDir(), files)
	must(t, err)
	return tarball
}

// registry starts a registry that has a stand-in for OpenSpec, and nothing else.
func registry(t *testing.T) string {
	t.Helper()
	_, openSpec, err := npmtest.Pack(t.TempDir(), npmtest.OpenSpecFiles())
	must(t, err)
	has := npmtest.Registry{npmtest.OpenSpec: {Releases: map[string]npmtest.Release{suite.OpenSpecVersion: openSpec}}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		has.Answer(w, "http://"+r.Host+"/", strings.TrimPrefix(r.URL.Path, "/"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Plan returns how to judge a gate on a source repository made of this one. Its work directory goes with the test.
func Plan(t *testing.T, ctx context.Context, spec string) engine.Plan {
	t.Helper()
	root := source(t)
	work, err := workspace.Create(root)
	must(t, err)
	t.Cleanup(func() { must(t, work.Remove()) })
	host := append(os.Environ(), "npm_config_registry="+registry(t),
		"npm_config_cache="+filepath.Join(root, "..", "cache"))
	programs := toolchain.Find(ctx, host, root)
	plan := engine.Plan{
		Source: root, Suite: suite.Default(), Scenarios: suite.Default()[:1], Slots: engine.NewSlots(3),
		Timeout: time.Minute, Work: work, Host: host, Programs: programs, Redact: redact.From(nil, "").Writer,
		Config: npm.ReadConfig(npm.Host{Env: host, Dir: root, Source: root, Programs: programs}),
		Baseline: func(ctx context.Context) (preflight.Baseline, error) {
			return preflight.Check(ctx, preflight.Options{
				Dir: root, Host: host, Programs: programs, Scratch: work.Scratch(),
			})
		},
	}
	plan.Spec, err = npm.ParseSpec(spec, root)
	must(t, err)
	return plan
}

// Quiet is an observer that looks away.
type Quiet struct{}

func (Quiet) Before(suite.Step) func()       { return func() {} }
func (Quiet) Step(string, suite.Step) func() { return func() {} }
func (Quiet) Reused(string, npm.Package)     {}
func (Quiet) Ended(engine.Settled)           {}
func (Quiet) Turn(suite.Scenario)            {}
func (Quiet) Settled(engine.Settled)         {}
func (Quiet) Warn(string)                    {}
