package campaign

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
)

// Versions show in runs of equal behaviour, and then what changed between them. What could not be judged ends no run.
func TestHistoryShowsRunsOfEqualBehaviour(t *testing.T) {
	t.Parallel()
	judged := func(version string, change func(*artifact.Entry)) *row {
		entry := artifacttest.Entry("sha512-" + version)
		entry.PackageVersion = artifacttest.Facts().PackageVersion
		if change != nil {
			change(&entry)
		}
		return &row{npm.Candidate{Version: version}, &entry}
	}
	broke := func(e *artifact.Entry) {
		e.Broke = &artifact.Broke{Phase: "clean", Step: "npm_install_package", Why: "it exited with 1"}
	}
	loses := func(e *artifact.Entry) {
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
	off := func(e *artifact.Entry) {
		loses(e)
		e.Scenarios.Of["clean"][2].Exit = 1
		e.Missed = []comparison.Missed{{Scenario: "clean", Stage: "ci", Step: "exit_contract", Why: "it blocks"}}
	}
	rows := []*row{
		judged("1", nil), judged("2", nil), judged("3", broke), judged("4", nil), judged("5", nil),
		judged("6", loses), judged("7", off),
	}
	text, _ := tell(rows, nil)
	const want = `1      -  0/0/0 1/1/1 1/1/1  rules: 1 matched of 3 active  findings: 12  9s  met its contract
2      same as 1
3      -  could not be judged: clean at npm_install_package: it exited with 1
4 … 5  same as 1
6      -  0/0/0 1/1/1 1/1/1  rules: 1 matched of 3 active  findings: 6  9s  met its contract
7      -  0/0/1 1/1/1 1/1/1  rules: 1 matched of 3 active  findings: 6  9s  off its contract: clean at ci: it blocks
what changed (mage compare -base=SPEC -spec=SPEC shows more):
5 -> 6: exits same in 9 of 9; active rules 3 -> 3, no difference; findings 12 -> 6: +0 -6 ~0
6 -> 7: exits same in 8 of 9; active rules 3 -> 3, no difference; findings 6 -> 6, no difference
  clean at ci: exit 0, PASS -> exit 1, PASS
verdict: 5 of 7 met the contract; 1 did not: 7; 1 could not be judged (-retry judges them again): 3
`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
	for code, some := range map[int][]*row{0: rows[:2], 5: rows[:3], 1: rows} {
		_, err := tell(some, nil)
		exit := &matrix.Exit{}
		if errors.As(err, &exit) != (code != 0) || exit.Code != code {
			t.Errorf("%d versions end with %v, want %d", len(some), err, code)
		}
	}
	other := judged("1.7.0", func(e *artifact.Entry) { e.System = "plan9/arm" })
	const mixed = "of several systems: linux/amd64, plan9/arm"
	if text, _ := tell([]*row{rows[0], other}, nil); !strings.Contains(text, mixed) {
		t.Error(text)
	}
}
