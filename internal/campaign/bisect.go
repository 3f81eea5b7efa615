package campaign

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// BisectFlags are the options of a bisection as the call gave them; nil where it did not.
type BisectFlags struct {
	// Matrix are those that it has in common with a run; it has no spec, and no scenario.
	Matrix matrix.Flags
	// Good and Bad are the versions at its ends, and Versions those among which it searches.
	Good, Bad, Versions *string
	// Cell, Rule, File and Journey are what it asks for; without them, the verdict.
	Cell, Rule, File, Journey *string
}

// bisect is one bisection.
type bisect struct {
	book
	good, bad string
	question  history.Question
	// one is the promise that is asked for, alone; the ledger may know it beside all others, which promises are.
	one   promises
	found history.Bisection
}

// reply is what a version says to the question, and where that was read from.
type reply struct {
	history.Reply
	// entry is its verdict; of the zero value where a promise is asked for. Name is that of the entry or the account in
	// the ledger.
	entry artifact.Entry
	name  verdict.Text
	// known tells that the ledger had it before.
	known bool
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
			switch b.question.File = verdict.Text(text); {
			case text == "" && flags.File != nil:
				return errors.New("it is empty")
			case text != "" && b.question.Rule == "":
				return errors.New("there is no rule")
			}
			return nil
		})
	read.Read("journey", flags.Journey, "", "the name of a journey, and goes with no other question",
		func(text string) error {
			other := b.question != history.Question{}
			switch b.question.Journey = verdict.Text(text); {
			case text == "" && flags.Journey != nil:
				return errors.New("it is empty")
			case text != "" && other:
				return errors.New("one question is asked at a time")
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
	if refused := b.refused(usage, unfit); refused != nil {
		return refused
	}
	if failure := b.pose(); failure != nil {
		return failure
	}
	all, failure := b.openLedger(ctx)
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

// pose finds the promise that is asked for: a journey, or the probe of a rule where neither a cell nor a file is named.
func (b *bisect) pose() *suite.Failure {
	q := &b.question
	switch {
	case q.Journey != "":
		b.promises.kinds = []promise.Kind{promise.Journeys}
	case q.Rule != "" && q.Scenario == "" && q.File == "":
		b.promises.kinds = []promise.Kind{promise.Probes}
	default:
		return nil
	}
	err := b.promises.read(b.plan.Source)
	if err != nil && (q.Journey != "" || !errors.Is(err, probe.ErrNone)) {
		return b.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, err)
	}
	b.one = b.promises
	if q.Journey == "" {
		at := slices.IndexFunc(b.promises.probes, func(p probe.Probe) bool { return p.Has(string(q.Rule)) })
		if at < 0 { // the scenarios are asked whether they report it
			b.promises.kinds = nil
			return nil
		}
		q.Probe, b.one.probes = verdict.Text(b.promises.probes[at].Name), b.promises.probes[at:at+1]
		return nil
	}
	at := slices.IndexFunc(b.promises.journeys, func(j journey.Journey) bool { return j.Name == string(q.Journey) })
	if at < 0 {
		err := fmt.Errorf("-journey: no journey is called %s", plain.Word(string(q.Journey)))
		return b.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, err)
	}
	b.one.journeys = b.promises.journeys[at : at+1]
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
	ends, err := both(ctx, func(ctx context.Context, i int) (reply, error) {
		return b.answer(ctx, workers[i], []*version{good, bad}[i])
	})
	if err != nil {
		return err
	}
	differ := ends[0].Told && ends[1].Told && ends[0].Said != ends[1].Said
	if b.question.Kind() == "" {
		b.question, differ = b.question.Where(ends[0].entry, ends[1].entry)
		b.found.Question = b.question
		for i := range ends {
			ends[i].Reply = b.question.Of(ends[i].entry)
		}
	}
	said := ends[0].Said
	b.note(good, ends[0], "")
	last := b.note(bad, ends[1], said)
	if !ends[0].Told || last == history.Untold || !differ {
		b.found.Settle(differ || !ends[0].Told || last == history.Untold)
		return nil
	}
	search := history.NewSearch(len(between), first)
	for at, v := range between[1 : len(between)-1] {
		if r, found := b.find(v); found {
			search.Tell(at+1, b.note(v, r, said))
		}
	}
	for at, more := search.Next(); more; at, more = search.Next() {
		b.console.Say("%d of %s left to ask: %s", search.Left(), versions(len(between)), between[at].Version)
		r, err := b.need(ctx, workers[0], between[at])
		if err != nil {
			return err
		}
		search.Tell(at, b.note(between[at], r, said))
	}
	return b.conclude(ctx, search, between, first)
}

// answer asks a version, unless the ledger knows what it says.
func (b *bisect) answer(ctx context.Context, worker string, v *version) (reply, error) {
	if r, found := b.find(v); found {
		return r, nil
	}
	return b.need(ctx, worker, v)
}

// find finds in the ledger what a version says; false where it does not know.
func (b *bisect) find(v *version) (reply, bool) {
	if kind := b.question.Kind(); kind != "" {
		account, found := b.account(v, kind)
		r := reply{Reply: b.question.OfAccount(account), name: verdict.Text(v.accounts[kind].entry), known: true}
		return r, found
	}
	entry, found := b.known(v)
	return reply{Reply: b.question.Of(entry), entry: entry, name: verdict.Text(v.entry), known: true}, found
}

// need asks a version no further than the question needs: for a cell its scenario, up to its stage, and for a promise
// that alone.
func (b *bisect) need(ctx context.Context, worker string, v *version) (r reply, err error) {
	plan := b.plan
	switch kind := b.question.Kind(); {
	case kind != "":
		account, asked, err := b.ask(ctx, worker, v, &b.one, kind)
		if r.Reply = b.question.OfAccount(account); !asked {
			r.Why = v.accounts[kind].why
		}
		return r, err
	case b.question.Scenario == "":
		r.entry, err = b.judge(ctx, worker, v)
		r.name = verdict.Text(v.entry)
	default:
		plan.Scenarios = slices.DeleteFunc(slices.Clone(plan.Scenarios), func(s suite.Scenario) bool {
			return s.Name != string(b.question.Scenario)
		})
		plan.Until = string(b.question.Stage)
		r.entry, err = b.probe(ctx, worker, v, plan)
	}
	r.Reply = b.question.Of(r.entry)
	return r, err
}

// note notes what a version said beside what the good end did, and says so.
func (b *bisect) note(v *version, r reply, good string) history.Answer {
	p := r.Ask(b.told(v), r.name, good, r.known)
	b.found.Probes = append(b.found.Probes, p)
	if !p.Known {
		b.console.Say("%s", p)
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
	two := [2]*version{older, newer}
	entries, err := both(ctx, func(ctx context.Context, i int) (artifact.Entry, error) {
		if entry, known := b.known(two[i]); known {
			return entry, nil
		}
		return b.judge(ctx, workers[i], two[i])
	})
	if err != nil {
		return err
	}
	for i, p := range f.Probes {
		for _, v := range two {
			switch {
			case p.Version != v.Version:
			case b.question.Kind() == "":
				f.Probes[i].Entry = verdict.Text(v.entry)
			default:
				f.Probes[i].VerdictEntry = verdict.Text(v.entry)
			}
		}
	}
	f.Step = f.StepBetween(older.Version, newer.Version, entries[0], entries[1])
	f.Settle(true)
	return nil
}
