package engine

import (
	"context"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Prepared is a gate in a consumer, of which something else than its stages is asked.
type Prepared struct {
	// Facts are the gate, what it is held against, and the tools.
	Facts verdict.Facts
	// Consumer is taken to where the gate's pre-write check comes next, and everything is committed.
	Consumer *workspace.Consumer

	judging *judging
	options workspace.Options
	settle  func()
}

// Prepare prepares a consumer for the first scenario of a plan, with some more steps before all is committed. Close
// lets go of it, and comes before the work directory is removed. The error is a *suite.Failure.
func Prepare(ctx context.Context, plan Plan, observer Observer, more ...suite.Step) (*Prepared, error) {
	j := &judging{Plan: plan, observer: observer}
	j.run.PackageSpec, j.run.Suite = plan.Spec.Given, plan.Suite
	options, stop, failure := j.begin(ctx)
	if failure != nil {
		stop()
		return nil, failure
	}
	consumers, failure := j.prepare(ctx, options, plan.Scenarios[:1])
	if failure != nil {
		stop()
		return nil, failure
	}
	p := &Prepared{judging: j, options: options, settle: func() {
		j.close(consumers)
		stop()
	}}
	var err error
	if p.Consumer, err = consumers.Consumer(ctx, plan.Scenarios[0]); err == nil {
		err = p.settleIn(ctx, p.Consumer, more)
	}
	if err != nil {
		p.Close()
		return nil, j.AsFailure(ctx, suite.GitClone, err)
	}
	installed := p.Consumer.Package
	p.Facts = j.run.Facts
	p.Facts.PackageName, p.Facts.PackageVersion = verdict.Text(installed.Name), verdict.Text(installed.Version)
	p.Facts.PackageIntegrity = verdict.Text(installed.Integrity)
	return p, nil
}

// settleIn takes a consumer through the steps that come before the gate's pre-write check.
func (p *Prepared) settleIn(ctx context.Context, c *workspace.Consumer, more []suite.Step) error {
	flow := suite.Flow(p.judging.Spec.Form == npm.Embedded, false)
	seed := slices.IndexFunc(flow, func(s suite.Step) bool { return s.Name == suite.SeedCommit.Name })
	for _, step := range slices.Concat(flow[:seed], more, flow[seed:seed+1]) {
		if err := c.Take(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// Bare prepares a consumer in which no gate was ever installed, on its feature branch. The error is a *suite.Failure.
func (p *Prepared) Bare(ctx context.Context) (*workspace.Consumer, error) {
	c, err := p.judging.Work.PrepareBare(ctx, p.options, p.judging.Scenarios[0])
	if err == nil {
		err = c.Must(ctx, suite.FeatureBranch)
	}
	if err == nil {
		err = c.Must(ctx, suite.SeedCommit)
	}
	if err != nil {
		return nil, p.judging.AsFailure(ctx, suite.GitClone, err)
	}
	return c, nil
}

// Close lets go of the consumer.
func (p *Prepared) Close() { p.settle() }
