package campaign

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/ledger"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// A version may be in two shards, by a call that was repeated: if they say the same of it, in all that its gate did.
func TestShardsThatDisagreeAreRefused(t *testing.T) {
	t.Parallel()
	say := func(change func(*history.Version)) swept {
		v := history.Version{Version: "9.0.0", Verdict: history.Met, Took: 5, Cells: []history.Cell{{Met: true}}}
		v.Promises = []history.Promised{{Kind: promise.Journeys, Kept: 3, Broken: []string{"a"}}}
		change(&v)
		return swept{"a", &history.Sweep{Versions: []history.Version{v}}}
	}
	first := say(func(v *history.Version) { v.Took = 7 })
	for name, change := range map[string]func(*history.Version){
		"verdict":   func(v *history.Version) { v.Verdict = history.Unjudged },
		"cell":      func(v *history.Version) { v.Cells[0].Exit = 1 },
		"findings":  func(v *history.Version) { v.Findings = 3 },
		"promise":   func(v *history.Version) { v.Promises[0].Broken[0] = "b" },
		"integrity": func(v *history.Version) { v.Integrity = "sha512-b" },
		"entry":     func(v *history.Version) { v.Entry = "only one has one" },

		"count of rules": func(v *history.Version) { v.Rules = &verdict.Rules{Active: 1} },
		"count of kept":  func(v *history.Version) { v.Promises[0].Kept = 4 },
		"count unasked":  func(v *history.Version) { v.Promises[0].Unasked = 1 },
		"kind":           func(v *history.Version) { v.Promises[0].Kind = promise.Probes },
	} {
		if _, err := union([]swept{first, say(change)}); err == nil {
			t.Errorf("another %s is no difference", name)
		}
	}
	if all, err := union([]swept{first, say(func(*history.Version) {})}); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
}

// Two shards may count the same of a version, and not say the same of it: what their ledgers keep is looked at.
func TestShardsAreHeldAgainstEachOtherByTheirLedgers(t *testing.T) {
	t.Parallel()
	shard := func(at, why string, change func(*artifact.Entry)) swept {
		dir := t.TempDir()
		l, err := ledger.Open(filepath.Join(dir, "ledger"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		e := artifacttest.Entry("sha512-AAAA")
		e.GeneratedAt = at
		change(&e)
		name, err := l.Put(e)
		account, accountErr := l.Put(artifacttest.Account(e, why))
		if err = errors.Join(err, accountErr); err != nil {
			t.Fatal(err)
		}
		v := history.Version{Version: "9.0.0", Entry: verdict.Text(name)}
		v.Promises = []history.Promised{{Kind: promise.Journeys, Entry: verdict.Text(account)}}
		head := history.Head{Ledger: "ledger", Suite: e.Suite}
		return swept{dir, &history.Sweep{Head: head, Versions: []history.Version{v}}}
	}
	const early, late = "2026-01-02T03:04:05Z", "2026-01-02T04:05:06Z"
	as := func(*artifact.Entry) {}
	saying := func(text string) func(*artifact.Entry) {
		return func(e *artifact.Entry) {
			e.Scenarios.Of["violations"][0].Findings[0].Message = text
		}
	}
	for name, each := range map[string]struct {
		a, b swept
		same bool
	}{
		"another time":    {shard(early, "", as), shard(late, "", as), true},
		"another number":  {shard(early, "", saying("3 s old")), shard(early, "", saying("47 s old")), true},
		"another message": {shard(early, "", saying("old")), shard(early, "", saying("new")), false},
		"another promise": {shard(early, "", as), shard(early, "it exited with 1", as), false},
	} {
		if _, err := union([]swept{each.a, each.b}); (err == nil) != each.same {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two versions are compared by the scenarios and the families of rules of their sweep, which all shards have in common.
func TestShardsOfOtherFamiliesAreRefused(t *testing.T) {
	t.Parallel()
	of := func(families ...[]string) swept {
		return swept{"a", &history.Sweep{Head: history.Head{Families: families}}}
	}
	if _, err := union([]swept{of([]string{"a", "b"}), of([]string{"a", "c"})}); err == nil {
		t.Error("other families go together")
	}
	other := of([]string{"a", "b"})
	other.Suite = suite.Default()
	if _, err := union([]swept{of([]string{"a", "b"}), other}); err == nil {
		t.Error("other scenarios go together")
	}
	if _, err := union([]swept{of([]string{"a", "b"}), of([]string{"a", "b"})}); err != nil {
		t.Error(err)
	}
}

func TestVersionsStandInTheOrderOfVersions(t *testing.T) {
	t.Parallel()
	var shards []swept
	for _, name := range []string{"6.3.10", "6.3.9", "6.3.9-rc.2", "6.3.9-rc.10", "6.3.100"} {
		shards = append(shards, swept{name, &history.Sweep{Versions: []history.Version{{Version: name}}}})
	}
	versions, err := union(shards)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"6.3.9-rc.2", "6.3.9-rc.10", "6.3.9", "6.3.10", "6.3.100"}
	for i, v := range versions {
		if v.Version != want[i] {
			t.Errorf("%d is %s, want %s", i, v.Version, want[i])
		}
	}
}
