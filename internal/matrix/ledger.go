package matrix

import (
	"context"
	"regexp"
	"runtime"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/ledger"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// System is the operating system and the processor, as an entry of a ledger has it.
const System = runtime.GOOS + "/" + runtime.GOARCH

// maxWhy bounds what is said of why a gate could not be judged, in characters.
const maxWhy = 600

// Judged tells whether a judging that ended with f came to a verdict on its gate, as a ledger keeps it (CONTRACT §9): f
// is nil, or the gate missed its contract, or a step broke, which broke then tells. It did not where the context ended,
// the source repository could not be cloned or has moved, a registry could not be asked, or the machine is at fault.
// The log of f must be where it was; redact takes secrets out of a text.
func Judged(ctx context.Context, f *suite.Failure, redact func(string) string) (broke *artifact.Broke, judged bool) {
	switch {
	case f == nil || f.Kind == suite.KindContract:
		return nil, true
	case ctx.Err() != nil || f.Kind != suite.KindStep || f.Phase == suite.Preflight:
		return nil, false
	case f.Step.Name == suite.GitClone.Name:
		return nil, false
	}
	log, err := foreign.Read(f.LogPath, artifact.MaxJSON)
	if err == nil && npm.Unreachable(string(log)) {
		return nil, false
	}
	why := f.Err.Error()
	if said := thrown.FindSubmatch(log); said != nil {
		why += ": " + string(said[1])
	}
	why = plain.Line(redact(why), maxWhy)
	return &artifact.Broke{Phase: f.Phase, Step: f.Step.Name, Kind: f.Kind, ExitCode: f.Exit, Why: why}, true
}

// thrown is what a program of Node.js says of the error that it ended with, in its log or in npm's.
var thrown = regexp.MustCompile(`(?m)^(?:npm error )?((?:[A-Z]\w*)?Error(?: \[\w+\])?: .+)$`)

// entering is what of a run its ledger needs.
type entering struct {
	ledger   *ledger.Ledger
	baseline preflight.Baseline
	// judged tells that there is a verdict on the gate, and broke how it could not be judged; see Judged.
	judged bool
	broke  *artifact.Broke
}

// openLedger opens the ledger in dir, for the verdict of the run.
func (r *run) openLedger(dir string) (err error) {
	if r.entering.ledger, err = ledger.Open(dir); err != nil {
		return r.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	find := r.plan.Baseline
	r.plan.Baseline = func(ctx context.Context) (preflight.Baseline, error) {
		var err error
		r.entering.baseline, err = find(ctx)
		return r.entering.baseline, err
	}
	return nil
}

// putInLedger puts the verdict of the run into its ledger, where there is one. It changes no verdict.
func (r *run) putInLedger(ctx context.Context) {
	if r.entering.ledger == nil {
		return
	}
	defer r.entering.ledger.Close()
	dir := r.entering.ledger.Dir
	switch {
	case !r.entering.judged || r.found == nil:
		r.console.Say("nothing was put into the ledger %s: this run is no verdict on the gate", dir)
		return
	case r.found.PackageVersion == "" || r.found.PackageIntegrity == "":
		r.console.Say("nothing was put into the ledger %s: it is not known which tarball this is", dir)
		return
	}
	consumer, err := engine.Consumer(context.WithoutCancel(ctx), r.entering.baseline)
	if err == nil {
		_, err = r.entering.ledger.Put(artifact.EntryOf(r.found, consumer, System, r.entering.broke))
	}
	if err != nil {
		r.console.Say("WARNING: the verdict is in no ledger: %v", err)
		return
	}
	r.console.Say("the verdict on %s %s is in the ledger %s", r.found.PackageName, r.found.PackageVersion, dir)
}
