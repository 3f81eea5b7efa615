package npmtest

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// Quick is an npm that does once what many tests ask of it, and then does again what it did. All that decides what npm
// does is part of the question, but for what a registry holds: a test that changes that, or looks at what was asked of
// it, needs npm itself. Gates whose manifests are alike are installed alike, whatever their versions: what npm did with
// one is done again for all, each with its own files.
type Quick struct {
	// Kept is the directory that Keep made.
	Kept string
	// Registry is how the addresses of registries begin whose questions have the same answers.
	Registry string
	// Commands holds programs that stand for those of the gates that are like the embedded one, by the same names. It
	// is empty where the gates are to answer themselves.
	Commands string
}

// What lies in the directory that Keep makes.
const (
	// itself holds npm itself.
	itself = "npm"
	// answers are what npm did once.
	answers = "answers"
)

//go:embed compiled.js
var compiled []byte

// npmScript is the name of npm's own script. A program of another name would be taken for a shim, and passed by.
const npmScript = "npm-cli.js"

// Keep makes a directory that keeps what npm does once, for this and for other programs, and npm itself: see Real.
func Keep(dir string) error {
	found, err := exec.LookPath("npm")
	if err != nil {
		return err
	}
	for _, each := range []string{itself, answers, "compiled"} {
		err = errors.Join(err, os.MkdirAll(filepath.Join(dir, each), 0o755))
	}
	version, versionErr := exec.Command(found, "--version").Output()
	cli, linkErr := filepath.EvalSymlinks(found)
	if err := errors.Join(err, versionErr, linkErr); err != nil {
		return err
	}
	load := filepath.Join(dir, "compiled.js")
	start := "exec "
	if filepath.Base(cli) == npmScript { // else it is a shim, and starts a node of its own
		start = "exec node --require " + quoted(load) + " "
	}
	return errors.Join(os.WriteFile(load, compiled, 0o644), npm(Real(dir),
		// Its version is known, but options of node that reach it are to act.
		fmt.Sprintf("[ \"$*${NODE_OPTIONS-}\" != --version ] || { echo %s; exit; }\n%s%s \"$@\"\n",
			quoted(strings.TrimSpace(string(version))), start, quoted(cli))))
}

// Real is a directory for PATH with npm itself, which starts more quickly: what node has compiled of it is kept.
func Real(kept string) string { return filepath.Join(kept, itself) }

// Write writes the npm into a directory for PATH. This program does its work.
func (q Quick) Write(dir string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return npm(dir, fmt.Sprintf("case ${1-} in install | view) exec %s %s %s %s %s \"$@\" ;; esac\nexec %s \"$@\"\n",
		quoted(program), quickName, quoted(q.Kept), quoted(q.Registry), quoted(q.Commands), quoted(q.real())))
}

// npm makes an npm that is a script for a shell.
func npm(dir, does string) error {
	cli := filepath.Join(dir, npmScript)
	return errors.Join(os.WriteFile(cli, []byte("#!/bin/sh\n"+does), 0o755), os.Symlink(cli, filepath.Join(dir, "npm")))
}

// quoted is a word for a shell.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func (q Quick) real() string { return filepath.Join(Real(q.Kept), "npm") }

// quickName is what this program is called with to be the npm that Write writes.
const quickName = "pumuki-mock-consumer:npm"

// init makes this program that npm where it was started as it: before it does what takes time to prepare.
func init() {
	if len(os.Args) < 6 || os.Args[1] != quickName {
		return
	}
	err := Quick{Kept: os.Args[2], Registry: os.Args[3], Commands: os.Args[4]}.answer(os.Args[5:])
	code := exit(70)
	if !errors.As(err, &code) {
		fmt.Fprintf(os.Stderr, "npm, as the tests have it: %v\n", err)
	}
	// Not os.Exit: it makes the race detector wait a second for reports that nobody reads.
	syscall.Exit(int(code))
}

// exit is the code with which npm ends.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// question is what a test asks of npm.
type question struct {
	Quick
	args []string
	// here is the consumer's directory.
	here string
	// gate is the path of the gate's tarball that is asked for, or that was installed here, without its ending, where
	// PackAs has put its manifest and its digest beside it. Empty where there is none such.
	gate, digest string
}

// last is the package that is asked for, as a rule.
func (q *question) last() string { return q.args[len(q.args)-1] }

// answer answers a question, and returns with which code npm ends.
func (q Quick) answer(args []string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	asked := question{Quick: q, args: args, here: here}
	if !asked.repeats() {
		return asked.ask()
	}
	asked.find()
	if asked.gate != "" && args[0] == "install" {
		// What a gate does as it is installed is its own: no answer holds it. One that waits there needs no npm.
		switch manifest, err := os.ReadFile(asked.gate + ".json"); {
		case err != nil:
			return err
		case strings.HasSuffix(asked.gate, "-waits-in-install"):
			return asked.wait()
		case bytes.Contains(manifest, []byte("postinstall")):
			return asked.ask()
		}
	}
	kept, err := asked.kept()
	if err != nil {
		return err
	}
	return asked.again(kept)
}

