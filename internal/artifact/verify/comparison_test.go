package verify_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// compared leaves a rich comparison.
func compared(t testing.TB) string { return artifacttest.Compared(t, artifacttest.Rich()) }

// repository is the source repository that the comparisons were made in.
var repository = verify.Expect{Commit: func(string) (suite.Suite, suite.Findings, error) {
	return suite.Default(), artifacttest.Families, nil
}}

func TestAWholeComparisonIsVerified(t *testing.T) {
	t.Parallel()
	foreign := artifacttest.Foreign("\x1b[31m\n<b>`|")
	foreign.SourceCommit, foreign.ContractSHA256 = artifacttest.Commit, artifacttest.Contract
	for name, each := range map[string]struct {
		made *comparison.Comparison
		told string
	}{
		"rich": {
			artifacttest.Rich(),
			"pumuki 1.2.3 -> pumuki 1.3.0: cells differ, and pumuki 1.3.0 is off its contract",
		},
		"same":    {artifacttest.Same(), "pumuki 1.2.3 -> pumuki 1.2.3: no difference"},
		"foreign": {foreign, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, expect := artifacttest.Compared(t, each.made), repository
			if name == "foreign" {
				expect = verify.Expect{}
			}
			report, read := verify.Comparison(dir, expect)
			want := "verified: comparison pumuki-compare-20260102T030356Z-7: " + each.told
			if got := report.String(); !strings.HasPrefix(got, want) || strings.ContainsFunc(got, unicode.IsControl) {
				t.Fatalf("got %q", got)
			}
			if read.Text() != each.made.Text() || read.Markdown() != each.made.Markdown() {
				t.Errorf("it is read as %s", read.Text())
			}
		})
	}
}

func TestNoComparisonIsNoBrokenPromise(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing"), passed(t)} {
		if report, read := verify.Comparison(dir, verify.Expect{}); report.Err() != nil || read != nil {
			t.Errorf("%s, %v", report, read)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o644))
	if report, _ := verify.Comparison(file, verify.Expect{}); report.Err() == nil {
		t.Error("a file is no folder")
	}
}

func TestWhatIsMadeOfAComparisonDoesNotStandWithoutIt(t *testing.T) {
	t.Parallel()
	for _, name := range []string{artifact.ComparisonMarkdownName, artifact.ComparisonReportName} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
		report, read := verify.Comparison(dir, verify.Expect{})
		want := name + " stands in " + filepath.Base(dir) + " without pumuki-compare.json"
		if report.String() != want || read != nil {
			t.Errorf("got %s", report)
		}
	}
}

// What became of promises with each gate is whole in a comparison too.
func TestPromisesOfAComparisonAreVerified(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(a *promise.Account){
		"":                          func(*promise.Account) {},
		"journeys of the candidate": func(a *promise.Account) { a.Promises[0].State = promise.Broken },
		"its promises are not in the order": func(a *promise.Account) {
			a.Promises[0], a.Promises[1] = a.Promises[1], a.Promises[0]
		},
	} {
		c := artifacttest.Rich()
		e := artifacttest.Entry("sha512-a")
		c.Base.Promises = []promise.Account{artifacttest.Account(e, "").Account}
		c.Candidate.Promises = []promise.Account{artifacttest.Account(e, "unexpected success").Account}
		change(&c.Candidate.Promises[0])
		c.Settle()
		report, _ := verify.Comparison(artifacttest.Compared(t, c), repository)
		if got := report.String(); (report.Err() == nil) != (says == "") || !strings.Contains(got, says) {
			t.Errorf("want %q, got %s", says, got)
		}
	}
}

// object is a JSON object.
type object = map[string]any

// inRound changes a round of one side.
func inRound(side string, i int, change func(object)) func(object) {
	return func(document object) { change(document[side].(object)["rounds"].([]any)[i].(object)) }
}

// inFirst changes the first object of a list.
func inFirst(list string, change func(object)) func(object) {
	return func(document object) { change(document[list].([]any)[0].(object)) }
}

// missing makes a list of what was missed, from scenario, stage, step and why of each.
func missing(each ...[4]string) []any {
	list := []any{}
	for _, m := range each {
		list = append(list, object{"scenario": m[0], "stage": m[1], "step": m[2], "why": m[3]})
	}
	return list
}

