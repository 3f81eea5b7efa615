package campaign

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// SweepFlags are the options of a sweep as the call gave them; nil where it did not.
type SweepFlags struct {
	// Matrix are those that it has in common with a run; it has no spec.
	Matrix matrix.Flags
	// Versions are the gates, and Shard is which of them. Retry judges those again that could not be judged.
	Versions, Shard *string
	Retry           *bool
	// Promises are asked of each version beside its verdict.
	Promises PromiseFlags
}

// maxShards bounds how many shards a sweep may have: more than machines that anybody has for it.
const maxShards = 1_000

// sweep is one sweep.
type sweep struct {
	book
	// retry judges what could not be judged before.
	retry bool
	// index and of are the shard of the versions that is judged: 1 of 1 is all of them.
	index, of int

	mu    sync.Mutex
	began time.Time
	// toJudge are how many versions the ledger does not know all about, and judged how many of these are done.
	toJudge, judged int
}

// task is what is to be found out of a version: its verdict, and what became of its promises of some kinds.
type task struct {
	*version
	judge bool
	kinds []promise.Kind
}

// Sweep judges every version of a selection that the ledger does not know, the newest first, and prints what each of
// them does and where that changed: for each of the source repositories that the call names. The error is a
// *matrix.Exit.
func Sweep(ctx context.Context, host matrix.Host, flags SweepFlags) error {
	return several{
		target: artifact.Sweep, folder: artifact.SweepSources, result: artifact.SweepName,
		begin: (*artifact.Store).BeginSweep,
		one: func(source *string, within *artifact.Store) error {
			flags.Matrix.Source = source
			return sweepIn(ctx, host, flags, within)
		},
	}.call(ctx, host, flags.Matrix.Source)
}

// sweepIn sweeps in one source repository.
func sweepIn(ctx context.Context, host matrix.Host, flags SweepFlags, within *artifact.Store) error {
	s := &sweep{}
	s.within = within
	options, usage := s.begin(ctx, host, flags.Matrix, artifact.Sweep, "sweep")
	usage = errors.Join(usage, s.resolve(flags))
	return s.attend(ctx, options.Root, workers, (*artifact.Store).BeginSweep, func() error {
		found, failure := s.execute(ctx, usage, options.Unfit)
		if failure != nil {
			if n := s.put.Load(); n > 0 {
				what := "verdicts"
				if s.promises.kinds != nil {
					what += " and accounts"
				}
				s.console.Say("%d %s came into the ledger %s; the same call goes on from there.", n, what, s.dir)
			}
			return s.failed(failure)
		}
		s.console.Print(found.Text())
		return exitOf(found)
	})
}

// exitOf is how a target ends that has made a sweep; nil where every version met its contract.
func exitOf(found *history.Sweep) error {
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
	s.readVersions(&read, flags.Versions)
	s.promises.resolve(&read, flags.Promises)
	read.Read("shard", flags.Shard, "1/1", "i/n: every n-th version from the i-th on, as 2/4", func(text string) error {
		if n, _ := fmt.Sscanf(text, "%d/%d", &s.index, &s.of); n != 2 || text != fmt.Sprintf("%d/%d", s.index, s.of) ||
			s.index < 1 || s.index > s.of || s.of > maxShards {
			return fmt.Errorf("%q is no shard", text)
		}
		return nil
	})
	read.Read("retry", boolean(flags.Retry), "false", "true or false", func(text string) (err error) {
		s.retry, err = strconv.ParseBool(text)
		return err
	})
	return read.Wrong()
}

// execute judges what is not known, and writes the sweep, unless the call is wrong or the suite cannot be read.
func (s *sweep) execute(ctx context.Context, usage, unfit error) (*history.Sweep, *suite.Failure) {
	if refused := s.refused(usage, unfit); refused != nil {
		return nil, refused
	}
	if err := s.promises.read(s.plan.Source); err != nil {
		return nil, s.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, err)
	}
	rows, failure := s.openLedger(ctx)
	if failure != nil {
		return nil, failure
	}
	defer s.ledger.Close()
	var shard *history.Shard
	if s.of > 1 {
		var names []string
		for _, v := range rows {
			names = append(names, v.Version)
		}
		shard = history.NewShard(s.index, s.of, names)
		at := -1
		rows = slices.DeleteFunc(rows, func(*version) bool {
			at++
			return !shard.Has(at)
		})
	}
	unknown := s.unknown(rows)
	s.console.Say("%s: the ledger knows %d, %d to judge", versions(len(rows)), len(rows)-len(unknown), len(unknown))
	if err := s.all(ctx, unknown); err != nil {
		return nil, s.plan.AsFailure(ctx, suite.SourceRepo, err)
	}
	found, err := s.look(rows)
	if err == nil {
		found.Shard = shard
		err = s.leave(found)
	}
	if err != nil {
		return nil, s.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err)
	}
	return found, nil
}

