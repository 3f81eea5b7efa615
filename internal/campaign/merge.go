package campaign

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/ledger"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// MergeFlags are the options of a merge as the call gave them; nil where it did not.
type MergeFlags struct {
	// Matrix are those that it has in common with a run: the source and the ledger.
	Matrix matrix.Flags
	// From are the artifacts of the shards.
	From *string
}

// merge is one merge.
type merge struct {
	book
	from []string
}

// swept is the sweep of a shard, and the folder of artifacts that it lies in.
type swept struct {
	dir string
	*history.Sweep
}

// Merge makes one ledger and one sweep of those of some shards. It refuses shards that do not go together. The error is
// a *matrix.Exit.
func Merge(ctx context.Context, host matrix.Host, flags MergeFlags) error {
	m := &merge{}
	options, usage := m.begin(ctx, host, flags.Matrix, artifact.Sweep, "sweep")
	usage = errors.Join(usage, m.resolve(flags))
	return m.attend(ctx, options.Root, workers, (*artifact.Store).BeginSweep, func() error {
		switch {
		case usage != nil:
			return m.failed(m.plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, usage))
		case options.Root == "":
			return m.failed(m.plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, options.Unfit))
		}
		return m.execute()
	})
}

// execute makes one sweep of the shards, and writes and prints it.
func (m *merge) execute() error {
	shards, err := m.shards()
	all, differ := union(shards)
	if err = errors.Join(err, differ); err != nil {
		m.console.Error(err.Error())
		return &matrix.Exit{Code: suite.ExitFail, Line: "exit 1: the shards do not go together"}
	}
	found, err := m.join(shards, all)
	if err == nil {
		err = m.leave(found)
	}
	if err != nil {
		return m.failed(m.plan.Failure(suite.ArtifactWrite, suite.KindEnvironment, suite.ExitFail, err))
	}
	m.console.Print(found.Text())
	return exitOf(found)
}

// resolve reads the option that a run does not have.
func (m *merge) resolve(flags MergeFlags) error {
	read := matrix.Call{Env: m.host.Env}
	read.Read("from", flags.From, "", "folders of artifacts, with commas: a,b,shards/*", func(text string) error {
		for each := range strings.SplitSeq(text, ",") {
			pattern := each
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join(m.host.Dir, pattern)
			}
			found, err := filepath.Glob(pattern)
			if each == "" || err != nil || found == nil {
				return fmt.Errorf("%q names no folder", each)
			}
			m.from = append(m.from, found...)
		}
		return nil
	})
	return read.Wrong()
}

// shards reads the sweeps of the shards. The error has a line for each reason why they do not go together.
func (m *merge) shards() (shards []swept, err error) {
	refuse := func(format string, args ...any) { err = errors.Join(err, fmt.Errorf(format, args...)) }
	for _, dir := range m.from {
		if info, wrong := os.Stat(dir); wrong != nil || !info.IsDir() {
			refuse("%s is no folder of artifacts", dir)
			continue
		}
		report, sweep := verify.Sweep(dir, verify.Expect{})
		switch {
		case report.Err() != nil:
			refuse("%s does not hold: %s", dir, report)
		case sweep == nil:
			refuse("%s has no %s: its sweep has not ended", dir, artifact.SweepName)
		default:
			shards = append(shards, swept{dir, sweep})
		}
	}
	if len(shards) == 0 {
		return nil, err
	}
	first := shards[0]
	have := map[int]bool{}
	for _, s := range shards {
		switch {
		case s.ContractSHA256 != first.ContractSHA256:
			refuse("%s was held against another contract than %s", s.dir, first.dir)
		case s.ConsumerSHA256 != first.ConsumerSHA256:
			refuse("%s was judged in another consumer than %s (its tree, or the major version of git or node)", s.dir,
				first.dir)
		case s.SuiteSHA256 != first.SuiteSHA256 || !slices.Equal(s.Asked, first.Asked):
			refuse("%s was asked for other journeys or probes than %s", s.dir, first.dir)
		case (s.Shard == nil) != (first.Shard == nil),
			s.Shard != nil && (s.Shard.Of != first.Shard.Of || s.Shard.SHA256 != first.Shard.SHA256):
			refuse("%s is no shard of the same versions as %s", s.dir, first.dir)
		case s.Shard != nil:
			have[s.Shard.Index] = true
		}
	}
	if first.Shard != nil && err == nil {
		for index := range first.Shard.Of {
			if !have[index+1] {
				refuse("shard %d of %d is missing", index+1, first.Shard.Of)
			}
		}
	}
	return shards, err
}

