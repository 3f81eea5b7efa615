package journey_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
)

const script = `# A bad change is blocked.
# start: installed
# incident: INC-048
# known: <6.3.100: it is not.
# waits: half a minute.

lay violations
! git commit -m 'feat: it'
-- a/file --
text
`

func TestParse(t *testing.T) {
	t.Parallel()
	j, err := journey.Parse("commit-blocked", []byte(script))
	if err != nil {
		t.Fatal(err)
	}
	if j.Start != journey.Installed || j.NeedsFrom() || j.Path() != "journeys/commit-blocked.txtar" ||
		j.Line(8) != "! git commit -m 'feat: it'" || j.Line(99) != "" || len(j.Files) != 1 || j.Weight() != 1 ||
		j.Waits != "half a minute." {
		t.Errorf("it is read as %+v", j)
	}
	if diff := cmp.Diff([]string{"INC-048"}, j.Incidents); diff != "" {
		t.Error(diff)
	}
	from, err := journey.Parse("upgrade", []byte("# It follows.\nupgrade $FROM\nupgrade $SPEC\n"))
	if err != nil || !from.NeedsFrom() || from.Start != journey.Ready || from.Weight() != 6 {
		t.Errorf("it is read as %+v: %v", from, err)
	}
}

// What takes longest begins first, and what may only wait never stands beside another that does.
func TestJourneysBeginInTurn(t *testing.T) {
	t.Parallel()
	var all []journey.Journey
	for _, script := range []string{"waits", "git commit", "upgrade $SPEC", "exists a", "waits too", "gate a\ngate b"} {
		j := journey.Journey{Script: script}
		if strings.HasPrefix(script, "waits") {
			j.Waits = "for nothing."
		}
		all = append(all, j)
	}
	var got []string
	for _, j := range journey.InTurn(all) {
		got = append(got, j.Script)
	}
	if diff := cmp.Diff([]string{
		"waits", "upgrade $SPEC", "waits too", "gate a\ngate b", "git commit", "exists a",
	}, got); diff != "" {
		t.Error(diff)
	}
	if none := journey.InTurn(all[1:2]); len(none) != 1 {
		t.Error(none)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]struct{ name, text, says string }{
		"name": {"Commit_blocked", script, "journeys/Commit_blocked.txtar:1: it is not called in small letters"},
		"start": {"a", strings.Replace(script, "installed", "nowhere", 1),
			"journeys/a.txtar:2: start is to be one of"},
		"twice":  {"a", "# start: bare\n" + script, "start is to be one of"},
		"head":   {"a", "lay violations\n", "journeys/a.txtar:1: it begins with no sentence"},
		"script": {"a", "# It holds.\n\n-- file --\n", "journeys/a.txtar:2: there are no commands after its head"},
	} {
		if _, err := journey.Parse(wrong.name, []byte(wrong.text)); err == nil ||
			!strings.Contains(err.Error(), wrong.says) {
			t.Errorf("%s: %v, want %q", name, err, wrong.says)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if _, err := journey.Read(root); !errors.Is(err, journey.ErrNone) {
		t.Errorf("without journeys: %v", err)
	}
	dir := filepath.Join(root, journey.Folder)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"b.txtar": script, "a.txtar": script, "README.md": "no journey"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all, err := journey.Read(root)
	if err != nil || len(all) != 2 || all[0].Name != "a" || all[1].Name != "b" {
		t.Fatalf("it reads %+v: %v", all, err)
	}
	if journey.Digest(all) != journey.Digest([]journey.Journey{all[1], all[0]}) ||
		journey.Digest(all) == journey.Digest(all[:1]) {
		t.Error("the digest is not of the journeys, whatever their order")
	}
	for what, change := range map[string]func(*journey.Journey){
		"a line":   func(j *journey.Journey) { j.Script += "exists more\n" },
		"a file":   func(j *journey.Journey) { j.Files = map[string][]byte{"a/file": []byte("other\n")} },
		"its path": func(j *journey.Journey) { j.Files = map[string][]byte{"b/file": []byte("text\n")} },
	} {
		other := slices.Clone(all)
		if change(&other[0]); journey.Digest(other) == journey.Digest(all) {
			t.Errorf("%s is another, and the digest is the same", what)
		}
	}
	for pattern, n := range map[string]int{"": 0, "*": 2, "a": 1, "c": 0, "[": 0} {
		if chosen, err := journey.Choose(all, pattern); len(chosen) != n || (err == nil) != (n > 0) {
			t.Errorf("%q chooses %d: %v", pattern, len(chosen), err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "b.txtar"), []byte("no head\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := journey.Read(root); err == nil || !strings.Contains(err.Error(), "journeys/b.txtar:1: ") {
		t.Errorf("a journey without a head: %v", err)
	}
}

// What becomes of a journey follows from whether it failed, and from what is known of the version.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	j, err := journey.Parse("commit-blocked", []byte(script))
	if err != nil {
		t.Fatal(err)
	}
	failed := errors.New("unexpected success")
	report := journey.Report{Journeys: []journey.Result{
		j.Skipped("6.3.1", "it is older"), j.Of("6.3.200", failed, 8, "said\x1b[31m\n"),
		j.Of("6.3.200", nil, 0, "said"), j.Of("6.3.1", failed, 8, "said"), j.Of("6.3.1", nil, 0, ""),
	}}
	report.PackageSpec = "pumuki@6.3.200"
	for i, name := range []string{"skipped", "bad", "good", "known", "mended"} {
		report.Journeys[i].Name = name
	}
	report.Settle()
	var titles []string
	for _, each := range report.Journeys {
		titles = append(titles, each.Title())
	}
	if diff := cmp.Diff([]string{
		"FAIL   bad: unexpected success", "ok     good", "known  known: it is not.",
		"fixed  mended: it does not fail, although it is known to: it is not.", "skip   skipped: it is older",
	}, titles); diff != "" {
		t.Error(diff)
	}
	if report.ExitCode != 1 || report.Counts != (journey.Counts{OK: 1, Fail: 1, Known: 1, Fixed: 1, Skip: 1}) {
		t.Errorf("it comes to %d with %+v", report.ExitCode, report.Counts)
	}
	if diff := cmp.Diff(`=== FAIL: bad ===
A bad change is blocked.
journeys/bad.txtar:8: ! git commit -m 'feat: it'
unexpected success
the end of its log:
  said
look into it: mage journeys -spec=pumuki@6.3.200 -journey=bad -keep
=== known: known ===
A bad change is blocked.
journeys/known.txtar:8: ! git commit -m 'feat: it'
unexpected success
known: it is not.
the end of its log:
  said
look into it: mage journeys -spec=pumuki@6.3.200 -journey=known -keep
journeys: 1 ok, 1 failed, 1 known, 1 fixed, 1 skipped
`, report.Text()); diff != "" {
		t.Error(diff)
	}
	var stands []string
	for _, each := range report.Promises() {
		stands = append(stands, fmt.Sprint(each.Name, " ", each.State, ": ", each.Did))
	}
	if diff := cmp.Diff([]string{
		"bad broken: fails", "good kept: ok", "known broken: fails", "mended kept: ok", "skipped unasked: skipped",
	}, stands); diff != "" {
		t.Error(diff)
	}
	report.Journeys = report.Journeys[1:]
	if report.Settle(); report.ExitCode != 0 {
		t.Error("what is known fails the call")
	}
}

// Nothing that stands in a file makes reading it fail otherwise than by an error that names the line.
func FuzzParse(f *testing.F) {
	f.Add("a", script)
	f.Fuzz(func(t *testing.T, name, text string) {
		j, err := journey.Parse(name, []byte(text))
		if err != nil && !strings.HasPrefix(err.Error(), "journeys/") {
			t.Errorf("%v names no file", err)
		}
		_ = j.Weight()
	})
}
