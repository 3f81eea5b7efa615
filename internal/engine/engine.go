// Package engine judges a gate: it prepares a consumer for each scenario, takes it through the stages, and returns what
// it found as a value. It knows no artifacts, no lock and no console, and publishes nothing. The caller watches by an
// Observer, and makes of the value what it wants. Two gates may be judged at once.
//
// Its rules:
//   - Scenarios may run at once, in any order; they are settled as if they had run one after the other.
//   - A gate that blocks is a result. A step that could not be carried out ends the run.
package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Plan says which gate to judge, where, and against what.
type Plan struct {
	// Spec is the gate, and Source the root of the source repository.
	Spec   npm.Spec
	Source string
	// Baseline finds the source repository fit to run in, or returns an error. What the spec stands for is found out
	// meanwhile.
	Baseline func(context.Context) (preflight.Baseline, error)
	// Suite is the scenarios of the source repository, and Scenarios those of them to run, in the order in which they
	// are settled; at least one.
	Suite, Scenarios suite.Suite
	// Until is the name of the last stage to run in each; empty where all run.
	Until string
	// Findings say what the gate must find in them.
	Findings suite.Findings
	// Slots bound how many scenarios run at once, those of other plans with the same slots too; Timeout is the most
	// that one step may take.
	Slots   Slots
	Timeout time.Duration
	// Isolated prepares each scenario a consumer of its own, and nothing is a copy.
	Isolated bool
	// Keep leaves the consumers in the work directory.
	Keep bool
	// Cache is where prepared consumers are kept; nil where none is to be used, or kept. Passing neither looks for one
	// with this gate nor adds one: only what is there for any gate.
	Cache   *kept.Cache
	Passing bool
	// Work is the directory in which all of it happens. The caller removes it: the log of a failure lies there.
	Work *workspace.Workspace
	// Host is the environment of the caller (os.Environ()), of which only what is named is passed on. Programs are node
	// and npm, and Config is npm's configuration.
	Host     []string
	Programs toolchain.Programs
	Config   *npm.Config
	// Redact wraps a writer so that no secret gets through to it; Close flushes.
	Redact func(io.Writer) io.WriteCloser
}

// Slots let so many scenarios run at once. A running one holds a slot.
type Slots chan struct{}

// NewSlots returns slots for n scenarios at once; at least one.
func NewSlots(n int) Slots { return make(Slots, n) }

// errBroke ends what runs in a slot because another could not be done.
var errBroke = errors.New("another could not be done")

// Each calls do with the numbers below n, as many at once as there are slots. Where one cannot be done the others are
// ended, and the error is that of the first. It is the cause of the context where that ended, but for a limit that was
// over when all was done.
func (s Slots) Each(ctx context.Context, n int, do func(context.Context, int) error) error {
	own, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	var first sync.Once
	var broke error
	for i := range n {
		s <- struct{}{}
		if own.Err() != nil {
			<-s
			first.Do(func() { broke = context.Cause(own) })
			break
		}
		running.Go(func() {
			defer func() { <-s }()
			if err := do(own, i); err != nil {
				first.Do(func() { broke = err })
				cancel(errBroke)
			}
		})
	}
	running.Wait()
	if code := process.ExitCode(context.Cause(ctx)); broke == nil && code != 0 && code != suite.ExitTimeout {
		broke = context.Cause(ctx)
	}
	return broke
}

// Observer is told how the judging goes. Before, Turn and Settled are called by one goroutine; the others by any.
type Observer interface {
	// Before is called when something begins that comes before the first step of a scenario, and ended when it ends.
	Before(step suite.Step) (ended func())
	// Step is called when a step begins in a phase, and ended when it ends.
	Step(phase string, step suite.Step) (ended func())
	// Reused is called when a prepared consumer from the cache made it needless to install the gate.
	Reused(phase string, installed npm.Package)
	// Ended is called with what a scenario came to, as soon as it is known.
	Ended(Settled)
	// Turn is called with the scenario that is settled next, and Settled with what it came to, in the order of the
	// plan. A step that could not be carried out ends the run: nothing is settled after it.
	Turn(suite.Scenario)
	Settled(Settled)
	// Warn is called with what a person should know although it changes no verdict.
	Warn(warning string)
}

// Settled is what one scenario came to.
type Settled struct {
	Scenario suite.Scenario
	Outcomes verdict.Outcomes
	// Missed is how the gate missed its contract; nil where it did not.
	Missed *suite.Failure
	// Broke tells that a step could not be carried out, so that there are no outcomes to speak of.
	Broke bool
}

