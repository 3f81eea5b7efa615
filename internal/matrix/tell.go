package matrix

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// headline says in a few words what failed.
func headline(f *suite.Failure) string {
	switch {
	case f.Step.Name == suite.Cleanliness.Name:
		return "dirty baseline"
	case f.Kind == suite.KindUsage:
		return "wrong call (mage -h matrix tells the flags)"
	case f.Kind == suite.KindInterrupted:
		return "interrupted"
	case f.Exit == suite.ExitTimeout:
		return "time-out: failed to " + f.Step.Does
	case f.Kind == suite.KindContract:
		return fmt.Sprintf("scenario '%s' missed its contract", f.Phase)
	}
	return "failed to " + f.Step.Does
}

// tell explains a failure on the console: what failed, the end of its log, where the report is, and the command that
// reproduces it.
func (r *run) tell(f *suite.Failure, report *verdict.Failure) {
	r.console.Error(Explain(f) + r.bearings(f) + LogSection(f.LogPath))
	if f.Step.Name == suite.Cleanliness.Name {
		return // the text is the contract's, and says all of it (CONTRACT §4)
	}
	r.console.Say("Report:  %s", filepath.Join(r.store.Dir(), artifact.FailureName))
	if report.LogPath != "" {
		r.console.Say("Log:     %s", report.LogPath)
	}
	if report.Command != "" {
		r.console.Say("Command: %s", report.Command)
		if f.Phase != suite.Preflight {
			r.console.Say("Look:    mage reproduce (rebuilds the clone up to just before this command)")
		}
	}
}

// Explain says what failed, in words for a person.
func Explain(f *suite.Failure) string {
	switch {
	case f.Kind == suite.KindContract:
		return fmt.Sprintf("scenario '%s' missed its contract (%s): %v.", f.Phase, f.Step.Name, f.Err)
	case f.Kind == suite.KindInterrupted:
		return fmt.Sprintf("the run was %v.", f.Err)
	case f.Phase == suite.Preflight:
		return f.Err.Error()
	}
	return fmt.Sprintf("failed to %s for scenario '%s'.\n%v", f.Step.Does, f.Phase, f.Err)
}

// The findings that a person is shown.
const shownFindings = 5

// bearings says how a scenario stands in which a stage failed: the exits against the contract, and what the gate found
// in that stage.
func (r *run) bearings(f *suite.Failure) string {
	outcomes := r.seen.Evidence[f.Phase]
	stage, at := suite.StageOf(f.Reported().Name)
	if at < 0 {
		return ""
	}
	var text strings.Builder
	if s, at := r.plan.Suite.Named(f.Phase); at >= 0 {
		fmt.Fprintf(&text, "\n  expected: %s", s.Expected)
	}
	fmt.Fprintf(&text, "\n  actual:   %s", suite.ByStage(func(i int) string {
		if outcomes[i] == nil {
			return "-"
		}
		return strconv.Itoa(outcomes[i].Exit)
	}))
	outcome := outcomes[at]
	if outcome == nil {
		return text.String()
	}
	switch found := outcome.Findings; {
	case outcome.Outcome == "":
		fmt.Fprintf(&text, "\nThe gate left no evidence at %s.", stage.Name)
	case len(found) == 0:
		fmt.Fprintf(&text, "\nThe gate found nothing at %s; its evidence says %s.", stage.Name, outcome.Outcome)
	default:
		fmt.Fprintf(&text, "\nThe gate found at %s; its evidence says %s:", stage.Name, outcome.Outcome)
		for _, each := range verdict.ByGravity(found)[:min(len(found), shownFindings)] {
			line := fmt.Sprintf("%s %s %s: %s", each.Severity, each.Rule, each.Place(), each.Message)
			text.WriteString("\n  " + plain.Line(line, shownWidth))
		}
		if more := len(found) - shownFindings; more > 0 {
			fmt.Fprintf(&text, "\n  and %d more, in %s", more, artifact.EvidenceName)
		}
	}
	return text.String()
}

// shownWidth is how much of a finding is shown, in characters.
const shownWidth = 160

// LogSection is the end of a log with a headline, or nothing.
func LogSection(path string) string {
	if end := logEnd(path); end != "" {
		return "\nThe log ends with:\n" + end
	}
	return ""
}

// The end of a log that a person is shown: as much as fits on a screen.
const (
	shownLines = 20
	shownBytes = 4 << 10
)

// logEnd returns the last lines of a log, without the escape sequences that would act on a terminal.
func logEnd(path string) string {
	file, err := foreign.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > shownBytes {
		_, _ = file.Seek(-shownBytes, io.SeekEnd)
	}
	data, _ := io.ReadAll(io.LimitReader(file, shownBytes))
	text := strings.TrimSpace(plain.Text(string(data)))
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-shownLines):], "\n  ")
}