// plain is a path of which nothing means anything to npm.
var plain = regexp.MustCompile(`^[A-Za-z0-9/._-]+$`)

// repeats tells whether all that decides the answer is known: what is in the consumer already is by its lock alone.
func (q *question) repeats() bool {
	if len(q.args) == 1 { // install what the manifest says
		return false
	}
	registry := os.Getenv("npm_config_registry")
	if !strings.HasPrefix(registry, q.Registry) && os.Getenv("npm_config_offline") != "true" {
		return false
	}
	if exists(".npmrc") || exists("node_modules") && !exists("package-lock.json") || !plain.MatchString(q.here) {
		return false
	}
	manifest, _ := os.ReadFile("package.json")
	return !bytes.Contains(manifest, []byte(`"workspaces"`)) // they have manifests of their own
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// installed is what npm's lock says of a gate that was installed from a tarball.
var installed = regexp.MustCompile(`"resolved": "file:(.*/pumuki-[^/"]*)\.tgz"`)

// find finds out about which gate the question is.
func (q *question) find() {
	gate, isTarball := strings.CutSuffix(q.last(), ".tgz")
	if !isTarball {
		lock, _ := os.ReadFile("package-lock.json")
		if match := installed.FindSubmatch(lock); match != nil {
			gate = string(match[1])
		}
	}
	if digest, err := os.ReadFile(gate + ".sha512"); err == nil {
		q.gate, q.digest = gate, string(digest)
	}
}

// fault is by what a gate differs from others that are installed alike: 9.0.0-crashes.
func (q *question) fault() string { return strings.TrimPrefix(filepath.Base(q.gate), "pumuki-") }

// pairs are what differs between questions with the same answer, each with what stands for it there.
func (q *question) pairs() (pairs []string) {
	pairs = []string{filepath.Dir(q.here), "@WORK@"}
	if registry := os.Getenv("npm_config_registry"); registry != "" {
		pairs = append(pairs, registry, "@REGISTRY@")
	}
	if q.gate != "" {
		pairs = append(pairs, q.fault(), "@FAULT@", q.digest, "@DIGEST@")
	}
	return pairs
}

// general takes out of a text what differs between questions with the same answer, and special puts it in again.
func (q *question) general(text []byte) []byte {
	return []byte(strings.NewReplacer(q.pairs()...).Replace(string(text)))
}

func (q *question) special(text []byte) []byte {
	pairs := q.pairs()
	slices.Reverse(pairs)
	return []byte(strings.NewReplacer(pairs...).Replace(string(text)))
}

// ask has npm itself in the place of this program.
func (q *question) ask() error {
	return syscall.Exec(q.real(), append([]string{"npm"}, q.args...), os.Environ())
}

// wait installs a gate that waits for ever as it is installed.
func (q *question) wait() error {
	node, err := exec.LookPath("node")
	if err = errors.Join(err, q.unpack()); err != nil {
		return err
	}
	if err := os.Chdir(gateDir); err != nil {
		return err
	}
	return syscall.Exec(node, []string{"node", "lib/postinstall.js"}, os.Environ())
}

// manifests are the files in which npm notes what it has installed.
var manifests = []string{"package.json", "package-lock.json", "node_modules/.package-lock.json"}

// trees are what npm changes in a consumer.
var trees = []string{"package.json", "package-lock.json", "node_modules"}

// key names the question, alike for all tests that ask it.
func (q *question) key() (string, error) {
	var text bytes.Buffer
	fmt.Fprintln(&text, q.args)
	files := append([]string{os.Getenv("npm_config_userconfig"), os.Getenv("npm_config_globalconfig")}, manifests...)
	if exists(q.last()) {
		at, err := filepath.EvalSymlinks(q.last())
		here, hereErr := filepath.EvalSymlinks(q.here)
		if filepath.IsAbs(at) {
			at, err = filepath.Rel(here, at)
		}
		if err := errors.Join(err, hereErr); err != nil {
			return "", err
		}
		fmt.Fprintln(&text, at)
	}
	switch {
	case q.gate != "":
		files = append(files, q.gate+".json")
	case exists(q.last()):
		files = append(files, q.last())
	}
	for _, pair := range slices.Sorted(slices.Values(os.Environ())) {
		name, _, _ := strings.Cut(pair, "=")
		setting, isSetting := strings.CutPrefix(name, "npm_config_")
		where := []string{"userconfig", "globalconfig", "cache", "logs_dir", "registry"}
		if isSetting && !slices.Contains(where, setting) {
			fmt.Fprintln(&text, pair)
		}
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		fmt.Fprintf(&text, "%t\n%s\n", err == nil, data)
	}
	return fmt.Sprintf("%x", sha256.Sum256(q.general(text.Bytes()))), nil
}

// What an answer holds, beside the trees.
const stdout, stderr, code = "stdout", "stderr", "code"

// kept returns the directory of the answer. The first that asks has npm answer; who asks meanwhile waits for that.
func (q *question) kept() (dir string, err error) {
	key, err := q.key()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(q.Kept, answers, key)
	if exists(dir) {
		return dir, nil
	}
	turn := flock.New(dir + ".lock")
	if err := turn.Lock(); err != nil {
		return "", err
	}
	defer turn.Close()
	if exists(dir) {
		return dir, nil
	}
	fresh, err := os.MkdirTemp(filepath.Join(q.Kept, answers), "new-")
	if err != nil {
		return "", err
	}
	var said, complained bytes.Buffer
	npm := exec.Command(q.real(), q.args...)
	npm.Stdout, npm.Stderr = &said, &complained
	if err := npm.Run(); err != nil && (npm.ProcessState == nil || !npm.ProcessState.Exited()) {
		return "", err
	}
	for name, text := range map[string][]byte{
		stdout: q.general(said.Bytes()), stderr: q.general(complained.Bytes()),
		code: fmt.Append(nil, npm.ProcessState.ExitCode()),
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(fresh, name), text, 0o644))
	}
	for _, each := range trees {
		if exists(each) {
			err = errors.Join(err, tree.Copy(context.Background(), each, filepath.Join(fresh, each)))
		}
	}
	for _, each := range manifests {
		err = errors.Join(err, change(filepath.Join(fresh, each), q.general))
	}
	if err != nil { // what was not kept whole answers nobody
		return "", err
	}
	return dir, os.Rename(fresh, dir)
}

