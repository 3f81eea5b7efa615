package report_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/report"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// document is a report, or a part of one, as a browser reads it. Raw is the file.
type document struct {
	*html.Node
	raw string
}

func render(t testing.TB, run *verdict.Run) document {
	t.Helper()
	raw, err := report.Render(run)
	return parse(t, raw, err)
}

// parse reads a report that was rendered.
func parse(t testing.TB, raw []byte, err error) document {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return document{root, string(raw)}
}

// all are the elements of a name, or those with an id or a class: "td", "#clean-ci", ".stage".
func (d document) all(what string) (found []document) {
	for n := range d.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == what, "#"+attr(n, "id") == what,
			what[0] == '.' && slices.Contains(strings.Fields(attr(n, "class")), what[1:]):
			found = append(found, document{Node: n})
		}
	}
	return found
}

// one is the one element of a name, id or class.
func (d document) one(t testing.TB, what string) document {
	t.Helper()
	found := d.all(what)
	if len(found) != 1 {
		t.Fatalf("there are %d of %s, not one", len(found), what)
	}
	return found[0]
}

// text is what a person reads, with single spaces.
func (d document) text() string {
	var text strings.Builder
	for n := range d.Descendants() {
		switch {
		case n.Type == html.TextNode && n.Parent.Data != "style":
			text.WriteString(n.Data)
		case slices.Contains([]string{"td", "th", "dd"}, n.Data):
			text.WriteString(" ")
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func TestEveryReportIsOneSoundDocument(t *testing.T) {
	t.Parallel()
	for name, run := range runs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sound(t, render(t, run), run)
		})
	}
}

// sound checks what holds of every report.
func sound(t *testing.T, doc document, run *verdict.Run) {
	t.Helper()
	if !strings.HasPrefix(doc.raw, "<!doctype html>\n<html lang=\"en\">") {
		t.Error("it does not begin as a document in English")
	}
	verdict := string(run.Verdict)
	title := doc.all("title")[0].text()
	if !strings.HasPrefix(title, verdict+" · ") || !strings.HasSuffix(title, " · pumuki matrix report") {
		t.Errorf("the title is %q", title)
	}
	if h1 := doc.one(t, "h1").text(); !strings.HasPrefix(h1, verdict+" ") {
		t.Errorf("the first heading is %q", h1)
	}
	meta := map[string]string{}
	for _, n := range doc.all("meta") {
		meta[attr(n.Node, "name")+attr(n.Node, "http-equiv")] = attr(n.Node, "content")
	}
	for name, want := range map[string]string{
		"pumuki-verdict": verdict, "color-scheme": "light dark", "viewport": "width=device-width, initial-scale=1",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
	} {
		if meta[name] != want {
			t.Errorf("meta %s is %q", name, meta[name])
		}
	}
	if meta["pumuki-run-id"] == "" {
		t.Error("the run is not named for machines")
	}
	for _, landmark := range []string{"header", "nav", "main", "footer"} {
		doc.one(t, landmark)
	}
	if matrix := doc.one(t, ".matrix"); len(matrix.all("caption")) != 1 || len(matrix.all("td")) != 9 {
		t.Error("the matrix is no table of nine cells with a caption")
	} else {
		scopes := map[string]int{}
		for _, th := range matrix.all("th") {
			scopes[attr(th.Node, "scope")]++
		}
		if scopes["col"] != 4 || scopes["row"] != 3 || len(scopes) != 2 {
			t.Errorf("the headers of the matrix are %v", scopes)
		}
		for i, td := range matrix.all("td") {
			c := run.Cells()[i]
			link := td.one(t, "a")
			if want := "#" + c.Scenario.Name + "-" + c.Stage.Name; attr(link.Node, "href") != want {
				t.Errorf("the cell of %s leads to %s", want, attr(link.Node, "href"))
			}
			// By its word, and not by its colour.
			if !strings.HasPrefix(strings.ToLower(link.text()), string(c.State)) {
				t.Errorf("the cell says %q of what is %s", link.text(), c.State)
			}
		}
	}

	ids := map[string]bool{}
	level := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id := attr(n, "id"); id != "" && ids[id] {
			t.Errorf("the id %s stands twice", id)
		} else if id != "" {
			ids[id] = true
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			if next := int(n.Data[1] - '0'); next > level+1 {
				t.Errorf("a heading of level %d comes after one of %d", next, level)
			} else {
				level = next
			}
		}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "iframe", "object", "embed", "form", "base", "img", "audio", "video":
			t.Errorf("there is a <%s>", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "src", a.Key == "srcset":
				t.Errorf("there is a %s on a <%s>", a.Key, n.Data)
			case a.Key == "href" && a.Val == "data:,":
			case a.Key == "href" && (!strings.HasPrefix(a.Val, "#") || !ids[a.Val[1:]]):
				t.Errorf("a link leads to %q", a.Val)
			case (a.Key == "aria-labelledby") && !ids[a.Val]:
				t.Errorf("%s names %q, which is nowhere", a.Key, a.Val)
			}
		}
	}
	for _, asks := range []string{"url(", "@import", "@font-face"} {
		if style := doc.one(t, "style").FirstChild.Data; strings.Contains(style, asks) {
			t.Errorf("the style has %s", asks)
		}
	}
}

