package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// stage is one case: a stage of a scenario.
type stage struct {
	ID, Scenario, Name string
	State              verdict.State
	Mark               mark
	// Why says why it was not met.
	Why string
	// Misses say where its findings are off what was planted; one alone stands in Why.
	Misses []string
	// Ended says how the run ended, in the stage at which it ended.
	Ended string
	// Ran tells that the stage ran. Only then Exit, Outcome, Findings and Rulesets are set.
	Ran            bool
	Exit, Expected int
	Outcome        string
	Findings       findings
	Rulesets       []string
	// RulesetsLeftOut counts those that are not shown.
	RulesetsLeftOut int
	// Took, Log and Command are what the record and the table say of its step.
	Took, Log, Command string
	// Open tells that the page shows the findings unfolded.
	Open bool
}

// findings are what a stage found, counted by severity and platform, and listed by rule.
type findings struct {
	Total int
	// Same is the earlier stage of the scenario that found the same; empty where none did.
	Same       string
	Severities []count
	Platforms  []platform
	Rules      []rule
	// LeftOut counts the findings that are not listed.
	LeftOut int
}

// count is how many there are of a severity or a platform.
type count struct {
	Key, Name string
	N         int
}

type platform struct {
	count
	Severities []count
}

// rule is what a rule found at one severity.
type rule struct {
	Name      string
	Severity  count
	Platforms []count
	// Message is what it says of every place; empty where it says different things.
	Message string
	Places  []place
}

// place is where a finding is. Path is split where its line may break.
type place struct {
	Path           []string
	Lines, Message string
}

// rowsOf are the cases of a run, by scenario.
func rowsOf(run *verdict.Run) []row {
	var rows []row
	for cells := range slices.Chunk(run.Cells(), len(suite.Stages())) {
		r := row{Name: cells[0].Scenario.Name}
		for i, c := range cells {
			r.Stages = append(r.Stages, stageOf(run, c, cells[:i]))
		}
		rows = append(rows, r)
	}
	return rows
}

// stageOf returns a case as the page shows it. Earlier are the cases of its scenario before it.
func stageOf(run *verdict.Run, c verdict.Cell, earlier []verdict.Cell) stage {
	label := string(c.State)
	s := stage{
		ID: c.Scenario.Name + "-" + c.Stage.Name, Scenario: c.Scenario.Name, Name: c.Stage.Name,
		State: c.State, Mark: mark{strings.ReplaceAll(label, " ", "-"), strings.ToUpper(label[:1]) + label[1:]},
		Why: oneLine(c.Why, maxMessage), Expected: c.Expected,
		Log: oneLine(c.Log, maxWord), Command: c.Stage.Step.Template,
		Open: c.State == verdict.Missed || c.State == verdict.Broke,
	}
	if c.Took > 0 {
		s.Took = lasted(c.Took)
	}
	if f := run.Failure; f != nil && c.State == verdict.Broke {
		switch {
		case f.ExitCode == nil:
			s.Ended = "no end on record"
		case f.Step == c.Stage.Step.Name:
			s.Ended = "the run ended here"
		case c.Outcome != nil:
			s.Ended = "the run ended after it, at " + oneLine(f.Step, maxWord)
		default:
			s.Ended = "the run ended before it, at " + oneLine(f.Step, maxWord)
		}
	}
	if c.Outcome == nil {
		return s
	}
	s.Ran, s.Exit, s.Outcome = true, c.Outcome.Exit, oneLine(string(c.Outcome.Outcome), maxWord)
	s.Findings = findingsOf(c.Outcome.Findings)
	for _, e := range earlier {
		if s.Findings.Total > 0 && e.Outcome != nil && slices.EqualFunc(c.Outcome.Findings, e.Outcome.Findings, same) {
			s.Findings.Same = e.Stage.Name
			break
		}
	}
	if misses := c.Outcome.Misses; len(misses) > 1 {
		for _, miss := range misses[:min(len(misses), maxMisses)] {
			s.Misses = append(s.Misses, oneLine(miss, maxMessage))
		}
	}
	names := c.Outcome.Rulesets
	for _, name := range names[:min(len(names), maxRulesets)] {
		s.Rulesets = append(s.Rulesets, oneLine(name, maxWord))
	}
	s.RulesetsLeftOut = len(names) - len(s.Rulesets)
	return s
}

