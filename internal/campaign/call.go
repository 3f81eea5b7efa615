package campaign

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/actions"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// call is one call of a target that judges several gates.
type call struct {
	// target is its name, as artifact.RunID takes it, and makes is what it leaves, in words.
	target, makes string
	host          matrix.Host
	console       *console.Console
	secrets       redact.Secrets
	store         *artifact.Store
	// within is the store for what the call leaves, where it is one of several; nil where it opens its own.
	within *artifact.Store
	// plan is that of all gates but for the spec, the work directory and the cache.
	plan engine.Plan
	// baseline is what the source repository was found to be, and unfit why it is not fit; see shared.
	examined sync.Once
	baseline preflight.Baseline
	unfit    error
	// warned are the warnings that were printed.
	warned sync.Map
}

// openConsole opens the console, with a line in the live view for each scenario under each name.
func (c *call) openConsole(names ...string) {
	var lanes suite.Suite
	for _, name := range names {
		for _, s := range c.plan.Scenarios {
			lanes = append(lanes, lane(name, s))
		}
	}
	c.console = console.Open(console.Options{
		Stdout: c.host.Stdout, Stderr: c.host.Stderr, Redact: c.secrets.String,
		Getenv: process.Environment(c.host.Env).Get, Scenarios: lanes,
	})
}

// lane is a scenario under the name that it has beside that of another gate.
func lane(name string, s suite.Scenario) suite.Scenario {
	s.Name = phase(name, s.Name)
	return s
}

func phase(name, scenario string) string { return name + " " + scenario }

// open takes the lock of the repository, unless another store holds it for this call, and begins with begin: what the
// last call left goes first.
func (c *call) open(root string, begin func(*artifact.Store) error) (err error) {
	if c.within != nil {
		c.store = c.within
		return nil
	}
	c.store, err = artifact.Open(artifact.Options{Root: root, RunID: runID(c.target), Redact: c.secrets.String})
	if busy := matrix.Busy(err, c.console.Error); busy != nil {
		return busy
	}
	if err == nil {
		if err = begin(c.store); err != nil {
			err = errors.Join(err, c.store.Close())
		}
	}
	if err != nil {
		return c.failed(c.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err))
	}
	return nil
}

// attend opens the console, with lanes for some names, and, where there is a source repository, its artifacts, from
// which what the last call left goes first; does what there is to do, and closes them. Nothing that is quoted meanwhile
// is a command for GitHub.
func (c *call) attend(
	ctx context.Context, root string, names []string, begin func(*artifact.Store) error, do func() error,
) error {
	c.openConsole(names...)
	defer c.console.Close(ctx)
	defer context.AfterFunc(ctx, c.console.Hide)()
	if root != "" {
		if err := c.open(root, begin); err != nil {
			return err
		}
		defer c.store.Close()
	}
	defer actions.Quote(process.Environment(c.host.Env).Get, c.host.Stderr)()
	return do()
}

// refused is why nothing can be done: the call is wrong, or the source repository cannot be read; nil where it can.
func (c *call) refused(usage, unfit error) *suite.Failure {
	switch {
	case usage != nil:
		return c.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, usage)
	case unfit != nil:
		return c.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, unfit)
	}
	return nil
}

// withLog adds the end of its log to the failure of a step: the log goes with the work directory.
func withLog(err error) error {
	if f := suite.AsFailure(err); f != nil && f.LogPath != "" && f.Kind == suite.KindStep {
		f.Err = fmt.Errorf("%w%s", f.Err, matrix.LogSection(f.LogPath))
	}
	return err
}

// runID returns a name for a call of a target.
func runID(target string) string {
	number := os.Getpid()
	if target != artifact.Compare {
		number = 1 + rand.IntN(1<<52) // machines may begin shards in the same second, with the same pid
	}
	return artifact.RunID(target, time.Now(), number)
}

// failed tells why the target could not do what it was asked for.
func (c *call) failed(f *suite.Failure) error {
	c.console.Error(matrix.Explain(f))
	line := fmt.Sprintf("no %s: failed to %s", c.makes, f.Step.Does)
	if f.Kind == suite.KindUsage {
		line = fmt.Sprintf("wrong call (mage -h %s tells the flags)", c.target)
	}
	return &matrix.Exit{Code: f.Exit, Line: fmt.Sprintf("exit %d: %s", f.Exit, line)}
}

