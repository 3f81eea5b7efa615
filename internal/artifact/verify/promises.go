package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// This file holds what CONTRACT §6 promises and no schema can check.

// run checks what both reports say of their run.
func (v *verification) run(name string, r verdict.Facts) {
	began, err := artifact.ParseRunID(r.RunID)
	if err != nil {
		v.say("%s: run_id %v", name, err)
		return
	}
	generated, err := time.Parse(artifact.TimeLayout, r.GeneratedAt)
	if err != nil {
		v.say("%s: generated_at_utc %s is no time", name, quote(r.GeneratedAt))
	} else if generated.Before(began) {
		v.say("%s: generated_at_utc %s lies before the run began, by its run_id", name, r.GeneratedAt)
	}
	for i, s := range r.Suite {
		if _, first := r.Suite.Named(s.Name); first != i {
			v.say("%s: the suite names %s twice", name, s.Name)
		}
	}
	if r.SourceCommit == "" || v.expect.Commit == nil {
		return
	}
	held, findings, err := v.expect.Commit(string(r.SourceCommit))
	v.findings = findings
	switch {
	case err != nil:
		v.say("%s: commit %s of the source repository: %v", name, r.SourceCommit, err)
	case !slices.Equal(held, r.Suite):
		v.say("%s: the suite is not that of commit %s", name, r.SourceCommit)
	}
}

// known checks that an artifact names no scenario beside those of a suite.
func (v *verification) known(artifact string, table suite.Suite, names iter.Seq[string]) {
	for _, name := range slices.Sorted(names) {
		if _, at := table.Named(name); at < 0 {
			v.say("%s: %s is no scenario of the suite", artifact, quote(name))
		}
	}
}

// summary checks the report of a run that passed.
func (v *verification) summary(s artifact.Summary, spoke, recorded standing) {
	v.Verdict, v.RunID = s.Verdict, s.RunID
	v.Told = "every scenario met its contract"
	if s.Verdict == verdict.Partial {
		v.Told = "the scenarios that were chosen met their contract"
	}
	v.Told += fmt.Sprintf(" for %s (%s %s)", s.PackageSpec, s.PackageName, s.PackageVersion)
	v.run(artifact.SummaryName, s.Facts)
	v.known(artifact.SummaryName, s.Suite, maps.Keys(s.Scenarios.Of))
	for _, miss := range verdict.Misses(s.Suite, s.Scenarios.Of) {
		v.say("%s says %s, but %v", artifact.SummaryName, s.Verdict, miss)
	}
	if follows := verdict.Of(s.Suite, s.Scenarios.Of); follows != s.Verdict && follows != verdict.Fail {
		v.say("%s says %s, but its scenarios make it %s", artifact.SummaryName, s.Verdict, follows)
	}
	if spoke == absent {
		v.say("%s is missing: every run that passed leaves it", artifact.EvidenceName)
	}
	if recorded == absent {
		v.say("%s is missing: every run that passed leaves it", artifact.RecordName)
	}
	if v.stands(artifact.LogName) {
		v.say("%s stands beside a summary: it belongs to a run that failed", artifact.LogName)
	}
}

// unended tells whether the report is the one that a run stands under until it has ended.
func (f failure) unended() bool { return f.ExitCode == nil }

// before returns the facts and the exits that the evidence and the record of a failure must agree with: those of the
// report. The report of a killed run has none, so its record counts, or else its evidence.
func (f failure) before(e evidence, r record) (verdict.Facts, verdict.Scenarios[verdict.Exits]) {
	if !f.unended() {
		return f.Facts, f.Scenarios.Of
	}
	run := e.within(f.Facts)
	if r.RunID != "" {
		run = r.Facts
	}
	run.RunID, run.PackageSpec, run.Suite = f.RunID, f.PackageSpec, f.Suite
	return run, verdict.ExitsOf(e.Scenarios.Of)
}

// within returns the facts of a run, with those that the evidence holds in place of the run's own.
func (e evidence) within(r verdict.Facts) verdict.Facts {
	r.RunID, r.PackageSpec, r.Tools = e.RunID, e.PackageSpec, e.Tools
	r.PackageVersion, r.PackageIntegrity = e.PackageVersion, e.PackageIntegrity
	return r
}

// ran tells whether a stage ran.
func (f failure) ran() bool {
	return slices.ContainsFunc(f.Suite, func(s suite.Scenario) bool {
		return f.Scenarios.Of[s.Name] != verdict.Exits{}
	})
}