// change changes the text of a file, where there is one.
func change(file string, how func([]byte) []byte) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, how(text), 0o644)
}

// again does what npm did, and ends as it did.
func (q *question) again(answer string) (err error) {
	if q.args[0] == "install" {
		for _, each := range trees {
			err = errors.Join(err, tree.Remove(each))
			if kept := filepath.Join(answer, each); exists(kept) {
				err = errors.Join(err, tree.Copy(context.Background(), kept, each))
			}
		}
		for _, each := range manifests {
			err = errors.Join(err, change(each, q.special))
		}
		if q.gate != "" && exists(gateDir) {
			err = errors.Join(err, q.unpack())
		}
		err = errors.Join(err, q.quicken())
	}
	ended := exit(0)
	for name, to := range map[string]io.Writer{stdout: os.Stdout, stderr: os.Stderr} {
		text, readErr := os.ReadFile(filepath.Join(answer, name))
		_, writeErr := to.Write(q.special(text))
		err = errors.Join(err, readErr, writeErr)
	}
	text, readErr := os.ReadFile(filepath.Join(answer, code))
	_, scanErr := fmt.Sscan(string(text), &ended)
	return cmp.Or(errors.Join(err, readErr, scanErr), error(ended))
}

// gateDir is where the gate lies in a consumer.
const gateDir = "node_modules/pumuki"

// unpack puts the files of the gate in the place of those of another that was installed alike.
func (q *question) unpack() error {
	tarball, err := os.Open(q.gate + ".tgz")
	if err != nil {
		return err
	}
	defer tarball.Close()
	content, err := gzip.NewReader(tarball)
	if err := errors.Join(err, tree.Remove(gateDir)); err != nil {
		return err
	}
	for files := tar.NewReader(content); ; {
		header, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, _ := strings.Cut(header.Name, "/")
		at := filepath.Join(gateDir, filepath.FromSlash(name))
		data, err := io.ReadAll(files)
		err = errors.Join(err, os.MkdirAll(filepath.Dir(at), 0o755))
		if err = errors.Join(err, os.WriteFile(at, data, header.FileInfo().Mode().Perm())); err != nil {
			return err
		}
	}
}

// likeEmbedded is what stands in a program of a gate that does what the embedded one does.
const likeEmbedded = "require('../lib/cli').main("

// quicken has the commands that a gate has in common with the embedded one asked by way of others.
func (q *question) quicken() error {
	programs, err := filepath.Glob(filepath.Join(gateDir, "bin", "pumuki*.js"))
	if q.Commands == "" || len(programs) == 0 || err != nil {
		return err
	}
	quick := filepath.Join(gateDir, "quick")
	err = errors.Join(tree.Remove(quick), os.CopyFS(quick, os.DirFS(q.Commands))) // the answer may hold it already
	for _, program := range programs {
		text, readErr := os.ReadFile(program)
		err = errors.Join(err, readErr)
		name := strings.TrimSuffix(filepath.Base(program), ".js")
		if !bytes.Contains(text, []byte(likeEmbedded)) || !exists(filepath.Join(q.Commands, name)) {
			continue
		}
		link := filepath.Join("node_modules", ".bin", name)
		err = errors.Join(err, os.Remove(link), os.Symlink(filepath.Join("..", "pumuki", "quick", name), link))
	}
	return err
}
