// Package enginetest makes what tests need that take the embedded gate, and gates like it, through something.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm/npmtest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Project is the root of this repository, which is a mock consumer, as a test of a room sees it.
const Project = "../.."

// Source makes a source repository of what a consumer has of this one, with a folder for each scenario: a copy of one
// of the table for one that is not in it.
func Source(t testing.TB, chosen suite.Suite) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "source")
	for _, part := range []string{"apps", "features", "openspec", ".pumuki"} {
		Must(t, os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(Project, part))))
	}
	for _, file := range []string{"package.json", "skills.lock.json", ".gitignore"} {
		data, err := os.ReadFile(filepath.Join(Project, file))
		Must(t, err)
		Must(t, os.WriteFile(filepath.Join(dir, file), data, 0o644))
	}
	for i, s := range chosen {
		original := s
		if !slices.Contains(suite.Default().Names(), s.Name) {
			original = suite.Default()[i%len(suite.Default())]
		}
		folder := filepath.Join(Project, filepath.FromSlash(original.Folder()))
		Must(t, os.CopyFS(filepath.Join(dir, filepath.FromSlash(s.Folder())), os.DirFS(folder)))
	}
	Must(t, os.MkdirAll(filepath.Join(dir, "docs"), 0o755))
	Must(t, os.WriteFile(filepath.Join(dir, "docs", "README.md"), []byte("Lockers.\n"), 0o644))
	Git(t, dir, "init", "--quiet", "--template=", "--initial-branch=main")
	Commit(t, dir)
	return dir
}

// Commit commits all that lies in a repository.
func Commit(t testing.TB, dir string) {
	t.Helper()
	Git(t, dir, "add", "--all")
	Git(t, dir, "commit", "--quiet", "--message=baseline")
}

// Git runs git in a directory, cut off from the configuration of whoever runs the tests, and returns what it says.
func Git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=Someone",
		"GIT_AUTHOR_EMAIL=someone@example.invalid", "GIT_COMMITTER_NAME=Someone",
		"GIT_COMMITTER_EMAIL=someone@example.invalid")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// Must ends the test where there is an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Mutant is the tarball of the embedded gate in which some texts stand in the place of others: file, text, text.
func Mutant(t *testing.T, changes ...[3]string) string {
	t.Helper()
	files := fstest.MapFS{}
	Must(t, fs.WalkDir(gate.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
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
	tarball, err := npmtest.PackAs(shared.gates, fmt.Sprintf("pumuki-mutant-%03d", shared.mutants.Add(1)), files)
	Must(t, err)
	return tarball
}

// shared is what the tests of a package share: see Main.
var shared struct {
	// npm is a directory for PATH with an npm that does once what many tests ask of it.
	npm string
	// gates is where the mutants lie.
	gates   string
	mutants atomic.Int32
	// registry is the address of a registry that has a stand-in for OpenSpec, and nothing else.
	registry string
}

// Main runs the tests of a package, whose temporary files lie in memory, with what they share.
func Main(m *testing.M) {
	testhost.Prepare()
	code, err := run(m)
	if err != nil {
		panic(err)
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "enginetest-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, tree.Remove(dir)) }()
	_, openSpec, err := npmtest.Pack(dir, npmtest.OpenSpecFiles())
	has := npmtest.Registry{npmtest.OpenSpec: {Releases: map[string]npmtest.Release{suite.OpenSpecVersion: openSpec}}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		has.Answer(w, "http://"+r.Host+"/", strings.TrimPrefix(r.URL.Path, "/"))
	}))
	defer server.Close()
	shared.npm, shared.gates, shared.registry = filepath.Join(dir, "quick"), filepath.Join(dir, "gates"), server.URL
	quick := npmtest.Quick{Kept: filepath.Join(dir, "npm"), Registry: server.URL}
	err = errors.Join(err, os.Mkdir(shared.npm, 0o755), os.Mkdir(shared.gates, 0o755), npmtest.Keep(quick.Kept),
		quick.Write(shared.npm))
	if err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// Host is the environment of a caller whose npm asks the shared registry, and has a cache of its own beside a source
// repository.
func Host(source string) []string {
	return append(process.Environment(os.Environ()).Before(shared.npm),
		"npm_config_registry="+shared.registry, "npm_config_cache="+filepath.Join(source, "..", "cache"))
}

// Plan returns how to judge a gate on a source repository made of this one. Its work directory goes with the test.
func Plan(t *testing.T, ctx context.Context, spec string) engine.Plan {
	t.Helper()
	root := Source(t, suite.Default())
	work, err := workspace.Create(root)
	Must(t, err)
	t.Cleanup(func() { Must(t, work.Remove()) })
	host := Host(root)
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
	Must(t, err)
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
