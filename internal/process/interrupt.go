package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
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

// TimeoutError is the cause of a context that ended because something took too long.
type TimeoutError struct {
	// Limit is what it may take.
	Limit time.Duration
	// Reserve is how much of the limit is kept for ending what is under way and cleaning up; zero is none of it.
	Reserve time.Duration
	// Setting is where a person sets another limit: -timeout=D.
	Setting string
}

func (e *TimeoutError) Error() string {
	less := ""
	if e.Reserve > 0 {
		less = fmt.Sprintf(", less %v for cleaning up,", e.Reserve)
	}
	return fmt.Sprintf("it took longer than %v%s and was ended (%s allows another limit)", e.Limit, less, e.Setting)
}

// ExitCode returns the exit code of a program that ends for a cause: 128+n for signal n, as a shell has it, and 124 for
// something that took too long, as timeout(1) has it. It is 0 where the cause is neither.
func ExitCode(cause error) int {
	if interrupted, ended := errors.AsType[*Interrupted](cause); ended {
		return 128 + int(interrupted.Signal)
	}
	if _, late := errors.AsType[*TimeoutError](cause); late {
		return 124
	}
	return 0
}

// Limited returns a context that ends when the limit of -timeout is over, with a *TimeoutError as its cause.
func Limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, &TimeoutError{Limit: limit, Setting: "-timeout=D"})
}

// reserve is what is kept of a limit for the run to end by itself: time for a command that ignores SIGTERM, for what
// that one leaves, and as much again for the artifacts and the work directory; of a short limit, half.
func reserve(limit time.Duration) time.Duration { return max(0, min(3*DefaultGrace, limit/2)) }

// graceKey is the key of the grace that the commands of a context have, where that is less than DefaultGrace.
type graceKey struct{}

// within returns a context that ends, with a *TimeoutError, early enough before the deadline of parent for all that
// runs in it to end and to be cleaned up. The end of parent itself does not end it.
func within(parent context.Context) (context.Context, context.CancelFunc) {
	ctx := context.WithoutCancel(parent)
	deadline, limited := parent.Deadline()
	if !limited {
		return ctx, func() {}
	}
	limit := limitSet(os.Args[1:], os.Getenv("MAGEFILE_TIMEOUT"), time.Until(deadline))
	kept := min(reserve(limit), max(0, time.Until(deadline)))
	ctx = context.WithValue(ctx, graceKey{}, kept/3)
	return context.WithDeadlineCause(ctx, deadline.Add(-kept), &TimeoutError{
		Limit: limit, Reserve: kept.Round(100 * time.Millisecond), Setting: "mage -t D",
	})
}

// limitSet returns the limit that a person set, of which left is what has not passed since: by the flag of mage, or by
// the variable in which a mage that started this program hands it on. What was set in another way is left, rounded.
func limitSet(args []string, variable string, left time.Duration) time.Duration {
	text := variable
	for i, arg := range args {
		name, value, joined := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		switch {
		case !strings.HasPrefix(arg, "-"):
			continue // the name of a target, or the value of a flag
		case name == "t" && joined:
			text = value
		case name == "t" && i+1 < len(args):
			text = args[i+1]
		}
	}
	if set, err := time.ParseDuration(text); err == nil && set >= left {
		return set
	}
	return left.Round(100 * time.Millisecond)
}

// parentAtStart is read as early as can be: a parent that dies later gives its children to another.
var parentAtStart = os.Getppid()

// Interruptible returns a context that ends on SIGHUP, SIGINT and SIGTERM and when the parent of this process dies,
// with *Interrupted as its cause; and keeps a closed standard output from ending the process. Stop gives the signals
// back. A launcher (mage, go tool mage) that is ended alone leaves the run an orphan: looking at the parent is the
// one way to learn of it that works on every Unix, and for a parent that got kill -9.
//
// A parent that is cancelled counts as SIGINT: mage cancels its context on that signal, of which it may learn first.
//
// A parent with a deadline (mage -t) ends the program at that moment, whatever it does. So the context ends a while
// before it, with a *TimeoutError as its cause; the commands that run in it then have less than DefaultGrace to end
// where the limit is short.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	ctx, release := within(parent)
	ctx, cancel := context.WithCancelCause(ctx)
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
		release()
	}
}
