//go:build unix

package evidence_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/evidence"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

const blocked = `{"version":"2.1","snapshot":{"stage":"PRE_COMMIT","outcome":"BLOCK","findings":[
	{"ruleId":"b","severity":"ERROR","file":"DIR/b.ts","lines":"7-9","message":"in DIR"},
	{"ruleId":"a","severity":"CRITICAL","file":"b.ts","lines":[3,1],"message":"m"},
	{"ruleId":"a","severity":"CRITICAL","file":"b.ts","lines":20,"message":"m"},
	{"ruleId":"a","severity":"CRITICAL","file":"a.ts","message":"m"}]},
	"rulesets":[{"bundle":"two"},{"bundle":"one"},{"bundle":"two"},{}]}`

func write(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, evidence.File), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFindingsAreFreeOfTheMachine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got, err := evidence.Parse([]byte(strings.ReplaceAll(blocked, "DIR", dir)), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &evidence.Snapshot{
		Stage: "PRE_COMMIT", Outcome: "BLOCK", Rulesets: []string{"two", "one", "two"},
		Findings: []verdict.Finding{
			{Rule: "b", Severity: "ERROR", File: "b.ts", Lines: []int{7, 8, 9}, Message: "in {clone_dir}"},
			{Rule: "a", Severity: "CRITICAL", File: "b.ts", Lines: []int{1, 3}, Message: "m"},
			{Rule: "a", Severity: "CRITICAL", File: "b.ts", Lines: []int{20}, Message: "m"},
			{Rule: "a", Severity: "CRITICAL", File: "a.ts", Lines: []int{}, Message: "m"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What the gate says of its rules tells a person something and decides nothing: in another shape it is not said.
func TestRulesThatWereAtWorkAreReadWhereTheGateSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parse := func(coverage, consolidation string) *evidence.Snapshot {
		text := `{"version":"2.1","snapshot":{"stage":"CI","outcome":"PASS","findings":[],` +
			`"rules_coverage":` + coverage + `},"consolidation":` + consolidation + `}`
		got, err := evidence.Parse([]byte(text), dir)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := parse(`{"active_rule_ids":["a","b"],"matched_rule_ids":["b"],"unevaluated_rule_ids":[],"coverage_ratio":1}`,
		`{"suppressed":[{"ruleId":"a","file":"`+dir+`/x.ts","replacedByRuleId":"b","reason":"alike"}]}`)
	coverage := &verdict.Coverage{Active: []string{"a", "b"}, Matched: []string{"b"}, Unevaluated: []string{}}
	if diff := cmp.Diff(coverage, got.Coverage); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]verdict.Suppressed{{Rule: "a", File: "x.ts", ReplacedBy: "b"}}, got.Suppressed); diff != "" {
		t.Error(diff)
	}
	for _, odd := range []string{`null`, `true`, `{}`, `[]`, `{"active_rule_ids":"all","suppressed":[1]}`} {
		if got := parse(odd, odd); got.Coverage != nil || got.Suppressed != nil {
			t.Errorf("%s: %v, %v", odd, got.Coverage, got.Suppressed)
		}
	}
}

func TestLinesAreReadInEveryForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`7`: "[7]", `"12"`: "[12]", `"12-14"`: "[12,13,14]", `"3, 1-2"`: "[1,2,3]", `[5,"2-3",2]`: "[2,3,5]",
		`null`: "[]", `[]`: "[]", `""`: "[]", `"L12"`: "[]", `-4`: "[]", `2.5`: "[]", `1e300`: "[]", `{"a":1}`: "[]",
		`"9-2"`: "[]",
		`[[1]]`: "[]", `true`: "[]", `"1-999999999"`: "[1,999999999]", `"99999999999999999999"`: "[]",
	} {
		var lines evidence.Lines
		if err := json.Unmarshal([]byte(text), &lines); err != nil {
			t.Errorf("%s gives %v", text, err)
		}
		if got, _ := json.Marshal(lines); string(got) != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
}

func TestEvidenceOfAnEarlierStageIsNoEvidence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := evidence.ReadAfter(dir, evidence.MarkBefore(dir)); !errors.Is(err, evidence.ErrNone) {
		t.Errorf("no file: %v", err)
	}
	write(t, dir, blocked)
	mark := evidence.MarkBefore(dir)
	if _, err := evidence.ReadAfter(dir, mark); !errors.Is(err, evidence.ErrNone) {
		t.Errorf("old file: %v", err)
	}
	path := filepath.Join(dir, evidence.File)
	info, _ := os.Stat(path)
	for later := info; !later.ModTime().After(info.ModTime()); later, _ = os.Stat(path) {
		write(t, dir, blocked) // until the file system's clock has ticked
	}
	if _, err := evidence.ReadAfter(dir, mark); err != nil {
		t.Errorf("same bytes, written anew: %v", err)
	}
	write(t, dir, strings.Replace(blocked, "two", "TWO", 1))
	_ = os.Chtimes(path, info.ModTime(), info.ModTime())
	if _, err := evidence.ReadAfter(dir, mark); err != nil {
		t.Errorf("other bytes under the old time: %v", err)
	}
	mark = evidence.MarkBefore(dir)
	_ = os.Chtimes(path, time.Now(), info.ModTime().Add(time.Hour))
	touched, err := evidence.ReadAfter(dir, mark)
	if err == nil {
		err = touched.Judge(suite.PrePush, 1)
	}
	if err == nil || !strings.Contains(err.Error(), `of stage "PRE_COMMIT"`) {
		t.Errorf("old bytes, touched: %v", err)
	}
}

func TestEvidenceThatCannotBeBelievedIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "cut short": blocked[:80], "null": "null", "list": "[]", "no snapshot": `{"version":"2.1"}`,
		"no stage":                 `{"version":"2.1","snapshot":{"outcome":"PASS","findings":[]}}`,
		"no outcome":               `{"version":"2.1","snapshot":{"stage":"CI"}}`,
		"findings of another type": `{"version":"2.1","snapshot":{"stage":"CI","outcome":"PASS","findings":{}}}`,
	} {
		dir := t.TempDir()
		write(t, dir, text)
		if _, err := evidence.ReadAfter(dir, evidence.Mark{}); err == nil || errors.Is(err, evidence.ErrNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	write(t, dir, blocked)
	if err := os.Truncate(filepath.Join(dir, evidence.File), 64<<20+1); err != nil {
		t.Fatal(err)
	}
	_, err := evidence.ReadAfter(dir, evidence.Mark{})
	if err == nil || !strings.Contains(err.Error(), "longer than 67108864 bytes") {
		t.Errorf("too long: %v", err)
	}
}

func TestOnlyARegularFileIsRead(t *testing.T) {
	t.Parallel()
	elsewhere := t.TempDir()
	write(t, elsewhere, blocked)
	for what, make := range map[string]func(path string) error{
		"a symbolic link": func(path string) error { return os.Symlink(filepath.Join(elsewhere, evidence.File), path) },
		"a directory":     func(path string) error { return os.Mkdir(path, 0o755) },
		"a named pipe":    func(path string) error { return syscall.Mkfifo(path, 0o644) },
	} {
		dir := t.TempDir()
		if err := make(filepath.Join(dir, evidence.File)); err != nil {
			t.Fatal(err)
		}
		_, err := evidence.ReadAfter(dir, evidence.MarkBefore(dir))
		if err == nil || !strings.Contains(err.Error(), "it is "+what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestPipeInThePlaceOfEvidenceHoldsUpNobody swaps a pipe in and out while the evidence is read, until the reader has
// looked at the file and opened the pipe. Nobody writes into that pipe.
func TestPipeInThePlaceOfEvidenceHoldsUpNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, file, pipe := filepath.Join(dir, evidence.File), filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(blocked), 0o600); err != nil {
		t.Fatal(err)
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
				for _, each := range []string{file, pipe} {
					_ = os.Link(each, path+".next")
					_ = os.Rename(path+".next", path)
					_ = os.Remove(path + ".next") // a rename onto another name of the same file does nothing
				}
			}
		}
	}()
	for met := false; !met; {
		_, err := evidence.ReadAfter(dir, evidence.Mark{})
		met = err != nil && strings.Contains(err.Error(), "it was replaced while it was being opened")
	}
	close(done)
	<-ended
}

