package campaign

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probing"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/travel"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// PromiseFlags say which promises of its source repository a call asks of each gate, beside its verdict; nil where the
// call does not say.
type PromiseFlags struct {
	Journeys, Probes *bool
}

// promises are those of a source repository that a call asks of each gate. A kind that it does not ask for has none.
type promises struct {
	// kinds are in their order.
	kinds    []promise.Kind
	journeys []journey.Journey
	// probes are those that are made, and allProbes those that there are.
	probes, allProbes []probe.Probe
}

// resolve reads the options that say which.
func (p *promises) resolve(read *matrix.Call, flags PromiseFlags) {
	asks := func(kind promise.Kind) func(string) error {
		return func(text string) error {
			asks, err := strconv.ParseBool(text)
			if asks {
				p.kinds = append(p.kinds, kind)
			}
			return err
		}
	}
	read.Read("journeys", boolean(flags.Journeys), "false", "true or false", asks(promise.Journeys))
	read.Read("probes", boolean(flags.Probes), "false", "true or false", asks(promise.Probes))
}

// boolean is a flag without a value as the text of one; nil where the call does not have it.
func boolean(flag *bool) *string {
	if flag == nil {
		return nil
	}
	text := strconv.FormatBool(*flag)
	return &text
}

// read reads the promises of a source repository, by its root, of the kinds that are asked for. The error names what is
// wrong, with file and line.
func (p *promises) read(root string) (err error) {
	for _, kind := range p.kinds {
		var wrong error
		switch kind {
		case promise.Journeys:
			p.journeys, wrong = journey.Read(root)
		case promise.Probes:
			p.allProbes, wrong = probe.Read(root)
			p.probes = p.allProbes
		}
		err = errors.Join(err, wrong)
	}
	return err
}

// of is what is asked of a kind.
func (p *promises) of(kind promise.Kind) promise.Asked {
	if kind == promise.Journeys {
		return promise.Asked{Kind: kind, SHA256: journey.Digest(p.journeys)}
	}
	return promise.Asked{Kind: kind, SHA256: probe.Digest(p.probes)}
}

// count returns how many there are of a kind.
func (p *promises) count(kind promise.Kind) int {
	if kind == promise.Journeys {
		return len(p.journeys)
	}
	return len(p.probes)
}

// begin tells whether some journeys begin with an earlier gate.
func (p *promises) begin() bool { return slices.ContainsFunc(p.journeys, journey.Journey.NeedsFrom) }

// errand is a gate that is to be asked for its promises of a kind.
type errand struct {
	plan engine.Plan
	kind promise.Kind
	// from is the gate with which upgrades begin; nil where there is none.
	from *npm.Spec
	// name is what the gate is called on the console.
	name  string
	fresh bool
}

// answer is what a gate was found to do.
type answer struct {
	promises []promise.Standing
	facts    verdict.Facts
	// broke is why it could not be asked, where that is a matter of the gate; nil where it is none.
	broke *artifact.Broke
}

// ask asks a gate for some promises. The error is a *suite.Failure: of what nothing could be asked with.
func (c *call) ask(ctx context.Context, p *promises, e errand) (found answer, err error) {
	plan := ofFirst(e.plan)
	if err = c.ready(&plan, e.fresh); err != nil {
		return found, err
	}
	defer plan.Work.Remove()
	watch := asking{quietWatcher{watcher{c, e.name}}}
	switch e.kind {
	case promise.Journeys:
		const none = "it begins with an earlier version of the gate, and there is none"
		var report *journey.Report
		report, err = travel.Make(ctx, travel.Plan{
			Plan: plan, Journeys: journey.InTurn(p.journeys), From: e.from, Without: none, Clean: c.secrets.String,
		}, watch)
		if err == nil {
			found.promises, found.facts = report.Promises(), report.Facts
		}
	case promise.Probes:
		var report *probe.Report
		report, err = probing.Make(ctx, probing.Plan{
			Plan: plan, All: p.allProbes, Probes: p.probes, Alone: true, Clean: c.secrets.String,
		}, watch)
		if err == nil {
			found.promises, found.facts = report.Promises(), report.Facts
		}
	}
	if err != nil {
		found.broke, _ = matrix.Judged(ctx, suite.AsFailure(err), c.secrets.String)
	}
	return found, withLog(err)
}

// asking shows on a console how one of several gates is asked for promises: in the live view alone.
type asking struct{ quietWatcher }

// Begins shows that a journey begins.
func (w asking) Begins(made journey.Journey) (ended func(journey.Result, string)) {
	done := w.Step(w.plan.Scenarios[0].Name, suite.Step{Name: made.Name, Does: "make the journey " + made.Name})
	return func(journey.Result, string) { done() }
}

// Judges shows that the gate judges some sets of probes.
func (w asking) Judges(sets string) (ended func()) {
	return w.Step(w.plan.Scenarios[0].Name, suite.Step{Name: sets, Does: "judge the probes " + sets})
}
