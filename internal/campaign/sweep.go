package campaign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/actions"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/ledger"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// SweepFlags are the options of a sweep as the call gave them; nil where it did not.
type SweepFlags struct {
	// Matrix are those that it has in common with a run; it has no spec.
	Matrix matrix.Flags
	// Versions are the gates. Retry judges those again that could not be judged.
	Versions *string
	Retry    *bool
}

// workers judge a gate each: while one runs its stages, the other is installed.
var workers = []string{"one", "two"}

// sweep is one sweep.
type sweep struct {
	call
	selection npm.Selection
	// asked is the selection as the call named it.
	asked string
	// fresh judges what the ledger knows, and retry what could not be judged before.
	fresh, retry bool
	dir          string
	ledger       *ledger.Ledger
	// head is what each verdict follows from, beside the gate.
	head history.Head

	mu    sync.Mutex
	began time.Time
	// toJudge are how many versions the ledger does not know, and judged how many of these are done.
	toJudge, judged int
}

// row is a version of a sweep.
type row struct {
	npm.Candidate
	// entry is the name of the verdict on it in the ledger; empty before there is one, and where it has none for a
	// reason, which why then tells.
	entry, why string
}

// Sweep judges every version of a selection that the ledger does not know, the newest first, and prints what each of
// them does and where that changed. The error is a *matrix.Exit.
func Sweep(ctx context.Context, host matrix.Host, flags SweepFlags) error {
	no, gate := false, "embedded"
	flags.Matrix.Spec, flags.Matrix.Gates = &gate, len(workers)
	flags.Matrix.Keep, flags.Matrix.Isolated, flags.Matrix.Export = &no, &no, &no
	options, usage := flags.Matrix.Resolve(host)
	plan, secrets := options.Plan(ctx, host)
	s := &sweep{fresh: options.Fresh, call: call{
		target: artifact.Sweep, makes: "sweep", host: host, secrets: secrets, plan: plan,
	}}
	s.dir = cmp.Or(options.Ledger, filepath.Join(options.Root, artifact.Folder, ledger.Folder))
	usage = errors.Join(usage, s.resolve(flags))
	s.openConsole(workers...)
	defer s.console.Close(ctx)
	defer context.AfterFunc(ctx, s.console.Hide)()
	if options.Root != "" {
		// What the last sweep left goes first.
		if err := s.open(options.Root, (*artifact.Store).BeginSweep); err != nil {
			return err
		}
		defer s.store.Close()
	}
	unquote := actions.Quote(process.Environment(host.Env).Get, host.Stderr)
	defer unquote()
	found, failure := s.execute(ctx, usage, options.Unfit)
	if failure != nil {
		if s.judged > 0 {
			s.console.Say("%d verdicts came into the ledger %s; the same call goes on from there.", s.judged, s.dir)
		}
		return s.failed(failure)
	}
	s.console.Print(found.Text())
	if found.ExitCode == suite.ExitPass {
		return nil
	}
	const says = "exit %d: %d of %d met the contract, %d did not, %d could not be judged; see %s"
	return &matrix.Exit{Code: found.ExitCode, Line: fmt.Sprintf(says, found.ExitCode, found.Met, len(found.Versions),
		found.Missed, found.Unjudged, path.Join(artifact.Folder, artifact.SweepReportName))}
}

// resolve reads the options that a run does not have.
func (s *sweep) resolve(flags SweepFlags) error {
	read := matrix.Call{Env: s.host.Env}
	read.Read("versions", flags.Versions, "*", npm.SelectionForms, func(text string) (err error) {
		s.asked = text
		s.selection, err = npm.ParseSelection(text, gateName, s.host.Dir)
		return err
	})
	var retry *string
	if flags.Retry != nil {
		text := strconv.FormatBool(*flags.Retry)
		retry = &text
	}
	read.Read("retry", retry, "false", "true or false", func(text string) (err error) {
		s.retry, err = strconv.ParseBool(text)
		return err
	})
	return read.Wrong()
}

