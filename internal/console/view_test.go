package console_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hinshun/vt10x"
	"go.uber.org/goleak"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screen is a terminal that is looked at. Standard output may be on it too.
type screen struct {
	mu     sync.Mutex
	vt     vt10x.Terminal
	writes []string
	// behind is true in the background.
	behind atomic.Bool
	// stopped holds what is written back until it is closed; nil holds nothing back.
	stopped chan struct{}
}

func newScreen(columns, rows int) *screen {
	return &screen{vt: vt10x.New(vt10x.WithSize(columns, rows))}
}

func (s *screen) Write(p []byte) (int, error) {
	if s.stopped != nil {
		<-s.stopped
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = append(s.writes, string(p))
	// A terminal's driver makes a carriage return and a newline of each newline.
	_, _ = s.vt.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n")))
	return len(p), nil
}

func (s *screen) size() (columns, rows int, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	columns, rows = s.vt.Size()
	return columns, rows, !s.behind.Load()
}

func (s *screen) resize(columns, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vt.Resize(columns, rows)
}

// written is everything that was.
func (s *screen) written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.writes, "")
}

// shows is what stands on the screen, without blanks at the ends, with the cursor as a bar.
func (s *screen) shows() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(s.vt.String(), "\n")
	at := s.vt.Cursor()
	lines[at.Y] = lines[at.Y][:at.X] + "|" + lines[at.Y][at.X:]
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func (s *screen) mustShow(t *testing.T, want string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), s.shows()); diff != "" {
		t.Error(diff)
	}
}

// environment is that of a person at a terminal, with further variables: name, value, name, value.
func environment(further ...string) func(string) string {
	variables := map[string]string{"TERM": "xterm"}
	for i := 0; i+1 < len(further); i += 2 {
		variables[further[i]] = further[i+1]
	}
	return func(name string) string { return variables[name] }
}

// open returns a console on a screen, which knows of the last run what some steps took.
func open(s *screen, env ...string) (*console.Console, *strings.Builder) {
	var stdout strings.Builder
	known := map[string]time.Duration{
		suite.GitClone.Name: 100 * time.Millisecond, suite.NPMInstallPackage.Name: 14 * time.Second,
		suite.StageCI.Name: 65 * time.Second, suite.StagePreCommit.Name: 99 * time.Millisecond,
	}
	return console.Open(console.Options{
		Stdout: &stdout, Stderr: s, Getenv: environment(env...), Scenarios: suite.Default(), Size: s.size,
		Before: func(_, step string) time.Duration { return known[step] },
	}), &stdout
}

// later lets time pass, and the writer come to rest.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// blink is long enough for a frame.
const blink = 100 * time.Millisecond

func TestEachScenarioHasALineWithItsStepItsTimeAndTheLastRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 12)
		c, stdout := open(s)
		defer c.Close(t.Context())
		all := suite.Default()

		ended := c.Preflight(suite.Cleanliness)
		later(300 * time.Millisecond)
		s.mustShow(t, `
|
preflight     0.3 s  find the source repository clean
clean                waiting
violations           waiting
mixed                waiting
total         0.3 s`)
		ended()
		later(700 * time.Millisecond)
		s.mustShow(t, `
|
preflight     0.3 s  find the source repository clean
clean                waiting
violations           waiting
mixed                waiting
total         1.0 s`)

		c.Scenario("clean")
		ended = c.Step("clean", suite.NPMInstallPackage)
		later(12300 * time.Millisecond)
		s.mustShow(t, `
|
clean        12.3 s  install the package (last run 14.0 s)
violations           waiting
mixed                waiting
total        13.3 s`)
		ended()

		c.Step("clean", suite.StageCI)()
		c.Step("violations", suite.StagePreCommit)
		early := c.Step("mixed", suite.GitClone)
		mixed := c.Step("mixed", suite.StageCI)
		early() // too late: another step has begun
		later(time.Minute + 5*time.Second)
		mixed()
		c.Finished(all[2], suite.Exits{1, 0, 1}, false)
		later(5 * time.Second)
		c.Finished(all[0], all[0].Expected, true)
		c.Stopped(all[1])
		later(blink)
		s.mustShow(t, `
|
clean        12.3 s  PASS pre-commit=0 pre-push=0 ci=0 (last run 1m19s)
violations    1m10s  stopped: run the gate at pre-commit
mixed         1m05s  FAIL pre-commit=1 pre-push=0 ci=1 (last run 1m05s)
total         1m23s`)
		if got := stdout.String(); got != "=== scenario:clean ===\n" {
			t.Errorf("standard output: %q", got)
		}
	})
}

