package campaign

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// shownRow bounds a line of the history, in characters.
const shownRow = 240

// history shows versions, the oldest first, in runs of equal behaviour, and then what changed from one run to the next.
func history(rows []*row, findings suite.Findings) string {
	var text, changes strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	line := func(to *strings.Builder, format string, args ...any) {
		to.WriteString(plain.Line(fmt.Sprintf(format, args...), shownRow) + "\n")
	}
	// first began the run of equal behaviour, last is the newest in it, and same are those after the first.
	var first, last *row
	var same []*row
	settle := func() {
		switch len(same) {
		case 0:
		case 1:
			fmt.Fprintf(table, "%s\tsame as %s\n", same[0].Version, first.Version)
		default:
			fmt.Fprintf(table, "%s … %s\tsame as %s\n", same[0].Version, last.Version, first.Version)
		}
		same = nil
	}
	for _, r := range rows {
		if r.entry.Broke != nil {
			settle()
			fmt.Fprintf(table, "%s\t%s\t%s\n", r.Version, r.date(), plain.Line(r.came(), shownRow))
			continue
		}
		if last != nil {
			c := comparison.Of([]*verdict.Run{last.entry.Run()}, []*verdict.Run{r.entry.Run()}, findings)
			if !c.Differs() {
				same, last = append(same, r), r
				continue
			}
			line(&changes, "%s -> %s: exits %s; active rules %s; findings %s", last.Version, r.Version, c.Exits(),
				c.Rules, c.Findings)
			for _, cell := range c.Cells {
				line(&changes, "  %s at %s: %s -> %s", cell.Scenario, cell.Stage, cell.Base, cell.Candidate)
			}
		}
		settle()
		fmt.Fprintln(table, r.line())
		first, last = r, r
	}
	settle()
	_ = table.Flush()
	if changes.Len() > 0 {
		text.WriteString("what changed (mage compare -base=SPEC -spec=SPEC shows more):\n" + changes.String())
	}
	return text.String()
}

// line is what a version came to: its date, the exits of each scenario, its rules, findings and seconds, and a verdict.
func (r *row) line() string {
	e := r.entry
	var exits []string
	found := 0
	for _, s := range e.Suite {
		outcomes, ran := e.Scenarios.Of[s.Name]
		if !ran {
			continue
		}
		var each []string
		for _, o := range outcomes {
			each = append(each, fmt.Sprint(o.Exit))
			found += len(o.Findings)
		}
		exits = append(exits, strings.Join(each, "/"))
	}
	took := verdict.Busy(e.Steps).Round(time.Second)
	return strings.Join([]string{
		r.Version, r.date(), strings.Join(exits, " "), "rules: " + e.Run().Rules(), fmt.Sprintf("findings: %d", found),
		took.String(), plain.Line(r.came(), shownRow),
	}, "\t")
}

// date is when the version was published, where that is known.
func (r *row) date() string {
	if r.Published.IsZero() {
		return "-"
	}
	return r.Published.UTC().Format(time.DateOnly)
}
