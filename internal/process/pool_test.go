//go:build unix

package process_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// The tests that ask which supervisor runs what are not parallel: no other test takes one meanwhile.

// supervisorOf runs a script that says the process id of its parent first, and returns that.
func supervisorOf(t *testing.T, text string) int {
	t.Helper()
	out, err := run(t.Context(), shell(text))
	said, _, _ := strings.Cut(out, "\n")
	pid, malformed := strconv.Atoi(said)
	if err != nil || malformed != nil {
		t.Fatalf("got %q and %v", out, err)
	}
	return pid
}

func TestCommandsOneAfterTheOtherHaveOneSupervisor(t *testing.T) {
	first := supervisorOf(t, "echo $PPID")
	for _, text := range []string{"echo $PPID", "echo $PPID; sleep 0.01 &", "echo $PPID"} {
		if next := supervisorOf(t, text); next != first || next == os.Getpid() {
			t.Errorf("%s: process %d supervises it, and %d the one before; this is %d", text, next, first, os.Getpid())
		}
	}
	if _, err := run(t.Context(), shell("kill -9 $$")); err == nil {
		t.Error("a killed command did not fail")
	}
	missing := shell("")
	missing.Path = "/"
	if _, err := run(t.Context(), missing); !errors.Is(err, process.ErrNotStarted) {
		t.Errorf("got %v", err)
	}
	if next := supervisorOf(t, "echo $PPID"); next != first {
		t.Errorf("after commands that failed it is %d, not %d", next, first)
	}
}

func TestCommandsAtOnceHaveASupervisorEach(t *testing.T) {
	dir := t.TempDir()
	var supervisors [2]int
	var both sync.WaitGroup
	for i, other := range []string{"1", "0"} {
		both.Go(func() {
			out, err := run(t.Context(), shell("echo $PPID; : >"+dir+"/"+strconv.Itoa(i)+
				"; until test -e "+dir+"/"+other+"; do sleep 0.01; done"))
			if supervisors[i], _ = strconv.Atoi(strings.TrimSpace(out)); err != nil || supervisors[i] == 0 {
				t.Errorf("got %q and %v", out, err)
			}
		})
	}
	both.Wait()
	if supervisors[0] == supervisors[1] {
		t.Errorf("process %d supervises both", supervisors[0])
	}
}

func TestSupervisorOfACommandThatDidNotEndByItselfEnds(t *testing.T) {
	for name, run := range map[string]func(dir string) int{
		"cancelled": func(dir string) int {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				waitFor(t, "the command to be under way", func() bool { return holdsAPID(dir + "/0") })
				cancel()
			}()
			if _, err := run(ctx, shell("echo $PPID >"+dir+"/0; sleep 1000")); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			said, _ := os.ReadFile(dir + "/0")
			pid, _ := strconv.Atoi(strings.TrimSpace(string(said)))
			return pid
		},
		"left something": func(string) int {
			if runtime.GOOS != "linux" {
				t.Skip("only Linux has subreapers")
			}
			return supervisorOf(t, "echo $PPID; setsid sleep 1000 & until grep -q sleep /proc/$!/comm; do :; done")
		},
		"signalled": func(string) int {
			return supervisorOf(t, "echo $PPID; trap 'exit 0' TERM; kill $PPID; "+
				"while :; do sleep 0.01; done")
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := run(t.TempDir())
			if alive(before) {
				t.Errorf("supervisor %d is there although nothing needs it", before)
			}
			if after := supervisorOf(t, "echo $PPID"); after == before {
				t.Errorf("process %d supervises the next command too", after)
			}
		})
	}
}