func TestWhatIsSaidStandsAboveTheBlockAndNothingIsLeftOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(40, 10)
		c, _ := open(s)
		c.Say("before")
		c.Step("clean", suite.GitClone)
		later(blink)
		c.Say("WARNING: %s", strings.Repeat("wide ", 10))
		c.Error("one\ntwo")
		synctest.Wait()
		s.mustShow(t, `
before
WARNING: wide wide wide wide wide wide w
ide wide wide wide
ERROR: one
two
|
clean         0.1 s  clone the source r
violations           waiting
mixed                waiting
total         0.1 s`)
		for i := range 4 {
			c.Say("%d", i)
			later(blink)
		}
		c.Close(t.Context())
		s.mustShow(t, `
two
0
1
2
3
|`)
		c.Close(t.Context())
		c.Say("after")
		c.Step("clean", suite.StageCI)()
		later(time.Second)
		s.mustShow(t, `
two
0
1
2
3
after
clean: run the gate at ci
|`)
	})
}

func TestOthersMayWriteOnTheTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 10)
		c, _ := open(s)
		c.Step("clean", suite.GitClone)
		later(blink)
		fmt.Fprint(s, "^C") // as it is echoed
		fmt.Fprint(s, "somebody says something\n")
		later(blink)
		s.mustShow(t, `
^Csomebody says something
|
clean         0.2 s  clone the source repository (last run 0.1 s)
violations           waiting
mixed                waiting
total         0.2 s`)
		c.Hide()
		synctest.Wait()
		s.mustShow(t, `
^Csomebody says something
|`)
		c.Say("and we")
		c.Step("mixed", suite.GitClone)
		later(time.Second)
		c.Close(t.Context())
		s.mustShow(t, `
^Csomebody says something
and we
|`)
	})
}

func TestLinesAreCutWhereTheTerminalEnds(t *testing.T) {
	t.Parallel()
	for columns := 20; columns <= 90; columns++ {
		synctest.Test(t, func(t *testing.T) {
			s := newScreen(columns, 6)
			c, _ := open(s)
			c.Preflight(suite.Cleanliness)
			c.Step("violations", suite.NPMInstallPackage)
			c.Finished(suite.Default()[0], suite.Exits{}, true)
			later(blink)
			lines := strings.Split(s.shows(), "\n")
			if len(lines) != 5 || lines[0] != "|" || !strings.HasPrefix(lines[2], "violations    0.1 s"[:19]) {
				t.Errorf("%d columns:\n%s", columns, strings.Join(lines, "\n"))
			}
			for _, line := range lines {
				if len(line) >= columns {
					t.Errorf("%d columns: %q", columns, line)
				}
			}
			c.Close(t.Context())
			s.mustShow(t, "|")
		})
	}
}

func TestTerminalIsMeasuredForEachFrame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(100, 8)
		c, _ := open(s)
		ended := c.Step("clean", suite.NPMInstallPackage)
		later(blink)
		s.resize(30, 8)
		later(blink)
		s.mustShow(t, `
|
clean         0.2 s  install
violations           waiting
mixed                waiting
total         0.2 s`)
		// This screen does not wrap what no longer fits, but others do: the frame before is erased, not only covered.
		if !strings.Contains(s.written(), "\x1b[J\x1b[A\r\x1b[K\r\nclean         0.2 s") {
			t.Errorf("%q", s.written())
		}

		// No room, in either direction: plain lines, from the next step on.
		for _, small := range [][2]int{{19, 8}, {30, 4}} {
			s.resize(small[0], small[1])
			later(blink)
			s.mustShow(t, "|")
			ended()
			ended = c.Step("clean", suite.StageCI)
			synctest.Wait()
			fmt.Fprint(s, "\x1b[2J\x1b[H")
		}
		if got := strings.Count(s.written(), "clean: run the gate at ci\n"); got != 2 {
			t.Errorf("%d plain lines", got)
		}
		s.resize(60, 5)
		later(blink)
		s.mustShow(t, `
|
clean         0.1 s  run the gate at ci (last run 1m05s)
violations           waiting
mixed                waiting
total         0.5 s`)
		c.Close(t.Context())
		s.mustShow(t, "|")
	})
}

