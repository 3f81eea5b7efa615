// Package probing takes a gate through probes: it lays the bad sets of a platform over one consumer and the good sets
// over another, and has the gate judge each at ci, where a change has no limit on its files.
//
// Its rules:
//   - What is not seen among others is judged again alone before it is called so: some rules name one file only.
//   - What is known of a version needs no second look.
//   - A rule that fails its probe is a result. What no probe can be made with ends the run.
package probing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/evidence"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Plan says with which gate to make which probes. Of the engine's plan the first scenario names the branch.
type Plan struct {
	engine.Plan
	// All are the probes of the source repository, and Probes those of them to make.
	All, Probes []probe.Probe
	// Alone has what is known to fail judged again alone too: so that what became of it is what the gate did.
	Alone bool
	// Clean takes the secrets out of a text.
	Clean func(string) string
}

// Observer is told how it goes, beside what an engine tells.
type Observer interface {
	engine.Observer
	// Judges is called when the gate begins to judge some sets, and ended when it has. It is called by any goroutine.
	Judges(sets string) (ended func())
}

// run is one call of Make.
type run struct {
	Plan
	observer Observer
	prepared *engine.Prepared

	mu sync.Mutex
	// active are the rules that were at work.
	active map[string]bool
}

// Make makes the probes of a plan, and returns what became of the rules. The error is a *suite.Failure of what no probe
// could be made with.
func Make(ctx context.Context, plan Plan, observer Observer) (*probe.Report, error) {
	r := &run{Plan: plan, observer: observer, active: map[string]bool{}}
	report, err := r.make(ctx)
	if err != nil {
		return nil, r.AsFailure(ctx, suite.Toolchain, err)
	}
	return report, nil
}

func (r *run) make(ctx context.Context) (*probe.Report, error) {
	var err error
	steps := []suite.Step{suite.FeatureBranch, suite.SeedCommit}
	if r.prepared, err = engine.Prepare(ctx, r.Plan.Plan, r.observer, steps...); err != nil {
		return nil, err
	}
	defer r.prepared.Close()
	facts := r.prepared.Facts
	version := string(facts.PackageVersion)
	report := &probe.Report{Facts: facts, ProbesSHA256: probe.Digest(r.Probes), Rules: []probe.Result{}}
	report.Whole = len(r.Probes) == len(r.All)

	together, err := r.together(ctx)
	if err != nil {
		return nil, err
	}
	var again []int
	results := make([][]probe.Result, len(r.Probes))
	for i, p := range r.Probes {
		results[i] = r.judge(p, version, together[p.Platform])
		if slices.ContainsFunc(results[i], func(each probe.Result) bool {
			return each.Off() || each.Outcome == probe.Known && r.Alone
		}) {
			again = append(again, i)
		}
	}
	err = r.Slots.Each(ctx, len(again), func(ctx context.Context, i int) error {
		p := r.Probes[again[i]]
		alone, err := r.alone(ctx, p, version, together[p.Platform])
		if err == nil {
			results[again[i]] = r.judge(p, version, alone)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, each := range results {
		report.Rules = append(report.Rules, each...)
	}
	if report.Whole {
		report.Rules = append(report.Rules, r.unprobed()...)
	}
	for i, each := range report.Rules {
		report.Rules[i].Why = verdict.Text(r.Clean(string(each.Why)))
	}
	report.Settle()
	return report, nil
}

// judge returns what becomes of the rules of a probe, and which rules of other platforms accuse it.
func (r *run) judge(p probe.Probe, version string, said probe.Said) []probe.Result {
	said.Active = r.atWork()
	return append(p.Judge(version, said), p.Accusations(said, r.platforms())...)
}

// atWork are the rules that were at work so far.
func (r *run) atWork() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.active))
}

