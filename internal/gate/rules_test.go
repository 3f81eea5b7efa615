package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// source is one file as the scripts in testdata take it.
type source struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// A ruleCase is one section of testdata/rules/<rule>.txt. Its head is "== title :: path"; of its lines those
// that begin with "!" break the rule and those that begin with a space do not.
type ruleCase struct {
	title string
	file  source
	want  []int
}

// Every rule, one by one and both ways. A new rule is not done before it has a file here.
func TestRulesFireOnWhatBreaksThemAndOnNothingElse(t *testing.T) {
	t.Parallel()
	var severities map[string]string
	runNode(t, "rules.js", nil, &severities)
	named, err := filepath.Glob("testdata/rules/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var tested []string
	cases := map[string][]ruleCase{}
	for _, file := range named {
		rule := strings.TrimSuffix(filepath.Base(file), ".txt")
		tested = append(tested, rule)
		cases[rule] = readCases(t, file)
	}
	// One node judges them all: its start takes longer than that.
	var files []source
	for _, rule := range tested {
		for _, c := range cases[rule] {
			files = append(files, c.file)
		}
	}
	var found [][]placed
	runNode(t, "judge.js", files, &found)
	for _, rule := range tested {
		of := found[:len(cases[rule])]
		found = found[len(of):]
		t.Run(rule, func(t *testing.T) { testRule(t, rule, cases[rule], of) })
	}
	var known []string
	for rule := range severities {
		known = append(known, rule)
	}
	slices.Sort(known)
	if diff := cmp.Diff(known, tested); diff != "" {
		t.Errorf("rules without cases (-), cases without a rule (+):\n%s", diff)
	}
}

// placed is what judge.js tells of one finding in one line.
type placed struct {
	Rule string `json:"rule"`
	Line int    `json:"line"`
}

func testRule(t *testing.T, rule string, cases []ruleCase, found [][]placed) {
	fires, passes := false, false
	for _, c := range cases {
		fires = fires || len(c.want) > 0
		passes = passes || len(c.want) == 0
	}
	if !fires || !passes {
		t.Errorf("the rule is not tested both ways: fires %t, passes %t", fires, passes)
	}
	for i, c := range cases {
		t.Run(c.title, func(t *testing.T) {
			var got []int
			for _, finding := range found[i] {
				if finding.Rule == rule {
					got = append(got, finding.Line)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s\n%s", diff, numbered(c.file.Text))
			}
		})
	}
}

// The lines that PUMUKI.md gives to the real rules: a block that no version would report as critical is none
// on the older ones.
func TestRulesHaveTheSeveritiesOfTheProduct(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"android.no-global-scope":    "ERROR",
		"android.no-thread-sleep":    "CRITICAL",
		"backend.avoid-explicit-any": "ERROR",
		"backend.no-console-log":     "CRITICAL",
		"backend.no-empty-catch":     "ERROR",
		"frontend.no-console-log":    "CRITICAL",
		"frontend.no-debugger":       "ERROR",
		"ios.no-anyview":             "CRITICAL",
		"ios.no-force-unwrap":        "ERROR",
		"ios.no-print":               "ERROR",
	}
	var got map[string]string
	runNode(t, "rules.js", nil, &got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("severities (-want +got):\n%s", diff)
	}
}

// Whatever a file holds, its masked text has the same lines and only ever spaces where the two differ:
// otherwise a finding would name the wrong line, or be about text that is not there.
func TestMaskingKeepsEveryLineOfAnyText(t *testing.T) {
	t.Parallel()
	pieces := []string{
		`"`, `'`, "`", `"""`, `#"`, `"#`, `\`, `\(`, `\#(`, `${`, `$$"`, `{`, `}`, `(`, `)`, `[`, `]`, `/`, `//`,
		`/*`, `*/`, `<`, `</`, `/>`, `>`, `<p>`, `</p>`, `<T,>`, `=`, `!`, `a`, `return `, `if (`, "\n", "\r\n", " ",
		"é", "😀", "\u2028", "\x00",
	}
	random := rand.New(rand.NewPCG(1, 2))
	var files []source
	for i := range 4000 {
		var text strings.Builder
		for range random.IntN(40) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		extension := []string{"apps/web/a.tsx", "apps/backend/a.ts", "a.swift", "a.kt"}[i%4]
		files = append(files, source{Path: extension, Text: text.String()})
	}
	var masked []string
	runNode(t, "mask.js", files, &masked)
	for i, file := range files {
		if !onlyBlanked(file.Text, masked[i]) {
			t.Fatalf("%s\ntext   %q\nmasked %q", file.Path, file.Text, masked[i])
		}
	}
}

// onlyBlanked compares in the UTF-16 units in which JavaScript counts: one beyond the BMP is two spaces.
func onlyBlanked(text, masked string) bool {
	rest := masked
	for _, char := range text {
		blank := " "
		if char > 0xffff {
			blank = "  "
		}
		kept := strings.HasPrefix(rest, string(char))
		if !kept && (char == '\n' || !strings.HasPrefix(rest, blank)) {
			return false
		}
		if kept {
			blank = string(char)
		}
		rest = rest[len(blank):]
	}
	return rest == ""
}

// Depth and length are the author's to choose; they may cost time, but not without bounds.
func TestMaskingEndsOnHostileText(t *testing.T) {
	t.Parallel()
	files := []source{
		{"apps/web/a.tsx", strings.Repeat("<a>{", 500)},
		{"apps/web/b.tsx", strings.Repeat("(<T>x}", 20_000)},
		{"apps/web/d.tsx", strings.Repeat("(<T>x", 300)},
		{"apps/web/c.tsx", strings.Repeat("`${", 500)},
		{"apps/backend/a.ts", `"` + strings.Repeat("x", 500_000) + `"`},
		{"apps/backend/b.ts", strings.Repeat("/*", 200_000)},
		{"apps/backend/c.ts", strings.Repeat(": any,", 20_000)},
		{"apps/backend/d.ts", strings.Repeat("/a", 20_000)},
		{"a.swift", strings.Repeat("x!", 20_000)},
		{"b.swift", strings.Repeat("/*", 500_000)},
		{"a.kt", strings.Repeat("'", 500_000)},
	}
	var found []any
	runNode(t, "judge.js", files, &found)
}

func readCases(t *testing.T, file string) []ruleCase {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []ruleCase
	for number, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		if head, ok := strings.CutPrefix(line, "== "); ok {
			title, path, ok := strings.Cut(head, " :: ")
			if !ok {
				t.Fatalf("%s:%d: no path in %q", file, number+1, line)
			}
			cases = append(cases, ruleCase{title: title, file: source{Path: path}})
			continue
		}
		if len(cases) == 0 || (!strings.HasPrefix(line, "! ") && !strings.HasPrefix(line, "  ")) {
			t.Fatalf("%s:%d: neither a head nor marked: %q", file, number+1, line)
		}
		c := &cases[len(cases)-1]
		// Editors and git would not keep a bare carriage return.
		c.file.Text += strings.ReplaceAll(line[2:], "␍", "\r") + "\n"
		if line[0] == '!' {
			c.want = append(c.want, strings.Count(c.file.Text, "\n"))
		}
	}
	return cases
}

// runNode runs a script of testdata with input as JSON on its standard input and reads its output as JSON.
func runNode(t *testing.T, script string, input, output any) {
	t.Helper()
	encoded, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("node", filepath.Join("testdata", script))
	command.Stdin = bytes.NewReader(encoded)
	printed, err := command.Output()
	if err != nil {
		if failed, ok := err.(*exec.ExitError); ok {
			t.Fatalf("%s: %v\n%s", script, err, failed.Stderr)
		}
		t.Fatal(err)
	}
	if err := json.Unmarshal(printed, output); err != nil {
		t.Fatalf("%s: %v in %q", script, err, printed)
	}
}

func numbered(text string) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fmt.Fprintf(&b, "%3d  %s\n", i+1, line)
	}
	return b.String()
}
