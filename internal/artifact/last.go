package artifact

import (
	"errors"
	"io"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
)

// Last is what the last run left, for all that show it. It was verified as it was read.
type Last struct {
	// Run is what the report says of the run.
	Run Run
	// Verdict is what the run came to.
	Verdict Verdict
	// Failure is the report of a run that failed; nil where it passed.
	Failure *Failure
	// Exits are those of the stages that ran, by the name of the scenario.
	Exits Scenarios[Exits]
	// Evidence is what the gate said in the stages that ran.
	Evidence Results
	// LogEnd is the end of the failed step's log, in whole lines; empty where there is none.
	LogEnd string
	// Steps are those of the run, in the order in which they began; none where it was killed.
	Steps []Step
}

// ReadLast reads and verifies the artifacts in a folder. The error names each promise that they break; then nothing is
// returned.
func ReadLast(dir string) (Last, error) {
	report, last := examine(dir, Expect{})
	if report.Err() != nil {
		return Last{}, errors.New(report.String())
	}
	return last, nil
}

// logEnd bounds how much of a log is shown.
const logEnd = 16 << 10

// last gathers what was read. Just one of the reports is whole.
func (v *verification) last(s Summary, f Failure, e Evidence, r Record) Last {
	last := Last{Run: s.Run, Verdict: s.Verdict, Exits: s.Scenarios, Evidence: e.Scenarios, Steps: r.Steps}
	if s.Verdict == "" {
		last.Run, last.Verdict, last.Failure, last.Exits = f.Run, f.Verdict, &f, f.Scenarios
		last.LogEnd = v.logEnd()
	}
	return last
}

// logEnd reads the end of the log.
func (v *verification) logEnd() string {
	file, err := foreign.OpenIn(v.root, LogName)
	if err != nil {
		return ""
	}
	defer file.Close()
	from := int64(0)
	if info, err := file.Stat(); err == nil && info.Size() > logEnd {
		from = info.Size() - logEnd
	}
	data, err := io.ReadAll(io.NewSectionReader(file, from, logEnd))
	if err != nil {
		return ""
	}
	if _, whole, found := strings.Cut(string(data), "\n"); found && from > 0 {
		return whole
	}
	return string(data)
}
