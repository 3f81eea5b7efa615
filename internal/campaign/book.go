package campaign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/ledger"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// book is a call whose verdicts are kept in a ledger.
type book struct {
	call
	// selection is the versions, and asked the same as the call named it.
	selection npm.Selection
	asked     string
	// fresh judges what the ledger knows.
	fresh  bool
	dir    string
	ledger *ledger.Ledger
	// put counts what this call put into the ledger.
	put atomic.Int64
	// head is what each verdict follows from, beside the gate.
	head history.Head
	// promises are asked of each version beside its verdict.
	promises promises
}

// workers judge a gate each: while one runs its stages, the other is installed.
var workers = []string{"one", "two"}

// version is a version of the gate, and what is known of it.
type version struct {
	npm.Candidate
	// entry is the name of the verdict on it in the ledger; empty before there is one, and where it has none for a
	// reason, which why then tells.
	entry, why string
	// from is the version before it, with which upgrades begin; nil where there is none.
	from *version
	// accounts are the same as entry and why, of each kind of promise that was asked.
	accounts map[promise.Kind]place
}

// place is where an account lies in the ledger, or why it does not.
type place struct{ entry, why string }

// begin reads the options that every such call has, and makes it one of a target that makes something. The error is a
// wrong call.
func (b *book) begin(
	ctx context.Context, host matrix.Host, flags matrix.Flags, target, makes string,
) (matrix.Options, error) {
	no, gate := false, "embedded"
	flags.Spec, flags.Gates = &gate, len(workers)
	flags.Keep, flags.Isolated, flags.Export = &no, &no, &no
	options, usage := flags.Resolve(host)
	plan, secrets := options.Plan(ctx, host)
	b.call = call{target: target, makes: makes, host: host, secrets: secrets, plan: plan, within: b.within}
	folder := filepath.Join(options.Root, artifact.Folder)
	if b.within != nil {
		folder = b.within.Above()
	}
	b.fresh, b.dir = options.Fresh, cmp.Or(options.Ledger, filepath.Join(folder, ledger.Folder))
	return options, usage
}

// readVersions reads the option -versions.
func (b *book) readVersions(read *matrix.Call, flag *string) {
	read.Read("versions", flag, "*", npm.SelectionForms, func(text string) (err error) {
		b.asked = text
		b.selection, err = npm.ParseSelection(text, gateName, b.host.Dir)
		return err
	})
}

