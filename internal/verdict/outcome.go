package verdict

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Outcome is what one stage came to.
type Outcome struct {
	// Exit is the exit code of the gate.
	Exit int `json:"exit"`
	// Expected is the exit code that the contract expects. It is 0 before Settled.
	Expected int `json:"expected_exit"`
	// Outcome is snapshot.outcome of the gate's evidence: PASS, WARN or BLOCK; empty where this stage left none.
	Outcome Text `json:"outcome"`
	// Rulesets are the rule sets that the gate loaded.
	Rulesets []string `json:"rulesets"`
	// Findings are what it found. Paths are the consumer's own, with slashes.
	Findings []Finding `json:"findings"`
	// Suppressed are findings that the gate left out because another stands for them.
	Suppressed []Suppressed `json:"suppressed"`
	// Coverage is which rules the gate says were at work; nil where it does not say.
	Coverage *Coverage `json:"rules_coverage"`
	// Misses say where the findings are off what was planted in the scenario, a line each (Off).
	Misses []string `json:"misses"`
}

// Finding is one finding of the gate.
type Finding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	// Lines are sorted, each once; none is an empty list.
	Lines   []int  `json:"lines"`
	Message string `json:"message"`
}

// Suppressed is a finding of a rule that was left out for that of another rule in the same file.
type Suppressed struct {
	Rule       string `json:"rule"`
	File       string `json:"file"`
	ReplacedBy string `json:"replaced_by"`
}

// Settled is the outcome as it is written: with the exit that the contract expects, without secrets, sorted, and with
// no null where a list is empty.
func (o Outcome) Settled(expected int, redact func(string) string) *Outcome {
	o.Expected = expected
	o.Outcome = Text(redact(string(o.Outcome)))
	o.Rulesets = sorted(o.Rulesets, redact)
	o.Findings = append([]Finding{}, o.Findings...)
	for i, f := range o.Findings {
		lines := append([]int{}, f.Lines...)
		o.Findings[i] = Finding{redact(f.Rule), redact(f.Severity), redact(f.File), lines, redact(f.Message)}
	}
	slices.SortFunc(o.Findings, Finding.Compare)
	o.Suppressed = append([]Suppressed{}, o.Suppressed...)
	for i, s := range o.Suppressed {
		o.Suppressed[i] = Suppressed{redact(s.Rule), redact(s.File), redact(s.ReplacedBy)}
	}
	slices.SortFunc(o.Suppressed, Suppressed.compare)
	if said := o.Coverage; said != nil {
		o.Coverage = &Coverage{
			sorted(said.Active, redact), sorted(said.Matched, redact), sorted(said.Unevaluated, redact),
		}
	}
	o.Misses = append([]string{}, o.Misses...)
	for i, miss := range o.Misses {
		o.Misses[i] = redact(miss)
	}
	return &o
}

// Settled are the results of a suite's scenarios, each outcome as it is written. A scenario that reached no stage is
// not among them.
func Settled(table suite.Suite, results Results, redact func(string) string) Results {
	settled := Results{}
	for _, s := range table {
		outcomes := results[s.Name]
		for i, outcome := range outcomes {
			if outcome != nil {
				outcomes[i] = outcome.Settled(s.Expected[i], redact)
				settled[s.Name] = outcomes
			}
		}
	}
	return settled
}

// Compare orders findings as an artifact lists them; it is 0 where two say the same.
func (f Finding) Compare(g Finding) int {
	return cmp.Or(
		strings.Compare(f.Rule, g.Rule), strings.Compare(f.Severity, g.Severity), strings.Compare(f.File, g.File),
		slices.Compare(f.Lines, g.Lines), strings.Compare(f.Message, g.Message),
	)
}

// Severities are those of the gate, the gravest first.
var Severities = []string{"CRITICAL", "ERROR", "WARN", "INFO"}

// Gravity is the rank of the finding's severity: 0 is the gravest, and an unknown one comes last.
func (f Finding) Gravity() int {
	if at := slices.Index(Severities, f.Severity); at >= 0 {
		return at
	}
	return len(Severities)
}

// ByGravity returns findings with the gravest first; those of one severity stay in their order.
func ByGravity(findings []Finding) []Finding {
	return slices.SortedStableFunc(slices.Values(findings), func(f, g Finding) int { return f.Gravity() - g.Gravity() })
}

// Place is where the finding is: the file, and the lines where it names some, as file:3,7.
func (f Finding) Place() string {
	place, before := f.File, ":"
	for _, line := range f.Lines {
		place, before = place+before+strconv.Itoa(line), ","
	}
	return place
}

// Unproven says why the gate's own evidence does not bear out its exit; it is empty where the evidence does.
func (o Outcome) Unproven() string {
	switch weight := suite.Weigh(o.Exit, string(o.Outcome), len(o.Findings)); {
	case o.Outcome == "":
		return "left no evidence of its own"
	case weight == suite.Contradicted && o.Exit == suite.ExitPass:
		return "exited 0 while its evidence says " + suite.Blocked
	case weight == suite.Contradicted:
		return "blocked while its evidence says " + string(o.Outcome)
	case weight == suite.Unfounded:
		return "blocked without a finding"
	}
	return ""
}

// Sorted tells whether the rule sets, the rules and the findings are sorted, as a run writes them.
func (o Outcome) Sorted() bool {
	said := cmp.Or(o.Coverage, &Coverage{})
	return slices.IsSorted(o.Rulesets) && slices.IsSortedFunc(o.Findings, Finding.Compare) &&
		slices.IsSortedFunc(o.Suppressed, Suppressed.compare) &&
		slices.IsSorted(said.Active) && slices.IsSorted(said.Matched) && slices.IsSorted(said.Unevaluated)
}

func (s Suppressed) compare(t Suppressed) int {
	return cmp.Or(strings.Compare(s.Rule, t.Rule), strings.Compare(s.File, t.File),
		strings.Compare(s.ReplacedBy, t.ReplacedBy))
}

// sorted returns names as an artifact lists them: without secrets, sorted, each once, and none as an empty list.
func sorted(names []string, redact func(string) string) []string {
	names = append([]string{}, names...)
	for i, name := range names {
		names[i] = redact(name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
