//go:build linux

package acceptancetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm/npmtest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suitefile"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// state is what a script remembers.
type state struct {
	work, temp, scope string
	snapshots         map[string]snapshot
	started           map[string]*background
	terminals         map[string]*terminal
}

type stateKey struct{}

func stateOf(ts *testscript.TestScript) *state { return ts.Value(stateKey{}).(*state) }

type command = func(ts *testscript.TestScript, neg bool, args []string)

// commands are the commands of the scripts, beside those of testscript.
func (f *fixture) commands() map[string]command {
	return map[string]command{
		"mage": positive(func(ts *testscript.TestScript, args []string) {
			f.exits(ts, 0, append([]string{"mage"}, args...))
		}),
		"exits":    positive(f.cmdExits),
		"consumer": positive(f.cmdConsumer),
		"gates":    positive(cmdGates),
		"alone":    positive(f.cmdAlone),
		"real-npm": positive(func(ts *testscript.TestScript, _ []string) {
			ts.Setenv("PATH", npmtest.Real(f.in(npm))+string(filepath.ListSeparator)+f.path())
		}),
		"registry-asks": positive(f.cmdRegistryAsks),
		"registry-lags": f.cmdRegistryLags,
		"registry-saw":  f.cmdRegistrySaw,
		"release":       positive(f.cmdRelease),
		"json":          cmdJSON,
		"json-text":     positive(cmdJSONText),
		"json-keys":     positive(cmdJSONKeys),
		"scrub":         positive(cmdScrub),
		"snapshot":      positive(cmdSnapshot),
		"unchanged":     positive(cmdUnchanged),
		"start":         positive(cmdStart),
		"signal":        positive(cmdSignal),
		"await":         positive(f.cmdAwait),
		"until":         positive(cmdUntil),
		"nobody-left":   positive(func(ts *testscript.TestScript, _ []string) { nobodyLeft(ts, afterKill) }),
		"no-larger":     positive(cmdNoLarger),
		"tools":         positive(cmdTools),
		"put-back":      positive(cmdPutBack),
		"terminal":      positive(cmdTerminal),
		"sees":          positive(cmdSees),
		"look":          positive(cmdLook),
		"press":         positive(cmdPress),
		"resize":        positive(cmdResize),
		"hang-up":       positive(cmdHangUp),
	}
}

// path is where programs are found, the compiled targets first.
func (f *fixture) path() string {
	return f.in(bin) + string(filepath.ListSeparator) + os.Getenv("PATH")
}

// positive is a command that cannot be negated.
func positive(do func(ts *testscript.TestScript, args []string)) command {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command cannot be negated")
		}
		do(ts, args)
	}
}

func need(ts *testscript.TestScript, args []string, n int, usage string) {
	if len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}

// cmdExits runs a program, which must end with an exit code.
func (f *fixture) cmdExits(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "exits CODE program [args...]")
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	f.exits(ts, code, args[1:])
}

func (f *fixture) exits(ts *testscript.TestScript, code int, args []string) {
	err := ts.Exec(args[0], args[1:]...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	got := 0
	if exit != nil {
		got = exitCode(exit.ProcessState)
	}
	if got != code {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args, " "), got, code)
	}
	f.afterRun(ts)
}

// exitCode is the code that a shell would tell.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// afterRun checks what holds after every run, whatever the script is about: nobody is left, nothing lies about in the
// temporary directory, and the artifacts in the current directory are whole (TRUST §1, §4; CONTRACT §6).
func (f *fixture) afterRun(ts *testscript.TestScript) {
	for _, b := range stateOf(ts).started {
		if !b.over() {
			return
		}
	}
	nobodyLeft(ts, afterEnd)
	left, _ := filepath.Glob(filepath.Join(ts.Getenv("TMPDIR"), "pumuki-*"))
	for _, dir := range left {
		entries, err := os.ReadDir(dir)
		ts.Check(err)
		owned := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == "owner.lock" })
		if owned && len(entries) > 2 { // else it was kept, or it holds the only copy of a log
			ts.Fatalf("left behind: %s", dir)
		}
	}
	dir := ts.MkAbs(artifact.Folder)
	f.published.note(dir)
	report := verify.Dir(dir, verify.Expect{})
	if report.Err() != nil && !strings.HasPrefix(report.String(), "nothing to verify") && ts.Getenv("TAMPERED") == "" {
		ts.Fatalf("the artifacts do not hold: %v", report)
	}
}

