// Package verify holds the artifacts of a run against CONTRACT §6, and reads the run back from them. It knows nothing
// of running, and its reader is its own: it does not share the mistakes of what wrote them.
//
// Nothing that is read is believed: a file is regular, bounded, UTF-8 and free of duplicate keys, or it is refused.
package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Expect is what a verification asks for beyond whole artifacts. The zero value asks for nothing more.
type Expect struct {
	// Verdict is what the run must have come to. Empty means any: an honest FAIL is whole too.
	Verdict verdict.Verdict
	// Commit returns the suite of the source repository at a commit, and what a gate must find. The error says that
	// there is no such commit, or no suite that can be read. Nil skips this check.
	Commit func(hash string) (suite.Suite, suite.Findings, error)
}

// Report is what a verification found.
type Report struct {
	// Verdict and RunID are those of the report that stands, where it can be read.
	Verdict verdict.Verdict
	RunID   string
	// Told says in a few words what the run came to; of several gates, what was verified too.
	Told string
	// Broken are the promises that do not hold, each in one line. None means that the artifacts are whole.
	Broken []string
	// Nothing tells that there is nothing to verify, which is all that is broken.
	Nothing bool
}

// Err is nil where the artifacts are whole.
func (r Report) Err() error {
	if len(r.Broken) == 0 {
		return nil
	}
	return errors.New("the artifacts do not hold")
}

// String is the report as a person reads it: one line that says what was verified, or one per broken promise.
func (r Report) String() string {
	switch {
	case len(r.Broken) == 0 && r.Verdict == "":
		return line("verified: %s", r.Told)
	case len(r.Broken) == 0:
		return line("verified: %s run %s: %s", r.Verdict, r.RunID, r.Told)
	}
	return strings.Join(r.Broken, "\n")
}

// Dir holds the artifacts in a folder against CONTRACT §6: against their schemas, against each other, against the
// table of scenarios and steps, and against what lies on the disk. The folder may have been moved. Other files in it
// are ignored.
func Dir(dir string, expect Expect) Report {
	report, _ := examine(dir, expect)
	return report
}

// Read verifies the artifacts in a folder, and returns the run that left them. The error names each promise that they
// break.
func Read(dir string) (*verdict.Run, error) {
	report, run := examine(dir, Expect{})
	if report.Err() != nil {
		return nil, errors.New(report.String())
	}
	return run, nil
}

// examine does what Dir does, and also returns what it read.
func examine(dir string, expect Expect) (Report, *verdict.Run) {
	root, err := openReadable(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nothing(dir), nil
	}
	if err != nil {
		return Report{Broken: []string{line("cannot read the artifacts in %s: %v", dir, err)}}, nil
	}
	defer root.Close()

	v := &verification{root: root, expect: expect}
	summary, passed := read[artifact.Summary](v, artifact.SummaryName)
	failure, failed := read[failure](v, artifact.FailureName)
	evidence, spoke := read[evidence](v, artifact.EvidenceName)
	record, recorded := read[record](v, artifact.RecordName)
	switch {
	case passed == absent && failed == absent:
		return nothing(dir), nil
	case passed != absent && failed != absent:
		v.say("%s and %s stand side by side", artifact.SummaryName, artifact.FailureName)
	case passed == whole:
		v.summary(summary, spoke, recorded)
		if spoke == whole {
			v.evidence(evidence, summary.Facts, summary.Scenarios.Of)
			v.borneOut(evidence, summary.Suite)
		}
		if recorded == whole {
			v.record(record, summary.Facts, summary.Scenarios.Of, true)
		}
	case failed == whole:
		v.failure(failure, spoke, recorded)
		run, exits := failure.before(evidence, record)
		if spoke == whole {
			v.evidence(evidence, run, exits)
			v.evidenceOfFailure(evidence, failure)
		}
		if recorded == whole {
			v.record(record, run, exits, false)
			v.recordOfFailure(record, failure)
		}
	}
	if v.Verdict != "" && expect.Verdict != "" && v.Verdict != expect.Verdict {
		v.say("the verdict is %s, and %s is required", v.Verdict, expect.Verdict)
	}
	report := v.bounded()
	if report.Err() != nil {
		return report, nil
	}
	if passed == whole {
		return report, summary.Run(artifact.Evidence(evidence), artifact.Record(record))
	}
	logEnd := artifact.LogEnd(root)
	return report, artifact.Failure(failure).Run(artifact.Evidence(evidence), artifact.Record(record), logEnd)
}

// openReadable opens a folder to read. What is no directory is not opened: a pipe would make it wait.
func openReadable(dir string) (*os.Root, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("it is %s", foreign.KindOf(info))
	}
	return os.OpenRoot(dir)
}

// nothing is the report of a folder in which no run has ended.
func nothing(dir string) Report {
	const says = "nothing to verify: neither %s nor %s stands in %s; run the matrix first: go tool mage matrix"
	return Report{Nothing: true, Broken: []string{line(says, artifact.SummaryName, artifact.FailureName, dir)}}
}

// The shapes of the artifacts, with what the verifier asks of them.
type (
	failure  artifact.Failure
	evidence artifact.Evidence
	record   artifact.Record
)

// verification is one call of Dir.
type verification struct {
	Report
	root *os.Root
	// dir is the path of root, for what several gates came to: their ledger may lie beside it.
	dir    string
	expect Expect
	// findings are what a gate must find, where that is known.
	findings suite.Findings
}

// say adds a broken promise.
func (v *verification) say(format string, args ...any) {
	v.Broken = append(v.Broken, line(format, args...))
}

// line is a text on one line and within bounds, whatever a hostile file put into it.
func line(format string, args ...any) string {
	return plain.Line(fmt.Sprintf(format, args...), 400)
}

// quote shows a foreign text on one line and within bounds.
func quote(text string) string {
	if len(text) > 100 {
		text = text[:100] + "…"
	}
	return strconv.Quote(text)
}

// bounded returns the report with no more broken promises than a person reads.
func (v *verification) bounded() Report {
	if more := len(v.Broken) - 20; more > 0 {
		v.Broken = append(v.Broken[:20:20], fmt.Sprintf("and %d more", more))
	}
	return v.Report
}

// standing tells how an artifact stands.
type standing int

const (
	absent standing = iota
	broken          // something stands there, but not the artifact
	whole
)

// read reads an artifact, and says what is wrong with it.
func read[T any](v *verification, name string) (shape T, is standing) {
	data, err := foreign.ReadIn(v.root, name, bound(name))
	if errors.Is(err, fs.ErrNotExist) {
		return shape, absent
	}
	if err != nil {
		v.say("%s cannot be read: %v", name, err)
		return shape, broken
	}
	wrong := decode(name, data, &shape)
	for _, each := range wrong {
		v.say("%s %s", name, each)
	}
	if len(wrong) > 0 {
		return shape, broken
	}
	return shape, whole
}

// bound is how long an artifact may be, in bytes.
func bound(name string) int64 {
	switch name {
	case artifact.ComparisonName, artifact.SweepName, artifact.BisectionName, artifact.JourneysName,
		artifact.ProbesName:
		return artifact.MaxLarge
	}
	return artifact.MaxJSON
}

// stands tells whether anything stands under a name.
func (v *verification) stands(name string) bool {
	_, err := v.root.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
