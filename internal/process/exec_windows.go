package process

import (
	"context"
	"io"
	"os"
	"syscall"
)

// run starts the command. Windows has neither signals nor process groups: what the command leaves behind is not
// found, but its output is no longer waited for.
func (c Command) run(
	ctx context.Context, path string, stdin *os.File, stdout, stderr io.Writer,
) (int, error) {
	return c.runAlone(ctx, path, stdin, stdout, stderr)
}

// Program is the path of this program.
func Program() (string, error) { return os.Executable() }

// commandAttributes are the system's own.
func commandAttributes() *syscall.SysProcAttr { return nil }

// kill ends a command at once.
func kill(command *os.Process) error { return command.Kill() }

// exitCode is the code that the command ended with.
func exitCode(state *os.ProcessState) int { return state.ExitCode() }
