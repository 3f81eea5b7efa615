package comparison_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestARichComparisonIsToldAsItIsWritten(t *testing.T) {
	t.Parallel()
	rich := artifacttest.Rich()
	for name, got := range map[string]string{"rich.golden.txt": rich.Text(), "rich.golden.md": rich.Markdown()} {
		want, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTextOfAGateBesideItselfIsShort(t *testing.T) {
	t.Parallel()
	const want = `=== compare:pumuki 1.2.3 -> pumuki 1.2.3 ===
rounds: 1, so what a gate says differently of itself is not known (-rounds=2 measures it)
exits: same in 9 of 9
active rules: 3 -> 3, no difference
findings: 12 -> 12, no difference
verdict: no difference
`
	if diff := cmp.Diff(want, artifacttest.Same().Text()); diff != "" {
		t.Error(diff)
	}
}

// What became of promises is shown beside the findings, and where nothing else differs the comparison says so.
func TestPromisesThatChangedAreTold(t *testing.T) {
	t.Parallel()
	c := artifacttest.Same()
	e := artifacttest.Entry("sha512-a")
	c.Base.Promises = []promise.Account{artifacttest.Account(e, "").Account}
	c.Candidate.Promises = []promise.Account{artifacttest.Account(e, "unexpected success").Account}
	c.Settle()
	const want = `active rules: 3 -> 3, no difference
journeys: 2 of 2 kept -> 1 of 2 kept
  journey push-first: ok -> fails: unexpected success
findings: 12 -> 12, no difference
verdict: promises differ, and no cell does
`
	if text := c.Text(); !strings.HasSuffix(text, want) || c.Verdict != comparison.Findings || c.ExitCode != 3 {
		t.Errorf("%s with %d:\n%s", c.Verdict, c.ExitCode, text)
	}
	for _, says := range []string{
		"- journeys: `2 of 2 kept -> 1 of 2 kept`\n", "<summary>journeys that changed: 1</summary>",
	} {
		if text := c.Markdown(); !strings.Contains(text, says) {
			t.Errorf("%q is not in\n%s", says, text)
		}
	}
	c.Candidate.Promises = nil
	if c.Settle(); c.Verdict != comparison.Same || c.Promised() != nil {
		t.Errorf("of one gate alone nothing is known to differ: %s", c.Text())
	}
}

func TestAGateWithoutANameIsCalledByItsSpec(t *testing.T) {
	t.Parallel()
	c := artifacttest.Same()
	c.Base.PackageName, c.Base.PackageSpec = "", "./gate.tgz"
	if head, _, _ := strings.Cut(c.Text(), "\n"); head != "=== compare:./gate.tgz -> pumuki 1.2.3 ===" {
		t.Error(head)
	}
	if !strings.Contains(c.Markdown(), "- base: `./gate.tgz`\n- candidate: `pumuki 1.2.3 (pumuki@1.2.3)`\n") {
		t.Error(c.Markdown())
	}
}

// monstrous is a comparison of two gates with thousands of rules each, none in common.
var monstrous = sync.OnceValue(func() *comparison.Comparison {
	huge := func(side string) []*verdict.Run {
		var found []verdict.Finding
		var names []string
		for i := range 1500 {
			name := fmt.Sprintf("%s-%04d", side, i)
			names = append(names, name)
			found = append(found, finding(name, "f.ts"))
		}
		for i := range 50 {
			found = append(found, finding(side, fmt.Sprintf("%02d.ts", i)))
		}
		gone := everywhere(func(o *verdict.Outcome) {
			o.Exit, o.Outcome = suite.ExitFail, suite.Blocked
			o.Findings, o.Rulesets = found, names
			o.Coverage = &verdict.Coverage{Active: names}
		}, "clean", "violations", "mixed")
		noisy := everywhere(func(o *verdict.Outcome) {
			for i := range 100 {
				o.Findings = append(o.Findings, finding("noise", fmt.Sprintf("noise-%02d.ts", i)))
			}
		}, "mixed")
		return gate(round(gone), round(gone, noisy))
	}
	return comparison.Of(huge("a"), huge("b"), nil)
})

func TestWhatTextLeavesOutIsCounted(t *testing.T) {
	t.Parallel()
	got := monstrous().Text()
	for _, want := range []string{
		"\n  rules that are no longer active (1500): a-0000, a-0001, ",
		"\n  rule sets that are loaded now (1500): b-0000, b-0001, ",
		"\n  and 144 more places\n", "\nand 2962 more rows, in the artifacts\n",
		"\nand 560 more that are unstable, in the artifacts\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	if lines := strings.Count(got, "\n"); lines > 400 {
		t.Errorf("%d lines", lines)
	}
	off := comparison.Of(gate(round()), gate(round(everywhere(func(o *verdict.Outcome) {
		o.Misses = []string{"x"}
	}, "clean", "violations", "mixed"))), nil)
	if !strings.Contains(off.Text(), "  violations at ci: its exit and its evidence are right, but x\n"+
		"  and at 3 more stages\nverdict: ") {
		t.Error(off.Text())
	}
}

func TestTextIsLinesOfBoundedLengthWithoutControls(t *testing.T) {
	t.Parallel()
	for _, c := range []*comparison.Comparison{
		artifacttest.Same(), artifacttest.Rich(), artifacttest.Foreign(hostile),
		artifacttest.Foreign(strings.Repeat("é", 3000)),
	} {
		text := c.Text()
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		last := lines[len(lines)-1]
		if !strings.HasPrefix(last, "verdict: ") || strings.Count(text, "\nverdict: ") != 1 {
			t.Errorf("the last line is %q", last)
		}
		for _, line := range lines {
			if utf8.RuneCountInString(line) > 241 || strings.ContainsFunc(line, unicode.IsControl) ||
				strings.ContainsAny(line, "\u202e\u200b") {
				t.Errorf("%d characters: %q", utf8.RuneCountInString(line), line)
			}
		}
	}
}

// hostile is text that would act where it is not made plain: on a terminal, for a runner, in Markdown.
const hostile = "\x1b[2J\x1b]0;EVIL\a\r\nverdict: EVIL\n::error::EVIL\n##[error]EVIL\x00\u202e\u200b|EVIL|` EVIL `` " +
	"EVIL ``` EVIL </summary></details><script>EVIL</script><!-- [EVIL](javascript:EVIL) ![EVIL](https://EVIL) " +
	"https://EVIL.test www.EVIL.test @EVIL #1 **EVIL** _EVIL_ ~~EVIL~~ \\ &lt;EVIL&gt; $EVIL$\n\n# EVIL\n~~~\n```\n"

func TestInMarkdownForeignTextIsOnlyEverCode(t *testing.T) {
	t.Parallel()
	for _, foreign := range []string{
		hostile, "EVIL", "``EVIL", "EVIL``", "` EVIL `", strings.Repeat("`", 300) + "EVIL", "~~~EVIL", "\n```EVIL",
		"    EVIL", "|EVIL|", "\\`EVIL", "</details>EVIL",
	} {
		onlyCode(t, artifacttest.Foreign(foreign), "EVIL")
	}
}

func FuzzInMarkdownForeignTextIsOnlyEverCode(f *testing.F) {
	for _, seed := range []string{
		hostile, "`", " ` ", "``", "\\", "|", "~~~", "\x80", "    ", "\u2028`", "<", "&#96;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, foreign string) {
		onlyCode(t, artifacttest.Foreign(foreign+"EVIL"+foreign), "EVIL")
	})
}

// onlyCode checks with a Markdown parser of another hand that there is no markup but our own, and that the marked text
// stands in code alone, or in the title of a folding.
func onlyCode(t *testing.T, c *comparison.Comparison, mark string) {
	t.Helper()
	source := []byte(c.Markdown())
	folded, cells := 0, 0
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	err := ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := node.(type) {
		case *ast.CodeSpan, *ast.FencedCodeBlock:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			if strings.Contains(string(n.Value(source)), mark) {
				t.Errorf("outside of code: %q", n.Value(source))
			}
		case *ast.HTMLBlock:
			if html := string(n.Lines().Value(source)); entering && !ourHTML.MatchString(html) {
				t.Errorf("HTML that is not ours: %q", html)
			} else if entering {
				folded += strings.Count(html, "<details>") - strings.Count(html, "</details>")
			}
		case *ast.RawHTML, *ast.Link, *ast.Image, *ast.AutoLink, *ast.CodeBlock, *ast.Blockquote, *ast.ThematicBreak:
			t.Errorf("markup: %s", n.Kind())
		}
		if entering && node.Kind().String() == "TableRow" {
			cells++
			if node.ChildCount() != 5 {
				t.Errorf("a row of %d cells", node.ChildCount())
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Error(err)
	}
	if folded != 0 || cells != len(c.Cells) {
		t.Errorf("%d foldings are open, and the table has %d cells of %d", folded, cells, len(c.Cells))
	}
}

// ourHTML is all the HTML that there is. What GitHub or HTML give a meaning is not in a title.
var ourHTML = regexp.MustCompile("^(<details>\n<summary>[^<>&`*_\\[\\]()!@#|\\\\~/\n]+</summary>\n|</details>\n)$")

func TestMarkdownFitsIntoACommentAndCountsWhatDoesNot(t *testing.T) {
	t.Parallel()
	huge := monstrous()
	for _, c := range []*comparison.Comparison{
		huge, artifacttest.Foreign(strings.Repeat("é`", 3000)), artifacttest.Foreign(hostile),
	} {
		if got := len(c.Markdown()); got >= 60_000 {
			t.Errorf("%d bytes", got)
		}
	}
	text := huge.Markdown()
	found := regexp.MustCompile(`\nLeft out here, and in the artifacts: (\d+)\.\n$`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("it does not say what it leaves out: %.300s", text[len(text)-300:])
	}
	left, _ := strconv.Atoi(found[1])
	// Beside the rows there are what is unstable, four lists of names, and the contract of each gate.
	if all := left + strings.Count(text, "<details>"); all != len(huge.Rows)+7 {
		t.Errorf("%d foldings of %d", all, len(huge.Rows)+7)
	}
	if !strings.Contains(text, "<summary>the candidate is off its contract</summary>") {
		t.Error("what is off contract is left out")
	}
	if strings.Contains(artifacttest.Rich().Markdown(), "Left out") {
		t.Error("something is left out of a comparison that fits")
	}
}
