package matrix

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// headline says in a few words what failed.
func headline(f *scenario.Failure) string {
	switch {
	case f.Step.Name == scenario.Cleanliness.Name:
		return "dirty baseline"
	case f.Kind == scenario.KindUsage:
		return "wrong call (mage -h matrix tells the flags)"
	case f.Kind == scenario.KindInterrupted:
		return "interrupted"
	case f.Exit == scenario.ExitTimeout:
		return "time-out: failed to " + f.Step.Does
	case f.Kind == scenario.KindContract:
		return fmt.Sprintf("scenario '%s' missed its contract", f.Phase)
	}
	return "failed to " + f.Step.Does
}

// tell explains a failure on the console: what failed, the end of its log, where the report is, and the command that
// reproduces it.
func (r *run) tell(f *scenario.Failure, report artifact.Failure) {
	var text strings.Builder
	switch {
	case f.Kind == scenario.KindContract:
		fmt.Fprintf(&text, "scenario '%s' missed its contract (%s): %v.", f.Phase, f.Step.Name, f.Err)
	case f.Kind == scenario.KindInterrupted:
		fmt.Fprintf(&text, "the run was %v.", f.Err)
	case f.Phase == scenario.Preflight:
		text.WriteString(f.Err.Error())
	default:
		fmt.Fprintf(&text, "failed to %s for scenario '%s'.\n%v", f.Step.Does, f.Phase, f.Err)
	}
	if end := logEnd(f.LogPath); end != "" {
		fmt.Fprintf(&text, "\nThe log ends with:\n%s", end)
	}
	r.console.Error(text.String())
	if f.Step.Name == scenario.Cleanliness.Name {
		return // the text is the contract's, and says all of it (CONTRACT §4)
	}
	r.console.Say("Report:  %s", filepath.Join(r.store.Dir(), artifact.FailureName))
	if report.LogPath != "" {
		r.console.Say("Log:     %s", report.LogPath)
	}
	if report.Command != "" {
		r.console.Say("Command: %s", report.Command)
		if !r.options.Keep && f.Phase != scenario.Preflight {
			r.console.Say("To look into the clone: the same call with -keep.")
		}
	}
}

// The end of a log that a person is shown: as much as fits on a screen.
const (
	shownLines = 20
	shownBytes = 4 << 10
)

// logEnd returns the last lines of a log, without the escape sequences that would act on a terminal.
func logEnd(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > shownBytes {
		_, _ = file.Seek(-shownBytes, io.SeekEnd)
	}
	data, _ := io.ReadAll(io.LimitReader(file, shownBytes))
	lines := strings.Split(strings.ToValidUTF8(strings.TrimSpace(string(bytes.Map(printable, data))), "�"), "\n")
	lines = lines[max(0, len(lines)-shownLines):]
	if len(lines) == 1 && lines[0] == "" {
		return ""
	}
	return "  " + strings.Join(lines, "\n  ")
}

// printable drops control characters but for the newline and the tab.
func printable(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
		return -1
	}
	return r
}
