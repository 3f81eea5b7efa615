package verify

import (
	"fmt"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
)

// Journeys holds the report on journeys in a folder of artifacts against CONTRACT §11, and returns it: nil where it
// does not hold, and where there is none, which is no broken promise. Of expect only the commit counts.
func Journeys(dir string, expect Expect) (Report, *journey.Report) {
	made := []string{artifact.JourneysJUnitName, artifact.JourneysReportName}
	return several(dir, expect, artifact.JourneysName, made, (*verification).journeys)
}

// journeys checks what journeys were made with, and that what they came to follows from each.
func (v *verification) journeys(r *journey.Report) {
	v.RunID = r.RunID
	v.Told = fmt.Sprintf("journeys %s: %s", r.RunID, r.Conclusion())
	at := artifact.JourneysName
	v.run(at, r.Facts)
	follows := *r
	follows.Journeys = slices.Clone(r.Journeys)
	follows.Settle()
	if follows.Counts != r.Counts || follows.ExitCode != r.ExitCode {
		v.say("%s: what it counts is not what its journeys came to", at)
	}
	last := ""
	for _, each := range r.Journeys {
		failed := each.Outcome == journey.Fail || each.Outcome == journey.Known
		known := each.Outcome == journey.Known || each.Outcome == journey.Fixed
		switch {
		case each.Name <= last:
			v.say("%s: %s is not in the order of names", at, each.Name)
		case failed != (each.Line > 0 && each.Why != "" && each.Command != ""),
			(each.Outcome == journey.Skip) != (each.Line == 0 && each.Why != ""):
			v.say("%s: %s is %s, and its line and its reason do not go with that", at, each.Name, each.Outcome)
		case known && each.Cause == "", each.Cause != "" && !known && each.Outcome != journey.Skip:
			v.say("%s: %s is %s, and what is known of it does not go with that", at, each.Name, each.Outcome)
		}
		last = each.Name
	}
}
