package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/evidence"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// result is what one scenario came to.
type result struct {
	// consumer is where it ran; nil where there came to be none.
	consumer *workspace.Consumer
	outcomes verdict.Outcomes
	// missed is how the gate missed its contract.
	missed *suite.Failure
	// broke is the step that ended the run.
	broke *suite.Failure
}

// errSuperseded ends a scenario because one before it ended the run.
var errSuperseded = errors.New("a scenario before this one ended the run")

// consumers gives a scenario the consumer that it runs in. The error is a *suite.Failure.
type consumers func(context.Context, suite.Scenario) (*workspace.Consumer, error)

// scenarios runs the chosen scenarios, as many at once as was asked for, and settles them in the order of the matrix,
// whichever ends first. It returns the first failure in that order.
func (j *judging) scenarios(ctx context.Context, prepare consumers, flow []suite.Step) *suite.Failure {
	chosen := j.Scenarios
	results := make([]chan result, len(chosen))
	stop := make([]context.CancelCauseFunc, len(chosen))
	var running sync.WaitGroup
	defer running.Wait()
	ready := make(chan struct{})
	close(ready)
	for i, s := range chosen {
		results[i] = make(chan result, 1)
		var own context.Context
		own, stop[i] = context.WithCancelCause(ctx)
		// Slots are taken in the order of the matrix, so that the scenario which is printed next is never the one
		// that waits.
		before, started := ready, make(chan struct{})
		ready = started
		running.Go(func() {
			<-before
			j.Slots <- struct{}{}
			close(started)
			defer func() { <-j.Slots }()
			done := j.scenario(own, prepare, s, flow)
			j.observer.Ended(done.settled(s))
			results[i] <- done
			if done.consumer != nil && !j.Keep {
				_ = done.consumer.Remove() // while the others run; what is left goes with the work directory
			}
		})
	}
	defer func() {
		for _, cancel := range stop {
			cancel(errSuperseded)
		}
	}()

	var first *suite.Failure
	for i, s := range chosen {
		j.observer.Turn(s)
		done := <-results[i]
		j.run.Evidence[s.Name] = done.outcomes
		if done.consumer != nil {
			installed := done.consumer.Package
			j.run.PackageName = verdict.Text(installed.Name)
			j.run.PackageVersion = verdict.Text(installed.Version)
			j.run.PackageIntegrity = verdict.Text(installed.Integrity)
		}
		if done.broke != nil {
			broke := j.AsFailure(ctx, done.broke.Step, done.broke)
			if first == nil || broke.Kind == suite.KindInterrupted {
				first = broke
			}
			return first
		}
		j.observer.Settled(done.settled(s))
		if first == nil {
			first = done.missed
		}
	}
	return first
}

// settled returns a result as an observer is given it.
func (r result) settled(s suite.Scenario) Settled {
	return Settled{Scenario: s, Outcomes: r.outcomes, Missed: r.missed, Broke: r.broke != nil}
}

// scenario takes one scenario through the steps of a flow.
func (j *judging) scenario(
	ctx context.Context, prepare consumers, s suite.Scenario, flow []suite.Step,
) (done result) {
	consumer, err := prepare(ctx, s)
	if err != nil {
		return result{broke: suite.AsFailure(err)}
	}
	done.consumer = consumer
	stages := suite.Stages()
	at := 0
	var unproven, unseen *suite.Failure
	for _, step := range flow {
		if at < len(stages) && step.Name == stages[at].Step.Name {
			outcome, why, err := j.stage(ctx, consumer, stages[at])
			if err != nil {
				done.broke = suite.AsFailure(err)
				return done
			}
			done.outcomes[at] = outcome
			if expected := s.Expected[at]; outcome.Exit != expected && done.missed == nil {
				done.missed = consumer.Judged(suite.ExitContract, step,
					fmt.Errorf("%s exited with %d, expected %d", stages[at].Name, outcome.Exit, expected))
			}
			if why != nil && unproven == nil {
				why = fmt.Errorf("%s: %w", stages[at].Name, why)
				unproven = consumer.Judged(suite.EvidenceContract, step, why)
			}
			outcome.Misses = outcome.Off(j.Findings, s, stages[at], consumer.Package.Version)
			if outcome.Misses != nil {
				missed := fmt.Errorf("%s: %s", stages[at].Name, strings.Join(outcome.Misses, "\n"))
				unseen = cmp.Or(unseen, consumer.Judged(suite.FindingsContract, step, missed))
			}
			if at++; stages[at-1].Name == j.Until {
				break
			}
			continue
		}
		if err := consumer.Take(ctx, step); err != nil {
			done.broke = suite.AsFailure(err)
			return done
		}
	}
	done.missed = cmp.Or(done.missed, unproven, unseen)
	return done
}

// stage runs one stage and reads the evidence that it left. Why is nil where the evidence bears the exit out, and else
// the reason. The error is a *suite.Failure, of a stage that could not be run.
func (j *judging) stage(
	ctx context.Context, consumer *workspace.Consumer, stage suite.Stage,
) (outcome *verdict.Outcome, why, err error) {
	before := evidence.MarkBefore(consumer.Dir)
	exit, err := consumer.Run(ctx, stage.Step)
	if err != nil {
		return nil, nil, err
	}
	outcome = &verdict.Outcome{Exit: exit}
	snapshot, why := evidence.ReadAfter(consumer.Dir, before)
	if why != nil {
		return outcome, why, nil
	}
	outcome.Outcome, outcome.Rulesets = verdict.Text(snapshot.Outcome), snapshot.Rulesets
	outcome.Findings, outcome.Coverage, outcome.Suppressed = snapshot.Findings, snapshot.Coverage, snapshot.Suppressed
	return outcome, snapshot.Judge(stage, exit), nil
}
