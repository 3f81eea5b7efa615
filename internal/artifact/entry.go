package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// EntryName and AccountName stand for the names of an entry and of an account of a ledger, whose real names follow from
// what they hold.
const (
	EntryName   = "pumuki-ledger.json"
	AccountName = "pumuki-promises.json"
)

// Entry is the verdict on one gate, as a ledger keeps it (CONTRACT §9): the whole value.
type Entry struct {
	verdict.Facts
	// ConsumerSHA256 is the digest of what the gate sees beside the contract.
	ConsumerSHA256 verdict.Text `json:"consumer_sha256"`
	// System is the operating system and the processor, as in linux/amd64.
	System  string          `json:"system"`
	Verdict verdict.Verdict `json:"final_verdict"`
	// Broke is why the gate could not be judged; nil where it was.
	Broke *Broke `json:"broke"`
	comparison.Round
	Steps []verdict.Step `json:"steps"`
}

// Broke is the step that could not be carried out, and why, in one line.
type Broke struct {
	Phase    string     `json:"phase"`
	Step     string     `json:"step"`
	Kind     suite.Kind `json:"kind"`
	ExitCode int        `json:"exit_code"`
	Why      string     `json:"why"`
}

// String says where it broke, and why.
func (b Broke) String() string { return fmt.Sprintf("%s at %s: %s", b.Phase, b.Step, b.Why) }

// Account is what became of the promises of one kind with one gate, as a ledger keeps it (CONTRACT §9). Its contract
// is that of all scenarios: a journey may lay any of them.
type Account struct {
	verdict.Facts
	ConsumerSHA256 verdict.Text `json:"consumer_sha256"`
	System         string       `json:"system"`
	promise.Account
}

// Key is what a verdict follows from, as 64 hexadecimal digits; what an account follows from has its kind and a dash
// before them.
type Key string

// KeyOf returns the key of the verdict on a version by the integrity of its tarball, the digest of the contract, and
// the digest of what the gate sees beside it. The version counts because a registry may have one tarball under two, of
// which npm installs but one. Build metadata is no part of it.
func KeyOf(version, integrity, contract, consumer verdict.Text) Key {
	release, _, _ := strings.Cut(string(version), "+")
	const parts = "version %q tarball %q contract %q consumer %q\n"
	sum := sha256.Sum256(fmt.Appendf(nil, parts, release, integrity, contract, consumer))
	return Key(hex.EncodeToString(sum[:]))
}

// Key is that of the entry.
func (e Entry) Key() Key {
	return KeyOf(e.PackageVersion, e.PackageIntegrity, e.ContractSHA256, e.ConsumerSHA256)
}

// AccountKeyOf returns the key of an account: it follows from what a verdict follows from, from what was asked, and
// from the gate with which some of that begins.
func AccountKeyOf(
	asked promise.Asked, from suite.Text, version, integrity, contract, consumer verdict.Text,
) Key {
	of := KeyOf(version, integrity, contract, consumer)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q from %q of %s", asked.Kind, asked.SHA256, from, of))
	return Key(fmt.Sprintf("%s-%x", asked.Kind, sum))
}

// Key is that of the account.
func (a Account) Key() Key {
	return AccountKeyOf(a.Asked, a.From, a.PackageVersion, a.PackageIntegrity, a.ContractSHA256, a.ConsumerSHA256)
}

// EntryOf returns the entry of a run that has ended and is stamped. Broke is why it ended before its last stage; nil
// where it did not.
func EntryOf(run *verdict.Run, consumer verdict.Text, system string, broke *Broke) Entry {
	e := Entry{
		Facts: run.Facts, ConsumerSHA256: consumer, System: system, Broke: broke,
		Round: comparison.Round{Missed: []comparison.Missed{}, Scenarios: run.Evidence.In(run.Suite)},
		Steps: recordOf(run.Facts, run.Steps).Steps,
	}
	if broke == nil {
		e.Missed = comparison.MissedIn(run)
	}
	e.Verdict = e.Follows()
	return e
}

// Follows is the verdict that the rest of the entry makes it.
func (e Entry) Follows() verdict.Verdict {
	if e.Broke != nil || len(e.Missed) > 0 {
		return verdict.Fail
	}
	return verdict.Of(e.Suite, verdict.ExitsOf(e.Scenarios.Of))
}

// Run is the run that the entry is of; its failure is left out.
func (e Entry) Run() *verdict.Run {
	return &verdict.Run{
		Facts: e.Facts, Verdict: e.Verdict, Evidence: e.Scenarios.Of, Exits: verdict.ExitsOf(e.Scenarios.Of),
		Steps: e.Steps,
	}
}

// Encode returns the entry as it lies on disk, and its name there: its key and the SHA-256 of its bytes.
func (e Entry) Encode() (name string, data []byte, err error) {
	data, err = encode(e, MaxJSON)
	return e.Key().Name(data), data, err
}

// Encode returns the account as it lies on disk, and its name there, as that of an entry.
func (a Account) Encode() (name string, data []byte, err error) {
	data, err = encode(a, MaxJSON)
	return a.Key().Name(data), data, err
}

// Name is that of an entry with this key and these bytes.
func (k Key) Name(data []byte) string {
	return fmt.Sprintf("%s-%x.json", k, sha256.Sum256(data))
}
