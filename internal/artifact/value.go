package artifact

import (
	"io"
	"os"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// shownLog bounds how much of a log is shown.
const shownLog = 16 << 10

// Run returns the run that left this summary, with its evidence and its record.
func (s Summary) Run(e Evidence, r Record) *verdict.Run {
	return &verdict.Run{Facts: s.Facts, Verdict: s.Verdict, Exits: s.Scenarios.Of,
		Evidence: e.Scenarios.Of, Steps: r.Steps}
}

// Run returns the run that left this failure report, with its evidence, its record and the end of its log.
func (f Failure) Run(e Evidence, r Record, logEnd string) *verdict.Run {
	return &verdict.Run{
		Facts: f.Facts, Verdict: f.Verdict, Failure: &f.Failure, Exits: f.Scenarios.Of, Evidence: e.Scenarios.Of,
		Steps: r.Steps, LogEnd: logEnd,
	}
}

// LogEnd reads the end of the log of a failed step.
func LogEnd(root *os.Root) string {
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
