package verify_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestAWholeBisectionIsVerified(t *testing.T) {
	t.Parallel()
	report, read := verify.Bisection(artifacttest.Bisected(t), repository)
	const want = "verified: bisection pumuki-bisect-20260102T030356Z-7: it changes from 9.0.3 to 9.0.4"
	if got := report.String(); got != want || read == nil {
		t.Fatalf("got %q", got)
	}
	if report, read := verify.Bisection(t.TempDir(), repository); report.Err() != nil || read != nil {
		t.Errorf("of none: %v", report)
	}
}

// What was judged of a gate whose tarball no registry tells is in no ledger: it cannot be asked again.
func TestBisectionWithoutAnEntryIsBelieved(t *testing.T) {
	t.Parallel()
	dir := artifacttest.Bisected(t)
	forge(t, filepath.Join(dir, artifact.BisectionName), func(b *history.Bisection) { b.Probes[3].Entry = "" })
	if report, read := verify.Bisection(dir, repository); report.Err() != nil || read == nil {
		t.Error(report)
	}
}

func TestBrokenPromiseOfABisectionIsNamed(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(b *history.Bisection){
		"what it says of 9.0.6 is not what its entry does": func(b *history.Bisection) { b.Probes[1].Said = "exit 0" },
		"what it says of 9.0.3 is not what its entry does": func(b *history.Bisection) {
			b.Probes[2].Answer = history.Bad
		},
		"its probes do not say that 9.0.2 is good and 9.0.4 is bad": func(b *history.Bisection) {
			b.LastGood = "9.0.2"
		},
		"its probes do not say that 9.0.3 is good and 9.0.5 is bad": func(b *history.Bisection) {
			b.FirstBad = "9.0.5"
		},
		"what changed is not what the entries of 9.0.3 and 9.0.4 make it": func(b *history.Bisection) {
			b.Step.Rows = b.Step.Rows[1:]
		},
		"what changed and where do not go together": func(b *history.Bisection) { b.Step = nil },
		"its ends differ, and it says nothing of where": func(b *history.Bisection) {
			b.LastGood, b.FirstBad = "", ""
		},
		"it came to agree with exit code 1": func(b *history.Bisection) {
			b.Outcome, b.ExitCode = "agree", 1
		},
		"its entry is of another gate": func(b *history.Bisection) {
			b.Probes[0].Entry = b.Probes[2].Entry
		},
		// An entry that is nowhere: nothing follows from what cannot be read.
		"9.0.4: " + strings.Repeat("0", 64): func(b *history.Bisection) {
			b.Probes[3].Entry = verdict.Text(strings.Repeat("0", 64) + "-" + strings.Repeat("0", 64) + ".json")
		},
		"its ledger cannot be read":                      func(b *history.Bisection) { b.Ledger = "elsewhere" },
		"at /probes/0/answer":                            func(b *history.Bisection) { b.Probes[0].Answer = "perhaps" },
		"families are not those of the suite":            func(b *history.Bisection) { b.Families = [][]string{} },
		"it came to found with exit code 0, and its pro": func(b *history.Bisection) { b.Between = []string{"9.0.9"} },
	} {
		dir := artifacttest.Bisected(t)
		forge(t, filepath.Join(dir, artifact.BisectionName), change)
		if report, read := verify.Bisection(dir, repository); read != nil || !strings.Contains(report.String(), says) {
			t.Errorf("want %q, got %s", says, report)
		}
	}
}
