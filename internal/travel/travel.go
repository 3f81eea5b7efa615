// Package travel makes journeys: it prepares one consumer with a gate, and takes a copy of it through each script.
//
// Its rules:
//   - Every journey has a consumer, a remote repository and a home directory of its own, and sees no other's.
//   - Every program runs through internal/process, in the environment of the run.
//   - A journey that fails is a result. What no journey can be made with ends the run.
package travel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Plan says which journeys to make, with which gate. Of the engine's plan the first scenario names the branch.
type Plan struct {
	engine.Plan
	// Journeys are made in their order, as many at once as there are slots.
	Journeys []journey.Journey
	// From is the gate with which some journeys begin; nil where there is none, for the reason Without.
	From    *npm.Spec
	Without string
	// Clean takes the secrets out of a text.
	Clean func(string) string
}

// Observer is told how it goes, beside what an engine tells.
type Observer interface {
	engine.Observer
	// Begins is called when a journey begins, and ended with what became of it. Kept is where its consumer stays, empty
	// where it does not. They are called by any goroutine.
	Begins(journey.Journey) (ended func(result journey.Result, kept string))
}

// run is one call of Make.
type run struct {
	Plan
	observer Observer
	prepared *engine.Prepared
	// starts are the consumers that the journeys copy.
	starts map[journey.Start]*workspace.Consumer
	remote string
	from   npm.Package
}

// install lets git call the gate. Not every version does that when npm installs it.
var install = suite.Step{Name: "gate_install", Does: "install the gate's hooks", Template: `npx --no pumuki install`}

// steps take the consumer to where the gate's pre-write check comes next, with everything committed.
func (r *run) steps() []suite.Step {
	flow := suite.Flow(r.Spec.Form == npm.Embedded, false)
	seed := slices.IndexFunc(flow, func(s suite.Step) bool { return s.Name == suite.SeedCommit.Name })
	return slices.Insert(flow[:seed+1], seed, install)
}

// Make makes the journeys of a plan, and returns what became of them, in the order of their names. The error is a
// *suite.Failure of what no journey could be made with.
func Make(ctx context.Context, plan Plan, observer Observer) (*journey.Report, error) {
	r := &run{Plan: plan, observer: observer}
	report, err := r.make(ctx)
	if err != nil {
		return nil, r.AsFailure(ctx, suite.Toolchain, err)
	}
	return report, nil
}

func (r *run) make(ctx context.Context) (*journey.Report, error) {
	var err error
	if r.prepared, err = engine.Prepare(ctx, r.Plan.Plan, r.observer, r.steps()...); err != nil {
		return nil, err
	}
	defer r.prepared.Close()
	facts := r.prepared.Facts
	report := &journey.Report{Facts: facts, JourneysSHA256: journey.Digest(r.Journeys)}
	version := string(facts.PackageVersion)
	var due []journey.Journey
	for _, j := range r.Journeys {
		if why := r.skips(j, version); why != "" {
			skipped := j.Skipped(version, why)
			report.Journeys = append(report.Journeys, skipped)
			r.observer.Begins(j)(skipped, "")
			continue
		}
		due = append(due, j)
	}
	if err := r.ready(ctx, due); err != nil {
		return nil, err
	}
	if r.From != nil && r.from.Version != "" {
		report.From = &journey.Earlier{Spec: r.Clean(r.From.Given), Version: verdict.Text(r.from.Version),
			Integrity: verdict.Text(r.from.Integrity)}
	}
	made, err := r.all(ctx, due)
	if err != nil {
		return nil, err
	}
	report.Journeys = append(report.Journeys, made...)
	report.Settle()
	return report, nil
}

// skips says why a journey is not made; empty where it is.
func (r *run) skips(j journey.Journey, version string) string {
	switch {
	case !j.Made(version) && j.Until == "":
		return fmt.Sprintf("%s is older than %s, the first version that promises it", version, j.Since)
	case !j.Made(version):
		return fmt.Sprintf("%s is not among the versions that promise it: from %s to %s", version,
			cmp.Or(j.Since, "the first"), j.Until)
	case j.NeedsFrom() && r.From == nil:
		return r.Without
	}
	return ""
}

// ready prepares what some journeys copy: consumers, and a remote repository.
func (r *run) ready(ctx context.Context, due []journey.Journey) (err error) {
	r.starts = map[journey.Start]*workspace.Consumer{journey.Ready: r.prepared.Consumer}
	r.starts[journey.Installed] = r.prepared.Consumer
	for _, j := range due {
		if j.Start == journey.Bare && r.starts[journey.Bare] == nil {
			if r.starts[journey.Bare], err = r.prepared.Bare(ctx); err != nil {
				return err
			}
		}
		if j.NeedsFrom() && r.from.Version == "" {
			r.from = npm.Package{Name: r.From.Name, Version: r.From.Version}
			if r.From.Form == npm.Tarball {
				if r.from, err = npm.OfTarball(r.From.Path); err != nil {
					return r.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, fmt.Errorf("-from: %w", err))
				}
			}
		}
	}
	return r.makeRemote(ctx)
}

