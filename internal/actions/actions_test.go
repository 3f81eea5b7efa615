package actions_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/actions"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// bad is a finding in a file that both scenarios with violations lay.
var bad = verdict.Finding{
	Rule: "no-any", Severity: "ERROR", File: "apps/bad.ts", Lines: []int{7, 9}, Message: "any is no type",
}

// met are the results of a run that passed.
func met() verdict.Results { return artifacttest.Met(bad) }

// with are the results of a run that passed, but for one scenario.
func with(name string, outcomes ...*verdict.Outcome) verdict.Results {
	results := met()
	results[name] = verdict.Outcomes(append(outcomes, nil, nil, nil)[:3])
	return results
}

// missed is the failure of a scenario that a stage took off its contract.
func missed(phase string, step, stage suite.Step) *suite.Failure {
	f := artifacttest.Failure(phase, step, suite.KindContract)
	f.Command = stage
	return f
}

// What misses the contract in a few ways: the results, and the failure that they make.

// blocked: pre-commit blocks clean for what it found.
func blocked(found ...verdict.Finding) (verdict.Results, *suite.Failure) {
	return with("clean", artifacttest.Outcome(1, found...), artifacttest.Outcome(0), artifacttest.Outcome(0)),
		missed("clean", suite.ExitContract, suite.StagePreCommit)
}

// unseen: every stage lets the violations through.
func unseen() (verdict.Results, *suite.Failure) {
	return with("violations", artifacttest.Outcome(0), artifacttest.Outcome(0), artifacttest.Outcome(0)),
		missed("violations", suite.ExitContract, suite.StagePreCommit)
}

// overlooked: pre-push lets violations through that the other stages see.
func overlooked() (verdict.Results, *suite.Failure) {
	return with("violations", artifacttest.Outcome(1, bad), artifacttest.Outcome(0), artifacttest.Outcome(1, bad)),
		missed("violations", suite.ExitContract, suite.StagePrePush)
}

// crashed: ci leaves no evidence for its block.
func crashed() (verdict.Results, *suite.Failure) {
	return with("mixed", artifacttest.Outcome(1, bad), artifacttest.Outcome(1, bad), &verdict.Outcome{Exit: 1}),
		missed("mixed", suite.EvidenceContract, suite.StageCI)
}

// read is a run with such an end.
func read(t testing.TB, end func() (verdict.Results, *suite.Failure)) *verdict.Run {
	t.Helper()
	results, f := end()
	return last(t, results, f)
}

// hit: pre-commit blocks clean for one finding.
func hit() (verdict.Results, *suite.Failure) { return blocked(bad) }

// last is a run that ended with f (nil: it passed), read back from its artifacts.
func last(t testing.TB, results verdict.Results, f *suite.Failure) *verdict.Run {
	t.Helper()
	return artifacttest.Left{
		Run: artifacttest.Run("embedded"), Results: results, Failure: f,
		Steps: []verdict.Step{
			{Phase: "clean", Name: "npm_install_package", Cached: true},
			{Phase: "clean", Name: "stage_ci", Took: 1500 * time.Millisecond},
		},
	}.Read(t)
}

// consumer is a source repository: files of the baseline and of scenarios.
func consumer(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{
		"package.json", "apps/old.ts", "apps/bad.ts",
		"scenarios/clean/apps/new.ts", "scenarios/clean/apps/b/new.ts",
		"scenarios/violations/apps/bad.ts", "scenarios/violations/apps/a/first.ts", "scenarios/mixed/apps/bad.ts",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte("\n"), 0o644))
	}
	return root
}

// job is a job of GitHub Actions whose workspace is a source repository.
type job struct {
	source string
	env    map[string]string
	stderr bytes.Buffer
}

func newJob(t testing.TB) *job {
	t.Helper()
	source := consumer(t)
	return &job{source: source, env: map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": source,
		"GITHUB_STEP_SUMMARY": filepath.Join(t.TempDir(), "summary.md"),
	}}
}

func (j *job) getenv(name string) string { return j.env[name] }

func (j *job) tell(run *verdict.Run) error { return actions.Tell(run, j.source, j.getenv, &j.stderr) }