// openLedger finds the baseline fit, and which versions there are, and opens the ledger, which is then the caller's to
// close. Those that were unpublished are named, and left out.
func (b *book) openLedger(ctx context.Context) ([]*version, *suite.Failure) {
	b.sweepUp(ctx)
	if err := b.examine(ctx); err != nil {
		return nil, b.plan.AsFailure(ctx, suite.SourceRepo, err)
	}
	chosen, failure := candidates(ctx, b.plan, b.selection)
	if failure != nil {
		return nil, failure
	}
	var err error
	if b.ledger, err = ledger.Open(b.dir); err != nil {
		return nil, b.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	var all []*version
	var before *version
	for _, c := range chosen {
		if c.Gone {
			b.console.Say("%s was unpublished: nobody can install it", c.Version)
			continue
		}
		v := &version{Candidate: c, from: before, accounts: map[promise.Kind]place{}}
		all, before = append(all, v), v
	}
	return all, nil
}

// examine finds the baseline fit, and what every verdict follows from beside the gate.
func (b *book) examine(ctx context.Context) error {
	plan := b.plan
	baseline, err := b.fit(ctx, &plan)
	if err != nil {
		return err
	}
	defer plan.Work.Remove()
	b.head = history.Head{
		SourceCommit: verdict.Text(baseline.Commit), Suite: plan.Suite, Selection: b.secrets.String(b.asked),
		Families: comparison.Families(plan.Suite, plan.Findings), Ledger: b.ledgerName(),
	}
	if b.head.ContractSHA256, err = engine.Contract(ctx, baseline, plan.Scenarios, plan.Findings); err == nil {
		b.head.ConsumerSHA256, err = engine.Consumer(ctx, baseline)
	}
	if err != nil || b.promises.kinds == nil {
		return err
	}
	for _, kind := range b.promises.kinds {
		b.head.Asked = append(b.head.Asked, b.promises.of(kind))
	}
	b.head.SuiteSHA256, err = engine.Contract(ctx, baseline, plan.Suite, plan.Findings)
	return err
}

// ledgerName is the directory of the ledger as an artifact names it.
func (b *book) ledgerName() string {
	if near, err := filepath.Rel(b.store.Above(), b.dir); err == nil && filepath.IsLocal(near) {
		up, err := filepath.Rel(b.store.Dir(), b.store.Above())
		if err == nil {
			return filepath.ToSlash(filepath.Join(up, near))
		}
	}
	return b.dir
}

// known finds the verdict on a version in the ledger, and notes its name; false where there is none that this call asks
// for.
func (b *book) known(v *version) (entry artifact.Entry, found bool) {
	if v.entry != "" { // this call has found it, or judged it
		if entry, err := b.ledger.Read(v.entry); err == nil {
			return entry, true
		}
	}
	if b.fresh || v.Integrity == "" {
		return entry, false
	}
	is, integrity := verdict.Text(v.Version), verdict.Text(v.Integrity)
	key := artifact.KeyOf(is, integrity, b.head.ContractSHA256, b.head.ConsumerSHA256)
	entry, name, err := b.ledger.Find(key)
	if err != nil {
		b.warn(fmt.Sprintf("the ledger %s has what does not hold, and it is not believed: %v", b.dir, err))
	}
	v.entry = name
	return entry, name != ""
}

// judge judges a version, puts the verdict into the ledger and notes its name. The error is of what no version can be
// judged with.
func (b *book) judge(ctx context.Context, worker string, v *version) (artifact.Entry, error) {
	entry, err := b.probe(ctx, worker, v, b.plan)
	if err != nil {
		return entry, err
	}
	// What no registry tells the tarball of has no key.
	if _, v.why = history.Came(entry); entry.PackageIntegrity == "" {
		b.warn(fmt.Sprintf("%s is not in the ledger: the registry does not tell its integrity", v.Version))
	} else if v.entry, err = b.ledger.Put(entry); err != nil {
		return entry, b.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	} else {
		b.put.Add(1)
	}
	return entry, nil
}

// probe judges a version by a plan. The error is of what no version can be judged with.
func (b *book) probe(ctx context.Context, worker string, v *version, plan engine.Plan) (e artifact.Entry, err error) {
	if plan.Spec, err = npm.ParseSpec(v.Spec, b.host.Dir); err != nil {
		return e, b.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitFail, err)
	}
	// The cache holds but a few consumers: this is not one of them, but made on what all have in common.
	plan.Passing = true
	if err := b.ready(&plan, false); err != nil {
		return e, err
	}
	defer plan.Work.Remove()
	if b.console.Watched() { // the lines of the live view bear the names of the workers
		b.console.Say("%s: %s", worker, v.Version)
	}
	run, err := engine.Judge(ctx, plan, quietWatcher{watcher{&b.call, worker}})
	f := suite.AsFailure(err)
	broke, judged := matrix.Judged(ctx, f, b.secrets.String)
	if !judged {
		return e, f
	}
	if broke != nil {
		run.PackageName, run.PackageVersion = gateName, verdict.Text(v.Version)
		run.PackageIntegrity = cmp.Or(run.PackageIntegrity, verdict.Text(v.Integrity))
		f = nil
	}
	b.finish(run, f)
	b.store.Stamp(&run.Facts)
	return artifact.EntryOf(run, b.head.ConsumerSHA256, matrix.System, broke), nil
}

// account finds the account of the promises of a kind with a version in the ledger, and notes its name; false where
// there is none that this call asks for.
func (b *book) account(v *version, kind promise.Kind) (account artifact.Account, found bool) {
	if is := v.accounts[kind]; is.entry != "" {
		if account, err := b.ledger.ReadAccount(is.entry); err == nil {
			return account, true
		}
	}
	if b.fresh || v.Integrity == "" {
		return account, false
	}
	key := artifact.AccountKeyOf(b.promises.of(kind), b.from(v, &b.promises, kind), verdict.Text(v.Version),
		verdict.Text(v.Integrity), b.head.SuiteSHA256, b.head.ConsumerSHA256)
	account, name, err := b.ledger.FindAccount(key)
	if err != nil {
		b.warn(fmt.Sprintf("the ledger %s has what does not hold, and it is not believed: %v", b.dir, err))
	}
	if name != "" {
		v.accounts[kind] = place{entry: name}
	}
	return account, name != ""
}

