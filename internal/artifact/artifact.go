// Package artifact is what a run leaves in artifacts/ (CONTRACT §6): the shapes, and the one place that writes them.
// It knows nothing of running, and nothing of what reads and verifies them.
//
// Its rules:
//   - A PASS on disk means that the run which wrote it passed. Before anything runs the old summary is gone and a
//     FAIL stands; the PASS is written last, and taken back where it cannot be made to last.
//   - No reader sees half a file: what is written is written beside its place, synced, and renamed into it.
//   - One run writes at a time: a Store holds the lock for as long as it is open.
package artifact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Folder is where the artifacts lie in the source repository.
const Folder = "artifacts"

// The files in it.
const (
	SummaryName  = prefix + "summary.json"
	FailureName  = prefix + "last-failure.json"
	LogName      = prefix + "last-failure.log"
	EvidenceName = prefix + "evidence.json"
	RecordName   = prefix + "run.json"
	TraceName    = prefix + "trace.json"

	// What is made of the others afterwards, on demand.
	ReportName      = prefix + "report.html"
	JUnitName       = prefix + "junit.xml"
	AttestationName = prefix + "attestation.json"

	// What a comparison leaves: it is no run, and these are not among the files of one.
	ComparisonName         = "pumuki-compare.json"
	ComparisonMarkdownName = "pumuki-compare.md"
	ComparisonReportName   = "pumuki-compare.html"

	// What a sweep leaves, in the same way.
	SweepName       = "pumuki-sweep.json"
	SweepTableName  = "pumuki-sweep.csv"
	SweepReportName = "pumuki-sweep.html"

	// The folders with what comparisons and sweeps in several source repositories leave, a folder for each.
	ComparisonSources = "pumuki-compare-sources"
	SweepSources      = "pumuki-sweep-sources"

	// What a bisection leaves, in the same way.
	BisectionName = "pumuki-bisect.json"

	// What journeys leave, in the same way.
	JourneysName       = "pumuki-journeys.json"
	JourneysJUnitName  = "pumuki-journeys-junit.xml"
	JourneysReportName = "pumuki-journeys.html"

	// What probes leave, in the same way.
	ProbesName       = "pumuki-probes.json"
	ProbesJUnitName  = "pumuki-probes-junit.xml"
	ProbesReportName = "pumuki-probes.html"

	LockName = ".pumuki-matrix.lock"

	prefix = "pumuki-matrix-"
)

// comparisonNames are the files that a comparison leaves. The first is what the others are made of.
var comparisonNames = []string{ComparisonName, ComparisonMarkdownName, ComparisonReportName}

// sweepNames are the files that a sweep leaves, in the same way.
var sweepNames = []string{SweepName, SweepTableName, SweepReportName}

// journeyNames are the files that journeys leave, in the same way.
var journeyNames = []string{JourneysName, JourneysJUnitName, JourneysReportName}

// probeNames are the files that probes leave, in the same way.
var probeNames = []string{ProbesName, ProbesJUnitName, ProbesReportName}

// names are the files that a run leaves, without the lock, which stays. The first is removed before all others.
var names = []string{
	SummaryName, FailureName, LogName, EvidenceName, RecordName, TraceName, ReportName, JUnitName, AttestationName,
}

// The bounds of what is read. Real artifacts are far below them; what is above was not written by a run.
const (
	MaxJSON  = 8 << 20
	MaxLarge = 64 << 20 // what several gates came to
	maxLog   = 64 << 20
)

// SchemaVersion is the version of the shapes. Keys are only ever added, so it has never changed.
const SchemaVersion = 1

// Summary is the report of a run that passed.
type Summary struct {
	verdict.Facts
	Scenarios verdict.Ordered[verdict.Exits] `json:"scenarios"`
	Verdict   verdict.Verdict                `json:"final_verdict"`
}

// Failure is the report of a run that failed, or that has not ended yet.
type Failure struct {
	verdict.Facts
	verdict.Failure
	Scenarios verdict.Ordered[verdict.Exits] `json:"scenarios"`
	Verdict   verdict.Verdict                `json:"final_verdict"`
}

// Evidence is what the gate itself said in each stage that ran.
type Evidence struct {
	SchemaVersion    int                               `json:"schema_version"`
	RunID            string                            `json:"run_id"`
	PackageSpec      string                            `json:"package_spec"`
	PackageVersion   verdict.Text                      `json:"package_version"`
	PackageIntegrity verdict.Text                      `json:"package_integrity"`
	Tools            verdict.Tools                     `json:"tools"`
	Rules            *verdict.Rules                    `json:"rules"`
	Scenarios        verdict.Ordered[verdict.Outcomes] `json:"scenarios"`
}

// encode writes a record as the contract asks: two-space indent, a final newline, && as && and not as \u0026. Bytes
// that are not UTF-8 are replaced. The error says that it has more bytes than most.
func encode(record any, most int) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(record)
	if err == nil && text.Len() > most {
		err = fmt.Errorf("its %d bytes are more than the %d that a reader takes", text.Len(), most)
	}
	return text.Bytes(), err
}

// TimeLayout is the layout of a time in an artifact.
const TimeLayout = "2006-01-02T15:04:05Z"

// runIDLayout is the layout of the time in a run's name.
const runIDLayout = "20060102T150405Z"

// What has a name of its own: a run of the matrix, a comparison, a sweep, a bisection, journeys, and probes.
const (
	Matrix   = "matrix"
	Compare  = "compare"
	Sweep    = "sweep"
	Bisect   = "bisect"
	Journeys = "journeys"
	Probe    = "probe"
)

// RunID returns the name of what began at a time. Number tells it from what began in the same second: the pid or, of
// what several machines do, a random one.
func RunID(what string, began time.Time, number int) string {
	return fmt.Sprintf("pumuki-%s-%s-%d", what, began.UTC().Format(runIDLayout), number)
}

// ParseRunID returns when what bears that name began. The error says that nothing has such a name.
func ParseRunID(id string) (time.Time, error) {
	for _, what := range []string{Matrix, Compare, Sweep, Bisect, Journeys, Probe} {
		var stamp string
		var number int
		if n, _ := fmt.Sscanf(id, "pumuki-"+what+"-%16s-%d", &stamp, &number); n != 2 {
			continue
		}
		began, err := time.Parse(runIDLayout, stamp)
		if err == nil && RunID(what, began, number) == id && number > 0 {
			return began, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a run id", id)
}
