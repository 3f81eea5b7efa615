package comparison_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// always is what every gate here finds wherever it blocks, so that it blocks for something.
var always = finding("always", "always.ts")

// finding is an error of a rule in a file.
func finding(rule, file string, lines ...int) verdict.Finding {
	return verdict.Finding{Rule: rule, Severity: "ERROR", File: file, Lines: lines, Message: "as " + rule + " says"}
}

// change is something that a gate does differently.
type change func(verdict.Results)

// round is what a gate comes to that meets its contract, but for changes.
func round(changes ...change) verdict.Results {
	results := artifacttest.Met(always)
	for _, change := range changes {
		change(results)
	}
	return results
}

// at changes what a gate comes to at a stage of a scenario.
func at(name string, stage suite.Stage, change func(*verdict.Outcome)) change {
	return func(results verdict.Results) {
		_, i := suite.StageOf(stage.Step.Name)
		outcomes := results[name]
		changed := *outcomes[i]
		change(&changed)
		outcomes[i] = &changed
		results[name] = outcomes
	}
}

// finds makes a gate find something more in mixed at ci.
func finds(found ...verdict.Finding) change {
	return at("mixed", suite.CI, func(o *verdict.Outcome) { o.Findings = slices.Concat(o.Findings, found) })
}

// ends makes a stage end otherwise, without a finding where it passes.
func ends(name string, stage suite.Stage, exit int, outcome string) change {
	return at(name, stage, func(o *verdict.Outcome) {
		o.Exit, o.Outcome = exit, verdict.Text(outcome)
		if exit == suite.ExitPass {
			o.Findings = nil
		}
	})
}

// everywhere changes what a gate comes to at every stage of scenarios.
func everywhere(change func(*verdict.Outcome), names ...string) change {
	return func(results verdict.Results) {
		for _, name := range names {
			for _, stage := range suite.Stages() {
				at(name, stage, change)(results)
			}
		}
	}
}

// active makes a gate say which rules are active, and which rule sets are loaded.
func active(rules, sets []string, names ...string) change {
	return everywhere(func(o *verdict.Outcome) {
		o.Coverage, o.Rulesets = &verdict.Coverage{Active: rules}, sets
	}, names...)
}

// misses makes mixed off its contract at ci for what was planted in it.
func misses() change {
	return at("mixed", suite.CI, func(o *verdict.Outcome) { o.Misses = []string{"it does not report that x"} })
}

// gate is a gate that was judged once for each of the rounds.
func gate(rounds ...verdict.Results) []*verdict.Run { return artifacttest.Judged("1.2.3", rounds...) }

// family says that rules see the same defect.
func family(families ...[]string) suite.Findings {
	var planted suite.Planted
	for _, rules := range families {
		planted.Defects = append(planted.Defects, suite.Defect{Rules: rules})
	}
	return suite.Findings{"mixed": planted}
}

// told are all differences as a person reads them.
func told(c *comparison.Comparison) (lines []string) {
	for _, cell := range c.Cells {
		line := fmt.Sprintf("%s at %s: %s -> %s", cell.Scenario, cell.Stage, cell.Base, cell.Candidate)
		if cell.LostBlock() {
			line += ", a lost block"
		}
		lines = append(lines, line)
	}
	for _, row := range c.Rows {
		lines = append(lines, row.String())
		for _, place := range row.Places {
			lines = append(lines, "  "+place.String())
		}
	}
	for _, noise := range c.Unstable {
		lines = append(lines, noise.String())
	}
	return lines
}

