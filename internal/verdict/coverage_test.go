package verdict_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// A stage tells of the rules for its change alone, so they are counted over all stages that must block.
func TestRulesAreCountedOverAllThatMustBlock(t *testing.T) {
	t.Parallel()
	said := func(active, matched []string) *verdict.Outcome {
		return &verdict.Outcome{Coverage: &verdict.Coverage{Active: active, Matched: matched}}
	}
	a, ab, b, c := []string{"a"}, []string{"a", "b"}, []string{"b"}, []string{"c"}
	for name, each := range map[string]struct {
		results verdict.Results
		want    string
	}{
		"the union": {
			verdict.Results{"violations": {said(ab, a)}, "mixed": {nil, said(c, nil), said(ab, b)}},
			"2 matched of 3 active",
		},
		"one stage says":    {verdict.Results{"violations": {{}, said(ab, a), nil}}, "1 matched of 2 active"},
		"of no rule at all": {verdict.Results{"violations": {said(nil, nil)}}, "0 matched of 0 active"},
		"clean alone says":  {verdict.Results{"clean": {said(ab, a)}, "mixed": {{}}}, "not said"},
		"nothing ran":       {nil, "not said"},
	} {
		run := verdict.Run{Facts: verdict.Facts{Suite: suite.Default()}, Evidence: each.results}
		if diff := cmp.Diff(each.want, run.Rules()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
