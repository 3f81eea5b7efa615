package report_test

import (
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/report"
)

func renderJourneys(t testing.TB, says string) document {
	t.Helper()
	raw, err := report.RenderJourneys(artifacttest.Journeys(t, says))
	return parse(t, raw, err)
}

// Those that failed come first, with what happened.
func TestPageOfJourneysShowsEachWithItsPromise(t *testing.T) {
	t.Parallel()
	doc := renderJourneys(t, "exit status 1")
	if again := renderJourneys(t, "exit status 1"); again.raw != doc.raw {
		t.Error("the same report gives other bytes")
	}
	text := strings.Join(strings.Fields(doc.text()), " ")
	last := 0
	for _, want := range []string{
		"1 off pumuki@9.1.0", "4 journeys made: 1 ok, 1 failed, 1 known, 1 fixed, 1 skipped",
		"FAIL journey-1 The gate keeps it. exit status 1 INC-1 journeys/journey-1.txtar:5: git status",
		"The end of its log exit status 1", "fixed journey-3", "known: it was so.", "known journey-2",
		"known: it is so.", "ok journey-0", "skip journey-4", "pumuki@9.0.0 (9.0.0)",
	} {
		at := strings.Index(text[last:], want)
		if at < 0 {
			t.Fatalf("it does not say %q after %.80q", want, text[last:])
		}
		last += at
	}
}

// Those that are off come first, and each platform has its line.
func TestPageOfProbesShowsEachRule(t *testing.T) {
	t.Parallel()
	raw, err := report.RenderProbes(artifacttest.Probes("nothing is reported there"))
	text := strings.Join(strings.Fields(parse(t, raw, err).text()), " ")
	last := 0
	for _, want := range []string{
		"4 off pumuki@9.1.0", "2 rules seen, 4 off, 1 known, 1 without a probe",
		"ios: 1 of 6 seen, 1 silent, 1 noisy, 1 gone, 1 known, 1 without a probe",
		"silent ios.b The gate keeps it. nothing is reported there a.swift", "noisy ios.c", "foreign backend.b",
		"gone ios.d", "fixed backend.a The gate keeps it. known: it was so.", "known ios.e", "unprobed ios.f",
		"seen ios.a",
	} {
		at := strings.Index(text[last:], want)
		if at < 0 {
			t.Fatalf("it does not say %q after %.80q", want, text[last:])
		}
		last += at
	}
}

func TestForeignTextOfProbesIsShownAsText(t *testing.T) {
	t.Parallel()
	raw, err := report.RenderProbes(artifacttest.Probes(poison))
	doc := parse(t, raw, err)
	if n := len(doc.all("script")) + len(doc.all("img")); n > 0 || !strings.Contains(doc.text(), "<script>alert(1)") {
		t.Errorf("%d elements are foreign", n)
	}
}

func TestForeignTextOfJourneysIsShownAsText(t *testing.T) {
	t.Parallel()
	doc := renderJourneys(t, poison)
	if n := len(doc.all("script")) + len(doc.all("img")); n > 0 || !strings.Contains(doc.text(), "<script>alert(1)") {
		t.Errorf("%d elements are foreign", n)
	}
}
