package artifact

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

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

func TestWholeArtifactsAreVerified(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		leave func(testing.TB) string
		want  string
	}{
		"a pass":            {passed, "verified: PASS run pumuki-matrix-20260301T120000Z-4242: every scenario met its contract for pumuki@latest (pumuki 6.3.265)"},
		"a broken step":     {failed, "verified: FAIL run pumuki-matrix-20260301T120000Z-4242: clean failed at npm_install_package"},
		"a missed contract": {missedContract, "verified: FAIL run pumuki-matrix-20260301T120000Z-4242: violations failed at exit_contract"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := each.leave(t)
			if got := Verify(dir, Expect{}).String(); got != each.want {
				t.Errorf("got %s, want %s", got, each.want)
			}
			moved := filepath.Join(t.TempDir(), "moved")
			must(t, os.Rename(dir, moved))
			if got := Verify(moved, Expect{}).String(); got != each.want {
				t.Errorf("moved: got %s", got)
			}
		})
	}
}

func TestFailuresOfEveryKindAreVerified(t *testing.T) {
	t.Parallel()
	variables := scenario.Variables{RepoRoot: `/a "strange" $repo`}
	silent := everything()
	clean := silent["clean"]
	clean[0] = &Outcome{Exit: 0}
	silent["clean"] = clean
	later := everything()
	clean = later["clean"]
	clean[1] = &Outcome{Exit: 0}
	later["clean"] = clean
	for name, each := range map[string]struct {
		failure scenario.Failure
		results Results
	}{
		"a wrong call":   {scenario.Failure{Phase: scenario.Preflight, Step: scenario.Arguments, Kind: scenario.KindUsage, Exit: 2}, nil},
		"a missing tool": {scenario.Failure{Phase: scenario.Preflight, Step: scenario.Toolchain, Kind: scenario.KindEnvironment, Exit: 1, Variables: variables}, nil},
		"a dirty tree":   {scenario.Failure{Phase: scenario.Preflight, Step: scenario.Cleanliness, Kind: scenario.KindBaseline, Exit: 17, Variables: variables}, nil},
		"no repository":  {scenario.Failure{Phase: scenario.Preflight, Step: scenario.SourceRepo, Kind: scenario.KindBaseline, Exit: 1, Variables: variables}, nil},
		"a hanging gate": {scenario.Failure{Phase: "mixed", Step: scenario.StageCI, Kind: scenario.KindStep, Exit: 124, Variables: variablesFor("mixed")},
			func() Results { r := everything(); o := r["mixed"]; o[2] = nil; r["mixed"] = o; return r }()},
		"a miss, then a hang": {scenario.Failure{Phase: "mixed", Step: scenario.StageCI, Kind: scenario.KindStep, Exit: 124, Variables: variablesFor("mixed")},
			func() Results {
				r := everything()
				r["mixed"] = Outcomes{{Exit: 0, Outcome: "PASS"}, r["mixed"][1], nil}
				return r
			}()},
		"a signal":          {scenario.Failure{Phase: "clean", Step: scenario.RunInterrupted, Kind: scenario.KindInterrupted, Exit: 143}, resultsOfTests("clean")},
		"a full disk":       {scenario.Failure{Phase: "mixed", Step: scenario.ArtifactWrite, Kind: scenario.KindEnvironment, Exit: 1}, everything()},
		"missing evidence":  {scenario.Failure{Phase: "clean", Step: scenario.EvidenceContract, Command: scenario.StagePreCommit, Kind: scenario.KindContract, Exit: 1, Variables: variablesFor("clean")}, silent},
		"no later evidence": {scenario.Failure{Phase: "clean", Step: scenario.EvidenceContract, Command: scenario.StagePrePush, Kind: scenario.KindContract, Exit: 1, Variables: variablesFor("clean")}, later},
		"a foreign process": {scenario.Failure{Phase: "violations", Step: scenario.GitClone, Kind: scenario.KindStep, Exit: 1, Variables: variablesFor("violations")}, resultsOfTests("clean")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir())
			must(t, s.Begin(runOfTests()))
			if _, err := s.Fail(runOfTests(), &each.failure, each.results, stepsOfTests(each.results)); err != nil {
				t.Fatal(err)
			}
			if report := Verify(s.Dir(), Expect{}); report.Err() != nil {
				t.Error(report)
			}
		})
	}
}

