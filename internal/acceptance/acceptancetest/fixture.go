//go:build linux

package acceptancetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm/npmtest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// project is the root of the project that is tested, as the test of a package sees it.
const project = "../../.."

// fixture is what the scripts of a package have.
type fixture struct {
	// root is the project that is tested, and shared the directory that all packages share: see prepare.
	root, shared string
	// quick holds an npm that does once what many scripts ask of it, as the gates do that it installs: see quicken.
	// Nearly all the processor time of an embedded run is theirs.
	quick    string
	registry *registry
	// goCache and goModCache are the caches of whoever runs the tests: a script has another home.
	goCache, goModCache string

	published publishedLogs
}

// in returns the path of something in the shared directory.
func (f *fixture) in(name string) string { return filepath.Join(f.shared, name) }

// newFixture makes the fixture.
func newFixture(t *testing.T) *fixture {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(project)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{root: root, quick: dir}
	f.shared = share(t, root, f.prepare)
	caches, err := f.run(f.root, "go", "env", "GOCACHE", "GOMODCACHE")
	f.goCache, f.goModCache, _ = strings.Cut(strings.TrimSpace(caches), "\n")
	if err != nil {
		t.Fatal(err)
	}
	if f.registry, err = newRegistry(f.in(gates)); err != nil {
		t.Fatal(err)
	}
	npm := npmtest.Quick{Kept: f.in(npm), Registry: f.registry.server.URL, Commands: f.in(commands)}
	if err := npm.Write(f.quick); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.registry.close()
		f.published.remove()
	})
	return f
}

// What lies in the shared directory.
const (
	// clone is a clone-like copy of the project, with a commit. A project in use is never built in: mage writes its
	// main beside the targets meanwhile.
	clone = "project"
	// bin holds the compiled targets under the name mage.
	bin = "bin"
	// consumer is a source repository to copy.
	consumer = "consumer"
	// gates holds a tarball for each folder of testdata/gates, and the good ones.
	gates = "gates"
	// npm is what npm did once, and made what the gates did, which the programs in commands ask.
	npm      = "npm"
	made     = "made"
	commands = "commands"
)

// prepare makes what the scripts of all packages need.
func (f *fixture) prepare(dir string) error {
	f.shared = dir
	for _, each := range []string{bin, gates, made, commands} {
		if err := os.Mkdir(f.in(each), 0o755); err != nil {
			return err
		}
	}
	var compiled error
	var all sync.WaitGroup
	all.Go(func() { compiled = f.compile() })
	err := errors.Join(f.make(), f.quicken(), npmtest.Keep(f.in(npm)))
	all.Wait()
	return errors.Join(err, compiled)
}

// compiled is what the old entry point makes, and needs not make again where nothing has changed.
const compiled = "artifacts/.matrix"

// compile copies the project and compiles its targets there, as the old entry point does: an unknown scenario, exit 2,
// tells that they were compiled.
func (f *fixture) compile() error {
	files, err := f.files()
	if err != nil {
		return err
	}
	if err := f.copy(files, f.in(clone)); err != nil {
		return err
	}
	// By the shell's name: a program that was just written is busy while another goroutine forks.
	_, err = f.run(f.in(clone), "sh", "scripts/run-pumuki-matrix.sh", "-scenario=nothing")
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != suite.ExitUsage {
		return fmt.Errorf("the targets were not compiled: %w", err)
	}
	return errors.Join(os.Link(filepath.Join(f.in(clone), compiled), filepath.Join(f.in(bin), "mage")),
		f.commit(f.in(clone)))
}

// quicken makes the programs that ask a gate once what many scripts ask of it: testdata/quick/gate.sh.
func (f *fixture) quicken() error {
	asks, err := os.ReadFile("../acceptancetest/testdata/quick/gate.sh")
	for _, name := range []string{"pumuki", "pumuki-pre-write", "pumuki-pre-commit", "pumuki-pre-push", "pumuki-ci"} {
		does := fmt.Appendf(nil, "#!/bin/sh\nmade='%s'\n%s", f.in(made), asks)
		err = errors.Join(err, os.WriteFile(filepath.Join(f.in(commands), name), does, 0o755))
	}
	return err
}

// consumerParts are the parts of this project that are the mock consumer.
var consumerParts = []string{"package.json", "apps", "features", "openspec", ".pumuki", "scenarios", "skills.lock.json",
	".gitignore", "artifacts", "scripts"}

