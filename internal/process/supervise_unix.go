//go:build unix

package process

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// supervisorName is the name (argv[0]) under which this program supervises a command instead of doing its own work.
const supervisorName = "pumuki-mock-consumer: supervisor"

// statusFD is the supervisor's own descriptor by which it tells how the command ended. The end of its standard input
// says that the runner wants the command gone, or is gone itself. No signal is needed for that, so it holds for kill -9
// too, and on every Unix.
const statusFD = 3

// stdinFD is the supervisor's own descriptor of what the command reads.
const stdinFD = 4

// ending is what the supervisor reports.
type ending struct {
	Code       int      `json:"code"`
	NotStarted string   `json:"not_started,omitempty"`
	Leaked     []string `json:"leaked,omitempty"`
}

// run starts the command under a supervisor and returns the command's exit code.
func (c Command) run(
	ctx context.Context, path string, stdin *os.File, stdout, stderr io.Writer,
) (int, error) {
	self, err := self()
	if err != nil {
		return 0, err
	}
	statusReader, statusWriter, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer statusReader.Close()
	grace := c.patience(ctx)
	var cancelled atomic.Bool
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = append([]string{supervisorName, grace.String(), path}, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = c.Env
	cmd.Stdout = stdout
	cmd.Stderr = stderr
	cmd.ExtraFiles = []*os.File{statusWriter, stdin}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := cmd.StdinPipe()
	cmd.Cancel = func() error {
		cancelled.Store(true)
		return lifeline.Close()
	}
	// The supervisor needs one grace for the command and one for what it leaves. Past that it is killed itself.
	cmd.WaitDelay = 2*grace + time.Second
	if err == nil {
		err = cmd.Start()
	}
	statusWriter.Close()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	report, _ := io.ReadAll(statusReader)
	waited := cmd.Wait()
	if cancelled.Load() {
		return 0, context.Cause(ctx)
	}
	var end ending
	if err := json.Unmarshal(report, &end); err != nil {
		return 0, fmt.Errorf("its supervisor ended without a report: %w", waited)
	}
	if len(end.Leaked) > 0 {
		fmt.Fprintf(stderr, "\n[%d left running by this command and ended: %s]\n",
			len(end.Leaked), strings.Join(end.Leaked, ", "))
	}
	if end.NotStarted != "" {
		return 0, fmt.Errorf("%w: %s", ErrNotStarted, end.NotStarted)
	}
	return end.Code, nil
}

// init turns this program into a supervisor where it was started as one. It must happen before anything else runs:
// mage generates main, so there is no later place that is ours.
func init() {
	if os.Args[0] == supervisorName && len(os.Args) > 2 {
		supervise(os.Args[1], os.Args[2], os.Args[3:])
		// Not os.Exit: it makes the race detector wait a second for reports that nobody reads.
		syscall.Exit(0)
	}
}

// supervise runs one command and does not return before the command and all that it started are gone.
func supervise(grace, path string, args []string) {
	patience, _ := time.ParseDuration(grace) // it is one that run wrote
	syscall.CloseOnExec(statusFD)
	syscall.CloseOnExec(stdinFD)
	status := os.NewFile(statusFD, "status")
	unwanted := make(chan os.Signal, 1)
	signal.Notify(unwanted, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	adoptOrphans()

	cmd := exec.Command(path, args...)
	cmd.Stdin = os.NewFile(stdinFD, "stdin")
	cmd.Stdout = os.Stdout
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = commandAttributes()
	if err := cmd.Start(); err != nil {
		report(status, ending{NotStarted: err.Error()})
		return
	}
	tree := tree{root: cmd.Process.Pid}

	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		unwanted <- syscall.SIGTERM
	}()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-unwanted:
		tree.end(patience, ended)
	}
	<-ended
	leaked := tree.leftovers()
	if len(leaked) > 0 {
		tree.end(min(patience, leakGrace), nil)
	}
	report(status, ending{Code: exitCode(cmd.ProcessState), Leaked: leaked})
}

// kill ends the process group of a command at once.
func kill(command *os.Process) error { return syscall.Kill(-command.Pid, syscall.SIGKILL) }

// killRounds is how often, at least, what does not go is killed.
const killRounds = 50

// leakGrace is how long a process has to go that outlived its command: it had its time.
const leakGrace = 500 * time.Millisecond

func report(status io.WriteCloser, end ending) {
	_ = json.NewEncoder(status).Encode(end)
	_ = status.Close()
}

// exitCode is the code that a shell would give: 128+n for a command that signal n ended.
func exitCode(state *os.ProcessState) int {
	if wait, ok := state.Sys().(syscall.WaitStatus); ok && wait.Signaled() {
		return 128 + int(wait.Signal())
	}
	return state.ExitCode()
}

// tree is a command and what it started.
type tree struct{ root int }

// end asks every process of the tree to go, and kills what has not gone within patience. A nil ended means that the
// command itself has gone before.
func (t tree) end(patience time.Duration, ended <-chan struct{}) {
	t.signal(syscall.SIGTERM)
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) && !t.gone(ended) {
		time.Sleep(5 * time.Millisecond)
	}
	// Each round also kills what was started during the last one. There are some rounds even where the machine stood
	// still for so long that the time is over before the first.
	for round := 0; !t.gone(ended) && (round < killRounds || time.Now().Before(deadline.Add(patience))); round++ {
		t.signal(syscall.SIGKILL)
		time.Sleep(2 * time.Millisecond)
	}
}

func (t tree) gone(ended <-chan struct{}) bool {
	if ended != nil {
		select {
		case <-ended:
		default:
			return false
		}
	}
	return len(t.alive()) == 0
}

func (t tree) signal(which syscall.Signal) {
	_ = syscall.Kill(-t.root, which)
	for _, p := range t.alive() {
		_ = syscall.Kill(p.pid, which)
	}
}

// leftovers names what is alive although the command has ended. What is on its way out gets a moment to go.
func (t tree) leftovers() []string {
	for range 20 {
		if len(t.alive()) == 0 {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	var names []string
	for _, p := range t.alive() {
		names = append(names, fmt.Sprintf("%s (pid %d)", p.name, p.pid))
	}
	return names
}

// member is one living process of a tree.
type member struct {
	pid  int
	name string
}
