package process

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Interrupted is the cause of a context that a signal ended, or the death of the parent, which counts as SIGTERM.
type Interrupted struct {
	// Signal is what ended it: SIGHUP, SIGINT or SIGTERM.
	Signal syscall.Signal
	// Orphaned tells that there was no signal: the parent died.
	Orphaned bool
}

func (i *Interrupted) Error() string {
	if i.Orphaned {
		return "ended because its parent died"
	}
	return fmt.Sprintf("ended by signal %d (%s)", int(i.Signal), i.Signal)
}

// ExitCode is what a shell would report: 128 and the number of the signal.
func (i *Interrupted) ExitCode() int { return 128 + int(i.Signal) }

// parentAtStart is read as early as can be: a parent that dies later gives its children to another.
var parentAtStart = os.Getppid()

// Interruptible returns a context that ends on SIGHUP, SIGINT and SIGTERM and when the parent of this process dies,
// with *Interrupted as its cause; and keeps a closed standard output from ending the process. Stop gives the signals
// back. A launcher (mage, go tool mage) that is ended alone leaves the run an orphan: looking at the parent is the
// one way to learn of it that works on every Unix, and for a parent that got kill -9.
//
// A parent that is cancelled counts as SIGINT: mage cancels its context on that signal, of which it may learn first.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	signals := make(chan os.Signal, 4)
	// SIGPIPE is caught, not ignored: what is ignored would stay ignored in every child.
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE)
	look := time.NewTicker(100 * time.Millisecond)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case received := <-signals:
				if which := received.(syscall.Signal); which != syscall.SIGPIPE {
					cancel(&Interrupted{Signal: which})
				}
			case <-look.C:
				if os.Getppid() != parentAtStart {
					cancel(&Interrupted{Signal: syscall.SIGTERM, Orphaned: true})
				}
			case <-parent.Done():
				cancel(&Interrupted{Signal: syscall.SIGINT})
				<-done
				return
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		look.Stop()
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}
