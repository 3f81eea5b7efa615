package campaign

import (
	"context"
	"errors"
	"fmt"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probing"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// ProbeFlags are the options of probes as the call gave them; nil where it did not.
type ProbeFlags struct {
	// Matrix are those that it has in common with a run; it chooses no scenarios.
	Matrix matrix.Flags
	// Rule is a pattern of the rules whose probes are made.
	Rule *string
}

// probes is one call of the target.
type probes struct {
	call
	fresh   bool
	pattern string
}

// Probe takes a gate through the probes of the source repository, prints what became of each rule, and leaves a report.
// The error is a *matrix.Exit.
func Probe(ctx context.Context, host matrix.Host, flags ProbeFlags) error {
	no := false
	flags.Matrix.Isolated, flags.Matrix.Export, flags.Matrix.Keep, flags.Matrix.Gates = &no, &no, &no, len(workers)
	options, usage := flags.Matrix.Resolve(host)
	plan, secrets := options.Plan(ctx, host)
	p := &probes{fresh: options.Fresh, call: call{
		target: artifact.Probe, makes: "report on probes", host: host, secrets: secrets, plan: ofFirst(plan),
	}}
	usage = errors.Join(usage, p.resolve(flags))
	return p.attend(ctx, options.Root, nil, (*artifact.Store).BeginProbes, func() error {
		report, failure := p.execute(ctx, usage, options.Unfit)
		if failure != nil {
			return p.failed(failure)
		}
		p.console.Print(report.Text())
		return judged(artifact.ProbesName, report.ExitCode, report.Conclusion())
	})
}

// resolve reads the option that a run does not have.
func (p *probes) resolve(flags ProbeFlags) error {
	read := matrix.Call{Env: p.host.Env}
	read.Read("rule", flags.Rule, "*", "the name of a rule, or a pattern as of a shell: ios.no-*", pattern(&p.pattern))
	return read.Wrong()
}

// execute makes the probes, and writes what became of the rules, unless the call is wrong or they cannot be read.
func (p *probes) execute(ctx context.Context, usage, unfit error) (*probe.Report, *suite.Failure) {
	if refused := p.refused(usage, unfit); refused != nil {
		return nil, refused
	}
	all, err := probe.Read(p.plan.Source)
	if err != nil {
		return nil, p.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, err)
	}
	chosen, err := probe.Choose(all, p.pattern)
	if err != nil {
		return nil, p.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, fmt.Errorf("-rule: %w", err))
	}
	p.sweepUp(ctx)
	plan := probing.Plan{Plan: p.plan, All: all, Probes: chosen, Clean: p.secrets.String}
	if err := p.ready(&plan.Plan, p.fresh); err != nil {
		return nil, suite.AsFailure(err)
	}
	defer plan.Work.Remove()
	report, err := probing.Make(ctx, plan, prober{preparer{watcher{&p.call, "prepare"}}})
	if err != nil {
		return nil, suite.AsFailure(withLog(err))
	}
	p.store.Stamp(&report.Facts)
	if err := errors.Join(p.store.Probed(report), publish.WriteProbes(p.store, report)); err != nil {
		return nil, p.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	return report, nil
}

// prober shows on a console how probes are made.
type prober struct{ preparer }

// Judges shows that the gate judges some sets.
func (p prober) Judges(sets string) (ended func()) {
	return p.console.Step("probe", suite.Step{Name: sets, Does: sets})
}
