// Package matrix is the run: preflight, the prepared consumer, every scenario through every stage, the verdict, the
// artifacts and what a person sees of it. It only orchestrates; what each part does is the matter of its package.
//
// Its rules:
//   - Nothing runs before the old summary is gone and a FAIL stands in its place.
//   - Scenarios may run at once, in any order; what is printed and written is as if they had run one after the other.
//   - A gate that blocks is a result. A step that could not be carried out ends the run.
package matrix

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/actions"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/trace"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Exit is how a run, or another target, ended when it did not pass: an exit code of CONTRACT §5, and a short line for
// the one who called. What there is to say has been said on the console.
type Exit struct {
	Code int
	Line string
	// settled tells that the artifacts say the same. Nothing that comes later changes it.
	settled bool
}

func (e *Exit) Error() string { return e.Line }

// Ended returns the error of a target: err or, where the target failed because its context had ended, the exit that
// this has in every target (CONTRACT §5), with the reason on standard error where err does not bear it.
func Ended(ctx context.Context, host Host, err error) error {
	cause := context.Cause(ctx)
	code := process.ExitCode(cause)
	if exit := (*Exit)(nil); err == nil || code == 0 || errors.As(err, &exit) && (exit.settled || exit.Code == code) {
		return err
	}
	fmt.Fprintf(host.Stderr, "ERROR: %v\n", cause)
	return &Exit{Code: code, Line: fmt.Sprintf("exit %d: %v", code, cause)}
}

// run is one execution of the matrix.
type run struct {
	host    Host
	options Options
	console *console.Console
	secrets redact.Secrets
	// programs are node and npm, and config is npm's configuration, as the caller has them.
	programs toolchain.Programs
	config   *npm.Config
	store    *artifact.Store
	work     *workspace.Workspace

	// last is what the steps of the last run took, by phase and step; see took.
	last map[[2]string]time.Duration

	record  verdict.Facts
	results verdict.Results
	trace   trace.Recorder

	// found is the run as its artifacts tell it; nil where they could not be written.
	found *verdict.Run
}

// newRun returns a run on the source repository at root, which is empty where there is none.
func newRun(ctx context.Context, host Host, options Options, root string) *run {
	r := &run{
		host: host, options: options, results: verdict.Results{},
		record: verdict.Facts{PackageSpec: options.Spec.Given},
	}
	r.options.Source = root
	r.programs = toolchain.Find(ctx, host.Env, cmp.Or(root, host.Dir))
	r.config = npm.ReadConfig(npm.Host{Env: host.Env, Dir: host.Dir, Source: root, Programs: r.programs})
	r.secrets = redact.From(host.Env, r.config.Texts()...)
	return r
}

// Run executes the matrix. The error is an *Exit.
func Run(ctx context.Context, host Host, flags Flags) error {
	options, usage := flags.Resolve(host)
	root, err := git.Find(options.Source)
	r := newRun(ctx, host, options, root)
	r.console = r.newConsole()
	defer r.console.Close(ctx)
	defer context.AfterFunc(ctx, r.console.Hide)()
	if err != nil {
		return r.unreported(errors.Join(usage, err), usage)
	}
	r.store, err = artifact.Open(artifact.Options{
		Root: root, RunID: artifact.RunID(time.Now(), os.Getpid()), Redact: r.secrets.String,
	})
	if busy := (*artifact.Busy)(nil); errors.As(err, &busy) {
		r.console.Error(busy.Error() + ". Nothing was touched.\nWait for it to end, or end it by its pid.")
		return &Exit{Code: scenario.ExitBusy, Line: "exit 75: another run holds this repository"}
	}
	if err != nil {
		return r.unreported(err, nil)
	}
	defer r.store.Close()
	if r.console.Watched() {
		r.last = took(r.store.Dir())
	}
	if err := r.store.Begin(r.record); err != nil {
		return r.unreported(err, nil)
	}
	getenv := process.Environment(host.Env).Get
	unquote := actions.Quote(getenv, host.Stderr)
	err = r.settle(ctx, r.execute(ctx, usage))
	unquote()
	r.show(getenv)
	return err
}

// show publishes the run where that was asked for, and tells GitHub Actions of it. It changes no verdict. A run whose
// artifacts could not be written has nothing to go with.
func (r *run) show(getenv func(string) string) {
	if r.found == nil {
		return
	}
	if r.options.Export {
		r.export()
	}
	if !actions.Under(getenv) {
		return
	}
	if err := actions.Tell(r.found, r.options.Source, getenv, r.host.Stderr); err != nil {
		r.console.Say("WARNING: %v", err)
	}
}

// unreported ends a run that has no place to write a report.
func (r *run) unreported(err, usage error) error {
	r.console.Error(err.Error())
	if usage != nil {
		return &Exit{Code: scenario.ExitUsage, Line: "exit 2: wrong call; see mage -h matrix"}
	}
	return &Exit{Code: scenario.ExitFail, Line: "exit 1: nothing ran and no report could be written"}
}