func TestRunInTheBackgroundLeavesTheTerminalAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 10)
		c, _ := open(s)
		c.Step("clean", suite.GitClone)
		later(blink)
		s.behind.Store(true)
		before := s.written()
		fmt.Fprint(s, "$ what a person types")
		c.Step("mixed", suite.GitClone)
		later(time.Second)
		want := "$ what a person types" + "mixed: clone the source repository\n"
		if got := strings.TrimPrefix(s.written(), before); got != want {
			t.Errorf("got %q", got)
		}
		s.behind.Store(false)
		later(blink)
		s.mustShow(t, `
$ what a person typesmixed: clone the source repository
|
clean         1.2 s  clone the source repository (last run 0.1 s)
violations           waiting
mixed         1.1 s  clone the source repository (last run 0.1 s)
total         1.2 s`)
		c.Close(t.Context())
	})
}

func TestColoursAreForThoseWhoWantThem(t *testing.T) {
	t.Parallel()
	for value, coloured := range map[string]bool{"": true, "1": false, "0": false, "false": false} {
		synctest.Test(t, func(t *testing.T) {
			s := newScreen(80, 24)
			c, _ := open(s, "NO_COLOR", value)
			c.Step("clean", suite.GitClone)
			c.Finished(suite.Default()[0], suite.Exits{}, true)
			later(time.Second)
			c.Close(t.Context())
			if got := strings.Contains(s.written(), "\x1b[32mPASS\x1b[m"); got != coloured {
				t.Errorf("NO_COLOR=%s: %q", value, s.written())
			}
			if got := regexp.MustCompile("\x1b\\[[0-9;]*m").MatchString(s.written()); got != coloured {
				t.Errorf("NO_COLOR=%s: %q", value, s.written())
			}
		})
	}
}

func TestFrameIsOneWriteOfSequencesThatEveryTerminalKnows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 24)
		c, _ := open(s)
		c.Preflight(suite.Cleanliness)
		later(10 * time.Second)
		c.Say("x")
		c.Close(t.Context())
		known := regexp.MustCompile(`^([ -~]|[\r\n]|\x1b\[(K|J|\d*A|\d*m))*$`)
		for i, write := range s.writes {
			if !known.MatchString(write) {
				t.Errorf("%q", write)
			}
			if i < 100 && (!strings.HasPrefix(write, "\r\x1b[K") || !strings.HasSuffix(write, "\x1b[J\r\x1b[5A")) {
				t.Errorf("no whole frame: %q", write)
			}
		}
		if n := len(s.writes); n > 104 {
			t.Errorf("%d writes in 10 s", n)
		}
	})
}

func TestForeignTextDoesNotActOnTheTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(60, 8)
		c, _ := open(s)
		c.Step("cle\x1b[2Jan", suite.Step{Name: "x", Does: "do \x07\r\n\u009b2Jé"})
		c.Say("a\x1b[2J\x1b]0;title\x07\r\u009b1mb\xffc\td")
		later(blink)
		s.mustShow(t, `
a
b�c     d
|
clean                waiting
violations           waiting
mixed                waiting
cle?[2Jan     0.1 s  do ????2J?
total         0.1 s`)
		c.Close(t.Context())
	})
}

func TestStoppedTerminalHoldsUpNothingButTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 24)
		s.stopped = make(chan struct{})
		c, stdout := open(s)
		began := time.Now()
		for range 1000 {
			c.Step("clean", suite.StageCI)()
		}
		c.Say("said")
		c.Scenario("clean")
		later(time.Hour)
		c.Step("mixed", suite.StageCI)()
		c.Error("last")
		if took := time.Since(began); took != time.Hour {
			t.Errorf("a stopped terminal was waited for: %v", took)
		}
		if stdout.String() != "=== scenario:clean ===\n" {
			t.Errorf("standard output: %q", stdout)
		}
		go func() {
			time.Sleep(time.Minute)
			close(s.stopped)
		}()
		c.Close(t.Context())
		if took := time.Since(began); took != time.Hour+time.Minute {
			t.Errorf("what was said was not waited for: %v", took)
		}
		s.mustShow(t, `
said
ERROR: last
|`)
	})
}