func TestWhatBecomesOfFindings(t *testing.T) {
	t.Parallel()
	r, s, other := finding("r", "f", 3, 7), finding("s", "f", 4), finding("r", "g")
	grave, reworded := r, r
	grave.Severity, reworded.Message = "CRITICAL", "as r says now"
	moved, worst := finding("r", "f", 9), verdict.Finding{Rule: "z", Severity: "CRITICAL", File: "f"}
	relatives := family([]string{"r", "s"})
	suppresses := func(by string) change {
		return at("mixed", suite.CI, func(o *verdict.Outcome) {
			o.Suppressed = []verdict.Suppressed{{Rule: "r", File: "f", ReplacedBy: by}}
		})
	}
	for name, each := range map[string]struct {
		base, candidate verdict.Results
		findings        suite.Findings
		counts          string
		want            []string
	}{
		"a rule is lost": {
			round(finds(r)), round(), nil, "7 -> 6: +0 -1 ~0",
			[]string{"lost: r, ERROR", "  mixed at ci: f:3,7"},
		},
		"a rule is new": {
			round(), round(finds(r)), nil, "6 -> 7: +1 -0 ~0",
			[]string{"new: r, ERROR", "  mixed at ci: f:3,7"},
		},
		"a rule is reported of another file": {
			round(finds(r)), round(finds(other)), nil, "7 -> 7: +1 -1 ~0",
			[]string{"lost: r, ERROR", "  mixed at ci: f:3,7", "new: r, ERROR", "  mixed at ci: g"},
		},
		"lines are no difference": {round(finds(r)), round(finds(moved)), nil, "7 -> 7, no difference", nil},
		"another severity": {
			round(finds(r)), round(finds(grave)), nil, "7 -> 7: +0 -0 ~1",
			[]string{"changed: r, ERROR -> CRITICAL", "  mixed at ci: f:3,7"},
		},
		"another message": {
			round(finds(r)), round(finds(reworded)), nil, "7 -> 7: +0 -0 ~1",
			[]string{"changed: r, ERROR", `  mixed at ci: f:3,7: "as r says" -> "as r says now"`},
		},
		"once more": {
			round(finds(r)), round(finds(r, moved)), nil, "7 -> 8: +1 -0 ~0",
			[]string{"changed: r, ERROR, reported more often", "  mixed at ci: f:9"},
		},
		"once less": {
			round(finds(r, moved)), round(finds(r)), nil, "8 -> 7: +0 -1 ~0",
			[]string{"changed: r, ERROR, reported less often", "  mixed at ci: f:9"},
		},
		"three times less": {
			round(finds(r, r, r, r)), round(finds(r)), nil, "10 -> 7: +0 -3 ~0",
			[]string{
				"changed: r, ERROR, reported less often", "  mixed at ci: f:3,7", "  mixed at ci: f:3,7",
				"  mixed at ci: f:3,7",
			},
		},
		"those that say the same are paired off first": {
			round(finds(r, grave)), round(finds(reworded, r)), nil, "8 -> 8: +0 -0 ~1",
			[]string{"changed: r, CRITICAL -> ERROR", `  mixed at ci: f:3,7: "as r says" -> "as r says now"`},
		},
		"no severity and no file": {
			round(finds(verdict.Finding{Rule: "r"})), round(), nil, "7 -> 6: +0 -1 ~0",
			[]string{"lost: r, no severity", "  mixed at ci: no file"},
		},
		"without a severity, another message and once more": {
			round(finds(verdict.Finding{Rule: "r", File: "f", Message: "m"}, verdict.Finding{Rule: "s", File: "f"})),
			round(finds(verdict.Finding{Rule: "r", File: "f", Message: "n"}, verdict.Finding{Rule: "r", File: "f"},
				verdict.Finding{Rule: "s", File: "f"})),
			nil, "8 -> 9: +1 -0 ~1",
			[]string{
				"changed: r, no severity", `  mixed at ci: f: "m" -> ""`,
				"changed: r, no severity, reported more often", "  mixed at ci: f",
			},
		},
		"renamed within a family": {
			round(finds(r)), round(finds(s)), relatives, "7 -> 7: +1 -1 ~0",
			[]string{"renamed: r -> s, ERROR", `  mixed at ci: f:4: "as r says" -> "as s says"`},
		},
		"a stranger is no new name": {
			round(finds(r)), round(finds(s)), nil, "7 -> 7: +1 -1 ~0",
			[]string{"lost: r, ERROR", "  mixed at ci: f:3,7", "new: s, ERROR", "  mixed at ci: f:4"},
		},
		"a relative of another file is no new name": {
			round(finds(r)), round(finds(finding("s", "g"))), relatives, "7 -> 7: +1 -1 ~0",
			[]string{"lost: r, ERROR", "  mixed at ci: f:3,7", "new: s, ERROR", "  mixed at ci: g"},
		},
		"a relative that is reported another number of times is no new name": {
			round(finds(r)), round(finds(s, s)), relatives, "7 -> 8: +2 -1 ~0",
			[]string{
				"lost: r, ERROR (still seen by s)", "  mixed at ci: f:3,7",
				"new: s, ERROR (seen before by r)", "  mixed at ci: f:4", "  mixed at ci: f:4",
			},
		},
		"one new rule is the new name of one rule": {
			round(finds(r, s)), round(finds(finding("t", "f"))), family([]string{"r", "s", "t"}), "8 -> 7: +1 -2 ~0",
			[]string{
				"lost: s, ERROR (still seen by t)", "  mixed at ci: f:4",
				"renamed: r -> t, ERROR", `  mixed at ci: f: "as r says" -> "as t says"`,
			},
		},
		"lost, and still seen by a relative": {
			round(finds(r, s)), round(finds(s)), relatives, "8 -> 7: +0 -1 ~0",
			[]string{"lost: r, ERROR (still seen by s)", "  mixed at ci: f:3,7"},
		},
		"a relative of two families is named once": {
			round(finds(r, s)), round(finds(s)), family([]string{"r", "s"}, []string{"r", "t", "s"}),
			"8 -> 7: +0 -1 ~0", []string{"lost: r, ERROR (still seen by s)", "  mixed at ci: f:3,7"},
		},
		"new, and seen before by a relative": {
			round(finds(s)), round(finds(r, s)), relatives, "7 -> 8: +1 -0 ~0",
			[]string{"new: r, ERROR (seen before by s)", "  mixed at ci: f:3,7"},
		},
		"consolidated into a rule that is reported": {
			round(finds(r, s)), round(finds(s), suppresses("s")), nil, "8 -> 7: +0 -1 ~0",
			[]string{"consolidated into s: r, ERROR", "  mixed at ci: f:3,7"},
		},
		"consolidated into a new rule": {
			round(finds(r)), round(finds(s), suppresses("s")), relatives, "7 -> 7: +1 -1 ~0",
			[]string{
				"new: s, ERROR (seen before by r)", "  mixed at ci: f:4",
				"consolidated into s: r, ERROR", "  mixed at ci: f:3,7",
			},
		},
		"said to be consolidated into a rule that is not reported": {
			round(finds(r)), round(suppresses("s")), nil, "7 -> 6: +0 -1 ~0",
			[]string{"lost: r, ERROR", "  mixed at ci: f:3,7"},
		},
		"said to be consolidated into a rule that is reported of another file": {
			round(finds(r)), round(finds(finding("s", "g")), suppresses("s")), nil, "7 -> 7: +1 -1 ~0",
			[]string{"lost: r, ERROR", "  mixed at ci: f:3,7", "new: s, ERROR", "  mixed at ci: g"},
		},
		"said to be consolidated in another file": {
			round(finds(r, s)), round(finds(s), at("mixed", suite.CI, func(o *verdict.Outcome) {
				o.Suppressed = []verdict.Suppressed{{Rule: "r", File: "g", ReplacedBy: "s"}}
			})), nil, "8 -> 7: +0 -1 ~0",
			[]string{"lost: r, ERROR", "  mixed at ci: f:3,7"},
		},
		"the gravest first, and what no relative sees before that": {
			round(finds(r, s, finding("a", "f"), finding("b", "f")), finds(worst)),
			round(finds(s)), family([]string{"a", "s"}), "11 -> 7: +0 -4 ~0",
			[]string{
				"lost: z, CRITICAL", "  mixed at ci: f", "lost: b, ERROR", "  mixed at ci: f", "lost: r, ERROR",
				"  mixed at ci: f:3,7", "lost: a, ERROR (still seen by s)", "  mixed at ci: f",
			},
		},
		"stages and places share a row": {
			round(everywhere(func(o *verdict.Outcome) {
				o.Findings = []verdict.Finding{always, r, other}
			}, "violations", "mixed")), round(), nil, "18 -> 6: +0 -12 ~0",
			[]string{
				"lost: r, ERROR",
				"  violations at pre-commit, pre-push, ci: f:3,7", "  violations at pre-commit, pre-push, ci: g",
				"  mixed at pre-commit, pre-push, ci: f:3,7", "  mixed at pre-commit, pre-push, ci: g",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := comparison.Of(gate(each.base), gate(each.candidate), each.findings)
			if diff := cmp.Diff(each.want, told(c)); diff != "" {
				t.Error(diff)
			}
			if got := c.Findings.String(); got != each.counts {
				t.Errorf("findings: %s, want %s", got, each.counts)
			}
			want := comparison.Findings
			if each.want == nil {
				want = comparison.Same
			}
			if c.Verdict != want {
				t.Errorf("the verdict is %s", c.Verdict)
			}
		})
	}
}

