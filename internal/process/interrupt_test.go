//go:build unix

package process_test

import (
	"context"
	"errors"
	"os"
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

func requireInterrupted(t *testing.T, ctx context.Context, code int) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("the context did not end")
	}
	var interrupted *process.Interrupted
	if !errors.As(context.Cause(ctx), &interrupted) || interrupted.ExitCode() != code {
		t.Errorf("got %v, want exit code %d", context.Cause(ctx), code)
	}
}
