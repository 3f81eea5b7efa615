//go:build unix

package process_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bitfield/script"
	"go.uber.org/goleak"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

func TestMain(m *testing.M) {
	for _, variable := range []string{"PROCESS_TEST_RUN", "PROCESS_TEST_ASK", "PROCESS_TEST_IDLE"} {
		if script := os.Getenv(variable); script != "" {
			command := shell(script)
			command.Question = variable == "PROCESS_TEST_ASK"
			fmt.Println(command.Stage(context.Background())(nil, os.Stdout))
			if variable == "PROCESS_TEST_IDLE" {
				time.Sleep(patience)
			}
			return
		}
	}
	goleak.VerifyTestMain(m)
}

// shell is a command that runs a script.
func shell(text string) process.Command {
	return process.Command{
		Path:  "sh",
		Args:  []string{"-c", text},
		Env:   process.Hermetic(os.Environ(), os.TempDir(), os.TempDir(), os.TempDir()),
		Grace: 300 * time.Millisecond,
	}
}

func run(ctx context.Context, c process.Command) (string, error) {
	return script.NewPipe().Filter(c.Stage(ctx)).String()
}

func TestExitCodeOfACommandIsItsError(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"exit 1": 1, "exit 17": 17, "kill -9 $$": 137, "kill -TERM $$": 143} {
		_, err := run(t.Context(), shell(text))
		var exit *process.ExitError
		if !errors.As(err, &exit) || exit.Code != want {
			t.Errorf("%s: got %v, want exit code %d", text, err, want)
		}
	}
	if out, err := run(t.Context(), shell("echo out; echo err >&2")); err != nil || out != "out\nerr\n" {
		t.Errorf("got %q and %v", out, err)
	}
}

func TestMissingProgramIsNotAnExit(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"no-such-program", "/no/such/program", broken} {
		c := shell("")
		c.Path = path
		if _, err := run(t.Context(), c); !errors.Is(err, process.ErrNotStarted) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	c := shell("true")
	c.Dir = "/no/such/directory"
	if _, err := run(t.Context(), c); !errors.Is(err, process.ErrNotStarted) {
		t.Errorf("missing directory: got %v", err)
	}
}

func TestOutputCarriesWhatWasSaidOnStandardError(t *testing.T) {
	t.Parallel()
	out, err := shell("echo answer; echo why >&2; exit 3").Output(t.Context())
	var exit *process.ExitError
	if !errors.As(err, &exit) || exit.Code != 3 || exit.Stderr != "why\n" || string(out) != "answer\n" {
		t.Errorf("got %q and %#v", out, err)
	}
}

func TestStandardInputIsEmpty(t *testing.T) {
	name := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(name, []byte("the caller's"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	own := os.Stdin
	os.Stdin = file
	t.Cleanup(func() { os.Stdin = own; _ = file.Close() })
	if out, err := run(t.Context(), shell("wc -c")); err != nil || strings.TrimSpace(out) != "0" {
		t.Errorf("got %q and %v", out, err)
	}
}

func TestCommandWhoseTimeIsUpMayEndByItself(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	command := shell("trap 'sleep 0.2; echo >" + dir + "/ended; exit 0' TERM; echo $$ >" + dir + "/0; " +
		"while :; do sleep 0.01; done")
	command.Grace = patience
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		waitFor(t, "the command to be under way", func() bool { return holdsAPID(dir + "/0") })
		cancel()
	}()
	if _, err := run(ctx, command); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir + "/ended"); err != nil {
		t.Error("it was killed before its grace was over")
	}
}

func TestTimeOutEndsTheWholeTreeWithItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("out of time")
	for name, text := range map[string]string{
		"sleeps":         "echo $$ >PIDS/0; sleep 1000",
		"ignores TERM":   "trap '' TERM; sleep 1000 & echo $! >PIDS/0; wait; while :; do sleep 1; done",
		"has a daemon":   "setsid sh -c 'trap \"\" TERM; echo $$ >PIDS/0; sleep 1000' & sleep 1000",
		"daemon lets go": "(setsid sleep 1000 & echo $! >PIDS/0) ; sleep 1000",
		"forks as it ends": "trap 'setsid sleep 1000 & echo $! >PIDS/1; exit 0' TERM; echo $$ >PIDS/0; " +
			"while :; do sleep 0.01; done",
		"fills the pipe up": "echo $$ >PIDS/0; yes",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pids := t.TempDir()
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				waitFor(t, "the command to be under way", func() bool { return holdsAPID(pids + "/0") })
				cancel(cause)
			}()
			started := time.Now()
			var out bytes.Buffer
			err := shell(strings.ReplaceAll(text, "PIDS", pids)).Stage(ctx)(nil, &out)
			if !errors.Is(err, cause) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(started); took > patience {
				t.Errorf("took %v", took)
			}
			requireGone(t, pids)
		})
	}
}