func TestWhatBecomesOfCells(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		base, candidate []*verdict.Run
		exits           string
		want            []string
	}{
		"another exit": {
			gate(round(ends("clean", suite.CI, 1, "BLOCK"))), gate(round(ends("clean", suite.CI, 2, "BLOCK"))),
			"same in 8 of 9", []string{"clean at ci: exit 1, BLOCK -> exit 2, BLOCK"},
		},
		"another outcome": {
			gate(round()), gate(round(ends("clean", suite.CI, 0, "WARN"))),
			"same in 8 of 9", []string{"clean at ci: exit 0, PASS -> exit 0, WARN"},
		},
		"no evidence": {
			gate(round(ends("clean", suite.CI, 0, ""))), gate(round()),
			"same in 8 of 9", []string{"clean at ci: exit 0, no evidence -> exit 0, PASS"},
		},
		"lost blocks first": {
			gate(round()),
			gate(round(ends("clean", suite.PreCommit, 1, "BLOCK"), ends("mixed", suite.CI, 0, "PASS"))),
			"same in 7 of 9", []string{
				"mixed at ci: exit 1, BLOCK -> exit 0, PASS, a lost block",
				"clean at pre-commit: exit 0, PASS -> exit 1, BLOCK",
				"lost: always, ERROR, a lost block", "  mixed at ci: always.ts",
			},
		},
		"a lost block takes a row of its own, before all that was lost elsewhere": {
			gate(round(everywhere(func(o *verdict.Outcome) {
				o.Findings = []verdict.Finding{always, {Rule: "a", Severity: "CRITICAL", File: "a.ts"}}
			}, "mixed"))),
			gate(round(ends("mixed", suite.CI, 0, "PASS"))), "same in 8 of 9", []string{
				"mixed at ci: exit 1, BLOCK -> exit 0, PASS, a lost block",
				"lost: a, CRITICAL, a lost block", "  mixed at ci: a.ts",
				"lost: always, ERROR, a lost block", "  mixed at ci: always.ts",
				"lost: a, CRITICAL", "  mixed at pre-commit, pre-push: a.ts",
			},
		},
		"a cell that is unstable has no difference, and lost no block": {
			gate(round(), round()), gate(round(ends("mixed", suite.CI, 0, "PASS")), round(at("mixed", suite.CI,
				func(o *verdict.Outcome) { o.Findings = nil }))),
			"same in 8 of 9, unstable in 1", []string{
				"lost: always, ERROR", "  mixed at ci: always.ts",
				"unstable: mixed at ci in the candidate: exit 0, PASS | exit 1, BLOCK",
			},
		},
		"both gates are unstable in one cell": {
			gate(round(), round(ends("clean", suite.CI, 0, ""))),
			gate(round(ends("clean", suite.CI, 0, "WARN")), round()),
			"same in 8 of 9, unstable in 1", []string{
				"unstable: clean at ci in the base: exit 0, PASS | exit 0, no evidence",
				"unstable: clean at ci in the candidate: exit 0, WARN | exit 0, PASS",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := comparison.Of(each.base, each.candidate, nil)
			if diff := cmp.Diff(each.want, told(c)); diff != "" {
				t.Error(diff)
			}
			if got := c.Exits(); got != each.exits {
				t.Errorf("exits: %s, want %s", got, each.exits)
			}
		})
	}
}

