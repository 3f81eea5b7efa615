package report

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
)

// RenderSweep returns the report of a sweep as the bytes of one HTML file: a heat map of its versions, the newest
// first, with what changed between them.
func RenderSweep(s *history.Sweep) ([]byte, error) {
	var text bytes.Buffer
	if err := compiledSweep().Execute(&text, newSweep(s)); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return text.Bytes(), nil
}

// The bounds of the report of a sweep. A version has one row, and all that changed has so many lines.
const (
	maxVersions = 3_000
	maxChanges  = 5_000
)

// swept is all that the template shows of a sweep. Every text in it is cleaned and bounded.
type swept struct {
	Style               template.CSS
	Verdict             mark
	Kind, Subject, Lead string
	RunID               string
	Figures             []fact
	Charts              []chart
	// Scenarios are the columns above those of their stages. Wide tells that they are more than fit a small screen.
	Scenarios []string
	Stages    []string
	Wide      bool
	Rows      []sweptRow
	LeftOut   int
	About     []fact
}

// sweptRow is a version, and then what changed since the one before it.
type sweptRow struct {
	Version, Date, Deprecated string
	Cells                     []sweptCell
	// Unjudged tells that there are no cells; Columns is then how many there would be. All counts the other columns
	// too.
	Unjudged     bool
	Columns, All int
	Rules        string
	Findings     string
	Took         string
	// Why says why it did not meet its contract, SameAs names the version that began its run of equal behaviour.
	Why, SameAs string
	// Promises are a line for each kind that was asked for.
	Promises []string
	Step     *sweptStep
}

// sweptCell is a cell: Key is its class, Sign what is seen, Says what is heard.
type sweptCell struct{ Key, Sign, Says string }

// sweptStep is what changed between two versions.
type sweptStep struct {
	Title, Exits, Rules, Findings string
	Cells                         []string
	differences
}

// chart is a figure with a line for each of its series.
type chart struct {
	ID, Name, Says string
	// Width is that of the box in which the lines are drawn, which is a hundred high; Top is the value at its top.
	Width  int
	Top    string
	From   string
	To     string
	Series []series
}

// series is a line: Path is what SVG draws, in pieces where values are not known.
type series struct{ Key, Name, Path string }

func newSweep(s *history.Sweep) swept {
	p := swept{
		Style: template.CSS(style), Verdict: sweepMark(s), Kind: "Pumuki sweep", RunID: oneLine(s.RunID, maxWord),
		Subject: "No version",
		Lead:    fmt.Sprintf("%s of %s met the contract.", number(s.Met), many(len(s.Versions), "version")),
		Figures: []fact{
			{Name: "Versions", Value: number(len(s.Versions))}, {Name: "Met the contract", Value: number(s.Met)},
			{Name: "Off the contract", Value: number(s.Missed)}, {Name: "Not judged", Value: number(s.Unjudged)},
			{Name: "Changes", Value: number(len(s.Steps))},
		},
		About: aboutSweep(s),
	}
	if n := len(s.Versions); n > 0 {
		p.Subject = oneLine(fmt.Sprintf("%s … %s", s.Versions[0].Version, s.Versions[n-1].Version), maxWord)
		p.Charts = chartsOf(s)
	}
	for _, v := range s.Versions {
		if len(v.Cells) == 0 {
			continue
		}
		for _, c := range v.Cells {
			if n := len(p.Scenarios); n == 0 || p.Scenarios[n-1] != c.Scenario {
				p.Scenarios = append(p.Scenarios, c.Scenario)
			}
			p.Stages = append(p.Stages, c.Stage)
		}
		break
	}
	p.Wide = len(p.Stages) > 9
	steps := map[string]history.Step{}
	for _, step := range s.Steps {
		steps[step.To] = step
	}
	left := maxChanges
	take := func(lines int) bool {
		left -= lines
		return left >= 0
	}
	for i := len(s.Versions) - 1; i >= 0 && len(p.Rows) < maxVersions; i-- {
		row := sweptRowOf(s.Versions[i], len(p.Stages))
		if step, changed := steps[s.Versions[i].Version]; changed {
			row.Step = sweptStepOf(step, take)
		}
		p.Rows = append(p.Rows, row)
	}
	p.LeftOut = len(s.Versions) - len(p.Rows)
	return p
}

// sweepMark is what a sweep came to.
func sweepMark(s *history.Sweep) mark {
	switch {
	case s.Missed > 0:
		return mark{"fail", number(s.Missed) + " off the contract"}
	case s.Unjudged > 0:
		return mark{"broke", number(s.Unjudged) + " not judged"}
	}
	return mark{"pass", "All met"}
}

