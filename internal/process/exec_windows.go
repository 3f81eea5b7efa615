package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// run starts the command. Windows has neither signals nor process groups: what the command leaves behind is not
// found, but its output is no longer waited for.
func (c Command) run(ctx context.Context, path string, stdout, stderr io.Writer) (int, error) {
	cmd := exec.CommandContext(ctx, path, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = c.Env
	cmd.Stdout = stdout
	cmd.Stderr = stderr
	cmd.WaitDelay = c.patience(ctx) + time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	case err != nil:
		return 0, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	return 0, nil
}
