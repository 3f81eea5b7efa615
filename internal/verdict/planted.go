package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Off compares what a version of the gate found at a stage with what was planted in the scenario, and returns the
// differences, a line each: a defect that it does not report, and a rule reported in a file of the scenario where
// nothing of its family was planted. Findings about the repository are judged only where nothing at all was planted:
// then there must be none. It is nil where the findings of the scenario are not judged, and where the stage left no
// evidence.
func (o Outcome) Off(findings suite.Findings, s suite.Scenario, stage suite.Stage, version string) (off []string) {
	planted, judged := findings[s.Name]
	if !judged || o.Outcome == "" {
		return nil
	}
	reported := func(d suite.Defect) bool {
		return slices.ContainsFunc(o.Findings, func(f Finding) bool { return f.isOf(d) })
	}
	for _, d := range planted.Defects {
		shared := func(other suite.Defect) bool { return d.Shared(other, version) && reported(other) }
		if d.Due(stage, version) && !reported(d) && !slices.ContainsFunc(planted.Defects, shared) {
			off = append(off, fmt.Sprintf("it does not report that %s in %s (%s)",
				d.Is, d.File, strings.Join(d.Rules, " or ")))
		}
	}
	known := slices.Clone(planted.Defects)
	for _, d := range planted.Allowed {
		if d.Due(stage, version) {
			known = append(known, d)
		}
	}
	all := len(planted.Defects)+len(planted.Allowed) == 0
	accused := map[[2]string]bool{}
	for _, f := range slices.SortedFunc(slices.Values(o.Findings), Finding.Compare) {
		at := [2]string{f.Rule, f.File}
		if accused[at] || slices.ContainsFunc(known, f.isOf) || !all && !slices.Contains(planted.Files, f.File) {
			continue
		}
		accused[at] = true
		const says = "it reports %s in %s, where nothing of the kind was planted; if it is right, the suite wants " +
			"- {in: %[2]s, is: %[3]q, rule: %[1]s, since: %[4]s}"
		off = append(off, fmt.Sprintf(says, f.Rule, f.File, f.Message, version))
	}
	return off
}

// isOf tells whether the finding is a report of a defect.
func (f Finding) isOf(d suite.Defect) bool {
	return f.File == d.File && slices.Contains(d.Rules, f.Rule)
}