func TestNothingOfACommandReachesTheNext(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(file, []byte("input"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := shell("cat; echo $OF_ONE; pwd; readlink /proc/$$/fd/1")
	before.Dir, before.Stdin, before.Env = dir, file, before.Env.With("OF_ONE", "one's own")
	out, err := run(t.Context(), before)
	pipe, began := strings.CutPrefix(out, "inputone's own\n"+dir+"\n")
	if !began || err != nil && runtime.GOOS == "linux" {
		t.Fatalf("got %q and %v", out, err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run(t.Context(), shell("cat; echo $OF_ONE; pwd")); err != nil || out != "\n"+here+"\n" {
		t.Errorf("got %q and %v", out, err)
	}
	t.Chdir(filepath.Dir(dir))
	relative := shell("pwd")
	relative.Dir = filepath.Base(dir)
	if out, err := run(t.Context(), relative); err != nil || out != dir+"\n" {
		t.Errorf("a relative directory is %q: %v", out, err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	// The supervisor keeps neither what the command before had nor what this one has.
	out, err = run(t.Context(), shell("readlink /proc/$$/fd/1; for f in /proc/$$/fd/* /proc/$PPID/fd/*; do "+
		"readlink $f; done; echo; tr '\\0' '\\n' </proc/$PPID/environ; readlink /proc/$PPID/cwd"))
	held, rest, _ := strings.Cut(out, "\n\n")
	own, _, _ := strings.Cut(out, "\n")
	if err != nil || strings.Contains(held, file) || strings.Contains(held, pipe) || rest != "/\n" ||
		strings.Count(held, own) != 3 { // once as it is told, and then as standard output and error
		t.Errorf("after %q got %q and %v", pipe, out, err)
	}
	count := func() int {
		open, _ := os.ReadDir("/proc/self/fd")
		return len(open)
	}
	open := count()
	for range 5 {
		supervisorOf(t, "echo $PPID")
	}
	if now := count(); now != open {
		t.Errorf("%d descriptors have become %d in this process", open, now)
	}
}

// What is given to a command is bytes, and may be more than a socket takes at once.
func TestArgumentsAndEnvironmentReachACommandAsTheyAre(t *testing.T) {
	t.Parallel()
	odd, long := "a\xff\xfe\n\"b\u2028", strings.Repeat("long", 25_000)
	c := shell(`printf %s "$1" "$ODD" "${#2} ${#3} ${#4} ${#5} ${#6}"`)
	c.Args = append(c.Args, "sh", odd, long, long, long, long, long)
	c.Env = c.Env.With("ODD", odd)
	want := odd + odd + "100000 100000 100000 100000 100000"
	if out, err := c.Output(t.Context()); err != nil || string(out) != want {
		t.Errorf("got %q and %v", out, err)
	}
	c.Args = []string{"-c", "true\x00false"}
	if _, err := c.Output(t.Context()); !errors.Is(err, process.ErrNotStarted) {
		t.Errorf("a NUL, which no argument can have: got %v", err)
	}
}

func TestSupervisorThatEndsWhileIdleCostsNothing(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		before := supervisorOf(t, "echo $PPID")
		if err := syscall.Kill(before, signal); err != nil {
			t.Fatal(err)
		}
		if signal != syscall.SIGKILL {
			waitFor(t, "the end of the supervisor", func() bool { return !alive(before) })
		}
		if after := supervisorOf(t, "echo $PPID"); after == before {
			t.Errorf("%v: process %d supervises the next command too", signal, after)
		}
	}
}

// What a killed supervisor could not end may have the command's pipe for as long as it likes.
func TestKilledSupervisorHoldsUpNobody(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere the command is not ended with its supervisor")
	}
	pids := t.TempDir()
	started := time.Now()
	_, err := run(t.Context(), shell("echo $$ >"+pids+"/own; setsid sleep 1000 & echo $! >"+pids+"/0; "+
		"until grep -q sleep /proc/$!/comm; do :; done; kill -9 $PPID; wait"))
	if err == nil || !strings.Contains(err.Error(), "its supervisor ended without a report: signal: killed") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(started); took > patience {
		t.Errorf("took %v", took)
	}
	told, _ := os.ReadFile(pids + "/own")
	own, _ := strconv.Atoi(strings.TrimSpace(string(told)))
	waitFor(t, "the end of the command itself", func() bool { return own > 0 && !alive(own) })
	said, _ := os.ReadFile(pids + "/0")
	if pid, _ := strconv.Atoi(strings.TrimSpace(string(said))); pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	requireGone(t, pids)
}