// make makes the consumer and the gates.
func (f *fixture) make() error {
	files, err := f.files()
	if err != nil {
		return err
	}
	files = slices.DeleteFunc(files, func(name string) bool {
		part, _, _ := strings.Cut(name, "/")
		return !slices.Contains(consumerParts, part)
	})
	return errors.Join(f.copy(files, f.in(consumer)), f.commit(f.in(consumer)), f.pack())
}

// files lists what a clone of the project holds, with what is not committed yet.
func (f *fixture) files() ([]string, error) {
	listed, err := f.run(f.root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	files := strings.Split(strings.TrimSuffix(listed, "\x00"), "\x00")
	slices.Sort(files)
	return slices.Compact(files), err
}

func (f *fixture) copy(files []string, into string) error {
	for _, name := range files {
		from, to := filepath.Join(f.root, name), filepath.Join(into, name)
		info, err := os.Stat(from)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not committed yet
		}
		if err != nil {
			return err
		}
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		err = errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, info.Mode().Perm()))
		if err != nil {
			return err
		}
	}
	return nil
}

// commit makes a repository with one commit of what is in dir.
func (f *fixture) commit(dir string) error {
	for _, args := range [][]string{
		{"init", "--quiet", "--template=", "--initial-branch=main"}, {"add", "--all"},
		{"commit", "--quiet", "--message=baseline"},
	} {
		if _, err := f.run(dir, "git", args...); err != nil {
			return err
		}
	}
	return nil
}

// run runs a command of the harness, cut off from the git configuration of whoever runs the tests.
func (f *fixture) run(dir, name string, args ...string) (string, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, &stderr
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "GIT_") && !strings.HasPrefix(pair, "MAGEFILE_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Someone", "GIT_AUTHOR_EMAIL=someone@example.invalid", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
		"GIT_COMMITTER_NAME=Someone", "GIT_COMMITTER_EMAIL=someone@example.invalid",
		"GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return string(out), err
}

// pack packs the gates: the embedded one as versions 9.0.0 and 9.1.0, and with each folder of testdata/gates laid over
// it as version 9.0.0-<folder>; a broken one as 9.2.0, a telltale one as 9.4.0; and a stand-in for OpenSpec.
func (f *fixture) pack() error {
	faults, err := os.ReadDir(faulty)
	if err != nil {
		return err
	}
	over := map[string]string{"9.0.0": common, "9.1.0": common, "9.2.0": "lets-through", "9.4.0": "telltale"}
	for _, fault := range faults {
		if fault.Name() != common {
			over["9.0.0-"+fault.Name()] = fault.Name()
		}
	}
	for version, folder := range over {
		if err := packGate(f.in(gates), folder, version); err != nil {
			return err
		}
	}
	_, err = npmtest.PackAs(f.in(gates), npmtest.OpenSpec+"-"+suite.OpenSpecVersion, npmtest.OpenSpecFiles())
	return err
}

// faulty holds the folders of what is laid over the embedded gate.
const faulty = "../acceptancetest/testdata/gates"

// common is the folder of what faulty gates share. Laid over a gate alone it is no fault.
const common = "common"

// packGate packs the embedded gate as a version, with a folder of testdata/gates laid over it.
func packGate(dir, folder, version string) error {
	laid, err := overlay(gate.FS(), os.DirFS(filepath.Join(faulty, common)), os.DirFS(filepath.Join(faulty, folder)))
	if err == nil {
		err = identify(laid, version)
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", version, err)
	}
	_, err = npmtest.PackAs(dir, "pumuki-"+version, laid)
	return err
}

// overlay lays files over those before them. An empty file takes away what it covers.
func overlay(all ...fs.FS) (fstest.MapFS, error) {
	laid := fstest.MapFS{}
	for _, files := range all {
		err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := fs.ReadFile(files, name)
			if len(data) == 0 {
				delete(laid, name)
				return err
			}
			laid[name] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return laid, nil
}

// identify gives a gate its version, takes out of its manifest the programs that it does not hold, and puts in what is
// to run when it is installed.
func identify(files fstest.MapFS, version string) error {
	var manifest map[string]any
	if err := json.Unmarshal(files["package.json"].Data, &manifest); err != nil {
		return err
	}
	manifest["version"] = version
	if files["lib/postinstall.js"] != nil {
		manifest["scripts"] = map[string]string{"postinstall": "node lib/postinstall.js"}
	}
	programs, _ := manifest["bin"].(map[string]any)
	for name, file := range programs {
		if files[file.(string)] == nil {
			delete(programs, name)
		}
	}
	data, err := json.MarshalIndent(manifest, "", "  ")
	files["package.json"] = &fstest.MapFile{Data: data}
	return err
}