// failure checks the report of a run that failed.
func (v *verification) failure(f failure, spoke, recorded standing) {
	v.Verdict, v.RunID = verdict.Fail, f.RunID
	v.Told = fmt.Sprintf("%s failed at %s", f.Phase, f.Step)
	v.run(artifact.FailureName, f.Facts)
	v.known(artifact.FailureName, f.Suite, maps.Keys(f.Scenarios.Of))
	if f.unended() {
		v.Told = "it has not ended, or was killed"
		if f.Phase != suite.Preflight || f.ran() || f.LogArtifact != "" {
			const says = "%s: a run without exit_code has not ended, and knows of no scenario, log or exit"
			v.say(says, artifact.FailureName)
		}
	} else {
		v.log(f)
	}
	for _, wrong := range f.contradictions() {
		v.say("%s: %s", artifact.FailureName, wrong)
	}
	for _, wrong := range f.misquotes() {
		v.say("%s: %s", artifact.FailureName, wrong)
	}
	// A run that could not write its artifacts says so; what it could not write is then missing.
	if f.unended() || f.Step == suite.ArtifactWrite.Name {
		return
	}
	if recorded == absent {
		v.say("%s is missing: every run that ended leaves it", artifact.RecordName)
	}
	if f.ran() && spoke == absent {
		v.say("%s is missing: every run that reached a stage leaves it", artifact.EvidenceName)
	}
	if !f.ran() && spoke != absent {
		v.say("%s stands, but the run reached no stage", artifact.EvidenceName)
	}
}

// exitCodes are the exit codes of a run that no signal ended (CONTRACT §5), and the one that stands for none.
var exitCodes = []int{
	suite.ExitPass, suite.ExitFail, suite.ExitUsage, suite.ExitDirty, suite.ExitTimeout,
}