// unknown is what the ledger does not know of some versions, the newest first.
func (s *sweep) unknown(rows []*version) (tasks []task) {
	all := make([]task, len(rows))
	// To read an entry takes a processor some milliseconds, and there may be a thousand.
	var looking errgroup.Group
	looking.SetLimit(runtime.NumCPU())
	for i, v := range rows {
		looking.Go(func() error {
			entry, found := s.known(v)
			all[i] = task{version: v, judge: !found || s.retry && entry.Broke != nil}
			if found && entry.Broke != nil && !all[i].judge {
				return nil // what cannot be judged cannot be asked either
			}
			for _, kind := range s.promises.kinds {
				if _, found := s.account(v, kind); !found {
					all[i].kinds = append(all[i].kinds, kind)
				}
			}
			return nil
		})
	}
	_ = looking.Wait()
	for _, each := range slices.Backward(all) {
		if each.judge || each.kinds != nil {
			tasks = append(tasks, each)
		}
	}
	return tasks
}

// look reads what the versions came to, and holds them side by side.
func (s *sweep) look(rows []*version) (*history.Sweep, error) {
	sweep := history.New(s.head)
	for _, v := range rows {
		if v.entry == "" {
			sweep.AddUnknown(s.told(v), v.why)
			continue
		}
		entry, err := s.ledger.Read(v.entry)
		if err != nil {
			return nil, fmt.Errorf("the ledger does not hold what was put into it: %w", err)
		}
		accounts, err := s.accounts(v)
		if err != nil {
			return nil, fmt.Errorf("the ledger does not hold what was put into it: %w", err)
		}
		sweep.Add(s.told(v), entry, accounts...)
	}
	return sweep.Sweep(), nil
}

// all judges versions, and puts each verdict and each account into the ledger as soon as it is known. The error ends
// the sweep: it is of what no version can be judged with.
func (s *sweep) all(ctx context.Context, unknown []task) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.began, s.toJudge = time.Now(), len(unknown)
	queue := make(chan task, len(unknown))
	for _, each := range unknown {
		queue <- each
	}
	close(queue)
	var working sync.WaitGroup
	var first sync.Once
	for _, worker := range workers {
		working.Go(func() {
			for each := range queue {
				broke := ctx.Err()
				if broke == nil {
					broke = s.one(ctx, worker, each)
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

// one finds out what is not known of a version, and says what it came to.
func (s *sweep) one(ctx context.Context, worker string, t task) error {
	var said []string
	if t.judge {
		entry, err := s.judge(ctx, worker, t.version)
		if err != nil {
			return err
		}
		came, _ := history.Came(entry)
		if said = append(said, came); entry.Broke != nil {
			t.kinds = nil
			clear(t.accounts)
		}
	}
	for _, kind := range t.kinds {
		account, asked, err := s.ask(ctx, worker, t.version, &s.promises, kind)
		if err != nil {
			return err
		}
		if !asked {
			said = append(said, fmt.Sprintf("%s: not asked: %s", kind, t.accounts[kind].why))
			continue
		}
		if err := s.keep(t.version, account); err != nil {
			return err
		}
		said = append(said, fmt.Sprintf("%s: %s", kind, account.Account))
	}
	s.progress(t.version, strings.Join(said, "; "))
	return nil
}

// progress says what a version came to, and how far the sweep is.
func (s *sweep) progress(v *version, said string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.judged++
	each := time.Since(s.began) / time.Duration(s.judged)
	left := (each * time.Duration(s.toJudge-s.judged)).Round(time.Second)
	s.console.Say("%s: %s; %d of %d, %.0f an hour, %v left", v.Version, said, s.judged, s.toJudge,
		float64(time.Hour)/float64(each), left)
}
