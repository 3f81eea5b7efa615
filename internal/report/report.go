// Package report is the last run as one HTML file, for a person to read and to attach to a release: the verdict, the
// case of each stage, what each stage found, where the time went, what failed, and what exactly was tested. It shows a
// comparison of two gates, and a sweep over many, in the same way.
//
// Its rules:
//   - The file needs nothing beside it: no network, no script, no font. It opens from a disk, and its policy forbids
//     the browser to load anything else.
//   - Foreign text is shown as text, without control characters and within bounds, so that a report opens whatever a
//     gate prints. It says where it leaves something out.
//   - No state is told by colour alone, and a part of a run never looks like the whole.
//   - The same run gives the same bytes.
package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

var (
	//go:embed report.tmpl.html
	layout string
	//go:embed report.css
	style string

	functions = template.FuncMap{
		"many": many, "number": number, "evidenceName": func() string { return artifact.EvidenceName },
		"comparisonName": func() string { return artifact.ComparisonName },
		"sweepName":      func() string { return artifact.SweepName },
	}

	//go:embed differences.tmpl.html
	differencesLayout string
	//go:embed comparison.tmpl.html
	comparisonLayout string
	//go:embed sweep.tmpl.html
	sweepLayout string
	//go:embed promises.tmpl.html
	promisesLayout string

	// None of these is ever shown: a template that was cannot be a part of another.
	parts = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("report").Funcs(functions).Parse(layout))
	})
	shared = reads(parts, "differences", differencesLayout)

	compiled           = sync.OnceValue(func() *template.Template { return template.Must(parts().Clone()) })
	compiledComparison = reads(shared, "comparison", comparisonLayout)
	compiledSweep      = reads(shared, "sweep", sweepLayout)
	compiledPromises   = reads(shared, "promises", promisesLayout)
)

// reads returns a template that has the parts of another. It is read when it is first asked for, since most starts of
// the program show nothing.
func reads(parts func() *template.Template, name, layout string) func() *template.Template {
	return sync.OnceValue(func() *template.Template {
		return template.Must(template.Must(parts().Clone()).New(name).Parse(layout))
	})
}

// Render returns the report of a run as the bytes of one HTML file.
func Render(run *verdict.Run) ([]byte, error) {
	var text bytes.Buffer
	if err := compiled().Execute(&text, newPage(run)); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return text.Bytes(), nil
}

// page is all that the template shows. Every text in it is cleaned and bounded.
type page struct {
	Style template.CSS
	// Verdict is how the run ended: PASS, PARTIAL, FAIL.
	Verdict mark
	// Subject is what was tested: pumuki 6.3.265.
	Subject string
	// Lead says in a sentence or two what the run came to.
	Lead string
	// Missed are the cases that missed the contract.
	Missed  []stage
	Figures []fact
	RunID   string
	// Stages are the names of the columns, Rows the scenarios with a stage for each.
	Stages   []string
	Rows     []row
	Failure  *failure
	Timeline timeline
	About    []fact
}

// mark is a state or a verdict: Key is its class and its icon, Label what a person reads.
type mark struct{ Key, Label string }

// fact is a name with its value. Code tells that the value is for machines, Time holds the value where it is a time.
type fact struct {
	Name, Value string
	Code        bool
	Time        string
}

type row struct {
	Name   string
	Stages []stage
}

func newPage(run *verdict.Run) page {
	rows := rowsOf(run)
	p := page{
		Style:   template.CSS(style),
		Verdict: mark{strings.ToLower(string(run.Verdict)), string(run.Verdict)},
		Subject: subject(run),
		Lead:    lead(run),
		RunID:   oneLine(run.RunID, maxWord),
		Rows:    rows,
		Failure: failureOf(run), Timeline: timelineOf(run), About: about(run),
	}
	for _, s := range suite.Stages() {
		p.Stages = append(p.Stages, s.Name)
	}
	met, found := 0, 0
	for _, r := range rows {
		for _, s := range r.Stages {
			found += s.Findings.Total
			switch s.State {
			case verdict.Met:
				met++
			case verdict.Missed:
				p.Missed = append(p.Missed, s)
			}
		}
	}
	p.Figures = []fact{
		{Name: "Cases met", Value: fmt.Sprintf("%d of %d", met, len(run.Cells()))},
		{Name: "Findings, all stages", Value: number(found)},
		{Name: "Time", Value: cmp.Or(p.Timeline.Total, "not known")},
		generated(run.GeneratedAt),
	}
	return p
}

