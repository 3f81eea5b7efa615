package campaign

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/travel"
)

// JourneyFlags are the options of journeys as the call gave them; nil where it did not.
type JourneyFlags struct {
	// Matrix are those that it has in common with a run; it chooses no scenarios.
	Matrix matrix.Flags
	// From is the gate with which some begin, and Journey a pattern of their names.
	From, Journey *string
}

// journeys is one call of the target.
type journeys struct {
	call
	fresh, previous bool
	from            *npm.Spec
	pattern         string
}

// Journeys takes a gate through the journeys of the source repository, prints what became of each, and leaves a report.
// The error is a *matrix.Exit.
func Journeys(ctx context.Context, host matrix.Host, flags JourneyFlags) error {
	no := false
	flags.Matrix.Isolated, flags.Matrix.Export, flags.Matrix.Gates = &no, &no, len(workers)
	options, usage := flags.Matrix.Resolve(host)
	plan, secrets := options.Plan(ctx, host)
	j := &journeys{fresh: options.Fresh, call: call{
		target: artifact.Journeys, makes: "report on journeys", host: host, secrets: secrets, plan: ofFirst(plan),
	}}
	usage = errors.Join(usage, j.resolve(flags))
	return j.attend(ctx, options.Root, nil, (*artifact.Store).BeginJourneys, func() error {
		report, failure := j.execute(ctx, usage, options.Unfit)
		if failure != nil {
			return j.failed(failure)
		}
		j.console.Print(report.Text())
		return judged(artifact.JourneysName, report.ExitCode, report.Conclusion())
	})
}

// judged is how a target ends that has left a report with an exit code; nil where that is 0.
func judged(name string, code int, conclusion string) error {
	if code == suite.ExitPass {
		return nil
	}
	const says = "exit %d: %s; see %s"
	return &matrix.Exit{Code: code, Line: fmt.Sprintf(says, code, conclusion, path.Join(artifact.Folder, name))}
}

// resolve reads the options that a run does not have.
func (j *journeys) resolve(flags JourneyFlags) error {
	read := matrix.Call{Env: j.host.Env}
	const froms = Previous + " (the version published before), a version, or a tarball"
	read.Read("from", flags.From, Previous, froms, func(text string) error {
		if text == Previous {
			j.previous = true
			return nil
		}
		spec, err := npm.ParseSpec(text, j.host.Dir)
		if err == nil && spec.Form != npm.Tarball && (spec.Form != npm.Registry || spec.Version == "") {
			err = fmt.Errorf("%q names no one version", text)
		}
		j.from = &spec
		return err
	})
	read.Read("journey", flags.Journey, "*", "a name of a journey, or a pattern as of a shell: hook-*",
		pattern(&j.pattern))
	return read.Wrong()
}

// pattern reads a pattern as of a shell.
func pattern(into *string) func(string) error {
	return func(text string) error {
		if *into = text; text == "" {
			return errors.New("it is empty")
		}
		_, err := path.Match(text, "")
		return err
	}
}

// ofFirst is a plan with the first scenario of its suite, whatever the call chose: it names a branch, and no more.
func ofFirst(plan engine.Plan) engine.Plan {
	plan.Scenarios = plan.Suite[:min(1, len(plan.Suite))]
	return plan
}

// execute makes the journeys, and writes what became of them, unless the call is wrong or they cannot be read.
func (j *journeys) execute(ctx context.Context, usage, unfit error) (*journey.Report, *suite.Failure) {
	if refused := j.refused(usage, unfit); refused != nil {
		return nil, refused
	}
	all, err := journey.Read(j.plan.Source)
	if err != nil {
		return nil, j.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, err)
	}
	if all, err = journey.Choose(all, j.pattern); err != nil {
		return nil, j.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, fmt.Errorf("-journey: %w", err))
	}
	report, err := j.make(ctx, all)
	if err == nil {
		j.store.Stamp(&report.Facts)
		err = errors.Join(j.store.Travelled(report), publish.WriteJourneys(j.store, report))
		if err != nil {
			return nil, j.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
		}
	}
	return report, suite.AsFailure(err)
}