// platforms are those of all probes.
func (r *run) platforms() (names []string) {
	for _, p := range r.All {
		names = append(names, p.Platform)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// unprobed are the rules that were at work and are in no probe.
func (r *run) unprobed() (results []probe.Result) {
	for _, id := range r.atWork() {
		if !slices.ContainsFunc(r.All, func(p probe.Probe) bool { return p.Has(id) }) {
			results = append(results, probe.Result{
				ID: id, Platform: probe.PlatformOf(id), Outcome: probe.Unprobed, Did: probe.Unprobed,
			})
		}
	}
	return results
}

// set is files that are judged at once, and what the gate said of them.
type set struct {
	name  string
	files map[string][]byte
	found []verdict.Finding
}

// together has the gate judge the sets of each platform, and returns what it said by platform.
func (r *run) together(ctx context.Context) (map[string]probe.Said, error) {
	sets := map[string]*set{}
	for _, p := range r.Probes {
		for name, files := range map[string]map[string][]byte{".bad": p.Bad, ".good": p.Good} {
			if len(files) == 0 {
				continue
			}
			if sets[p.Platform+name] == nil {
				sets[p.Platform+name] = &set{name: p.Platform + name, files: map[string][]byte{}}
			}
			maps.Copy(sets[p.Platform+name].files, files)
		}
	}
	all := slices.SortedFunc(maps.Values(sets), func(a, b *set) int { return strings.Compare(a.name, b.name) })
	err := r.Slots.Each(ctx, len(all), func(ctx context.Context, i int) error { return r.ask(ctx, all[i]) })
	said := map[string]probe.Said{}
	for _, p := range r.Probes {
		var of probe.Said
		if bad := sets[p.Platform+".bad"]; bad != nil {
			of.Bad = bad.found
		}
		if good := sets[p.Platform+".good"]; good != nil {
			of.Good = good.found
		}
		said[p.Platform] = of
	}
	return said, err
}

// alone has the gate judge the sets of one probe. Where its bad set is not seen either then, nothing hangs on the good
// one: what it says among others stands.
func (r *run) alone(
	ctx context.Context, p probe.Probe, version string, among probe.Said,
) (said probe.Said, err error) {
	name := strings.ReplaceAll(p.Name, "/", ".")
	bad := &set{name: name + ".bad", files: p.Bad}
	if err := r.ask(ctx, bad); err != nil {
		return said, err
	}
	said = probe.Said{Bad: bad.found, Good: among.Good}
	seen := slices.ContainsFunc(r.judge(p, version, said), func(each probe.Result) bool {
		return each.Did == probe.Seen || each.Did == probe.Noisy
	})
	good := &set{name: name + ".good", files: p.Good}
	if len(p.Good) > 0 && seen {
		err = r.ask(ctx, good)
	}
	if seen {
		said.Good = good.found
	}
	return said, err
}

// addAll stages the files of a set.
var addAll = suite.Step{Name: "probe_files", Does: "stage the files of the probes", Template: "git add --all"}

// stageCI is the stage without the policy on sessions, which blocks some versions before any rule has spoken: it says
// of the rules what it says with a session, and needs none.
var stageCI = suite.Step{
	Name: suite.StageCI.Name, Does: suite.StageCI.Does, Template: "PUMUKI_SDD_BYPASS=1 " + suite.StageCI.Template,
}

// ask has the gate judge a set at ci, in a consumer of its own. A gate that leaves no evidence found nothing.
func (r *run) ask(ctx context.Context, s *set) (err error) {
	defer r.observer.Judges(s.name)()
	c, err := r.prepared.Consumer.Beside(ctx, "probe."+s.name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Remove()) }()
	if err := tree.Lay(s.files, c.Dir); err != nil {
		return r.Failure(suite.SourceRepo, suite.KindEnvironment, suite.ExitFail, fmt.Errorf("%s: %w", s.name, err))
	}
	for _, step := range []suite.Step{addAll, suite.ScenarioCommit, suite.UpstreamBranch} {
		if err := c.Must(ctx, step); err != nil {
			return err
		}
	}
	before := evidence.MarkBefore(c.Dir)
	if _, err := c.Run(ctx, stageCI); err != nil {
		return err
	}
	snapshot, why := evidence.ReadAfter(c.Dir, before)
	if why != nil {
		r.observer.Warn(fmt.Sprintf("%s: %v", s.name, why))
		return nil
	}
	s.found = snapshot.Findings
	r.mu.Lock()
	defer r.mu.Unlock()
	if snapshot.Coverage != nil {
		for _, id := range snapshot.Coverage.Active {
			r.active[id] = true
		}
	}
	return nil
}
