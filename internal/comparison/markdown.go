package comparison

import (
	"fmt"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// maxMarkdown is how long a comparison in Markdown may be, in bytes: GitHub takes 65,536 characters in a comment, and
// whoever posts it may put something around it.
const maxMarkdown = 60_000

// marks stand beside the words.
var marks = map[Verdict]string{Same: "✅", Findings: "🔎", Cells: "❌", OffContract: "❌", Unstable: "⚠️"}

// Markdown is the comparison for a comment on GitHub, in fewer than 60,000 characters: totals, then a folding for each
// rule. What does not fit is left out in whole foldings, and counted.
func (c *Comparison) Markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "## %s Pumuki compare: %s\n\n", marks[c.Verdict], plain.Code(c.Conclusion(), shownWidth))
	fact := func(name, value string) {
		fmt.Fprintf(&text, "- %s: %s\n", name, plain.Code(value, shownWidth))
	}
	fact("base", describe(c.Base))
	fact("candidate", describe(c.Candidate))
	if chosen := c.Chosen(); len(chosen) < len(c.Suite) {
		fact("scenarios, a part", strings.Join(chosen.Names(), ", "))
	}
	fact("exits", c.Exits())
	fact("active rules", c.Rules.String())
	fact("rule sets", c.Rulesets.String())
	for _, p := range c.Promised() {
		fact(p.Kind.String(), p.Kept)
	}
	fact("findings", c.Findings.String())
	fact("rounds", c.Noise())
	fact("baseline", string(c.SourceCommit))
	text.WriteString(c.grid())
	left := 0
	for _, f := range c.foldings() {
		if folded := f.String(); text.Len()+len(folded) < maxMarkdown-noteRoom {
			text.WriteString(folded)
		} else {
			left++
		}
	}
	if left > 0 {
		fmt.Fprintf(&text, "\nLeft out here, and in the artifacts: %d.\n", left)
	}
	return text.String()
}

// noteRoom is kept for the note on what was left out.
const noteRoom = 200

func describe(g Gate) string {
	if g.String() == g.PackageSpec {
		return g.PackageSpec
	}
	return fmt.Sprintf("%s (%s)", g, g.PackageSpec)
}

// grid is a table of the cells that changed; empty where none did. A bar ends a cell of a table even within code, so
// what the gate calls its outcome stands without any.
func (c *Comparison) grid() string {
	if len(c.Cells) == 0 {
		return ""
	}
	shown := c.Cells[:min(len(c.Cells), maxLines)]
	var text strings.Builder
	text.WriteString("\n| scenario | stage | base | candidate | |\n|---|---|---|---|---|\n")
	for _, cell := range shown {
		note := ""
		if cell.LostBlock() {
			note = "❌ a lost block"
		}
		end := func(e End) string { return strings.ReplaceAll(plain.Code(e.String(), 60), "|", "/") }
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s |\n", cell.Scenario, cell.Stage, end(cell.Base),
			end(cell.Candidate), note)
	}
	if more := len(c.Cells) - len(shown); more > 0 {
		fmt.Fprintf(&text, "\nand %d more cells\n", more)
	}
	return text.String()
}

// folding is lines that are shown on demand. The title is text of ours, or a kind.
type folding struct {
	title string
	lines []string
}

func (f folding) String() string {
	fence := plain.Fence(f.lines)
	return fmt.Sprintf("\n<details>\n<summary>%s</summary>\n\n%stext\n%s\n%s\n</details>\n",
		f.title, fence, strings.Join(f.lines, "\n"), fence)
}

// foldings are where the gates are off their contract, then the differences by rule, then what else there is to say, in
// lines of bounded length.
func (c *Comparison) foldings() (all []folding) {
	fold := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		for i, line := range lines {
			lines[i] = plain.Line(line, shownWidth)
		}
		if more := len(lines) - maxLines; more > 0 {
			lines = append(lines[:maxLines:maxLines], fmt.Sprintf("and %d more", more))
		}
		all = append(all, folding{title, lines})
	}
	for _, side := range c.Sides() {
		var lines []string
		for _, m := range side.Missed() {
			lines = append(lines, fmt.Sprintf("%s at %s: %s", m.Scenario, m.Stage, m.Why))
		}
		fold("the "+side.Name+" is off its contract", lines)
	}
	for _, row := range c.Rows {
		lines := []string{row.String()}
		for _, place := range row.Places {
			lines = append(lines, "  "+place.String())
		}
		fold(row.title(), lines)
	}
	var noise []string
	for _, n := range c.Unstable {
		noise = append(noise, n.String())
	}
	fold("unstable", noise)
	for _, list := range c.Lists() {
		fold(fmt.Sprintf("%s: %d", list.Title, len(list.Names)), append([]string{}, list.Names...))
	}
	return all
}

// maxLines is how many lines a folding has, and how many the table of cells.
const maxLines = 40

// title is the head of a row's folding. A rule's name is foreign: what HTML or Markdown gives a meaning is taken out.
func (r Row) title() string {
	name := strings.Map(func(c rune) rune {
		if strings.ContainsRune("<>&`*_[]()!@#|\\~:/", c) {
			return '·'
		}
		return c
	}, plain.Line(r.Rule, 120))
	text := fmt.Sprintf("%s: %s", r.Kind, name)
	if r.LostBlock {
		text = "❌ " + text + ", a lost block"
	}
	return text
}