// contradictions tells where phase, step, kind, exit code and exits of a failure do not go together.
func (f failure) contradictions() (wrong []string) {
	must := func(holds bool, format string, args ...any) {
		if !holds {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	together := func(a, b bool, format string, args ...any) {
		must(a == b, format+" go together, and one is here without the other", args...)
	}
	step := func(s suite.Step) bool { return f.Step == s.Name }
	kind := func(k suite.Kind) bool { return f.Kind == k }
	exit := suite.ExitPass // no run fails with it, so it stands for none
	if f.ExitCode != nil {
		exit = *f.ExitCode
	}
	signalled := exit > 128

	together(kind(suite.KindUsage), step(suite.Arguments), "kind usage and step arguments")
	together(kind(suite.KindUsage), exit == suite.ExitUsage, "kind usage and exit code %d", suite.ExitUsage)
	together(kind(suite.KindInterrupted), step(suite.RunInterrupted), "kind interrupted and step run_interrupted")
	together(kind(suite.KindInterrupted), signalled || f.unended(), "kind interrupted and exit code 128+n")
	together(kind(suite.KindContract), f.judged(), "kind contract and the steps that judge")
	must(!f.judged() || exit == suite.ExitFail, "a missed contract has exit code %d", suite.ExitFail)
	must(exit != suite.ExitDirty || kind(suite.KindBaseline) && step(suite.Cleanliness),
		"exit code %d is that of a dirty baseline", exit)
	must(!kind(suite.KindBaseline) || f.Phase == suite.Preflight, "the baseline fails in preflight alone")
	must(slices.Contains(exitCodes, exit) || signalled, "no run ends with exit code %d", exit)
	before, within := f.places()
	must(before && f.Phase == suite.Preflight || within && f.Phase != suite.Preflight,
		"phase %s has no step %s", f.Phase, f.Step)
	_, phase := f.Suite.Named(f.Phase)
	must(f.Phase == suite.Preflight || phase >= 0, "phase %s is no scenario of the suite", f.Phase)
	must(len(f.Scenarios.Of) == len(f.Suite), "the exits are not those of every scenario")
	must(f.Phase == suite.Preflight || f.SourceCommit != "" && f.ContractSHA256 != "",
		"a scenario runs on a commit and against a contract, and none is named")

	for _, s := range f.Suite {
		exits := f.Scenarios.Of[s.Name]
		for i := 1; i < len(exits); i++ {
			must(exits[i] == nil || exits[i-1] != nil,
				"%s has an exit of %s and none of the stage before", s.Name, suite.Stages()[i].Name)
		}
	}
	if misses := verdict.Misses(f.Suite, f.Scenarios.Of); len(misses) == 0 {
		must(!step(suite.ExitContract), "%s is reported off its contract, but no exit is off it", f.Phase)
	} else if first := misses[0]; kind(suite.KindContract) || kind(suite.KindStep) {
		// Of several failures the first in the order of the table is reported.
		order := f.Suite.Names()
		must(slices.Index(order, f.Phase) <= slices.Index(order, first.Scenario.Name),
			"%s is reported, but before it %v", f.Phase, first)
		must(!step(suite.ExitContract) || f.Phase == first.Scenario.Name,
			"%s is reported off its contract, but it is not: %v", f.Phase, first)
	}
	return wrong
}

// judged tells whether the gate is off its contract: the command is then that of the stage which was judged.
func (f failure) judged() bool {
	return slices.Contains([]string{
		suite.ExitContract.Name, suite.EvidenceContract.Name, suite.FindingsContract.Name,
	}, f.Step)
}

// places tells where the step of a failure belongs: before any scenario, or within one. The table of steps is in that
// order, and ends with those that belong to both.
func (f failure) places() (before, within bool) {
	_, step := suite.StepNamed(f.Step)
	_, clone := suite.StepNamed(suite.GitClone.Name)
	_, interrupted := suite.StepNamed(suite.RunInterrupted.Name)
	both := step >= interrupted
	return both || step < clone, both || step >= clone
}

// reported returns the step whose command a failure must quote; false where it may be any stage that ran.
func (f failure) reported() (suite.Step, bool) {
	for _, miss := range verdict.Misses(f.Suite, f.Scenarios.Of) {
		if f.Step == suite.ExitContract.Name && miss.Scenario.Name == f.Phase {
			return miss.Stage.Step, true
		}
	}
	if step, at := suite.StepNamed(f.Step); at >= 0 && !f.judged() {
		return step, true
	}
	stage, at := suite.StageOf(string(f.CommandStep))
	return stage.Step, at >= 0 && f.Scenarios.Of[f.Phase][at] != nil
}

// misquotes tells where the command of a failure is not that of its step.
func (f failure) misquotes() (wrong []string) {
	step, found := f.reported()
	switch {
	case !found:
		return []string{"failure_command_step is not a stage which ran"}
	case step.Template == "" &&
		(f.CommandStep != "" || f.Command != "" || f.CommandTemplate != "" || f.CommandVariables != nil):
		return []string{"step " + f.Step + " has no command, but one is reported"}
	case step.Template == "":
		return nil
	case string(f.CommandStep) != step.Name:
		return []string{"failure_command_step is not the step whose command is reported: " + step.Name}
	case string(f.CommandTemplate) != step.Template:
		return []string{"failure_command_template is not that of step " + step.Name + ": " + step.Template}
	case f.CommandVariables == nil:
		return []string{"failure_command_variables are missing"}
	}
	variables := *f.CommandVariables
	if command := step.Render(variables); string(f.Command) != command {
		wrong = append(wrong, "failure_command is not the template with its variables: "+command)
	}
	s, at := f.Suite.Named(f.Phase)
	if at >= 0 && (string(variables.Scenario) != s.Name || string(variables.BaseRef) != s.BaseRef()) {
		wrong = append(wrong, "failure_command_variables are not those of "+s.Name)
	}
	return wrong
}

// log checks that the log of a failure is the one on the disk.
func (v *verification) log(f failure) {
	named := []bool{f.LogPath != "", f.LogArtifact != "", f.LogSHA256 != "", f.LogBytes != nil}
	switch {
	case !slices.Contains(named, true):
		if v.stands(artifact.LogName) {
			v.say("%s stands, and %s does not name it", artifact.LogName, artifact.FailureName)
		}
		return
	case slices.Contains(named, false):
		v.say("%s: of the four log keys some are null and some are not", artifact.FailureName)
		return
	case *f.ExitCode == suite.ExitDirty:
		v.say("%s: a dirty baseline has no log", artifact.FailureName)
	}
	// Slashes of either kind: the folder may have come from another system.
	if base := path.Base(strings.ReplaceAll(string(f.LogArtifact), `\`, "/")); base != artifact.LogName {
		v.say("%s: failure_log_artifact is named %s and not %s", artifact.FailureName, quote(base), artifact.LogName)
		return
	}
	step, at := suite.StepNamed(f.Step)
	if at < 0 {
		step.Name = f.Step
	}
	shared, found := strings.CutPrefix(string(f.LogPath), "/tmp/")
	if name := step.LogName(f.Phase); found && !strings.Contains(shared, "/") && shared != name {
		v.say("%s: failure_log_path is not /tmp/%s", artifact.FailureName, name)
	}
	switch sum, size, err := artifact.DigestLog(v.root); {
	case errors.Is(err, fs.ErrNotExist):
		v.say("%s is missing, and %s names it", artifact.LogName, artifact.FailureName)
	case err != nil:
		v.say("%s cannot be read: %v", artifact.LogName, err)
	case size != *f.LogBytes:
		v.say("%s has %d bytes, and %s says %d", artifact.LogName, size, artifact.FailureName, *f.LogBytes)
	case sum != string(f.LogSHA256):
		v.say("%s is not the file that was written: its SHA-256 is %s, and %s says %s",
			artifact.LogName, sum, artifact.FailureName, f.LogSHA256)
	}
}

// sameRun checks that an artifact says of its run what the report says. It returns false where it is of another run.
func (v *verification) sameRun(name string, r, report verdict.Facts) bool {
	if r.RunID != report.RunID {
		v.say("%s is that of another run: %s", name, r.RunID)
		return false
	}
	for _, each := range []struct {
		key          string
		says, report verdict.Text
	}{
		{"generated_at_utc", verdict.Text(r.GeneratedAt), verdict.Text(report.GeneratedAt)},
		{"package_spec", verdict.Text(r.PackageSpec), verdict.Text(report.PackageSpec)},
		{"package_name", r.PackageName, report.PackageName},
		{"package_version", r.PackageVersion, report.PackageVersion},
		{"package_integrity", r.PackageIntegrity, report.PackageIntegrity},
		{"source_commit", r.SourceCommit, report.SourceCommit},
		{"contract_sha256", r.ContractSHA256, report.ContractSHA256},
		{"tools.git", r.Tools.Git, report.Tools.Git},
		{"tools.node", r.Tools.Node, report.Tools.Node},
		{"tools.npm", r.Tools.NPM, report.Tools.NPM},
	} {
		if each.says != each.report {
			says, report := quote(string(each.says)), quote(string(each.report))
			v.say("%s: %s is %s, and the report says %s", name, each.key, says, report)
		}
	}
	if !slices.Equal(r.Suite, report.Suite) {
		v.say("%s: the suite is not that of the report", name)
	}
	return true
}

// record checks that the record belongs to a run and agrees with its exits. A run that did not pass may have ended
// during a stage, or before it reported the exits of a scenario.
func (v *verification) record(r record, run verdict.Facts, exits verdict.Scenarios[verdict.Exits], passed bool) {
	if !v.sameRun(artifact.RecordName, r.Facts, run) {
		return
	}
	phases := map[string]bool{}
	for _, s := range r.Steps {
		phases[s.Phase] = true
	}
	delete(phases, suite.Preflight)
	v.known(artifact.RecordName, r.Suite, maps.Keys(phases))
	if !slices.IsSortedFunc(r.Steps, verdict.Step.Compare) {
		v.say("%s: the steps are not in the order in which they began", artifact.RecordName)
	}
	for _, s := range r.Steps {
		// Where a step was taken more than once, the last time counts.
		took := r.taken(s.Phase, s.Name)
		if passed && mustPass(s.Name) && s.Exit != suite.ExitPass && s == took[len(took)-1] {
			const says = "%s: %s at %s exited with %d, and no run passes after that"
			v.say(says, artifact.RecordName, s.Phase, s.Name, s.Exit)
		}
	}
	for _, s := range run.Suite {
		for i, stage := range suite.Stages() {
			took, exit := r.taken(s.Name, stage.Step.Name), exits[s.Name][i]
			where := fmt.Sprintf("%s: %s at %s", artifact.RecordName, s.Name, stage.Name)
			switch {
			case len(took) > 1:
				v.say("%s: the stage ran %d times", where, len(took))
			case exit == nil && passed && len(took) > 0:
				v.say("%s: the stage ran, and the report says that it did not", where)
			case exit == nil:
			case len(took) == 0:
				v.say("%s: the stage did not run, and the report says that it exited with %d", where, *exit)
			case took[0].Exit != *exit:
				v.say("%s: the exit is %d, and the report says %d", where, took[0].Exit, *exit)
			}
		}
	}
}

// mustPass tells whether a run goes on only where the step exited with 0. A stage need not, for its exit is held to the
// contract, nor a step whose exit is not judged.
func mustPass(step string) bool {
	_, stage := suite.StageOf(step)
	return stage < 0 && step != suite.PreWrite.Name
}

// recordOfFailure checks that the log of a failure is that of its step. A step that was taken more than once added to
// its log, so the last digest counts.
func (v *verification) recordOfFailure(r record, f failure) {
	step, found := f.reported()
	took := r.taken(f.Phase, step.Name)
	if !found || len(took) == 0 || f.LogSHA256 == "" {
		return
	}
	if last := took[len(took)-1]; last.Log != "" && last.Log != f.LogSHA256 {
		v.say("%s: log_sha256 of %s at %s is %s, and %s says %s",
			artifact.RecordName, f.Phase, step.Name, last.Log, artifact.FailureName, f.LogSHA256)
	}
}

// evidenceOfFailure checks that a failure for evidence, or for findings, names the first stage that misses the contract
// in that way. What else is wrong with the evidence of a stage is not in the artifacts, so a stage that a failure for
// evidence names may look proven.
func (v *verification) evidenceOfFailure(e evidence, f failure) {
	why := map[string]func(*verdict.Outcome) string{
		suite.EvidenceContract.Name: func(o *verdict.Outcome) string { return o.Unproven() },
		suite.FindingsContract.Name: func(o *verdict.Outcome) string { return strings.Join(o.Misses, "; ") },
	}[f.Step]
	_, at := suite.StageOf(string(f.CommandStep))
	if why == nil || at < 0 {
		return
	}
	outcomes := e.Scenarios.Of[f.Phase]
	for i, stage := range suite.Stages()[:at] {
		if outcomes[i] != nil && why(outcomes[i]) != "" {
			v.say("%s: failure_command_step is %s, but before it %s at %s %s",
				artifact.FailureName, f.CommandStep, f.Phase, stage.Name, why(outcomes[i]))
		}
	}
	if f.Step == suite.FindingsContract.Name && (outcomes[at] == nil || len(outcomes[at].Misses) == 0) {
		v.say("%s: failure_command_step is %s, and the findings of that stage miss nothing",
			artifact.FailureName, f.CommandStep)
	}
}

// taken returns the steps of that name in a phase.
func (r record) taken(phase, name string) (steps []verdict.Step) {
	for _, s := range r.Steps {
		if s.Phase == phase && s.Name == name {
			steps = append(steps, s)
		}
	}
	return steps
}

// evidence checks that the evidence belongs to a run and agrees with its exits.
func (v *verification) evidence(e evidence, r verdict.Facts, exits verdict.Scenarios[verdict.Exits]) {
	if !v.sameRun(artifact.EvidenceName, e.within(r), r) {
		return
	}
	v.known(artifact.EvidenceName, r.Suite, maps.Keys(e.Scenarios.Of))
	if !reflect.DeepEqual(e.Rules, verdict.RulesOf(r.Suite, e.Scenarios.Of)) {
		v.say("%s: rules are not those of its stages", artifact.EvidenceName)
	}
	for _, s := range r.Suite {
		for i, stage := range suite.Stages() {
			outcome, exit := e.Scenarios.Of[s.Name][i], exits[s.Name][i]
			where := fmt.Sprintf("%s: %s at %s", artifact.EvidenceName, s.Name, stage.Name)
			switch {
			case outcome == nil && exit == nil:
			case outcome == nil || exit == nil:
				v.say("%s: whether the stage ran is not what the report says", where)
			case outcome.Exit != *exit:
				v.say("%s: the exit is %d, and the report says %d", where, outcome.Exit, *exit)
			default:
				v.outcome(where, s, i, outcome, string(r.PackageVersion))
			}
		}
	}
}

// outcome checks what a version of the gate came to at a stage of a scenario.
func (v *verification) outcome(where string, s suite.Scenario, stage int, o *verdict.Outcome, version string) {
	switch {
	case o.Expected != s.Expected[stage]:
		v.say("%s: the expected exit is %d, and the contract says %d", where, o.Expected, s.Expected[stage])
	case !o.Sorted():
		v.say("%s: rules and findings are not sorted", where)
	case v.findings != nil:
		off := o.Off(v.findings, s, suite.Stages()[stage], version)
		if !slices.Equal(off, o.Misses) {
			v.say("%s: misses are not what its findings miss by the suite: %q", where, off)
		}
	}
}

// borneOut checks that the gate's own evidence bears out every exit of a run that passed, and misses no finding.
func (v *verification) borneOut(e evidence, table suite.Suite) {
	for _, s := range table {
		for i, stage := range suite.Stages() {
			if outcome := e.Scenarios.Of[s.Name][i]; outcome != nil {
				where := fmt.Sprintf("%s: %s at %s", artifact.EvidenceName, s.Name, stage.Name)
				if wrong := outcome.Unproven(); wrong != "" {
					v.say("%s %s", where, wrong)
				}
				for _, miss := range outcome.Misses {
					v.say("%s: %s", where, miss)
				}
			}
		}
	}
}
