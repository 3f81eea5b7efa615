package verify

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
)

// entryName is the name of an entry: its key, and the digest of its bytes.
var entryName = regexp.MustCompile(`^([0-9a-f]{64})-[0-9a-f]{64}\.json$`)

// EntryKey returns the key in the name of an entry; empty where no entry has such a name.
func EntryKey(name string) artifact.Key {
	if match := entryName.FindStringSubmatch(name); match != nil {
		return artifact.Key(match[1])
	}
	return ""
}

// Entry reads an entry of a ledger by its name, and holds it against CONTRACT §9: its name, its schema, its key, and
// what follows from it. The error names each promise that it breaks.
func Entry(ledger *os.Root, name string) (artifact.Entry, error) {
	v := &verification{root: ledger}
	data, err := foreign.ReadIn(ledger, name, artifact.MaxJSON)
	if err != nil {
		return artifact.Entry{}, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	var e artifact.Entry
	for _, wrong := range decode(artifact.EntryName, data, &e) {
		v.say("%s %s", name, wrong)
	}
	if v.Broken == nil {
		v.entry(name, data, e)
	}
	if report := v.bounded(); report.Err() != nil {
		return e, errors.New(report.String())
	}
	return e, nil
}

// entry checks what an entry says.
func (v *verification) entry(name string, data []byte, e artifact.Entry) {
	if e.Key().Name(data) != name {
		v.say("%s is not named by its key and its digest: it was changed, or renamed", name)
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
