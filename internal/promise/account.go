package promise

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Kind is what shows whether a promise is kept.
type Kind string

// The kinds.
const (
	Journeys Kind = "journeys"
	Probes   Kind = "probes"
)

// Kinds are all of them, in their order.
var Kinds = []Kind{Journeys, Probes}

// Asked is what gates are asked for.
type Asked struct {
	Kind Kind `json:"kind"`
	// SHA256 is the digest of the promises, in hexadecimal.
	SHA256 string `json:"promises_sha256"`
}

// Account is what became of some promises with one gate, whatever is known of its version: no more than is held against
// that of another gate.
type Account struct {
	Asked
	// From is the gate with which some promises begin: its version, and the digest of its tarball where that is known;
	// empty where none does.
	From suite.Text `json:"from"`
	// Promises are in the order of their names.
	Promises []Standing `json:"promises"`
}

// Standing is what became of one promise.
type Standing struct {
	// Name is that of the journey, or of the rule; of what is foreign that of the rule and of the file.
	Name  string `json:"name"`
	State State  `json:"state"`
	Did   Did    `json:"did"`
	// Why says in one line what shows that it is broken, or why it was not asked; empty where it is kept.
	Why suite.Text `json:"why"`
}

// Did is what a gate did with a promise, in a word.
type Did string

// What a gate does with a journey, and with a rule by its probe.
const (
	OK      Did = "ok"
	Fails   Did = "fails"
	Skipped Did = "skipped"

	Seen     Did = "seen"
	Silent   Did = "silent"
	Noisy    Did = "noisy"
	Gone     Did = "gone"
	Foreign  Did = "foreign" // an accusation: it stands in an account only where it is made
	Unprobed Did = "unprobed"
)

// State tells whether a promise is kept.
type State string

// The states.
const (
	Kept    State = "kept"
	Broken  State = "broken"
	Unasked State = "unasked"
)

// states are the states that follow from what a gate did; all else is broken.
var states = map[Did]State{OK: Kept, Seen: Kept, Skipped: Unasked, Unprobed: Unasked}

// Settled is the standing with the state that follows from what the gate did.
func (s Standing) Settled() Standing {
	s.State = cmp.Or(states[s.Did], Broken)
	return s
}

// Sorted returns standings in the order of their names. Of several with one name the first counts.
func Sorted(all []Standing) []Standing {
	slices.SortStableFunc(all, func(a, b Standing) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b Standing) bool { return a.Name == b.Name })
}

// After returns what became of promises, each as it was the last time that it was asked: where the account did not ask
// for one that an account of the same promises before it did, that counts.
func (a Account) After(before Account) Account {
	if before.Kind != a.Kind || before.SHA256 != a.SHA256 {
		return a
	}
	all := slices.Clone(a.Promises)
	for i, s := range all {
		if last, there := before.Of(s.Name); there && s.State == Unasked {
			all[i] = last
		}
	}
	a.Promises = all
	return a
}

// Of returns what became of a promise; false where there is none of that name.
func (a Account) Of(name string) (Standing, bool) {
	at := slices.IndexFunc(a.Promises, func(s Standing) bool { return s.Name == name })
	if at < 0 {
		return Standing{}, false
	}
	return a.Promises[at], true
}

// Count returns how many promises are in a state.
func (a Account) Count(state State) (n int) {
	for _, s := range a.Promises {
		if s.State == state {
			n++
		}
	}
	return n
}

// String says how many of those that were asked are kept: 36 of 49 kept.
func (a Account) String() string {
	kept := a.Count(Kept)
	return fmt.Sprintf("%d of %d kept", kept, kept+a.Count(Broken))
}

// Change is a promise with which two gates do something else.
type Change struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
	// Base and Candidate are what each did; empty where the promise is none of it.
	Base      suite.Text `json:"base"`
	Candidate suite.Text `json:"candidate"`
	// Broken tells that the candidate breaks the promise, and Why what shows it; else what showed it of the base.
	Broken bool       `json:"broken"`
	Why    suite.Text `json:"why"`
}

// String says what changed.
func (c Change) String() string {
	did := func(did suite.Text) suite.Text { return cmp.Or(did, "not so") }
	text := fmt.Sprintf("%s %s: %s -> %s", c.Kind.One(), c.Name, did(c.Base), did(c.Candidate))
	if c.Why != "" {
		text += ": " + string(c.Why)
	}
	return text
}

// String names promises of the kind.
func (k Kind) String() string { return string(k) }

// One names one promise of the kind.
func (k Kind) One() string {
	if k == Probes {
		return "rule"
	}
	return "journey"
}

// Changes returns the promises with which two gates do something else, those that the candidate breaks first. What only
// one of them was asked is no change, unless it is an accusation: that has no promise where it is not made. Accounts of
// other promises have nothing to say to each other.
func Changes(base, candidate Account) (changes []Change) {
	if base.Kind != candidate.Kind || base.SHA256 != candidate.SHA256 {
		return nil
	}
	names := map[string]bool{}
	for _, s := range slices.Concat(base.Promises, candidate.Promises) {
		if names[s.Name] {
			continue
		}
		names[s.Name] = true
		was, wasThere := base.Of(s.Name)
		is, isThere := candidate.Of(s.Name)
		asked := wasThere && isThere && was.State != Unasked && is.State != Unasked
		accused := was.Did == Foreign && !isThere || is.Did == Foreign && !wasThere
		if was.Did == is.Did || !asked && !accused {
			continue
		}
		changes = append(changes, Change{
			Kind: base.Kind, Name: s.Name, Base: suite.Text(was.Did), Candidate: suite.Text(is.Did),
			Broken: is.State == Broken, Why: cmp.Or(is.Why, was.Why),
		})
	}
	slices.SortFunc(changes, func(a, b Change) int {
		if a.Broken != b.Broken {
			return map[bool]int{true: -1, false: 1}[a.Broken]
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return changes
}