func TestRulesAreThoseOfTheScenariosThatMustBlock(t *testing.T) {
	t.Parallel()
	blocks := []string{"violations", "mixed"}
	ab, bc := []string{"a", "b"}, []string{"b", "c"}
	for name, each := range map[string]struct {
		base, candidate verdict.Results
		rules, sets     string
		appeared, gone  []string
	}{
		"neither says": {round(), round(), "not said", "0 -> 0, no difference", nil, nil},
		"the base does not say": {
			round(), round(active(ab, nil, blocks...)), "not said -> 2", "0 -> 0, no difference", nil, nil,
		},
		"the candidate does not say": {
			round(active(ab, nil, blocks...)), round(), "2 -> not said", "0 -> 0, no difference", nil, nil,
		},
		"the same": {
			round(active(ab, ab, blocks...)), round(active(ab, ab, blocks...)),
			"2 -> 2, no difference", "2 -> 2, no difference", nil, nil,
		},
		"others": {
			round(active(ab, bc, blocks...)), round(active(bc, ab, blocks...)), "2 -> 2, +1 -1", "2 -> 2, +1 -1",
			[]string{"c"}, []string{"a"},
		},
		"a rule set alone": {
			round(active(ab, ab, blocks...)), round(active(ab, []string{"a", "b", "s"}, blocks...)),
			"2 -> 2, no difference", "2 -> 3, +1 -0", nil, nil,
		},
		"those of all stages together": {
			round(active(ab, ab, "violations"), active(bc, bc, "mixed")), round(active(ab, ab, blocks...)),
			"3 -> 2, +0 -1", "3 -> 2, +0 -1", nil, []string{"c"},
		},
		"those of clean do not count": {
			round(active(ab, ab, blocks...)), round(active(bc, bc, "clean"), active(ab, ab, blocks...)),
			"2 -> 2, no difference", "2 -> 2, no difference", nil, nil,
		},
		"none is not nothing said": {
			round(active(nil, nil, blocks...)), round(active(ab, nil, blocks...)), "0 -> 2, +2 -0",
			"0 -> 0, no difference", ab, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := comparison.Of(gate(each.base), gate(each.candidate), nil)
			if c.Rules.String() != each.rules || c.Rulesets.String() != each.sets {
				t.Errorf("active rules: %s; rule sets: %s", c.Rules, c.Rulesets)
			}
			if !slices.Equal(c.Rules.Appeared, each.appeared) || !slices.Equal(c.Rules.Gone, each.gone) {
				t.Errorf("appeared %v, gone %v", c.Rules.Appeared, c.Rules.Gone)
			}
			want := comparison.Findings
			if strings.HasSuffix(each.rules+each.sets, "no difference") && each.appeared == nil && each.gone == nil {
				want = comparison.Same
			}
			if c.Verdict != want {
				t.Errorf("the verdict is %s", c.Verdict)
			}
		})
	}
}

