//go:build linux

package acceptancetest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// terminal is what a program has for standard error that was started on one, and what stands on it.
type terminal struct {
	file *os.File

	mu     sync.Mutex
	screen vt10x.Terminal
	raw    bytes.Buffer
	// shown is what has stood on it since it was resized, or since what a script saw last: the latest last.
	shown []string
}

const terminalColumns, terminalRows = 80, 24

// cmdTerminal starts a program as start does, in a session of its own on a terminal: standard error is that terminal,
// to the byte; standard output is not.
func cmdTerminal(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "terminal NAME program [args...]")
	path := args[1]
	if path == "mage" {
		path = ts.Getenv("MAGE")
	}
	ours, theirs, err := pty.Open()
	ts.Check(err)
	defer theirs.Close()
	ts.Check(pty.Setsize(ours, &pty.Winsize{Cols: terminalColumns, Rows: terminalRows}))
	ts.Check(asWritten(theirs))

	t := &terminal{file: ours, screen: vt10x.New(vt10x.WithSize(terminalColumns, terminalRows))}
	b := &background{cmd: exec.Command(path, args[2:]...), done: make(chan struct{})}
	b.cmd.Dir, b.cmd.Env = ts.MkAbs("."), environmentOf(ts)
	b.cmd.Stdout, b.cmd.Stderr = &b.stdout, theirs
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2}
	ts.Check(b.cmd.Start())
	go func() {
		t.read()
		_ = b.cmd.Wait()
		b.stderr.Write(t.raw.Bytes())
		close(b.done)
	}()
	stateOf(ts).started[args[0]] = b
	stateOf(ts).terminals[args[0]] = t
	ts.Defer(func() {
		_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
		<-b.done
		_ = ours.Close()
	})
}

// asWritten keeps a terminal from changing what is written to it.
func asWritten(file *os.File) error {
	state, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	state.Oflag &^= unix.OPOST
	return unix.IoctlSetTermios(int(file.Fd()), unix.TCSETS, state)
}

// read reads until nobody has the terminal open any more.
func (t *terminal) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := t.file.Read(buffer)
		if err != nil {
			return
		}
		t.mu.Lock()
		t.raw.Write(buffer[:n])
		_, _ = t.screen.Write(bytes.ReplaceAll(buffer[:n], []byte("\n"), []byte("\r\n")))
		t.shown = append(t.shown, t.stands())
		t.mu.Unlock()
	}
}

// shows is what stands on the terminal, and where the cursor is.
func (t *terminal) shows() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stands()
}

// saw tells whether something that matches stood on the terminal. What stood there before that is forgotten.
func (t *terminal) saw(pattern *regexp.Regexp) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.shown, pattern.MatchString)
	t.shown = t.shown[max(at, 0):]
	return at >= 0
}

// stands is shows for who holds the lock.
func (t *terminal) stands() string {
	lines := strings.Split(t.screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	state := "visible"
	if !t.screen.CursorVisible() {
		state = "hidden"
	}
	text := strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
	return strings.TrimPrefix(text, "\n") + fmt.Sprintf("[cursor in column %d, %s]\n", t.screen.Cursor().X, state)
}

func terminalOf(ts *testscript.TestScript, name string) *terminal {
	t := stateOf(ts).terminals[name]
	if t == nil {
		ts.Fatalf("no terminal %s", name)
	}
	return t
}

// cmdSees waits until what stands on a terminal matches a pattern, or finds that it did: a slow test may look too late.
func cmdSees(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "sees NAME PATTERN")
	t := terminalOf(ts, args[0])
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if t.saw(pattern) {
			return
		}
	}
	ts.Fatalf("%s never came:\n%s", args[1], t.shows())
}

// cmdLook prints what stands on a terminal.
func cmdLook(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "look NAME")
	fmt.Fprint(ts.Stdout(), terminalOf(ts, args[0]).shows())
}

// cmdPress presses keys with Control on a terminal.
func cmdPress(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "press NAME ^C|^S|^Q")
	key, known := map[string]string{"^C": "\x03", "^S": "\x13", "^Q": "\x11"}[args[1]]
	if !known {
		ts.Fatalf("press %q", args)
	}
	_, err := terminalOf(ts, args[0]).file.WriteString(key)
	ts.Check(err)
}

// cmdResize makes a terminal larger or smaller.
func cmdResize(ts *testscript.TestScript, args []string) {
	need(ts, args, 3, "resize NAME COLUMNS ROWS")
	t := terminalOf(ts, args[0])
	columns, err := strconv.ParseUint(args[1], 10, 16)
	ts.Check(err)
	rows, err := strconv.ParseUint(args[2], 10, 16)
	ts.Check(err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.screen.Resize(int(columns), int(rows))
	t.shown = nil
	ts.Check(pty.Setsize(t.file, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}))
}

// cmdHangUp takes a terminal away.
func cmdHangUp(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "hang-up NAME")
	ts.Check(terminalOf(ts, args[0]).file.Close())
}