func TestEveryBrokenPromiseOfAComparisonIsSaid(t *testing.T) {
	t.Parallel()
	const name = artifact.ComparisonName
	const differs = name + ": the differences are not those of its two gates"
	const unborne = "its exit is right, but its evidence does not bear it out"
	const follows = ", and its two gates make it cells with 1"
	at := [4]string{"clean", "ci", "exit_contract", "it exited with 1, and the contract expects 0"}
	push := [4]string{"violations", "pre-push", "exit_contract", "it exited with 0, and the contract expects 1"}
	never := [4]string{"mixed", "pre-commit", "findings_contract", "invented"}
	otherwise := at
	otherwise[3] = "for fun"
	unseen := func(scenario, stage, why string) func(object) {
		return set(missing(at, push, [4]string{scenario, stage, "evidence_contract", why}), "missed")
	}
	for does, each := range map[string]struct {
		change func(object)
		says   string
	}{
		"a count of findings":       {set(1, "findings", "appeared"), differs},
		"a count of rules":          {set(7, "rules", "base"), differs},
		"a rule set":                {set([]any{"x"}, "rulesets", "gone"), differs},
		"a row is of another kind":  {inFirst("differences", set("new", "kind")), differs},
		"a row is gone":             {set([]any{}, "differences"), differs},
		"a cell is gone":            {set([]any{}, "cells"), differs},
		"a cell ended otherwise":    {inFirst("cells", set(2, "candidate", "exit")), differs},
		"noise is gone":             {set([]any{}, "unstable"), differs},
		"noise is of the other":     {inFirst("unstable", set("base", "gate")), differs},
		"a verdict":                 {set("same", "verdict"), "the verdict is same with exit code 1" + follows},
		"an exit code":              {set(0, "exit_code"), "the verdict is cells with exit code 0" + follows},
		"a verdict that is none":    {set("fine", "verdict"), "at /verdict: "},
		"an exit code that is none": {set(2, "exit_code"), "at /exit_code: "},
		"a finding of one round": {
			inRound("base", 1, set([]any{}, "scenarios", "mixed", "ci", "findings")),
			name + ": round 2 of the base: mixed at ci is not among what it missed: ",
		},
		"a message of one round": {
			inRound("base", 1, func(round object) {
				at := round["scenarios"].(object)["mixed"].(object)["ci"].(object)
				inFirst("findings", set("else", "message"))(at)
			}), differs,
		},
		"an outcome of one round": {
			inRound("candidate", 1, set("PASS", "scenarios", "clean", "ci", "outcome")), differs,
		},
		"an expected exit": {
			inRound("base", 0, set(1, "scenarios", "clean", "ci", "expected_exit")),
			name + ": round 1 of the base: clean at ci: the expected exit is 1, and the contract says 0",
		},
		"misses that are not those of the suite": {
			all(inRound("base", 0, set([]any{"x"}, "scenarios", "mixed", "ci", "misses")), inRound("base", 0,
				set(missing([4]string{"mixed", "ci", "findings_contract",
					"its exit and its evidence are right, but x"}), "missed"))),
			"misses are not what its findings miss by the suite",
		},
		"nothing is missed": {
			inRound("candidate", 0, set([]any{}, "missed")),
			name + ": round 1 of the candidate: clean at ci is not among what it missed: it exited with 1",
		},
		"something else is missed": {
			inRound("base", 1, set(missing(never), "missed")),
			name + ": round 2 of the base: it did not miss mixed at pre-commit",
		},
		"it is missed for another reason": {
			inRound("candidate", 0, set(missing(otherwise, push), "missed")), "it did not miss clean at ci",
		},
		"it is missed twice": {
			inRound("candidate", 0, set(missing(at, at, push), "missed")),
			name + ": round 1 of the candidate: what it missed is not in the order of the suite, each once",
		},
		"it is missed in another order": {
			inRound("candidate", 0, set(missing(push, at), "missed")), "is not in the order of the suite, each once",
		},
		"evidence is missed of a scenario that is none": {
			inRound("candidate", 0, unseen("nowhere", "ci", unborne)), "it did not miss nowhere at ci",
		},
		"evidence is missed at a stage that is none": {
			inRound("candidate", 0, unseen("mixed", "lunch", unborne)), "it did not miss mixed at lunch",
		},
		"evidence is missed for a reason that is none": {
			inRound("candidate", 0, unseen("mixed", "ci", "for fun")), "it did not miss mixed at ci",
		},
		"another list of families": {
			set([]any{[]any{"a", "b"}}, "families"), name + ": families are not those of the suite",
		},
		"no families": {set([]any{}, "families"), name + ": families are not those of the suite"},
		"a round is gone": {
			func(document object) {
				base := document["base"].(object)
				base["rounds"] = base["rounds"].([]any)[:1]
			}, name + ": the base was judged 1 times, and the candidate 2 times",
		},
		"no round":             {set([]any{}, "base", "rounds"), "at /base/rounds: "},
		"a round that is null": {set([]any{nil}, "candidate", "rounds"), "at /candidate/rounds/0: "},
		"no scenario":          {inRound("base", 0, set(object{}, "scenarios")), "at /base/rounds/0/scenarios: "},
		"a scenario of no suite": {
			inRound("base", 0, move("mixed", "nowhere", "scenarios")),
			`round 1 of the base: "nowhere" is no scenario of the suite`,
		},
		"a scenario of one side alone": {
			inRound("candidate", 1, remove("scenarios", "mixed")),
			name + ": round 2 of the candidate: its scenarios are not those of the others",
		},
		"a stage did not run": {
			inRound("candidate", 0, set(nil, "scenarios", "mixed", "ci")),
			name + ": round 1 of the candidate: mixed at ci: the stage did not run",
		},
		"findings that are not sorted": {
			inRound("base", 0, func(round object) {
				at := round["scenarios"].(object)["mixed"].(object)["ci"].(object)
				found := at["findings"].([]any)
				found[0], found[1] = found[1], found[0]
			}), "rules and findings are not sorted",
		},
		"another suite": {
			inFirst("suite", set(1, "ci_exit")), "the suite is not that of commit",
		},
		"a scenario twice in the suite": {
			func(document object) {
				table := document["suite"].([]any)
				document["suite"] = append(table, table[0])
			}, "the suite names clean twice",
		},
		"the name of a run": {set(artifacttest.ID, "run_id"), "at /run_id: "},
		"a time before it began": {
			set("2026-01-02T03:03:55Z", "generated_at_utc"), "lies before the run began, by its run_id",
		},
		"a version of the shape":  {set(2, "schema_version"), "at /schema_version: "},
		"a key is missing":        {remove("unstable"), "at /: missing property 'unstable'"},
		"a count without a value": {set(nil, "findings", "gone"), "at /findings/gone: "},
	} {
		t.Run(does, func(t *testing.T) {
			t.Parallel()
			dir := compared(t)
			tampering{file: name, change: each.change}.apply(t, dir)
			report, read := verify.Comparison(dir, repository)
			if report.Err() == nil || !strings.Contains(report.String(), each.says) || read != nil {
				t.Errorf("got:\n%s\nwant: %s", report, each.says)
			}
		})
	}
}

