package promise_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
)

// account is one of rules, by what each did.
func account(did map[string]promise.Did) promise.Account {
	a := promise.Account{Asked: promise.Asked{Kind: promise.Probes, SHA256: "a"}}
	for name, does := range did {
		s := promise.Standing{Name: name, Did: does}.Settled()
		if s.State == promise.Broken {
			s.Why = "it says so"
		}
		a.Promises = append(a.Promises, s)
	}
	a.Promises = promise.Sorted(a.Promises)
	return a
}

// What two gates do otherwise is a change, broken ones first. What only one was asked is none, unless it accuses.
func TestChanges(t *testing.T) {
	t.Parallel()
	base := account(map[string]promise.Did{
		"same": "seen", "dies": "seen", "mended": "silent", "other": "noisy", "gone": "seen", "unasked": "unprobed",
		"was in b.ts": "foreign",
	})
	candidate := account(map[string]promise.Did{
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
	base := account(map[string]promise.Did{"a": "seen"})
	for name, change := range map[string]func(*promise.Account){
		"other promises": func(a *promise.Account) { a.SHA256 = "b" },
		"another kind":   func(a *promise.Account) { a.Kind = promise.Journeys },
	} {
		candidate := account(map[string]promise.Did{"a": "silent"})
		change(&candidate)
		if changes := promise.Changes(base, candidate); changes != nil {
			t.Errorf("%s: %v", name, changes)
		}
	}
}

// What a gate did says whether the promise is kept, and each promise stands once.
func TestStandingsAreSettledAndSorted(t *testing.T) {
	t.Parallel()
	var all []promise.Standing
	for _, s := range []promise.Standing{
		{Name: "b", Did: promise.Fails}, {Name: "a", Did: promise.OK}, {Name: "c", Did: promise.Skipped},
		{Name: "b", Did: promise.OK}, {Name: "d", Did: promise.Foreign},
	} {
		all = append(all, s.Settled())
	}
	a := promise.Account{Promises: promise.Sorted(all)}
	if diff := cmp.Diff([]promise.Standing{
		{Name: "a", Did: promise.OK, State: promise.Kept}, {Name: "b", Did: promise.Fails, State: promise.Broken},
		{Name: "c", Did: promise.Skipped, State: promise.Unasked},
		{Name: "d", Did: promise.Foreign, State: promise.Broken},
	}, a.Promises); diff != "" {
		t.Error(diff)
	}
	if text := a.String(); text != "1 of 3 kept" || a.Count(promise.Unasked) != 1 {
		t.Errorf("it counts %q", text)
	}
	if _, there := a.Of("e"); there {
		t.Error("it has a promise that it has not")
	}
}

// A promise that was not asked stands as it did the last time that it was.
func TestAccountAfterAnother(t *testing.T) {
	t.Parallel()
	first := account(map[string]promise.Did{"a": "seen", "b": "silent", "c": "unprobed"})
	second := account(map[string]promise.Did{"a": "unprobed", "b": "seen", "c": "unprobed", "d": "unprobed"})
	want := account(map[string]promise.Did{"a": "seen", "b": "seen", "c": "unprobed", "d": "unprobed"})
	if diff := cmp.Diff(want, second.After(first)); diff != "" {
		t.Error(diff)
	}
	first.SHA256 = "b"
	if diff := cmp.Diff(second, second.After(first)); diff != "" {
		t.Errorf("promises that are others:\n%s", diff)
	}
}
