package verdict

import (
	"fmt"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Coverage names rules, as the gate does in a stage: those that were active, those of them that found something, and
// those that were not evaluated. Each list is sorted.
type Coverage struct {
	Active      []string `json:"active"`
	Matched     []string `json:"matched"`
	Unevaluated []string `json:"unevaluated"`
}

// Rules count the rules that were at work in a run: over all stages of the scenarios that a gate must block, since a
// stage names only the rules for its own change.
type Rules struct {
	Active  int `json:"active"`
	Matched int `json:"matched"`
}

// RulesOf counts the rules that were at work in the scenarios of a suite; nil where no stage of theirs says.
func RulesOf(table suite.Suite, results Results) *Rules {
	active, matched := map[string]bool{}, map[string]bool{}
	said := false
	for _, s := range table {
		if !s.Blocks() {
			continue
		}
		for _, outcome := range results[s.Name] {
			if outcome == nil || outcome.Coverage == nil {
				continue
			}
			said = true
			for _, rule := range outcome.Coverage.Active {
				active[rule] = true
			}
			for _, rule := range outcome.Coverage.Matched {
				matched[rule] = true
			}
		}
	}
	if !said {
		return nil
	}
	return &Rules{len(active), len(matched)}
}

// Rules says in words which rules were at work in the run: how many of the active ones found something.
func (r *Run) Rules() string { return RulesIn(r.Suite, r.Evidence) }

// RulesIn says it of results by a suite.
func RulesIn(table suite.Suite, results Results) string {
	rules := RulesOf(table, results)
	if rules == nil {
		return "not said"
	}
	return rules.String()
}

// String says how many of the active rules found something.
func (r Rules) String() string { return fmt.Sprintf("%d matched of %d active", r.Matched, r.Active) }
