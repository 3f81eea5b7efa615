package suitefile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suitefile"
)

// source makes a source repository with a suite, and a folder for each of the named scenarios.
func source(t testing.TB, text string, names ...string) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, name := range append(names, "") {
		if err := os.MkdirAll(filepath.Join(root, suite.Folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, suitefile.File), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// The suite of this project is the default one, so that a copy of the repository without the file behaves the same.
func TestSuiteOfThisProjectIsTheDefault(t *testing.T) {
	t.Parallel()
	read, err := suitefile.Read("../..")
	if diff := cmp.Diff(suite.Default(), read); err != nil || diff != "" {
		t.Error(err, diff)
	}
	without, err := suitefile.Read(t.TempDir())
	if diff := cmp.Diff(suite.Default(), without); err != nil || diff != "" {
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
		got, err := suitefile.Read(source(t, text, "clean", "warned-2"))
		want := suite.Suite{{Name: "warned-2", Expected: suite.Exits{0, 0, 2}}, {Name: "clean"}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
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
		clean + "  - name: absent" + entry:                     ":6:11: there is no folder scenarios/absent",
		clean + "  - name: preflight" + entry:                  `:6:11: a run has a use of its own for the name "preflight"`,

		strings.Replace(clean, "ci: 0", "ci: yes", 1):             ":5:9: got string, want integer",
		strings.Replace(clean, "ci: 0", "ci: -1", 1):              ":5:9: minimum: got -1, want 0",
		strings.Replace(clean, "ci: 0", "ci: 256", 1):             ":5:9: maximum: got 256, want 255",
		strings.Replace(clean, "ci: 0", "ci: 1.0", 1):             ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci: .inf", 1):            ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci: ~", 1):               ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci:", 1):                 ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci: &a 0", 1):            ":5:9: a suite holds mappings",
		strings.Replace(clean, "ci: 0", "ci: !!int 0", 1):         ":5:9: a suite holds mappings",
		strings.Replace(clean, "clean\n", "*a\n", 1):              ":2:11: a suite holds mappings",
		strings.Replace(clean, "clean\n", "!!str c\n", 1):         ":2:11: a suite holds mappings",
		strings.Replace(clean, "- name", "- <<: {}\n    name", 1): ":2:5: a suite holds mappings",
		strings.Repeat("#", 64<<10+1):                             "longer than 65536 bytes",
	} {
		got, err := suitefile.Read(source(t, text, "clean"))
		if err == nil || got != nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), suitefile.File) {
			t.Errorf("%.200q: %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestEveryMistakeIsSaid(t *testing.T) {
	t.Parallel()
	_, err := suitefile.Read(source(t, "scenarios:\n  - name: A\n    ci: x\n", "clean"))
	if err == nil || strings.Count(err.Error(), suitefile.File) != 3 {
		t.Errorf("three mistakes: %v", err)
	}
	_, err = suitefile.Read(source(t, "scenarios:\n"+strings.Repeat("  - 1\n", 60), "clean"))
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
	if _, err := suitefile.Read(root); err == nil || !strings.Contains(err.Error(), "it is a symbolic link") {
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
		read, err := suitefile.Parse(data, func(suite.Scenario) bool { return true })
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