// summary is the step summary so far.
func (j *job) summary(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(j.env["GITHUB_STEP_SUMMARY"])
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

// annotations are what the runner makes of what was written.
func (j *job) annotations(t testing.TB) []command {
	t.Helper()
	var r runner
	r.read(j.stderr.String())
	if slices.ContainsFunc(r.printed, func(line string) bool { return line != "" }) {
		t.Errorf("these lines are no commands: %q", r.printed)
	}
	return r.issued
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsToldOutsideOfGitHubActions(t *testing.T) {
	t.Parallel()
	run := read(t, unseen)
	for _, value := range []string{"", "false", "1"} {
		j := newJob(t)
		j.env["GITHUB_ACTIONS"] = value
		end := actions.Quote(j.getenv, &j.stderr)
		must(t, j.tell(run))
		end()
		if j.stderr.Len() > 0 || j.summary(t) != "" {
			t.Errorf("GITHUB_ACTIONS=%q: %q, %q", value, &j.stderr, j.summary(t))
		}
	}
}

func TestAnnotationsPointAtTheScenariosFiles(t *testing.T) {
	t.Parallel()
	type end = func() (verdict.Results, *suite.Failure)
	found := func(file string, lines ...int) verdict.Finding {
		return verdict.Finding{Rule: "r", Severity: "ERROR", File: file, Lines: lines, Message: "m"}
	}
	blockedFor := func(found ...verdict.Finding) end {
		return func() (verdict.Results, *suite.Failure) { return blocked(found...) }
	}
	broke := func(results verdict.Results, exit int, phase string, step suite.Step, kind suite.Kind) end {
		f := artifacttest.Failure(phase, step, kind)
		f.Exit = exit
		return func() (verdict.Results, *suite.Failure) { return results, f }
	}
	at := func(file, line, title, message string) command {
		properties := map[string]string{"title": "Pumuki matrix: " + title}
		if file != "" {
			properties["file"], properties["line"] = file, line
		}
		return command{"error", properties, message}
	}
	const blocks = "It exited with 1, and the contract expects 0."
	const passes = "It exited with 0, and the contract expects 1."
	const unproven = "Its exit is right, but it left no evidence of its own."
	const seen = " At pre-commit the gate found here ERROR no-any in apps/bad.ts: any is no type"
	for name, test := range map[string]struct {
		end  end
		want []command
	}{
		"passed": {func() (verdict.Results, *suite.Failure) { return met(), nil }, nil},
		"partial": {func() (verdict.Results, *suite.Failure) {
			return verdict.Results{"mixed": met()["mixed"]}, nil
		}, nil},
		"clean is blocked for a file of its own": {
			blockedFor(found("apps/new.ts", 3, 5)),
			[]command{at("scenarios/clean/apps/new.ts", "3", "clean at pre-commit",
				blocks+" Found ERROR r in apps/new.ts: m")},
		},
		"clean is blocked for a file of the baseline": {
			blockedFor(found("apps/old.ts")),
			[]command{at("apps/old.ts", "1", "clean at pre-commit", blocks+" Found ERROR r in apps/old.ts: m")},
		},
		"clean is blocked for what is no file here": {
			blockedFor(found("gone.ts", 1), found("../violations/apps/bad.ts", 1),
				found("/etc/passwd", 1), found("apps", 1)),
			[]command{
				at("", "", "clean at pre-commit", blocks+" Found ERROR r in ../violations/apps/bad.ts: m"),
				at("", "", "clean at pre-commit", blocks+" Found ERROR r in /etc/passwd: m"),
				at("", "", "clean at pre-commit", blocks+" Found ERROR r in apps: m"),
				at("", "", "clean at pre-commit", blocks+" Found ERROR r in gone.ts: m"),
			},
		},
		"clean is blocked at every stage for the same": {
			func() (verdict.Results, *suite.Failure) {
				results, f := blocked(found("apps/new.ts", 3))
				results["clean"] = verdict.Outcomes{results["clean"][0], results["clean"][0], results["clean"][0]}
				return results, f
			},
			[]command{at("scenarios/clean/apps/new.ts", "3", "clean at pre-commit, pre-push, ci",
				blocks+" Found ERROR r in apps/new.ts: m")},
		},
		"clean is blocked without a word": {
			func() (verdict.Results, *suite.Failure) {
				results, f := blocked()
				results["clean"][0].Outcome = ""
				return results, f
			},
			[]command{at("scenarios/clean/apps/b/new.ts", "1", "clean at pre-commit", blocks)},
		},
		"a violation is let through that another stage saw": {
			overlooked, []command{at("scenarios/violations/apps/bad.ts", "7", "violations at pre-push", passes+seen)},
		},
		"a violation is let through by every stage": {
			unseen,
			[]command{at("scenarios/violations/apps/a/first.ts", "1", "violations at pre-commit, pre-push, ci",
				passes)},
		},
		"a crash looks like a block": {
			crashed, []command{at("scenarios/mixed/apps/bad.ts", "7", "mixed at ci", unproven+seen)},
		},
		"an install fails": {
			broke(verdict.Results{}, suite.ExitFail, "clean", suite.NPMInstallPackage, suite.KindStep),
			[]command{at("", "", "clean broke at npm_install_package",
				`clean failed at npm_install_package (exit 1): npm install --save-exact "embedded"`)},
		},
		"a stage takes too long": {
			broke(with("mixed", artifacttest.Outcome(1, bad)),
				suite.ExitTimeout, "mixed", suite.StagePrePush, suite.KindStep),
			[]command{at("", "", "mixed broke at stage_pre_push",
				"mixed failed at stage_pre_push (exit 124): npx --no pumuki-pre-push")},
		},
		"the baseline is dirty": {
			broke(verdict.Results{},
				suite.ExitFail, suite.Preflight, suite.Cleanliness, suite.KindBaseline),
			[]command{at("", "", "preflight broke at source_repo_cleanliness", "preflight failed at "+
				`source_repo_cleanliness (exit 1): git -C "/r" status --porcelain --untracked-files=normal`)},
		},
		"the call is wrong": {
			broke(verdict.Results{}, suite.ExitUsage, suite.Preflight, suite.Arguments, suite.KindUsage),
			[]command{at("", "", "preflight broke at arguments", "preflight failed at arguments (exit 2)")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			must(t, j.tell(read(t, test.end)))
			if diff := cmp.Diff(test.want, j.annotations(t)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnnotationsAreAsManyAsAreShownAndLeaveNoCaseOut(t *testing.T) {
	t.Parallel()
	var found []verdict.Finding
	for i := range 30 {
		rule := fmt.Sprintf("r%02d", i)
		found = append(found, verdict.Finding{Rule: rule, Severity: "INFO", File: "apps/new.ts", Message: "m"})
	}
	found[29].Severity = "CRITICAL"
	blocked := artifacttest.Outcome(1, found...)
	results := with("clean", blocked, blocked, artifacttest.Outcome(0))
	block := artifacttest.Outcome(1, bad)
	results["mixed"] = verdict.Outcomes{artifacttest.Outcome(0), block, block}
	j := newJob(t)
	must(t, j.tell(last(t, results, missed("clean", suite.ExitContract, suite.StagePreCommit))))
	told := j.annotations(t)
	if len(told) != 10 {
		t.Fatalf("%d annotations", len(told))
	}
	if !strings.Contains(told[0].Message, "CRITICAL r29") ||
		told[0].Properties["title"] != "Pumuki matrix: clean at pre-commit, pre-push" {
		t.Errorf("the gravest is not the first: %v", told[0])
	}
	if told[1].Properties["title"] != "Pumuki matrix: mixed at pre-commit" {
		t.Errorf("the second case is not the second: %v", told[1])
	}
	if !strings.Contains(told[9].Message, "(21 more are left out here: see the step summary.)") {
		t.Errorf("what is left out is not told: %v", told[9])
	}
}

func TestAnnotationPathsAreRelativeToTheWorkspace(t *testing.T) {
	t.Parallel()
	run := read(t, overlooked)
	link := filepath.Join(t.TempDir(), "link")
	for name, test := range map[string]struct {
		workspace func(source string) string
		want      func(source string) string
	}{
		"the source itself": {
			func(source string) string { return source },
			func(string) string { return "scenarios/violations/apps/bad.ts" },
		},
		"above it": {
			filepath.Dir,
			func(source string) string { return filepath.Base(source) + "/scenarios/violations/apps/bad.ts" },
		},
		"a link to what is above it": {
			func(source string) string { must(t, os.Symlink(filepath.Dir(source), link)); return link },
			func(source string) string { return filepath.Base(source) + "/scenarios/violations/apps/bad.ts" },
		},
		"elsewhere": {
			func(string) string { return t.TempDir() },
			func(string) string { return "scenarios/violations/apps/bad.ts" },
		},
		"none": {
			func(string) string { return "" },
			func(string) string { return "scenarios/violations/apps/bad.ts" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t)
			j.env["GITHUB_WORKSPACE"] = test.workspace(j.source)
			must(t, j.tell(run))
			if got, want := j.annotations(t)[0].Properties["file"], test.want(j.source); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// hostile is text that would act where it is not escaped: for the runner, for Markdown and for a reader's eye.
const hostile = "100%0A%3A, ::error::no\r\n::set-env name=EVIL::1\n##[add-mask]EVIL\r\t::add-mask::EVIL\n" +
	"\x1b[2J\x00\u202e\u200b|EVIL|`` EVIL ``` EVIL </summary></details><script>EVIL</script> <!-- " +
	"[EVIL](javascript:EVIL) ![EVIL](https://EVIL) https://EVIL.test www.EVIL.test evil@EVIL.test @EVIL #1 \n\n" +
	"# EVIL\n* EVIL\n~~~\n```\nEVIL"

// everywhere is a run that was blocked, with the same text wherever something is foreign. It is put in after the
// artifacts were read, so that it holds for more than their verifier lets through.
func everywhere(hit *verdict.Run, text string) *verdict.Run {
	run, failure, is := *hit, *hit.Failure, verdict.Text(text)
	run.PackageSpec, run.PackageName, run.PackageVersion = text, is, is
	run.SourceCommit, run.ContractSHA256, run.RunID, run.GeneratedAt = is, is, text, text
	failure.Command, failure.Phase, failure.Step, failure.Kind = is, "clean", text, suite.Kind(text)
	run.Failure, run.LogEnd = &failure, text+"\n"+text
	run.Tools = verdict.Tools{Git: is, Node: is, NPM: is}
	run.Steps = []verdict.Step{{Phase: text, Name: text}}
	run.Evidence = maps.Clone(run.Evidence)
	run.Evidence["clean"] = verdict.Outcomes{{Exit: 1, Outcome: is, Findings: []verdict.Finding{
		{Rule: text, Severity: text, File: text, Lines: []int{2}, Message: text},
	}}}
	return &run
}

func TestForeignTextIsNoCommand(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	must(t, j.tell(everywhere(read(t, hit), hostile)))
	told := j.annotations(t)
	if len(told) != 2 {
		t.Fatalf("%d annotations: %v", len(told), told)
	}
	for i, c := range told {
		if c.Name != "error" || len(c.Properties) != 1 || strings.ContainsAny(c.Message, "\r\n\x1b\x00\u202e\u200b") ||
			!strings.Contains(c.Message, "100%0A%3A, ::error::no") ||
			!strings.Contains(c.Message, "::set-env name=EVIL::1 ##[add-mask]EVIL") {
			t.Errorf("annotation %d: %q", i, c)
		}
	}
}

func TestAFileNameIsEscapedAsAProperty(t *testing.T) {
	t.Parallel()
	const name = "100%,a:b=c%2C.ts"
	j := newJob(t)
	must(t, os.WriteFile(filepath.Join(j.source, name), nil, 0o644))
	found := verdict.Finding{Rule: "r", Severity: "ERROR", File: name, Message: "m"}
	results, f := blocked(found)
	must(t, j.tell(last(t, results, f)))
	if got := j.annotations(t)[0].Properties["file"]; got != name {
		t.Errorf("got %q", got)
	}
}

func TestNothingQuotedIsACommand(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	end := actions.Quote(j.getenv, &j.stderr)
	for _, line := range []string{
		hostile, "  ::add-mask::EVIL", "x ##[error]EVIL", "::stop-commands::EVIL", "::EVIL::", "::::",
		"::stop-commands::",
	} {
		fmt.Fprintln(&j.stderr, line)
	}
	end()
	fmt.Fprintln(&j.stderr, "::notice::after")
	var r runner
	r.read(j.stderr.String())
	if diff := cmp.Diff([]command{{"notice", map[string]string{}, "after"}}, r.issued); diff != "" {
		t.Error(diff)
	}
	var again bytes.Buffer
	actions.Quote(j.getenv, &again)
	if first, _, _ := strings.Cut(j.stderr.String(), "\n"); again.String() == first+"\n" {
		t.Error("the word that lets commands act again can be known")
	}
}

func TestWhatCannotBeWrittenIsAnErrorAndTheRestIsTold(t *testing.T) {
	t.Parallel()
	run := read(t, unseen)
	j := newJob(t)
	summary := j.env["GITHUB_STEP_SUMMARY"]
	j.env["GITHUB_STEP_SUMMARY"] = t.TempDir()
	if err := j.tell(run); err == nil || !strings.Contains(err.Error(), "no step summary: ") {
		t.Errorf("the summary is a folder: %v", err)
	}
	if len(j.annotations(t)) != 1 {
		t.Errorf("annotations: %q", &j.stderr)
	}

	j.env["GITHUB_STEP_SUMMARY"], j.source = summary, filepath.Join(t.TempDir(), "gone")
	if err := j.tell(run); err == nil || !strings.Contains(err.Error(), "no annotations: ") {
		t.Errorf("the source is gone: %v", err)
	}
	if !strings.Contains(j.summary(t), "Pumuki matrix: FAIL") {
		t.Errorf("summary: %q", j.summary(t))
	}

	reader, closed := io.Pipe()
	reader.Close()
	if err := actions.Tell(run, consumer(t), j.getenv, closed); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("standard error is closed: %v", err)
	}
}

func TestARunnerWithoutSummariesGetsAnnotations(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	delete(j.env, "GITHUB_STEP_SUMMARY")
	must(t, j.tell(last(t, verdict.Results{}, artifacttest.Failure("clean", suite.GitClone, suite.KindStep))))
	if len(j.annotations(t)) != 1 {
		t.Errorf("annotations: %q", &j.stderr)
	}
}