// union returns the versions of all shards in their order. The error names those of which two shards say something
// else, and the shards that would be compared by other scenarios or other families of rules than the first.
func union(shards []swept) (all []history.Version, err error) {
	type said struct {
		history.Version
		in swept
	}
	by := map[string]said{}
	for _, s := range shards {
		first := shards[0]
		if !reflect.DeepEqual(s.Suite, first.Suite) || !reflect.DeepEqual(s.Families, first.Families) {
			err = errors.Join(err, fmt.Errorf("%s has other scenarios, or other families of rules, than %s", s.dir,
				first.dir))
		}
		for _, v := range s.Versions {
			other, twice := by[v.Version]
			switch {
			case !twice:
				by[v.Version] = said{v, s}
				all = append(all, v)
			case !alike(v, other.Version):
				err = errors.Join(err, fmt.Errorf("%s: %s and %s do not say the same", v.Version, other.in.dir, s.dir))
			default:
				err = errors.Join(err, s.agrees(v, other.in, other.Version))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b history.Version) int { return npm.CompareVersions(a.Version, b.Version) })
	return all, err
}

// ledger is the directory of the ledger of a shard.
func (s swept) ledger() string {
	if filepath.IsAbs(s.Ledger) {
		return s.Ledger
	}
	return filepath.Join(s.dir, filepath.FromSlash(s.Ledger))
}

// agrees holds what the ledgers of two shards say of a version, whose counts are alike, against each other. The error
// says that it is not the same, or what cannot be read.
func (s swept) agrees(v history.Version, with swept, other history.Version) error {
	sameEntry := func(a, b history.Promised) bool { return a.Entry == b.Entry }
	if v.Entry == other.Entry && slices.EqualFunc(v.Promises, other.Promises, sameEntry) {
		return nil
	}
	ours, err := os.OpenRoot(s.ledger())
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	defer ours.Close()
	theirs, err := os.OpenRoot(with.ledger())
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	defer theirs.Close()
	same := true
	if v.Entry != other.Entry {
		a, err := verify.Entry(ours, string(v.Entry))
		b, otherErr := verify.Entry(theirs, string(other.Entry))
		if err = errors.Join(err, otherErr); err != nil {
			return err
		}
		same = s.Alike(v.Version, a, b)
	}
	for i, p := range v.Promises {
		if p.Entry == other.Promises[i].Entry {
			continue
		}
		a, err := verify.Account(ours, string(p.Entry))
		b, otherErr := verify.Account(theirs, string(other.Promises[i].Entry))
		if err = errors.Join(err, otherErr); err != nil {
			return err
		}
		same = same && slices.EqualFunc(a.Promises, b.Promises, func(a, b promise.Standing) bool {
			return a.Name == b.Name && a.Did == b.Did
		})
	}
	if !same {
		return fmt.Errorf("%s: %s and %s do not say the same", v.Version, with.dir, s.dir)
	}
	return nil
}

// alike tells whether two verdicts on a version are the same in all that they count of what a gate did, with an entry
// each or without.
func alike(a, b history.Version) bool {
	kept := func(a, b verdict.Text) bool { return (a == "") == (b == "") }
	if !kept(a.Entry, b.Entry) || a.Integrity != b.Integrity || a.Verdict != b.Verdict || a.Findings != b.Findings ||
		!reflect.DeepEqual(a.Cells, b.Cells) || !reflect.DeepEqual(a.Rules, b.Rules) {
		return false
	}
	return slices.EqualFunc(a.Promises, b.Promises, func(a, b history.Promised) bool {
		return kept(a.Entry, b.Entry) && a.Kind == b.Kind && a.Kept == b.Kept && a.Unasked == b.Unasked &&
			slices.Equal(a.Broken, b.Broken)
	})
}

// join takes the entries of the shards into the ledger, and returns the sweep over all their versions.
func (m *merge) join(shards []swept, all []history.Version) (found *history.Sweep, err error) {
	if m.ledger, err = ledger.Open(m.dir); err != nil {
		return nil, err
	}
	defer m.ledger.Close()
	for _, s := range shards {
		if err := m.ledger.Take(s.ledger()); err != nil {
			return nil, err
		}
	}
	head := shards[0].Head
	head.Ledger = m.ledgerName()
	sweep := history.New(head)
	for _, v := range all {
		if v.Entry == "" {
			sweep.AddUnknown(v, string(v.Why))
			continue
		}
		entry, err := m.ledger.Read(string(v.Entry))
		if err != nil {
			return nil, err
		}
		var accounts []artifact.Account
		for _, p := range v.Promises {
			if p.Entry == "" {
				continue
			}
			account, err := m.ledger.ReadAccount(string(p.Entry))
			if err != nil {
				return nil, err
			}
			accounts = append(accounts, account)
		}
		sweep.Add(v, entry, accounts...)
	}
	return sweep.Sweep(), nil
}