func TestWhatAGateSaysDifferentlyOfItselfIsNoDifference(t *testing.T) {
	t.Parallel()
	r := finding("r", "f", 3)
	reworded, moved := r, finding("r", "f", 9)
	reworded.Message = "else"
	names := active([]string{"a"}, []string{"s"}, "violations", "mixed")
	steady := round(names, finds(r))
	const says = ", mixed at ci in the candidate: "
	for name, each := range map[string]struct {
		candidate []*verdict.Run
		counts    string
		want      []string
	}{
		"a finding comes": {
			gate(steady, round(names, finds(r, finding("n", "f")))), "7 -> 7, no difference",
			[]string{"unstable: n, f" + says + "not reported | ERROR as n says"},
		},
		"a finding goes": {
			gate(steady, round(names)), "6 -> 6, no difference",
			[]string{"unstable: r, f" + says + "ERROR as r says | not reported"},
		},
		"a finding is reworded": {
			gate(round(names, finds(reworded)), steady), "6 -> 6, no difference",
			[]string{"unstable: r, f" + says + "ERROR else | ERROR as r says"},
		},
		"a finding is reported twice": {
			gate(steady, round(names, finds(r, reworded))), "6 -> 6, no difference",
			[]string{"unstable: r, f" + says + "ERROR as r says | ERROR as r says; ERROR else"},
		},
		"lines move": {gate(steady, round(names, finds(moved))), "7 -> 7, no difference", nil},
		"a rule and a rule set come": {
			gate(steady, round(active([]string{"a", "b"}, []string{"s", "t"}, "violations", "mixed"), finds(r))),
			"7 -> 7, no difference", []string{
				"unstable: b in the candidate: not named | named", "unstable: t in the candidate: not named | named",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := comparison.Of(gate(steady, steady), each.candidate, nil)
			if diff := cmp.Diff(each.want, told(c)); diff != "" {
				t.Error(diff)
			}
			if got := c.Findings.String(); got != each.counts {
				t.Errorf("findings: %s", got)
			}
			if c.Verdict != comparison.Same || c.Rules.String() != "1 -> 1, no difference" ||
				c.Rulesets.String() != "1 -> 1, no difference" {
				t.Errorf("%s; %s; %s", c.Verdict, c.Rules, c.Rulesets)
			}
			if got, want := c.Noise(), fmt.Sprintf("2, unstable: %d", len(each.want)); got != want {
				t.Errorf("rounds: %s", got)
			}
		})
	}
}

