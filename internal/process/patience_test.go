package process

import (
	"context"
	"strings"
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

// The limit that a message names is the one that a person set, however much of it the start took.
func TestLimitIsTheOneThatAPersonSet(t *testing.T) {
	for _, c := range []struct {
		args     string
		variable string
		left     time.Duration
		want     time.Duration
	}{
		{"-t 12s matrix -timeout=3m", "", 11300 * time.Millisecond, 12 * time.Second},
		{"-v -t=90s matrix", "", 80 * time.Second, 90 * time.Second},
		{"--t 1m30s matrix", "2m0s", 89 * time.Second, 90 * time.Second},
		{"matrix -spec=embedded", "12s", 11 * time.Second, 12 * time.Second},
		{"matrix t 5s", "", 4950 * time.Millisecond, 5 * time.Second},
		{"matrix", "nonsense", 4949 * time.Millisecond, 4900 * time.Millisecond},
		{"-t 1s matrix", "", 3 * time.Second, 3 * time.Second},
		{"-t", "", time.Second, time.Second},
	} {
		if got := limitSet(strings.Fields(c.args), c.variable, c.left); got != c.want {
			t.Errorf("%q, %q, with %v left: %v, want %v", c.args, c.variable, c.left, got, c.want)
		}
	}
}