// Exits are those of its stages, all of which must have run.
func (s Settled) Exits() (exits suite.Exits) {
	for i, outcome := range s.Outcomes {
		exits[i] = outcome.Exit
	}
	return exits
}

// judging is one call of Judge.
type judging struct {
	Plan
	observer Observer
	recorder recorder
	run      verdict.Run
}

// Judge judges the gate of a plan, and returns what it found: all that is known of the run except what its artifacts
// add. The error is a *suite.Failure: the first in the order of the plan. What was found before it is returned with it.
func Judge(ctx context.Context, plan Plan, observer Observer) (*verdict.Run, error) {
	j := &judging{Plan: plan, observer: observer}
	j.run.PackageSpec, j.run.Suite, j.run.Evidence = plan.Spec.Given, plan.Suite, verdict.Results{}
	failure := j.judge(ctx)
	j.run.Exits, j.run.Steps = verdict.ExitsOf(j.run.Evidence), j.recorder.steps()
	if j.run.Verdict = verdict.Of(j.run.Suite, j.run.Exits); failure != nil {
		j.run.Verdict = verdict.Fail
		return &j.run, failure
	}
	return &j.run, nil
}

func (j *judging) judge(ctx context.Context) *suite.Failure {
	prepare, stop, failure := j.begin(ctx)
	defer stop()
	if failure != nil {
		return failure
	}
	flow := suite.Flow(j.Spec.Form == npm.Embedded, j.Isolated)
	if j.Isolated {
		return j.scenarios(ctx, func(ctx context.Context, s suite.Scenario) (*workspace.Consumer, error) {
			return j.Work.PrepareAlone(ctx, prepare, s, suite.Step{})
		}, flow)
	}
	prepared, failure := j.prepare(ctx, prepare, j.Scenarios)
	if failure != nil {
		return failure
	}
	defer j.close(prepared)
	return j.scenarios(ctx, prepared.Consumer, flow)
}

// begin finds the baseline fit, and begins to find out what the spec stands for. It returns how a consumer of it is
// prepared. Stop ends what is still under way.
func (j *judging) begin(ctx context.Context) (prepare workspace.Options, stop func(), failure *suite.Failure) {
	if err := j.Work.Equip(j.Host, j.Programs, j.Config, j.Spec.Form); err != nil {
		return prepare, func() {}, j.Failure(suite.Toolchain, suite.KindEnvironment, suite.ExitFail, err)
	}
	prepare = workspace.Options{
		Source: j.Source, Spec: j.Spec, Timeout: j.Timeout, Redact: j.Redact, Observe: j.observe, Reused: j.reused,
		Passing: j.Passing,
	}
	// What comes before the first step of a scenario may take as long as one step.
	limited, cancel := process.Limited(ctx, j.Timeout)
	prepare.Asked = j.Work.Ask(limited, prepare, j.Scenarios[0], j.Cache)
	stop = func() {
		prepare.Asked.Stop()
		cancel()
	}
	baseline, failure := j.baseline(limited)
	prepare.Commit, prepare.Tools = baseline.Commit, fmt.Sprint(baseline.Tools)
	return prepare, stop, failure
}

// prepare prepares the consumers of some scenarios.
func (j *judging) prepare(
	ctx context.Context, o workspace.Options, chosen suite.Suite,
) (*workspace.Prepared, *suite.Failure) {
	shown := j.observer.Before(lookUp)
	prepared, err := j.Work.Prepare(ctx, o, chosen)
	shown()
	if err != nil {
		j.observer.Turn(chosen[0])
		return nil, j.AsFailure(ctx, suite.GitClone, err)
	}
	return prepared, nil
}

// close lets go of what the scenarios shared.
func (j *judging) close(prepared *workspace.Prepared) {
	if err := prepared.Close(); err != nil {
		j.observer.Warn(fmt.Sprintf("the prepared consumer is not kept: %v", err))
	}
}

// baseline finds the source repository fit, and notes what the gate is held against.
func (j *judging) baseline(ctx context.Context) (preflight.Baseline, *suite.Failure) {
	shown, ended := j.observer.Before(suite.Cleanliness), j.recorder.begin(suite.Preflight, suite.Cleanliness)
	baseline, err := j.Baseline(ctx)
	shown()
	if err != nil {
		failure := j.AsFailure(ctx, suite.SourceRepo, err)
		ended(failure.Exit, "")
		return baseline, failure
	}
	ended(suite.ExitPass, "")
	j.run.Tools = versions(baseline.Tools)
	for _, warning := range baseline.Warnings {
		j.observer.Warn(warning)
	}
	j.run.SourceCommit = verdict.Text(baseline.Commit)
	if j.run.ContractSHA256, err = Contract(ctx, baseline, j.Scenarios, j.Findings); err != nil {
		return baseline, j.AsFailure(ctx, suite.SourceRepo, err)
	}
	return baseline, nil
}

