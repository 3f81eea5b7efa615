package suite_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

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
	log := func(files ...string) (found []suite.Found) {
		for _, file := range files {
			found = append(found, suite.Found{Rule: "no-log", File: file, Message: `do "not" log`})
		}
		return found
	}
	twin := []suite.Found{{Rule: "skills.no-log", File: "a.ts"}}
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
		found   []suite.Found
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
		"nothing planted, but found": {planted(), "6.3.20", []suite.Found{{Rule: "r", File: "unknown", Message: "m"}},
			[]string{`it reports r in unknown, where nothing`}},
	} {
		got := c.planted.Misses(suite.PrePush, c.version, c.found)
		for i, miss := range got {
			if i < len(c.want) && strings.HasPrefix(miss, c.want[i]) {
				got[i] = c.want[i]
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := planted(elsewhere).Misses(suite.CI, "6.3.20", nil); len(got) != 1 {
		t.Errorf("at another stage: %q", got)
	}
}
