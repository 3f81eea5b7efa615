package report

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// RenderComparison returns the report of a comparison as the bytes of one HTML file.
func RenderComparison(c *comparison.Comparison) ([]byte, error) {
	var text bytes.Buffer
	if err := compiledComparison().Execute(&text, newComparison(c)); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return text.Bytes(), nil
}

// compared is all that the template shows of a comparison. Every text in it is cleaned and bounded.
type compared struct {
	Style               template.CSS
	Verdict             mark
	Kind, Subject, Lead string
	RunID               string
	Figures             []fact
	Stages              []string
	Grids               []sideGrid
	// Missed is where a gate is off its contract.
	Missed []string
	differences
	Unstable []string
	Rules    []fact
	About    []chapter
}

// differences are those in the findings, and the names that one of the gates alone has. File is the artifact with all
// of them.
type differences struct {
	Rows    []difference
	LeftOut int
	Lists   []list
	File    string
}

// sideGrid is what one gate came to.
type sideGrid struct {
	Side, Gate string
	Rows       []gridRow
}

type gridRow struct {
	Name  string
	Cells []gridCell
}

type gridCell struct {
	Mark           mark
	Exit, Expected int
	Outcome        string
	Findings       int
	// Differs says what the other gate did, or that one of them disagrees with itself; empty where both did the same.
	Differs string
}

// difference is what became of the findings of a rule.
type difference struct {
	Kind, Rule, Note string
	LostBlock        bool
	Severity         count
	Places           []comparedPlace
	LeftOut          int
}

type comparedPlace struct {
	Path             []string
	Where, Lines     string
	Was, Is, Message string
}

// list is names that are shown on demand.
type list struct {
	Name    string
	Count   int
	Names   []string
	LeftOut int
}

// chapter is the facts of one gate, or of what both have in common.
type chapter struct {
	Name  string
	Facts []fact
}

// comparisonMarks are the verdicts as a person reads them.
var comparisonMarks = map[comparison.Verdict]mark{
	comparison.Same:        {"pass", "No difference"},
	comparison.Findings:    {"partial", "Findings differ"},
	comparison.Cells:       {"fail", "Cells differ"},
	comparison.OffContract: {"fail", "Off contract"},
	comparison.Unstable:    {"broke", "Unstable"},
}

func newComparison(c *comparison.Comparison) compared {
	p := compared{
		Style: template.CSS(style), Verdict: comparisonMarks[c.Verdict], Kind: "Pumuki comparison",
		Subject: oneLine(fmt.Sprintf("%s → %s", c.Base, c.Candidate), maxWord),
		Lead:    oneLine(capital(c.Conclusion())+".", maxMessage), RunID: oneLine(c.RunID, maxWord),
		Figures: []fact{
			{Name: "Exits", Value: c.Exits()},
			{Name: "Active rules", Value: arrows.Replace(c.Rules.String())},
			{Name: "Findings, all stages", Value: arrows.Replace(c.Findings.String())},
			{Name: "Rounds", Value: number(len(c.Base.Rounds))},
		},
		Grids: []sideGrid{gridOf(c, "Base", c.Base), gridOf(c, "Candidate", c.Candidate)},
		Rules: []fact{
			{Name: "Active rules", Value: arrows.Replace(c.Rules.String())},
			{Name: "Rule sets", Value: arrows.Replace(c.Rulesets.String())},
		},
		About: chaptersOf(c),
	}
	if c.Verdict == comparison.Findings && c.Differing() == "promises" {
		p.Verdict.Label = "Promises differ"
	}
	for _, each := range c.Promised() {
		p.Figures = append(p.Figures, fact{Name: capital(each.Kind.String()), Value: arrows.Replace(each.Kept)})
	}
	for _, s := range suite.Stages() {
		p.Stages = append(p.Stages, s.Name)
	}
	for _, side := range c.Sides() {
		for _, m := range side.Missed() {
			text := fmt.Sprintf("The %s is off its contract: %s at %s: %s", side.Name, m.Scenario, m.Stage, m.Why)
			p.Missed = append(p.Missed, oneLine(text, maxMessage))
		}
	}
	p.Missed = p.Missed[:min(len(p.Missed), maxMisses)]
	p.differences = differencesOf(c.Difference, artifact.ComparisonName, func(int) bool { return true })
	for _, noise := range c.Unstable[:min(len(c.Unstable), maxDifferences)] {
		p.Unstable = append(p.Unstable, oneLine(noise.String(), maxMessage))
	}
	return p
}

// differencesOf are what the template shows of a difference. Take is asked before a part with so many lines is shown.
func differencesOf(d comparison.Difference, file string, take func(lines int) bool) differences {
	shown := differences{File: file}
	for _, row := range d.Rows[:min(len(d.Rows), maxDifferences)] {
		if !take(1 + min(len(row.Places), maxPlaces)) {
			break
		}
		shown.Rows = append(shown.Rows, differenceOf(row))
	}
	shown.LeftOut = len(d.Rows) - len(shown.Rows)
	for _, each := range d.Lists() {
		names := each.Names
		if !take(min(len(names), maxNames)) {
			names = nil
		}
		l := listOf(capital(each.Title), names)
		l.Count, l.LeftOut = len(each.Names), len(each.Names)-len(l.Names)
		shown.Lists = append(shown.Lists, l)
	}
	return shown
}

