package comparison

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// The bounds of what Text shows; what is left out is counted.
const (
	shownRows   = 40
	shownPlaces = 6
	shownNames  = 8
	shownWidth  = 240 // characters of a line
)

// Text is the comparison as people and scripts read it on standard output (CONTRACT §8): totals, a row for each rule
// with its places, and the verdict as the last line.
func (c *Comparison) Text() string {
	var text strings.Builder
	line := func(format string, args ...any) {
		text.WriteString(plain.Line(fmt.Sprintf(format, args...), shownWidth) + "\n")
	}
	line("=== compare:%s -> %s ===", c.Base, c.Candidate)
	line("rounds: %s", c.Noise())
	if chosen := c.Chosen(); len(chosen) < len(c.Suite) {
		line("scenarios: %s (partial)", strings.Join(chosen.Names(), ", "))
	}
	line("exits: %s", c.Exits())
	for _, cell := range c.Cells {
		line("  %s", cell)
	}
	line("active rules: %s", c.Rules)
	if c.Rulesets.differ() {
		line("rule sets: %s", c.Rulesets)
	}
	for _, list := range c.Lists() {
		if !list.Long {
			line("  %s (%d): %s", list.Title, len(list.Names), strings.Join(list.Names, ", "))
		}
	}
	for _, p := range c.Promised() {
		line("%s: %s", p.Kind, p.Kept)
	}
	for _, change := range c.Promises[:min(len(c.Promises), shownRows)] {
		line("  %s", change)
	}
	if more := len(c.Promises) - shownRows; more > 0 {
		line("  and %d more, in the artifacts", more)
	}
	line("findings: %s", c.Findings)
	for _, row := range c.Rows[:min(len(c.Rows), shownRows)] {
		line("%s", row)
		for _, place := range row.Places[:min(len(row.Places), shownPlaces)] {
			line("  %s", place)
		}
		if more := len(row.Places) - shownPlaces; more > 0 {
			line("  and %d more places", more)
		}
	}
	if more := len(c.Rows) - shownRows; more > 0 {
		line("and %d more rows, in the artifacts", more)
	}
	for _, noise := range c.Unstable[:min(len(c.Unstable), shownRows)] {
		line("%s", noise)
	}
	if more := len(c.Unstable) - shownRows; more > 0 {
		line("and %d more that are unstable, in the artifacts", more)
	}
	for _, side := range c.Sides() {
		missed := side.Missed()
		if len(missed) == 0 {
			continue
		}
		line("the %s is off its contract:", side.Name)
		for _, m := range missed[:min(len(missed), shownPlaces)] {
			line("  %s at %s: %s", m.Scenario, m.Stage, m.Why)
		}
		if more := len(missed) - shownPlaces; more > 0 {
			line("  and at %d more stages", more)
		}
	}
	line("verdict: %s", c.Conclusion())
	return text.String()
}

// String says where the cell is, and what changed there.
func (c Cell) String() string {
	return fmt.Sprintf("%s at %s: %s -> %s%s", c.Scenario, c.Stage, c.Base, c.Candidate, lostBlock(c.LostBlock()))
}

// lostBlock is said of what let through what was blocked.
func lostBlock(lost bool) string {
	if lost {
		return ", a lost block"
	}
	return ""
}

