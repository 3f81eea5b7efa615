// Package comparison is two gates side by side, as a value: what each of them came to, and what one does differently
// from the other. It is a function of two verdicts, or of several of each, and knows neither how a gate is judged nor
// how a comparison is kept.
//
// Its rules:
//   - Findings are matched by scenario, stage, rule and file. Lines are detail, and no difference.
//   - What a gate says differently of itself from one round to the next is unstable, and no difference.
package comparison

import (
	"fmt"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Comparison is two gates that were held against one contract, and what they do differently. It is what an artifact
// holds.
type Comparison struct {
	SchemaVersion  int           `json:"schema_version"`
	RunID          string        `json:"run_id"`
	GeneratedAt    string        `json:"generated_at_utc"`
	SourceCommit   verdict.Text  `json:"source_commit"`
	ContractSHA256 verdict.Text  `json:"contract_sha256"`
	Tools          verdict.Tools `json:"tools"`
	// Suite is the scenarios of the source repository, those that were left out too. Families are the lists of rules
	// that see the same defect, by its suite.
	Suite    suite.Suite `json:"suite"`
	Families [][]string  `json:"families"`
	// Verdict is what the comparison came to, and ExitCode its exit code.
	Verdict  Verdict `json:"verdict"`
	ExitCode int     `json:"exit_code"`
	Difference
	Base      Gate `json:"base"`
	Candidate Gate `json:"candidate"`
}

// Gate is one of the two, with what it came to in each round.
type Gate struct {
	PackageSpec      string       `json:"package_spec"`
	PackageName      verdict.Text `json:"package_name"`
	PackageVersion   verdict.Text `json:"package_version"`
	PackageIntegrity verdict.Text `json:"package_integrity"`
	Rounds           []Round      `json:"rounds"`
	// Promises are what became of its journeys and its probes; none where they were not asked for.
	Promises []promise.Account `json:"promises,omitempty"`
}

// Round is what a gate came to when it was judged once.
type Round struct {
	// Missed is where it is off its contract, in the order of the suite.
	Missed    []Missed                          `json:"missed"`
	Scenarios verdict.Ordered[verdict.Outcomes] `json:"scenarios"`
}

// Missed is a stage that missed its contract, the contract step that found it, and why in one line.
type Missed struct {
	Scenario string `json:"scenario"`
	Stage    string `json:"stage"`
	Step     string `json:"step"`
	Why      string `json:"why"`
}

// Verdict is what a comparison came to.
type Verdict string

// The verdicts, with the exit code of each (CONTRACT §8).
const (
	Same        Verdict = "same"         // 0: no difference
	Findings    Verdict = "findings"     // 3: findings, rules or promises differ, and no cell does
	Cells       Verdict = "cells"        // 1: an exit or an outcome differs
	OffContract Verdict = "off_contract" // 1: no cell differs, and the candidate is off its contract
	Unstable    Verdict = "unstable"     // 4: a gate disagrees with itself in a cell
)

// The exit codes that a comparison has beside those of a run (CONTRACT §8).
const (
	ExitFindings = 3
	ExitUnstable = 4
)

// exits are the exit codes of the verdicts.
var exits = map[Verdict]int{
	Same: suite.ExitPass, Findings: ExitFindings, Cells: suite.ExitFail, OffContract: suite.ExitFail,
	Unstable: ExitUnstable,
}

// GateOf returns a gate by what it came to in each round; there is at least one.
func GateOf(rounds []*verdict.Run) Gate {
	first := rounds[0].Facts
	g := Gate{
		PackageSpec: first.PackageSpec, PackageName: first.PackageName, PackageVersion: first.PackageVersion,
		PackageIntegrity: first.PackageIntegrity,
	}
	for _, run := range rounds {
		g.Rounds = append(g.Rounds, Round{MissedIn(run), run.Evidence.In(run.Suite)})
	}
	return g
}

// MissedIn returns where a run is off its contract, in the order of its suite.
func MissedIn(run *verdict.Run) []Missed {
	missed := []Missed{}
	for _, c := range run.Cells() {
		if c.State == verdict.Missed {
			missed = append(missed, Missed{c.Scenario.Name, c.Stage.Name, c.Contract.Name, c.Why})
		}
	}
	return missed
}

// Of compares two gates that were judged equally often, at least once each, on one baseline. Findings say which rules
// are of one family. All but the name of the comparison and its time is set.
func Of(base, candidate []*verdict.Run, findings suite.Findings) *Comparison {
	facts := base[0].Facts
	c := &Comparison{
		SourceCommit: facts.SourceCommit, ContractSHA256: facts.ContractSHA256, Tools: facts.Tools, Suite: facts.Suite,
		Families: Families(facts.Suite, findings), Base: GateOf(base), Candidate: GateOf(candidate),
	}
	c.Settle()
	return c
}

// Settle sets what follows from the two gates: the difference, the verdict and the exit code.
func (c *Comparison) Settle() {
	c.Difference = differ(c)
	c.Verdict = c.verdict()
	c.ExitCode = exits[c.Verdict]
}

func (c *Comparison) verdict() Verdict {
	disagrees := func(n Noise) bool { return n.Of == OfCell }
	switch d := c.Difference; {
	case slices.ContainsFunc(d.Unstable, disagrees):
		return Unstable
	case len(d.Cells) > 0:
		return Cells
	case c.Candidate.Missed() != nil:
		return OffContract
	case d.differs():
		return Findings
	}
	return Same
}

// Differs tells whether the candidate does anything differently from the base.
func (c *Comparison) Differs() bool { return c.Difference.differs() }

// Side is one of the two gates, with what it is called: base or candidate.
type Side struct {
	Name string
	Gate
}

// Sides returns the base and the candidate.
func (c *Comparison) Sides() []Side { return []Side{{"base", c.Base}, {"candidate", c.Candidate}} }

// List is what one of the gates alone has, or does, with what it is: names, or lines where Long.
type List struct {
	Title string
	Names []string
	Long  bool
}

// Lists returns the rules and the rule sets that one of the gates alone has, and the promises that changed; those that
// are empty are not among them.
func (d Difference) Lists() []List {
	lists := []List{
		{Title: "rules that are no longer active", Names: d.Rules.Gone},
		{Title: "rules that are active now", Names: d.Rules.Appeared},
		{Title: "rule sets that are no longer loaded", Names: d.Rulesets.Gone},
		{Title: "rule sets that are loaded now", Names: d.Rulesets.Appeared},
	}
	for _, kind := range promise.Kinds {
		changed := List{Title: kind.String() + " that changed", Long: true}
		for _, c := range d.Promises {
			if c.Kind == kind {
				changed.Names = append(changed.Names, c.String())
			}
		}
		lists = append(lists, changed)
	}
	return slices.DeleteFunc(lists, func(l List) bool { return len(l.Names) == 0 })
}

// Missed is where the gate is off its contract in the first round in which it is; none where it never is.
func (g Gate) Missed() []Missed {
	for _, round := range g.Rounds {
		if len(round.Missed) > 0 {
			return round.Missed
		}
	}
	return nil
}

// Account is what became of the promises of a kind; nil where they were not asked for.
func (g Gate) Account(kind promise.Kind) *promise.Account {
	at := slices.IndexFunc(g.Promises, func(a promise.Account) bool { return a.Kind == kind })
	if at < 0 {
		return nil
	}
	return &g.Promises[at]
}

// Promised is what became of the promises of a kind with both gates: how many each of them keeps.
type Promised struct {
	Kind promise.Kind
	Kept string
}

// Promised returns a line for each kind of promise that both gates were asked for.
func (c *Comparison) Promised() (all []Promised) {
	for _, kind := range promise.Kinds {
		if was, is := c.Base.Account(kind), c.Candidate.Account(kind); was != nil && is != nil {
			all = append(all, Promised{kind, fmt.Sprintf("%s -> %s", was, is)})
		}
	}
	return all
}

// String names the gate as exactly as it is known.
func (g Gate) String() string {
	if g.PackageName != "" {
		return fmt.Sprintf("%s %s", g.PackageName, g.PackageVersion)
	}
	return g.PackageSpec
}

// Chosen are the scenarios in which the gates were compared, in the order of the suite.
func (c *Comparison) Chosen() (chosen suite.Suite) {
	for _, s := range c.Suite {
		if _, ran := c.Base.Rounds[0].Scenarios.Of[s.Name]; ran {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

// Families returns the lists of two or more rules that see the same defect, each once, in the order of a suite.
func Families(table suite.Suite, findings suite.Findings) [][]string {
	families := [][]string{}
	for _, s := range table {
		for _, d := range slices.Concat(findings[s.Name].Defects, findings[s.Name].Allowed) {
			known := func(other []string) bool { return slices.Equal(other, d.Rules) }
			if len(d.Rules) > 1 && !slices.ContainsFunc(families, known) {
				families = append(families, d.Rules)
			}
		}
	}
	return families
}
