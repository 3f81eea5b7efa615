package verdict_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// off holds what was found at a stage against what was planted in a scenario.
func off(planted suite.Planted, stage suite.Stage, version string, found []verdict.Finding) []string {
	outcome := verdict.Outcome{Exit: 1, Outcome: "BLOCK", Findings: found}
	return outcome.Off(suite.Findings{"mixed": planted}, suite.Scenario{Name: "mixed"}, stage, version)
}

func TestFindingsAreHeldAgainstWhatWasPlanted(t *testing.T) {
	t.Parallel()
	planted := func(defects ...suite.Defect) suite.Planted {
		return suite.Planted{Files: []string{"a.ts", "b.ts", "good.ts"}, Defects: defects}
	}
	logs := func(file string) suite.Defect {
		return suite.Defect{File: file, Is: "it logs", Rules: []string{"no-log", "skills.no-log"}, FirstUntil: "6.3.16"}
	}
	bounded := func(since, until string) suite.Planted {
		defect := logs("a.ts")
		defect.Since, defect.Until = since, until
		return planted(defect)
	}
	elsewhere := logs("a.ts")
	elsewhere.NotAt = []string{"pre-push"}
	log := func(files ...string) (found []verdict.Finding) {
		for _, file := range files {
			found = append(found, verdict.Finding{Rule: "no-log", File: file, Message: `do "not" log`})
		}
		return found
	}
	twin := []verdict.Finding{{Rule: "skills.no-log", File: "a.ts"}}
	const missed, other = "it does not report that it logs in a.ts", "it does not report that it logs in b.ts"
	accused := `it reports no-log in good.ts, where nothing of the kind was planted; if it is right, the suite wants ` +
		`- {in: good.ts, is: "do \"not\" log", rule: no-log, since: 6.3.20}`
	allowed := planted(logs("a.ts"))
	allowed.Allowed = []suite.Defect{logs("good.ts")}
	allowedSince := planted(logs("a.ts"))
	allowedSince.Allowed = []suite.Defect{{File: "good.ts", Rules: []string{"no-log"}, Since: "6.3.21"}}
	for name, c := range map[string]struct {
		planted suite.Planted
		version string
		found   []verdict.Finding
		want    []string
	}{
		"seen":                 {planted(logs("a.ts")), "6.3.20", log("a.ts"), nil},
		"seen by another rule": {planted(logs("a.ts")), "6.3.20", twin, nil},
		"seen twice":           {planted(logs("a.ts")), "6.3.20", append(log("a.ts", "a.ts"), twin...), nil},
		"lost":                 {planted(logs("a.ts")), "6.3.20", nil, []string{missed}},
		"seen in another file": {planted(logs("a.ts")), "6.3.20", log("good.ts"), []string{missed, accused}},
		"a good file accused": {planted(logs("a.ts")), "6.3.20", log("a.ts", "good.ts", "good.ts"),
			[]string{accused}},
		"allowed":                     {allowed, "6.3.20", log("a.ts", "good.ts"), nil},
		"allowed later":               {allowedSince, "6.3.20", log("a.ts", "good.ts"), []string{accused}},
		"allowed, and not reported":   {allowed, "6.3.20", log("a.ts"), nil},
		"of the repository":           {planted(logs("a.ts")), "6.3.20", log("a.ts", "unknown", ".pumuki/x.json"), nil},
		"both seen":                   {planted(logs("a.ts"), logs("b.ts")), "6.3.20", log("a.ts", "b.ts"), nil},
		"the first alone":             {planted(logs("a.ts"), logs("b.ts")), "6.3.20", log("a.ts"), []string{other}},
		"the first alone, as it did":  {planted(logs("a.ts"), logs("b.ts")), "6.3.16", log("b.ts"), nil},
		"none of the two":             {planted(logs("a.ts"), logs("b.ts")), "6.3.16", nil, []string{missed, other}},
		"before it was seen":          {bounded("6.3.17", ""), "6.3.16", nil, nil},
		"since it was seen":           {bounded("6.3.17", ""), "6.3.17", nil, []string{missed}},
		"until it was seen":           {bounded("", "6.3.17"), "6.3.17", nil, []string{missed}},
		"after it was seen":           {bounded("", "6.3.17"), "6.3.18", nil, nil},
		"seen though it need not be":  {bounded("", "6.3.17"), "6.3.18", log("a.ts"), nil},
		"versions are no text":        {bounded("6.3.9", ""), "6.3.10", nil, []string{missed}},
		"no release is as the newest": {bounded("6.3.17", ""), "0.0.0-embedded", nil, []string{missed}},
		"and does not as the old":     {bounded("", "6.3.17"), "0.0.0-embedded", nil, nil},
		"what is no version neither":  {bounded("", "6.3.17"), "next", nil, nil},
		"not at this stage":           {planted(elsewhere), "6.3.20", nil, nil},
		"nothing planted":             {planted(), "6.3.20", nil, nil},
		"nothing planted, but found": {planted(), "6.3.20", []verdict.Finding{{Rule: "r", File: "unknown"}},
			[]string{`it reports r in unknown, where nothing`}},
	} {
		got := off(c.planted, suite.PrePush, c.version, c.found)
		for i, miss := range got {
			if i < len(c.want) && strings.HasPrefix(miss, c.want[i]) {
				got[i] = c.want[i]
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := off(planted(elsewhere), suite.CI, "6.3.20", nil); len(got) != 1 {
		t.Errorf("at another stage: %q", got)
	}
}

// A gate lists its findings in any order, and an artifact sorts them. What is off is the same before and after, so that
// a verifier reckons it as the run did.
func TestOrderOfFindingsChangesNothing(t *testing.T) {
	t.Parallel()
	planted := suite.Planted{
		Files: []string{"a.ts", "b.ts"}, Defects: []suite.Defect{{File: "a.ts", Rules: []string{"r"}}},
	}
	listed := []verdict.Finding{
		{Rule: "z", File: "a.ts"}, {Rule: "y", File: "b.ts", Message: "2"}, {Rule: "y", File: "b.ts", Message: "1"},
		{Rule: "y", File: "a.ts"},
	}
	settled := verdict.Outcome{Findings: listed}.Settled(1, func(text string) string { return text })
	got := off(planted, suite.CI, "6.3.20", listed)
	if len(got) != 4 {
		t.Errorf("a defect that is not reported and three accusations: %q", got)
	}
	if diff := cmp.Diff(off(planted, suite.CI, "6.3.20", settled.Findings), got); diff != "" {
		t.Error(diff)
	}
}

func TestFindingsThatAreNotJudgedAreNotOff(t *testing.T) {
	t.Parallel()
	findings := suite.Findings{"mixed": {Defects: []suite.Defect{{File: "a.ts", Rules: []string{"r"}}}}}
	for name, c := range map[string]struct {
		outcome  verdict.Outcome
		scenario string
		judged   bool
	}{
		"judged":           {verdict.Outcome{Outcome: "BLOCK"}, "mixed", true},
		"another scenario": {verdict.Outcome{Outcome: "BLOCK"}, "free", false},
		"no evidence":      {verdict.Outcome{}, "mixed", false},
	} {
		off := c.outcome.Off(findings, suite.Scenario{Name: c.scenario}, suite.CI, "6.3.20")
		if (off != nil) != c.judged {
			t.Errorf("%s: %q", name, off)
		}
	}
}
