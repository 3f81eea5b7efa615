package actions_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// limit is what the runner takes from a step (AttachmentSizeLimit in its FileCommandManager.cs).
const limit = 1024 * 1024

func TestSummaryOfAPassTellsWhatWasTested(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	run := last(t, met(), nil)
	run.RunID, run.GeneratedAt = "pumuki-matrix-20260102T030405Z-7", "2026-01-02T03:04:07Z"
	must(t, j.tell(run))
	want := `

## ✅ Pumuki matrix: PASS

- package: ¬embedded¬, installed as ¬pumuki 1.2.3¬
- baseline: commit ¬0123456789abcdef0123456789abcdef01234567¬, contract ¬CONTRACT¬
- run: ¬pumuki-matrix-20260102T030405Z-7¬, ended ¬2026-01-02T03:04:07Z¬
- rules: not said
- time: 1.5 s
- tools: git ¬2.39.5¬, node ¬20.1.0¬, npm ¬11.1.0¬

| scenario | pre-commit | pre-push | ci |
|---|---|---|---|
| clean | ✅ met: exit 0 | ✅ met: exit 0 | ✅ met: exit 0 (1.5 s) |
| violations | ✅ met: exit 1 | ✅ met: exit 1 | ✅ met: exit 1 |
| mixed | ✅ met: exit 1 | ✅ met: exit 1 | ✅ met: exit 1 |

<details>
<summary>Times</summary>

¬¬¬text
clean       npm_install_package          kept
clean       stage_ci                    1.5 s
clean       stage_pre_commit            0.0 s
clean       stage_pre_push              0.0 s
violations  stage_pre_commit            0.0 s
violations  stage_pre_push              0.0 s
violations  stage_ci                    0.0 s
mixed       stage_pre_commit            0.0 s
mixed       stage_pre_push              0.0 s
mixed       stage_ci                    0.0 s
¬¬¬

</details>

<details>
<summary>violations at pre-commit, pre-push, ci: findings: 1, rules: 1</summary>

¬¬¬text
no-any (1)
  ERROR apps/bad.ts:7,9: any is no type
¬¬¬

</details>

<details>
<summary>mixed at pre-commit, pre-push, ci: findings: 1, rules: 1</summary>

¬¬¬text
no-any (1)
  ERROR apps/bad.ts:7,9: any is no type
¬¬¬

</details>
`
	want = strings.NewReplacer("¬", "`", "CONTRACT", artifacttest.Contract).Replace(want)
	if diff := cmp.Diff(want, j.summary(t)); diff != "" {
		t.Error(diff)
	}
}

func TestSummaryTellsTheStateOfEachCaseInWords(t *testing.T) {
	t.Parallel()
	logged := artifacttest.Failure("clean", suite.NPMInstallPackage, suite.KindStep)
	logged.LogPath = t.TempDir() + "/log"
	must(t, os.WriteFile(logged.LogPath, []byte("npm error 404\nnpm error no such version\n"), 0o600))
	for name, test := range map[string]struct {
		end  func() (verdict.Results, *suite.Failure)
		want []string
	}{
		"partial": {
			func() (verdict.Results, *suite.Failure) { return verdict.Results{"mixed": met()["mixed"]}, nil },
			[]string{
				"## ⚠️ Pumuki matrix: PARTIAL\n", "| clean | ➖ left out | ➖ left out | ➖ left out |\n",
				"| mixed | ✅ met: exit 1 | ",
			},
		},
		"let through": {
			overlooked,
			[]string{
				"## ❌ Pumuki matrix: FAIL\n", "- failed: `violations / exit_contract`, kind `contract`, exit 1\n",
				"| violations | ✅ met: exit 1 | ❌ missed: exit 0, expected 1 | ✅ met: exit 1 |\n",
				"### What failed\n\n```text\n" +
					"violations at pre-push: it exited with 0, and the contract expects 1\n```\n",
				"The command:\n\n```sh\nnpx --no pumuki-pre-push\n```\n",
				"<summary>violations at pre-commit, ci: findings: 1, rules: 1</summary>",
			},
		},
		"a crash": {crashed, []string{"| ❌ missed: exit 1 without its evidence |\n"}},
		"an install": {
			func() (verdict.Results, *suite.Failure) { return verdict.Results{}, logged },
			[]string{
				"| clean | 💥 broke | ⏹️ not run | ⏹️ not run |\n", "exit 1\n",
				"<summary>The end of the log</summary>\n\n" +
					"```text\nnpm error 404\nnpm error no such version\n```\n\n</details>\n",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			must(t, j.tell(read(t, test.end)))
			for _, want := range test.want {
				if !strings.Contains(j.summary(t), want) {
					t.Errorf("%q is not in\n%s", want, j.summary(t))
				}
			}
		})
	}
}

func TestSummaryIsTheSameForTheSameArtifacts(t *testing.T) {
	t.Parallel()
	run := everywhere(read(t, hit), hostile)
	a, b := newJob(t), newJob(t)
	must(t, a.tell(run))
	must(t, b.tell(run))
	if a.summary(t) != b.summary(t) || a.stderr.String() != b.stderr.String() {
		t.Error("told otherwise the second time")
	}
}