// makeRemote makes the remote repository, which has the baseline as its main branch, and what the consumers know of it.
func (r *run) makeRemote(ctx context.Context) error {
	r.remote = filepath.Join(r.Work.Scratch(), "remote.git")
	var err error
	git := func(c *workspace.Consumer, args ...string) {
		if err == nil {
			env, _ := c.Environments(r.Work.Scratch())
			_, err = process.Command{Path: "git", Args: args, Dir: c.Dir, Env: env}.Output(ctx)
		}
	}
	c := r.prepared.Consumer
	git(c, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", r.remote)
	git(c, "push", "--quiet", "--no-verify", r.remote, string(r.prepared.Facts.SourceCommit)+":refs/heads/main")
	for _, start := range []journey.Start{journey.Installed, journey.Bare} {
		if c := r.starts[start]; c != nil {
			git(c, "remote", "set-url", "origin", r.remote)
			git(c, "fetch", "--quiet", "origin")
		}
	}
	if err != nil {
		return fmt.Errorf("make a remote repository: %w", err)
	}
	return nil
}

// all makes some journeys, as many at once as there are slots.
func (r *run) all(ctx context.Context, due []journey.Journey) (made []journey.Result, err error) {
	made = make([]journey.Result, len(due))
	return made, r.Slots.Each(ctx, len(due), func(ctx context.Context, i int) (err error) {
		made[i], err = r.one(ctx, due[i])
		return err
	})
}

// one makes a journey. The error is of what no journey can be made with.
func (r *run) one(ctx context.Context, j journey.Journey) (result journey.Result, err error) {
	ended, kept := r.observer.Begins(j), ""
	defer func() { ended(result, kept) }()
	c, err := r.starts[j.Start].Beside(ctx, "journey."+j.Name)
	if err != nil {
		return result, err
	}
	t := &trip{run: r, journey: j, consumer: c, at: c.Dir + ".at"}
	defer func() {
		if r.Keep && result.Line > 0 {
			kept = c.Dir
			return
		}
		_ = errors.Join(c.Remove(), tree.Remove(t.at))
	}()
	if err = t.begin(ctx); err == nil && j.Start == journey.Ready {
		err = c.Take(ctx, suite.PreWrite)
	}
	if err != nil {
		return result, err
	}
	line, log, failed := t.take(ctx)
	skipped, skips := errors.AsType[*skip](failed)
	lost, asks := errors.AsType[*unreachable](failed)
	switch {
	case failed == nil:
	case skips:
		return j.Skipped(string(r.prepared.Facts.PackageVersion), skipped.why), nil
	case ctx.Err() != nil:
		return result, context.Cause(ctx)
	case asks:
		const says = "%s: a registry cannot be asked: %w\n%s"
		failure := r.Failure(suite.NPMInstallPackage, suite.KindEnvironment, suite.ExitFail,
			fmt.Errorf(says, j.Name, lost.error, r.Clean(t.local(log))))
		return result, failure
	case process.NoRoom(failed, log):
		failure := r.Failure(suite.RunInterrupted, suite.KindEnvironment, suite.ExitFail,
			fmt.Errorf("%s: %w: %s", j.Name, failed, process.MakeRoom))
		return result, failure
	default:
		failed = errors.New(r.Clean(t.local(failed.Error())))
	}
	return j.Of(string(r.prepared.Facts.PackageVersion), failed, line, r.Clean(t.local(log))), nil
}

// local is a text in which the directories of a journey have the names by which the script knows them.
func (t *trip) local(text string) string {
	return strings.NewReplacer(t.at, "$WORK", t.consumer.Dir, "$REPO", filepath.Dir(t.at), "$RUN").Replace(text)
}

// begin makes what a journey has of its own beside the consumer: its home, its remote repository and its files.
func (t *trip) begin(ctx context.Context) error {
	err := os.MkdirAll(t.home(), 0o700)
	if err == nil {
		err = tree.Copy(ctx, t.remote, t.remoteDir())
	}
	if err == nil {
		err = tree.Lay(t.journey.Files, t.at)
	}
	if err != nil {
		return fmt.Errorf("begin the journey %s: %w", t.journey.Name, err)
	}
	// What it knows of the remote repository it has from the consumer that it is a copy of.
	git := process.Command{
		Path: "git", Args: []string{"remote", "set-url", "origin", t.remoteDir()}, Dir: t.consumer.Dir,
	}
	git.Env, _ = t.consumer.Environments(t.home())
	if _, err := git.Output(ctx); err != nil {
		return fmt.Errorf("begin the journey %s: %w", t.journey.Name, err)
	}
	return nil
}