// execute judges what is not known, and writes the sweep, unless the call is wrong or the suite cannot be read.
func (s *sweep) execute(ctx context.Context, usage, unfit error) (*history.Sweep, *suite.Failure) {
	switch {
	case usage != nil:
		return nil, s.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, usage)
	case unfit != nil:
		return nil, s.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, unfit)
	}
	s.sweepUp(ctx)
	if err := s.examine(ctx); err != nil {
		return nil, s.plan.AsFailure(ctx, suite.SourceRepo, err)
	}
	chosen, failure := candidates(ctx, s.plan, s.selection)
	if failure != nil {
		return nil, failure
	}
	var err error
	if s.ledger, err = ledger.Open(s.dir); err != nil {
		return nil, s.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	defer s.ledger.Close()
	var rows, unknown []*row
	for _, c := range chosen {
		if c.Gone {
			s.console.Say("%s was unpublished: nobody can install it", c.Version)
			continue
		}
		r := &row{Candidate: c}
		rows = append(rows, r)
		if !s.known(r) {
			unknown = append(unknown, r)
		}
	}
	slices.Reverse(unknown)
	s.console.Say("%s: the ledger knows %d, %d to judge", versions(len(rows)), len(rows)-len(unknown), len(unknown))
	if err := s.judge(ctx, unknown); err != nil {
		return nil, s.plan.AsFailure(ctx, suite.SourceRepo, err)
	}
	found, err := s.look(rows)
	if err == nil {
		err = s.leave(found)
	}
	if err != nil {
		return nil, s.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	return found, nil
}

// look reads what the versions came to, and holds them side by side.
func (s *sweep) look(rows []*row) (*history.Sweep, error) {
	sweep := history.New(s.head)
	for _, r := range rows {
		v := history.Version{
			Version: r.Version, Deprecated: verdict.Text(s.secrets.String(r.Deprecated)), Entry: verdict.Text(r.entry),
		}
		if !r.Published.IsZero() {
			v.Published = verdict.Text(r.Published.UTC().Format(artifact.TimeLayout))
		}
		if r.entry == "" {
			sweep.AddUnknown(v, r.why)
			continue
		}
		entry, err := s.ledger.Read(r.entry)
		if err != nil {
			return nil, fmt.Errorf("the ledger does not hold what was put into it: %w", err)
		}
		sweep.Add(v, entry)
	}
	return sweep.Sweep(), nil
}

// leave writes a sweep, and what is made of it.
func (s *sweep) leave(found *history.Sweep) error {
	var facts verdict.Facts
	s.store.Stamp(&facts)
	found.SchemaVersion, found.RunID, found.GeneratedAt = facts.SchemaVersion, facts.RunID, facts.GeneratedAt
	return errors.Join(s.store.Swept(found), publish.WriteSweep(s.store, found))
}

// examine finds the baseline fit, and what every verdict follows from beside the gate.
func (s *sweep) examine(ctx context.Context) error {
	plan := s.plan
	if err := s.ready(&plan, true); err != nil {
		return err
	}
	defer plan.Work.Remove()
	shown := s.console.Preflight(suite.Cleanliness)
	baseline, err := plan.Baseline(ctx)
	if shown(); err != nil {
		return err
	}
	s.head = history.Head{
		SourceCommit: verdict.Text(baseline.Commit), Suite: plan.Suite, Selection: s.secrets.String(s.asked),
		Families: comparison.Families(plan.Suite, plan.Findings), Ledger: s.dir,
	}
	if near, err := filepath.Rel(s.store.Dir(), s.dir); err == nil && filepath.IsLocal(near) {
		s.head.Ledger = filepath.ToSlash(near)
	}
	if s.head.ContractSHA256, err = engine.Contract(ctx, baseline, plan.Scenarios, plan.Findings); err == nil {
		s.head.ConsumerSHA256, err = engine.Consumer(ctx, baseline)
	}
	return err
}

// known tells whether the ledger has the verdict on a version that this call asks for, and gives it to its row.
func (s *sweep) known(r *row) bool {
	if s.fresh || r.Integrity == "" {
		return false
	}
	version, integrity := verdict.Text(r.Version), verdict.Text(r.Integrity)
	key := artifact.KeyOf(version, integrity, s.head.ContractSHA256, s.head.ConsumerSHA256)
	entry, found, err := s.ledger.Find(key)
	if err != nil {
		s.warn(fmt.Sprintf("the ledger %s has what does not hold, and it is not believed: %v", s.dir, err))
	}
	if found == "" || s.retry && entry.Broke != nil {
		return false
	}
	r.entry = found
	return true
}

// judge judges versions, and puts each verdict into the ledger as soon as it is known. The error ends the sweep: it is
// of what no version can be judged with.
func (s *sweep) judge(ctx context.Context, rows []*row) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.began, s.toJudge = time.Now(), len(rows)
	queue := make(chan *row, len(rows))
	for _, r := range rows {
		queue <- r
	}
	close(queue)
	var working sync.WaitGroup
	var first sync.Once
	for _, worker := range workers {
		working.Go(func() {
			for r := range queue {
				broke := ctx.Err()
				if broke == nil {
					broke = s.one(ctx, worker, r)
				}
				if broke != nil {
					first.Do(func() { err = broke })
					cancel(errBroke)
					return
				}
			}
		})
	}
	working.Wait()
	return err
}