// A question has no supervisor. What it asks ends all the same: with its time, and on Linux with the one who asks.
func TestQuestionEndsWithoutASupervisor(t *testing.T) {
	t.Parallel()
	question := shell("echo $PPID; echo why >&2; exit 3")
	question.Question = true
	out, err := question.Output(t.Context())
	var exit *process.ExitError
	if !errors.As(err, &exit) || exit.Code != 3 || exit.Stderr != "why\n" {
		t.Errorf("got %v", err)
	}
	if asked := strings.TrimSpace(string(out)); asked != strconv.Itoa(os.Getpid()) {
		t.Errorf("its parent is %s, not this process (%d)", asked, os.Getpid())
	}

	pids := t.TempDir()
	endless := shell("trap '' TERM; sleep 1000 & echo $! >" + pids + "/0; echo $$ >" + pids + "/1; wait")
	endless.Question = true
	cause := errors.New("out of time")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		waitFor(t, "the question to be under way", func() bool { return holdsAPID(pids+"/0") && holdsAPID(pids+"/1") })
		cancel(cause)
	}()
	if _, err := endless.Output(ctx); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	requireGone(t, pids)
}

func TestWhatOutlivesACommandIsEndedAndTold(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has subreapers")
	}
	pids := t.TempDir()
	out, err := run(t.Context(), shell("setsid sleep 1000 & echo $! >"+pids+"/a; "+
		"until grep -q sleep /proc/$!/comm; do :; done; echo done"))
	if err != nil || !strings.HasPrefix(out, "done\n") ||
		!strings.Contains(out, "left running by this command and ended: sleep (pid ") {
		t.Errorf("got %q and %v", out, err)
	}
	requireGone(t, pids)
}

func TestKilledRunnerLeavesNobodyBehind(t *testing.T) {
	t.Parallel()
	for name, variable := range map[string]string{
		"a command": "PROCESS_TEST_RUN", "a question": "PROCESS_TEST_ASK", "an idle supervisor": "PROCESS_TEST_IDLE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "setsid sleep 1000 & echo $! >PIDS/a; echo $$ >PIDS/b; trap '' TERM; sleep 1000; sleep 1000"
			switch variable {
			case "PROCESS_TEST_IDLE":
				text = "echo $PPID >PIDS/a; echo $PPID >PIDS/b"
			case "PROCESS_TEST_ASK":
				if runtime.GOOS != "linux" {
					t.Skip("elsewhere a question ends by itself")
				}
				text = "echo $$ >PIDS/a; echo $$ >PIDS/b; trap '' TERM; while :; do :; done"
			}
			pids := t.TempDir()
			runner := exec.Command(os.Args[0])
			runner.Env = append(os.Environ(), variable+"="+strings.ReplaceAll(text, "PIDS", pids))
			if err := runner.Start(); err != nil {
				t.Fatal(err)
			}
			underWay := func() bool { return holdsAPID(pids+"/a") && holdsAPID(pids+"/b") }
			waitFor(t, "the command to be under way", underWay)
			if err := runner.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = runner.Wait()
			requireGone(t, pids)
		})
	}
}

// patience is the most that a test waits for what has to come. It ends a test that hangs, and no other: what it waits
// for comes at once, or not for a quarter of an hour.
const patience = 2 * time.Minute

// waitFor waits until something has happened.
func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("waited %v for %s", patience, what)
			return
		}
	}
}

// holdsAPID tells whether a file is there and whole.
func holdsAPID(file string) bool {
	data, err := os.ReadFile(file)
	return err == nil && strings.HasSuffix(string(data), "\n")
}

// requireGone waits for every process whose id stands in a file of dir. There has to be one.
func requireGone(t *testing.T, dir string) {
	t.Helper()
	files, _ := filepath.Glob(dir + "/*")
	if len(files) == 0 {
		t.Error("no process told its id")
	}
	for _, file := range files {
		data, _ := os.ReadFile(file)
		pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err != nil {
			t.Fatalf("%s: %q", file, data)
		}
		waitFor(t, fmt.Sprintf("the end of process %d", pid), func() bool { return !alive(pid) })
	}
}

