package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// contract is everything on our side that a verdict follows from. It is the same for every gate.
type contract struct {
	scenarios Suite
	// trees are the files of the scenarios, by the name of the scenario.
	trees    map[string]string
	findings Findings
	stages   []Stage
	// steps are those from the clone to the last stage, in order.
	steps    []Step
	openSpec string
}

// Digest is the SHA-256, in hexadecimal, of the contract that a gate is held against by the scenarios (CONTRACT §6):
// their names, expected exits, findings and trees, as "git ls-tree -r -z" tells each, the stages, the steps with their
// commands, and the version of OpenSpec.
func (s Suite) Digest(trees map[string]string, findings Findings) string {
	return contract{s, trees, findings, Stages(), Journey(), OpenSpecVersion}.digest()
}

// digest hashes the contract as lines. A quoted value is one line, whatever it holds.
func (c contract) digest() string {
	hash := sha256.New()
	for _, stage := range c.stages {
		fmt.Fprintf(hash, "stage %q evidence %q step %q\n", stage.Name, stage.Evidence, stage.Step.Name)
	}
	for _, step := range c.steps {
		fmt.Fprintf(hash, "step %q judged %t command %q\n", step.Name, !step.Unjudged, step.Template)
	}
	fmt.Fprintf(hash, "OpenSpec %q\n", c.openSpec)
	for _, s := range c.scenarios {
		fmt.Fprintf(hash, "scenario %q exits %v tree %q\n", s.Name, s.Expected, c.trees[s.Name])
		planted, judged := c.findings[s.Name]
		fmt.Fprintf(hash, "findings judged %t\n", judged)
		for i, d := range slices.Concat(planted.Defects, planted.Allowed) {
			fmt.Fprintf(hash, "defect %t file %q rules %q first until %q since %q until %q not at %q\n",
				i < len(planted.Defects), d.File, d.Rules, d.FirstUntil, d.Since, d.Until, d.NotAt)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}
