package journey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Outcome is what became of a journey.
type Outcome string

// The outcomes.
const (
	OK   Outcome = "ok"
	Fail Outcome = "FAIL"
	// Known: it failed, as this version is known to.
	Known Outcome = "known"
	// Fixed: it did not fail, although this version is known to.
	Fixed Outcome = "fixed"
	// Skip: it was not made.
	Skip Outcome = "skip"
)

// Report is what became of some journeys with one gate. It is what an artifact holds.
type Report struct {
	verdict.Facts
	// JourneysSHA256 is the digest of the journeys that were made, and of those that were skipped.
	JourneysSHA256 string `json:"journeys_sha256"`
	// From is the gate with which a journey begins that comes to the judged one later; nil where there is none.
	From *Earlier `json:"from"`
	// Counts are how many came to each outcome.
	Counts   Counts   `json:"counts"`
	ExitCode int      `json:"exit_code"`
	Journeys []Result `json:"journeys"`
}

// Earlier is a gate as a spec named it.
type Earlier struct {
	Spec      string       `json:"package_spec"`
	Version   verdict.Text `json:"package_version"`
	Integrity verdict.Text `json:"package_integrity"`
}

// Counts are how many journeys came to each outcome.
type Counts struct {
	OK    int `json:"ok"`
	Fail  int `json:"failed"`
	Known int `json:"known"`
	Fixed int `json:"fixed"`
	Skip  int `json:"skipped"`
}

// Result is what became of a journey.
type Result struct {
	Name string `json:"name"`
	// Promise is what it says that the gate does, in a sentence.
	Promise string  `json:"promise"`
	Outcome Outcome `json:"outcome"`
	// Why says in one line what was expected and did not come, or why it was skipped; empty where all was as it should.
	Why verdict.Text `json:"why"`
	// Cause says why this version is known to fail; empty where it is not known to.
	Cause verdict.Text `json:"known"`
	// Incidents are where the journey came from.
	Incidents []string `json:"incidents"`
	// Line is the number of the line of the script at which it failed, and Command that line; zero and empty where
	// there is none.
	Line    int          `json:"line"`
	Command verdict.Text `json:"command"`
	// Log is the end of what was said until then.
	Log verdict.Text `json:"log"`
}

// The bounds of what is foreign: a line in characters, and the end of a log in bytes and lines.
const (
	maxLine     = 400
	maxLog      = 16 << 10
	maxLogLines = 40
)

// Of returns what becomes of a journey with a version that did not fail it, for err nil, or failed it for a reason, at
// a line of its script, with what was said until then.
func (j Journey) Of(version string, err error, line int, log string) Result {
	r := j.result(version)
	switch cause := r.Cause; {
	case err == nil && cause == "":
		r.Outcome = OK
	case err == nil:
		r.Outcome = Fixed
	case cause == "":
		r.Outcome = Fail
	default:
		r.Outcome = Known
	}
	if err != nil {
		r.Why, r.Line = verdict.Text(plain.Line(err.Error(), maxLine)), line
		r.Command, r.Log = verdict.Text(plain.Line(j.Line(line), maxLine)), verdict.Text(end(log))
	}
	return r
}

// Skipped returns what becomes of a journey that is not made.
func (j Journey) Skipped(version, why string) Result {
	r := j.result(version)
	r.Outcome, r.Why = Skip, verdict.Text(plain.Line(why, maxLine))
	return r
}

func (j Journey) result(version string) Result {
	return Result{
		Name: j.Name, Promise: j.Says, Cause: verdict.Text(j.Broken(version, "")),
		Incidents: append([]string{}, j.Incidents...),
	}
}

// end is the end of a log, plain and in whole lines.
func end(log string) string {
	if more := len(log) - maxLog; more > 0 {
		log = log[more:]
		log = log[strings.IndexByte(log, '\n')+1:]
	}
	lines := strings.Split(strings.TrimRight(plain.Text(log), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-maxLogLines):], "\n")
}

// Settle orders and counts the journeys, and sets the exit code: that of a run that failed, where one failed and was
// not known to.
func (r *Report) Settle() {
	slices.SortFunc(r.Journeys, func(a, b Result) int { return strings.Compare(a.Name, b.Name) })
	r.Counts, r.ExitCode = Counts{}, suite.ExitPass
	for _, each := range r.Journeys {
		switch each.Outcome {
		case OK:
			r.Counts.OK++
		case Known:
			r.Counts.Known++
		case Fixed:
			r.Counts.Fixed++
		case Skip:
			r.Counts.Skip++
		default:
			r.Counts.Fail++
			r.ExitCode = suite.ExitFail
		}
	}
}

// Promises are what became of each journey, whatever is known of the version, in the order of their names.
func (r *Report) Promises() []promise.Standing {
	promises := []promise.Standing{}
	for _, each := range r.Journeys {
		s := promise.Standing{Name: each.Name, Did: promise.OK, Why: each.Why}
		switch each.Outcome {
		case Fail, Known:
			s.Did = promise.Fails
		case Skip:
			s.Did = promise.Skipped
		}
		promises = append(promises, s.Settled())
	}
	return promise.Sorted(promises)
}

// Conclusion says in a line what the journeys came to.
func (r *Report) Conclusion() string {
	c := r.Counts
	return fmt.Sprintf("%d ok, %d failed, %d known, %d fixed, %d skipped", c.OK, c.Fail, c.Known, c.Fixed, c.Skip)
}

// Title is a result on a line: the outcome, the name, and what there is to say.
func (r Result) Title() string {
	line := fmt.Sprintf("%-6s %s", r.Outcome, r.Name)
	switch r.Outcome {
	case Fail, Skip:
		line += ": " + string(r.Why)
	case Known:
		line += ": " + string(r.Cause)
	case Fixed:
		line += ": it does not fail, although it is known to: " + string(r.Cause)
	}
	return plain.Line(line, maxLine)
}

// Account tells in full how a journey failed: the promise, the line of the script, what was expected, and the end of
// the log.
func (r Result) Account() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s:%d: %s\n%s\n", plain.Line(r.Promise, maxLine), Journey{Name: r.Name}.Path(), r.Line,
		r.Command, r.Why)
	if r.Cause != "" {
		fmt.Fprintf(&text, "known: %s\n", r.Cause)
	}
	if r.Log != "" {
		text.WriteString("the end of its log:\n")
		for line := range strings.SplitSeq(string(r.Log), "\n") {
			fmt.Fprintf(&text, "  %s\n", line)
		}
	}
	return text.String()
}

// Text is the report as people and scripts read it on standard output (CONTRACT §11): what is wrong with each journey
// that failed, and what all came to. The titles are not in it: they are printed one by one.
func (r *Report) Text() string {
	var text strings.Builder
	with := "-spec=" + plain.Word(r.PackageSpec)
	if r.From != nil {
		with += " -from=" + plain.Word(r.From.Spec)
	}
	for _, each := range r.Journeys {
		if each.Outcome == Fail || each.Outcome == Known {
			const says = "=== %s: %s ===\n%slook into it: mage journeys %s -journey=%s -keep\n"
			fmt.Fprintf(&text, says, each.Outcome, each.Name, each.Account(), with, each.Name)
		}
	}
	fmt.Fprintf(&text, "journeys: %s\n", r.Conclusion())
	return text.String()
}
