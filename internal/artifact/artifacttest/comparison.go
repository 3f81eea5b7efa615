package artifacttest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// CompareID is the name of every comparison.
var CompareID = artifact.RunID(artifact.Compare, Began, 7)

// Judged is a gate of a version that was judged once for each of the results.
func Judged(version string, rounds ...verdict.Results) (runs []*verdict.Run) {
	for _, results := range rounds {
		facts := Run("pumuki@" + version)
		facts.PackageVersion = verdict.Text(version)
		evidence := settled(facts.Suite, results)
		runs = append(runs, &verdict.Run{Facts: facts, Evidence: evidence, Exits: verdict.ExitsOf(evidence)})
	}
	return runs
}

// settled are results as they are written.
func settled(table suite.Suite, results verdict.Results) verdict.Results {
	return verdict.Settled(table, results, func(text string) string { return text })
}

// Compare compares two gates, and names and dates the comparison.
func Compare(base, candidate []*verdict.Run) *comparison.Comparison {
	c := comparison.Of(base, candidate, Families)
	c.SchemaVersion, c.RunID = artifact.SchemaVersion, CompareID
	c.GeneratedAt = Ended.Format(artifact.TimeLayout)
	return c
}

// Families are two, of rules that see the same defect.
var Families = suite.Findings{"mixed": {Allowed: []suite.Defect{
	{Is: "it prints", Rules: []string{"ios.no-print", "skills.ios.no-print", "ios.no-log"}},
	{Is: "it logs", Rules: []string{"backend.no-console-log", "backend.no-log"}},
}}}

// Same is a gate beside itself.
func Same() *comparison.Comparison {
	gate := Judged("1.2.3", Everything())
	return Compare(gate, gate)
}

// Rich is a comparison that holds something of everything.
func Rich() *comparison.Comparison {
	const swift, health = "apps/ios/View.swift", "apps/backend/src/health.ts"
	finding := func(rule, severity, file, message string, lines ...int) verdict.Finding {
		return verdict.Finding{Rule: rule, Severity: severity, File: file, Lines: lines, Message: message}
	}
	twice := finding("web.no-any", "WARN", "apps/web/App.tsx", "any is no type", 4)
	was := []verdict.Finding{
		finding("backend.no-empty-catch", "ERROR", health, "an empty catch", 12),
		finding("backend.no-console-log", "CRITICAL", health, "console.log", 1, 2),
		finding("backend.no-log", "WARN", health, "a log", 1),
		finding("ios.no-print", "ERROR", swift, "print()", 3),
		finding("ios.no-force-unwrap", "ERROR", swift, "a forced unwrap", 9),
		finding("ios.no-anyview", "WARN", swift, "AnyView", 7),
		finding("ios.no-wait", "INFO", swift, "it waits", 5),
		twice, twice,
	}
	is := []verdict.Finding{
		finding("backend.no-log", "WARN", health, "a log", 2),
		finding("skills.ios.no-print", "ERROR", swift, "print()", 3),
		finding("ios.no-anyview", "ERROR", swift, "AnyView", 7),
		finding("ios.no-wait", "INFO", swift, "it waits for nothing", 5),
		finding("android.no-globalscope", "ERROR", "apps/android/Main.kt", "GlobalScope", 2),
		twice,
	}
	base, candidate := Met(was...), Met(is...)
	for name, results := range map[string]verdict.Results{"base": base, "candidate": candidate} {
		for _, outcomes := range results {
			for _, o := range outcomes {
				o.Rulesets = []string{"iosEnterpriseRuleSet@1.0.0", "backendRuleSet@1.0.0"}
				o.Coverage = &verdict.Coverage{
					Active: []string{"ios.no-print", "backend.no-log", "backend.no-empty-catch"},
				}
				if name == "candidate" {
					o.Rulesets = []string{"iosEnterpriseRuleSet@1.1.0", "backendRuleSet@1.0.0"}
					o.Coverage.Active = []string{"skills.ios.no-print", "backend.no-log", "android.no-globalscope"}
					if o.Exit != suite.ExitPass {
						o.Suppressed = []verdict.Suppressed{
							{Rule: "ios.no-force-unwrap", File: swift, ReplacedBy: "ios.no-anyview"},
						}
					}
				}
			}
		}
	}
	with := func(results verdict.Results, name string, at int, change func(*verdict.Outcome)) {
		outcomes := results[name]
		changed := *outcomes[at]
		change(&changed)
		outcomes[at] = &changed
		results[name] = outcomes
	}
	with(candidate, "clean", 2, func(o *verdict.Outcome) {
		o.Exit, o.Outcome = 1, suite.Blocked
		o.Findings = []verdict.Finding{finding("web.no-any", "ERROR", "apps/web/Old.tsx", "any is no type", 1)}
	})
	with(candidate, "violations", 1, func(o *verdict.Outcome) { o.Exit, o.Outcome, o.Findings = 0, "PASS", nil })
	again := maps.Clone(candidate)
	with(again, "mixed", 2, func(o *verdict.Outcome) {
		o.Findings = append(slices.Clone(o.Findings), finding("web.no-eval", "ERROR", "apps/web/App.tsx", "eval", 8))
		o.Coverage = &verdict.Coverage{Active: append(slices.Clone(o.Coverage.Active), "web.no-eval")}
	})
	return Compare(Judged("1.2.3", base, base), Judged("1.3.0", candidate, again))
}