func TestReportSaysWhatBecameOfTheRun(t *testing.T) {
	t.Parallel()
	runs := runs(t)
	for name, want := range map[string]struct {
		lead string
		// says are texts of the whole page.
		says []string
		// never is what it must not say.
		never string
	}{
		"pass": {lead: "All 9 cases met the contract", says: []string{
			"9 of 9", "2 January 2026, 03:04:05 UTC", "sha512-AAAA", artifacttest.Commit, artifacttest.Contract,
			"git 2.39.5", "Node.js 20.1.0", "npm 11.1.0",
			"pumuki-matrix-summary.json pumuki-matrix-evidence.json pumuki-matrix-run.json",
		}, never: "Failure"},
		"partial": {lead: "3 of 9 cases ran, and they met the contract. This is no verdict on the whole matrix: " +
			"the run left out clean and violations.", never: "PASS"},
		"a violation was let through": {lead: "1 of 9 cases missed the contract.", says: []string{
			"violations at pre-push: it exited with 0, and the contract expects 1", "8 of 9", "Step exit_contract",
			"npx --no pumuki-pre-push", "The log is empty",
		}},
		"a crash that looks like a block": {lead: "1 of 9 cases missed", says: []string{
			"mixed at ci: its exit is right, but", "no evidence, 0 findings",
		}},
		"a stage that hung": {lead: "The run ended in scenario violations: it failed to run the gate at pre-push " +
			"(a step ran past its time limit).", says: []string{
			"124 – a step ran past its time limit", "the run ended here", "waiting for nobody", "they do not count",
			"4 of 9",
		}},
		"an install that failed": {lead: "The run ended in scenario clean: it failed to install the package. " +
			"No stage was reached.", says: []string{
			"the run ended before it, at npm_install_package", `npm install --save-exact "pumuki@0.0.0"`,
			"npm error 404",
			"pumuki-matrix-last-failure.log", "SHA-256", "Length 14 bytes", "Package not known",
		}},
		"a dirty baseline": {lead: "The run ended in the preflight: it failed to find the source repository clean " +
			"(the source repository is dirty). No stage was reached.", says: []string{
			"17 – the source repository is dirty", "What failed has no log.", "0 of 9",
		}},
		"a wrong call":      {lead: "it failed to understand the call (the call was wrong). No stage was reached."},
		"ended by a signal": {lead: "(ended by SIGTERM)"},
		"killed": {lead: "This run has no end on record", says: []string{
			"no end on record", "none: the run has not ended, or was killed",
			"The run left no record of its steps", "Time not known",
		}},
		"could not be written": {lead: "The run failed to write the artifacts.", says: []string{
			"the run ended after it, at artifact_write",
		}, never: "No stage was reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := runs[name]
			if run == nil {
				t.Fatal("there is no such run")
			}
			doc := render(t, run)
			if lead := doc.one(t, ".lead").text(); !strings.Contains(lead, want.lead) {
				t.Errorf("it leads with %q", lead)
			}
			text := doc.one(t, "body").text()
			for _, says := range want.says {
				if !strings.Contains(text, says) {
					t.Errorf("it does not say %q:\n%s", says, text)
				}
			}
			header := doc.one(t, "header").text() + doc.one(t, "nav").text()
			if want.never != "" && strings.Contains(header, want.never) {
				t.Errorf("it says %q: %s", want.never, header)
			}
		})
	}
}