// one judges one version. The error ends the sweep.
func (s *sweep) one(ctx context.Context, worker string, r *row) error {
	plan := s.plan
	var err error
	if plan.Spec, err = npm.ParseSpec(r.Spec, s.host.Dir); err != nil {
		return s.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitFail, err)
	}
	// The cache holds but a few consumers: what is swept is not one of them, but made on what all have in common.
	plan.Passing = true
	if err := s.ready(&plan, false); err != nil {
		return err
	}
	defer plan.Work.Remove()
	if s.console.Watched() { // the lines of the live view bear the names of the workers
		s.console.Say("%s: %s", worker, r.Version)
	}
	run, err := engine.Judge(ctx, plan, sweepWatcher{watcher{&s.call, worker}})
	f := suite.AsFailure(err)
	broke, judged := matrix.Judged(ctx, f, s.secrets.String)
	if !judged {
		return f
	}
	if broke != nil {
		run.PackageName, run.PackageVersion = gateName, verdict.Text(r.Version)
		run.PackageIntegrity = cmp.Or(run.PackageIntegrity, verdict.Text(r.Integrity))
		f = nil
	}
	s.finish(run, f)
	s.store.Stamp(&run.Facts)
	entry := artifact.EntryOf(run, s.head.ConsumerSHA256, matrix.System, broke)
	said, why := history.Came(entry)
	// What no registry tells the tarball of has no key.
	if r.why = why; entry.PackageIntegrity == "" {
		s.warn(fmt.Sprintf("%s is not in the ledger: the registry does not tell its integrity", r.Version))
	} else if r.entry, err = s.ledger.Put(entry); err != nil {
		return s.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	s.progress(r, said)
	return nil
}

// sweepWatcher shows the steps of many gates in the live view alone: as plain lines they would be thousands.
type sweepWatcher struct{ watcher }

func (w sweepWatcher) Step(scenario string, step suite.Step) (ended func()) {
	if !w.console.Watched() {
		return func() {}
	}
	return w.watcher.Step(scenario, step)
}

// progress says what a version came to, and how far the sweep is.
func (s *sweep) progress(r *row, said string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.judged++
	each := time.Since(s.began) / time.Duration(s.judged)
	left := (each * time.Duration(s.toJudge-s.judged)).Round(time.Second)
	s.console.Say("%s: %s; %d of %d, %.0f an hour, %v left", r.Version, said, s.judged, s.toJudge,
		float64(time.Hour)/float64(each), left)
}
