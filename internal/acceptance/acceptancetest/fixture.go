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
	// real and quick hold an npm each: see prepareNPM.
	real, quick string
	registry    *registry
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
	f := &fixture{root: root, real: filepath.Join(dir, "real"), quick: filepath.Join(dir, "quick")}
	f.shared = share(t, root, f.prepare)
	err = errors.Join(os.Mkdir(f.real, 0o755), os.Mkdir(f.quick, 0o755))
	caches, goErr := f.run(f.root, "go", "env", "GOCACHE", "GOMODCACHE")
	f.goCache, f.goModCache, _ = strings.Cut(strings.TrimSpace(caches), "\n")
	if err := errors.Join(err, goErr); err != nil {
		t.Fatal(err)
	}
	if f.registry, err = newRegistry(f.in(gates)); err != nil {
		t.Fatal(err)
	}
	if err := f.prepareNPM(); err != nil {
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
	// made is what npm and the gates did once, and commands the programs that ask the gates: see prepareNPM.
	made     = "made"
	commands = "commands"
	// compiling and compiledNPM are what npm loads first, and what node has compiled of npm.
	compiling   = "compiled.js"
	compiledNPM = "compiled"
)

// prepare makes what the scripts of all packages need.
func (f *fixture) prepare(dir string) error {
	f.shared = dir
	for _, each := range []string{bin, gates, made, commands, compiledNPM} {
		if err := os.Mkdir(f.in(each), 0o755); err != nil {
			return err
		}
	}
	var compiled error
	var all sync.WaitGroup
	all.Go(func() { compiled = f.compile() })
	err := errors.Join(f.make(), f.quicken())
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

// prepareNPM makes two programs that are called npm. One is npm, started more quickly: testdata/quick/compiled.js. The
// other does once what many scripts ask of it, testdata/quick/npm.sh, and the gates that it installs do once what many
// scripts ask of them: testdata/quick/gate.sh. Nearly all the processor time of an embedded run is theirs.
func (f *fixture) prepareNPM() error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return err
	}
	version, err := f.run(f.root, npm, "--version")
	if err != nil {
		return err
	}
	npm, err = filepath.EvalSymlinks(npm)
	if err != nil {
		return err
	}
	start := "exec "
	if filepath.Base(npm) == npmScript { // else it is a shim, and starts a node of its own
		start = "exec node --require " + quoted(f.in(compiling)) + " "
	}
	// Its version is known, but options of node that reach it are to act.
	real := fmt.Sprintf("[ \"$*${NODE_OPTIONS-}\" != --version ] || { echo %s; exit; }\n%s%s \"$@\"\n",
		quoted(strings.TrimSpace(version)), start, quoted(npm))
	known := fmt.Sprintf("npm=%s version=%s made=%s commands=%s registry=%s\n", quoted(filepath.Join(f.real, "npm")),
		quoted(strings.TrimSpace(version)), quoted(f.in(made)), quoted(f.in(commands)), quoted(f.registry.server.URL))
	quick, err := os.ReadFile(quickPrograms + "npm.sh")
	for dir, does := range map[string]string{f.real: real, f.quick: known + string(quick)} {
		cli := filepath.Join(dir, npmScript)
		err = errors.Join(err, program(cli, does), os.Symlink(cli, filepath.Join(dir, "npm")))
	}
	return err
}

// quickPrograms is where the programs are that do once what many scripts ask of them.
const quickPrograms = "../acceptancetest/testdata/quick/"

// quicken makes what the programs that prepareNPM makes have in common.
func (f *fixture) quicken() error {
	compiled, err := os.ReadFile(quickPrograms + compiling)
	command, readErr := os.ReadFile(quickPrograms + "gate.sh")
	err = errors.Join(err, readErr, os.WriteFile(f.in(compiling), compiled, 0o644))
	for _, name := range []string{"pumuki", "pumuki-pre-write", "pumuki-pre-commit", "pumuki-pre-push", "pumuki-ci"} {
		asks := "made=" + quoted(f.in(made)) + "\n" + string(command)
		err = errors.Join(err, program(filepath.Join(f.in(commands), name), asks))
	}
	return err
}

// program writes a program for a shell.
func program(path, does string) error { return os.WriteFile(path, []byte("#!/bin/sh\n"+does), 0o755) }

// npmScript is the name of npm's own script. A program of another name would be taken for a shim, and passed by.
const npmScript = "npm-cli.js"

// quoted is a word for a shell.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

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
	return packOne(f.in(gates), npmtest.OpenSpec+"-"+suite.OpenSpecVersion, npmtest.OpenSpecFiles())
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
	return packOne(dir, "pumuki-"+version, laid)
}

// packOne writes the tarball of a package, and beside it the manifest and the digest, by which testdata/quick/npm.sh
// knows it.
func packOne(dir, name string, files fs.FS) error {
	_, release, err := npmtest.Pack(dir, files)
	path := filepath.Join(dir, filepath.FromSlash(name))
	return errors.Join(err, os.WriteFile(path+".sha512", []byte(npmtest.Integrity(release.Tarball)), 0o644),
		os.WriteFile(path+".json", release.Manifest, 0o644))
}

// packed returns what packOne wrote.
func packed(dir, name string) (npmtest.Release, error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	tarball, err := os.ReadFile(path + ".tgz")
	manifest, readErr := os.ReadFile(path + ".json")
	return npmtest.Release{Tarball: tarball, Manifest: manifest}, errors.Join(err, readErr)
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