func TestFindingsAreGroupedByRuleTheGravestFirst(t *testing.T) {
	t.Parallel()
	results := metBut("mixed", 2, &verdict.Outcome{Exit: 1, Outcome: "BLOCK", Findings: []verdict.Finding{
		{Rule: "a.note", Severity: "HINT", File: "docs/x.md", Message: "hint"},
		{Rule: "b.any", Severity: "WARN", File: "apps/backend/src/a.ts", Lines: []int{3, 5}, Message: "any"},
		{Rule: "b.any", Severity: "WARN", File: "apps/frontend/src/b.tsx", Message: "any"},
		{Rule: "c.log", Severity: "CRITICAL", File: "apps/backend/src/a.ts", Lines: []int{7}, Message: "one thing"},
		{Rule: "c.log", Severity: "CRITICAL", File: "apps/unknown", Message: "another"},
	}})
	doc := render(t, read(t, results, nil, ""))
	stage := doc.one(t, "#mixed-ci")
	var rules []string
	for _, rule := range stage.all(".rule") {
		rules = append(rules, rule.text())
	}
	want := []string{"CRITICAL c.log backend 1, other 1", "WARN b.any backend 1, frontend 1", "HINT a.note other 1"}
	if !slices.Equal(rules, want) {
		t.Errorf("the rules are %q", rules)
	}
	platforms := "backend 2: 1 CRITICAL, 1 WARN frontend 1: 1 WARN other 2: 1 CRITICAL, 1 other"
	if got := stage.one(t, ".platforms").text(); got != platforms {
		t.Errorf("the platforms are %q", got)
	}
	var messages []string
	for _, message := range stage.all(".message") {
		messages = append(messages, message.text())
	}
	// Once for all places where it is one, else beside each.
	if want := []string{"one thing", "another", "any", "hint"}; !slices.Equal(messages, want) {
		t.Errorf("the messages are %q", messages)
	}
	if places := stage.all(".places")[1].text(); places != "apps/backend/src/a.ts lines 3, 5 apps/frontend/src/b.tsx" {
		t.Errorf("the places are %q", places)
	}
}

func TestOnlyWhatWantsALookIsOpen(t *testing.T) {
	t.Parallel()
	results := metBut("clean", 1, outcome(1))
	f := artifacttest.Failure("clean", suite.ExitContract, suite.KindContract)
	f.Command = suite.StagePrePush
	doc := render(t, read(t, results, f, "x"))
	for _, details := range doc.all(".findings") {
		open := slices.ContainsFunc(details.Attr, func(a html.Attribute) bool { return a.Key == "open" })
		if missed := strings.Contains(attr(details.Parent, "class"), "is-missed"); open != missed {
			t.Errorf("%s is open: %t", attr(details.Parent, "id"), open)
		}
	}
	got := doc.one(t, "#violations-ci").one(t, ".findings").one(t, "summary").text()
	if !strings.HasSuffix(got, "the same as at pre-commit") {
		t.Errorf("it does not say that ci found what pre-commit found: %q", got)
	}
}

func TestTimelineHasALanePerScenarioAndSaysItInWords(t *testing.T) {
	t.Parallel()
	doc := render(t, runs(t)["a stage that hung"])
	var lanes []string
	for _, lane := range doc.all(".lane") {
		lanes = append(lanes, strings.ReplaceAll(attr(lane.all("svg")[0].Node, "aria-label"), "\u00a0", " "))
	}
	want := []string{
		"preflight: 1 step", "clean: 4 steps, pre-commit 500 ms, pre-push 0 ms, ci 0 ms",
		"violations: 2 steps, pre-commit 1.0 s, pre-push 10.0 s, pre-push failed", "mixed: 1 step, ci 500 ms", "",
	}
	if !slices.Equal(lanes, want) {
		t.Errorf("the lanes are %q", lanes)
	}
	var rows []string
	for _, row := range doc.one(t, ".steps").all("tr") {
		rows = append(rows, row.text())
	}
	for _, want := range []string{
		"Step Start Took Exit Cached", "violations", "stage_pre_push failed 4.0 s 10.0 s 124 no",
		"npm_install_package 1.0 s 0 ms 0 yes",
	} {
		if !slices.Contains(rows, want) {
			t.Errorf("no row is %q: %q", want, rows)
		}
	}
}