// execute runs everything between the first artifact and the last. Nil means that every chosen scenario met its
// contract.
func (r *run) execute(ctx context.Context, usage error) *scenario.Failure {
	if usage != nil {
		return r.failure(scenario.Arguments, scenario.KindUsage, scenario.ExitUsage, usage)
	}
	if swept, _ := workspace.Sweep(ctx, r.options.Source); len(swept) > 0 {
		r.console.Say("swept up after runs that were killed: %s", strings.Join(swept, ", "))
	}
	cache, create := r.cache(), workspace.Create
	if cache != nil && !r.options.Keep {
		create = workspace.CreateAgain
	}
	var err error
	if r.work, err = create(r.options.Source); err == nil {
		err = r.work.Equip(r.host.Env, r.programs, r.config, r.options.Spec.Form)
	}
	if err != nil {
		return r.failure(scenario.Toolchain, scenario.KindEnvironment, scenario.ExitFail, err)
	}
	prepare := workspace.Options{
		Source: r.options.Source, Spec: r.options.Spec, Timeout: r.options.Timeout, Redact: r.secrets.Writer,
		Observe: r.observe, Reused: r.reused,
	}
	// What comes before the first step of a scenario may take as long as one.
	limited, cancel := process.Limited(ctx, r.options.Timeout)
	defer cancel()
	prepare.Asked = r.work.Ask(limited, prepare, r.options.Scenarios[0], cache)
	defer prepare.Asked.Stop()
	shown := r.console.Preflight(scenario.Cleanliness)
	ended := r.trace.Begin(scenario.Preflight, scenario.Cleanliness.Name, scenario.Cleanliness.Template)
	baseline, err := preflight.Check(limited, preflight.Options{
		Dir: r.options.Source, Host: r.host.Env, Programs: r.programs, Scratch: r.work.Scratch(),
	})
	shown()
	if err != nil {
		f := r.asFailure(limited, scenario.SourceRepo, err)
		ended(f.Exit, "")
		return f
	}
	ended(scenario.ExitPass, "")
	r.record.Tools = versions(baseline.Tools)
	for _, warning := range baseline.Warnings {
		r.console.Say("WARNING: %s", warning)
	}
	r.record.SourceCommit = verdict.Text(baseline.Commit)
	if r.record.ContractSHA256, err = contract(limited, baseline, r.options.Scenarios); err != nil {
		return r.asFailure(limited, scenario.SourceRepo, err)
	}

	prepare.Commit, prepare.Tools = baseline.Commit, fmt.Sprint(baseline.Tools)
	return r.validate(ctx, prepare)
}

// cache is where prepared consumers are kept, where this run may use it. A folder changes without its version, and the
// embedded gate is installed faster than it is looked up.
func (r *run) cache() *kept.Cache {
	if form := r.options.Spec.Form; r.options.Fresh || r.options.Isolated || form == npm.Folder || form == npm.Embedded {
		return nil
	}
	dir, err := kept.DefaultDir(r.host.Env)
	if err != nil {
		return nil
	}
	cache, err := kept.Open(dir)
	if err != nil {
		r.console.Say("WARNING: prepared consumers are not kept: %v", err)
		return nil
	}
	return cache
}

// reused tells of a kept consumer that made steps needless: what they took is what its check took.
func (r *run) reused(phase string, installed npm.Package, began time.Time, needless ...scenario.Step) {
	took := time.Since(began)
	r.console.Say("%s: use the kept consumer with %s %s (-fresh prepares a new one)", phase, installed.Name, installed.Version)
	for _, step := range needless {
		r.trace.Cached(phase, step.Name, step.Template, began, took)
	}
}

// validate takes every chosen scenario through the gate, each in a consumer of its own: one that was prepared once and
// copied for the others, or one that was prepared for it alone.
func (r *run) validate(ctx context.Context, o workspace.Options) *scenario.Failure {
	flow := scenario.Flow(o.Spec.Form == npm.Embedded)
	if r.options.Isolated {
		return r.scenarios(ctx, func(ctx context.Context, s scenario.Scenario) (*workspace.Consumer, error) {
			return r.work.PrepareAlone(ctx, o, s, scenario.Step{})
		}, flow[1:])
	}
	first := r.options.Scenarios[0].Name
	shown := r.console.Preflight(lookUp)
	prepared, err := r.work.Prepare(ctx, o, r.options.Scenarios)
	shown()
	if err != nil {
		r.console.Scenario(first)
		return r.asFailure(ctx, scenario.GitClone, err)
	}
	defer func() {
		if err := prepared.Close(); err != nil {
			r.console.Say("WARNING: the prepared consumer is not kept: %v", err)
		}
	}()
	return r.scenarios(ctx, prepared.Consumer, flow)
}

// versions are the tools that a run was made with.
func versions(found []toolchain.Tool) (tools verdict.Tools) {
	for _, tool := range found {
		switch version := verdict.Text(tool.Version); tool.Name {
		case "git":
			tools.Git = version
		case "node":
			tools.Node = version
		case "npm":
			tools.NPM = version
		}
	}
	return tools
}

