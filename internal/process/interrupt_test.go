//go:build unix

package process_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

func TestSignalIsTheCauseOfTheContext(t *testing.T) {
	for signal, code := range map[syscall.Signal]int{syscall.SIGHUP: 129, syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		ctx, stop := process.Interruptible(t.Context())
		if err := syscall.Kill(os.Getpid(), syscall.SIGPIPE); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), signal); err != nil {
			t.Fatal(err)
		}
		requireInterrupted(t, ctx, code)
		stop()
	}
}

func TestCancelledParentCountsAsInterrupt(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	ctx, stop := process.Interruptible(parent)
	defer stop()
	cancel()
	requireInterrupted(t, ctx, 130)
}

// TestDeadlineOfTheParentEndsTheContextBeforeIt asks the context when it will end; nobody waits for it.
func TestDeadlineOfTheParentEndsTheContextBeforeIt(t *testing.T) {
	for limit, reserve := range map[time.Duration]time.Duration{
		time.Hour: 6 * time.Second, 12 * time.Second: 6 * time.Second, 3 * time.Second: 1500 * time.Millisecond,
	} {
		parent, cancel := context.WithTimeout(t.Context(), limit)
		ctx, stop := process.Interruptible(parent)
		deadline, _ := parent.Deadline()
		ends, limited := ctx.Deadline()
		if before := deadline.Sub(ends); !limited || before > reserve || before < reserve/2 {
			t.Errorf("%v: it ends %v before, want %v or, on a slow machine, a bit less", limit, before, reserve)
		}
		stop()
		cancel()
	}
	ctx, stop := process.Interruptible(t.Context())
	defer stop()
	if ends, limited := ctx.Deadline(); limited {
		t.Errorf("without a deadline it ends in %v", time.Until(ends))
	}
}

func TestDeadlineOfTheParentIsTheCause(t *testing.T) {
	parent, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	ctx, stop := process.Interruptible(parent)
	defer stop()
	<-ctx.Done()
	<-parent.Done() // which is no interrupt
	var late *process.TimeoutError
	if !errors.As(context.Cause(ctx), &late) || !strings.Contains(late.Error(), "mage -t") {
		t.Errorf("got %v", context.Cause(ctx))
	}
}

func requireInterrupted(t *testing.T, ctx context.Context, code int) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Fatal("the context did not end")
	}
	var interrupted *process.Interrupted
	if cause := context.Cause(ctx); !errors.As(cause, &interrupted) || process.ExitCode(cause) != code {
		t.Errorf("got %v, want exit code %d", context.Cause(ctx), code)
	}
}

func TestCauseGivesTheExitCode(t *testing.T) {
	t.Parallel()
	for want, cause := range map[int]error{
		0: errors.New("broken"), 124: &process.TimeoutError{}, 129: &process.Interrupted{Signal: 1},
		143: fmt.Errorf("clone: %w", &process.Interrupted{Signal: 15, Orphaned: true}),
	} {
		if got := process.ExitCode(cause); got != want {
			t.Errorf("%v gives %d, want %d", cause, got, want)
		}
	}
	if got := process.ExitCode(nil); got != 0 {
		t.Errorf("no cause gives %d", got)
	}
}
