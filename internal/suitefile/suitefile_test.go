package suitefile_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suitefile"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// source makes a source repository with a suite, and a folder for each of the named scenarios.
func source(t testing.TB, text string, names ...string) (root string) {
	t.Helper()
	root = t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		write(suite.Folder+"/"+name+"/apps/a.ts", "bad();")
	}
	write(suitefile.File, text)
	return root
}

// The suite of this project is the default one, so that a copy of the repository without the file behaves the same.
func TestSuiteOfThisProjectIsTheDefault(t *testing.T) {
	t.Parallel()
	read, findings, err := suitefile.Read("../..")
	if diff := cmp.Diff(suite.Default(), read); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, s := range read {
		planted, judged := findings[s.Name]
		if blocks := s.Expected != (suite.Exits{}); !judged || blocks != (len(planted.Defects) > 0) {
			t.Errorf("%s expects %s with %d defects", s.Name, s.Expected, len(planted.Defects))
		}
	}
	without, unjudged, err := suitefile.Read(t.TempDir())
	if diff := cmp.Diff(suite.Default(), without); err != nil || diff != "" || unjudged != nil {
		t.Error(err, diff)
	}
}

func TestScenariosAreThoseOfTheFileInItsOrder(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"block": "scenarios:\n- name: warned-2\n  pre-commit: 0\n  pre-push: 0\n  ci: 2\n" +
			"- {name: clean, pre-commit: 0, pre-push: 0, ci: 0} # flow\n",
		"quoted, with comments": "# a comment\n\"scenarios\":\n  - ci: 2\n    name: 'warned-2'\n    pre-push: 0\n" +
			"    pre-commit: 0\n\n  - {name: \"clean\", ci: 0, pre-commit: 0, pre-push: 0}\n",
		"a byte order mark, and another system's line ends": "\ufeffscenarios:\r\n  - name: warned-2\r\n" +
			"    pre-commit: 0\r\n    pre-push: 0\r\n    ci: 2\r\n  - name: clean\r\n    pre-commit: 0\r\n" +
			"    pre-push: 0\r\n    ci: 0\r\n",
		"JSON": `{"scenarios": [{"name": "warned-2", "pre-commit": 0, "pre-push": 0, "ci": 2},` +
			` {"name": "clean", "pre-commit": 0, "pre-push": 0, "ci": 0}]}`,
	} {
		got, _, err := suitefile.Read(source(t, text, "clean", "warned-2"))
		want := suite.Suite{{Name: "warned-2", Expected: suite.Exits{0, 0, 2}}, {Name: "clean"}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// The suite of this project catches a gate that loses a rule, reports it in another file, or accuses a good file.
func TestLossOfAnyPlantedRuleIsAMiss(t *testing.T) {
	t.Parallel()
	_, findings, err := suitefile.Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for name, planted := range findings {
		var all []verdict.Finding
		for _, d := range planted.Defects {
			all = append(all, verdict.Finding{Rule: d.Rules[0], File: d.File})
			rules[d.Rules[0]] = true
		}
		miss := func(found ...verdict.Finding) []string {
			outcome := verdict.Outcome{Outcome: "BLOCK", Findings: found}
			return outcome.Off(findings, suite.Scenario{Name: name}, suite.CI, "6.3.265")
		}
		if got := miss(all...); got != nil {
			t.Errorf("%s: all is reported, and yet %q", name, got)
		}
		for i, d := range planted.Defects {
			without := slices.Delete(slices.Clone(all), i, i+1)
			if got := miss(without...); len(got) != 1 || !strings.Contains(got[0], d.File) {
				t.Errorf("%s without %s in %s: %q", name, d.Rules[0], d.File, got)
			}
			moved := append(without, verdict.Finding{Rule: d.Rules[0], File: goodFile(planted, d.Rules[0])})
			if got := miss(moved...); len(got) != 2 {
				t.Errorf("%s with %s in another file: %q", name, d.Rules[0], got)
			}
		}
		good := verdict.Finding{Rule: "any.rule", File: planted.Files[0]}
		if got := miss(append(all, good)...); len(got) != 1 || !strings.Contains(got[0], "it reports any.rule") {
			t.Errorf("%s with a rule that nobody planted: %q", name, got)
		}
	}
	if len(rules) != 10 {
		t.Errorf("%d rules are planted", len(rules))
	}
}

// goodFile is a file of a scenario in which no defect of a rule was planted.
func goodFile(planted suite.Planted, rule string) string {
	return planted.Files[slices.IndexFunc(planted.Files, func(file string) bool {
		return !slices.ContainsFunc(planted.Defects, func(d suite.Defect) bool {
			return d.File == file && d.Rules[0] == rule
		})
	})]
}

func TestDefectsHaveTheFamilyOfTheirRule(t *testing.T) {
	t.Parallel()
	_, got, err := suitefile.Read(source(t, `
families:
  - {rules: [r, skills.r], first-until: 6.3.16}
scenarios:
  - {name: clean, pre-commit: 0, pre-push: 0, ci: 0, defects: []}
  - {name: free, pre-commit: 0, pre-push: 0, ci: 0}
  - name: bad
    pre-commit: 1
    pre-push: 1
    ci: 1
    defects:
      - {in: apps/a.ts, is: it is bad, rule: skills.r, since: 6.3.17, until: 6.3.20, not-at: [ci]}
      - {in: apps/a.ts, is: it is worse, rule: s}
    allowed:
      - {in: apps/a.ts, is: it may be bad, rule: t}
`, "clean", "free", "bad"))
	files := []string{"apps/a.ts"}
	want := suite.Findings{"clean": {Files: files}, "bad": {
		Files: files,
		Defects: []suite.Defect{
			{
				File: "apps/a.ts", Is: "it is bad", Rules: []string{"r", "skills.r"}, FirstUntil: "6.3.16",
				Since: "6.3.17", Until: "6.3.20", NotAt: []string{"ci"},
			},
			{File: "apps/a.ts", Is: "it is worse", Rules: []string{"s"}},
		},
		Allowed: []suite.Defect{{File: "apps/a.ts", Is: "it may be bad", Rules: []string{"t"}}},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestMistakeIsSaidWithItsLineAndColumn(t *testing.T) {
	t.Parallel()
	const entry = "\n    pre-commit: 0\n    pre-push: 0\n    ci: 0\n"
	const clean = "scenarios:\n  - name: clean" + entry
	for text, want := range map[string]string{
		"":                      "must hold one document",
		"# nothing\n":           "must hold one document",
		clean + "---\n" + clean: "must hold one document",
		"scenarios: [\n":        ":1:12: sequence end token ']' not found",
		"\tscenarios: 1\n":      ":1:10: tab character",
		"clean\n":               ":1:1: got string, want object",
		"scenarios: {}\n":       ":1:1: got object, want array",
		"scenarios: []\n":       ":1:1: minItems: got 0, want 1",
		"scenarios:\n  - 7\n":   ":2:5: got number, want object",
		"\xff":                  "is not UTF-8",

		"scenarios:\n  - name: clean\n    pre-commit: 0\n    ci: 0\n": ":2:5: missing property 'pre-push'",
		clean + "    why: x\n":                                 ":6:10: additional properties 'why' not allowed",
		clean + "    why:\n      a: b\n":                       ":6:5: additional properties 'why' not allowed",
		clean + "more: 1\n":                                    ":6:7: additional properties 'more' not allowed",
		clean + "    ci: 1\n":                                  `:6:5: mapping key "ci" already defined`,
		clean + "  - name: Mixed" + entry:                      ":6:11: 'Mixed' does not match pattern",
		clean + "  - name: ../x" + entry:                       ":6:11: '../x' does not match pattern",
		clean + "  - name: -x" + entry:                         ":6:11: '-x' does not match pattern",
		clean + "  - name: " + strings.Repeat("x", 33) + entry: ":6:11: maxLength: got 33, want 32",
		clean + "  - name: clean" + entry:                      `:6:11: "clean" is the name of another scenario`,
		clean + "  - name: absent" + entry:                     ":6:11: there is no file in a folder scenarios/absent",

		clean + "  - name: preflight" + entry: `:6:11: a run has a use of its own for the name "preflight"`,

		clean + "    defects:\n    - {in: apps/b.ts, is: x, rule: r}\n":     ":7:12: the scenario has no file apps/b",
		clean + "    defects: []\n    allowed: [{in: b, is: x, rule: r}]\n": ":7:20: the scenario has no file b",
		clean + "    defects: [{in: b, is: x}]\n":                           ":6:16: missing property 'rule'",
		clean + "    defects: [{in: b, is: x, rule: r, since: 6.3.x}]\n":    ":6:46: '6.3.x' does not match pattern",
		clean + "    defects: [{in: b, is: x, rule: r, not-at: [cd]}]\n":    ":6:48: value must be one of",
		clean + "    defects: [{in: b, is: \"\", rule: r}]\n":               ":6:27: minLength: got 0, want 1",
		clean + "    allowed: []\n":                                         ":2:5: properties 'defects' required, if",
		"families: [{rules: []}]\n" + clean:                                 ":1:13: minItems: got 0, want 1",
		strings.Replace(clean, "ci: 0", "ci: yes", 1):                       ":5:9: got string, want integer",
		strings.Replace(clean, "ci: 0", "ci: -1", 1):                        ":5:9: minimum: got -1, want 0",
		strings.Replace(clean, "ci: 0", "ci: 256", 1):                       ":5:9: maximum: got 256, want 255",
		strings.Replace(clean, "ci: 0", "ci: 1.0", 1):                       ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci: .inf", 1):                      ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci: ~", 1):                         ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci:", 1):                           ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci: &a 0", 1):                      ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci: !!int 0", 1):                   ":5:9: a suite holds mappings",
		strings.Replace(clean, "clean\n", "*a\n", 1):                        ":2:11: a suite holds mappings",
		strings.Replace(clean, "clean\n", "!!str c\n", 1):                   ":2:11: a suite holds mappings",
		strings.Replace(clean, "- name", "- <<: {}\n    name", 1):           ":2:5: a suite holds mappings",
		strings.Repeat("#", 64<<10+1):                                       "longer than 65536 bytes",
	} {
		got, _, err := suitefile.Read(source(t, text, "clean"))
		if err == nil || got != nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), suitefile.File) {
			t.Errorf("%.200q: %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestEveryMistakeIsSaid(t *testing.T) {
	t.Parallel()
	_, _, err := suitefile.Read(source(t, "scenarios:\n  - name: A\n    ci: x\n", "clean"))
	if err == nil || strings.Count(err.Error(), suitefile.File) != 3 {
		t.Errorf("three mistakes: %v", err)
	}
	_, _, err = suitefile.Read(source(t, "scenarios:\n"+strings.Repeat("  - 1\n", 60), "clean"))
	if err == nil || !strings.HasSuffix(err.Error(), "\nand 50 more") {
		t.Errorf("sixty mistakes: %v", err)
	}
}

func TestLinkInThePlaceOfTheSuiteIsRefused(t *testing.T) {
	t.Parallel()
	root := source(t, "")
	file := filepath.Join(root, suitefile.File)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", file); err != nil {
		t.Fatal(err)
	}
	if _, _, err := suitefile.Read(root); err == nil || !strings.Contains(err.Error(), "it is a symbolic link") {
		t.Error(err)
	}
}

// FuzzSuiteIsReadOrRefused holds that whatever is taken for a suite is one.
func FuzzSuiteIsReadOrRefused(f *testing.F) {
	read, err := os.ReadFile("../../scenarios/suite.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(read)
	for _, seed := range []string{
		"scenarios: [{name: a, pre-commit: 0, pre-push: 1, ci: 255}]", "a: &b [*b]", "- - -", "? {", "scenarios:\n  -",
		"scenarios: [{name: a, pre-commit: 0x1, pre-push: 0o1, ci: 1_0}]", "%YAML 1.2\n---\nscenarios: !!x",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read, _, err := suitefile.Parse(data, func(suite.Scenario) []string { return []string{"a"} })
		if (err == nil) != (len(read) > 0) {
			t.Errorf("%v, %v", read, err)
		}
		for at, s := range read {
			if _, first := read.Named(s.Name); first != at || s.Name == "" || strings.ContainsAny(s.Name, "/\\. \n") {
				t.Errorf("%q is no name of a scenario", s.Name)
			}
			for _, exit := range s.Expected {
				if exit < 0 || exit > 255 {
					t.Errorf("%d is no exit", exit)
				}
			}
		}
	})
}