// lookUp is what goes on while it is not yet known what the spec stands for. It is no step of the contract.
var lookUp = suite.Step{Name: "look_up", Does: "look up the package"}

// observe tells the observer of a step, and records it.
func (j *judging) observe(phase string, step suite.Step) (ended func(exit int, log string)) {
	shown, recorded := j.observer.Step(phase, step), j.recorder.begin(phase, step)
	return func(exit int, log string) {
		shown()
		recorded(exit, log)
	}
}

// reused tells the observer of a prepared consumer from the cache, and records the steps that it made needless.
func (j *judging) reused(phase string, installed npm.Package, began time.Time, needless ...suite.Step) {
	if installed != (npm.Package{}) {
		j.observer.Reused(phase, installed)
	}
	j.recorder.cached(phase, began, needless)
}

// versions are the tools that a run was made with.
func versions(found []toolchain.Tool) (tools verdict.Tools) {
	for _, tool := range found {
		switch version := verdict.Text(tool.Version); tool.Name {
		case "git":
			tools.Git = version
		case "node":
			tools.Node = version
		case "npm":
			tools.NPM = version
		}
	}
	return tools
}

// Contract is the digest of what a gate is held against: the chosen scenarios, with their trees as committed.
func Contract(
	ctx context.Context, baseline preflight.Baseline, chosen suite.Suite, findings suite.Findings,
) (verdict.Text, error) {
	ask := []string{"ls-tree", "-r", "-z", baseline.Commit, "--"}
	for _, s := range chosen {
		ask = append(ask, s.Folder())
	}
	listed, err := baseline.Repository.Output(ctx, ask...)
	if err != nil {
		return "", err
	}
	trees := map[string]string{}
	for entry := range strings.SplitAfterSeq(listed, "\x00") {
		_, path, _ := strings.Cut(entry, "\t")
		for _, s := range chosen {
			if strings.HasPrefix(path, s.Folder()+"/") {
				trees[s.Name] += entry
			}
		}
	}
	return verdict.Text(chosen.Digest(trees, findings)), nil
}

// toolkit begins the go.mod of a source repository that has this toolkit in it, and ours are then the paths that make
// no difference to a gate: the toolkit, what documents it, and the scenarios, which the contract covers. One that ends
// in a slash is a folder.
const toolkit = "module github.com/SwiftEnProfundidad/pumuki-mock-consumer"

var ours = []string{
	".ci/", ".github/", "artifacts/", "docs/", "internal/", "journeys/", "magefiles/", "probes/", "schemas/",
	"scenarios/", "scripts/", "magefile.go", "go.mod", "go.sum", "README.md", "CONTRIBUTING.md",
}

// Consumer is the digest of what a gate sees beside the contract: the consumer's tree as committed, but for what is
// ours, and the major versions of git and node. OpenSpec's version is part of the contract.
func Consumer(ctx context.Context, baseline preflight.Baseline) (verdict.Text, error) {
	listed, err := baseline.Repository.Output(ctx, "ls-tree", "-r", "-z", baseline.Commit)
	if err != nil {
		return "", err
	}
	var apart []string
	mod, err := baseline.Repository.Output(ctx, "cat-file", "blob", baseline.Commit+":go.mod")
	if first, _, _ := strings.Cut(mod, "\n"); err == nil && first == toolkit {
		apart = ours
	}
	hash := sha256.New()
	for entry := range strings.SplitAfterSeq(listed, "\x00") {
		_, path, _ := strings.Cut(strings.TrimSuffix(entry, "\x00"), "\t")
		if !slices.ContainsFunc(apart, func(o string) bool {
			return path == o || strings.HasSuffix(o, "/") && strings.HasPrefix(path, o)
		}) {
			hash.Write([]byte(entry))
		}
	}
	tools := versions(baseline.Tools)
	for _, version := range []verdict.Text{tools.Git, tools.Node} {
		major, _, _ := strings.Cut(strings.TrimPrefix(string(version), "v"), ".")
		fmt.Fprintf(hash, "%s\x00", major)
	}
	return verdict.Text(hex.EncodeToString(hash.Sum(nil))), nil
}
