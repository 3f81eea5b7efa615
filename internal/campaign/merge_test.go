package campaign

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
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
	first := say(func(v *history.Version) { v.Took, v.Entry = 7, "another" })
	for name, change := range map[string]func(*history.Version){
		"verdict":   func(v *history.Version) { v.Verdict = history.Unjudged },
		"cell":      func(v *history.Version) { v.Cells[0].Exit = 1 },
		"findings":  func(v *history.Version) { v.Findings = 3 },
		"promise":   func(v *history.Version) { v.Promises[0].Broken[0] = "b" },
		"integrity": func(v *history.Version) { v.Integrity = "sha512-b" },

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
