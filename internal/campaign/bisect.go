package campaign

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// BisectFlags are the options of a bisection as the call gave them; nil where it did not.
type BisectFlags struct {
	// Matrix are those that it has in common with a run; it has no spec, and no scenario.
	Matrix matrix.Flags
	// Good and Bad are the versions at its ends, and Versions those among which it searches.
	Good, Bad, Versions *string
	// Cell, Rule and File are what it asks for; without them, the verdict.
	Cell, Rule, File *string
}

// bisect is one bisection.
type bisect struct {
	book
	good, bad string
	question  history.Question
	found     history.Bisection
}

// Bisect finds two versions between which the answer to a question changes, and shows what else changed there. The
// error is a *matrix.Exit.
func Bisect(ctx context.Context, host matrix.Host, flags BisectFlags) error {
	b := &bisect{}
	options, usage := b.begin(ctx, host, flags.Matrix, artifact.Bisect, "bisection")
	b.plan.Scenarios = b.plan.Suite // the verdict is on all of them
	usage = errors.Join(usage, b.resolve(flags))
	return b.attend(ctx, options.Root, workers, (*artifact.Store).BeginBisection, func() error {
		if failure := b.execute(ctx, usage, options.Unfit); failure != nil {
			return b.failed(failure)
		}
		b.console.Print(b.found.Text())
		if b.found.Outcome == history.Found {
			return nil
		}
		return &matrix.Exit{Code: b.found.ExitCode, Line: fmt.Sprintf("exit %d: %s; see %s", b.found.ExitCode,
			b.found.Conclusion(), path.Join(artifact.Folder, artifact.BisectionName))}
	})
}

// resolve reads the options that a run does not have.
func (b *bisect) resolve(flags BisectFlags) error {
	read := matrix.Call{Env: b.host.Env}
	const end = "a version, such as 6.3.265"
	read.Read("good", flags.Good, "", end, named("good", &b.good))
	read.Read("bad", flags.Bad, "", end, named("bad", &b.bad))
	b.readVersions(&read, flags.Versions)
	var cells []string
	for _, s := range b.plan.Suite {
		for _, stage := range suite.Stages() {
			cells = append(cells, s.Name+"/"+stage.Name)
		}
	}
	read.Read("cell", flags.Cell, "", "one of "+strings.Join(cells, ", "), func(text string) error {
		scenario, stage, _ := strings.Cut(text, "/")
		b.question.Scenario, b.question.Stage = verdict.Text(scenario), verdict.Text(stage)
		if (text != "" || flags.Cell != nil) && !slices.Contains(cells, text) {
			return fmt.Errorf("%q is no cell", text)
		}
		return nil
	})
	read.Read("rule", flags.Rule, "", "the name of a rule", func(text string) error {
		if b.question.Rule = verdict.Text(text); text == "" && flags.Rule != nil {
			return errors.New("it is empty")
		}
		return nil
	})
	read.Read("file", flags.File, "", "the path of a file that the rule reports, and goes with -rule",
		func(text string) error {
			if b.question.File = verdict.Text(text); text != "" && b.question.Rule == "" {
				return errors.New("there is no rule")
			}
			return nil
		})
	return read.Wrong()
}

// named reads the version at an end, which must be named.
func named(end string, into *string) func(string) error {
	return func(text string) error {
		if *into = text; text == "" {
			return fmt.Errorf("no version is named by -%s", end)
		}
		return nil
	}
}

// execute searches, and writes what it found.
func (b *bisect) execute(ctx context.Context, usage, unfit error) *suite.Failure {
	all, failure := b.openLedger(ctx, usage, unfit)
	if failure != nil {
		return failure
	}
	defer b.ledger.Close()
	between, err := b.ends(all)
	if err == nil {
		err = b.search(ctx, between)
	}
	if err != nil {
		return b.plan.AsFailure(ctx, suite.SourceRepo, err)
	}
	b.stamp(&b.found.Head)
	if err := b.store.Bisected(&b.found); err != nil {
		return b.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	return nil
}

// ends returns the versions from one end to the other, the oldest first.
func (b *bisect) ends(all []*version) ([]*version, error) {
	place := func(name string) int {
		return slices.IndexFunc(all, func(v *version) bool { return v.Version == name })
	}
	good, bad := place(b.good), place(b.bad)
	for flag, name := range map[string]string{"-good": b.good, "-bad": b.bad} {
		if place(name) < 0 {
			err := fmt.Errorf("%s: %s is none of the %s of %s\nMend: mage versions -versions=%[4]s prints them", flag,
				name, versions(len(all)), b.asked)
			return nil, b.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, err)
		}
	}
	if good == bad {
		err := fmt.Errorf("-good and -bad are both %s", b.good)
		return nil, b.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, err)
	}
	return all[min(good, bad) : max(good, bad)+1], nil
}

