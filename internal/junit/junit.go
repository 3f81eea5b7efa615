// Package junit renders the last run as a JUnit report, for whatever shows test results: a suite for each scenario, in
// it a case for each stage.
//
// JUnit has no standard. The report is valid by two common schemas, that of Jenkins and that of Apache Ant. So
// testsuites has no attributes, the timestamp has no zone, and a suite has empty elements for output.
//
// Its rules:
//   - Every stage of every scenario has its case. What did not run is skipped, and says why.
//   - The same run gives the same bytes: the host is always localhost, and the time is that of the run's report.
//   - Foreign text is bounded and plain, so that XML can hold all of it.
package junit

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	format "github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// product stands before a scenario in the name of a class.
const product = "pumuki-matrix"

// timestamp is the layout of a time. Ant's schema allows no zone.
const timestamp = "2006-01-02T15:04:05"

// The bounds of what is foreign: a line in characters, and the findings of a stage.
const (
	maxLine     = 500
	maxFindings = 50
)

// Render returns the report of a run. It fails where the time of the run cannot be read.
func Render(run *verdict.Run) ([]byte, error) {
	generated, err := time.Parse(time.RFC3339, run.GeneratedAt)
	if err != nil {
		return nil, fmt.Errorf("render the JUnit report: %w", err)
	}
	var report format.Testsuites
	for id, s := range run.Suite {
		group := groupOf(s.Name, product, generated, properties(run))
		group.ID = id
		took := 0.0
		for _, c := range run.Cells() {
			if c.Scenario.Name == s.Name {
				group.AddTestcase(testcase(run, c))
				took += seconds(c)
			}
		}
		group.Time = decimal(took)
		report.Suites = append(report.Suites, group)
	}
	return write(report)
}

func write(report format.Testsuites) ([]byte, error) {
	text := bytes.NewBufferString(xml.Header)
	if err := report.WriteXML(text); err != nil {
		return nil, fmt.Errorf("render the JUnit report: %w", err)
	}
	return text.Bytes(), nil
}

// groupOf returns a suite without cases. A property that is empty is left out.
func groupOf(name, pack string, generated time.Time, properties []format.Property) format.Testsuite {
	group := format.Testsuite{
		Name: name, Package: pack, Hostname: "localhost", Timestamp: generated.UTC().Format(timestamp),
		SystemOut: &format.Output{}, SystemErr: &format.Output{},
	}
	for _, p := range properties {
		if p.Value != "" {
			group.AddProperty(p.Name, line(p.Value))
		}
	}
	return group
}

// properties returns what a suite says of the run beside its cases. A value that does not apply is empty.
func properties(run *verdict.Run) []format.Property {
	return append(about(run.Facts), format.Property{Name: "contract_sha256", Value: string(run.ContractSHA256)},
		format.Property{Name: "verdict", Value: string(run.Verdict)})
}

// about returns what a suite says of the gate, and of the call that judged it.
func about(facts verdict.Facts) []format.Property {
	return []format.Property{
		{Name: "run_id", Value: facts.RunID},
		{Name: "package_spec", Value: facts.PackageSpec},
		{Name: "package_name", Value: string(facts.PackageName)},
		{Name: "package_version", Value: string(facts.PackageVersion)},
		{Name: "package_integrity", Value: string(facts.PackageIntegrity)},
		{Name: "source_commit", Value: string(facts.SourceCommit)},
	}
}

// testcase is one case of a run. What the gate got wrong is a failure; a step that could not be carried out, an error.
func testcase(run *verdict.Run, c verdict.Cell) format.Testcase {
	t := format.Testcase{Name: c.Stage.Name, Classname: product + "." + c.Scenario.Name, Time: decimal(seconds(c))}
	told := &format.Result{Message: line(c.Why)}
	switch c.State {
	case verdict.Met:
	case verdict.Missed:
		told.Type = c.Contract.Name
		told.Data = account(c)
		if c.Reported && run.LogEnd != "" {
			told.Data += logEnd(run)
		}
		t.Failure = told
	case verdict.Broke:
		told.Type = line(run.Failure.Step)
		told.Data = logEnd(run)
		t.Error = told
	default:
		t.Skipped = told
	}
	return t
}

// logEnd is the end of the log that the failure report names, with a headline.
func logEnd(run *verdict.Run) string {
	if run.LogEnd == "" {
		return "there is no log of it\n"
	}
	return "the end of its log:\n" + plain.Text(run.LogEnd)
}

// account tells in full how a stage missed its contract.
func account(c verdict.Cell) string {
	outcome := "none: it left no evidence of its own"
	if c.Outcome.Outcome != "" {
		outcome = line(string(c.Outcome.Outcome))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "expected exit: %d\nactual exit: %d\noutcome: %s\n", c.Expected, c.Outcome.Exit, outcome)
	for _, miss := range c.Outcome.Misses[:min(len(c.Outcome.Misses), maxFindings)] {
		fmt.Fprintf(&text, "missed: %s\n", line(miss))
	}
	findings := c.Outcome.Findings
	if len(findings) == 0 {
		text.WriteString("findings: none\n")
		return text.String()
	}
	fmt.Fprintf(&text, "findings: %d\n", len(findings))
	for _, f := range findings[:min(len(findings), maxFindings)] {
		fmt.Fprintf(&text, "  %s\n", line(strings.Join([]string{f.Severity, f.Rule, f.Place(), f.Message}, " ")))
	}
	if more := len(findings) - maxFindings; more > 0 {
		fmt.Fprintf(&text, "  … and %d more\n", more)
	}
	return text.String()
}

// seconds is how long a case took.
func seconds(c verdict.Cell) float64 { return c.Took.Seconds() }

func decimal(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }

// line is foreign text on one line and within bounds.
func line(text string) string { return plain.Line(text, maxLine) }