func TestEndedRunDoesNotWaitForAStoppedTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 24)
		s.stopped = make(chan struct{})
		c, _ := open(s)
		c.Step("clean", suite.StageCI)
		c.Say("said")
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		go func() {
			time.Sleep(time.Minute)
			cancel()
		}()
		c.Close(ctx)
		if took := time.Since(began); took != time.Minute+time.Second {
			t.Errorf("waited %v", took)
		}
		c.Say("said after")
		c.Close(ctx)
		close(s.stopped)
	})
}

func TestPipeOnStandardOutputIsMadeWayFor(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 24)
		c := console.Open(console.Options{Stdout: writer, Stderr: s, Getenv: environment(), Size: s.size})
		c.Step("clean", suite.StageCI)
		later(blink)
		c.Say("said before")
		c.Scenario("clean")
		s.mustShow(t, `
said before
|`)
		fmt.Fprint(s, "=== scenario:clean ===\n") // tee
		later(2 * blink)
		s.mustShow(t, `
said before
=== scenario:clean ===
|
clean        0.3 s  run the gate at ci
total        0.3 s`)
		c.Close(t.Context())
	})
	writer.Close()
	var got bytes.Buffer
	if _, err := got.ReadFrom(reader); err != nil || got.String() != "=== scenario:clean ===\n" {
		t.Errorf("standard output: %q, %v", got.String(), err)
	}
}

func TestWhereNobodyWatchesLinesArePlain(t *testing.T) {
	t.Parallel()
	s := newScreen(80, 24)
	var plain strings.Builder
	for name, o := range map[string]console.Options{
		"no terminal":          {Stderr: &plain, Getenv: environment()},
		"an empty environment": {Stderr: s, Size: s.size},
		"CI":                   {Stderr: s, Size: s.size, Getenv: environment("CI", "true")},
		"CI=1":                 {Stderr: s, Size: s.size, Getenv: environment("CI", "1")},
		"another CI":           {Stderr: s, Size: s.size, Getenv: environment("CI", "woodpecker")},
		"a dumb terminal":      {Stderr: s, Size: s.size, Getenv: environment("TERM", "dumb")},
		"no kind of terminal":  {Stderr: s, Size: s.size, Getenv: environment("TERM", "")},
	} {
		plain.Reset()
		s.writes = nil
		var stdout strings.Builder
		o.Stdout, o.Scenarios = &stdout, suite.Default()
		c := console.Open(o)
		c.Preflight(suite.Cleanliness)()
		c.Scenario("clean")
		ended := c.Step("clean", suite.StageCI)
		c.Say("said \x1b[1m")
		ended()
		c.Finished(suite.Default()[0], suite.Exits{}, true)
		c.Stopped(suite.Default()[1])
		c.Hide()
		c.Close(t.Context())
		if got := plain.String() + s.written(); got != "clean: run the gate at ci\nsaid \n" || c.Watched() {
			t.Errorf("%s: %q", name, got)
		}
		if stdout.String() != "=== scenario:clean ===\n" {
			t.Errorf("%s: standard output: %q", name, stdout.String())
		}
	}
}

func TestVariableCIMayBeSetToNo(t *testing.T) {
	t.Parallel()
	s := newScreen(80, 24)
	for _, value := range []string{"", "0", "false"} {
		if c, _ := open(s, "CI", value); !c.Watched() {
			t.Errorf("CI=%s", value)
		}
	}
}

func TestConsoleWithoutAStepStartsNothing(t *testing.T) {
	t.Parallel()
	s := newScreen(80, 24)
	c, _ := open(s)
	c.Error("refused")
	c.Hide()
	c.Close(t.Context())
	if got := s.written(); got != "ERROR: refused\n" {
		t.Errorf("got %q", got)
	}
}

// TestManyMayTellAtOnce is for the race detector.
func TestManyMayTellAtOnce(t *testing.T) {
	t.Parallel()
	s := newScreen(80, 24)
	c, stdout := open(s)
	var telling sync.WaitGroup
	for _, each := range suite.Default() {
		telling.Go(func() {
			for range 200 {
				ended := c.Step(each.Name, suite.StageCI)
				c.Say("%s", each.Name)
				ended()
			}
			c.Finished(each, each.Expected, true)
		})
	}
	c.Passed("x", nil, true)
	telling.Wait()
	c.Hide()
	c.Close(t.Context())
	if got := strings.Count(s.written(), "clean\n"); got != 200 {
		t.Errorf("%d of 200 lines", got)
	}
	if got := strings.Count(stdout.String(), "\n"); got != 1 {
		t.Errorf("%d lines on standard output", got)
	}
}
