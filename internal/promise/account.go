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

// Account is what became of some promises with one gate, whatever is known of its version: no more than is held against
// that of another gate.
type Account struct {
	Kind Kind `json:"kind"`
	// SHA256 is the digest of what was asked, in hexadecimal.
	SHA256 string `json:"promises_sha256"`
	// From is the gate with which some promises begin; empty where none does.
	From suite.Text `json:"from"`
	// Promises are in the order of their names.
	Promises []Standing `json:"promises"`
}

// Standing is what became of one promise.
type Standing struct {
	// Name is that of the journey, or of the rule.
	Name  string `json:"name"`
	State State  `json:"state"`
	// Did is what the gate did, in a word or two: ok, fails, seen, silent, noisy.
	Did string `json:"did"`
	// Why says in one line what shows that it is broken, or why it was not asked; empty where it is kept.
	Why suite.Text `json:"why"`
}

// State tells whether a promise is kept.
type State string

// The states.
const (
	Kept    State = "kept"
	Broken  State = "broken"
	Unasked State = "unasked"
)

// Settle orders the promises by name. Of several with one name the first counts.
func (a *Account) Settle() {
	slices.SortStableFunc(a.Promises, func(a, b Standing) int { return cmp.Compare(a.Name, b.Name) })
	a.Promises = slices.CompactFunc(a.Promises, func(a, b Standing) bool { return a.Name == b.Name })
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
		accused := was.Did == Accused && !isThere || is.Did == Accused && !wasThere
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

// Accused is what a gate did that reports what is none of a rule's business. The name of such a promise is of the rule
// and the file, and it stands in an account only where it is broken.
const Accused = "foreign"
