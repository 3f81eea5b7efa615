package verdict_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestDiffTellsWhatAGateDidDifferently(t *testing.T) {
	t.Parallel()
	a, b := verdict.Finding{Rule: "a"}, verdict.Finding{Rule: "b"}
	block := func(found ...verdict.Finding) *verdict.Outcome {
		return &verdict.Outcome{Exit: 1, Outcome: "BLOCK", Rulesets: []string{"x", "y"}, Findings: found}
	}
	warned, relabelled := block(a), block(a)
	warned.Outcome, relabelled.Rulesets = "WARN", []string{"x"}
	pass := &verdict.Outcome{Outcome: "PASS", Rulesets: []string{"y", "x"}}
	type told struct {
		At             string
		Exit           bool
		Gone, Appeared []verdict.Finding
	}
	for name, each := range map[string]struct {
		was, is *verdict.Outcome
		want    []told
	}{
		"nothing":                {block(a, b), block(b, a), nil},
		"neither ran":            {nil, nil, nil},
		"a finding more":         {block(a), block(a, b), []told{{"mixed at ci", false, nil, []verdict.Finding{b}}}},
		"one of two alike":       {block(a, a), block(a), []told{{"mixed at ci", false, []verdict.Finding{a}, nil}}},
		"another outcome":        {block(a), warned, []told{{"mixed at ci", false, nil, nil}}},
		"a rule set less":        {block(a), relabelled, []told{{"mixed at ci", false, nil, nil}}},
		"let through":            {block(a), pass, []told{{"mixed at ci", true, []verdict.Finding{a}, nil}}},
		"it did not come to run": {block(a), nil, []told{{"mixed at ci", true, []verdict.Finding{a}, nil}}},
	} {
		facts := verdict.Facts{Suite: suite.Default()}
		was := &verdict.Run{Facts: facts, Evidence: verdict.Results{"mixed": {nil, nil, each.was}}}
		is := &verdict.Run{Facts: facts, Evidence: verdict.Results{"mixed": {nil, nil, each.is}}}
		var got []told
		for _, d := range was.Diff(is) {
			got = append(got, told{d.Scenario.Name + " at " + d.Stage.Name, d.ExitDiffers(), d.Gone, d.Appeared})
		}
		if diff := cmp.Diff(each.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
