package verify_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestWholeArtifactsAreVerified(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		leave func(testing.TB) string
		// verdict and told stand before and after the name of the run.
		verdict, told string
	}{
		"a pass":            {passed, "PASS", "every scenario met its contract for pumuki@latest (pumuki 1.2.3)"},
		"a broken step":     {failed, "FAIL", "clean failed at npm_install_package"},
		"a missed contract": {missed, "FAIL", "violations failed at exit_contract"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := each.leave(t)
			want := "verified: " + each.verdict + " run pumuki-matrix-20260102T030356Z-7: " + each.told
			if got := verify.Dir(dir, verify.Expect{}).String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			moved := filepath.Join(t.TempDir(), "moved")
			must(t, os.Rename(dir, moved))
			if got := verify.Dir(moved, verify.Expect{}).String(); got != want {
				t.Errorf("moved: got %s", got)
			}
		})
	}
}

func TestNothingToVerifyIsSaidWithTheMend(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "missing")} {
		report := verify.Dir(dir, verify.Expect{})
		got := report.String()
		if report.Err() == nil || !strings.HasPrefix(got, "nothing to verify: ") ||
			!strings.Contains(got, "go tool mage matrix") {
			t.Errorf("got %s", got)
		}
	}
}

func TestVerdictCanBeRequired(t *testing.T) {
	t.Parallel()
	if report := verify.Dir(passed(t), verify.Expect{Verdict: verdict.Pass}); report.Err() != nil {
		t.Error(report)
	}
	const says = "the verdict is FAIL, and PASS is required"
	if got := verify.Dir(failed(t), verify.Expect{Verdict: verdict.Pass}).String(); got != says {
		t.Errorf("got %s", got)
	}
}