// Foreign is a comparison with the same text wherever something is foreign, and with every kind of difference.
func Foreign(text string) *comparison.Comparison {
	c := Rich()
	is := verdict.Text(text)
	c.SourceCommit, c.ContractSHA256, c.Tools = is, is, verdict.Tools{Git: is, Node: is, NPM: is}
	for side, gate := range []*comparison.Gate{&c.Base, &c.Candidate} {
		gate.PackageSpec, gate.PackageName, gate.PackageVersion, gate.PackageIntegrity = text, is, is, is
		for i := range gate.Rounds {
			round := &gate.Rounds[i]
			for _, outcomes := range round.Scenarios.Of {
				for _, o := range outcomes {
					o.Rulesets = append(o.Rulesets, fmt.Sprint(text, side))
					o.Coverage.Active = append(o.Coverage.Active, fmt.Sprint(text, side))
					if o.Exit != suite.ExitPass && side == 1 {
						o.Outcome = is
					}
					for f := range o.Findings {
						found := &o.Findings[f]
						found.Rule, found.File = text+found.Rule, text+found.File
						found.Message, found.Severity = text+found.Message, text+found.Severity
					}
					for s := range o.Suppressed {
						gone := &o.Suppressed[s]
						gone.Rule, gone.File, gone.ReplacedBy = text+gone.Rule, text+gone.File, text+gone.ReplacedBy
					}
				}
			}
			said := settled(c.Suite, round.Scenarios.Of)
			round.Scenarios = said.In(c.Suite)
			round.Missed = comparison.MissedIn(&verdict.Run{
				Facts: verdict.Facts{Suite: c.Suite}, Evidence: said, Exits: verdict.ExitsOf(said),
			})
		}
	}
	for i := range c.Families {
		c.Families[i] = slices.Clone(c.Families[i])
		for j := range c.Families[i] {
			c.Families[i][j] = text + c.Families[i][j]
		}
	}
	c.Settle()
	return c
}

// Compared leaves the artifact of a comparison, and returns the folder.
func Compared(t testing.TB, c *comparison.Comparison) (dir string) {
	t.Helper()
	options := Options(t, t.TempDir())
	options.RunID = CompareID
	store, err := artifact.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := errors.Join(store.BeginComparison(), store.Compared(c)); err != nil {
		t.Fatal(err)
	}
	return store.Dir()
}