func TestARecordThatLiesStaysWithinItsLane(t *testing.T) {
	t.Parallel()
	run := runs(t)["pass"]
	for range 1000 {
		run.Steps = append(run.Steps, verdict.Step{Phase: "clean", Name: "x", Began: 5, Took: 1})
	}
	run.Steps = append(run.Steps,
		verdict.Step{Phase: "mixed", Name: "x", Began: -1 << 63, Took: -1 << 63},
		verdict.Step{Phase: "mixed", Name: "x", Began: 1<<63 - 1, Took: 1<<63 - 1, Exit: 1<<63 - 1},
		verdict.Step{Phase: "of nobody", Name: "x", Took: 1})
	doc := render(t, run)
	sound(t, doc, run)
	for _, bar := range append(doc.all(".bar-step"), doc.all(".bar-stage")...) {
		var x, width float64
		if _, err := fmt.Sscanf(attr(bar.Node, "x")+" "+attr(bar.Node, "width"), "%f%% %f%%", &x, &width); err != nil {
			t.Fatal(err)
		}
		if x < 0 || x > 100 || width <= 0 || width > 100 {
			t.Errorf("a bar lies at %v, and is %v wide", x, width)
		}
	}
	if text := doc.one(t, "main").text(); !strings.Contains(text, "steps of the record left out") {
		t.Error("it does not say that steps were left out")
	}
}

// poison is what a gate would print that means harm.
var poison = "</style></title></code></pre><script>alert(1)</script><img src=x onerror=alert(1)>\" onclick='x' {{.}}" +
	"\x00\xff\x1b[31m\x1b]0;title\x07\u202e\r\n" + strings.Repeat("w", 100_000)

