// Package campaign holds what the targets do that judge several gates: each is a function from gates to verdicts, and
// says what they are side by side.
//
// Its rules:
//   - All gates of a campaign are judged on one baseline.
//   - It touches no artifact of a run of the matrix.
package campaign

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/actions"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Flags are the options of a comparison as the call gave them; nil where it did not.
type Flags struct {
	// Matrix are those that it has in common with a run. Spec is the candidate.
	Matrix matrix.Flags
	// Base is the gate that it is compared with, and Rounds how often each is judged.
	Base, Rounds *string
	// Promises are asked of both gates, once each.
	Promises PromiseFlags
}

// Previous is the base where the call names none: the version that was published before the candidate's.
const Previous = "previous"

// maxRounds bounds how often a gate is judged.
const maxRounds = 9

// The two sides of a comparison.
const (
	base = iota
	candidate
)

var sides = [2]string{"base", "candidate"}

// compare is one comparison.
type compare struct {
	call
	fresh bool
	// specs are the gates; where previous is true the base is not known yet.
	specs    [2]npm.Spec
	previous bool
	rounds   int
	promises promises
}

// Compare judges two gates on one baseline, prints what differs, and leaves a comparison in the artifacts: for each of
// the source repositories that the call names. The error is a *matrix.Exit.
func Compare(ctx context.Context, host matrix.Host, flags Flags) error {
	return several{
		target: artifact.Compare, folder: artifact.ComparisonSources, result: artifact.ComparisonName,
		begin: (*artifact.Store).BeginComparison,
		one: func(source *string, within *artifact.Store) error {
			flags.Matrix.Source = source
			return compareIn(ctx, host, flags, within)
		},
	}.call(ctx, host, flags.Matrix.Source)
}

// compareIn compares two gates in one source repository.
func compareIn(ctx context.Context, host matrix.Host, flags Flags, within *artifact.Store) error {
	no := false
	flags.Matrix.Keep, flags.Matrix.Isolated, flags.Matrix.Export, flags.Matrix.Gates = &no, &no, &no, len(sides)
	options, usage := flags.Matrix.Resolve(host)
	plan, secrets := options.Plan(ctx, host)
	c := &compare{fresh: options.Fresh, call: call{
		target: artifact.Compare, makes: "comparison", host: host, secrets: secrets, plan: plan, within: within,
	}}
	c.specs[candidate] = options.Spec
	usage = errors.Join(usage, c.resolve(flags))
	c.openConsole(sides[:]...)
	defer c.console.Close(ctx)
	defer context.AfterFunc(ctx, c.console.Hide)()
	if options.Root != "" {
		// What the last comparison left goes first.
		if err := c.open(options.Root, (*artifact.Store).BeginComparison); err != nil {
			return err
		}
		defer c.store.Close()
	}
	getenv := process.Environment(host.Env).Get
	unquote := actions.Quote(getenv, host.Stderr)
	found, err := c.settle(c.execute(ctx, usage, options.Unfit))
	unquote()
	if found == nil {
		return err
	}
	if err := actions.TellOfComparison(found, plan.Source, getenv, host.Stderr); err != nil {
		c.warn(err.Error())
	}
	return err
}

// execute judges and compares, unless the call is wrong or the suite cannot be read.
func (c *compare) execute(ctx context.Context, usage, unfit error) (*comparison.Comparison, *suite.Failure) {
	if refused := c.refused(usage, unfit); refused != nil {
		return nil, refused
	}
	if err := c.promises.read(c.plan.Source); err != nil {
		return nil, c.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, err)
	}
	found, err := c.judge(ctx)
	if err != nil {
		return nil, c.plan.AsFailure(ctx, suite.Toolchain, err)
	}
	return found, nil
}