// sweepUp removes what killed runs left.
func (c *call) sweepUp(ctx context.Context) {
	if swept, _ := workspace.Sweep(ctx, c.plan.Source); len(swept) > 0 {
		c.console.Say("swept up after runs that were killed: %s", strings.Join(swept, ", "))
	}
}

// ready gives a plan what it needs to be judged, as matrix.Ready does, on the baseline that all gates share.
func (c *call) ready(plan *engine.Plan, fresh bool) error {
	if err := matrix.Ready(plan, fresh, c.warn); err != nil {
		return err
	}
	find := plan.Baseline
	plan.Baseline = func(ctx context.Context) (preflight.Baseline, error) { return c.shared(ctx, find) }
	return nil
}

// fit makes a plan ready, and finds its baseline fit within the time that a step has. The work directory is then the
// caller's to remove. The error is a *suite.Failure.
func (c *call) fit(ctx context.Context, plan *engine.Plan) (preflight.Baseline, error) {
	if err := c.ready(plan, true); err != nil {
		return preflight.Baseline{}, err
	}
	ctx, cancel := process.Limited(ctx, plan.Timeout)
	defer cancel()
	defer c.console.Preflight(suite.Cleanliness)()
	baseline, err := plan.Baseline(ctx)
	if err != nil {
		failure := plan.AsFailure(ctx, suite.SourceRepo, err)
		_ = plan.Work.Remove()
		return baseline, failure
	}
	return baseline, nil
}

// shared finds the source repository fit, once for all gates and rounds: by the find of whoever asks first, while the
// others wait.
func (c *call) shared(
	ctx context.Context, find func(context.Context) (preflight.Baseline, error),
) (preflight.Baseline, error) {
	c.examined.Do(func() {
		c.baseline, c.unfit = find(ctx)
		for _, warning := range c.baseline.Warnings {
			c.warn(warning)
		}
		c.baseline.Warnings = nil
	})
	return c.baseline, c.unfit
}

// errBroke ends the judging of a gate because another could not be judged.
var errBroke = errors.New("the other gate could not be judged")

// both does something for two gates at once. Where it fails for one of them the other is ended: the error is that of
// the one that failed first.
func both[T any](
	ctx context.Context, do func(ctx context.Context, gate int) (T, error),
) (two [2]T, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var working sync.WaitGroup
	var first sync.Once
	for i := range two {
		working.Go(func() {
			done, broke := do(ctx, i)
			if broke == nil {
				two[i] = done
				return
			}
			first.Do(func() { err = broke })
			cancel(errBroke)
		})
	}
	working.Wait()
	return two, err
}

// warn prints a warning, once however often it is given.
func (c *call) warn(warning string) {
	if _, said := c.warned.LoadOrStore(warning, true); !said {
		c.console.Say("WARNING: %s", warning)
	}
}

// finish tells a run how it missed its contract, nil where it did not, and takes the secrets out of it.
func (c *call) finish(run *verdict.Run, missed *suite.Failure) {
	if missed != nil {
		run.Failure = &verdict.Failure{
			ExitCode: &missed.Exit, Phase: missed.Phase, Step: missed.Step.Name, Kind: missed.Kind,
			CommandStep: verdict.Text(missed.Reported().Name),
		}
	}
	run.PackageSpec = c.secrets.String(run.PackageSpec)
	run.Evidence = verdict.Settled(run.Suite, run.Evidence, c.secrets.String)
}

// watcher shows on a console how one of several gates is judged, under a name.
type watcher struct {
	*call
	name string
}

func (w watcher) Before(step suite.Step) (ended func()) { return w.console.Preflight(step) }

func (w watcher) Step(scenario string, step suite.Step) (ended func()) {
	return w.console.Step(phase(w.name, scenario), step)
}

func (w watcher) Reused(scenario string, installed npm.Package) {
	const says = "%s: use the prepared consumer with %s %s (-fresh prepares a new one)"
	w.console.Say(says, phase(w.name, scenario), installed.Name, installed.Version)
}

func (w watcher) Ended(s engine.Settled) {
	if s.Broke || slices.Contains(s.Outcomes[:], nil) {
		w.console.Stopped(lane(w.name, s.Scenario))
		return
	}
	w.console.Finished(lane(w.name, s.Scenario), s.Exits(), s.Missed == nil)
}

func (w watcher) Turn(suite.Scenario) {}

func (w watcher) Settled(engine.Settled) {}

func (w watcher) Warn(warning string) { w.warn(w.name + ": " + warning) }
