package engine

import (
	"context"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Prepared is a gate in a consumer, of which something else than its stages is asked.
type Prepared struct {
	// Facts are the gate, what it is held against, and the tools.
	Facts verdict.Facts
	// Consumer has taken the steps that were asked for.
	Consumer *workspace.Consumer

	judging *judging
	options workspace.Options
	settle  func()
}

// Prepare prepares a consumer for the first scenario of a plan, and takes some steps in it. Close lets go of it, and
// comes before the work directory is removed. The error is a *suite.Failure.
func Prepare(ctx context.Context, plan Plan, observer Observer, steps ...suite.Step) (*Prepared, error) {
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
	p.Consumer, err = consumers.Consumer(ctx, plan.Scenarios[0])
	for _, step := range steps {
		if err == nil {
			err = p.Consumer.Take(ctx, step)
		}
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