// alive tells whether a process is there and not a zombie that waits for its reaper.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !bytes.Contains(stat, []byte(") Z "))
}

func TestEnvironmentIsBuiltFromNothing(t *testing.T) {
	t.Parallel()
	host := []string{
		"PATH=/bin:.::node_modules/.bin:/usr/bin", "GIT_DIR=/x", "NODE_OPTIONS=--require=/x", "npm_config_global=true",
		"NPM_CONFIG_DRY_RUN=true", "CI=true", "GITHUB_BASE_REF=main", "PUMUKI_MODE=off", "HTTPS_PROXY=http://proxy",
		"NPM_CONFIG_REGISTRY=http://registry", "INIT_CWD=/x", "HOME=/home/me", "TMPDIR=tmp",
	}
	env := process.Hermetic(host, "/run/home", "/run/tmp", "/run")
	for name, want := range map[string]string{
		"PATH": "/bin:/usr/bin", "HOME": "/run/home", "TMPDIR": "/run/tmp", "GIT_DIR": "", "NODE_OPTIONS": "", "CI": "",
		"npm_config_global": "", "NPM_CONFIG_DRY_RUN": "", "GITHUB_BASE_REF": "", "PUMUKI_MODE": "", "INIT_CWD": "",
		"HTTPS_PROXY": "", "NPM_CONFIG_REGISTRY": "",
	} {
		if got := env.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	with := env.WithProxies(host)
	if with.Get("HTTPS_PROXY") != "http://proxy" || with.Get("NPM_CONFIG_REGISTRY") != "" {
		t.Errorf("the way to the network is %q", with)
	}
	if first := env.Before("/first").Get("PATH"); first != "/first:/bin:/usr/bin" {
		t.Errorf("with a directory before all others PATH is %q", first)
	}
	caller := process.AsCaller(host)
	for name, want := range map[string]string{
		"PATH": "/bin:/usr/bin", "HOME": "/home/me", "CI": "true", "NODE_OPTIONS": "", "npm_config_global": "",
		"NPM_CONFIG_DRY_RUN": "",
	} {
		if got := caller.Get(name); got != want {
			t.Errorf("as the caller's, %s is %q, want %q", name, got, want)
		}
	}
	configured := env.WithGitConfig("a.b", "1", "c.d", "2")
	if configured.Get("GIT_CONFIG_COUNT") != "2" || configured.Get("GIT_CONFIG_KEY_1") != "c.d" ||
		configured.Get("GIT_CONFIG_VALUE_1") != "2" {
		t.Errorf("git configuration: %q", configured)
	}
}

func TestCommandWithoutAnEnvironmentHasNone(t *testing.T) {
	t.Setenv("PROCESS_TEST_DECOY", "the caller's")
	path, err := exec.LookPath("env")
	if err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string]process.Environment{"nil": nil, "empty": {}} {
		if out, err := (process.Command{Path: path, Env: env}).Output(t.Context()); err != nil || len(out) > 0 {
			t.Errorf("%s: got %d bytes and %v", name, len(out), err)
		}
	}
}

func TestLogKeepsHeadAndTailInConstantSpace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	log, err := process.OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	chunk := bytes.Repeat([]byte{'x'}, 100_003)
	fmt.Fprint(log, "first\x00\xff\n")
	for range 300 {
		_, _ = log.Write(chunk)
	}
	fmt.Fprint(log, "last\n")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	if len(data) > 2<<20+100 || !bytes.HasPrefix(data, []byte("first\x00\xff\n")) ||
		!bytes.HasSuffix(data, []byte("last\n")) {
		t.Errorf("%d bytes, from %q to %q", len(data), data[:10], data[len(data)-10:])
	}
	mark := fmt.Sprintf("\n[… %d of %d bytes cut here …]\n", 300*100_003+13-2<<20, 300*100_003+13)
	if !bytes.Contains(data, []byte(mark)) {
		t.Errorf("no mark %q", mark)
	}
	if log, err = process.OpenLog(path); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(log, "more\n")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if more, _ := os.ReadFile(path); string(more) != string(data)+"more\n" {
		t.Errorf("what was there did not stay")
	}
}

func TestShortLogIsWhole(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 2 << 20, 2<<20 + 1} {
		path := filepath.Join(t.TempDir(), "log")
		log, err := process.OpenLog(path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = log.Write(bytes.Repeat([]byte{'x'}, size))
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		data, _ := os.ReadFile(path)
		if whole := len(data) == size; whole != (size <= 2<<20) {
			t.Errorf("%d bytes became %d", size, len(data))
		}
	}
}