func TestForeignTextIsOnlyEverCode(t *testing.T) {
	t.Parallel()
	run := read(t, hit)
	for _, foreign := range []string{hostile, "EVIL", "``EVIL", "EVIL``", "` EVIL `"} {
		j := newJob(t)
		must(t, j.tell(everywhere(run, foreign)))
		onlyCode(t, j.summary(t), "EVIL")
		if shown := strings.Count(j.summary(t), "EVIL"); shown < 20 {
			t.Errorf("%q is shown only %d times", foreign, shown)
		}
	}
}

func FuzzForeignTextIsOnlyEverCode(f *testing.F) {
	for _, seed := range []string{
		hostile, "`", " ` ", "``", "\\", "|", "~~~", "\x80", "    ", "\u2028`", "<", "&#96;",
	} {
		f.Add(seed)
	}
	run := read(f, hit)
	f.Fuzz(func(t *testing.T, foreign string) {
		j := newJob(t)
		must(t, j.tell(everywhere(run, foreign+"EVIL"+foreign)))
		onlyCode(t, j.summary(t), "EVIL")
		if told := j.annotations(t); len(told) != 2 {
			t.Errorf("%d annotations: %q", len(told), told)
		}
		elsewhere := everywhere(run, foreign+"EVIL"+foreign)
		elsewhere.Failure.Phase = foreign + "EVIL" + foreign
		j = newJob(t)
		must(t, j.tell(elsewhere))
		onlyCode(t, j.summary(t), "EVIL")
	})
}

// onlyCode checks with a Markdown parser of another hand that there is no markup in a summary but our own, and that the
// marked text stands in code alone.
func onlyCode(t *testing.T, summary, mark string) {
	t.Helper()
	source := []byte(summary)
	folded := 0
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	must(t, ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
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
		return ast.WalkContinue, nil
	}))
	if folded != 0 {
		t.Errorf("%d foldings are open", folded)
	}
}

// ourHTML is all the HTML that there is in a summary.
var ourHTML = regexp.MustCompile(`^(<details>\n<summary>[a-zA-Z0-9,:. -]+</summary>\n|</details>\n)$`)

// leftOut ends a summary that would have been too long.
var leftOut = regexp.MustCompile(`\n(\d+) lines were left out: GitHub takes no more than 1024 KiB from a step\. ` +
	`They are in the artifacts\.\n$`)

func TestSummaryStaysBelowTheLimitOfAStep(t *testing.T) {
	t.Parallel()
	// Findings with far more text than a step may tell, and one that needs a long fence.
	long := "é" + strings.Repeat("`", 450) + "é`"
	many := []verdict.Finding{{Rule: "rule-", Severity: "ERROR", File: "apps/bad.ts", Message: long}}
	for i := range 4000 {
		many = append(many, verdict.Finding{
			Rule: fmt.Sprintf("rule-%04d", i), Severity: "ERROR", File: "apps/bad.ts",
			Message: strings.Repeat("é`", 200),
		})
	}
	run := last(t, met(), nil)
	run.Cells()[8].Outcome.Findings = many
	for _, before := range []int{0, 1, 900_000, limit - 8000} {
		t.Run(strconv.Itoa(before), func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			must(t, os.WriteFile(j.env["GITHUB_STEP_SUMMARY"], []byte(strings.Repeat("a", before)), 0o644))
			must(t, j.tell(run))
			all := j.summary(t)
			if len(all) > limit || len(all) < limit-8000 {
				t.Errorf("it has %d bytes", len(all))
			}
			ours := all[before:]
			onlyCode(t, ours, "EVIL")
			note := leftOut.FindStringSubmatch(ours)
			if note == nil {
				t.Fatalf("what was left out is not told: %q", ours[max(0, len(ours)-300):])
			}
			shown := strings.Count(ours, "\nrule-") + strings.Count(ours, "\n  ERROR apps/bad.ts: é`")
			if left, _ := strconv.Atoi(note[1]); left+shown != 2*len(many) {
				t.Errorf("%d lines shown and %d left out", shown, left)
			}
			if whole := strings.Count(ours, "é`\n"); whole != strings.Count(ours, "  ERROR apps/bad.ts: é`") {
				t.Errorf("%d whole lines", whole)
			}
		})
	}
}

func TestASummaryWithoutRoomIsAnErrorAndLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	run := last(t, met(), nil)
	for _, before := range []int{limit - 500, limit, limit + 1} {
		j := newJob(t)
		must(t, os.WriteFile(j.env["GITHUB_STEP_SUMMARY"], []byte(strings.Repeat("a", before)), 0o644))
		if err := j.tell(run); err == nil || !strings.Contains(err.Error(), "leaves no room") {
			t.Errorf("after %d bytes: %v", before, err)
		}
		if got := len(j.summary(t)); got != before {
			t.Errorf("of %d bytes %d are left", before, got)
		}
	}
}

func TestAForeignTextOfMegabytesTakesALine(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	run := everywhere(read(t, hit), strings.Repeat("x\n", 1<<20))
	run.LogEnd = "" // what is read of a log has bounds of its own
	must(t, j.tell(run))
	if got := len(j.summary(t)); got > 100_000 {
		t.Errorf("the summary has %d bytes", got)
	}
	for _, c := range j.annotations(t) {
		if len(c.Message) > 2000 || len(c.Properties["title"]) > 600 {
			t.Errorf("an annotation has %d bytes", len(c.Message))
		}
	}
}
