package history_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
)

// entry is the entry of a version that does something else by a change.
func entry(version string, change func(*artifact.Entry)) artifact.Entry {
	e := artifacttest.Entry("sha512-" + version)
	if change != nil {
		change(&e)
	}
	return e
}

func broke(e *artifact.Entry) {
	e.Broke = &artifact.Broke{Phase: "clean", Step: "npm_install_package", Why: "it exited with 1"}
}

func loses(e *artifact.Entry) {
	for name, outcomes := range e.Scenarios.Of {
		for i, o := range outcomes {
			other := *o
			if len(other.Findings) > 0 {
				other.Findings = other.Findings[:1]
			}
			outcomes[i] = &other
		}
		e.Scenarios.Of[name] = outcomes
	}
}

func off(e *artifact.Entry) {
	loses(e)
	e.Scenarios.Of["clean"][2].Exit = 1
	e.Missed = []comparison.Missed{{Scenario: "clean", Stage: "ci", Step: "exit_contract", Why: "no"}}
}

// sweep is a sweep over versions that are named by their order.
func sweep(entries ...artifact.Entry) *history.Sweep {
	b := history.New(history.Head{Suite: entries[0].Suite})
	for i, e := range entries {
		b.Add(history.Version{Version: string(rune('1' + i)), Published: "2026-11-29T08:00:00Z"}, e)
	}
	return b.Sweep()
}

// Versions show in runs of equal behaviour, and then what changed between them. What could not be judged ends no run.
func TestVersionsShowInRunsOfEqualBehaviour(t *testing.T) {
	t.Parallel()
	s := sweep(entry("1", nil), entry("2", nil), entry("3", broke), entry("4", nil), entry("5", nil),
		entry("6", loses), entry("7", off))
	const text = `1      2026-11-29  0/0/0 1/1/1 1/1/1  rules: 1 matched of 3 active  findings: 12  9s  met its contract
2      same as 1
3      2026-11-29  could not be judged: clean at npm_install_package: it exited with 1
4 … 5  same as 1
6      2026-11-29  0/0/0 1/1/1 1/1/1  rules: 1 matched of 3 active  findings: 6  9s  met its contract
7      2026-11-29  0/0/1 1/1/1 1/1/1  rules: 1 matched of 3 active  findings: 6  9s  off its contract: clean at ci: no
what changed (mage compare -base=SPEC -spec=SPEC shows more):
5 -> 6: exits same in 9 of 9; active rules 3 -> 3, no difference; findings 12 -> 6: +0 -6 ~0
6 -> 7: exits same in 8 of 9; active rules 3 -> 3, no difference; findings 6 -> 6, no difference
  clean at ci: exit 0, PASS -> exit 1, PASS
verdict: 5 of 7 met the contract; 1 did not: 7; 1 could not be judged (-retry judges them again): 3
`
	if diff := cmp.Diff(text, s.Text()); diff != "" {
		t.Error(diff)
	}
	const head = "version,published,deprecated,verdict,clean pre-commit,clean pre-push,clean ci," +
		"violations pre-commit,violations pre-push,violations ci,mixed pre-commit,mixed pre-push,mixed ci," +
		"rules active,rules matched,findings,seconds,same as,why"
	rows := strings.Split(string(s.CSV()), "\n")
	for at, want := range map[int]string{
		0: head,
		2: "2,2026-11-29T08:00:00Z,,met,0,0,0,1,1,1,1,1,1,3,1,12,9.0,1,",
		3: "3,2026-11-29T08:00:00Z,,unjudged,,,,,,,,,,3,1,,9.0,,clean at npm_install_package: it exited with 1",
		7: "7,2026-11-29T08:00:00Z,,missed,0,0,1,1,1,1,1,1,1,3,1,6,9.0,,clean at ci: no",
	} {
		if diff := cmp.Diff(want, rows[at]); diff != "" {
			t.Errorf("row %d of the table: %s", at, diff)
		}
	}
}

// A message that holds an age or a count is no change where nothing else of it is another.
func TestNumbersInMessagesAreNoChange(t *testing.T) {
	t.Parallel()
	says := func(message string) func(*artifact.Entry) {
		return func(e *artifact.Entry) {
			for name, outcomes := range e.Scenarios.Of {
				for i, o := range outcomes {
					other := *o
					other.Findings = slices.Clone(o.Findings)
					for f := range other.Findings {
						other.Findings[f].Message = message
					}
					outcomes[i] = &other
				}
				e.Scenarios.Of[name] = outcomes
			}
		}
	}
	first := entry("1", says("stale for 54162931s, max=900s"))
	s := sweep(first, entry("2", says("stale for 7s, max=1200s")), entry("3", says("fresh for 3s")))
	if len(s.Steps) != 1 || s.Versions[1].SameAs != "1" || s.Steps[0].To != "3" {
		t.Errorf("%s", s.Text())
	}
	if message := first.Scenarios.Of["violations"][0].Findings[0].Message; !strings.Contains(message, "54162931") {
		t.Errorf("the entry itself says %q now", message)
	}
}