// arrows are as a person draws them.
var arrows = strings.NewReplacer("->", "→")

// capital begins a text of ours with a capital letter.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// gridOf is what the gate of a side came to in its first round, beside what the other did.
func gridOf(c *comparison.Comparison, side string, gate comparison.Gate) sideGrid {
	grid := sideGrid{Side: side, Gate: oneLine(gate.String(), maxWord)}
	round := gate.Rounds[0]
	for _, s := range c.Chosen() {
		row := gridRow{Name: s.Name}
		for i, stage := range suite.Stages() {
			outcome := round.Scenarios.Of[s.Name][i]
			cell := gridCell{
				Mark: mark{"met", "Met"}, Exit: outcome.Exit, Expected: s.Expected[i],
				Outcome: oneLine(string(outcome.Outcome), maxWord), Findings: len(outcome.Findings),
			}
			missed := func(m comparison.Missed) bool { return m.Scenario == s.Name && m.Stage == stage.Name }
			if slices.ContainsFunc(round.Missed, missed) {
				cell.Mark = mark{"missed", "Missed"}
			}
			cell.Differs = oneLine(differs(c, side, s.Name, stage.Name), maxMessage)
			row.Cells = append(row.Cells, cell)
		}
		grid.Rows = append(grid.Rows, row)
	}
	return grid
}

// differs says what the other gate did in a cell of one side, where it did something else.
func differs(c *comparison.Comparison, side, scenario, stage string) string {
	for _, cell := range c.Cells {
		if cell.Scenario != scenario || cell.Stage != stage {
			continue
		}
		if side == "Base" {
			return "candidate: " + cell.Candidate.String()
		}
		return "base: " + cell.Base.String()
	}
	unstable := func(n comparison.Noise) bool {
		return n.Of == comparison.OfCell && string(n.Scenario) == scenario && string(n.Stage) == stage
	}
	if slices.ContainsFunc(c.Unstable, unstable) {
		return "unstable"
	}
	return ""
}

// differenceOf is a row as the page shows it.
func differenceOf(row comparison.Row) difference {
	severity := cmp.Or(string(row.Candidate), string(row.Base))
	d := difference{
		Kind: string(row.Kind), Rule: oneLine(row.Rule, maxWord), LostBlock: row.LostBlock,
		Severity: count{Key: severityKey(severity), Name: oneLine(arrows.Replace(row.Severity()), maxWord)},
	}
	var notes []string
	if often := row.Often(); often != "" {
		notes = append(notes, often)
	}
	if row.Into != "" {
		notes = append(notes, "into "+string(row.Into))
	}
	if seen := row.Seen(); seen != "" {
		notes = append(notes, seen)
	}
	d.Note = oneLine(strings.Join(notes, "; "), maxMessage)
	for _, at := range row.Places[:min(len(row.Places), maxPlaces)] {
		said := cmp.Or(at.Candidate, at.Base)
		shown := comparedPlace{
			Path:  strings.SplitAfter(cmp.Or(oneLine(at.File, maxPath), "no file"), "/"),
			Where: fmt.Sprintf("%s at %s", at.Scenario, strings.Join(at.Stages, ", ")), Lines: lines(said.Lines),
			Message: oneLine(said.Message, maxMessage),
		}
		if at.Base != nil && at.Candidate != nil && at.Base.Message != at.Candidate.Message {
			shown.Was, shown.Is, shown.Message = oneLine(at.Base.Message, maxMessage), shown.Message, ""
		}
		d.Places = append(d.Places, shown)
	}
	d.LeftOut = len(row.Places) - len(d.Places)
	return d
}

func listOf(name string, names []string) list {
	shown := list{Name: name, Count: len(names)}
	for _, each := range names[:min(len(names), maxNames)] {
		shown.Names = append(shown.Names, oneLine(each, maxPath))
	}
	shown.LeftOut = len(names) - len(shown.Names)
	return shown
}

// chaptersOf lists what exactly was compared, and with which tools.
func chaptersOf(c *comparison.Comparison) []chapter {
	gate := func(name string, g comparison.Gate) chapter {
		return chapter{name, []fact{
			{Name: "Package", Value: string(g.PackageName), Code: true},
			{Name: "Version", Value: string(g.PackageVersion), Code: true},
			{Name: "Spec", Value: g.PackageSpec, Code: true},
			{Name: "Integrity", Value: string(g.PackageIntegrity), Code: true},
			{Name: "Rules", Value: verdict.RulesIn(c.Suite, g.Rounds[0].Scenarios.Of)},
		}}
	}
	chapters := []chapter{
		gate("Base", c.Base), gate("Candidate", c.Candidate),
		{"Both", []fact{
			{Name: "Source commit", Value: string(c.SourceCommit), Code: true},
			{Name: "Contract SHA-256", Value: string(c.ContractSHA256), Code: true},
			{Name: "git", Value: string(c.Tools.Git), Code: true},
			{Name: "Node.js", Value: string(c.Tools.Node), Code: true},
			{Name: "npm", Value: string(c.Tools.NPM), Code: true},
			{Name: "Rounds", Value: c.Noise()},
			{Name: "Comparison", Value: c.RunID, Code: true},
			generated(c.GeneratedAt),
		}},
	}
	for _, each := range chapters {
		for i := range each.Facts {
			each.Facts[i].Value = oneLine(each.Facts[i].Value, maxPath)
		}
	}
	return chapters
}