func TestOnlyEvidenceOfVersion2IsRead(t *testing.T) {
	t.Parallel()
	const none = evidence.File + " names no version, and version 2 is expected"
	other := func(version string) string {
		return evidence.File + " is of version " + version + ", and version 2 is expected"
	}
	for version, says := range map[string]string{
		`"version":"2",`: "", `"version":"2.1",`: "", `"version":"2.10",`: "", `"version":2,`: "", `"version":2.1,`: "",
		"": none, `"version":null,`: none, `"version":"",`: none,
		`"version":"1",`: other(`"1"`), `"version":1,`: other(`"1"`), `"version":"3.0",`: other(`"3.0"`),
		`"version":"20",`: other(`"20"`), `"version":"2.",`: other(`"2."`), `"version":"2.x",`: other(`"2.x"`),
		`"version":"v2",`: other(`"v2"`), `"version":" 2",`: other(`" 2"`), `"version":-2,`: other(`"-2"`),
		`"version":2e0,`: other(`"2e0"`), `"version":"2\n",`: other(`"2\\n"`), `"version":true,`: other(`"true"`),
		`"version":["2"],`: other(`"[\"2\"]"`), `"version":{"major":2},`: other(`"{\"major\":2}"`),
		`"version":"` + strings.Repeat("9", 50) + `",`: other(`"` + strings.Repeat("9", 40) + `"`),
	} {
		_, err := evidence.Parse([]byte(`{`+version+`"snapshot":{"stage":"CI","outcome":"PASS"}}`), "")
		if (err == nil) != (says == "") || err != nil && err.Error() != says {
			t.Errorf("%s gives %v, want %s", version, err, says)
		}
	}
}

func TestExitIsBornOutByItsEvidence(t *testing.T) {
	t.Parallel()
	finding := []verdict.Finding{{Rule: "r"}}
	for _, c := range []struct {
		snapshot evidence.Snapshot
		exit     int
		want     string
	}{
		{evidence.Snapshot{Stage: "PRE_COMMIT", Outcome: "BLOCK", Findings: finding}, 1, ""},
		{evidence.Snapshot{Stage: "PRE_COMMIT", Outcome: "PASS"}, 0, ""},
		{evidence.Snapshot{Stage: "PRE_COMMIT", Outcome: "WARN", Findings: finding}, 0, ""},
		{evidence.Snapshot{Stage: "PRE_COMMIT", Outcome: "BLOCK"}, 1, "names no finding"},
		{evidence.Snapshot{Stage: "PRE_COMMIT", Outcome: "PASS", Findings: finding}, 1, "says PASS"},
		{evidence.Snapshot{Stage: "PRE_COMMIT", Outcome: "BLOCK", Findings: finding}, 0, "says BLOCK"},
		{evidence.Snapshot{Stage: "PRE_PUSH", Outcome: "BLOCK", Findings: finding}, 1,
			`of stage "PRE_PUSH", not PRE_COMMIT`},
		{evidence.Snapshot{Stage: "PRE_WRITE", Outcome: "PASS"}, 0, `of stage "PRE_WRITE", not PRE_COMMIT`},
	} {
		err := c.snapshot.Judge(suite.PreCommit, c.exit)
		if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v with %d: got %v, want %q", c.snapshot, c.exit, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(blocked))
	f.Add([]byte(`{"version":2,"rulesets":null,
		"snapshot":{"stage":"CI","outcome":"PASS","findings":[{"lines":"\u0660"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		snapshot, err := evidence.Parse(data, "/clone")
		if err != nil {
			return
		}
		if snapshot.Findings == nil || snapshot.Rulesets == nil {
			t.Error("nil list")
		}
		for _, finding := range snapshot.Findings {
			if finding.Lines == nil || strings.HasPrefix(finding.File, "/clone/") {
				t.Errorf("%+v", finding)
			}
		}
		if _, err := json.Marshal(snapshot); err != nil {
			t.Error(err)
		}
	})
}