// subject names what was tested, as exactly as the run knows it.
func subject(run *verdict.Run) string {
	if name := run.PackageName; name != "" {
		return oneLine(string(name)+" "+string(run.PackageVersion), maxWord)
	}
	return cmp.Or(oneLine(run.PackageSpec, maxWord), "no package")
}

// lead says what the run came to.
func lead(run *verdict.Run) string {
	count := map[verdict.State]int{}
	var out []string
	ran := false
	for _, c := range run.Cells() {
		count[c.State]++
		ran = ran || c.Outcome != nil
		if c.State == verdict.LeftOut && !slices.Contains(out, c.Scenario.Name) {
			out = append(out, c.Scenario.Name)
		}
	}
	f := run.Failure
	switch {
	case run.Verdict == verdict.Pass:
		return fmt.Sprintf("All %d cases met the contract: each exit is the expected one, "+
			"and the gate’s own evidence bears it out.", count[verdict.Met])
	case run.Verdict == verdict.Partial:
		return fmt.Sprintf("%d of %d cases ran, and they met the contract. This is no verdict on the whole matrix: "+
			"the run left out %s.", count[verdict.Met], len(run.Cells()), strings.Join(out, " and "))
	case f == nil:
		return "The run failed."
	case f.ExitCode == nil:
		return "This run has no end on record: it is still under way, or it was killed. " +
			"Until it has passed it counts as failed."
	case f.Kind == suite.KindContract && count[verdict.Missed] > 0:
		return fmt.Sprintf("%d of %d cases missed the contract.", count[verdict.Missed], len(run.Cells()))
	}
	text := fmt.Sprintf("The run ended in %s: it failed to %s.", phase(f), does(f))
	if ran && f.Phase == suite.Preflight {
		text = fmt.Sprintf("The run failed to %s.", does(f))
	}
	if why := exitMeaning[*f.ExitCode]; why != "" {
		text = strings.TrimSuffix(text, ".") + " (" + why + ")."
	}
	if !ran {
		text += " No stage was reached."
	}
	return text
}

// phase is where a run failed, within a sentence.
func phase(f *verdict.Failure) string {
	if f.Phase == suite.Preflight {
		return "the preflight"
	}
	return "scenario " + oneLine(f.Phase, maxWord)
}

// does says what the failed step does.
func does(f *verdict.Failure) string {
	if step, at := suite.StepNamed(f.Step); at >= 0 {
		return step.Does
	}
	return "carry out " + oneLine(f.Step, maxWord)
}

// exitMeaning explains the exit codes that have one meaning (CONTRACT §5).
var exitMeaning = map[int]string{
	suite.ExitUsage:   "the call was wrong",
	suite.ExitDirty:   "the source repository is dirty",
	suite.ExitTimeout: "a step ran past its time limit",
	128 + 1:           "ended by SIGHUP",
	128 + 2:           "ended by SIGINT",
	128 + 15:          "ended by SIGTERM",
}

// kindMeaning explains the kinds of failure (CONTRACT §6).
var kindMeaning = map[suite.Kind]string{
	suite.KindBaseline:    "the source repository is not fit to be tested",
	suite.KindUsage:       "the call was wrong",
	suite.KindEnvironment: "the machine lacks something",
	suite.KindStep:        "a step could not be carried out",
	suite.KindContract:    "the gate is off its contract",
	suite.KindInterrupted: "the run was cut short",
}