func TestNothingToVerifyIsSaidWithTheMend(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "missing")} {
		report := Verify(dir, Expect{})
		if got := report.String(); report.Err() == nil || !strings.HasPrefix(got, "nothing to verify: ") || !strings.Contains(got, "go tool mage matrix") {
			t.Errorf("got %s", got)
		}
	}
}

func TestVerdictCanBeRequired(t *testing.T) {
	t.Parallel()
	if report := Verify(passed(t), Expect{Verdict: Pass}); report.Err() != nil {
		t.Error(report)
	}
	if got := Verify(failed(t), Expect{Verdict: Pass}).String(); got != "the verdict is FAIL, and PASS is required" {
		t.Errorf("got %s", got)
	}
}

func TestCommitMustExist(t *testing.T) {
	t.Parallel()
	dir := passed(t)
	asked := ""
	if report := Verify(dir, Expect{Commit: func(hash string) error { asked = hash; return nil }}); report.Err() != nil || asked != commitOfTests {
		t.Errorf("asked for %q: %s", asked, report)
	}
	got := Verify(dir, Expect{Commit: func(string) error { return errors.New("fatal: bad object\nsecond line") }}).String()
	if want := SummaryName + ": the source repository has no commit " + commitOfTests + ": fatal: bad object?second line"; got != want {
		t.Errorf("got %q, want %q", got, want)
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
const another = "pumuki-matrix-20260301T120000Z-4243"

// set changes the value at a path of keys.
func set(value any, path ...string) func(map[string]any) {
	return func(document map[string]any) {
		for _, key := range path[:len(path)-1] {
			document = document[key].(map[string]any)
		}
		document[path[len(path)-1]] = value
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
	for name, each := range map[string]tampering{
		"an exit off its contract":          {passed, SummaryName, set(1, "scenarios", "clean", "ci_exit"), "", "", "says PASS, but clean exited 1 at ci and the contract expects 0"},
		"a stage that did not run":          {passed, SummaryName, set(nil, "scenarios", "clean", "ci_exit"), "", "", "at /scenarios/clean/ci_exit"},
		"a scenario left out of a pass":     {passed, SummaryName, func(d map[string]any) { delete(d["scenarios"].(map[string]any), "mixed") }, "", "", "at /scenarios: missing property 'mixed'"},
		"a whole that is called a part":     {passed, SummaryName, set("PARTIAL", "final_verdict"), "", "", "says PARTIAL, but its scenarios make it PASS"},
		"a scenario that is unknown":        {passed, SummaryName, set(map[string]any{}, "scenarios", "dirty"), "", "", "at /scenarios: additional properties 'dirty' not allowed"},
		"a verdict that is unknown":         {passed, SummaryName, set("pass", "final_verdict"), "", "", "at /final_verdict"},
		"a FAIL in a summary":               {passed, SummaryName, set("FAIL", "final_verdict"), "", "", "at /final_verdict"},
		"a run id that is none":             {passed, SummaryName, set("run-1", "run_id"), "", "", "at /run_id"},
		"a run id of an impossible time":    {passed, SummaryName, set("pumuki-matrix-20261301T120000Z-1", "run_id"), "", "", "is not a run id"},
		"a time before the run":             {passed, SummaryName, set("2026-03-01T11:59:59Z", "generated_at_utc"), "", "", "lies before the run began"},
		"a time that is none":               {passed, SummaryName, set("2026-13-01T12:00:00Z", "generated_at_utc"), "", "", "is no time"},
		"a version that is missing":         {passed, SummaryName, set(nil, "package_version"), "", "", "at /package_version"},
		"a commit that is short":            {passed, SummaryName, set("0123456", "source_commit"), "", "", "at /source_commit"},
		"a key that is gone":                {passed, SummaryName, func(d map[string]any) { delete(d, "contract_sha256") }, "", "", "missing property 'contract_sha256'"},
		"a number that is not one":          {passed, SummaryName, set("0", "scenarios", "clean", "ci_exit"), "", "", "at /scenarios/clean/ci_exit"},
		"a number with a fraction":          {passed, SummaryName, nil, `"ci_exit": 0`, `"ci_exit": 0.0`, "does not have the shape"},
		"a number without end":              {passed, SummaryName, nil, `"ci_exit": 0`, `"ci_exit": 1e999999999`, "no run writes the number"},
		"a key that stands twice":           {passed, SummaryName, nil, `"final_verdict": "PASS"`, `"final_verdict": "FAIL",` + "\n  " + `"final_verdict": "PASS"`, `the key "final_verdict" stands twice`},
		"a key that differs in case":        {passed, SummaryName, nil, `"final_verdict": "PASS"`, `"final_verdict": "PASS",` + "\n  " + `"FINAL_VERDICT": "FAIL"`, `the key "FINAL_VERDICT" stands twice`},
		"a key with a long s":               {passed, SummaryName, nil, `"scenarios": {`, `"ſcenarios": 1,` + "\n  " + `"scenarios": {`, `stands twice`},
		"another layout":                    {passed, SummaryName, nil, "\n  ", "\n    ", "is not laid out as a run writes it"},
		"no final newline":                  {passed, SummaryName, nil, "PASS\"\n}\n", "PASS\"\n}", "is not laid out as a run writes it"},
		"something after the end":           {passed, SummaryName, nil, "PASS\"\n}\n", "PASS\"\n}\n{}\n", "is not JSON that a run writes"},
		"half a file":                       {passed, SummaryName, nil, "\"final_verdict\": \"PASS\"\n}\n", "", "is not JSON that a run writes"},
		"what is not UTF-8":                 {passed, SummaryName, nil, "pumuki@latest", "pumuki\xff", "is not UTF-8"},
		"a NUL":                             {passed, SummaryName, nil, "pumuki@latest", "pumuki\x00", "is not JSON that a run writes"},
		"depth":                             {passed, SummaryName, nil, `"pumuki@latest"`, strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nests deeper"},
		"evidence of another run":           {passed, EvidenceName, set(another, "run_id"), "", "", "is that of another run: " + another},
		"evidence of another version":       {passed, EvidenceName, set("6.3.16", "package_version"), "", "", `package_version is "6.3.16"`},
		"evidence of another spec":          {passed, EvidenceName, set("pumuki@6", "package_spec"), "", "", `package_spec is "pumuki@6"`},
		"evidence of another exit":          {passed, EvidenceName, set(0, "scenarios", "mixed", "ci", "exit"), "", "", "mixed at ci: the exit is 0, and the report says 1"},
		"evidence of another contract":      {passed, EvidenceName, set(0, "scenarios", "mixed", "ci", "expected_exit"), "", "", "mixed at ci: the expected exit is 0, and the contract says 1"},
		"evidence of a stage less":          {passed, EvidenceName, set(nil, "scenarios", "mixed", "ci"), "", "", "mixed at ci: whether the stage ran"},
		"evidence that says PASS":           {passed, EvidenceName, set("PASS", "scenarios", "mixed", "ci", "outcome"), "", "", "mixed at ci blocked while its evidence says PASS"},
		"evidence without findings":         {passed, EvidenceName, set([]any{}, "scenarios", "mixed", "ci", "findings"), "", "", "mixed at ci blocked without a finding"},
		"evidence that says BLOCK":          {passed, EvidenceName, set("BLOCK", "scenarios", "clean", "pre_push", "outcome"), "", "", "clean at pre-push exited 0 while its evidence says BLOCK"},
		"evidence that says nothing":        {passed, EvidenceName, set(nil, "scenarios", "clean", "pre_push", "outcome"), "", "", "clean at pre-push left no evidence of its own"},
		"evidence that is not sorted":       {passed, EvidenceName, set([]any{"b", "a"}, "scenarios", "clean", "ci", "rulesets"), "", "", "clean at ci: rulesets and findings are not sorted"},
		"a finding on line zero":            {passed, EvidenceName, nil, "              3\n", "              0\n", "at /scenarios/"},
		"an exit that was not missed":       {failed, FailureName, all(set("exit_contract", "failure_step"), set("contract", "failure_kind")), "", "", "clean is reported off its contract, and no exit is"},
		"the second of two missed":          {missedContract, FailureName, set(1, "scenarios", "clean", "ci_exit"), "", "", "violations is reported, but before it clean exited 1 at ci"},
		"a scenario that met its contract":  {missedContract, FailureName, set("clean", "failure_phase"), "", "", "clean is reported off its contract, but it is not: violations exited 0 at pre-push"},
		"a step that is unknown":            {failed, FailureName, set("npm install", "failure_step"), "", "", "at /failure_step"},
		"a step out of its phase":           {failed, FailureName, set("preflight", "failure_phase"), "", "", "phase preflight has no step npm_install_package"},
		"the clone in the preflight":        {failed, FailureName, all(set("preflight", "failure_phase"), set("git_clone", "failure_step")), "", "", "phase preflight has no step git_clone"},
		"a preflight step in a scenario":    {failed, FailureName, set("toolchain", "failure_step"), "", "", "phase clean has no step toolchain"},
		"a kind of another step":            {failed, FailureName, set("usage", "failure_kind"), "", "", "kind usage and step arguments go together"},
		"a contract that a step missed":     {failed, FailureName, set("contract", "failure_kind"), "", "", "kind contract and the steps that judge go together"},
		"a baseline that a scenario missed": {failed, FailureName, set("baseline", "failure_kind"), "", "", "the baseline fails in preflight alone"},
		"the exit code of dirt":             {failed, FailureName, set(17, "exit_code"), "", "", "exit code 17 is that of a dirty baseline"},
		"the exit code of dirt elsewhere":   {dirtied, FailureName, set("source_repo", "failure_step"), "", "", "exit code 17 is that of a dirty baseline"},
		"the exit code of no signal":        {failed, FailureName, set(128, "exit_code"), "", "", "no run ends with exit code 128"},
		"the exit code of a signal":         {failed, FailureName, set(130, "exit_code"), "", "", "kind interrupted and exit code 128+n go together"},
		"the exit code of a wrong call":     {failed, FailureName, set(2, "exit_code"), "", "", "kind usage and exit code 2 go together"},
		"the exit code of a busy folder":    {failed, FailureName, set(75, "exit_code"), "", "", "no run ends with exit code 75"},
		"the exit code of a time-out":       {missedContract, FailureName, set(124, "exit_code"), "", "", "a missed contract has exit code 1"},
		"no exit code":                      {failed, FailureName, set(nil, "exit_code"), "", "", "a run without exit_code has not ended"},
		"no exit code, and an exit":         {begun, FailureName, set(0, "scenarios", "clean", "pre_commit_exit"), "", "", "has not ended, and knows of no scenario, log or exit"},
		"no exit code, and a phase":         {begun, FailureName, set("clean", "failure_phase"), "", "", "has not ended, and knows of no scenario, log or exit"},
		"no exit code, and a log":           {begun, FailureName, set("/x/"+LogName, "failure_log_artifact"), "", "", "has not ended, and knows of no scenario, log or exit"},
		"a pass in a failure":               {failed, FailureName, set("PASS", "final_verdict"), "", "", "at /final_verdict"},
		"a commit that is missing":          {failed, FailureName, set(nil, "source_commit"), "", "", "a scenario runs on a commit"},
		"a stage that ran too early":        {failed, FailureName, set(0, "scenarios", "clean", "ci_exit"), "", "", "clean has an exit of ci and none of the stage before"},
		"an exit without evidence":          {failed, FailureName, set(0, "scenarios", "clean", "pre_commit_exit"), "", "", EvidenceName + " is missing"},
		"a template of another step":        {failed, FailureName, set("npx pumuki-ci", "failure_command_template"), "", "", "failure_command_template is not that of step npm_install_package: npm install"},
		"a template of another stage":       {missedContract, FailureName, set(scenario.StageCI.Template, "failure_command_template"), "", "", "failure_command_template is not that of step stage_pre_push"},
		"a template that is gone":           {failed, FailureName, set(nil, "failure_command_template"), "", "", "failure_command_template is not that of step"},
		"a command of other variables":      {failed, FailureName, set("pumuki@6", "failure_command_variables", "package_spec"), "", "", `failure_command is not the template with its variables: npm install --save-exact "pumuki@6"`},
		"variables of another scenario":     {failed, FailureName, set("mixed", "failure_command_variables", "scenario"), "", "", "failure_command_variables are not those of clean"},
		"variables that are gone":           {failed, FailureName, set(nil, "failure_command_variables"), "", "", "failure_command_variables are missing"},
		"a command of no step":              {begun, FailureName, set("git gc", "failure_command"), "", "", "step run_interrupted has no command, but one is reported"},
		"a command without a step":          {failed, FailureName, all(set("run_interrupted", "failure_step"), set("interrupted", "failure_kind"), set(143, "exit_code")), "", "", "step run_interrupted has no command"},
		"a log of other bytes":              {failed, LogName, nil, "E404", "E405", "is not the file that was written"},
		"a log of another size":             {failed, LogName, nil, "E404", "E4044", "has 28 bytes, and " + FailureName + " says 27"},
		"a log under another name":          {failed, FailureName, set("/x/../etc/passwd", "failure_log_artifact"), "", "", `failure_log_artifact is named "passwd"`},
		"a log that is half there":          {failed, FailureName, set(nil, "failure_log_artifact_sha256"), "", "", "of the four log keys some are null and some are not"},
		"a log that nobody names": {failed, FailureName, all(set(nil, "failure_log_path"), set(nil, "failure_log_artifact"),
			set(nil, "failure_log_artifact_sha256"), set(nil, "failure_log_artifact_bytes")), "", "", LogName + " stands, and " + FailureName + " does not name it"},
		"a log of another step": {failed, FailureName, set("/tmp/pumuki-clean-git-clone.log", "failure_log_path"), "", "", "failure_log_path is not /tmp/pumuki-clean-npm-install.log"},
	} {
		t.Run(name, each.isSaid)
	}
}

// isSaid makes the change, and looks for what must be said of it.
func (c tampering) isSaid(t *testing.T) {
	t.Parallel()
	dir := c.leave(t)
	c.apply(t, dir)
	report := Verify(dir, Expect{})
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
	before, err := encode(document)
	must(t, err)
	c.change(document)
	after, err := encode(document)
	must(t, err)
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
		"both reports":            {passed, func(dir string) error { return os.Rename(dir+"/"+EvidenceName, dir+"/"+FailureName) }, "stand side by side"},
		"a pass without evidence": {passed, func(dir string) error { return os.Remove(dir + "/" + EvidenceName) }, EvidenceName + " is missing"},
		"a pass without a record": {passed, without(RecordName),
			RecordName + " is missing: every run that passed leaves it"},
		"a failure with no record": {failed, without(RecordName),
			RecordName + " is missing: every run that ended leaves it"},
		"a pass with a log":          {passed, func(dir string) error { return os.WriteFile(dir+"/"+LogName, nil, 0o644) }, LogName + " stands beside a summary"},
		"a failure without its log":  {failed, func(dir string) error { return os.Remove(dir + "/" + LogName) }, LogName + " is missing"},
		"a failure with no evidence": {missedContract, func(dir string) error { return os.Remove(dir + "/" + EvidenceName) }, EvidenceName + " is missing"},
		"a summary that is a link": {passed, func(dir string) error {
			return errors.Join(os.Rename(dir+"/"+SummaryName, dir+"/elsewhere"), os.Symlink("elsewhere", dir+"/"+SummaryName))
		}, SummaryName + " cannot be read: it is a symbolic link"},
		"a summary that is a pipe": {passed, func(dir string) error {
			return errors.Join(os.Remove(dir+"/"+SummaryName), mkfifo(dir+"/"+SummaryName))
		}, SummaryName + " cannot be read: it is a named pipe"},
		"a summary that is a directory": {passed, func(dir string) error {
			return errors.Join(os.Remove(dir+"/"+SummaryName), os.Mkdir(dir+"/"+SummaryName, 0o755))
		}, SummaryName + " cannot be read: it is a directory"},
		"a summary that is huge":  {passed, func(dir string) error { return os.Truncate(dir+"/"+SummaryName, 1<<40) }, "it is longer than 8388608 bytes"},
		"a summary that is empty": {passed, func(dir string) error { return os.Truncate(dir+"/"+SummaryName, 0) }, "is not JSON that a run writes"},
		"a log that is a link": {failed, func(dir string) error {
			return errors.Join(os.Rename(dir+"/"+LogName, dir+"/elsewhere"), os.Symlink("elsewhere", dir+"/"+LogName))
		}, LogName + " cannot be read: it is a symbolic link"},
		"a log that is a pipe": {failed, func(dir string) error {
			return errors.Join(os.Remove(dir+"/"+LogName), mkfifo(dir+"/"+LogName))
		}, LogName + " cannot be read: it is a named pipe"},
		"a log that is huge": {failed, func(dir string) error { return os.Truncate(dir+"/"+LogName, 1<<40) }, "longer than the 67108864 bytes"},
		"evidence of nothing": {failed, func(dir string) error {
			other := passed(t)
			return os.Rename(other+"/"+EvidenceName, dir+"/"+EvidenceName)
		}, "but the run reached no stage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := each.leave(t)
			must(t, each.change(dir))
			began := time.Now()
			report := Verify(dir, Expect{})
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

func TestFolderThatIsNoneIsSaid(t *testing.T) {
	t.Parallel()
	pipe, file := filepath.Join(t.TempDir(), "pipe"), filepath.Join(t.TempDir(), "file")
	must(t, mkfifo(pipe))
	must(t, os.WriteFile(file, nil, 0o644))
	for dir, says := range map[string]string{pipe: "it is a named pipe", file: "it is a file", os.DevNull: "it is a special file"} {
		if got := Verify(dir, Expect{}).String(); !strings.Contains(got, says) {
			t.Errorf("got %s", got)
		}
	}
}

func TestRunThatWasKilledWhileItWroteIsVerified(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*Store, Run) error{
		"evidence": func(s *Store, run Run) error { return s.write(EvidenceName, s.evidence(run, everything())) },
		"record": func(s *Store, run Run) error {
			return s.write(RecordName, recordOf(run, stepsOfTests(everything())))
		},
		"record and evidence": func(s *Store, run Run) error {
			recorded := s.write(RecordName, recordOf(run, stepsOfTests(everything())))
			return errors.Join(recorded, s.write(EvidenceName, s.evidence(run, everything())))
		},
		"log":  func(s *Store, _ Run) error { return s.copyLog(logOfTests(t)) },
		"temp": func(s *Store, _ Run) error { _, err := s.stage(SummaryName, strings.NewReader("{")); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir())
			must(t, s.Begin(Run{PackageSpec: "pumuki@latest"}))
			run := runOfTests()
			s.stamp(&run)
			must(t, write(s, run))
			if report := Verify(s.Dir(), Expect{}); report.Err() != nil || report.Told != "it has not ended, or was killed" {
				t.Error(report)
			}
		})
	}
}

func TestLastRunIsReadAsItWasVerified(t *testing.T) {
	t.Parallel()
	dir := passed(t)
	lastStep := Step{"mixed", "stage_ci", 9 * time.Second, time.Second, 1, false, logDigest}
	last, err := ReadLast(dir)
	must(t, err)
	if last.Verdict != Pass || last.Failure != nil || last.Run.RunID != RunID(noon, 4242) ||
		last.LogEnd != "" || len(last.Steps) != 10 || last.Steps[9] != lastStep {
		t.Errorf("of a pass it reads %+v", last)
	}
	if got := verdict(last.Exits); got != Pass || last.Evidence["mixed"][2] == nil {
		t.Errorf("its exits come to %s", got)
	}
	last, err = ReadLast(failed(t))
	must(t, err)
	if last.Verdict != Fail || last.Failure == nil || last.Failure.Step != "npm_install_package" ||
		last.Run.RunID != RunID(noon, 4242) || len(last.Steps) != 1 {
		t.Errorf("of a failure it reads %+v", last)
	}
	if want := "npm error code E404\n\xff\x00\x1b[31m"; last.LogEnd != want {
		t.Errorf("its log ends with %q", last.LogEnd)
	}
	must(t, os.Remove(filepath.Join(dir, EvidenceName)))
	last, err = ReadLast(dir)
	if err == nil || !strings.Contains(err.Error(), EvidenceName+" is missing") || last.Verdict != "" {
		t.Errorf("of half a pass it reads %+v, %v", last, err)
	}
}

func TestLogOfTheLastRunEndsInWholeLines(t *testing.T) {
	t.Parallel()
	filled := strings.Repeat("x", logEnd-4) + "\nyy\n"
	for name, each := range map[string]struct{ log, want string }{
		"a short one":        {"one\ntwo\n", "one\ntwo\n"},
		"one that just fits": {filled, filled},
		"one too long":       {"zz" + filled, "yy\n"},
		"one endless line":   {"z" + strings.Repeat("x", logEnd), strings.Repeat("x", logEnd)},
	} {
		root := t.TempDir()
		log := filepath.Join(root, "private.log")
		must(t, os.WriteFile(log, []byte(each.log), 0o600))
		s := open(t, root)
		must(t, s.Begin(runOfTests()))
		_, err := s.Fail(runOfTests(), failureOfTests(log), nil, stepsOfTests(nil))
		must(t, err)
		if last, err := ReadLast(s.Dir()); err != nil || last.LogEnd != each.want {
			t.Errorf("%s: it ends with %.40q, %d bytes: %v", name, last.LogEnd, len(last.LogEnd), err)
		}
	}
}

func TestBoundsAreTheLastThatIsTaken(t *testing.T) {
	t.Parallel()
	deep := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for text, says := range map[string]string{
		deep(maxDepth):                   "",
		deep(maxDepth + 1):               "it nests deeper than",
		strings.Repeat("1", maxNumber):   "",
		strings.Repeat("1", maxNumber+1): "no run writes the number",
	} {
		err := wellFormed([]byte(text))
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%.40s: got %v, want %q", text, err, says)
		}
	}
	for _, more := range []int{0, 1} {
		if got, want := quote(strings.Repeat("x", 100+more)), strings.Repeat("x", 100)+strings.Repeat("…", more); got != `"`+want+`"` {
			t.Errorf("%d letters: quote shows %s", 100+more, got)
		}
		if got, want := line("%s", strings.Repeat("ñ", 400+more)), strings.Repeat("ñ", 400)+strings.Repeat("…", more); got != want {
			t.Errorf("%d letters: line shows %s", 400+more, got)
		}
		v := verification{Report: Report{Broken: make([]string, 20+more)}}
		if got := len(v.bounded().Broken); got != 20+more || more > 0 && v.Broken[20] != "and 1 more" {
			t.Errorf("%d promises: %q", 20+more, v.Broken)
		}
	}
}

func TestNothingForeignTurnsALineAround(t *testing.T) {
	t.Parallel()
	if got := line("%s", "a\nb\x1b\u202ec\u2028d"); got != "a?b??c?d" {
		t.Errorf("got %q", got)
	}
}

func TestReportOfAHostileFileIsBounded(t *testing.T) {
	t.Parallel()
	dir := passed(t)
	document := content(t, dir, EvidenceName)
	findings := make([]any, 5000)
	for i := range findings {
		findings[i] = map[string]any{strings.Repeat("\n\x1b[31m", 1000): 1}
	}
	document["scenarios"].(map[string]any)["mixed"].(map[string]any)["ci"].(map[string]any)["findings"] = findings[:200]
	data, err := encode(document)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, EvidenceName), data, 0o644))
	report := Verify(dir, Expect{})
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
var jsonNames = []string{SummaryName, FailureName, EvidenceName, RecordName}