func TestCommitMustExistAndHoldTheSuite(t *testing.T) {
	t.Parallel()
	dir := passed(t)
	asked := ""
	report := verify.Dir(dir, verify.Expect{Commit: func(hash string) (suite.Suite, suite.Findings, error) {
		asked = hash
		return suite.Default(), nil, nil
	}})
	if report.Err() != nil || asked != artifacttest.Commit {
		t.Errorf("asked for %q: %s", asked, report)
	}
	unknown := errors.New("fatal: bad object\nsecond line")
	commit := artifact.SummaryName + ": commit " + artifacttest.Commit + " of the source repository: "
	lenient := suite.Default()
	lenient[1].Expected[2] = 0
	for want, held := range map[string]struct {
		suite suite.Suite
		err   error
	}{
		commit + "fatal: bad object second line":                                          {err: unknown},
		artifact.SummaryName + ": the suite is not that of commit " + artifacttest.Commit: {suite: lenient},
	} {
		expect := verify.Expect{Commit: func(string) (suite.Suite, suite.Findings, error) {
			return held.suite, nil, held.err
		}}
		if got := verify.Dir(dir, expect).String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMissesAreThoseOfTheSuite(t *testing.T) {
	t.Parallel()
	held := func(defects ...suite.Defect) verify.Report {
		planted := suite.Planted{Files: []string{"apps/backend/src/health.ts", "apps/ios/View.swift"}, Defects: defects}
		return verify.Dir(passed(t), verify.Expect{Commit: func(string) (suite.Suite, suite.Findings, error) {
			return suite.Default(), suite.Findings{"mixed": planted}, nil
		}})
	}
	logs := suite.Defect{File: "apps/backend/src/health.ts", Is: "it logs", Rules: []string{"backend.no-console-log"}}
	prints := suite.Defect{File: "apps/ios/View.swift", Is: "it prints", Rules: []string{"ios.no-print"}}
	if report := held(logs, prints); report.Err() != nil {
		t.Error(report)
	}
	other := suite.Defect{File: "apps/ios/View.swift", Is: "it waits", Rules: []string{"ios.no-wait"}}
	for says, defects := range map[string][]suite.Defect{
		"it does not report that it waits in apps/ios/View.swift": {logs, prints, other},
		"it reports ios.no-print in apps/ios/View.swift":          {logs},
	} {
		report := held(defects...)
		if !strings.Contains(report.String(), "misses are not what its findings miss by the suite") ||
			!strings.Contains(report.String(), says) {
			t.Errorf("got:\n%s\nwant: %s", report, says)
		}
	}
}

// tampering is one change of whole artifacts, and what must be said of it.
type tampering struct {
	leave func(testing.TB) string
	file  string
	// change changes the document; nil means that replace and by do.
	change      func(document map[string]any)
	replace, by string
	says        string
}

// another is the name of another run.
const another = "pumuki-matrix-20260102T030356Z-8"

// set changes the value at a path of keys.
func set(value any, path ...string) func(map[string]any) {
	return at(path, func(object map[string]any, key string) { object[key] = value })
}

// exits are those of a scenario whose stages all had one.
func exits(exit int) map[string]any {
	object := map[string]any{}
	for _, key := range verdict.StageKeys("_exit") {
		object[key] = exit
	}
	return object
}

// more adds a scenario to the suite.
func more(path ...string) func(map[string]any) {
	return at(path, func(object map[string]any, key string) {
		scenario := exits(0)
		scenario["name"] = "dirty"
		object[key] = append(object[key].([]any), scenario)
	})
}

// expecting changes the exit that the suite expects of its first scenario at ci.
func expecting(exit int) func(map[string]any) {
	return func(document map[string]any) {
		document["suite"].([]any)[0].(map[string]any)["ci_exit"] = exit
	}
}

// move gives what stands under a name another name.
func move(from, to string, path ...string) func(map[string]any) {
	return at(path, func(object map[string]any, key string) {
		held := object[key].(map[string]any)
		held[to] = held[from]
		delete(held, from)
	})
}

// remove removes the key at the end of a path.
func remove(path ...string) func(map[string]any) {
	return at(path, func(object map[string]any, key string) { delete(object, key) })
}

// at changes the object that holds the last key of a path.
func at(path []string, change func(object map[string]any, key string)) func(map[string]any) {
	return func(document map[string]any) {
		last := len(path) - 1
		for _, key := range path[:last] {
			document = document[key].(map[string]any)
		}
		change(document, path[last])
	}
}

// all makes several changes.
func all(changes ...func(map[string]any)) func(map[string]any) {
	return func(document map[string]any) {
		for _, change := range changes {
			change(document)
		}
	}
}

func TestEveryBrokenPromiseIsSaid(t *testing.T) {
	t.Parallel()
	type changes map[string]struct {
		change func(document map[string]any)
		says   string
	}
	for _, of := range []struct {
		leave func(testing.TB) string
		file  string
		changes
	}{
		{passed, artifact.SummaryName, changes{
			"an exit off its contract": {set(1, "scenarios", "clean", "ci_exit"),
				"says PASS, but clean exited 1 at ci and the contract expects 0"},
			"a stage that did not run": {set(nil, "scenarios", "clean", "ci_exit"), "at /scenarios/clean/ci_exit"},
			"a scenario left out of a pass": {remove("scenarios", "mixed"),
				"says PASS, but its scenarios make it PARTIAL"},
			"a whole that is called a part": {set("PARTIAL", "final_verdict"),
				"says PARTIAL, but its scenarios make it PASS"},
			"a scenario that is unknown": {set(exits(0), "scenarios", "dirty"),
				`"dirty" is no scenario of the suite`},
			"a scenario that is in the suite alone": {more("suite"), "says PASS, but its scenarios make it PARTIAL"},
			"a scenario that stands twice":          {all(more("suite"), more("suite")), "the suite names dirty twice"},
			"a suite that expects another exit": {expecting(1),
				"says PASS, but clean exited 0 at ci and the contract expects 1"},
			"a suite of none":                {set([]any{}, "suite"), "at /suite: minItems"},
			"a verdict that is unknown":      {set("pass", "final_verdict"), "at /final_verdict"},
			"a FAIL in a summary":            {set("FAIL", "final_verdict"), "at /final_verdict"},
			"a run id that is none":          {set("run-1", "run_id"), "at /run_id"},
			"a run id of an impossible time": {set("pumuki-matrix-20261301T120000Z-1", "run_id"), "is not a run id"},
			"a time before the run":          {set("2026-01-02T03:03:55Z", "generated_at_utc"), "before the run began"},
			"a time that is none":            {set("2026-13-01T12:00:00Z", "generated_at_utc"), "is no time"},
			"a version that is missing":      {set(nil, "package_version"), "at /package_version"},
			"a commit that is short":         {set("0123456", "source_commit"), "at /source_commit"},
			"a key that is gone":             {remove("contract_sha256"), "missing property 'contract_sha256'"},
			"a number that is not one": {set("0", "scenarios", "clean", "ci_exit"),
				"at /scenarios/clean/ci_exit"},
		}},
		{passed, artifact.EvidenceName, changes{
			"evidence of another run":     {set(another, "run_id"), "is that of another run: " + another},
			"evidence of another version": {set("6.3.16", "package_version"), `package_version is "6.3.16"`},
			"evidence of another spec":    {set("pumuki@6", "package_spec"), `package_spec is "pumuki@6"`},
			"evidence of another exit": {set(0, "scenarios", "mixed", "ci", "exit"),
				"mixed at ci: the exit is 0, and the report says 1"},
			"evidence of another contract": {set(0, "scenarios", "mixed", "ci", "expected_exit"),
				"mixed at ci: the expected exit is 0, and the contract says 1"},
			"evidence of a stage less": {set(nil, "scenarios", "mixed", "ci"), "mixed at ci: whether the stage ran"},
			"evidence that says PASS": {set("PASS", "scenarios", "mixed", "ci", "outcome"),
				"mixed at ci blocked while its evidence says PASS"},
			"evidence without findings": {set([]any{}, "scenarios", "mixed", "ci", "findings"),
				"mixed at ci blocked without a finding"},
			"evidence that says BLOCK": {set("BLOCK", "scenarios", "clean", "pre_push", "outcome"),
				"clean at pre-push exited 0 while its evidence says BLOCK"},
			"evidence that says nothing": {set(nil, "scenarios", "clean", "pre_push", "outcome"),
				"clean at pre-push left no evidence of its own"},
			"evidence of an unknown scenario": {move("mixed", "dirty", "scenarios"),
				`"dirty" is no scenario of the suite`},
			"evidence of other rules": {set(99, "rules", "active"), "rules are not those of its stages"},
			"evidence of no rules":    {set(nil, "rules"), "rules are not those of its stages"},
			"rules that are not sorted": {set([]any{"b", "a"}, "scenarios", "clean", "ci", "rules_coverage", "active"),
				"clean at ci: rules and findings are not sorted"},
			"evidence of a finding that is missed": {set([]any{"it does not report that x"}, "scenarios", "mixed", "ci",
				"misses"), "mixed at ci: it does not report that x"},
			"evidence without a word on misses": {remove("scenarios", "mixed", "ci", "misses"),
				"missing property 'misses'"},
			"evidence that is not sorted": {set([]any{"b", "a"}, "scenarios", "clean", "ci", "rulesets"),
				"clean at ci: rules and findings are not sorted"},
		}},
		{failed, artifact.FailureName, changes{
			"an exit that was not missed": {all(set("exit_contract", "failure_step"), set("contract", "failure_kind")),
				"clean is reported off its contract, but no exit is off it"},
			"a step that is unknown":  {set("npm install", "failure_step"), "at /failure_step"},
			"a phase that is unknown": {set("dirty", "failure_phase"), "phase dirty is no scenario of the suite"},
			"a scenario that is not told of": {remove("scenarios", "mixed"),
				"the exits are not those of every scenario"},
			"an unknown scenario in the place of one": {move("mixed", "dirty", "scenarios"),
				`"dirty" is no scenario of the suite`},
			"a step out of its phase": {set("preflight", "failure_phase"),
				"phase preflight has no step npm_install_package"},
			"the clone in the preflight": {all(set("preflight", "failure_phase"), set("git_clone", "failure_step")),
				"phase preflight has no step git_clone"},
			"a preflight step in a scenario": {set("toolchain", "failure_step"), "phase clean has no step toolchain"},
			"a kind of another step":         {set("usage", "failure_kind"), "kind usage and step arguments go"},
			"a contract that a step missed": {set("contract", "failure_kind"),
				"kind contract and the steps that judge go together"},
			"a baseline that a scenario missed": {set("baseline", "failure_kind"),
				"the baseline fails in preflight alone"},
			"the exit code of dirt":          {set(17, "exit_code"), "exit code 17 is that of a dirty baseline"},
			"the exit code of no signal":     {set(128, "exit_code"), "no run ends with exit code 128"},
			"the exit code of a signal":      {set(130, "exit_code"), "kind interrupted and exit code 128+n go"},
			"the exit code of a wrong call":  {set(2, "exit_code"), "kind usage and exit code 2 go together"},
			"the exit code of a busy folder": {set(75, "exit_code"), "no run ends with exit code 75"},
			"no exit code":                   {set(nil, "exit_code"), "a run without exit_code has not ended"},
			"a pass in a failure":            {set("PASS", "final_verdict"), "at /final_verdict"},
			"a commit that is missing":       {set(nil, "source_commit"), "a scenario runs on a commit"},
			"a stage that ran too early": {set(0, "scenarios", "clean", "ci_exit"),
				"clean has an exit of ci and none of the stage before"},
			"an exit without evidence": {set(0, "scenarios", "clean", "pre_commit_exit"),
				artifact.EvidenceName + " is missing"},
			"a command of another step": {set("stage_ci", "failure_command_step"),
				"failure_command_step is not the step whose command is reported: npm_install_package"},
			"a command of no step's name": {set(nil, "failure_command_step"),
				"failure_command_step is not the step whose command is reported: npm_install_package"},
			"a template of another step": {set("npx pumuki-ci", "failure_command_template"),
				"failure_command_template is not that of step npm_install_package: npm install"},
			"a template that is gone": {set(nil, "failure_command_template"),
				"failure_command_template is not that of step"},
			"a command of other variables": {set("pumuki@6", "failure_command_variables", "package_spec"),
				`failure_command is not the template with its variables: npm install --save-exact "pumuki@6"`},
			"variables of another scenario": {set("mixed", "failure_command_variables", "scenario"),
				"failure_command_variables are not those of clean"},
			"variables that are gone": {set(nil, "failure_command_variables"), "failure_command_variables are missing"},
			"a command without a step": {all(set("run_interrupted", "failure_step"), set("interrupted", "failure_kind"),
				set(143, "exit_code")),
				"step run_interrupted has no command"},
			"a log under another name": {set("/x/../etc/passwd", "failure_log_artifact"),
				`failure_log_artifact is named "passwd"`},
			"a log that is half there": {set(nil, "failure_log_artifact_sha256"),
				"of the four log keys some are null and some are not"},
			"a log that nobody names": {all(set(nil, "failure_log_path"), set(nil, "failure_log_artifact"),
				set(nil, "failure_log_artifact_sha256"), set(nil, "failure_log_artifact_bytes")),
				artifact.LogName + " stands, and " + artifact.FailureName + " does not name it"},
			"a log of another step": {set("/tmp/pumuki-clean-git-clone.log", "failure_log_path"),
				"failure_log_path is not /tmp/pumuki-clean-npm-install.log"},
		}},
		{missed, artifact.FailureName, changes{
			"the second of two missed": {set(1, "scenarios", "clean", "ci_exit"),
				"violations is reported, but before it clean exited 1 at ci"},
			"a scenario that met its contract": {set("clean", "failure_phase"),
				"clean is reported off its contract, but it is not: violations exited 0 at pre-push"},
			"the exit code of a time-out": {set(124, "exit_code"), "a missed contract has exit code 1"},
			"a command of another stage": {set("stage_ci", "failure_command_step"),
				"failure_command_step is not the step whose command is reported: stage_pre_push"},
			"a template of another stage": {set(suite.StageCI.Template, "failure_command_template"),
				"failure_command_template is not that of step stage_pre_push"},
		}},
		{overlooked, artifact.EvidenceName, changes{
			"findings of which none is missed": {set([]any{}, "scenarios", "mixed", "pre_push", "misses"),
				"the findings of that stage miss nothing"},
			"findings that were missed before": {set([]any{"x"}, "scenarios", "mixed", "pre_commit", "misses"),
				"failure_command_step is stage_pre_push, but before it mixed at pre-commit x"},
		}},
		{unproven, artifact.FailureName, changes{
			"a command of a stage that was not judged": {all(set("stage_ci", "failure_command_step"),
				set(suite.StageCI.Template, "failure_command_template"),
				set("GITHUB_BASE_REF=upstream-clean npx --no pumuki-ci", "failure_command")),
				"failure_command_step is stage_ci, but before it clean at pre-push left no evidence of its own"},
			"a command of a stage that did not run": {all(set("stage_ci", "failure_command_step"),
				set(nil, "scenarios", "clean", "ci_exit")), "failure_command_step is not a stage which ran"},
			"a command of a step that is no stage": {set("git_clone", "failure_command_step"),
				"failure_command_step is not a stage which ran"},
			"a template of another stage that ran": {set(suite.StageCI.Template, "failure_command_template"),
				"failure_command_template is not that of step stage_pre_push"},
		}},
		{dirtied, artifact.FailureName, changes{
			"the exit code of dirt elsewhere": {set("source_repo", "failure_step"),
				"exit code 17 is that of a dirty baseline"},
		}},
		{begun, artifact.FailureName, changes{
			"no exit code, and an exit": {set(0, "scenarios", "clean", "pre_commit_exit"),
				"has not ended, and knows of no scenario, log or exit"},
			"no exit code, and a phase": {set("clean", "failure_phase"),
				"has not ended, and knows of no scenario, log or exit"},
			"no exit code, and a log": {set("/x/"+artifact.LogName, "failure_log_artifact"),
				"has not ended, and knows of no scenario, log or exit"},
			"a command of no step": {set("git gc", "failure_command"),
				"step run_interrupted has no command, but one is reported"},
			"a step of no command": {set("git_clone", "failure_command_step"),
				"step run_interrupted has no command, but one is reported"},
		}},
	} {
		for name, each := range of.changes {
			t.Run(name, tampering{leave: of.leave, file: of.file, change: each.change, says: each.says}.isSaid)
		}
	}
}

func TestBytesThatNoRunWritesAreSaid(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		leave             func(testing.TB) string
		file              string
		replace, by, says string
	}{
		"a number with a fraction": {passed, artifact.SummaryName, `"ci_exit": 0`, `"ci_exit": 0.0`,
			"does not have the shape"},
		"a number without end": {passed, artifact.SummaryName, `"ci_exit": 0`, `"ci_exit": 1e999999999`,
			"no run writes the number"},
		"a key that stands twice": {passed, artifact.SummaryName, `"PASS"`, `"PASS", "final_verdict": "FAIL"`,
			`the key "final_verdict" stands twice`},
		"a key that differs in case": {passed, artifact.SummaryName, `"PASS"`, `"PASS", "FINAL_VERDICT": "FAIL"`,
			`the key "FINAL_VERDICT" stands twice`},
		"a key with a long s": {passed, artifact.SummaryName, `"scenarios": {`, `"ſcenarios": 1, "scenarios": {`,
			`stands twice`},
		"another layout": {passed, artifact.SummaryName, "\n  ", "\n    ", "is not laid out as a run writes it"},
		"no final newline": {passed, artifact.SummaryName, "PASS\"\n}\n", "PASS\"\n}",
			"is not laid out as a run writes it"},
		"something after the end": {passed, artifact.SummaryName, "PASS\"\n}\n", "PASS\"\n}\n{}\n",
			"is not JSON that a run writes"},
		"half a file":       {passed, artifact.SummaryName, "PASS\"\n}\n", "", "is not JSON that a run writes"},
		"what is not UTF-8": {passed, artifact.SummaryName, "pumuki@latest", "pumuki\xff", "is not UTF-8"},
		"a NUL": {passed, artifact.SummaryName, "pumuki@latest", "pumuki\x00",
			"is not JSON that a run writes"},
		"depth": {passed, artifact.SummaryName, `"pumuki@latest"`,
			strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nests deeper"},
		"a finding on line zero": {passed, artifact.EvidenceName, "              3\n", "              0\n",
			"at /scenarios/"},
		"a log of other bytes": {failed, artifact.LogName, "E404", "E405", "is not the file that was written"},
		"a log of another size": {failed, artifact.LogName, "E404", "E4044",
			"has 28 bytes, and " + artifact.FailureName + " says 27"},
	} {
		c := tampering{leave: each.leave, file: each.file, replace: each.replace, by: each.by, says: each.says}
		t.Run(name, c.isSaid)
	}
}

// isSaid makes the change, and looks for what must be said of it.
func (c tampering) isSaid(t *testing.T) {
	t.Parallel()
	dir := c.leave(t)
	c.apply(t, dir)
	report := verify.Dir(dir, verify.Expect{})
	if report.Err() == nil || !strings.Contains(report.String(), c.says) {
		t.Errorf("got:\n%s\nwant: %s", report, c.says)
	}
}

// apply changes an artifact as the writer would have written the change.
func (c tampering) apply(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, c.file)
	data, err := os.ReadFile(path)
	must(t, err)
	if c.change == nil {
		if !bytes.Contains(data, []byte(c.replace)) {
			t.Fatalf("%s holds no %q", c.file, c.replace)
		}
		must(t, os.WriteFile(path, bytes.Replace(data, []byte(c.replace), []byte(c.by), 1), 0o644))
		return
	}
	var document map[string]any
	must(t, json.Unmarshal(data, &document))
	before := encode(t, document)
	c.change(document)
	after := encode(t, document)
	if bytes.Equal(before, after) {
		t.Fatal("nothing was changed")
	}
	must(t, os.WriteFile(path, after, 0o644))
}

func TestFileThatStandsOrIsMissingAgainstThePromiseIsSaid(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		leave  func(testing.TB) string
		change func(dir string) error
		says   string
	}{
		"both reports": {passed, func(dir string) error {
			return os.Rename(dir+"/"+artifact.EvidenceName, dir+"/"+artifact.FailureName)
		}, "stand side by side"},
		"a pass without evidence": {passed, without(artifact.EvidenceName), artifact.EvidenceName + " is missing"},
		"a pass without a record": {passed, without(artifact.RecordName),
			artifact.RecordName + " is missing: every run that passed"},
		"a failure with no record": {failed, without(artifact.RecordName),
			artifact.RecordName + " is missing: every run that ended"},
		"a failure without its log":  {failed, without(artifact.LogName), artifact.LogName + " is missing"},
		"a failure with no evidence": {missed, without(artifact.EvidenceName), artifact.EvidenceName + " is missing"},
		"a pass with a log": {passed, func(dir string) error {
			return os.WriteFile(dir+"/"+artifact.LogName, nil, 0o644)
		}, artifact.LogName + " stands beside a summary"},
		"a summary that is a link": {passed, asLink(artifact.SummaryName),
			artifact.SummaryName + " cannot be read: it is a symbolic link"},
		"a summary that is a pipe": {passed, func(dir string) error {
			return errors.Join(os.Remove(dir+"/"+artifact.SummaryName), mkfifo(dir+"/"+artifact.SummaryName))
		}, artifact.SummaryName + " cannot be read: it is a named pipe"},
		"a summary that is a directory": {passed, func(dir string) error {
			return errors.Join(os.Remove(dir+"/"+artifact.SummaryName), os.Mkdir(dir+"/"+artifact.SummaryName, 0o755))
		}, artifact.SummaryName + " cannot be read: it is a directory"},
		"a summary that is huge":  {passed, resized(artifact.SummaryName, 1<<40), "it is longer than 8388608 bytes"},
		"a summary that is empty": {passed, resized(artifact.SummaryName, 0), "is not JSON that a run writes"},
		"a log that is a link": {failed, asLink(artifact.LogName),
			artifact.LogName + " cannot be read: it is a symbolic link"},
		"a log that is a pipe": {failed, func(dir string) error {
			return errors.Join(os.Remove(dir+"/"+artifact.LogName), mkfifo(dir+"/"+artifact.LogName))
		}, artifact.LogName + " cannot be read: it is a named pipe"},
		"a log that is huge": {failed, resized(artifact.LogName, 1<<40), "longer than the 67108864 bytes"},
		"evidence of nothing": {failed, func(dir string) error {
			other := passed(t)
			return os.Rename(other+"/"+artifact.EvidenceName, dir+"/"+artifact.EvidenceName)
		}, "but the run reached no stage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := each.leave(t)
			must(t, each.change(dir))
			began := time.Now()
			report := verify.Dir(dir, verify.Expect{})
			if report.Err() == nil || !strings.Contains(report.String(), each.says) {
				t.Errorf("got:\n%s\nwant: %s", report, each.says)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// without removes an artifact.
func without(name string) func(dir string) error {
	return func(dir string) error { return os.Remove(filepath.Join(dir, name)) }
}

// resized gives an artifact another length.
func resized(name string, size int64) func(dir string) error {
	return func(dir string) error { return os.Truncate(filepath.Join(dir, name), size) }
}

// asLink puts a link to an artifact in its place.
func asLink(name string) func(dir string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		return errors.Join(os.Rename(path, filepath.Join(dir, "elsewhere")), os.Symlink("elsewhere", path))
	}
}

func TestFolderThatIsNoneIsSaid(t *testing.T) {
	t.Parallel()
	pipe, file := filepath.Join(t.TempDir(), "pipe"), filepath.Join(t.TempDir(), "file")
	must(t, mkfifo(pipe))
	must(t, os.WriteFile(file, nil, 0o644))
	for dir, says := range map[string]string{
		pipe: "it is a named pipe", file: "it is a file", os.DevNull: "it is a special file",
	} {
		if got := verify.Dir(dir, verify.Expect{}).String(); !strings.Contains(got, says) {
			t.Errorf("got %s", got)
		}
	}
}

func TestRunThatWasKilledWhileItWroteIsVerified(t *testing.T) {
	t.Parallel()
	for name, wrote := range map[string][]string{
		"evidence":            {artifact.EvidenceName},
		"record":              {artifact.RecordName},
		"record and evidence": {artifact.RecordName, artifact.EvidenceName},
		"log":                 {artifact.LogName},
		"temp":                {"." + artifact.SummaryName + ".tmp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, ended := begun(t), missed(t)
			for _, each := range wrote {
				data, err := os.ReadFile(filepath.Join(ended, each))
				if name == "temp" {
					data, err = []byte("{"), nil
				}
				must(t, err)
				must(t, os.WriteFile(filepath.Join(dir, each), data, 0o644))
			}
			report := verify.Dir(dir, verify.Expect{})
			if report.Err() != nil || report.Told != "it has not ended, or was killed" {
				t.Error(report)
			}
		})
	}
}

func TestLastRunIsReadAsItWasVerified(t *testing.T) {
	t.Parallel()
	dir := passed(t)
	lastStep := verdict.Step{
		Phase: "mixed", Name: "stage_ci", Began: 9 * time.Second, Took: time.Second, Exit: 1,
		Log: artifacttest.LogDigest,
	}
	last, err := verify.Read(dir)
	must(t, err)
	if last.Verdict != verdict.Pass || last.Failure != nil || last.Facts.RunID != artifacttest.ID ||
		last.LogEnd != "" || len(last.Steps) != 10 || last.Steps[9] != lastStep {
		t.Errorf("of a pass it reads %+v", last)
	}
	if got := verdict.Of(last.Suite, last.Exits); got != verdict.Pass || last.Evidence["mixed"][2] == nil {
		t.Errorf("its exits come to %s", got)
	}
	last, err = verify.Read(failed(t))
	must(t, err)
	if last.Verdict != verdict.Fail || last.Failure == nil || last.Failure.Step != "npm_install_package" ||
		last.Facts.RunID != artifacttest.ID || len(last.Steps) != 1 {
		t.Errorf("of a failure it reads %+v", last)
	}
	if want := "npm error code E404\n\xff\x00\x1b[31m"; last.LogEnd != want {
		t.Errorf("its log ends with %q", last.LogEnd)
	}
	must(t, os.Remove(filepath.Join(dir, artifact.EvidenceName)))
	last, err = verify.Read(dir)
	if err == nil || !strings.Contains(err.Error(), artifact.EvidenceName+" is missing") || last != nil {
		t.Errorf("of half a pass it reads %+v, %v", last, err)
	}
}

func TestReportOfAHostileFileIsBounded(t *testing.T) {
	t.Parallel()
	dir := passed(t)
	data, err := os.ReadFile(filepath.Join(dir, artifact.EvidenceName))
	must(t, err)
	var document map[string]any
	must(t, json.Unmarshal(data, &document))
	findings := make([]any, 5000)
	for i := range findings {
		findings[i] = map[string]any{strings.Repeat("\n\x1b[31m", 1000): 1}
	}
	document["scenarios"].(map[string]any)["mixed"].(map[string]any)["ci"].(map[string]any)["findings"] = findings[:200]
	must(t, os.WriteFile(filepath.Join(dir, artifact.EvidenceName), encode(t, document), 0o644))
	report := verify.Dir(dir, verify.Expect{})
	if len(report.Broken) != 21 || len(report.String()) > 21*2000 {
		t.Errorf("%d lines, %d bytes: %.200s", len(report.Broken), len(report.String()), report)
	}
	for _, line := range report.Broken {
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("%q", line)
		}
	}
}

// jsonNames are the artifacts that are JSON, and shapeOf is the shape of one.
var jsonNames = []string{artifact.SummaryName, artifact.FailureName, artifact.EvidenceName, artifact.RecordName}

func shapeOf(name string) any {
	return map[string]any{
		artifact.SummaryName: new(artifact.Summary), artifact.FailureName: new(artifact.Failure),
		artifact.EvidenceName: new(artifact.Evidence), artifact.RecordName: new(artifact.Record),
	}[name]
}

// addSeeds adds whole artifacts and hostile ones, each with its place in jsonNames.
func addSeeds(f *testing.F, dirs ...string) {
	for _, dir := range dirs {
		for i, name := range jsonNames {
			if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
				f.Add(data, uint8(i))
			}
		}
	}
	f.Add([]byte(`{"final_verdict":"PASS","FINAL_VERDICT":"FAIL","x":1e999999999}`), uint8(0))
	f.Add(bytes.Repeat([]byte("["), 20000), uint8(1))
	f.Add([]byte("\xef\xbb\xbf{\"\\u0000\": \"\\ud800\"}\n"), uint8(2))
}

