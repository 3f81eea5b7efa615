package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"time"
)

// lettingGo is how long the output of a command without a supervisor is waited for once the command itself has ended.
const lettingGo = 10 * time.Second

// runAlone starts the command as a child of this process and returns its exit code.
func (c Command) runAlone(
	ctx context.Context, path string, stdin *os.File, stdout, stderr io.Writer,
) (int, error) {
	var cancelled atomic.Bool
	cmd := exec.CommandContext(ctx, path, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = append([]string{}, c.Env...) // nil would stand for the caller's environment
	cmd.Stdin = stdin
	cmd.Stdout = stdout
	cmd.Stderr = stderr
	cmd.SysProcAttr = commandAttributes()
	cmd.Cancel = func() error {
		cancelled.Store(true)
		return kill(cmd.Process)
	}
	cmd.WaitDelay = lettingGo
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case cancelled.Load():
		return 0, context.Cause(ctx)
	case err == nil, errors.As(err, &exit), errors.Is(err, exec.ErrWaitDelay):
		return exitCode(cmd.ProcessState), nil
	}
	return 0, err
}
