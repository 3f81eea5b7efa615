package process

import (
	"context"
	"testing"
	"time"
)

// TestCommandHasLessGraceUnderAShortLimit holds what a command has to end, once for itself and once for what it leaves,
// against what is kept of the limit for that.
func TestCommandHasLessGraceUnderAShortLimit(t *testing.T) {
	for limit, most := range map[time.Duration]time.Duration{
		0: DefaultGrace, time.Hour: DefaultGrace, 6 * time.Second: time.Second, 3 * time.Second: 500 * time.Millisecond,
	} {
		parent, cancel := t.Context(), context.CancelFunc(func() {})
		if limit > 0 {
			parent, cancel = context.WithTimeout(parent, limit)
		}
		ctx, stop := Interruptible(parent)
		if got := (Command{}).patience(ctx); got > most || got < most/2 {
			t.Errorf("%v: %v, want %v or, on a slow machine, a bit less", limit, got, most)
		}
		if got := (Command{Grace: time.Millisecond}).patience(ctx); got != time.Millisecond {
			t.Errorf("%v: a command's own grace became %v", limit, got)
		}
		stop()
		cancel()
	}
}