// resolve reads the options that a run does not have.
func (c *compare) resolve(flags Flags) error {
	read := matrix.Call{Env: c.host.Env}
	const bases = Previous + " (the version published before the candidate's), or " + npm.SpecForms
	read.Read("base", flags.Base, Previous, bases,
		func(text string) (err error) {
			if text != Previous {
				c.specs[base], err = npm.ParseSpec(text, c.host.Dir)
				return err
			}
			if c.previous = true; c.specs[candidate].Form == npm.Embedded {
				return fmt.Errorf("%q is no version of the embedded gate: name the base", text)
			}
			return nil
		})
	read.Read("rounds", flags.Rounds, "1", fmt.Sprintf("a whole number from 1 to %d", maxRounds),
		func(text string) (err error) {
			if c.rounds, err = strconv.Atoi(text); err != nil || c.rounds < 1 || c.rounds > maxRounds {
				return fmt.Errorf("%q is no number of rounds", text)
			}
			return nil
		})
	c.promises.resolve(&read, flags.Promises)
	return read.Wrong()
}

// judge judges both gates as often as was asked for, and compares them.
func (c *compare) judge(ctx context.Context) (*comparison.Comparison, error) {
	c.sweepUp(ctx)
	if c.previous {
		if err := c.lookAhead(ctx); err != nil {
			return nil, err
		}
	}
	var runs [2][]*verdict.Run
	for range c.rounds {
		judged, err := c.round(ctx)
		if err != nil {
			return nil, err
		}
		for side, run := range judged {
			runs[side] = append(runs[side], run)
			if err := c.same(side, runs[side][0].Facts, run.Facts); err != nil {
				return nil, err
			}
		}
	}
	// A limit that is over when all has ended leaves time for what is left to do. A signal does not.
	if code := process.ExitCode(context.Cause(ctx)); code != 0 && code != suite.ExitTimeout {
		return nil, context.Cause(ctx)
	}
	found := comparison.Of(runs[base], runs[candidate], c.plan.Findings)
	if c.promises.kinds == nil {
		return found, nil
	}
	accounts, err := both(ctx, func(ctx context.Context, side int) ([]promise.Account, error) {
		return c.ask(ctx, side, runs)
	})
	if err != nil {
		return nil, err
	}
	found.Base.Promises, found.Candidate.Promises = accounts[base], accounts[candidate]
	found.Settle()
	return found, nil
}

// ask asks the gate of one side for all promises. The candidate's upgrades begin with the base, where that is a version
// or a tarball; those of the base with none.
func (c *compare) ask(ctx context.Context, side int, runs [2][]*verdict.Run) (accounts []promise.Account, err error) {
	plan := c.plan
	plan.Spec = c.specs[side]
	was := runs[base][0].Facts
	var from *npm.Spec
	switch earlier := c.specs[base]; {
	case side == base:
	case earlier.Form == npm.Registry:
		exact, err := npm.ParseSpec(earlier.Name+"@"+string(was.PackageVersion), c.host.Dir)
		if err != nil {
			return nil, plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitFail, err)
		}
		from = &exact
	case earlier.Form == npm.Tarball:
		from = &earlier
	}
	for _, kind := range c.promises.kinds {
		a := promise.Account{Asked: c.promises.of(kind)}
		if kind == promise.Journeys && from != nil && c.promises.begin() {
			a.From = begins(string(was.PackageVersion), string(was.PackageIntegrity))
		}
		c.console.Say("%s: take it through %d %s", sides[side], c.promises.count(kind), kind)
		found, err := c.call.ask(ctx, &c.promises, errand{plan, kind, from, sides[side], c.fresh})
		if err == nil {
			err = c.same(side, runs[side][0].Facts, found.facts)
		}
		if err != nil {
			return nil, err
		}
		a.Promises = found.promises
		c.console.Say("%s: %s: %s", sides[side], kind, a)
		accounts = append(accounts, a)
	}
	return accounts, nil
}

// lookAhead finds out which version the base is, where the call left that to the registry.
func (c *compare) lookAhead(ctx context.Context) error {
	plan := c.plan
	plan.Spec = c.specs[candidate]
	var err error
	c.specs[base], err = c.before(ctx, plan, "base")
	return err
}

