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
		findings := Findings{"mixed": {
			Defects: []Defect{{File: "a", Rules: []string{"r"}}}, Allowed: []Defect{{File: "b", Rules: []string{"r"}}},
		}}
		return contract{Default(), trees, findings, Stages(), Journey(), OpenSpecVersion}
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
		"findings that are judged": func(c *contract) { c.findings["clean"] = Planted{} },
		"a defect's file":          func(c *contract) { c.findings["mixed"].Defects[0].File = "c" },
		"a defect's rules":         func(c *contract) { c.findings["mixed"].Defects[0].Rules[0] = "s" },
		"a rule more":              func(c *contract) { c.findings["mixed"].Defects[0].Rules = []string{"r", "s"} },
		"since when it is seen":    func(c *contract) { c.findings["mixed"].Defects[0].Since = "1.0.0" },
		"until when it is seen":    func(c *contract) { c.findings["mixed"].Defects[0].Until = "1.0.0" },
		"until when the first is":  func(c *contract) { c.findings["mixed"].Defects[0].FirstUntil = "1.0.0" },
		"where it is not reported": func(c *contract) { c.findings["mixed"].Defects[0].NotAt = []string{"ci"} },
		"what is allowed":          func(c *contract) { c.findings["mixed"].Allowed[0].File = "c" },
		"a defect that is allowed": func(c *contract) {
			mixed := c.findings["mixed"]
			c.findings["mixed"] = Planted{Defects: nil, Allowed: append(mixed.Defects, mixed.Allowed...)}
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
	if digest := Default().Digest(whole().trees, whole().findings); by[digest] != "nothing" {
		t.Errorf("the digest of the contract is that of a change: %s", by[digest])
	}
}
