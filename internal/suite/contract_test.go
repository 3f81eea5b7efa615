package suite

import (
	"slices"
	"testing"
)

// TestDigestIsOfAllThatAVerdictFollowsFrom changes one thing of the contract at a time.
func TestDigestIsOfAllThatAVerdictFollowsFrom(t *testing.T) {
	t.Parallel()
	whole := func() contract {
		trees := map[string]string{}
		for _, s := range Default() {
			trees[s.Name] = "100644 blob 1\ta\x00"
		}
		return contract{Default(), trees, Stages(), Journey(), OpenSpecVersion}
	}
	changes := map[string]func(*contract){
		"nothing":                  func(*contract) {},
		"a scenario's name":        func(c *contract) { c.scenarios[0].Name = "cleaner" },
		"an expected exit":         func(c *contract) { c.scenarios[1].Expected[2] = 2 },
		"a scenario less":          func(c *contract) { c.scenarios = c.scenarios[:2] },
		"scenarios in other order": func(c *contract) { slices.Reverse(c.scenarios) },
		"a tree":                   func(c *contract) { c.trees["mixed"] += "100644 blob 2\tb\x00" },
		"a tree in another's place": func(c *contract) {
			c.trees["clean"], c.trees["mixed"] = "", c.trees["mixed"]+c.trees["clean"]
		},
		"a stage's name":        func(c *contract) { c.stages[0].Name = "commit" },
		"a stage's evidence":    func(c *contract) { c.stages[2].Evidence = "PRE_CI" },
		"a stage's step":        func(c *contract) { c.stages[1].Step = StageCI },
		"stages in other order": func(c *contract) { slices.Reverse(c.stages) },
		"a step less":           func(c *contract) { c.steps = c.steps[1:] },
		"steps in other order":  func(c *contract) { c.steps[3], c.steps[4] = c.steps[4], c.steps[3] },
		"OpenSpec's version":    func(c *contract) { c.openSpec += "0" },
	}
	for i, step := range Journey() {
		changes["the command of "+step.Name] = func(c *contract) { c.steps[i].Template += " --force" }
		changes["whether "+step.Name+" is judged"] = func(c *contract) { c.steps[i].Unjudged = !c.steps[i].Unjudged }
	}
	by := map[string]string{}
	for name, change := range changes {
		c := whole()
		change(&c)
		digest := c.digest()
		if other, found := by[digest]; found {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		by[digest] = name
	}
	if digest := Default().Digest(whole().trees); by[digest] != "nothing" {
		t.Errorf("the digest of the contract is that of a change: %s", by[digest])
	}
}
