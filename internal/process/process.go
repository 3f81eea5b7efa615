// Package process runs one command and answers for all that comes of it.
//
// Its rules:
//   - The environment is exact. Nothing of the caller's is inherited: see Environment.
//   - Standard input is the null device, or a file.
//   - A command ends with everything it started. On Unix it runs under a small supervisor (this same program, see
//     supervise) that ends the whole tree when the command has ended, when the context is done and when this process
//     has died, by whatever signal. A process that outlives its command is a leak: it is ended, and named on standard
//     error. Only a Question has no supervisor.
//   - A supervisor runs one command after the other, never two at once: to start it costs more than most commands do.
//     One whose command did not end by itself, or left something, runs no further one. All end with this process.
//   - A command that ran and exited with another code than 0 is an *ExitError; one that could not be run at all is any
//     other error.
package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// DefaultGrace is how long a command has between SIGTERM and SIGKILL. Two of them fit in the five seconds that mage
// waits after ^C. Under a limit of mage's (see Interruptible) it may be less.
const DefaultGrace = 2 * time.Second

// Command is one command to run. The zero value of every field but Path is usable.
type Command struct {
	// Path is the program: absolute, or a name to be found in the PATH of Env.
	Path string
	// Args are its arguments, without the program's own name.
	Args []string
	// Dir is where it runs; empty means the current directory.
	Dir string
	// Env is its whole environment; nil is an empty one.
	Env Environment
	// Stdin is the path of the file that it reads as its standard input; empty means the null device.
	Stdin string
	// Stderr takes its standard error; nil joins it with the standard output.
	Stderr io.Writer
	// Grace is how long it has between SIGTERM and SIGKILL; zero means DefaultGrace.
	Grace time.Duration
	// Question tells that the command only asks: it changes nothing, ends by itself in a moment, and starts nothing
	// that outlives it. It runs without a supervisor, which may have to be started first. When the context is done it
	// is killed without a grace. When this process is killed it is killed too on Linux; elsewhere it ends by itself.
	Question bool
}

// ExitError tells that a command ran and ended with something other than zero.
type ExitError struct {
	// Path is the program that ran.
	Path string
	// Code is its exit code; 128+n where signal n ended it, as a shell would say.
	Code int
	// Stderr is the end of what it said on standard error, where Output ran it.
	Stderr string
}

func (e *ExitError) Error() string {
	text := fmt.Sprintf("%s: exit status %d", e.Path, e.Code)
	if said := strings.TrimSpace(e.Stderr); said != "" {
		text += ": " + said
	}
	return text
}

// ErrNotStarted is wrapped by the error of a command that could not be started: it is missing, is not executable, or
// its directory is gone.
var ErrNotStarted = errors.New("could not be started")

// Stage returns the command as one stage of a script pipe (script.Pipe.Filter): it reads nothing and writes what the
// command writes. The stage's error is nil where the command ended with 0, an *ExitError where it ended otherwise,
// the context's cause where the context ended it, and wraps ErrNotStarted where there was nothing to run.
func (c Command) Stage(ctx context.Context) func(io.Reader, io.Writer) error {
	if c.Env == nil {
		c.Env = Environment{} // os/exec would take nil for the caller's own
	}
	return func(_ io.Reader, stdout io.Writer) error {
		stderr := c.Stderr
		if stderr == nil {
			stderr = stdout
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", c.Path, context.Cause(ctx))
		}
		path, err := c.Env.LookPath(c.Path)
		if err != nil {
			return fmt.Errorf("%s: %w: %w", c.Path, ErrNotStarted, err)
		}
		stdin, err := os.Open(cmp.Or(c.Stdin, os.DevNull))
		if err != nil {
			return fmt.Errorf("%s: %w: %w", c.Path, ErrNotStarted, err)
		}
		defer stdin.Close()
		run := c.run
		if c.Question {
			run = c.runAlone
		}
		code, err := run(ctx, path, stdin, stdout, stderr)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Path, err)
		}
		if code != 0 {
			return &ExitError{Path: c.Path, Code: code}
		}
		return nil
	}
}

// patience is the grace of the command, which may be less where ctx is about to end with the whole program.
func (c Command) patience(ctx context.Context) time.Duration {
	grace := c.Grace
	if grace <= 0 {
		grace = DefaultGrace
	}
	if most, limited := ctx.Value(graceKey{}).(time.Duration); limited {
		grace = min(grace, most)
	}
	return grace
}

// Output runs the command and returns its standard output, for the short questions whose answer is parsed. An
// *ExitError carries the end of what was said on standard error.
func (c Command) Output(ctx context.Context) ([]byte, error) {
	var stdout strings.Builder
	said := tail{max: 4 << 10}
	c.Stderr = &said
	err := c.Stage(ctx)(nil, &stdout)
	if exit := (*ExitError)(nil); errors.As(err, &exit) {
		exit.Stderr = string(said.bytes())
	}
	return []byte(stdout.String()), err
}