// make makes the journeys. The error is a *suite.Failure.
func (j *journeys) make(ctx context.Context, all []journey.Journey) (*journey.Report, error) {
	j.sweepUp(ctx)
	plan := travel.Plan{Plan: j.plan, Journeys: all, From: j.from, Clean: j.secrets.String}
	if err := j.lookBack(ctx, &plan); err != nil {
		return nil, err
	}
	if err := j.ready(&plan.Plan, j.fresh); err != nil {
		return nil, err
	}
	plan.Journeys = journey.InTurn(all)
	t := &traveller{preparer: preparer{watcher{&j.call, "prepare"}}, all: all, lines: map[string]string{}}
	for i := range cap(plan.Slots) {
		t.lanes = append(t.lanes, fmt.Sprintf("journey %d", i+1))
	}
	report, err := travel.Make(ctx, plan, t)
	err = withLog(err)
	if err == nil && plan.Keep && report.Counts.Fail+report.Counts.Known > 0 {
		j.console.Say("work directory kept: %s", plan.Work.Dir)
		if err := plan.Work.Keep(); err != nil {
			j.warn(err.Error())
		}
		return report, nil
	}
	if removed := plan.Work.Remove(); removed != nil {
		j.warn(removed.Error())
	}
	return report, err
}

// lookBack finds out which version was published before the gate, where a journey needs one and the call left that to
// the registry. Where no registry can tell, those journeys are skipped.
func (j *journeys) lookBack(ctx context.Context, plan *travel.Plan) error {
	if !j.previous || !slices.ContainsFunc(plan.Journeys, journey.Journey.NeedsFrom) {
		return nil
	}
	if plan.Spec.Form != npm.Registry {
		plan.Without = "it begins with an earlier version of the gate: name one with -from=SPEC"
		return nil
	}
	before, err := j.before(ctx, plan.Plan, "from")
	switch failure := suite.AsFailure(err); {
	case failure == nil:
	case failure.Step.Name != suite.NPMInstallPackage.Name || failure.Kind != suite.KindStep:
		return err
	default:
		plan.Without = failure.Err.Error()
		return nil
	}
	plan.From = &before
	return nil
}

// traveller shows on a console how journeys are made, and prints what becomes of each in their order.
type traveller struct {
	preparer
	all []journey.Journey

	mu sync.Mutex
	// lines are the titles of those that have ended, by name; printed are how many were printed.
	lines   map[string]string
	printed int
	// lanes are the lines of the live view that are free.
	lanes []string
}

// Begins shows that a journey begins.
func (t *traveller) Begins(made journey.Journey) (ended func(journey.Result, string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	lane := ""
	shown := func() {}
	if n := len(t.lanes); n > 0 {
		lane, t.lanes = t.lanes[n-1], t.lanes[:n-1]
	}
	if t.console.Watched() && lane != "" {
		shown = t.console.Step(lane, suite.Step{Name: made.Name, Does: made.Name})
	}
	return func(result journey.Result, kept string) {
		t.mu.Lock()
		defer t.mu.Unlock()
		shown()
		if lane != "" {
			t.lanes = append(t.lanes, lane)
		}
		if result.Name == "" {
			return // it was ended
		}
		t.lines[result.Name] = result.Title()
		if kept != "" {
			t.console.Say("%s: it stands where it failed: %s", result.Name, kept)
		}
		for t.printed < len(t.all) && t.lines[t.all[t.printed].Name] != "" {
			t.console.Print(t.lines[t.all[t.printed].Name])
			t.printed++
		}
		if result.Outcome != journey.Skip && !t.console.Watched() {
			t.console.Say("%d of %d journeys made: %s", len(t.lines), len(t.all), result.Name)
		}
	}
}

// preparer shows on a console how the one consumer is prepared that others are copied from.
type preparer struct{ watcher }

// Step shows a step of that, and none that follows.
func (p preparer) Step(phase string, step suite.Step) (ended func()) {
	if phase != p.plan.Scenarios[0].Name {
		return func() {}
	}
	return p.console.Step(p.name, step)
}
