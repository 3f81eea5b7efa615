package report_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/report"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// comparisons are one of each verdict, and one of which every foreign text is poison.
func comparisons() map[string]*comparison.Comparison {
	gate := func(rounds ...verdict.Results) []*verdict.Run { return artifacttest.Judged("1.2.3", rounds...) }
	met := artifacttest.Met(verdict.Finding{Rule: "r", Severity: "ERROR", File: "f"})
	more := artifacttest.Met(verdict.Finding{Rule: "r", Severity: "ERROR", File: "f"},
		verdict.Finding{Rule: "s", Severity: "odd", File: "f", Lines: []int{7}, Message: "m"})
	missed := artifacttest.Met(verdict.Finding{Rule: "r", Severity: "ERROR", File: "f"})
	missed["clean"] = verdict.Outcomes{artifacttest.Outcome(0), artifacttest.Outcome(0), {Exit: 1}}
	return map[string]*comparison.Comparison{
		"same": artifacttest.Same(), "rich": artifacttest.Rich(), "hostile": artifacttest.Foreign(poison),
		"findings":     artifacttest.Compare(gate(met), gate(more)),
		"off contract": artifacttest.Compare(gate(missed), gate(missed)),
		"unstable":     artifacttest.Compare(gate(met, met), gate(missed, met)),
	}
}

func renderComparison(t testing.TB, c *comparison.Comparison) document {
	t.Helper()
	raw, err := report.RenderComparison(c)
	return parse(t, raw, err)
}

func TestEveryPageOfAComparisonIsOneSoundDocument(t *testing.T) {
	t.Parallel()
	for name, c := range comparisons() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := renderComparison(t, c)
			if !strings.HasPrefix(doc.raw, "<!doctype html>\n<html lang=\"en\">") {
				t.Error("it does not begin as a document in English")
			}
			policy := func(n document) bool { return attr(n.Node, "http-equiv") == "Content-Security-Policy" }
			if !slices.ContainsFunc(doc.all("meta"), policy) {
				t.Error("it lets things in")
			}
			ids := map[string]bool{}
			for n := range doc.Descendants() {
				if id := attr(n, "id"); id != "" && ids[id] {
					t.Errorf("the id %s stands twice", id)
				} else {
					ids[id] = true
				}
			}
			for n := range doc.Descendants() {
				for _, key := range []string{"href", "aria-labelledby"} {
					to := strings.TrimPrefix(attr(n, key), "#")
					if to != "" && to != "data:," && !ids[to] {
						t.Errorf("nothing is called %s", to)
					}
				}
				if n.Data == "script" || attr(n, "onclick") != "" || attr(n, "src") != "" {
					t.Errorf("there is <%s>", n.Data)
				}
			}
			if at := strings.IndexAny(doc.raw, "\x00\x07\x1b\u202e\r"); at >= 0 {
				t.Errorf("a control character stands at %q", doc.raw[max(0, at-40):at+1])
			}
			if again := renderComparison(t, c); again.raw != doc.raw {
				t.Error("it is another page the second time")
			}
		})
	}
}

// used are the classes that mark something by what it came to.
var used = regexp.MustCompile(`^(is|kind|severity)-.+$`)

func TestEveryMarkOfAComparisonHasItsColourAndItsIcon(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for name, c := range comparisons() {
		doc := renderComparison(t, c)
		icons := map[string]bool{}
		for _, symbol := range doc.all("symbol") {
			icons["#"+attr(symbol.Node, "id")] = true
		}
		for n := range doc.Descendants() {
			if n.Data == "use" && !icons[attr(n, "href")] {
				t.Errorf("%s: there is no icon %s", name, attr(n, "href"))
			}
			for class := range strings.FieldsSeq(attr(n, "class")) {
				if seen[class] = true; used.MatchString(class) &&
					!regexp.MustCompile(`\.`+class+`\b[^{}]*\{[^}]*--tone:`).MatchString(doc.raw) {
					t.Errorf("%s: %s has no colour", name, class)
				}
			}
		}
	}
	for _, class := range []string{
		"is-pass", "is-partial", "is-fail", "is-broke", "is-met", "is-missed", "kind-lost", "kind-new", "kind-changed",
		"kind-renamed", "kind-consolidated", "severity-critical", "severity-other",
	} {
		if !seen[class] {
			t.Errorf("no page has %s", class)
		}
	}
}