func TestSweepEndsAsTheWorstOfItsVersions(t *testing.T) {
	t.Parallel()
	good, bad, none := entry("1", nil), entry("2", off), entry("3", broke)
	for code, s := range map[int]*history.Sweep{
		0: sweep(good, good), 5: sweep(good, none), 1: sweep(good, none, bad),
	} {
		if s.ExitCode != code {
			t.Errorf("%s ends with %d, want %d", s.Conclusion(), s.ExitCode, code)
		}
	}
}

// A version whose tarball no registry tells has no entry, and is no less a version.
func TestVersionWithoutAnEntryCouldNotBeJudged(t *testing.T) {
	t.Parallel()
	b := history.New(history.Head{})
	b.AddUnknown(history.Version{Version: "1", Took: 5}, "nobody has it")
	if s := b.Sweep(); s.Unjudged != 1 || s.ExitCode != 5 || s.Versions[0].Why != "nobody has it" {
		t.Errorf("%+v", s)
	}
}

// What a verdict does not follow from may differ, and that is told.
func TestVerdictsThatAreMixedAreToldApart(t *testing.T) {
	t.Parallel()
	s := sweep(entry("1", nil), entry("2", func(e *artifact.Entry) { e.System, e.Tools.NPM = "plan9/arm", "12.0.0" }))
	want := []string{"npm: " + string(entry("1", nil).Tools.NPM) + ", 12.0.0", "systems: linux/amd64, plan9/arm"}
	if diff := cmp.Diff(want, s.Mixed); diff != "" {
		t.Error(diff)
	}
	if same := sweep(entry("1", nil), entry("2", nil)); len(same.Mixed) > 0 {
		t.Error(same.Mixed)
	}
}

// What became of promises stands with each version, and what changed is told from the last time that they were asked.
func TestPromisesStandWithTheirVersions(t *testing.T) {
	t.Parallel()
	first := entry("1", nil)
	b := history.New(history.Head{Suite: first.Suite})
	for i, why := range []string{"", "", "not asked", "skipped", "unexpected success"} {
		e := entry(fmt.Sprint(i+1), nil)
		v := history.Version{Version: fmt.Sprint(i + 1), Published: "2026-11-29T08:00:00Z"}
		v.Promises = []history.Promised{{Kind: promise.Journeys, Broken: []string{}}}
		switch a := artifacttest.Account(e, why); i {
		case 2:
			v.Promises[0].Why = "bare at git_clone: no"
			b.Add(v, e)
		case 3:
			a.Promises = slices.Clone(a.Promises)
			a.Promises[1] = promise.Standing{Name: "push-first", Did: promise.Skipped}.Settled()
			fallthrough
		default:
			v.Promises[0].Entry = "journeys-a.json"
			b.Add(v, e, a)
		}
	}
	s := b.Sweep()
	const rest = "; active rules 3 -> 3, no difference; findings 12 -> 12, no difference; promises that changed: 1"
	const judged = "  2026-11-29  0/0/0 1/1/1 1/1/1  rules: 1 matched of 3 active  findings: 12  journeys: "
	const text = `1` + judged + `2 of 2 kept  9s  met its contract
2  same as 1
3  same as 1; journeys: not asked: bare at git_clone: no
4  same as 1
5` + judged + `1 of 2 kept  9s  met its contract
what changed (mage compare -base=SPEC -spec=SPEC shows more):
4 -> 5: exits same in 9 of 9` + rest + `
  journey push-first: ok -> fails: unexpected success
verdict: 5 of 5 met the contract
`
	if diff := cmp.Diff(text, s.Text()); diff != "" || s.ExitCode != 0 {
		t.Error(s.ExitCode, diff)
	}
	rows := strings.Split(string(s.CSV()), "\n")
	for i, ends := range []string{"journeys kept,journeys broken", ",2,0", ",2,0", ",,", ",1,0", ",1,1"} {
		if !strings.HasSuffix(rows[i], ends) {
			t.Errorf("row %d of the table is %q, want %q at its end", i, rows[i], ends)
		}
	}
	if said := s.Versions[2].Promises[0].String(); said != "journeys: not asked: bare at git_clone: no" {
		t.Error(said)
	}
}
