package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Sweep holds the sweep in a folder of artifacts against CONTRACT §9, and returns it: nil where it does not hold, and
// where there is none, which is no broken promise. Its ledger must be where it says. Of expect only the commit counts.
func Sweep(dir string, expect Expect) (Report, *history.Sweep) {
	made := []string{artifact.SweepTableName, artifact.SweepReportName}
	return several(dir, expect, artifact.SweepName, made, (*verification).sweep)
}

// sweep checks what a sweep was held against, and that all it says of its versions follows from their entries.
func (v *verification) sweep(s *history.Sweep) {
	v.RunID = s.RunID
	v.Told = fmt.Sprintf("sweep %s: %d of %d versions met the contract", s.RunID, s.Met, len(s.Versions))
	ledger := v.ledgerOf(artifact.SweepName, s.Head)
	if ledger == nil {
		return
	}
	defer ledger.Close()
	follows := history.New(s.Head)
	for i, version := range s.Versions {
		if version.Entry == "" {
			follows.AddUnknown(version, string(version.Why))
			continue
		}
		entry, err := v.entryOf(ledger, s.Head, version.Version, version.Entry)
		if err != nil {
			v.say("%s: %s: %v", artifact.SweepName, version.Version, err)
			continue
		}
		accounts := v.accounts(ledger, s, i, entry)
		follows.Add(version, entry, accounts...)
	}
	if v.Broken != nil {
		return // what would follow from this is of no account
	}
	made := follows.Sweep()
	made.Shard = s.Shard
	for i, version := range made.Versions {
		if !reflect.DeepEqual(version, s.Versions[i]) {
			v.say("%s: what it says of %s is not what its entry does", artifact.SweepName, version.Version)
		}
	}
	if !reflect.DeepEqual(made.Steps, s.Steps) {
		v.say("%s: its steps are not those between its versions", artifact.SweepName)
	}
	if made.Versions, made.Steps = s.Versions, s.Steps; !reflect.DeepEqual(made, s) {
		v.say("%s: what it counts is not what its versions come to", artifact.SweepName)
	}
}

// ledgerOf checks what the versions in an artifact were held against, and opens their ledger; nil where it cannot be
// read.
func (v *verification) ledgerOf(name string, head history.Head) *os.Root {
	v.run(name, verdict.Facts{
		RunID: head.RunID, GeneratedAt: head.GeneratedAt, SourceCommit: head.SourceCommit, Suite: head.Suite,
	})
	if v.findings != nil && !reflect.DeepEqual(head.Families, comparison.Families(head.Suite, v.findings)) {
		v.say("%s: families are not those of the suite", name)
	}
	at := head.Ledger
	if !filepath.IsAbs(at) {
		at = filepath.Join(v.dir, filepath.FromSlash(at))
	}
	ledger, err := os.OpenRoot(at)
	if err != nil {
		v.say("%s: its ledger cannot be read: %v", name, err)
		return nil
	}
	return ledger
}

// entryOf reads the entry of a version, which must be of that version, and held against what the others were.
func (v *verification) entryOf(
	ledger *os.Root, head history.Head, version string, name verdict.Text,
) (artifact.Entry, error) {
	if EntryKey(string(name)) == "" {
		return artifact.Entry{}, fmt.Errorf("%s is no name of an entry", quote(string(name)))
	}
	entry, err := Entry(ledger, string(name))
	is := artifact.KeyOf(verdict.Text(version), entry.PackageIntegrity, head.ContractSHA256, head.ConsumerSHA256)
	if err == nil && entry.Key() != is {
		err = errors.New("its entry is of another gate, or of another contract or consumer")
	}
	return entry, err
}

// accounts reads the accounts that a version of a sweep names. A version that was judged has one of each kind that the
// sweep asked for, or says why not, and no other has any. Upgrades begin with a version before it: which of those that
// is, a shard does not have, and merged sweeps have more.
func (v *verification) accounts(
	ledger *os.Root, s *history.Sweep, at int, entry artifact.Entry,
) (accounts []artifact.Account) {
	version := s.Versions[at]
	var is, due []promise.Kind
	for _, p := range version.Promises {
		is = append(is, p.Kind)
	}
	for _, asked := range s.Asked {
		if entry.Broke == nil {
			due = append(due, asked.Kind)
		}
	}
	if !slices.Equal(is, due) {
		const says = "%s: %s: it tells of the promises %q, and is to tell of %q"
		v.say(says, artifact.SweepName, version.Version, is, due)
	}
	for _, p := range version.Promises {
		if p.Entry == "" {
			if p.Why == "" {
				const says = "%s: %s: it is not said why there is no account of %s"
				v.say(says, artifact.SweepName, version.Version, p.Kind)
			}
			continue
		}
		account, err := v.accountOf(ledger, s.Head, version.Version, p.Entry, p.Kind)
		from, _, _ := strings.Cut(string(account.From), " ")
		switch {
		case err != nil:
		case account.PackageIntegrity != entry.PackageIntegrity:
			err = errors.New("its account is of another tarball than its entry")
		case s.Shard == nil && from != "" && !slices.ContainsFunc(s.Versions[:at], func(before history.Version) bool {
			return before.Version == from
		}):
			err = fmt.Errorf("its account begins with %s, which does not come before it", quote(from))
		}
		if err != nil {
			v.say("%s: %s: %v", artifact.SweepName, version.Version, err)
			continue
		}
		accounts = append(accounts, account)
	}
	return accounts
}

// accountOf reads the account of the promises of a kind with a version, which must be of that version, and of what the
// others were asked for.
func (v *verification) accountOf(
	ledger *os.Root, head history.Head, version string, name verdict.Text, kind promise.Kind,
) (artifact.Account, error) {
	if EntryKey(string(name)) == "" {
		return artifact.Account{}, fmt.Errorf("%s is no name of an account", quote(string(name)))
	}
	account, err := Account(ledger, string(name))
	at := slices.IndexFunc(head.Asked, func(a promise.Asked) bool { return a.Kind == kind })
	if err == nil && (at < 0 || account.Key() != artifact.AccountKeyOf(head.Asked[at], account.From,
		verdict.Text(version), account.PackageIntegrity, head.SuiteSHA256, head.ConsumerSHA256)) {
		err = errors.New("its account is of another gate, of other promises, or of another contract or consumer")
	}
	return account, err
}
