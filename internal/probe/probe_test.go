package probe_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

const anyView = `A view that is erased is reported.

rule: ios.no-anyview
rule: skills.ios.no-anyview since 6.3.17 until 6.3.250
since: 6.3.14
known: skills.ios.no-anyview >=6.3.200 <6.3.210: it is folded into its twin.
-- bad/apps/ios/Card.swift --
AnyView(Text("a"))
-- good/apps/ios/Card.swift --
Text("a")
`

func parsed(t *testing.T) probe.Probe {
	t.Helper()
	p, err := probe.Parse("ios/no-anyview", []byte(anyView))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParse(t *testing.T) {
	t.Parallel()
	p := parsed(t)
	want := []probe.Rule{{ID: "ios.no-anyview"}, {ID: "skills.ios.no-anyview", Since: "6.3.17", Until: "6.3.250"}}
	if diff := cmp.Diff(want, p.Rules); diff != "" {
		t.Error(diff)
	}
	if p.Platform != "ios" || p.Path() != "probes/ios/no-anyview.txtar" || len(p.Bad) != 1 || len(p.Good) != 1 {
		t.Errorf("it is read as %+v", p)
	}
	for id, platform := range map[string]string{"skills.ios.no-anyview": "ios", "ios.no-print": "ios", "unknown": ""} {
		if got := probe.PlatformOf(id); got != platform {
			t.Errorf("%s is of %q", id, got)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for wrong, change := range map[string][2]string{
		"probes/ios/a.txtar:1: it begins with no sentence": {"reported.", "reported"},
		"probes/ios/a.txtar:3: rule is to be an id":        {"rule: ios.no-anyview", "rule: IOS"},
		"probes/ios/a.txtar:4: rule is to be an id":        {"since 6.3.17", "since soon"},
		"probes/ios/a.txtar:1: known: skills.ios.other is no rule of it": {
			"known: skills.ios.no-anyview", "known: skills.ios.other"},
		"probes/ios/a.txtar:1: good/../Card.swift is no path below bad/":    {"good/apps/ios", "good/.."},
		"probes/ios/a.txtar:1: better/apps/ios/Card.swift is no path below": {"good/", "better/"},
		"probes/ios/a.txtar:1: it has no file below bad/":                   {"bad/", "good/"},
		"probes/ios/a.txtar:1: bad/.git/hooks/x is no path below": {
			"bad/apps/ios/Card.swift", "bad/.git/hooks/x"},
		"probes/ios/a.txtar:1: no rule is named": {
			"rule: ios.no-anyview\nrule: skills.ios.no-anyview since 6.3.17 until 6.3.250\n", ""},
	} {
		text := strings.Replace(anyView, change[0], change[1], 1)
		if _, err := probe.Parse("ios/a", []byte(text)); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%v, want %q", err, wrong)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if _, err := probe.Read(root); !errors.Is(err, probe.ErrNone) {
		t.Errorf("without probes: %v", err)
	}
	write := func(name, text string) {
		t.Helper()
		at := filepath.Join(root, probe.Folder, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("ios/no-anyview.txtar", anyView)
	write("backend/no-any.txtar", "It is reported.\nrule: backend.no-any\n-- bad/apps/backend/a.ts --\nany\n")
	all, err := probe.Read(root)
	if err != nil || len(all) != 2 || all[0].Name != "backend/no-any" || all[1].Name != "ios/no-anyview" {
		t.Fatalf("it reads %+v: %v", all, err)
	}
	if probe.Digest(all) != probe.Digest([]probe.Probe{all[1], all[0]}) || probe.Digest(all) == probe.Digest(all[:1]) {
		t.Error("the digest is not of the probes, whatever their order")
	}
	for what, change := range map[string]func(*probe.Probe){
		"a bad file":    func(p *probe.Probe) { p.Bad = map[string][]byte{"apps/backend/a.ts": []byte("unknown\n")} },
		"a good file":   func(p *probe.Probe) { p.Good = map[string][]byte{"apps/backend/b.ts": nil} },
		"what is good":  func(p *probe.Probe) { p.Bad, p.Good = nil, p.Bad },
		"a rule":        func(p *probe.Probe) { p.Rules = nil },
		"since":         func(p *probe.Probe) { p.Since = "1.0.0" },
		"what is known": func(p *probe.Probe) { p.Known = all[1].Known },
	} {
		other := slices.Clone(all)
		if change(&other[0]); probe.Digest(other) == probe.Digest(all) {
			t.Errorf("%s is another, and the digest is the same", what)
		}
	}
	for pattern, n := range map[string]int{"": 0, "*": 2, "skills.*": 1, "*no-any*": 2, "android.*": 0, "[": 0} {
		if chosen, err := probe.Choose(all, pattern); len(chosen) != n || (err == nil) != (n > 0) {
			t.Errorf("%q chooses %d: %v", pattern, len(chosen), err)
		}
	}
	write("ios/twin.txtar", strings.Replace(anyView, "rule: ios.no-anyview\n", "rule: ios.other\n", 1))
	for _, wrong := range []string{
		"probes/ios/twin.txtar: apps/ios/Card.swift is a file of probes/ios/no-anyview.txtar too",
		"probes/ios/twin.txtar: skills.ios.no-anyview is a rule of probes/ios/no-anyview.txtar too",
	} {
		if _, err := probe.Read(root); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%v, want %q", err, wrong)
		}
	}
}

// What becomes of a rule follows from what the gate said of the two sets, and from what is known of the version.
func TestJudge(t *testing.T) {
	t.Parallel()
	p := parsed(t)
	const file = "apps/ios/Card.swift"
	plain, skill := verdict.Finding{Rule: "ios.no-anyview", File: file, Message: "no"},
		verdict.Finding{Rule: "skills.ios.no-anyview", File: file, Message: "no"}
	all := func(findings ...verdict.Finding) []verdict.Finding { return findings }
	active := []string{"ios.no-anyview", "skills.ios.no-anyview"}
	for name, c := range map[string]struct {
		version string
		said    probe.Said
		want    []string
	}{
		"both": {"6.3.100", probe.Said{Bad: all(plain, skill), Active: active},
			[]string{"seen     ios.no-anyview", "seen     skills.ios.no-anyview"}},
		"one is silent": {"6.3.100", probe.Said{Bad: all(plain), Active: active}, []string{"seen     ios.no-anyview",
			"silent   skills.ios.no-anyview in " + file + ": reported there: ios.no-anyview"}},
		"elsewhere": {"6.3.16", probe.Said{Bad: all(verdict.Finding{Rule: "ios.no-anyview", File: "b.swift"})},
			[]string{"silent   ios.no-anyview in " + file + ": nothing is reported there"}},
		"a twin is noisy": {"6.3.16", probe.Said{Bad: all(plain), Good: all(skill)},
			[]string{"noisy    ios.no-anyview in " + file + ": skills.ios.no-anyview: no"}},
		"known": {"6.3.200", probe.Said{Bad: all(plain), Active: active}, []string{"seen     ios.no-anyview",
			"known    skills.ios.no-anyview in " + file + ": it is folded into its twin."}},
		"fixed": {"6.3.200", probe.Said{Bad: all(plain, skill)}, []string{"seen     ios.no-anyview",
			"fixed    skills.ios.no-anyview: it is seen, although it is known not to be: it is folded into its twin."}},
		"gone": {"6.3.100", probe.Said{Bad: all(plain), Active: active[:1]}, []string{"seen     ios.no-anyview",
			"gone     skills.ios.no-anyview: it is not among the rules that were at work"}},
		"not yet": {"6.3.13", probe.Said{Active: []string{"other"}}, nil},
		"no release": {"0.0.0", probe.Said{Bad: all(plain), Active: active[:1]},
			[]string{"seen     ios.no-anyview"}},
		"listed too early": {"6.3.251", probe.Said{Bad: all(plain), Active: active},
			[]string{"seen     ios.no-anyview"}},
	} {
		var got []string
		for _, each := range p.Judge(c.version, c.said) {
			got = append(got, each.Title())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// A rule of another platform has no word on a file. One that names none of the platforms has.
func TestAccusations(t *testing.T) {
	t.Parallel()
	p := parsed(t)
	const file = "apps/ios/Card.swift"
	said := probe.Said{
		Bad: []verdict.Finding{{Rule: "backend.no-any", File: file, Message: "any"}, {Rule: "workflow.x", File: file}},
		Good: []verdict.Finding{{Rule: "backend.no-any", File: file}, {Rule: "skills.backend.b", File: file},
			{Rule: "backend.no-any", File: "other.swift"}},
	}
	var got []string
	for _, each := range p.Accusations(said, []string{"backend", "ios"}) {
		got = append(got, each.Title())
	}
	if diff := cmp.Diff([]string{
		"foreign  backend.no-any in apps/ios/Card.swift: it reports a file of ios: any",
		"foreign  skills.backend.b in apps/ios/Card.swift: it reports a file of ios: ",
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestReportCountsByPlatform(t *testing.T) {
	t.Parallel()
	r := probe.Report{Rules: []probe.Result{
		{ID: "ios.b", Platform: "ios", Did: probe.Silent, File: "a.swift", Why: "nothing is reported there"},
		{ID: "ios.a", Platform: "ios", Did: probe.Seen}, {ID: "ios.c", Platform: "ios", Did: probe.Unprobed},
		{ID: "backend.a", Platform: "backend", Did: probe.Noisy, Cause: "it is so."},
		{ID: "ios.a", Platform: "ios", Did: probe.Foreign, File: "b.ts", Why: "it reports a file of backend: no"},
	}}
	for i, each := range r.Rules {
		r.Rules[i].Outcome = each.Follows()
	}
	r.Settle()
	if diff := cmp.Diff(`backend: 0 of 1 seen, 1 known
ios: 1 of 3 seen, 1 silent, 1 foreign, 1 without a probe
known    backend.a: it is so.
foreign  ios.a in b.ts: it reports a file of backend: no
silent   ios.b in a.swift: nothing is reported there
unprobed ios.c: no probe shows whether it speaks
probes: 1 rules seen, 2 off, 1 known, 1 without a probe
`, r.Text()); diff != "" || r.ExitCode != 1 {
		t.Error(r.ExitCode, diff)
	}
	var stands []string
	for _, each := range r.Promises() {
		stands = append(stands, fmt.Sprint(each.Name, " ", each.State, ": ", each.Did))
	}
	if diff := cmp.Diff([]string{
		"backend.a broken: noisy", "ios.a kept: seen", "ios.a in b.ts broken: foreign", "ios.b broken: silent",
		"ios.c unasked: unprobed",
	}, stands); diff != "" {
		t.Error(diff)
	}
	r.Rules = r.Rules[:1]
	if r.Settle(); r.ExitCode != 0 {
		t.Error("what is known fails the call")
	}
}

// Nothing that stands in a file makes reading it fail otherwise than by an error that names the file.
func FuzzParse(f *testing.F) {
	f.Add("ios/a", anyView)
	f.Fuzz(func(t *testing.T, name, text string) {
		if _, err := probe.Parse(name, []byte(text)); err != nil && !strings.HasPrefix(err.Error(), "probes/") {
			t.Skip("a name that no file has")
		}
	})
}
