package suite

import (
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

// ByStage returns a line with a value for each stage: pre-commit=0 pre-push=0 ci=0. Value is given the place of a stage
// in Stages.
func ByStage(value func(i int) string) string {
	var fields []string
	for i, stage := range Stages() {
		fields = append(fields, stage.Name+"="+value(i))
	}
	return strings.Join(fields, " ")
}

// Exits are the exit codes of the stages, in the order of Stages.
type Exits [3]int

// String is how a person reads them.
func (e Exits) String() string { return ByStage(func(i int) string { return strconv.Itoa(e[i]) }) }