func TestLinesThatChangePlacesAreNoNoise(t *testing.T) {
	t.Parallel()
	says := func(message string, line int) verdict.Finding {
		return verdict.Finding{Rule: "r", Severity: "ERROR", File: "f", Lines: []int{line}, Message: message}
	}
	moody := gate(round(finds(says("a", 1), says("b", 2))), round(finds(says("a", 2), says("b", 1))))
	if c := comparison.Of(moody, moody, nil); c.Verdict != comparison.Same || told(c) != nil {
		t.Error(c.Text())
	}
}

func TestVerdictsAndTheirExitCodes(t *testing.T) {
	t.Parallel()
	broken := ends("clean", suite.CI, 1, "BLOCK")
	for name, each := range map[string]struct {
		base, candidate []*verdict.Run
		want            comparison.Verdict
		exit            int
		says            string
	}{
		"same": {gate(round()), gate(round()), comparison.Same, 0, "no difference"},
		"findings": {
			gate(round()), gate(round(finds(finding("r", "f")))), comparison.Findings, 3,
			"findings or rules differ, and no cell does",
		},
		"cells": {
			gate(round(ends("clean", suite.CI, 0, "WARN"))), gate(round()), comparison.Cells, 1, "cells differ",
		},
		"cells, and off contract": {
			gate(round()), gate(round(broken)), comparison.Cells, 1,
			"cells differ, and pumuki 1.2.3 is off its contract",
		},
		"both are off contract": {
			gate(round(broken)), gate(round(broken)), comparison.OffContract, 1,
			"no cell differs, and pumuki 1.2.3 is off its contract",
		},
		"the candidate misses what was planted": {
			gate(round()), gate(round(misses(), finds(finding("r", "f")))), comparison.OffContract, 1,
			"no cell differs, and pumuki 1.2.3 is off its contract",
		},
		"the candidate is off contract in its last round alone": {
			gate(round(), round()), gate(round(), round(misses())), comparison.OffContract, 1,
			"no cell differs, and pumuki 1.2.3 is off its contract",
		},
		"the base is off contract": {gate(round(misses())), gate(round()), comparison.Same, 0, "no difference"},
		"the base is unstable": {
			gate(round(), round(broken)), gate(round(misses()), round(misses())), comparison.Unstable, 4,
			"unstable: a gate disagrees with itself in a cell",
		},
		"the candidate is unstable, and another cell differs": {
			gate(round(), round()), gate(round(ends("mixed", suite.CI, 0, "PASS")),
				round(ends("mixed", suite.CI, 0, "PASS"), broken)), comparison.Unstable, 4,
			"unstable: a gate disagrees with itself in a cell",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := comparison.Of(each.base, each.candidate, nil)
			if c.Verdict != each.want || c.ExitCode != each.exit || c.Conclusion() != each.says {
				t.Errorf("%s, exit code %d: %s", c.Verdict, c.ExitCode, c.Conclusion())
			}
		})
	}
}