// poisoned fills every text of a run that is not our own.
func poisoned(value reflect.Value) {
	switch value.Interface().(type) {
	case suite.Scenario, suite.Stage, verdict.State, verdict.Verdict, time.Time:
		return
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(poison)
	case reflect.Pointer:
		if !value.IsNil() {
			poisoned(value.Elem())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			poisoned(value.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			poisoned(value.Index(i))
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			element := reflect.New(value.Type().Elem()).Elem()
			element.Set(value.MapIndex(key))
			poisoned(element)
			value.SetMapIndex(key, element)
		}
	}
}

// hostile is a run of which every foreign text is poison.
func hostile(t testing.TB) *verdict.Run {
	run := runs(t)["an install that failed"]
	whole := runs(t)["pass"]
	run.Evidence = whole.Evidence
	poisoned(reflect.ValueOf(run).Elem())
	for i := range run.Steps {
		run.Steps[i].Phase = "clean"
	}
	return run
}

func TestForeignTextIsShownAsTextAndBounded(t *testing.T) {
	t.Parallel()
	run := hostile(t)
	doc := render(t, run)
	sound(t, doc, run)
	if at := strings.IndexAny(doc.raw, "\x00\x07\x1b\u202e\r"); at >= 0 {
		t.Errorf("a control character stands at %q", doc.raw[max(0, at-40):at+1])
	}
	if limit := 512 << 10; len(doc.raw) > limit {
		t.Errorf("it has %d bytes, more than %d", len(doc.raw), limit)
	}
	text := doc.one(t, "body").text()
	if !strings.Contains(text, "<script>alert(1)</script>") || strings.Contains(text, strings.Repeat("w", 5_000)) {
		t.Error("the text is not there, or is there at its full length")
	}
}

func TestReportStaysOpenableWhateverAGateFinds(t *testing.T) {
	t.Parallel()
	run := runs(t)["pass"]
	var findings []verdict.Finding
	for i := range 20_000 {
		findings = append(findings, verdict.Finding{
			Rule: fmt.Sprint("rule-", i%3_000), Severity: "WARN", File: fmt.Sprint("apps/ios/", i),
			Lines: make([]int, 1_000), Message: fmt.Sprint(i, strings.Repeat(" long", 1_000)),
		})
	}
	findings = append(findings, verdict.Finding{Rule: "the-last", Severity: "CRITICAL", File: "f"})
	rulesets := slices.Repeat([]string{"set"}, 10_000)
	blocked := &verdict.Outcome{Exit: 1, Outcome: "BLOCK", Findings: findings, Rulesets: rulesets}
	for name := range run.Evidence {
		run.Evidence[name] = verdict.Outcomes{blocked, blocked, blocked}
	}
	doc := render(t, run)
	if limit := 6 << 20; len(doc.raw) > limit {
		t.Errorf("it has %d bytes, more than %d", len(doc.raw), limit)
	}
	stage := doc.one(t, "#clean-ci")
	if places := len(stage.one(t, ".rules").all(".places")); places == 0 || len(stage.all("wbr")) > 3*500 {
		t.Errorf("%d rules and %d parts of paths are shown", places, len(stage.all("wbr")))
	}
	text := stage.text()
	for _, want := range []string{
		"20,001 findings", "19,501 findings left out", "CRITICAL the-last other 1", "and 980 more",
		"… (shortened from 5,00", "and 9,940 more",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

func TestTheSameRunGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	dir := left(met(), nil, "").In(t)
	var first []byte
	for range 20 {
		run, err := verify.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := report.Render(run)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Fatal("two reports of one run differ")
		}
	}
}

// steps are those of a run, as its record has them.
var steps = []verdict.Step{
	{Phase: "preflight", Name: "source_repo_cleanliness", Took: 250 * time.Millisecond},
	{Phase: "clean", Name: "npm_install_package", Began: time.Second, Cached: true},
	{Phase: "clean", Name: "stage_pre_commit", Began: 2 * time.Second, Took: time.Second / 2,
		Log: artifacttest.Contract},
	{Phase: "violations", Name: "stage_pre_commit", Began: 3 * time.Second, Took: time.Second, Exit: 1},
	{Phase: "violations", Name: "stage_pre_push", Began: 4 * time.Second, Took: 10 * time.Second, Exit: 124},
	{Phase: "mixed", Name: "stage_ci", Began: 5 * time.Second, Took: 500 * time.Millisecond},
}

// outcome is what a stage came to that bears its exit out.
func outcome(exit int) *verdict.Outcome {
	rulesets := []string{"backendRuleSet@1.0.0"}
	if exit == 0 {
		return &verdict.Outcome{Exit: 0, Outcome: "PASS", Rulesets: rulesets}
	}
	return &verdict.Outcome{Exit: exit, Outcome: "BLOCK", Rulesets: rulesets, Findings: []verdict.Finding{
		{
			Rule: "backend.no-console-log", Severity: "CRITICAL", Lines: []int{11},
			File:    "apps/backend/src/lockers/infrastructure/lockerRoutes.ts",
			Message: "console.log is not allowed in backend production code.",
		},
		{
			Rule: "ios.no-print", Severity: "ERROR", Lines: []int{3, 12},
			File:    "apps/ios/ParcelLockers/Lockers/Presentation/LockerListView.swift",
			Message: "print() usage is not allowed in iOS code.",
		},
		{Rule: "docs.spelling", Severity: "INFO", File: "README.md", Message: "A word is not in the dictionary."},
	}}
}

// met are the results of a run that passed.
func met() verdict.Results {
	return verdict.Results{
		"clean":      {outcome(0), outcome(0), outcome(0)},
		"violations": {outcome(1), outcome(1), outcome(1)},
		"mixed":      {outcome(1), outcome(1), outcome(1)},
	}
}

// metBut are those results but for one stage.
func metBut(name string, stage int, came *verdict.Outcome) verdict.Results {
	results := met()
	outcomes := results[name]
	outcomes[stage] = came
	results[name] = outcomes
	return results
}

// killed is the failure of a run that had no time to write one.
var killed = &suite.Failure{}

// left is a run that ended with f (nil: it passed). A log is that of the failed step; there is none where it is "none".
func left(results verdict.Results, f *suite.Failure, log string) artifacttest.Left {
	run := artifacttest.Run("pumuki@latest")
	if len(results) == 0 {
		run.PackageName, run.PackageVersion = "", ""
	}
	left := artifacttest.Left{
		Run: run, Results: results, Failure: f, Killed: f == killed, Steps: steps,
	}
	if log != "none" {
		left.Log = &log
	}
	return left
}

// read is a run that left these artifacts.
func read(t testing.TB, results verdict.Results, f *suite.Failure, log string) *verdict.Run {
	t.Helper()
	return left(results, f, log).Read(t)
}

// runs are the kinds of run that there are, by what became of them.
func runs(t testing.TB) map[string]*verdict.Run {
	t.Helper()
	letThrough := artifacttest.Failure("violations", suite.ExitContract, suite.KindContract)
	letThrough.Command = suite.StagePrePush
	open := metBut("violations", 1, outcome(0))
	unproven := artifacttest.Failure("mixed", suite.EvidenceContract, suite.KindContract)
	unproven.Command = suite.StageCI
	crashed := metBut("mixed", 2, &verdict.Outcome{Exit: 1})
	overlooked := artifacttest.Failure("mixed", suite.FindingsContract, suite.KindContract)
	overlooked.Command = suite.StagePrePush
	lost := outcome(1)
	lost.Misses = []string{"it does not report that x", "it reports <y>"}
	hung := artifacttest.Failure("violations", suite.StagePrePush, suite.KindStep)
	hung.Exit = suite.ExitTimeout
	dirty := artifacttest.Failure(suite.Preflight, suite.Cleanliness, suite.KindBaseline)
	dirty.Exit = suite.ExitDirty
	wrong := artifacttest.Failure(suite.Preflight, suite.Arguments, suite.KindUsage)
	wrong.Exit = suite.ExitUsage
	ended := artifacttest.Failure("clean", suite.RunInterrupted, suite.KindInterrupted)
	ended.Exit = 128 + 15
	broken := artifacttest.Failure("clean", suite.NPMInstallPackage, suite.KindStep)
	broken.Variables.PackageSpec = "pumuki@0.0.0"
	unwritten := artifacttest.Failure(suite.Preflight, suite.ArtifactWrite, suite.KindEnvironment)
	return map[string]*verdict.Run{
		"pass":                            read(t, met(), nil, ""),
		"partial":                         read(t, verdict.Results{"mixed": met()["mixed"]}, nil, ""),
		"a violation was let through":     read(t, open, letThrough, ""),
		"a crash that looks like a block": read(t, crashed, unproven, "TypeError\n    at x"),
		"a rule that is lost":             read(t, metBut("mixed", 1, lost), overlooked, ""),
		"a stage that hung": read(t, verdict.Results{"clean": met()["clean"], "violations": {outcome(1)}}, hung,
			"waiting for nobody"),
		"an install that failed": read(t, verdict.Results{}, broken, "npm error 404\n"),
		"a dirty baseline":       read(t, verdict.Results{}, dirty, "none"),
		"a wrong call":           read(t, verdict.Results{}, wrong, "none"),
		"ended by a signal":      read(t, verdict.Results{"clean": {outcome(0)}}, ended, "none"),
		"killed":                 read(t, nil, killed, "none"),
		"could not be written":   read(t, met(), unwritten, "none"),
	}
}

func TestEveryMissOfAStageIsShown(t *testing.T) {
	t.Parallel()
	stage := render(t, runs(t)["a rule that is lost"]).one(t, "#mixed-pre-push")
	const first = "it does not report that x"
	if got := stage.one(t, ".why").text(); got != "its exit and its evidence are right, but "+first+" (and 1 more)" {
		t.Errorf("why: %s", got)
	}
	if got := stage.one(t, ".misses").text(); got != first+" it reports <y>" {
		t.Errorf("misses: %s", got)
	}
}