// cmdConsumer makes a source repository in $WORK, and enters it. Where scenarios are named, its suite has no others.
func (f *fixture) cmdConsumer(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "consumer DIR [SCENARIO...]")
	dir := filepath.Join(stateOf(ts).work, args[0])
	ts.Check(tree.Make(dir)) // where ext4 has not removed what the script before left
	ts.Check(os.CopyFS(dir, os.DirFS(f.in(consumer))))
	ts.Check(ts.Chdir(dir))
	if scenarios := args[1:]; len(scenarios) > 0 {
		file := filepath.Join(dir, suitefile.File)
		head, rest, _ := strings.Cut(ts.ReadFile(file), eachScenario)
		for part := range strings.SplitSeq(rest, eachScenario) {
			if name, _, _ := strings.Cut(part, "\n"); slices.Contains(scenarios, name) {
				head += eachScenario + strings.TrimSuffix(part, "\n")
			} else {
				ts.Check(os.RemoveAll(filepath.Join(dir, suite.Folder, name)))
			}
		}
		ts.Check(os.WriteFile(file, []byte(head+"\n"), 0o644))
		ts.Check(f.commit(dir))
	}
}

// eachScenario is what stands before the name of each scenario in the suite.
const eachScenario = "\n  - name: "

// cmdGates packs a folder of testdata/gates, laid over the embedded gate, as many versions: 9.5.12 to 9.5.34.
func cmdGates(ts *testscript.TestScript, args []string) {
	need(ts, args, 4, "gates DIR FOLDER FIRST LAST")
	first, err := strconv.Atoi(args[2])
	ts.Check(err)
	last, err := strconv.Atoi(args[3])
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	for n := first; n <= last; n++ {
		ts.Check(packGate(dir, args[1], fmt.Sprintf("9.5.%d", n)))
	}
}

// cmdAlone keeps out, until the script ends, every other script that asks for the same, in whatever package it is.
func (f *fixture) cmdAlone(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "alone NAME")
	lock, err := lock(filepath.Join(f.shared, "alone-"+args[0]))
	ts.Check(err)
	ts.Defer(func() { _ = lock.Close() })
	if args[0] == "project" {
		ts.Setenv("PROJECT", f.in(clone))
		ts.Check(ts.Chdir(f.in(clone)))
		ts.Defer(func() {
			for _, args := range [][]string{
				{"reset", "--quiet", "--hard"}, {"clean", "--quiet", "-ffdx", "--exclude=" + compiled},
			} {
				if _, err := f.run(f.in(clone), "git", args...); err != nil {
					ts.Logf("%v", err)
				}
			}
		})
	}
}

// asked is the registry of a script, which must ask it with the real npm: a replayed one asks nothing.
func (f *fixture) asked(ts *testscript.TestScript) (scope string) {
	if strings.HasPrefix(ts.Getenv("PATH"), f.quick) {
		ts.Fatalf("this command needs real-npm before it")
	}
	return stateOf(ts).scope
}

// cmdRegistryAsks makes the registry of this script ask for a token.
func (f *fixture) cmdRegistryAsks(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "registry-asks TOKEN")
	f.registry.demand(f.asked(ts), args[0])
}

// cmdRelease makes a version of the gate the latest release in the registry of this script.
func (f *fixture) cmdRelease(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "release VERSION")
	f.registry.release(f.asked(ts), args[0])
}

// cmdRegistryLags makes the registry of this script not know the pinned OpenSpec, or with ! know it again.
func (f *fixture) cmdRegistryLags(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) > 0 {
		ts.Fatalf("usage: [!] registry-lags")
	}
	f.registry.lag(f.asked(ts), !neg)
}

// cmdRegistrySaw tells whether the registry was asked for something that matches a pattern.
func (f *fixture) cmdRegistrySaw(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, args, 1, "[!] registry-saw PATTERN")
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	asked := f.registry.asked(f.asked(ts))
	if saw := slices.ContainsFunc(asked, pattern.MatchString); saw == neg {
		ts.Fatalf("the registry saw %q", asked)
	}
}

// cmdJSON compares a value in a JSON file with a text: a string stands for itself, and what is in slashes is a pattern.
// A key that is missing is equal to nothing.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, args, 3, "[!] json FILE KEY.KEY VALUE")
	text, want := valueIn(ts, args[0], args[1]), args[2]
	equal := text == want
	if len(want) > 1 && strings.HasPrefix(want, "/") && strings.HasSuffix(want, "/") {
		matched, err := regexp.MatchString(want[1:len(want)-1], text)
		ts.Check(err)
		equal = matched
	}
	if equal == neg {
		ts.Fatalf("%s: %s is %s", args[0], args[1], text)
	}
}

// cmdJSONText prints a value in a JSON file: a string as it is, all else as JSON.
func cmdJSONText(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "json-text FILE KEY.KEY")
	fmt.Fprintln(ts.Stdout(), valueIn(ts, args[0], args[1]))
}

func valueIn(ts *testscript.TestScript, file, keys string) string {
	var value any
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	decoder.UseNumber()
	ts.Check(decoder.Decode(&value))
	for key := range strings.SplitSeq(keys, ".") {
		var found bool
		switch within := value.(type) {
		case map[string]any:
			value, found = within[key]
		case []any:
			if n, err := strconv.Atoi(key); err == nil && n < len(within) {
				value, found = within[n], true
			}
		}
		if !found {
			ts.Fatalf("%s has no %s", file, keys)
		}
	}
	if text, isText := value.(string); isText {
		return text
	}
	data, err := json.Marshal(value)
	ts.Check(err)
	return string(data)
}

