// Package matrix is a run as a target: it takes the lock, has the engine judge the gate, writes the artifacts, and says
// how the run ended, on the console and by the exit code. What each part does is the matter of its package.
//
// Nothing runs before the old summary is gone and a FAIL stands in its place.
package matrix

import (
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
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/trace"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
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

// Ended returns the error of a target that returned err: err itself or, where the target failed because its context had
// ended, the exit of CONTRACT §5 for that cause, whose reason it then prints on standard error. An exit that has that
// code already, or that the artifacts already hold, stays as it is.
func Ended(ctx context.Context, host Host, err error) error {
	cause := context.Cause(ctx)
	code := process.ExitCode(cause)
	if exit := (*Exit)(nil); err == nil || code == 0 || errors.As(err, &exit) && (exit.settled || exit.Code == code) {
		return err
	}
	fmt.Fprintf(host.Stderr, "ERROR: %v\n", cause)
	return &Exit{Code: code, Line: fmt.Sprintf("exit %d: %v", code, cause)}
}

// Busy is the exit of a target that could not open the artifacts because another run holds them, which it tells by a
// function; nil where err is another error, or none.
func Busy(err error, tell func(string)) error {
	busy := (*artifact.Busy)(nil)
	if !errors.As(err, &busy) {
		return nil
	}
	tell(busy.Error() + ". Nothing was touched.\nWait for it to end, or end it by its pid.")
	return &Exit{Code: suite.ExitBusy, Line: "exit 75: another run holds this repository"}
}

// run is one execution of the matrix.
type run struct {
	host    Host
	console *console.Console
	secrets redact.Secrets
	plan    engine.Plan
	// fresh tells to leave the cache alone, and exports to publish the run at its end. Ledger is the directory of the
	// ledger for its verdict; empty where that goes into none.
	fresh, exports bool
	ledger         string
	entering       entering
	store          *artifact.Store

	// last is what the steps of the last run took, by phase and step; see took.
	last map[[2]string]time.Duration
	// seen is what was found so far, and found the run as its artifacts tell it; nil where they could not be written.
	seen, found *verdict.Run
}

// newRun returns a run by its options.
func newRun(ctx context.Context, host Host, options Options) *run {
	plan, secrets := options.Plan(ctx, host)
	return &run{
		host: host, secrets: secrets, fresh: options.Fresh, exports: options.Export, plan: plan,
		ledger: options.Ledger,
		seen:   &verdict.Run{Facts: verdict.Facts{PackageSpec: options.Spec.Given, Suite: options.Suite}},
	}
}

// Run executes the matrix. The error is an *Exit.
func Run(ctx context.Context, host Host, flags Flags) error {
	options, usage := flags.Resolve(host)
	r := newRun(ctx, host, options)
	r.console = r.newConsole()
	defer r.console.Close(ctx)
	defer context.AfterFunc(ctx, r.console.Hide)()
	if options.Root == "" {
		return r.unreported(errors.Join(usage, options.Unfit), usage)
	}
	var err error
	r.store, err = artifact.Open(artifact.Options{
		Root: options.Root, RunID: artifact.RunID(artifact.Matrix, time.Now(), os.Getpid()), Redact: r.secrets.String,
	})
	if busy := Busy(err, r.console.Error); busy != nil {
		return busy
	}
	if err != nil {
		return r.unreported(err, nil)
	}
	defer r.store.Close()
	if r.console.Watched() {
		r.last = took(r.store.Dir())
	}
	if err := r.store.Begin(r.seen.Facts); err != nil {
		return r.unreported(err, nil)
	}
	getenv := process.Environment(host.Env).Get
	unquote := actions.Quote(getenv, host.Stderr)
	err = r.settle(ctx, r.execute(ctx, usage, options.Unfit))
	unquote()
	r.show(getenv)
	r.putInLedger(ctx)
	return err
}

// show leaves the trace of the run, publishes the run where that was asked for, and tells GitHub Actions of it. It
// changes no verdict. A run whose artifacts could not be written has nothing to go with.
func (r *run) show(getenv func(string) string) {
	if r.found == nil {
		return
	}
	r.writeTrace()
	if r.exports {
		r.export()
	}
	if err := actions.Tell(r.found, r.plan.Source, getenv, r.host.Stderr); err != nil {
		r.console.Say("WARNING: %v", err)
	}
}

// unreported ends a run that has no place to write a report.
func (r *run) unreported(err, usage error) error {
	r.console.Error(err.Error())
	if usage != nil {
		return &Exit{Code: suite.ExitUsage, Line: "exit 2: wrong call; see mage -h matrix"}
	}
	return &Exit{Code: suite.ExitFail, Line: "exit 1: nothing ran and no report could be written"}
}

// execute runs everything between the first artifact and the last, unless the call is wrong or the suite cannot be
// read. Nil means that every chosen scenario met its contract.
func (r *run) execute(ctx context.Context, usage, unfit error) *suite.Failure {
	switch {
	case usage != nil:
		return r.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, usage)
	case unfit != nil:
		return r.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, unfit)
	}
	if swept, _ := workspace.Sweep(ctx, r.plan.Source); len(swept) > 0 {
		r.console.Say("swept up after runs that were killed: %s", strings.Join(swept, ", "))
	}
	err := Ready(&r.plan, r.fresh, watcher{r.console}.Warn)
	if err == nil && r.ledger != "" {
		err = r.openLedger(r.ledger)
	}
	if err == nil {
		r.seen, err = engine.Judge(ctx, r.plan, watcher{r.console})
		r.entering.broke, r.entering.judged = Judged(ctx, suite.AsFailure(err), r.secrets.String)
	}
	return suite.AsFailure(err)
}

// settle writes the artifacts of a run that has ended, tells how it ended, and cleans up.
func (r *run) settle(ctx context.Context, failure *suite.Failure) error {
	// A limit that is over when every scenario has ended leaves time for what is left to do. A signal does not.
	cause := context.Cause(ctx)
	if code := process.ExitCode(cause); failure == nil && code != 0 && code != suite.ExitTimeout {
		failure = r.plan.AsFailure(ctx, suite.RunInterrupted, cause)
	}
	if failure == nil {
		var err error
		if r.found, err = r.store.Pass(r.seen.Facts, r.seen.Evidence, r.seen.Steps); err != nil {
			failure = r.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
		}
	}
	if failure == nil {
		r.console.Passed(r.plan.Spec.Given, r.plan.Scenarios, r.found.Verdict == verdict.Pass)
		r.dispose(false)
		return nil
	}
	found, err := r.store.Fail(r.seen.Facts, failure, r.seen.Evidence, r.seen.Steps)
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

// writeTrace leaves the trace of the run.
func (r *run) writeTrace() {
	data, err := trace.Encode(r.found)
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
		r.console.Say("%v", each)
	}
}

// dispose removes the work directory, or what of it is not to be kept.
func (r *run) dispose(keepLogs bool) {
	if r.plan.Work == nil {
		return
	}
	var err error
	switch {
	case r.plan.Keep:
		r.console.Say("work directory kept: %s", r.plan.Work.Dir)
		err = r.plan.Work.Keep()
	case keepLogs:
		err = r.plan.Work.RemoveButLogs()
	default:
		err = r.plan.Work.Remove()
	}
	if err != nil {
		r.console.Say("WARNING: %v", err)
	}
}
