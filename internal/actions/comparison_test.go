package actions_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/actions"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func (j *job) tellOf(c *comparison.Comparison) error {
	return actions.TellOfComparison(c, j.source, j.getenv, &j.stderr)
}

// comparing compares a gate that meets its contract with one that comes to something else.
func comparing(candidate verdict.Results) *comparison.Comparison {
	return artifacttest.Compare(artifacttest.Judged("1.2.3", met()), artifacttest.Judged("1.3.0", candidate))
}

// otherwise are the results of a run that passed, but for one stage of a scenario.
func otherwise(name string, at int, outcome *verdict.Outcome) verdict.Results {
	results := met()
	outcomes := results[name]
	outcomes[at] = outcome
	results[name] = outcomes
	return results
}

func TestNothingIsToldOfAComparisonOutsideOfGitHubActions(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "false", "1"} {
		j := newJob(t)
		j.env["GITHUB_ACTIONS"] = value
		must(t, j.tellOf(artifacttest.Rich()))
		if j.stderr.Len() > 0 || j.summary(t) != "" {
			t.Errorf("GITHUB_ACTIONS=%q: %q, %q", value, &j.stderr, j.summary(t))
		}
	}
}

func TestAComparisonIsAppendedToTheStepSummary(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	must(t, os.WriteFile(j.env["GITHUB_STEP_SUMMARY"], []byte("before"), 0o644))
	rich := artifacttest.Rich()
	must(t, j.tellOf(rich))
	if diff := cmp.Diff("before\n\n"+rich.Markdown(), j.summary(t)); diff != "" {
		t.Error(diff)
	}
}