// cmdJSONKeys holds the keys of a JSON file against a list, order included.
func cmdJSONKeys(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "json-keys FILE KEY...")
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	_, err := decoder.Token()
	ts.Check(err)
	var keys []string
	for decoder.More() {
		key, err := decoder.Token()
		ts.Check(err)
		keys = append(keys, key.(string))
		var value json.RawMessage
		ts.Check(decoder.Decode(&value))
	}
	if !slices.Equal(keys, args[1:]) {
		ts.Fatalf("%s has the keys\n%q, want\n%q", args[0], keys, args[1:])
	}
}

// cmdScrub copies a JSON file, byte for byte but for the values of some keys.
func cmdScrub(ts *testscript.TestScript, args []string) {
	need(ts, args, 3, "scrub FROM TO KEY...")
	text := ts.ReadFile(args[0])
	for _, key := range args[2:] {
		pattern := regexp.MustCompile(`("` + regexp.QuoteMeta(key) + `": )("[^"]*"|[0-9]+)`)
		if !pattern.MatchString(text) {
			ts.Fatalf("%s has no %s to scrub", args[0], key)
		}
		text = pattern.ReplaceAllString(text, `${1}"…"`)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

// cmdNoLarger holds a file to a size.
func cmdNoLarger(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "no-larger FILE BYTES")
	most, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if info.Size() > most {
		ts.Fatalf("%s has %d bytes", args[0], info.Size())
	}
}

// cmdTools makes a directory that holds links to some programs of the machine, to be the whole PATH.
func cmdTools(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "tools DIR PROGRAM...")
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o755))
	for _, name := range args[1:] {
		path, err := exec.LookPath(name)
		if name == "mage" {
			path, err = ts.Getenv("MAGE"), nil
		}
		ts.Check(err)
		ts.Check(os.Symlink(path, filepath.Join(ts.MkAbs(args[0]), name)))
	}
}

// cmdPutBack removes, when the script ends, what it puts at a path outside of its own directory.
func cmdPutBack(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "put-back PATH")
	ts.Defer(func() { _ = os.RemoveAll(args[0]) })
}

// background is a program that a script started and goes on beside.
type background struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	done           chan struct{}
}

func (b *background) over() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// cmdStart starts a program in a process group of its own.
func cmdStart(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "start NAME program [args...]")
	path := args[1]
	if path == "mage" {
		path = ts.Getenv("MAGE")
	}
	b := &background{cmd: exec.Command(path, args[2:]...), done: make(chan struct{})}
	b.cmd.Dir, b.cmd.Env = ts.MkAbs("."), environmentOf(ts)
	b.cmd.Stdout, b.cmd.Stderr = &b.stdout, &b.stderr
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	ts.Check(b.cmd.Start())
	go func() {
		_ = b.cmd.Wait()
		close(b.done)
	}()
	stateOf(ts).started[args[0]] = b
	ts.Defer(func() {
		_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
		<-b.done
	})
}

// environmentOf returns the environment of a script, which testscript gives to exec alone.
func environmentOf(ts *testscript.TestScript) []string {
	ts.Check(ts.Exec("env", "-0"))
	return strings.Split(strings.TrimSuffix(ts.ReadFile("stdout"), "\x00"), "\x00")
}

// cmdSignal sends a signal to a started program, or to its group.
func cmdSignal(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "signal NAME INT|TERM|HUP|KILL|STOP|CONT [group]")
	b := stateOf(ts).started[args[0]]
	which, known := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP,
		"KILL": syscall.SIGKILL, "STOP": syscall.SIGSTOP, "CONT": syscall.SIGCONT}[args[1]]
	if b == nil || !known {
		ts.Fatalf("signal %q", args)
	}
	pid := b.cmd.Process.Pid
	if len(args) > 2 {
		pid = -pid
	}
	ts.Check(syscall.Kill(pid, which))
}

// patience is the most that a script waits for what has to come. It ends a script that hangs, and no other.
const patience = 5 * time.Minute

// cmdAwait waits for a started program, which must end with an exit code.
func (f *fixture) cmdAwait(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "await NAME CODE")
	b := stateOf(ts).started[args[0]]
	select {
	case <-b.done:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
	fmt.Fprint(ts.Stdout(), b.stdout.String())
	fmt.Fprint(ts.Stderr(), b.stderr.String())
	if got := exitCode(b.cmd.ProcessState); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s: exit code %d, want %s", args[0], got, args[1])
	}
	if args[1] != "137" {
		f.afterRun(ts)
	}
}

// cmdUntil waits until a file is there that matches a pattern.
func cmdUntil(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "until PATTERN")
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if found, err := filepath.Glob(ts.MkAbs(args[0])); len(found) > 0 || err != nil {
			ts.Check(err)
			return
		}
	}
	ts.Fatalf("%s never came", args[0])
}