// contract is the digest of what the gate is held against: the chosen scenarios, with their trees as committed.
func contract(ctx context.Context, baseline preflight.Baseline, chosen []scenario.Scenario) (verdict.Text, error) {
	ask := []string{"ls-tree", "-r", "-z", baseline.Commit, "--"}
	for _, s := range chosen {
		ask = append(ask, s.Folder())
	}
	listed, err := baseline.Repository.Output(ctx, ask...)
	if err != nil {
		return "", err
	}
	trees := map[string]string{}
	for entry := range strings.SplitAfterSeq(listed, "\x00") {
		_, path, _ := strings.Cut(entry, "\t")
		for _, s := range chosen {
			if strings.HasPrefix(path, s.Folder()+"/") {
				trees[s.Name] += entry
			}
		}
	}
	return verdict.Text(scenario.Digest(chosen, trees)), nil
}

// failure is a failure of the preflight.
func (r *run) failure(step scenario.Step, kind scenario.Kind, exit int, err error) *scenario.Failure {
	return &scenario.Failure{
		Phase: scenario.Preflight, Step: step, Kind: kind, Exit: exit, Err: err,
		Variables: scenario.Variables{RepoRoot: r.options.Source, PackageSpec: r.options.Spec.Given},
	}
}

// asFailure returns err as the failure that it is, or as one of a step of the preflight. Where the run was interrupted,
// or ran out of time, that is what happened, whatever else broke of it.
func (r *run) asFailure(ctx context.Context, step scenario.Step, err error) *scenario.Failure {
	f := scenario.AsFailure(err)
	if f == nil {
		f = r.failure(step, scenario.KindEnvironment, scenario.ExitFail, err)
	}
	cause := context.Cause(ctx)
	switch ended := process.ExitCode(cause); {
	case ended == 0 || ended == f.Exit && ended == scenario.ExitTimeout:
	case ended == scenario.ExitTimeout:
		f.End(ended, cause)
	default:
		phase := f.Phase
		f = r.failure(scenario.RunInterrupted, scenario.KindInterrupted, ended, cause)
		f.Phase = phase
	}
	return f
}

// settle writes the artifacts of a run that has ended, tells how it ended, and cleans up.
func (r *run) settle(ctx context.Context, failure *scenario.Failure) error {
	// A limit that is over when every scenario has ended leaves time for what is left to do. A signal does not.
	cause := context.Cause(ctx)
	if code := process.ExitCode(cause); failure == nil && code != 0 && code != scenario.ExitTimeout {
		failure = r.asFailure(ctx, scenario.RunInterrupted, cause)
	}
	if failure == nil {
		var err error
		if r.found, err = r.store.Pass(r.record, r.results, r.trace.Steps()); err != nil {
			failure = r.failure(scenario.ArtifactWrite, scenario.KindEnvironment, scenario.ExitFail, err)
		}
	}
	r.writeTrace()
	if failure == nil {
		r.console.Passed(r.options.Spec.Given, r.options.Scenarios)
		r.dispose(false)
		return nil
	}
	found, err := r.store.Fail(r.record, failure, r.results, r.trace.Steps())
	r.tell(failure, found.Failure)
	if err == nil {
		r.found = found
	} else {
		r.console.Error("the failure could not be reported in full:\n" + err.Error())
	}
	r.dispose(failure.LogPath != "" && string(found.Failure.LogPath) == failure.LogPath)
	return &Exit{Code: failure.Exit, settled: true, Line: fmt.Sprintf("exit %d: %s; report: %s", failure.Exit,
		headline(failure), filepath.ToSlash(filepath.Join(artifact.Folder, artifact.FailureName)))}
}

// writeTrace leaves the trace of the run. It changes no verdict.
func (r *run) writeTrace() {
	tools := r.record.Tools
	about := map[string]string{
		"run_id": r.store.RunID(), "package_spec": r.secrets.String(r.options.Spec.Given),
		"package_integrity": string(r.record.PackageIntegrity),
		"git":               string(tools.Git), "node": string(tools.Node), "npm": string(tools.NPM),
	}
	data, err := r.trace.Encode(about)
	if err == nil {
		err = r.store.WriteByProduct(artifact.TraceName, data)
	}
	if err != nil {
		r.console.Say("WARNING: no trace of this run: %v", err)
	}
}

// export publishes the run in every format.
func (r *run) export() {
	published, err := publish.Write(r.store, r.found, publish.Formats()...)
	if err != nil {
		r.console.Say("WARNING: %v", err)
	}
	for _, each := range published {
		if each.Without != nil {
			r.console.Say("%v", each.Without)
			continue
		}
		r.console.Say("wrote %s", filepath.Join(r.store.Dir(), each.Name))
	}
}

// dispose removes the work directory, or what of it is not to be kept.
func (r *run) dispose(keepLogs bool) {
	if r.work == nil {
		return
	}
	var err error
	switch {
	case r.options.Keep:
		r.console.Say("work directory kept: %s", r.work.Dir)
		err = r.work.Keep()
	case keepLogs:
		err = r.work.RemoveButLogs()
	default:
		err = r.work.Remove()
	}
	if err != nil {
		r.console.Say("WARNING: %v", err)
	}
}
