package verify

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
)

// entryName is the name of an entry or an account: its key, and the digest of its bytes.
var entryName = regexp.MustCompile(`^((?:(journeys|probes)-)?[0-9a-f]{64})-[0-9a-f]{64}\.json$`)

// EntryKey returns the key in the name of an entry or an account; empty where neither has such a name.
func EntryKey(name string) artifact.Key {
	if match := entryName.FindStringSubmatch(name); match != nil {
		return artifact.Key(match[1])
	}
	return ""
}

// Entry reads an entry of a ledger by its name, and holds it against CONTRACT §9: its name, its schema, its key, and
// what follows from it. The error names each promise that it breaks.
func Entry(ledger *os.Root, name string) (artifact.Entry, error) {
	return readEntry(ledger, name, artifact.EntryName, (*verification).entry)
}

// Account reads an account of a ledger by its name, and holds it against CONTRACT §9, as Entry does.
func Account(ledger *os.Root, name string) (artifact.Account, error) {
	return readEntry(ledger, name, artifact.AccountName, (*verification).account)
}

// InLedger reads an entry or an account, whichever the name is of, and returns the error of that.
func InLedger(ledger *os.Root, name string) (err error) {
	if match := entryName.FindStringSubmatch(name); match != nil && match[2] != "" {
		_, err = Account(ledger, name)
		return err
	}
	_, err = Entry(ledger, name)
	return err
}

// readEntry reads what a ledger keeps under a name, by its schema, and has it checked.
func readEntry[T any](
	ledger *os.Root, name, schema string, check func(v *verification, name string, data []byte, value T),
) (value T, err error) {
	v := &verification{root: ledger}
	data, err := foreign.ReadIn(ledger, name, artifact.MaxJSON)
	if err != nil {
		return value, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	for _, wrong := range decode(schema, data, &value) {
		v.say("%s %s", name, wrong)
	}
	if v.Broken == nil {
		check(v, name, data, value)
	}
	if report := v.bounded(); report.Err() != nil {
		return value, errors.New(report.String())
	}
	return value, nil
}

// misnamed is what is wrong with a name that does not follow from what it names.
const misnamed = "%s is not named by its key and its digest: it was changed, or renamed"

// account checks what an account says.
func (v *verification) account(name string, data []byte, a artifact.Account) {
	if a.Key().Name(data) != name {
		v.say(misnamed, name)
	}
	v.run(name, a.Facts)
	v.standings(name, a.Account)
}

// standings checks that an account has each promise once, and says of it what goes with what the gate did.
func (v *verification) standings(name string, a promise.Account) {
	if !slices.Equal(promise.Sorted(slices.Clone(a.Promises)), a.Promises) {
		v.say("%s: its promises are not in the order of their names, each once", name)
	}
	for _, s := range a.Promises {
		if s != s.Settled() || (s.State == promise.Kept) && s.Why != "" || (s.State == promise.Broken) && s.Why == "" {
			v.say("%s: %s is %s, and what it says of it does not go with that", name, quote(s.Name), s.Did)
		}
	}
}

// entry checks what an entry says.
func (v *verification) entry(name string, data []byte, e artifact.Entry) {
	if e.Key().Name(data) != name {
		v.say(misnamed, name)
	}
	v.run(name, e.Facts)
	v.known(name, e.Suite, maps.Keys(e.Scenarios.Of))
	gate := comparison.Gate{PackageVersion: e.PackageVersion}
	if e.Broke == nil {
		v.round(name, e.Suite, gate, e.Round)
	} else if len(e.Missed) > 0 {
		v.say("%s: it broke at %s, and missed its contract too", name, e.Broke.Step)
	}
	if follows := e.Follows(); follows != e.Verdict {
		v.say("%s: the verdict is %s, and what it holds makes it %s", name, e.Verdict, follows)
	}
}