func same(a, b verdict.Finding) bool { return a.Compare(b) == 0 }

// findingsOf counts all findings, and lists the gravest up to the bound.
func findingsOf(all []verdict.Finding) findings {
	type key struct{ severity, rule string }
	byRule := map[key][]verdict.Finding{}
	var order []key
	for _, f := range all {
		k := key{f.Severity, f.Rule}
		if byRule[k] == nil {
			order = append(order, k)
		}
		byRule[k] = append(byRule[k], f)
	}
	slices.SortStableFunc(order, func(a, b key) int {
		return cmp.Or(byRule[a][0].Gravity()-byRule[b][0].Gravity(),
			strings.Compare(a.severity, b.severity), strings.Compare(a.rule, b.rule))
	})
	found := findings{Total: len(all), Severities: bySeverity(all), LeftOut: len(all)}
	for _, p := range byPlatform(all) {
		elsewhere := func(f verdict.Finding) bool { return platformOf(f.File) != p.Name }
		within := slices.DeleteFunc(slices.Clone(all), elsewhere)
		found.Platforms = append(found.Platforms, platform{p, bySeverity(within)})
	}
	for _, k := range order {
		room := maxFindings - (len(all) - found.LeftOut)
		if room == 0 {
			break
		}
		r := ruleOf(byRule[k], room)
		found.Rules = append(found.Rules, r)
		found.LeftOut -= len(r.Places)
	}
	return found
}

// ruleOf is what one rule found at one severity, with as many places as there is room for.
func ruleOf(all []verdict.Finding, room int) rule {
	first := all[0]
	severity := cmp.Or(oneLine(first.Severity, maxWord), "no severity")
	r := rule{
		Name:      oneLine(first.Rule, maxWord),
		Severity:  count{severityKey(first.Severity), severity, len(all)},
		Platforms: byPlatform(all),
	}
	differs := slices.ContainsFunc(all, func(f verdict.Finding) bool { return f.Message != first.Message })
	if !differs {
		r.Message = oneLine(first.Message, maxMessage)
	}
	for _, f := range all[:min(len(all), room)] {
		at := place{Path: strings.SplitAfter(cmp.Or(oneLine(f.File, maxPath), "no file"), "/"), Lines: lines(f.Lines)}
		if differs {
			at.Message = oneLine(f.Message, maxMessage)
		}
		r.Places = append(r.Places, at)
	}
	return r
}

// lines names the lines of a finding: line 7; lines 3, 5.
func lines(at []int) string {
	var named []string
	for _, line := range at[:min(len(at), maxLines)] {
		named = append(named, strconv.Itoa(line))
	}
	text := strings.Join(named, ", ")
	switch {
	case len(at) == 0:
		return ""
	case len(at) == 1:
		return "line " + text
	case len(at) > maxLines:
		return fmt.Sprintf("lines %s and %s more", text, number(len(at)-maxLines))
	}
	return "lines " + text
}

func severityKey(severity string) string {
	if slices.Contains(verdict.Severities, severity) {
		return strings.ToLower(severity)
	}
	return other
}

// other names an unknown severity, and the platform of a file that lies on none.
const other = "other"

func bySeverity(all []verdict.Finding) []count {
	return counts(all, verdict.Severities, func(f verdict.Finding) string { return severityKey(f.Severity) })
}

// counts counts findings by a key, in the order of the names whose keys these are, in lower case.
func counts(all []verdict.Finding, names []string, key func(verdict.Finding) string) (counts []count) {
	n := map[string]int{}
	for _, f := range all {
		n[key(f)]++
	}
	for _, name := range append(slices.Clone(names), other) {
		if key := strings.ToLower(name); n[key] > 0 {
			counts = append(counts, count{key, name, n[key]})
		}
	}
	return counts
}

// platforms are those of a consumer, as their folders in apps/ are called.
var platforms = []string{"android", "backend", "frontend", "ios", "web"}

func platformOf(file string) string {
	if rest, found := strings.CutPrefix(file, "apps/"); found {
		if name, _, within := strings.Cut(rest, "/"); within && slices.Contains(platforms, name) {
			return name
		}
	}
	return other
}

func byPlatform(all []verdict.Finding) []count {
	return counts(all, platforms, func(f verdict.Finding) string { return platformOf(f.File) })
}