func TestThePageOfAComparisonTellsItWhole(t *testing.T) {
	t.Parallel()
	all := comparisons()
	for name, want := range map[string][]string{
		"same": {"No difference pumuki 1.2.3 → pumuki 1.2.3", "same in 9 of 9", "The findings are the same."},
		"rich": {
			"Cells differ pumuki 1.2.3 → pumuki 1.3.0", "Cells differ, and pumuki 1.3.0 is off its contract.",
			"54 → 31: +11 -34 ~10", "exit 1, expected 1 BLOCK, 9 findings candidate: exit 0, PASS",
			"exit 0, expected 1 PASS, 0 findings base: exit 1, BLOCK",
			"The candidate is off its contract: clean at ci: it exited with 1, and the contract expects 0",
			"lost CRITICAL backend.no-console-log a lost block", "lost ERROR backend.no-empty-catch apps/",
			"lost CRITICAL backend.no-console-log still seen by backend.no-log",
			"changed WARN → ERROR ios.no-anyview",
			"changed WARN web.no-any reported less often", "before: it waits now: it waits for nothing",
			"renamed ERROR ios.no-print into skills.ios.no-print",
			"consolidated ERROR ios.no-force-unwrap into ios.no-anyview",
			"unstable: web.no-eval in the candidate: not named | named",
			"Rules that are active now: 2 android.no-globalscope", "Rounds 2, unstable: 2",
		},
		"findings":     {"Findings differ", "new odd s f violations at pre-commit, pre-push, ci, line 7 m"},
		"off contract": {"Off contract", "no evidence, 0 findings", "The base is off its contract: clean at ci: "},
		"unstable": {
			"Unstable pumuki", "same in 8 of 9, unstable in 1", "no evidence, 0 findings unstable",
			"PASS, 0 findings unstable", "unstable: clean at ci in the candidate: exit 1, no evidence | exit 0, PASS",
		},
	} {
		text := renderComparison(t, all[name]).one(t, "body").text()
		for _, each := range want {
			if !strings.Contains(text, each) {
				t.Errorf("%s: no %q in\n%s", name, each, text)
			}
		}
	}
	marked := len(renderComparison(t, all["rich"]).all(".other"))
	if marked != 4 {
		t.Errorf("%d cells are marked, and 2 of each grid differ", marked)
	}
}

func TestForeignTextOfAComparisonIsShownAsTextAndBounded(t *testing.T) {
	t.Parallel()
	doc := renderComparison(t, comparisons()["hostile"])
	text := doc.one(t, "body").text()
	if !strings.Contains(text, "<script>alert(1)</script>") || strings.Contains(text, strings.Repeat("w", 5_000)) {
		t.Error("the text is not there, or is there at its full length")
	}
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && strings.Contains(n.Data, "alert(1)") && n.Parent.Data != "title" {
			foreign := false
			for p := n.Parent; p != nil; p = p.Parent {
				foreign = foreign || slices.Contains(strings.Fields(attr(p, "class")), "foreign")
			}
			if !foreign {
				t.Errorf("it can turn what is around it: <%s> %.80q", n.Parent.Data, n.Data)
			}
		}
	}
}

func TestAPageLeavesOutWhatIsTooMuchAndCountsIt(t *testing.T) {
	t.Parallel()
	var found []verdict.Finding
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf("rule-%04d", i))
		found = append(found, verdict.Finding{Rule: names[i], Severity: "ERROR", File: "f"})
	}
	for i := range 50 {
		found = append(found, verdict.Finding{Rule: "a", Severity: "CRITICAL", File: fmt.Sprint(i)})
	}
	both := verdict.Finding{Rule: "r"}
	empty, full := artifacttest.Met(both), artifacttest.Met(append(found, both)...)
	for _, outcome := range full["mixed"] {
		outcome.Coverage = &verdict.Coverage{Active: names}
	}
	for _, outcome := range empty["mixed"] {
		outcome.Coverage = &verdict.Coverage{}
	}
	doc := renderComparison(t, artifacttest.Compare(artifacttest.Judged("1", empty), artifacttest.Judged("2", full)))
	text := doc.one(t, "body").text()
	for _, want := range []string{"40 places left out.", "701 rules left out.", "100 left out."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if limit := 1 << 20; len(doc.raw) > limit {
		t.Errorf("it has %d bytes", len(doc.raw))
	}
}
