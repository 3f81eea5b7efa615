//go:build linux

package console_test

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// terminal is a real one, as the system makes them, and what was seen on it.
type terminal struct {
	ours, theirs *os.File
	screen       *screen
	read         sync.WaitGroup
}

// openTerminal opens a terminal of a size; one of no size is looked at as if it had 80 columns and 24 rows.
func openTerminal(t *testing.T, columns, rows uint16) *terminal {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(ours, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	term := &terminal{ours: ours, theirs: theirs, screen: newScreen(int(cmp.Or(columns, 80)), int(cmp.Or(rows, 24)))}
	term.read.Go(func() {
		buffer := make([]byte, 4096)
		for {
			n, err := ours.Read(buffer)
			if err != nil {
				return // nobody has it open any more
			}
			_, _ = term.screen.Write(bytes.ReplaceAll(buffer[:n], []byte("\r\n"), []byte("\n")))
		}
	})
	t.Cleanup(term.close)
	return term
}

// close waits until everything is seen.
func (term *terminal) close() {
	_ = term.theirs.Close()
	term.read.Wait()
	_ = term.ours.Close()
}

// await waits until something is seen.
func (term *terminal) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for ; !strings.Contains(term.screen.shows(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q never came:\n%s", text, term.screen.shows())
		}
	}
}

func TestTerminalOnStandardErrorIsWatchedAndStandardOutputIsTheContractAlone(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 60, 10)
	stdout, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	c := console.Open(console.Options{
		Stdout: stdout, Stderr: term.theirs, Getenv: environment(), Scenarios: suite.Default(),
	})
	defer c.Close(t.Context())
	for _, s := range suite.Default() {
		c.Step(s.Name, suite.StageCI)
		c.Say("said of %s", s.Name)
	}
	term.await(t, "s  run the gate at ci\ntotal")
	if err := pty.Setsize(term.ours, &pty.Winsize{Cols: 30, Rows: 10}); err != nil {
		t.Fatal(err)
	}
	term.await(t, "s  run the\ntotal")
	for _, s := range suite.Default() {
		c.Scenario(s.Name)
		c.Finished(s, s.Expected, true)
		c.Results(s, s.Expected, true)
	}
	c.Passed("pumuki@latest", suite.Default(), true)
	c.Close(t.Context())
	term.close()
	term.screen.mustShow(t, "said of clean\nsaid of violations\nsaid of mixed\n|")
	if got, err := os.ReadFile(stdout.Name()); err != nil || string(got) != contract {
		t.Errorf("standard output: %q, %v", got, err)
	}
}

func TestContractStandsAboveTheBlockWhereBothStreamsAreOneTerminal(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 60, 20)
	c := console.Open(console.Options{
		Stdout: term.theirs, Stderr: term.theirs, Getenv: environment(), Scenarios: suite.Default(),
	})
	defer c.Close(t.Context())
	for _, s := range suite.Default() {
		c.Scenario(s.Name)
		ended := c.Step(s.Name, suite.StageCI)
		c.Say("said of %s", s.Name)
		ended()
		c.Results(s, s.Expected, true)
	}
	term.await(t, "total")
	c.Passed("pumuki@latest", suite.Default(), true)
	c.Close(t.Context())
	term.close()
	want := contract
	for _, s := range suite.Default() {
		header := "=== scenario:" + s.Name + " ===\n"
		want = strings.Replace(want, header, header+"said of "+s.Name+"\n", 1)
	}
	term.screen.mustShow(t, want+"|")
}

func TestTerminalThatKnowsNoSizeIsAsLargeAsTheEnvironmentSays(t *testing.T) {
	t.Parallel()
	for columns, want := range map[string]string{
		"": "s  run the gate at pre-commit\n", "36": "s  run the gate at\n",
		"19": "clean: run the gate at pre-commit\n",
	} {
		term := openTerminal(t, 0, 0)
		c := console.Open(console.Options{
			Stdout: &bytes.Buffer{}, Stderr: term.theirs, Getenv: environment("COLUMNS", columns),
		})
		defer c.Close(t.Context())
		c.Step("clean", suite.StagePreCommit)
		term.await(t, want)
		c.Close(t.Context())
		term.close()
	}
}