// some are the first names of a list, and how many more there are.
func some(names []string, shown int) string {
	text := strings.Join(names[:min(len(names), shown)], ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Noise says in how many rounds the gates were judged, and so whether noise was measured.
func (c *Comparison) Noise() string {
	n := len(c.Base.Rounds)
	if n == 1 {
		return "1, so what a gate says differently of itself is not known (-rounds=2 measures it)"
	}
	return fmt.Sprintf("%d, unstable: %d", n, len(c.Unstable))
}

// Exits says in how many cells the gates ended alike.
func (c *Comparison) Exits() string { return c.ExitsIn(len(c.Chosen()) * len(verdict.Exits{})) }

// ExitsIn says in how many of all cells the gates ended alike.
func (d Difference) ExitsIn(all int) string {
	unstable := map[[2]verdict.Text]bool{}
	for _, noise := range d.Unstable {
		if noise.Of == OfCell {
			unstable[[2]verdict.Text{noise.Scenario, noise.Stage}] = true
		}
	}
	text := fmt.Sprintf("same in %d of %d", all-len(d.Cells)-len(unstable), all)
	if len(unstable) > 0 {
		text += fmt.Sprintf(", unstable in %d", len(unstable))
	}
	return text
}

// String says how many each gate names, and what changed.
func (s Sets) String() string {
	switch {
	case s.Base == nil && s.Candidate == nil:
		return "not said"
	case s.Base == nil:
		return fmt.Sprintf("not said -> %d", *s.Candidate)
	case s.Candidate == nil:
		return fmt.Sprintf("%d -> not said", *s.Base)
	case !s.differ():
		return fmt.Sprintf("%d -> %d, no difference", *s.Base, *s.Candidate)
	}
	return fmt.Sprintf("%d -> %d, +%d -%d", *s.Base, *s.Candidate, len(s.Appeared), len(s.Gone))
}

// String says how many findings each gate has, and what changed.
func (n Counts) String() string {
	if n.Appeared+n.Gone+n.Changed == 0 {
		return fmt.Sprintf("%d -> %d, no difference", n.Base, n.Candidate)
	}
	return fmt.Sprintf("%d -> %d: +%d -%d ~%d", n.Base, n.Candidate, n.Appeared, n.Gone, n.Changed)
}

// String is the row without its places.
func (r Row) String() string {
	text := fmt.Sprintf("%s: %s", r.Kind, r.Rule)
	switch r.Kind {
	case Consolidated:
		text = fmt.Sprintf("consolidated into %s: %s", r.Into, r.Rule)
	case Renamed:
		text += " -> " + string(r.Into)
	}
	text += ", " + r.Severity()
	if often := r.Often(); often != "" {
		text += ", " + often
	}
	if seen := r.Seen(); seen != "" {
		text += " (" + seen + ")"
	}
	return text + lostBlock(r.LostBlock)
}

// Seen says by which other rules of its family the places of the row are seen, or were; empty where by none.
func (r Row) Seen() string {
	switch {
	case len(r.SeenBy) == 0:
		return ""
	case r.Kind == New:
		return "seen before by " + some(r.SeenBy, shownNames)
	}
	return "still seen by " + some(r.SeenBy, shownNames)
}

// Severity is the severity of the row, or how it changed.
func (r Row) Severity() string {
	was, is := cmp.Or(string(r.Base), "no severity"), cmp.Or(string(r.Candidate), "no severity")
	switch p := r.Places[0]; {
	case p.Candidate == nil || was == is:
		return was
	case p.Base == nil:
		return is
	}
	return was + " -> " + is
}

// Often says that a rule which both gates report is reported another number of times; empty where it is not.
func (r Row) Often() string {
	switch p := r.Places[0]; {
	case r.Kind != Changed || p.Base != nil && p.Candidate != nil:
		return ""
	case p.Base == nil:
		return "reported more often"
	}
	return "reported less often"
}

// String is where a row holds, and what changed there.
func (p Place) String() string {
	text := fmt.Sprintf("%s at %s: %s", p.Scenario, strings.Join(p.Stages, ", "), p.Where())
	if p.Base != nil && p.Candidate != nil && p.Base.Message != p.Candidate.Message {
		text += fmt.Sprintf(": %q -> %q", p.Base.Message, p.Candidate.Message)
	}
	return text
}

// Where is the file, with the lines that the candidate names or, where it does not report it, the base.
func (p Place) Where() string {
	return verdict.Finding{File: cmp.Or(p.File, "no file"), Lines: cmp.Or(p.Candidate, p.Base).Lines}.Place()
}

// String says what varies, and what was said in each round.
func (n Noise) String() string {
	var where []string
	for _, part := range []verdict.Text{n.Name, n.File} {
		if part != "" {
			where = append(where, string(part))
		}
	}
	if n.Scenario != "" {
		where = append(where, fmt.Sprintf("%s at %s", n.Scenario, n.Stage))
	}
	return fmt.Sprintf("unstable: %s in the %s: %s", strings.Join(where, ", "), n.Gate, strings.Join(n.Said, " | "))
}

// Differing says what differs beside cells.
func (c *Comparison) Differing() string {
	found := len(c.Rows) > 0 || c.Rules.differ() || c.Rulesets.differ()
	switch {
	case len(c.Promises) == 0:
		return "findings or rules"
	case found:
		return "findings or rules, and promises,"
	}
	return "promises"
}

// Conclusion says what the comparison came to.
func (c *Comparison) Conclusion() string {
	off := ""
	if c.Candidate.Missed() != nil {
		off = fmt.Sprintf(", and %s is off its contract", c.Candidate)
	}
	switch c.Verdict {
	case Same:
		return "no difference"
	case Findings:
		return c.Differing() + " differ, and no cell does"
	case Cells:
		return "cells differ" + off
	case OffContract:
		return "no cell differs" + off
	}
	return "unstable: a gate disagrees with itself in a cell"
}
