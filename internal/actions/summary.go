package actions

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// summaryLimit is how long a step's summary may be: the runner refuses a longer one whole (AttachmentSizeLimit in its
// FileCommandManager.cs).
const summaryLimit = 1 << 20

// noteRoom is kept for the note on what was left out.
const noteRoom = 256

// errNoRoom is why a step gets no summary.
var errNoRoom = errors.New("what the step has written before leaves no room for it")

// marks stand beside the words for verdicts and states.
var (
	verdictMarks = map[verdict.Verdict]string{verdict.Pass: "✅", verdict.Partial: "⚠️", verdict.Fail: "❌"}
	stateMarks   = map[verdict.State]string{
		verdict.Met: "✅", verdict.Missed: "❌", verdict.Broke: "💥",
		verdict.NotRun: "⏹️", verdict.LeftOut: "➖",
	}
)

// summary is a run in Markdown, in at most room bytes. What does not fit is left out in whole lines, from the end, and
// counted. It fails where there is no room for the grid.
func summary(run *verdict.Run, room int) (string, error) {
	var text strings.Builder
	// The last line that is already in the file may lack its line end.
	fmt.Fprintf(&text, "\n\n## %s Pumuki matrix: %s\n\n", verdictMarks[run.Verdict], run.Verdict)
	text.WriteString(facts(run))
	text.WriteString(grid(run.Cells()))
	text.WriteString(failure(run))
	if text.Len()+noteRoom > room {
		return "", errNoRoom
	}
	left := 0
	for _, f := range foldings(run) {
		shown := f.fitting(room - noteRoom - text.Len())
		left += len(f.lines) - len(shown)
		if len(shown) > 0 {
			text.WriteString(folding{f.title, shown}.String())
		}
	}
	if left > 0 {
		const note = "\n%d lines were left out: GitHub takes no more than %d KiB from a step. " +
			"They are in the artifacts.\n"
		fmt.Fprintf(&text, note, left, summaryLimit>>10)
	}
	return text.String(), nil
}

// facts are what was tested, and when.
func facts(run *verdict.Run) string {
	var text strings.Builder
	fact := func(name string, values ...string) {
		fmt.Fprintf(&text, "- %s: %s\n", name, strings.Join(values, ", "))
	}
	installed := "nothing was installed"
	if run.PackageVersion != "" {
		installed = "installed as " + code(string(run.PackageName+" "+run.PackageVersion))
	}
	fact("package", code(run.PackageSpec), installed)
	fact("baseline", "commit "+code(string(run.SourceCommit)), "contract "+code(string(run.ContractSHA256)))
	fact("run", code(run.RunID), "ended "+code(run.GeneratedAt))
	if len(run.Evidence) > 0 {
		fact("rules", run.Rules())
	}
	if len(run.Steps) > 0 {
		fact("time", seconds(verdict.Busy(run.Steps)))
	}
	if tools := run.Tools; tools.Node != "" {
		fact("tools", "git "+code(string(tools.Git)), "node "+code(string(tools.Node)), "npm "+code(string(tools.NPM)))
	}
	if f := run.Failure; f != nil {
		exit := "no exit code"
		if f.ExitCode != nil {
			exit = fmt.Sprintf("exit %d", *f.ExitCode)
		}
		fact("failed", code(f.Phase+" / "+f.Step), "kind "+code(string(f.Kind)), exit)
	}
	return text.String()
}

// grid is the matrix as a table. There is nothing foreign in it.
func grid(cases []verdict.Cell) string {
	var text strings.Builder
	text.WriteString("\n| scenario |")
	for _, stage := range suite.Stages() {
		fmt.Fprintf(&text, " %s |", stage.Name)
	}
	text.WriteString("\n|---|" + strings.Repeat("---|", len(suite.Stages())))
	for i, c := range cases {
		if i == 0 || cases[i-1].Scenario.Name != c.Scenario.Name {
			fmt.Fprintf(&text, "\n| %s |", c.Scenario.Name)
		}
		fmt.Fprintf(&text, " %s %s%s |", stateMarks[c.State], c.State, exits(c))
	}
	return text.String() + "\n"
}

// exits tells how a case's stage exited, and in what time.
func exits(c verdict.Cell) string {
	if c.Outcome == nil {
		return ""
	}
	text := fmt.Sprintf(": exit %d", c.Outcome.Exit)
	switch {
	case c.Outcome.Exit != c.Expected:
		text += fmt.Sprintf(", expected %d", c.Expected)
	case c.State == verdict.Missed:
		text += " without its evidence"
	}
	if c.Took > 0 {
		text += " (" + seconds(c.Took) + ")"
	}
	return text
}