func sweptRowOf(v history.Version, columns int) sweptRow {
	row := sweptRow{
		Version: oneLine(v.Version, maxWord), Date: v.Date(), Deprecated: oneLine(string(v.Deprecated), maxMessage),
		Unjudged: v.Verdict == history.Unjudged, Columns: columns, All: columns + 5,
		Why:    oneLine(string(v.Why), maxMessage),
		SameAs: oneLine(string(v.SameAs), maxWord), Took: fmt.Sprintf("%.0f", v.Lasted().Seconds()),
		Rules: "–", Findings: number(v.Findings),
	}
	if v.Rules != nil {
		row.Rules = number(v.Rules.Active)
	}
	if row.SameAs != "" {
		row.Why = "" // the first of its run says it
	}
	for _, each := range v.Promises {
		text := each.String()
		if len(each.Broken) > 0 {
			text += ", broken: " + strings.Join(each.Broken, ", ")
		}
		if row.SameAs == "" || each.Why != "" {
			row.Promises = append(row.Promises, oneLine(text, maxMessage))
		}
	}
	for _, c := range v.Cells {
		cell := sweptCell{"passes", "○", "passes"}
		switch {
		case !c.Met && c.Exit != c.Expected:
			cell = sweptCell{"missed", "✕", fmt.Sprintf("exit %d, expected %d", c.Exit, c.Expected)}
		case !c.Met:
			cell = sweptCell{"missed", "✕", fmt.Sprintf("exit %d, off the contract", c.Exit)}
		case c.Exit != 0:
			cell = sweptCell{"blocks", "●", "blocks"}
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

func sweptStepOf(step history.Step, take func(int) bool) *sweptStep {
	shown := &sweptStep{
		Title: oneLine(fmt.Sprintf("%s → %s", step.From, step.To), maxWord), Exits: step.ExitsIn(step.Cells),
		Rules: arrows.Replace(step.Rules.String()), Findings: arrows.Replace(step.Findings.String()),
		differences: differencesOf(step.Difference, artifact.SweepName, take),
	}
	for _, c := range step.Difference.Cells {
		shown.Cells = append(shown.Cells, oneLine(arrows.Replace(c.String()), maxMessage))
	}
	return shown
}

// chartsOf draws the rules and the seconds of the versions, the oldest on the left.
func chartsOf(s *history.Sweep) []chart {
	var active, matched, seconds []float64 // less than zero where it is not known
	for _, v := range s.Versions {
		rules, fired, took := -1.0, -1.0, -1.0
		if v.Rules != nil {
			rules, fired = float64(v.Rules.Active), float64(v.Rules.Matched)
		}
		if v.Verdict != history.Unjudged {
			took = v.Lasted().Seconds()
		}
		active, matched, seconds = append(active, rules), append(matched, fired), append(seconds, took)
	}
	draw := func(id, name, unit string, top float64, lines ...series) chart {
		return chart{
			ID: id, Name: name, Width: max(1, len(s.Versions)-1), Top: fmt.Sprintf("%.0f%s", top, unit), Series: lines,
			From: oneLine(s.Versions[0].Version, maxWord),
			To:   oneLine(s.Versions[len(s.Versions)-1].Version, maxWord),
		}
	}
	most, slowest := highest(active), highest(seconds)
	rules := draw("coverage", "Coverage", "", most,
		series{"active", "active rules", path(active, most)}, series{"matched", "rules that found something",
			path(matched, most)})
	rules.Says = fmt.Sprintf("Active rules: %s. Of them found something: %s.", ends(active, ""), ends(matched, ""))
	times := draw("seconds", "Seconds", " s", slowest, series{"seconds", "how long a version was judged",
		path(seconds, slowest)})
	times.Says = fmt.Sprintf("Seconds to judge a version, beside another: %s.", ends(seconds, " s"))
	return []chart{rules, times}
}

// highest is the highest of some values, and at least one.
func highest(values []float64) float64 {
	top := 1.0
	for _, v := range values {
		top = max(top, v)
	}
	return top
}

// path draws values in a box that is a hundred high, and one wide for each step. A value that stands alone is a dot.
func path(values []float64, top float64) string {
	var text strings.Builder
	pen := "M"
	for x, v := range values {
		if v < 0 {
			pen = "M"
			continue
		}
		fmt.Fprintf(&text, "%s%d %.1f", pen, x, 100-100*v/top)
		if pen == "M" {
			text.WriteString("h0")
		}
		pen = "L"
	}
	return text.String()
}

// ends says in words how values run.
func ends(values []float64, unit string) string {
	var known []float64
	for _, v := range values {
		if v >= 0 {
			known = append(known, v)
		}
	}
	if known == nil {
		return "not known"
	}
	low, high := known[0], known[0]
	for _, v := range known {
		low, high = min(low, v), max(high, v)
	}
	say := func(v float64) string { return fmt.Sprintf("%.0f%s", v, unit) }
	const says = "%s at first, %s at last, between %s and %s"
	return fmt.Sprintf(says, say(known[0]), say(known[len(known)-1]), say(low), say(high))
}

// aboutSweep lists what the versions were held against.
func aboutSweep(s *history.Sweep) []fact {
	facts := []fact{
		{Name: "Selection", Value: s.Selection, Code: true},
		{Name: "Ledger", Value: s.Ledger, Code: true},
		{Name: "Source commit", Value: string(s.SourceCommit), Code: true},
		{Name: "Contract SHA-256", Value: string(s.ContractSHA256), Code: true},
		{Name: "Consumer SHA-256", Value: string(s.ConsumerSHA256), Code: true},
	}
	for _, mixed := range s.Mixed {
		name, values, _ := strings.Cut(mixed, ": ")
		name = strings.TrimPrefix(s.Held(), "the ") + " are of several " + name
		facts = append(facts, fact{Name: capital(name), Value: values})
	}
	facts = append(facts, fact{Name: "Sweep", Value: s.RunID, Code: true}, generated(s.GeneratedAt))
	for i := range facts {
		facts[i].Value = oneLine(facts[i].Value, maxPath)
	}
	return facts
}