// search asks the ends, and then the versions between them until two neighbours answer differently.
func (b *bisect) search(ctx context.Context, between []*version) error {
	good, bad := between[0], between[len(between)-1]
	first := history.Good
	if good.Version != b.good {
		good, bad, first = bad, good, history.Bad
	}
	b.found = history.Bisection{
		Head: b.head, Question: b.question, Good: b.good, Bad: b.bad, Versions: len(between), Between: []string{},
		Elsewhere: []history.Change{}, Probes: []history.Probe{},
	}
	entries, known, err := b.both(ctx, b.need, good, bad)
	if err != nil {
		return err
	}
	var differ bool
	b.question, differ = b.question.Where(entries[0], entries[1])
	b.found.Question = b.question
	said, told := b.question.Of(entries[0])
	b.note(good, b.question.Ask(b.told(good), entries[0], "", known[0]))
	last := b.note(bad, b.question.Ask(b.told(bad), entries[1], said, known[1]))
	if !told || last == history.Untold || !differ {
		b.found.Settle(differ || !told || last == history.Untold)
		return nil
	}
	search := history.NewSearch(len(between), first)
	for at, v := range between[1 : len(between)-1] {
		if entry, found := b.known(v); found {
			search.Tell(at+1, b.note(v, b.question.Ask(b.told(v), entry, said, true)))
		}
	}
	for at, more := search.Next(); more; at, more = search.Next() {
		b.console.Say("%d of %s left to ask: %s", search.Left(), versions(len(between)), between[at].Version)
		entry, err := b.need(ctx, workers[0], between[at])
		if err != nil {
			return err
		}
		search.Tell(at, b.note(between[at], b.question.Ask(b.told(between[at]), entry, said, false)))
	}
	return b.conclude(ctx, search, between, first)
}

// both judges two versions at once, unless the ledger knows them, and tells whether it did.
func (b *bisect) both(
	ctx context.Context, judge func(context.Context, string, *version) (artifact.Entry, error), two ...*version,
) (entries [2]artifact.Entry, known [2]bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var working sync.WaitGroup
	var first sync.Once
	for i, v := range two {
		if entries[i], known[i] = b.known(v); known[i] {
			continue
		}
		working.Go(func() {
			var broke error
			if entries[i], broke = judge(ctx, workers[i], v); broke != nil {
				first.Do(func() { err = broke })
				cancel(errBroke)
			}
		})
	}
	working.Wait()
	return entries, known, err
}

// need judges a version no further than the question needs: for a cell its scenario, up to its stage.
func (b *bisect) need(ctx context.Context, worker string, v *version) (artifact.Entry, error) {
	if b.question.Scenario == "" {
		return b.judge(ctx, worker, v)
	}
	plan := b.plan
	plan.Scenarios = slices.DeleteFunc(slices.Clone(plan.Scenarios), func(s suite.Scenario) bool {
		return s.Name != string(b.question.Scenario)
	})
	plan.Until = string(b.question.Stage)
	return b.probe(ctx, worker, v, plan)
}

// note notes a probe, and says what came of it.
func (b *bisect) note(v *version, p history.Probe) history.Answer {
	b.found.Probes = append(b.found.Probes, p)
	if !p.Known {
		b.console.Say("%s: %s: %s", v.Version, p.Answer, p.Said)
	}
	return p.Answer
}

// conclude looks at what the search has found: all that changed there, and where else the answer changes.
func (b *bisect) conclude(
	ctx context.Context, search *history.Search, between []*version, first history.Answer,
) error {
	before, after := search.Between()
	older, newer := between[before], between[after]
	f := &b.found
	f.LastGood, f.FirstBad = verdict.Text(older.Version), verdict.Text(newer.Version)
	if first == history.Bad {
		f.LastGood, f.FirstBad = f.FirstBad, f.LastGood
	}
	for _, v := range between[before+1 : after] {
		f.Between = append(f.Between, v.Version)
	}
	for _, c := range search.Changes() {
		f.Elsewhere = append(f.Elsewhere, history.Change{From: between[c[0]].Version, To: between[c[1]].Version})
	}
	b.console.Say("it changes from %s to %s: what else did?", older.Version, newer.Version)
	entries, _, err := b.both(ctx, b.judge, older, newer)
	if err != nil {
		return err
	}
	for i, p := range f.Probes {
		for _, v := range []*version{older, newer} {
			if p.Version == v.Version {
				f.Probes[i].Entry = verdict.Text(v.entry)
			}
		}
	}
	f.Step = f.StepBetween(older.Version, newer.Version, entries[0], entries[1])
	f.Settle(true)
	return nil
}
