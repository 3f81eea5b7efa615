package report

import (
	"strings"
	"testing"
	"time"
)

func TestLongTextIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, want string
	}{
		{"", ""},
		{"ÅÅÅÅ", "ÅÅÅÅ"},
		{"ÅÅÅÅÅ", "ÅÅÅÅ… (shortened from 10\u00a0bytes)"},
		{strings.Repeat("Å", 2004), "ÅÅÅÅ… (shortened from 4,008\u00a0bytes)"},
		{"\n a\nb \t", "a b"},
		{strings.Repeat("\x1b[m", 100) + "red", "… (shortened from 303\u00a0bytes)"},
	} {
		if got := oneLine(test.text, 4); got != test.want {
			t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
		}
	}
}

func TestLogIsShownFromItsEnd(t *testing.T) {
	t.Parallel()
	got := tail(strings.Repeat("early\n", maxLog) + strings.Repeat("w", 3*maxLogLine) + "\nlast\n\n")
	if !strings.HasSuffix(got, "w… (shortened from 3,000\u00a0bytes)\nlast") {
		t.Errorf("the log ends with %q", got[len(got)-60:])
	}
	if len(got) > maxLog {
		t.Errorf("%d bytes are shown", len(got))
	}
}

func TestNumbersReadWell(t *testing.T) {
	t.Parallel()
	plainly := strings.NewReplacer("\u00a0", " ")
	for n, want := range map[int]string{
		0: "0 steps", 1: "1 step", 999: "999 steps", 1_000: "1,000 steps", 1_234_567: "1,234,567 steps",
	} {
		if got := plainly.Replace(many(n, "step")); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0 ms", 999 * time.Millisecond: "999 ms", time.Second: "1.0 s", 59_940 * time.Millisecond: "59.9 s",
		time.Minute: "1 min 00 s", 125 * time.Second: "2 min 05 s", 100 * time.Hour: "6000 min 00 s",
	} {
		if got := plainly.Replace(lasted(d)); got != want {
			t.Errorf("%v is %q", d, got)
		}
	}
}

func TestAxisHasAtMostFivePartsThatReadWell(t *testing.T) {
	t.Parallel()
	for total, want := range map[time.Duration]string{
		time.Microsecond:          "0",
		145 * time.Millisecond:    "0 50 ms 100 ms",
		1542 * time.Millisecond:   "0 500 ms 1 s 1.5 s",
		37_700 * time.Millisecond: "0 10 s 20 s 30 s",
		13 * time.Minute:          "0 5 min 00 s 10 min 00 s",
		maxTime:                   "0 1200 min 00 s 2400 min 00 s 3600 min 00 s 4800 min 00 s 6000 min 00 s",
	} {
		var labels []string
		for _, tick := range ticks(total) {
			labels = append(labels, strings.ReplaceAll(tick.Label, "\u00a0", " "))
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("the axis of %v is %q, want %q", total, got, want)
		}
	}
}