func TestMissedIsWhereAndWhyAGateIsOffItsContract(t *testing.T) {
	t.Parallel()
	c := comparison.Of(gate(round()), gate(round(ends("clean", suite.CI, 1, "BLOCK"), misses(),
		ends("violations", suite.CI, 1, ""))), nil)
	want := []comparison.Missed{
		{"clean", "ci", "exit_contract", "it exited with 1, and the contract expects 0"},
		{"violations", "ci", "evidence_contract", "its exit is right, but it left no evidence of its own"},
		{"mixed", "ci", "findings_contract", "its exit and its evidence are right, but it does not report that x"},
	}
	if diff := cmp.Diff(want, c.Candidate.Missed()); diff != "" {
		t.Error(diff)
	}
	if c.Base.Missed() != nil || c.Base.Rounds[0].Missed == nil {
		t.Errorf("the base missed %v", c.Base.Rounds[0].Missed)
	}
}

func TestAPartOfTheSuiteIsCompared(t *testing.T) {
	t.Parallel()
	part := verdict.Results{"mixed": round()["mixed"]}
	c := comparison.Of(gate(part), gate(part), nil)
	if got := c.Chosen().Names(); !slices.Equal(got, []string{"mixed"}) || len(c.Suite) != 3 {
		t.Errorf("%v of %v", got, c.Suite.Names())
	}
	if got := c.Exits(); got != "same in 3 of 3" {
		t.Errorf("exits: %s", got)
	}
	for what, text := range map[string]string{
		"scenarios: mixed (partial)": c.Text(), "- scenarios, a part: `mixed`": c.Markdown(),
	} {
		if !strings.Contains(text, what+"\n") {
			t.Errorf("no %q in:\n%s", what, text)
		}
	}
}

func TestFamiliesAreListsOfSeveralRulesEachOnce(t *testing.T) {
	t.Parallel()
	rules := func(rules ...string) suite.Defect { return suite.Defect{Rules: rules} }
	findings := suite.Findings{
		"mixed": {
			Defects: []suite.Defect{rules("b", "c"), rules("a", "b")}, Allowed: []suite.Defect{rules("d", "e")},
		},
		"violations": {Defects: []suite.Defect{rules("a", "b"), rules("alone"), rules("a", "b")}},
		"nowhere":    {Defects: []suite.Defect{rules("x", "y")}},
	}
	want := [][]string{{"a", "b"}, {"b", "c"}, {"d", "e"}}
	if diff := cmp.Diff(want, comparison.Families(suite.Default(), findings)); diff != "" {
		t.Error(diff)
	}
	if none := comparison.Families(suite.Default(), nil); none == nil || len(none) > 0 {
		t.Errorf("without any: %v", none)
	}
}

// random is what a gate might come to, from few rules and files, so that two of them have much in common.
func random(r *rand.Rand) verdict.Results {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	results := artifacttest.Met()
	for _, name := range suite.Default().Names() {
		outcomes := results[name]
		for i := range outcomes {
			o := verdict.Outcome{Exit: r.IntN(2), Outcome: verdict.Text(pick("PASS", "BLOCK", ""))}
			for range r.IntN(6) {
				o.Findings = append(o.Findings, verdict.Finding{
					Rule: pick("a", "b", "c"), Severity: pick("ERROR", "WARN"), File: pick("f", "g"),
					Lines: []int{1 + r.IntN(3)}, Message: pick("m", "n"),
				})
			}
			for range r.IntN(2) {
				o.Suppressed = append(o.Suppressed, verdict.Suppressed{
					Rule: pick("a", "b"), File: pick("f", "g"), ReplacedBy: pick("b", "c"),
				})
			}
			if r.IntN(4) > 0 {
				o.Coverage = &verdict.Coverage{Active: []string{pick("a", "b"), pick("b", "c", "d")}}
			}
			o.Rulesets = []string{pick("s", "t"), pick("t", "u")}
			outcomes[i] = &o
		}
		results[name] = outcomes
	}
	return results
}

