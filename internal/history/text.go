package history

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
)

// shownWidth bounds a line of the text, in characters.
const shownWidth = 240

// Text is the sweep as people and scripts read it on standard output (CONTRACT §9): a row for each version, the oldest
// first, where a run of versions that do the same is one row; what changed; and the verdict as the last line.
func (s *Sweep) Text() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for at := 0; at < len(s.Versions); {
		v := s.Versions[at]
		if v.SameAs == "" {
			fmt.Fprintln(table, v.row())
			at++
			continue
		}
		end := at
		for end < len(s.Versions) && s.Versions[end].SameAs == v.SameAs && s.Versions[end].notAsked() == v.notAsked() {
			end++
		}
		names := v.Version
		if end > at+1 {
			names += " … " + s.Versions[end-1].Version
		}
		fmt.Fprintf(table, "%s\tsame as %s%s\n", names, v.SameAs, v.notAsked())
		at = end
	}
	_ = table.Flush()
	line := func(format string, args ...any) {
		text.WriteString(plain.Line(fmt.Sprintf(format, args...), shownWidth) + "\n")
	}
	if len(s.Steps) > 0 {
		line("what changed (mage compare -base=SPEC -spec=SPEC shows more):")
	}
	for _, step := range s.Steps {
		line("%s", step)
		for _, cell := range step.Difference.Cells {
			line("  %s", cell)
		}
		for _, change := range step.Promises[:min(len(step.Promises), shownChanges)] {
			line("  %s", change)
		}
		if more := len(step.Promises) - shownChanges; more > 0 {
			line("  and %d more promises, in the artifacts", more)
		}
	}
	for _, mixed := range s.Mixed {
		line("%s are of several %s", s.Held(), mixed)
	}
	text.WriteString("verdict: " + s.Conclusion() + "\n")
	return text.String()
}

// row is a version in columns: its date, the exits of each scenario, its rules, findings, promises and seconds, and a
// verdict.
func (v Version) row() string {
	came := plain.Line(v.came(), shownWidth)
	if v.Verdict == Unjudged {
		return strings.Join([]string{v.Version, v.Date(), came}, "\t")
	}
	rules := "not said"
	if v.Rules != nil {
		rules = v.Rules.String()
	}
	columns := []string{
		v.Version, v.Date(), strings.Join(v.Exits(), " "), "rules: " + rules, fmt.Sprintf("findings: %d", v.Findings),
	}
	for _, p := range v.Promises {
		columns = append(columns, p.String())
	}
	return strings.Join(append(columns, v.Lasted().Round(time.Second).String(), came), "\t")
}

// Conclusion says how many versions came to what, and names those that did not meet their contract.
func (s *Sweep) Conclusion() string {
	text := fmt.Sprintf("%d of %d met the contract", s.Met, len(s.Versions))
	if off := s.Of(Missed); off != nil {
		text += fmt.Sprintf("; %d did not: %s", len(off), strings.Join(off, " "))
	}
	if unjudged := s.Of(Unjudged); unjudged != nil {
		const says = "; %d could not be judged (-retry judges them again): %s"
		text += fmt.Sprintf(says, len(unjudged), strings.Join(unjudged, " "))
	}
	return text
}

// Held names what the versions are held by: verdicts, and accounts of promises.
func (s *Sweep) Held() string {
	if s.Asked != nil {
		return "the verdicts and accounts"
	}
	return "the verdicts"
}

// notAsked says what the version could not be asked for, and why; empty where there is nothing.
func (v Version) notAsked() (text string) {
	for _, p := range v.Promises {
		if p.Why != "" {
			text += "; " + plain.Line(p.String(), shownWidth)
		}
	}
	return text
}

// kinds are the kinds of promises that some version was asked for.
func (s *Sweep) kinds() (kinds []promise.Kind) {
	for _, kind := range promise.Kinds {
		if slices.ContainsFunc(s.Versions, func(v Version) bool { return v.promised(kind) != nil }) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// promised is what became of the promises of a kind; nil where they were not asked for.
func (v Version) promised(kind promise.Kind) *Promised {
	at := slices.IndexFunc(v.Promises, func(p Promised) bool { return p.Kind == kind })
	if at < 0 {
		return nil
	}
	return &v.Promises[at]
}

// CSV is the sweep as a spreadsheet takes it (RFC 4180): a row for each version, the oldest first, with a column for
// the exit of each cell. What is not known is empty.
func (s *Sweep) CSV() []byte {
	var text bytes.Buffer
	table := csv.NewWriter(&text)
	head := []string{"version", "published", "deprecated", "verdict"}
	var cells []Cell
	for _, v := range s.Versions {
		if cells == nil && len(v.Cells) > 0 {
			cells = v.Cells
		}
	}
	for _, c := range cells {
		head = append(head, c.Scenario+" "+c.Stage)
	}
	kinds := s.kinds()
	head = append(head, "rules active", "rules matched", "findings", "seconds", "same as", "why")
	for _, kind := range kinds {
		head = append(head, kind.String()+" kept", kind.String()+" broken")
	}
	_ = table.Write(head)
	for _, v := range s.Versions {
		row := []string{v.Version, string(v.Published), plain.Line(string(v.Deprecated), shownWidth), string(v.Verdict)}
		for i := range cells {
			exit := ""
			if i < len(v.Cells) {
				exit = strconv.Itoa(v.Cells[i].Exit)
			}
			row = append(row, exit)
		}
		active, matched, findings := "", "", ""
		if v.Rules != nil {
			active, matched = strconv.Itoa(v.Rules.Active), strconv.Itoa(v.Rules.Matched)
		}
		if v.Verdict != Unjudged {
			findings = strconv.Itoa(v.Findings)
		}
		row = append(row, active, matched, findings, fmt.Sprintf("%.1f", v.Lasted().Seconds()), string(v.SameAs),
			plain.Line(string(v.Why), shownWidth))
		for _, kind := range kinds {
			kept, broken := "", ""
			if p := v.promised(kind); p != nil && p.Entry != "" {
				kept, broken = strconv.Itoa(p.Kept), strconv.Itoa(len(p.Broken))
			}
			row = append(row, kept, broken)
		}
		_ = table.Write(row)
	}
	table.Flush()
	return text.Bytes()
}
