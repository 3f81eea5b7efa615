package promise_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
)

// account is one of rules by what each did: seen is kept, unprobed and "" are not asked, all else is broken.
func account(did map[string]string) promise.Account {
	a := promise.Account{Kind: promise.Probes, SHA256: "a"}
	for name, does := range did {
		s := promise.Standing{Name: name, Did: does, State: promise.Broken, Why: "it says so"}
		switch does {
		case "seen":
			s.State, s.Why = promise.Kept, ""
		case "unprobed":
			s.State = promise.Unasked
		}
		a.Promises = append(a.Promises, s)
	}
	a.Settle()
	return a
}

// What two gates do otherwise is a change, broken ones first. What only one was asked is none, unless it accuses.
func TestChanges(t *testing.T) {
	t.Parallel()
	base := account(map[string]string{
		"same": "seen", "dies": "seen", "mended": "silent", "other": "noisy", "gone": "seen", "unasked": "unprobed",
		"was in b.ts": "foreign",
	})
	candidate := account(map[string]string{
		"same": "seen", "dies": "silent", "mended": "seen", "other": "gone", "new": "silent", "unasked": "silent",
		"is in a.ts": "foreign",
	})
	var got []string
	for _, c := range promise.Changes(base, candidate) {
		got = append(got, c.String())
	}
	if diff := cmp.Diff([]string{
		"rule dies: seen -> silent: it says so", "rule is in a.ts: not so -> foreign: it says so",
		"rule other: noisy -> gone: it says so", "rule mended: silent -> seen: it says so",
		"rule was in b.ts: foreign -> not so: it says so",
	}, got); diff != "" {
		t.Error(diff)
	}
	if changes := promise.Changes(base, base); changes != nil {
		t.Errorf("a gate differs from itself: %v", changes)
	}
}

// Accounts of other promises have nothing to say to each other.
func TestAccountsOfOtherPromisesAreNotCompared(t *testing.T) {
	t.Parallel()
	base := account(map[string]string{"a": "seen"})
	for name, change := range map[string]func(*promise.Account){
		"other promises": func(a *promise.Account) { a.SHA256 = "b" },
		"another kind":   func(a *promise.Account) { a.Kind = promise.Journeys },
	} {
		candidate := account(map[string]string{"a": "silent"})
		change(&candidate)
		if changes := promise.Changes(base, candidate); changes != nil {
			t.Errorf("%s: %v", name, changes)
		}
	}
}

func TestAccountSettlesAndCounts(t *testing.T) {
	t.Parallel()
	a := promise.Account{Kind: promise.Journeys, Promises: []promise.Standing{
		{Name: "b", State: promise.Broken, Did: "fails"}, {Name: "a", State: promise.Kept, Did: "ok"},
		{Name: "c", State: promise.Unasked, Did: "skipped"}, {Name: "b", State: promise.Kept, Did: "ok"},
	}}
	if a.Settle(); len(a.Promises) != 3 || a.Promises[0].Name != "a" || a.Promises[1].Did != "fails" {
		t.Errorf("it is settled as %v", a.Promises)
	}
	if text := a.String(); text != "1 of 2 kept" || a.Count(promise.Unasked) != 1 {
		t.Errorf("it counts %q", text)
	}
	if s, there := a.Of("b"); !there || s.State != promise.Broken {
		t.Errorf("b is %v", s)
	}
	if _, there := a.Of("d"); there {
		t.Error("it has a promise that it has not")
	}
}
