// Package suite is the table of the matrix: the scenarios, the stages, the exits that the contract expects of
// them, and the steps of a run with their commands. It is pure data and small methods; running is for others.
package suite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Stage is one invocation of the gate.
type Stage struct {
	// Name is how people call it: pre-commit.
	Name string
	// Key is how artifacts call it: pre_commit.
	Key string
	// Evidence is how the gate's own evidence calls it, in snapshot.stage: PRE_COMMIT.
	Evidence string
	// Step runs it.
	Step Step
}

// The stages, in the order in which a change meets them.
var (
	PreCommit = Stage{"pre-commit", "pre_commit", "PRE_COMMIT", StagePreCommit}
	PrePush   = Stage{"pre-push", "pre_push", "PRE_PUSH", StagePrePush}
	CI        = Stage{"ci", "ci", "CI", StageCI}
)

// Stages returns every stage, in order.
func Stages() []Stage { return []Stage{PreCommit, PrePush, CI} }

// StageOf returns the stage that the step of a name runs, and its place in Stages: -1 where it runs none.
func StageOf(step string) (stage Stage, at int) {
	return find(Stages(), func(stage Stage) bool { return stage.Step.Name == step })
}

// ByStage returns a line with a value for each stage: pre-commit=0 pre-push=0 ci=0. Value takes the place of a stage in
// Stages.
func ByStage(value func(i int) string) string {
	var fields []string
	for i, stage := range Stages() {
		fields = append(fields, stage.Name+"="+value(i))
	}
	return strings.Join(fields, " ")
}

// Scenario is a set of files laid over the consumer, and what the gate must say of it.
type Scenario struct {
	// Name is the name of its folder in scenarios/.
	Name string
	// Expected are the exits, in the order of Stages.
	Expected Exits
}

// Exits are the exit codes of the stages, in the order of Stages.
type Exits [3]int

// String is how a person reads them.
func (e Exits) String() string { return ByStage(func(i int) string { return strconv.Itoa(e[i]) }) }

// All returns every scenario, in the order in which a run prints them (CONTRACT §2).
func All() []Scenario {
	return []Scenario{
		{"clean", Exits{0, 0, 0}},
		{"violations", Exits{1, 1, 1}},
		{"mixed", Exits{1, 1, 1}},
	}
}

// Named returns the scenario of a name, and its place in All: -1 where there is none.
func Named(name string) (s Scenario, at int) {
	return find(All(), func(s Scenario) bool { return s.Name == name })
}

// find returns the first of all that is what is asked for, and its place: -1 where none is.
func find[T any](all []T, is func(T) bool) (found T, at int) {
	if at = slices.IndexFunc(all, is); at >= 0 {
		found = all[at]
	}
	return found, at
}

// Names returns the names of scenarios.
func Names(scenarios []Scenario) []string {
	names := make([]string, len(scenarios))
	for i, s := range scenarios {
		names[i] = s.Name
	}
	return names
}

// Parse returns the scenarios named in a comma-separated list, each once and in the order of All whatever the order
// of the list. The error names every unknown name, in the order of the list, and the accepted values.
func Parse(list string) ([]Scenario, error) {
	known, wanted := Names(All()), map[string]bool{}
	var unknown []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if !wanted[name] && !slices.Contains(known, name) {
			unknown = append(unknown, strconv.Quote(name))
		}
		wanted[name] = true
	}
	var chosen []Scenario
	for _, s := range All() {
		if wanted[s.Name] {
			chosen = append(chosen, s)
		}
	}
	if unknown != nil {
		return nil, fmt.Errorf("unknown scenario %s: choose from %s", strings.Join(unknown, ", "),
			strings.Join(known, ", "))
	}
	return chosen, nil
}

// Folder is where a scenario's files lie in the source repository, with slashes.
func (s Scenario) Folder() string { return "scenarios/" + s.Name }

// BaseRef is the branch that pre-push and ci compare a scenario with.
func (s Scenario) BaseRef() string { return "upstream-" + s.Name }
