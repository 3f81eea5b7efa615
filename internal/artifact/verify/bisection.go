package verify

import (
	"fmt"
	"os"
	"reflect"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Bisection holds the bisection in a folder of artifacts against CONTRACT §10, and returns it: nil where it does not
// hold, and where there is none, which is no broken promise. Its ledger must be where it says. Of expect only the
// commit counts. What a version said that was judged no further than the question needs is in no ledger, and is
// believed.
func Bisection(dir string, expect Expect) (Report, *history.Bisection) {
	return several(dir, expect, artifact.BisectionName, nil, (*verification).bisection)
}

// bisection checks what a bisection was held against, and that it follows from its probes and their entries.
func (v *verification) bisection(b *history.Bisection) {
	v.RunID = b.RunID
	at := artifact.BisectionName
	ledger := v.ledgerOf(at, b.Head)
	if ledger == nil {
		return
	}
	defer ledger.Close()
	said := ""
	entries := map[string]artifact.Entry{}
	for _, p := range b.Probes {
		if p.Version == b.Good {
			said = p.Said
		}
		if p.VerdictEntry != "" {
			entry, err := v.entryOf(ledger, b.Head, p.Version, p.VerdictEntry)
			if err != nil {
				v.say("%s: %s: %v", at, p.Version, err)
			}
			entries[p.Version] = entry
		}
		if p.Entry == "" {
			continue
		}
		reply, err := v.reply(ledger, b, p, entries)
		if err != nil {
			v.say("%s: %s: %v", at, p.Version, err)
			continue
		}
		asked := reply.Ask(history.Version{Version: p.Version, Published: p.Published}, p.Entry, said, p.Known)
		if asked.VerdictEntry = p.VerdictEntry; asked != p {
			v.say("%s: what it says of %s is not what its entry does", at, p.Version)
		}
	}
	if v.Broken != nil {
		return // what would follow from this is of no account
	}
	answered := func(name verdict.Text, answer history.Answer) bool {
		return slices.ContainsFunc(b.Probes, func(p history.Probe) bool {
			return p.Version == string(name) && p.Answer == answer
		})
	}
	found := b.LastGood != "" || b.FirstBad != ""
	switch {
	case found && (!answered(b.LastGood, history.Good) || !answered(b.FirstBad, history.Bad)):
		v.say("%s: its probes do not say that %s is good and %s is bad", at, b.LastGood, b.FirstBad)
	case !found && answered(verdict.Text(b.Good), history.Good) && answered(verdict.Text(b.Bad), history.Bad):
		v.say("%s: its ends differ, and it says nothing of where", at)
	case found != (b.Step != nil):
		v.say("%s: what changed and where do not go together", at)
	case found:
		ends := []string{string(b.LastGood), string(b.FirstBad)}
		was, read := entries[b.Step.From]
		is, readToo := entries[b.Step.To]
		// A verdict that no ledger keeps, since no registry tells the tarball, is believed.
		holds := !read || !readToo || reflect.DeepEqual(b.StepBetween(b.Step.From, b.Step.To, was, is), b.Step)
		if !slices.Contains(ends, b.Step.From) || !slices.Contains(ends, b.Step.To) || b.Step.From == b.Step.To ||
			!holds {
			v.say("%s: what changed is not what the entries of %s and %s make it", at, b.LastGood, b.FirstBad)
		}
	}
	follows := *b
	follows.Settle(!answered(verdict.Text(b.Bad), history.Good))
	if follows.Outcome != b.Outcome || follows.ExitCode != b.ExitCode {
		v.say("%s: it came to %s with exit code %d, and its probes make it %s with %d", at, b.Outcome, b.ExitCode,
			follows.Outcome, follows.ExitCode)
	}
	if v.Broken == nil { // else what it came to may not be there to be told
		v.Told = fmt.Sprintf("bisection %s: %s", b.RunID, b.Conclusion())
	}
}

// reply reads what a version says to the question of a bisection from its ledger. Where that is its verdict, it is
// added to the entries by version.
func (v *verification) reply(
	ledger *os.Root, b *history.Bisection, p history.Probe, entries map[string]artifact.Entry,
) (history.Reply, error) {
	if b.Question.Kind() != "" {
		account, err := v.accountOf(ledger, b.Head, p.Version, p.Entry, b.Question.Kind())
		return b.Question.OfAccount(account), err
	}
	entry, err := v.entryOf(ledger, b.Head, p.Version, p.Entry)
	entries[p.Version] = entry
	return b.Question.Of(entry), err
}