func shapeOf(name string) any {
	return map[string]any{
		SummaryName: new(Summary), FailureName: new(Failure), EvidenceName: new(Evidence), RecordName: new(Record),
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
	addSeeds(f, passed(f), failed(f), missedContract(f))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		name := jsonNames[int(which)%len(jsonNames)]
		shape := shapeOf(name)
		if decode(name, data, shape) != nil {
			return
		}
		again, err := encode(shape)
		must(t, err)
		var first, second map[string]any
		must(t, json.Unmarshal(data, &first))
		must(t, json.Unmarshal(again, &second))
		for key, value := range second {
			if was, found := first[key]; !found || !contains(was, value) {
				t.Errorf("%s: %v is read as %v", key, was, value)
			}
		}
	})
}

// FuzzVerify puts foreign bytes in the place of each artifact, beside whole others.
func FuzzVerify(f *testing.F) {
	dirs := []string{passed(f), failed(f), missedContract(f)}
	addSeeds(f, dirs...)
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		dir, name := dirs[int(which)/len(jsonNames)%len(dirs)], jsonNames[int(which)%len(jsonNames)]
		path := filepath.Join(dir, name)
		before, err := os.ReadFile(path)
		existed := err == nil
		must(t, os.WriteFile(path, data, 0o644))
		report := Verify(dir, Expect{})
		if existed {
			must(t, os.WriteFile(path, before, 0o644))
		} else {
			must(t, os.Remove(path))
		}
		if len(report.Broken) == 0 && (report.RunID != RunID(noon, 4242) && name == EvidenceName || report.Verdict == "") {
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
