package probing_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine/enginetest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probing"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// quiet is an observer that looks away.
type quiet struct{ enginetest.Quiet }

func (quiet) Judges(string) func() { return func() {} }

// rules are those of the embedded gate that judge source files.
var rules = []string{
	"android.no-global-scope", "android.no-thread-sleep", "backend.avoid-explicit-any", "backend.no-console-log",
	"backend.no-empty-catch", "frontend.no-console-log", "frontend.no-debugger", "ios.no-anyview",
	"ios.no-force-unwrap", "ios.no-print",
}

// probed makes the probes of the embedded gate's rules with a gate, and returns a line for each rule that is off, and
// how many were seen.
func probed(t *testing.T, spec string, ids ...string) (off []string, seen int) {
	t.Helper()
	all, err := probe.Read(enginetest.Project)
	if err != nil {
		t.Fatal(err)
	}
	var chosen []probe.Probe
	for _, p := range all {
		for _, id := range ids {
			if p.Has(id) {
				chosen = append(chosen, p)
			}
		}
	}
	if len(chosen) != len(ids) {
		t.Fatalf("%d of %d rules have a probe", len(chosen), len(ids))
	}
	report, err := probing.Make(t.Context(), probing.Plan{
		Plan: enginetest.Plan(t, t.Context(), spec), All: all, Probes: chosen,
		Clean: func(text string) string { return text },
	}, quiet{})
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range report.Rules {
		switch {
		case each.Off():
			off = append(off, string(each.Outcome)+" "+each.ID)
		case each.Outcome == probe.Seen:
			seen++
		}
	}
	return off, seen
}

func TestEveryRuleOfTheEmbeddedGateIsSeen(t *testing.T) {
	t.Parallel()
	if off, seen := probed(t, "embedded", rules...); len(off) > 0 || seen != len(rules) {
		t.Errorf("%d of %d are seen, and off are %q", seen, len(rules), off)
	}
}

// found is where the embedded gate makes a finding of what a rule found in a file.
const found = "    return lines.size > 0 ?"

// A rule that says nothing is silent, one that accuses all is noisy, and one that judges another platform is foreign:
// each rule, and no other.
func TestProbesHaveTeeth(t *testing.T) {
	t.Parallel()
	with := func(word string, ids ...string) (all []string) {
		for _, id := range ids {
			all = append(all, word+" "+id)
		}
		return all
	}
	lost := `['` + strings.Join(rules[:9], `', '`) + `'].includes(id) ?`
	for name, gate := range map[string]struct {
		changes [][3]string
		ids     []string
		off     []string
		seen    int
	}{
		"loses all but one": {[][3]string{{"lib/judge.js", found, "    return lines.size > 0 && !" + lost}}, rules,
			with("silent", rules[:9]...), 1},
		"accuses all": {[][3]string{{"lib/judge.js", found, "    return lines.add(1) ?"}}, rules,
			with("noisy", rules...), 0},
		"judges another platform": {
			[][3]string{{"lib/rules/backend.js", "'backend.no-console-log'", "'ios.no-console-log'"}},
			rules[3:4], with("foreign", "ios.no-console-log"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			off, seen := probed(t, enginetest.Mutant(t, gate.changes...), gate.ids...)
			if diff := cmp.Diff(gate.off, off); diff != "" || seen != gate.seen {
				t.Errorf("%d are seen\n%s", seen, diff)
			}
		})
	}
}

// hidden is a probe of a rule that names one file only, which is another probe's.
const hidden = `An app that prints is reported.

rule: ios.no-print
-- bad/apps/ios/Z.swift --
print("z")
`

// A rule that names its first file only hides what it says of others: what is not seen among them is judged again
// alone. What is known to fail is, where what became of it must be what the gate did.
func TestWhatIsNotSeenAmongOthersIsJudgedAgainAlone(t *testing.T) {
	t.Parallel()
	names := enginetest.Mutant(t, [3]string{"package.json", `"0.0.0-embedded"`, `"6.3.0"`}, [3]string{
		"lib/judge.js", "sort(byFileThenRule);", "sort(byFileThenRule)\n" +
			"    .filter((one, at, all) => all.findIndex((other) => other.ruleId === one.ruleId) === at);",
	})
	other := strings.NewReplacer("ios.no-print", "ios.no-anyview", "Z.swift", "A.swift", `("z")`, "(AnyView(z))")
	for name, c := range map[string]struct {
		head  string
		alone bool
		want  probe.Outcome
	}{
		"not known":        {"", false, probe.Seen},
		"known":            {"known: >=6.0.0: it is folded.\n", false, probe.Known},
		"known, and alone": {"known: >=6.0.0: it is folded.\n", true, probe.Fixed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all []probe.Probe
			for called, text := range map[string]string{
				"ios/z": strings.Replace(hidden, "rule:", c.head+"rule:", 1), "ios/a": other.Replace(hidden),
			} {
				p, err := probe.Parse(called, []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, p)
			}
			plan := probing.Plan{All: all, Probes: all, Alone: c.alone, Clean: strings.Clone}
			plan.Plan = enginetest.Plan(t, t.Context(), names)
			report, err := probing.Make(t.Context(), plan, quiet{})
			if err != nil {
				t.Fatal(err)
			}
			for _, each := range report.Rules {
				if each.ID == "ios.no-print" && each.Outcome != c.want {
					t.Errorf("it is %s, want %s: %s", each.Outcome, c.want, each.Why)
				}
			}
		})
	}
}