func TestEvidenceThatIsOfAnotherStageIsTakenFromAComparison(t *testing.T) {
	t.Parallel()
	c := artifacttest.Same()
	for _, gate := range []*comparison.Gate{&c.Base, &c.Candidate} {
		gate.Rounds = []comparison.Round{{Scenarios: gate.Rounds[0].Scenarios, Missed: []comparison.Missed{{
			Scenario: "mixed", Stage: "ci", Step: suite.EvidenceContract.Name,
			Why: "its exit is right, but its evidence does not bear it out",
		}}}}
	}
	c.Settle()
	if report, _ := verify.Comparison(artifacttest.Compared(t, c), verify.Expect{}); report.Err() != nil {
		t.Error(report)
	}
	if c.Verdict != comparison.OffContract {
		t.Errorf("the verdict is %s", c.Verdict)
	}
}

func TestAComparisonIsOfACommitOfTheRepository(t *testing.T) {
	t.Parallel()
	report, _ := verify.Comparison(compared(t), verify.Expect{
		Commit: func(string) (suite.Suite, suite.Findings, error) { return nil, nil, errors.New("no such commit") },
	})
	want := artifact.ComparisonName + ": commit " + artifacttest.Commit + " of the source repository: no such commit"
	if report.String() != want {
		t.Errorf("got %s", report)
	}
}

// TestADamagedComparisonIsRefused changes bytes of a comparison, and parts of it, at random.
func TestADamagedComparisonIsRefused(t *testing.T) {
	t.Parallel()
	dir := compared(t)
	path := filepath.Join(dir, artifact.ComparisonName)
	whole, err := os.ReadFile(path)
	must(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	for range 15 {
		data := bytes.Clone(whole)
		if r.IntN(2) == 0 {
			data[r.IntN(len(data))] = byte(r.IntN(256))
		} else {
			var document any
			must(t, json.Unmarshal(whole, &document))
			document = damaged(r, document)
			data = encode(t, document)
		}
		must(t, os.WriteFile(path, data, 0o644))
		report, read := verify.Comparison(dir, repository)
		if (report.Err() == nil) != (read != nil) {
			t.Errorf("%s: %v", report, read)
		}
		for line := range strings.SplitSeq(report.String(), "\n") {
			if strings.ContainsFunc(line, unicode.IsControl) || len(line) > 2000 {
				t.Errorf("%q", line)
			}
		}
	}
}

// damaged is a document with something at a random place removed, or replaced by something else.
func damaged(r *rand.Rand, document any) any {
	others := []any{nil, "", "x", 0, -1, 1.5, true, []any{}, object{}, []any{nil}, object{"x": nil}}
	if r.IntN(6) == 0 {
		return others[r.IntN(len(others))]
	}
	switch held := document.(type) {
	case object:
		if keys := slices.Sorted(maps.Keys(held)); len(keys) > 0 {
			key := keys[r.IntN(len(keys))]
			if r.IntN(12) == 0 {
				delete(held, key)
				return held
			}
			held[key] = damaged(r, held[key])
		}
		return held
	case []any:
		if len(held) > 0 {
			i := r.IntN(len(held))
			held[i] = damaged(r, held[i])
		}
		return held
	}
	return others[r.IntN(len(others))]
}
