package verify

import (
	"fmt"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
)

// Probes holds the report on probes in a folder of artifacts against CONTRACT §12, and returns it: nil where it does
// not hold, and where there is none, which is no broken promise. Of expect only the commit counts.
func Probes(dir string, expect Expect) (Report, *probe.Report) {
	made := []string{artifact.ProbesJUnitName, artifact.ProbesReportName}
	return several(dir, expect, artifact.ProbesName, made, (*verification).probes)
}

// probes checks what probes were made with, and that what they came to follows from each.
func (v *verification) probes(r *probe.Report) {
	v.RunID = r.RunID
	v.Told = fmt.Sprintf("probes %s: %s", r.RunID, r.Conclusion())
	at := artifact.ProbesName
	v.run(at, r.Facts)
	follows := *r
	follows.Rules = slices.Clone(r.Rules)
	follows.Settle()
	if !slices.Equal(follows.Platforms, r.Platforms) || follows.ExitCode != r.ExitCode {
		v.say("%s: what it counts is not what its rules came to", at)
	}
	if !slices.Equal(follows.Rules, r.Rules) {
		v.say("%s: its rules are not in their order", at)
	}
	for _, each := range r.Rules {
		quiet := slices.Contains([]probe.Outcome{probe.Seen, probe.Fixed, probe.Unprobed}, each.Outcome)
		switch {
		case quiet != (each.Why == ""), (each.Probe == "") != (each.Outcome == probe.Unprobed),
			each.Outcome != each.Follows():
			v.say("%s: %s is %s, and what it says of it does not go with that", at, quote(each.ID), each.Outcome)
		case each.Outcome == probe.Unprobed && !r.Whole:
			v.say("%s: %s is without a probe, and not all probes were made", at, quote(each.ID))
		}
	}
}