// FuzzDecode reads foreign bytes. What is taken for an artifact is read the same by whoever reads it: written again it
// says the same.
func FuzzDecode(f *testing.F) {
	addSeeds(f, passed(f), failed(f), missed(f))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		name := jsonNames[int(which)%len(jsonNames)]
		shape := shapeOf(name)
		if verify.Decode(name, data, shape) != nil {
			return
		}
		var first, second map[string]any
		must(t, json.Unmarshal(data, &first))
		must(t, json.Unmarshal(encode(t, shape), &second))
		for key, value := range second {
			if was, found := first[key]; !found || !contains(was, value) {
				t.Errorf("%s: %v is read as %v", key, was, value)
			}
		}
	})
}

// FuzzVerify puts foreign bytes in the place of each artifact, beside whole others.
func FuzzVerify(f *testing.F) {
	dirs := []string{passed(f), failed(f), missed(f)}
	addSeeds(f, dirs...)
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		dir, name := dirs[int(which)/len(jsonNames)%len(dirs)], jsonNames[int(which)%len(jsonNames)]
		path := filepath.Join(dir, name)
		before, err := os.ReadFile(path)
		existed := err == nil
		must(t, os.WriteFile(path, data, 0o644))
		report := verify.Dir(dir, verify.Expect{})
		if existed {
			must(t, os.WriteFile(path, before, 0o644))
		} else {
			must(t, os.Remove(path))
		}
		ofAnother := report.RunID != artifacttest.ID && name == artifact.EvidenceName
		if len(report.Broken) == 0 && (ofAnother || report.Verdict == "") {
			t.Errorf("taken for whole: %s", report)
		}
		for line := range strings.SplitSeq(report.String(), "\n") {
			if strings.ContainsFunc(line, unicode.IsControl) || len(line) > 2000 {
				t.Errorf("%q", line)
			}
		}
	})
}

// contains tells whether a document says all that part says: keys may have been added to it.
func contains(document, part any) bool {
	if list, isList := part.([]any); isList {
		within, _ := document.([]any)
		return slices.EqualFunc(within, list, contains)
	}
	object, isObject := part.(map[string]any)
	if !isObject {
		return equal(document, part)
	}
	within, _ := document.(map[string]any)
	for key, value := range object {
		if was, found := within[key]; !found || !contains(was, value) {
			return false
		}
	}
	return true
}

func equal(a, b any) bool {
	first, _ := json.Marshal(a)
	second, _ := json.Marshal(b)
	return bytes.Equal(first, second)
}
