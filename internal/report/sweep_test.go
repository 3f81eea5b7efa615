package report_test

import (
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/report"
)

// sweeps are a long one, one of which every foreign text is poison, and one of no version at all.
var sweeps = map[string]func() *history.Sweep{
	"long":    func() *history.Sweep { return artifacttest.Sweep(artifacttest.Rich(), 200, "it exited with 1") },
	"hostile": func() *history.Sweep { return artifacttest.Sweep(artifacttest.Foreign(poison), 12, poison) },
	"empty":   func() *history.Sweep { return artifacttest.Sweep(artifacttest.Rich(), 0, "none") },
	"same":    func() *history.Sweep { return artifacttest.Sweep(artifacttest.Same(), 1, "one") },
}

func renderSweep(t testing.TB, s *history.Sweep) document {
	t.Helper()
	raw, err := report.RenderSweep(s)
	return parse(t, raw, err)
}

func TestPageOfASweepHasARowForEachVersionAndWhatChanged(t *testing.T) {
	t.Parallel()
	s := sweeps["long"]()
	doc := renderSweep(t, s)
	if again := renderSweep(t, s); again.raw != doc.raw {
		t.Error("the same sweep gives other bytes")
	}
	rows, steps, unjudged := 0, 0, 0
	for _, th := range doc.all("th") {
		if attr(th.Node, "scope") == "row" {
			rows++
		}
	}
	for _, details := range doc.all("details") {
		if strings.Contains(details.text(), " → 9.0.") && strings.Contains(details.text(), "; findings") {
			steps++
		}
	}
	for _, td := range doc.all("td") {
		if attr(td.Node, "colspan") == "9" && strings.Contains(td.text(), "could not be judged") {
			unjudged++
		}
	}
	if rows != 200 || steps != len(s.Steps) || unjudged != s.Unjudged || steps < 20 || unjudged < 10 {
		t.Errorf("%d rows, %d of %d steps, %d of %d that could not be judged", rows, steps, len(s.Steps), unjudged,
			s.Unjudged)
	}
	for _, want := range []string{
		"77 off the contract", "105 of 200 versions met the contract", "lost ERROR backend.no-empty-catch",
		"violations at pre-push: exit 1, BLOCK → exit 0, PASS, a lost block",
		"Active rules: 3 at first, 3 at last, between 3 and 3", "deprecated: it exited with 1",
	} {
		if !strings.Contains(doc.text(), want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// No state is told by colour alone: each has a sign for the eye, and words for the ear.
func TestCellOfASweepHasItsSignAndItsWords(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, td := range renderSweep(t, sweeps["long"]()).all("td") {
		if class := attr(td.Node, "class"); strings.HasPrefix(class, "is-") {
			seen[class+": "+strings.Join(strings.Fields(td.text()), " ")]++
		}
	}
	for _, want := range []string{
		"is-passes: ○passes", "is-blocks: ●blocks", "is-missed: ✕exit 0, expected 1", "is-broke: –could not be judged",
	} {
		if seen[want] == 0 {
			t.Errorf("there is no cell %q among %v", want, seen)
		}
	}
}

func TestForeignTextOfASweepIsShownAsText(t *testing.T) {
	t.Parallel()
	doc := renderSweep(t, sweeps["hostile"]())
	if n := len(doc.all("script")) + len(doc.all("img")); n > 0 || !strings.Contains(doc.text(), "<script>alert(1)") {
		t.Errorf("%d elements are foreign", n)
	}
}

// A page has a bound, whatever changes from each version to the next.
func TestPageOfALongSweepIsBounded(t *testing.T) {
	t.Parallel()
	doc := renderSweep(t, artifacttest.Sweep(artifacttest.Rich(), 3_100, "it exited with 1"))
	if len(doc.raw) > 8<<20 || !strings.Contains(doc.text(), "100 older versions left out") ||
		!strings.Contains(doc.text(), "rules left out") {
		t.Errorf("the page has %d bytes", len(doc.raw))
	}
}

func BenchmarkThousandVersions(b *testing.B) {
	s := artifacttest.Sweep(artifacttest.Rich(), 1_000, "it exited with 1")
	for b.Loop() {
		renderSweep(b, s)
	}
}