// failure is what failed, with the end of its log.
type failure struct {
	Facts   []fact
	Command string
	// Log is the end of the log. Logged tells that there is one, which may be empty.
	Log      string
	Logged   bool
	LogFacts []fact
}

// failureOf returns nil where nothing failed.
func failureOf(run *verdict.Run) *failure {
	f := run.Failure
	if f == nil {
		return nil
	}
	exit := "none: the run has not ended, or was killed"
	if f.ExitCode != nil {
		exit = explained(strconv.Itoa(*f.ExitCode), exitMeaning[*f.ExitCode])
	}
	shown := &failure{
		Facts: []fact{
			{Name: "Phase", Value: oneLine(f.Phase, maxWord)},
			{Name: "Step", Value: explained(oneLine(f.Step, maxWord), "failed to "+does(f))},
			{Name: "Kind", Value: explained(oneLine(string(f.Kind), maxWord), kindMeaning[f.Kind])},
			{Name: "Exit code", Value: exit},
		},
		Command: cut(string(f.Command), maxCommand),
		Log:     tail(run.LogEnd),
		Logged:  f.LogArtifact != "",
	}
	if shown.Logged {
		shown.LogFacts = []fact{
			{Name: "Artifact", Value: artifact.LogName, Code: true},
			{Name: "SHA-256", Value: oneLine(string(f.LogSHA256), maxWord), Code: true},
		}
		if f.LogBytes != nil {
			shown.LogFacts = append(shown.LogFacts, fact{Name: "Length", Value: many(int(*f.LogBytes), "byte")})
		}
		path := fact{Name: "Original path", Value: oneLine(string(f.LogPath), maxPath), Code: true}
		shown.LogFacts = append(shown.LogFacts, path)
	}
	return shown
}

// explained is a value with what it means, where that is known.
func explained(value, meaning string) string {
	if meaning == "" {
		return value
	}
	return value + " – " + meaning
}

// about lists what was tested, with which tools, and which artifacts the run left.
func about(run *verdict.Run) []fact {
	r := run.Facts
	left := []string{artifact.SummaryName}
	if run.Failure != nil {
		left = []string{artifact.FailureName}
		if run.Failure.LogArtifact != "" {
			left = append(left, artifact.LogName)
		}
	}
	if len(run.Evidence) > 0 {
		left = append(left, artifact.EvidenceName)
	}
	if len(run.Steps) > 0 {
		left = append(left, artifact.RecordName)
	}
	facts := []fact{
		{Name: "Package", Value: string(r.PackageName), Code: true},
		{Name: "Version", Value: string(r.PackageVersion), Code: true},
		{Name: "Spec", Value: r.PackageSpec, Code: true},
		{Name: "Integrity", Value: string(r.PackageIntegrity), Code: true},
		{Name: "Source commit", Value: string(r.SourceCommit), Code: true},
		{Name: "Contract SHA-256", Value: string(r.ContractSHA256), Code: true},
		{Name: "Rules", Value: run.Rules()},
		{Name: "git", Value: string(r.Tools.Git), Code: true},
		{Name: "Node.js", Value: string(r.Tools.Node), Code: true},
		{Name: "npm", Value: string(r.Tools.NPM), Code: true},
		{Name: "Run", Value: r.RunID, Code: true},
		generated(run.GeneratedAt),
		{Name: "Artifacts", Value: strings.Join(left, " "), Code: true},
	}
	for i := range facts {
		facts[i].Value = oneLine(facts[i].Value, maxPath)
	}
	return facts
}

// generated is when a run or a comparison was written down.
func generated(when string) fact {
	written := oneLine(when, maxWord)
	at, err := time.Parse(time.RFC3339, when)
	if err != nil {
		return fact{Name: "Generated", Value: written}
	}
	return fact{Name: "Generated", Value: at.UTC().Format("2 January 2006, 15:04:05 UTC"), Time: written}
}
