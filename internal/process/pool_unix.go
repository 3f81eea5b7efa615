//go:build unix

package process

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// supervisor is another process of this program, which runs commands for this one: see supervise.
type supervisor struct {
	process *exec.Cmd
	// lifeline is this process's end of the socket between the two.
	lifeline *net.UnixConn
	// answers reads what the supervisor says through lifeline.
	answers *json.Decoder
}

// idle are the supervisors that run nothing just now. No goroutine waits for them: they end with this process.
var idle struct {
	sync.Mutex
	supervisors []*supervisor
}

// run has a supervisor run the command and returns the command's exit code.
func (c Command) run(
	ctx context.Context, path string, stdin *os.File, stdout, stderr io.Writer,
) (int, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	grace := c.patience(ctx)
	// The supervisor needs one grace for the command and one for what it leaves. Past that it is killed itself.
	patience := 2*grace + time.Second
	output, err := outputTo(stdout, stderr, patience)
	if err != nil {
		return 0, err
	}
	end, err := supervised(ctx, patience, order{
		Dir:   []byte(dir),
		Args:  converted[[]byte](append([]string{path}, c.Args...)),
		Env:   converted[[]byte](c.Env),
		Grace: grace,
	}, stdin, output)
	output.finish()
	if err != nil {
		return 0, err
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

// supervised gives an order to a supervisor and returns what became of it. A supervisor that runs commands on is kept.
func supervised(
	ctx context.Context, patience time.Duration, wanted order, stdin *os.File, output *output,
) (ending, error) {
	for {
		s, fresh, err := engage()
		if err != nil {
			return ending{}, fmt.Errorf("%w: %w", ErrNotStarted, err)
		}
		stop := context.AfterFunc(ctx, func() {
			output.limit()
			s.dismiss(patience)
		})
		var end ending
		refused := s.give(wanted, stdin, output.stdout, output.stderr)
		failed := refused
		if refused == nil {
			output.release()
			failed = s.answers.Decode(&end)
		}
		cancelled := !stop()
		if failed == nil && !end.Last && !cancelled {
			idle.Lock()
			idle.supervisors = append(idle.supervisors, s)
			idle.Unlock()
			return end, nil
		}
		waited := s.end(failed)
		switch {
		case cancelled:
			return ending{}, context.Cause(ctx)
		case failed == nil:
			return end, nil
		case refused == nil || fresh:
			return ending{}, fmt.Errorf("its supervisor ended without a report: %w", cmp.Or(waited, failed))
		}
		// It ended while it was idle, so nothing was started: another one takes the order.
	}
}

// engage returns a supervisor that runs nothing: an idle one, or else a fresh one.
func engage() (s *supervisor, fresh bool, err error) {
	idle.Lock()
	if last := len(idle.supervisors) - 1; last >= 0 {
		s, idle.supervisors = idle.supervisors[last], idle.supervisors[:last]
	}
	idle.Unlock()
	if s != nil {
		return s, false, nil
	}
	s, err = startSupervisor()
	return s, true, err
}

// startSupervisor starts a supervisor, which has nothing of this process but its end of the socket.
func startSupervisor() (*supervisor, error) {
	self, err := Program()
	if err != nil {
		return nil, err
	}
	syscall.ForkLock.RLock() // so that nothing is started that inherits what is not yet closed on exec
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(ends[0])
		syscall.CloseOnExec(ends[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(ends[1]), "lifeline")
	defer theirs.Close()
	lifeline, err := connection(ends[0])
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Args = []string{supervisorName}
	cmd.Dir = "/"
	cmd.Env = []string{}
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		lifeline.Close()
		return nil, err
	}
	return &supervisor{process: cmd, lifeline: lifeline, answers: json.NewDecoder(lifeline)}, nil
}

// connection makes a connection of one end of a socket, which it takes over.
func connection(descriptor int) (*net.UnixConn, error) {
	file := os.NewFile(uintptr(descriptor), "lifeline")
	defer file.Close() // the connection has a duplicate
	made, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	return made.(*net.UnixConn), nil
}

// give hands an order over, with the files of its command. When it returns nil the supervisor has all of it; where it
// returns an error, nothing was or will be started.
func (s *supervisor) give(wanted order, files ...*os.File) error {
	text, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	descriptors := make([]int, len(files))
	for i, file := range files {
		descriptors[i] = int(file.Fd())
	}
	sent, _, err := s.lifeline.WriteMsgUnix(text, syscall.UnixRights(descriptors...), nil)
	if err == nil {
		_, err = s.lifeline.Write(text[sent:])
	}
	if err != nil {
		return err
	}
	return s.answers.Decode(&accepted{})
}

// dismiss asks the supervisor to end what it runs, and itself. It is given up when patience is over.
func (s *supervisor) dismiss(patience time.Duration) {
	_ = s.lifeline.SetDeadline(time.Now().Add(patience))
	_ = s.lifeline.CloseWrite()
}

// end waits for the end of a supervisor that is not needed any more, or failed in some way, and returns how it ended.
func (s *supervisor) end(failed error) error {
	_ = s.lifeline.Close()
	if errors.Is(failed, os.ErrDeadlineExceeded) {
		_ = s.process.Process.Kill()
	}
	return s.process.Wait()
}