func TestWhatHoldsOfAllComparisons(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 0))
		base, candidate := gate(random(r)), gate(random(r))
		if seed%3 == 0 {
			base, candidate = append(base, gate(random(r))...), append(candidate, gate(random(r))...)
		}
		families := family([]string{"a", "b"}, []string{"b", "c"})
		c := comparison.Of(base, candidate, families)
		back := comparison.Of(candidate, base, families)
		errorf := func(format string, args ...any) {
			t.Helper()
			t.Errorf("seed %d: "+format, append([]any{seed}, args...)...)
		}

		if n := c.Findings; n.Base+n.Appeared-n.Gone != n.Candidate {
			errorf("findings: %s", n)
		}
		for _, sets := range []comparison.Sets{c.Rules, c.Rulesets} {
			if sets.Base != nil && sets.Candidate != nil &&
				*sets.Base+len(sets.Appeared)-len(sets.Gone) != *sets.Candidate {
				errorf("rules: %s", sets)
			}
		}

		swapped := back.Findings
		swapped.Base, swapped.Candidate = swapped.Candidate, swapped.Base
		swapped.Appeared, swapped.Gone = swapped.Gone, swapped.Appeared
		if swapped != c.Findings || !slices.Equal(back.Rules.Gone, c.Rules.Appeared) ||
			!slices.Equal(back.Rules.Appeared, c.Rules.Gone) || len(back.Cells) != len(c.Cells) ||
			len(back.Unstable) != len(c.Unstable) {
			errorf("the other way round: %s and %s", c.Text(), back.Text())
		}
		strangers := comparison.Of(bare(base), bare(candidate), nil)
		turned := comparison.Of(bare(candidate), bare(base), nil)
		if diff := cmp.Diff(placed(strangers, comparison.Lost), placed(turned, comparison.New)); diff != "" {
			errorf("lost (-) and new the other way round (+): %s", diff)
		}

		shuffled := comparison.Of(shuffle(r, base), shuffle(r, candidate), families)
		if !reflect.DeepEqual(shuffled.Difference, c.Difference) {
			errorf("shuffled: %s", cmp.Diff(c.Difference, shuffled.Difference))
		}

		alone := gate(random(r))
		itself := comparison.Of(alone, alone, families)
		itself.Candidate.Rounds[0].Missed = nil
		itself.Settle()
		if itself.Verdict != comparison.Same || told(itself) != nil {
			errorf("a gate with itself: %s", itself.Text())
		}
	}
}

// bare is a gate that says of no finding that another stands for it.
func bare(runs []*verdict.Run) []*verdict.Run {
	return changed(runs, func(o *verdict.Outcome) { o.Suppressed = nil })
}

// shuffle is a gate that names its findings in another order.
func shuffle(r *rand.Rand, runs []*verdict.Run) []*verdict.Run {
	return changed(runs, func(o *verdict.Outcome) {
		o.Findings = slices.Clone(o.Findings)
		r.Shuffle(len(o.Findings), func(i, j int) { o.Findings[i], o.Findings[j] = o.Findings[j], o.Findings[i] })
	})
}

// changed is a gate that says something else everywhere.
func changed(runs []*verdict.Run, change func(*verdict.Outcome)) (all []*verdict.Run) {
	for _, run := range runs {
		other := *run
		other.Evidence = maps.Clone(run.Evidence)
		everywhere(change, run.Suite.Names()...)(other.Evidence)
		all = append(all, &other)
	}
	return all
}

// placed are the places of a kind, with the rule and a stage, sorted.
func placed(c *comparison.Comparison, kind comparison.Kind) (all []string) {
	for _, row := range c.Rows {
		for _, p := range row.Places {
			for _, stage := range p.Stages {
				if row.Kind == kind {
					words := []string{row.Rule, row.Severity(), p.Scenario, stage, p.Where()}
					all = append(all, strings.Join(words, " "))
				}
			}
		}
	}
	slices.Sort(all)
	return all
}