func TestAComparisonAnnotatesCellsAndWhatWasLost(t *testing.T) {
	t.Parallel()
	other := bad
	other.Rule = "no-eval"
	at := func(level, file, line, title, message string) command {
		properties := map[string]string{"file": file, "line": line, "title": "Pumuki compare: " + title}
		return command{level, properties, message}
	}
	const first = "scenarios/violations/apps/a/first.ts"
	for name, each := range map[string]struct {
		candidate verdict.Results
		want      []command
	}{
		"the same": {met(), nil},
		"a rule is new": {
			otherwise("violations", 1, artifacttest.Outcome(1, bad, other)), nil,
		},
		"a rule is lost": {
			otherwise("violations", 1, artifacttest.Outcome(1, other)), []command{
				at("warning", "scenarios/violations/apps/bad.ts", "7", "violations at pre-push",
					"lost: no-any, ERROR: apps/bad.ts:7,9"),
			},
		},
		"a block is lost": {
			otherwise("violations", 1, artifacttest.Outcome(0)), []command{
				at("error", first, "1", "violations at pre-push",
					"exit 1, BLOCK -> exit 0, PASS (pumuki 1.2.3 -> pumuki 1.3.0)."),
				at("error", first, "1", "violations at pre-push", "pumuki 1.3.0 is off its contract: "+
					"it exited with 0, and the contract expects 1."),
				at("warning", "scenarios/violations/apps/bad.ts", "7", "violations at pre-push",
					"lost: no-any, ERROR, a lost block: apps/bad.ts:7,9"),
			},
		},
		"the candidate misses what was planted, and no cell differs": {
			otherwise("mixed", 2, &verdict.Outcome{
				Exit: 1, Outcome: "BLOCK", Findings: []verdict.Finding{bad}, Misses: []string{"it does not report x"},
			}), []command{
				at("error", "scenarios/mixed/apps/bad.ts", "1", "mixed at ci", "pumuki 1.3.0 is off its contract: "+
					"its exit and its evidence are right, but it does not report x."),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			must(t, j.tellOf(comparing(each.candidate)))
			if diff := cmp.Diff(each.want, j.annotations(t)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAComparisonHasNoMoreAnnotationsThanAreShown(t *testing.T) {
	t.Parallel()
	var many []verdict.Finding
	for i := range 40 {
		many = append(many, verdict.Finding{Rule: fmt.Sprintf("r%02d", i), Severity: "WARN", File: "apps/bad.ts"})
	}
	base := artifacttest.Judged("1.2.3", artifacttest.Met(append(many, bad)...))
	candidate := artifacttest.Judged("1.3.0", otherwise("clean", 0, artifacttest.Outcome(1, bad)))
	j := newJob(t)
	must(t, j.tellOf(artifacttest.Compare(base, candidate)))
	told := j.annotations(t)
	if len(told) != 10 {
		t.Fatalf("%d annotations", len(told))
	}
	if told[0].Name != "error" || told[1].Name != "error" || told[2].Name != "warning" {
		t.Errorf("the weightiest are not first: %v", told[:3])
	}
	// Two errors, and a warning for each of 40 rules in each of two scenarios.
	if !strings.HasSuffix(told[9].Message, "(72 more are left out here: see the step summary.)") {
		t.Errorf("what is left out is not told: %v", told[9])
	}
}

func TestForeignTextOfAComparisonIsNoCommand(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	c := artifacttest.Foreign(hostile)
	must(t, j.tellOf(c))
	told := j.annotations(t)
	if len(told) != 10 {
		t.Fatalf("%d annotations: %v", len(told), told)
	}
	for i, each := range told {
		if each.Name != "error" && each.Name != "warning" ||
			strings.ContainsAny(each.Message, "\r\n\x1b\x00\u202e\u200b") ||
			!strings.Contains(each.Message, "100%0A%3A, ::error::no") {
			t.Errorf("annotation %d: %q", i, each)
		}
	}
	if !strings.HasSuffix(j.summary(t), c.Markdown()) {
		t.Error("the summary is not the comparison")
	}
}

func TestWhatCannotBeWrittenOfAComparisonIsAnErrorAndTheRestIsTold(t *testing.T) {
	t.Parallel()
	c := comparing(otherwise("violations", 1, artifacttest.Outcome(1, verdict.Finding{Rule: "r", File: "f"})))
	for name, each := range map[string]struct {
		change func(*job)
		says   string
		told   int
		sums   bool
	}{
		"the summary is a folder": {
			func(j *job) { j.env["GITHUB_STEP_SUMMARY"] = j.source }, "no step summary: ", 1, false,
		},
		"the summary is full": {
			func(j *job) { must(t, os.WriteFile(j.env["GITHUB_STEP_SUMMARY"], make([]byte, 1<<20), 0o644)) },
			"no step summary: what the step has written before leaves no room for it", 1, false,
		},
		"the source is gone": {
			func(j *job) { j.source = filepath.Join(j.source, "gone") }, "no annotations: ", 0, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			path := j.env["GITHUB_STEP_SUMMARY"]
			each.change(j)
			if err := j.tellOf(c); err == nil || !strings.Contains(err.Error(), each.says) {
				t.Errorf("got %v", err)
			}
			if told := j.annotations(t); len(told) != each.told {
				t.Errorf("%d annotations", len(told))
			}
			data, _ := os.ReadFile(path)
			if strings.Contains(string(data), "Pumuki compare: ") != each.sums {
				t.Errorf("summary: %.100q", data)
			}
		})
	}
	reader, closed := io.Pipe()
	must(t, reader.Close())
	j := newJob(t)
	if err := actions.TellOfComparison(c, j.source, j.getenv, closed); err == nil {
		t.Error("standard error is closed, and nothing is said")
	}
}

func TestAScenarioWithoutFilesIsAnnotatedWithoutAPlace(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	must(t, os.RemoveAll(filepath.Join(j.source, suite.Folder, "violations")))
	must(t, j.tellOf(comparing(otherwise("violations", 1, artifacttest.Outcome(0)))))
	if told := j.annotations(t); len(told) != 3 || told[0].Properties["file"] != "" {
		t.Errorf("%v", told)
	}
}