// before finds out which version was published before the gate of a plan, which a flag can name too. The error is a
// *suite.Failure: at the install of the package where the registry cannot tell.
func (c *call) before(ctx context.Context, plan engine.Plan, flag string) (npm.Spec, error) {
	ctx, cancel := process.Limited(ctx, plan.Timeout)
	defer cancel()
	if _, err := c.fit(ctx, &plan); err != nil {
		return npm.Spec{}, err
	}
	defer plan.Work.Remove()
	if err := plan.Work.Equip(plan.Host, plan.Programs, plan.Config, plan.Spec.Form); err != nil {
		return npm.Spec{}, plan.Failure(suite.Toolchain, suite.KindEnvironment, suite.ExitFail, err)
	}
	defer c.console.Preflight(suite.Step{Name: "look_up", Does: "look up the version before it"})()
	before, err := plan.Work.Before(ctx, lookUp(plan), plan.Scenarios[0])
	if err != nil {
		err = fmt.Errorf("which version came before %s cannot be found out: %w\nMend: name it with -%s=SPEC",
			plan.Spec.Given, err, flag)
		return npm.Spec{}, plan.AsFailure(ctx, suite.NPMInstallPackage, err)
	}
	c.console.Say("%s: %s, the version published before %s", flag, before.Given, plan.Spec.Given)
	return before, nil
}

// lookUp are the options of a clone in which the registry is asked, and nothing is judged.
func lookUp(plan engine.Plan) workspace.Options {
	return workspace.Options{
		Source: plan.Source, Spec: plan.Spec, Timeout: plan.Timeout, Redact: plan.Redact,
		Observe: func(string, suite.Step) func(int, string) { return func(int, string) {} },
	}
}

// round judges both gates at once. The error is the failure of the one that could not be judged.
func (c *compare) round(ctx context.Context) ([2]*verdict.Run, error) { return both(ctx, c.one) }

// same returns an error where the gate of a side is another than it was in the first round: a tag has moved, or a
// folder changed.
func (c *compare) same(side int, was, is verdict.Facts) error {
	if was.PackageVersion == is.PackageVersion && was.PackageIntegrity == is.PackageIntegrity {
		return nil
	}
	return c.plan.Failure(suite.NPMInstallPackage, suite.KindStep, suite.ExitFail, fmt.Errorf(
		"the %s was %s %s in the first round, and is %s %s now: name an exact version, or a tarball",
		sides[side], was.PackageVersion, was.PackageIntegrity, is.PackageVersion, is.PackageIntegrity))
}

// one judges the gate of one side. That it is off its contract is no error.
func (c *compare) one(ctx context.Context, side int) (*verdict.Run, error) {
	plan, spec := c.plan, c.specs[side]
	plan.Spec = spec
	if err := c.ready(&plan, c.fresh); err != nil {
		return nil, err
	}
	defer plan.Work.Remove()
	run, err := engine.Judge(ctx, plan, watcher{&c.call, sides[side]})
	f := suite.AsFailure(err)
	if f != nil && f.Kind != suite.KindContract {
		if f.Phase != suite.Preflight && f.Kind != suite.KindInterrupted {
			const says = "%w%s\nThe gate: %s (%s). mage matrix -spec=%[3]s leaves a whole report of it"
			f.Err = fmt.Errorf(says, f.Err, matrix.LogSection(f.LogPath), spec.Given, sides[side])
		}
		return nil, f
	}
	c.finish(run, f)
	return run, nil
}

// settle writes and prints a comparison, and returns it with its exit. Where there is none it tells why.
func (c *compare) settle(found *comparison.Comparison, failure *suite.Failure) (*comparison.Comparison, error) {
	if failure != nil {
		return nil, c.failed(failure)
	}
	err := c.store.Compared(found)
	if err == nil {
		err = publish.WriteComparison(c.store, found)
	}
	if err != nil {
		return nil, c.failed(c.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err))
	}
	c.console.Print(found.Text())
	if found.ExitCode == suite.ExitPass {
		return found, nil
	}
	return found, &matrix.Exit{Code: found.ExitCode, Line: fmt.Sprintf("exit %d: %s; see %s", found.ExitCode,
		found.Conclusion(), path.Join(artifact.Folder, artifact.ComparisonMarkdownName))}
}