// failure explains what failed, and with which command; empty where nothing did.
func failure(run *verdict.Run) string {
	var why []string
	for _, c := range run.Cells() {
		if c.State == verdict.Missed || c.State == verdict.Broke {
			why = append(why, oneLine(fmt.Sprintf("%s at %s: %s", c.Scenario.Name, c.Stage.Name, c.Why)))
		}
	}
	if run.Failure == nil || len(why) == 0 {
		return ""
	}
	text := "\n### What failed\n\n" + block("text", why)
	if command := run.Failure.Command; command != "" {
		text += "\nThe command:\n\n" + block("sh", []string{oneLine(string(command))})
	}
	return text
}

// block returns lines as a block of code. Each is one line.
func block(language string, lines []string) string {
	fence := plain.Fence(lines)
	return fence + language + "\n" + strings.Join(lines, "\n") + "\n" + fence + "\n"
}

// lineLimit bounds a line of foreign text, in characters.
const lineLimit = 500

func oneLine(text string) string { return plain.Line(text, lineLimit) }

func code(text string) string { return plain.Code(text, lineLimit) }

// folding is lines that are shown on demand.
type folding struct {
	// title is text of ours, not foreign.
	title string
	lines []string
}

func (f folding) String() string {
	return "\n<details>\n<summary>" + f.title + "</summary>\n\n" + block("text", f.lines) + "\n</details>\n"
}

// fitting returns the first of its lines, as many as fit into room bytes.
func (f folding) fitting(room int) []string {
	room -= len(folding{f.title, nil}.String()) + 2*len(plain.Fence(f.lines))
	for i, l := range f.lines {
		if room -= len(l) + len("\n"); room < 0 {
			return f.lines[:i]
		}
	}
	return f.lines
}

// foldings are what is shown on demand, the most telling first.
func foldings(run *verdict.Run) []folding {
	var all []folding
	if run.LogEnd != "" {
		all = append(all, folding{"The end of the log", plain.Lines(run.LogEnd, lineLimit)})
	}
	if len(run.Steps) > 0 {
		all = append(all, folding{"Times", times(run.Steps)})
	}
	return append(all, findings(run.Cells())...)
}

// times are the steps with their times, in the order in which they began.
func times(steps []verdict.Step) (lines []string) {
	for _, s := range steps {
		took := seconds(s.Took)
		if s.Cached {
			took = "kept"
		}
		lines = append(lines, oneLine(fmt.Sprintf("%-10s  %-23s  %8s", s.Phase, s.Name, took)))
	}
	return lines
}

// seconds is a time for people.
func seconds(took time.Duration) string { return fmt.Sprintf("%.1f s", took.Seconds()) }

// findings are what the gate found, by scenario and rule. Stages of a scenario that found the same share a folding.
func findings(cases []verdict.Cell) (all []folding) {
	var groups [][]verdict.Cell
	for _, c := range cases {
		if c.Outcome == nil || len(c.Outcome.Findings) == 0 {
			continue
		}
		i := slices.IndexFunc(groups, func(group []verdict.Cell) bool { return sameFindings(group[0], c) })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	for _, group := range groups {
		var stages []string
		for _, c := range group {
			stages = append(stages, c.Stage.Name)
		}
		found := group[0].Outcome.Findings
		byRule := map[string][]verdict.Finding{}
		for _, f := range found {
			byRule[f.Rule] = append(byRule[f.Rule], f)
		}
		title := fmt.Sprintf("%s at %s: findings: %d, rules: %d",
			group[0].Scenario.Name, strings.Join(stages, ", "), len(found), len(byRule))
		all = append(all, folding{title, listed(byRule)})
	}
	return all
}

// sameFindings tells whether two cases with outcomes are of one scenario and found the same.
func sameFindings(a, b verdict.Cell) bool {
	return a.Scenario.Name == b.Scenario.Name && reflect.DeepEqual(a.Outcome.Findings, b.Outcome.Findings)
}

// listed returns findings as lines: a rule, and under it what it found.
func listed(byRule map[string][]verdict.Finding) (lines []string) {
	for _, rule := range slices.SortedFunc(maps.Keys(byRule), cmp.Compare[string]) {
		lines = append(lines, oneLine(fmt.Sprintf("%s (%d)", rule, len(byRule[rule]))))
		for _, f := range byRule[rule] {
			lines = append(lines, oneLine(fmt.Sprintf("  %s %s: %s", f.Severity, f.Place(), f.Message)))
		}
	}
	return lines
}
