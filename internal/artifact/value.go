package artifact

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Read reads and verifies the artifacts in a folder, and returns the run that left them. The error names each promise
// that they break.
func Read(dir string) (*verdict.Run, error) {
	report, run := examine(dir, Expect{})
	if report.Err() != nil {
		return nil, errors.New(report.String())
	}
	return run, nil
}

// shownLog bounds how much of a log is shown.
const shownLog = 16 << 10

// value is the run that left a summary and what goes with it.
func (s Summary) value(e Evidence, r Record) *verdict.Run {
	return &verdict.Run{Facts: s.Facts, Verdict: s.Verdict, Exits: s.Scenarios, Evidence: e.Scenarios, Steps: r.Steps}
}

// value is the run that left a failure and what goes with it.
func (f Failure) value(e Evidence, r Record, logEnd string) *verdict.Run {
	return &verdict.Run{
		Facts: f.Facts, Verdict: f.Verdict, Failure: &f.Failure, Exits: f.Scenarios, Evidence: e.Scenarios,
		Steps: r.Steps, LogEnd: logEnd,
	}
}

// logEnd reads the end of the log of a failed step.
func logEnd(root *os.Root) string {
	file, err := foreign.OpenIn(root, LogName)
	if err != nil {
		return ""
	}
	defer file.Close()
	from := int64(0)
	if info, err := file.Stat(); err == nil && info.Size() > shownLog {
		from = info.Size() - shownLog
	}
	data, err := io.ReadAll(io.NewSectionReader(file, from, shownLog))
	if err != nil {
		return ""
	}
	if _, whole, found := strings.Cut(string(data), "\n"); found && from > 0 {
		return whole
	}
	return string(data)
}