// accounts reads the accounts of a version that are in the ledger.
func (b *book) accounts(v *version) (all []artifact.Account, err error) {
	for _, kind := range b.promises.kinds {
		if is := v.accounts[kind]; is.entry != "" {
			account, err := b.ledger.ReadAccount(is.entry)
			if err != nil {
				return nil, err
			}
			all = append(all, account)
		}
	}
	return all, nil
}

// from names the gate with which some promises of a kind begin: the version before; empty where none does.
func (b *book) from(v *version, p *promises, kind promise.Kind) verdict.Text {
	if kind != promise.Journeys || v.from == nil || !p.begin() {
		return ""
	}
	return begins(v.from.Version, v.from.Integrity)
}

// begins names a gate with which promises begin, by its version and the integrity of its tarball.
func begins(version, integrity string) verdict.Text {
	return verdict.Text(strings.TrimSpace(version + " " + integrity))
}

// ask asks a version for some promises of a kind. It returns false where the gate cannot be asked, and notes why. The
// error is of what no version can be asked with.
func (b *book) ask(
	ctx context.Context, worker string, v *version, p *promises, kind promise.Kind,
) (account artifact.Account, asked bool, err error) {
	e := errand{plan: b.plan, kind: kind, name: worker}
	if e.plan.Spec, err = npm.ParseSpec(v.Spec, b.host.Dir); err != nil {
		return account, false, b.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitFail, err)
	}
	e.plan.Passing = true
	from := b.from(v, p, kind)
	if from != "" {
		spec, err := npm.ParseSpec(v.from.Spec, b.host.Dir)
		if err != nil {
			return account, false, b.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitFail, err)
		}
		e.from = &spec
	}
	found, err := b.call.ask(ctx, p, e)
	switch {
	case found.broke != nil:
		v.accounts[kind] = place{why: found.broke.String()}
		return account, false, nil
	case err != nil:
		return account, false, err
	}
	account = artifact.Account{
		Facts: found.facts, ConsumerSHA256: b.head.ConsumerSHA256, System: matrix.System,
		Account: promise.Account{Asked: p.of(kind), From: from, Promises: found.promises},
	}
	account.ContractSHA256 = b.head.SuiteSHA256
	account.PackageSpec = b.secrets.String(account.PackageSpec)
	b.store.Stamp(&account.Facts)
	return account, true, nil
}

// keep puts an account into the ledger, and notes its name.
func (b *book) keep(v *version, account artifact.Account) error {
	if account.PackageIntegrity == "" {
		v.accounts[account.Kind] = place{why: "the registry does not tell the integrity of its tarball"}
		return nil
	}
	name, err := b.ledger.Put(account)
	if err != nil {
		return b.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	v.accounts[account.Kind] = place{entry: name}
	b.put.Add(1)
	return nil
}

// stamp names and dates what the call leaves.
func (b *book) stamp(head *history.Head) {
	var facts verdict.Facts
	b.store.Stamp(&facts)
	head.SchemaVersion, head.RunID, head.GeneratedAt = facts.SchemaVersion, facts.RunID, facts.GeneratedAt
}

// leave writes a sweep, and what is made of it.
func (b *book) leave(found *history.Sweep) error {
	b.stamp(&found.Head)
	return errors.Join(b.store.Swept(found), publish.WriteSweep(b.store, found))
}

// told is a version as an artifact tells it, but for what its entry does.
func (b *book) told(v *version) history.Version {
	told := history.Version{
		Version: v.Version, Deprecated: verdict.Text(b.secrets.String(v.Deprecated)), Entry: verdict.Text(v.entry),
	}
	for _, kind := range b.promises.kinds {
		is := v.accounts[kind]
		if is == (place{}) {
			continue // it could not be judged
		}
		told.Promises = append(told.Promises, history.Promised{
			Kind: kind, Entry: verdict.Text(is.entry), Why: verdict.Text(is.why), Broken: []string{},
		})
	}
	if !v.Published.IsZero() {
		told.Published = verdict.Text(v.Published.UTC().Format(artifact.TimeLayout))
	}
	return told
}

// quietWatcher shows the steps of many gates in the live view alone: as plain lines they would be thousands.
type quietWatcher struct{ watcher }

func (w quietWatcher) Step(scenario string, step suite.Step) (ended func()) {
	if !w.console.Watched() {
		return func() {}
	}
	return w.watcher.Step(scenario, step)
}
