package junit_test

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	format "github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/junit"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

const (
	// hostile is what foreign text may hold: markup, ends of sections, an escape of a terminal, NUL, and no UTF-8.
	hostile = "a]]>b<script>&amp;\"'\x1b[31m\x00\xff\xfe\uFFFF\u2028\r\n\t end"
)

// ran is a run to be left behind, and what its report must say of its cases.
type ran struct {
	spec    string
	results verdict.Results
	failure *suite.Failure
	log     string
	killed  bool
	// want has a letter for each case: passed, failed, in error, skipped.
	want string
}

// last writes the artifacts of a run, and reads them back.
func (r ran) last(t testing.TB) *verdict.Run {
	t.Helper()
	var steps []verdict.Step
	for i, stage := range suite.Stages() {
		steps = append(steps, verdict.Step{
			Phase: "clean", Name: stage.Step.Name, Began: time.Duration(i) * time.Second,
			Took: time.Duration(i+1) * 1234 * time.Millisecond,
		})
	}
	left := artifacttest.Left{
		Run: artifacttest.Run(cmp.Or(r.spec, "embedded")), Results: r.results, Failure: r.failure, Killed: r.killed,
		Steps: steps,
	}
	if r.log != "" {
		left.Log = &r.log
	}
	return left.Read(t)
}

var noAny = verdict.Finding{
	Rule: "no-any", Severity: "ERROR", File: "a.ts", Lines: []int{3, 7}, Message: "any is no type",
}

// outcome is what a stage came to; one that blocked found noAny, where nothing else is named.
func outcome(exit int, findings ...verdict.Finding) *verdict.Outcome {
	if exit != 0 && findings == nil {
		findings = []verdict.Finding{noAny}
	}
	return artifacttest.Outcome(exit, findings...)
}

// met are the results of a run that passed.
func met() verdict.Results { return artifacttest.Met(noAny) }

// but are the results of a run that passed, but for the stages of one scenario.
func but(name string, stages ...*verdict.Outcome) verdict.Results {
	results := met()
	results[name] = verdict.Outcomes(stages)
	return results
}

// failure is one that happened in a phase; reported is the stage that a contract step judged.
func failure(phase string, step, reported suite.Step, kind suite.Kind) *suite.Failure {
	f := artifacttest.Failure(phase, step, kind)
	f.Command = reported
	return f
}

// runs is a run of every kind.
func runs() map[string]ran {
	var none suite.Step
	many := make([]verdict.Finding, 55)
	for i := range many {
		many[i] = verdict.Finding{Rule: fmt.Sprint("rule-", i), Severity: "ERROR", File: "f", Message: hostile}
	}
	many[0].Message += strings.Repeat("x", 1<<20)
	cut := failure("violations", suite.StagePrePush, none, suite.KindStep)
	cut.Exit = suite.ExitTimeout
	overlooked := outcome(1)
	overlooked.Misses = []string{"it does not report that x", "it reports \x1b[1my"}
	odd := failure("clean", suite.ExitContract, suite.StageCI, suite.KindContract)
	odd.Variables.PackageSpec = hostile
	return map[string]ran{
		"passed":  {results: met(), want: "ppp ppp ppp"},
		"partial": {results: verdict.Results{"mixed": met()["mixed"]}, want: "sss sss ppp"},
		"a violation was let through": {
			results: but("violations", outcome(1), outcome(0), outcome(1)),
			failure: failure("violations", suite.ExitContract, suite.StagePrePush, suite.KindContract),
			want:    "ppp pfp ppp",
		},
		"a crash that looks like a block": {
			results: but("mixed", outcome(1), outcome(1), &verdict.Outcome{Exit: 1}),
			failure: failure("mixed", suite.EvidenceContract, suite.StageCI, suite.KindContract),
			log:     "TypeError\n", want: "ppp ppp ppf",
		},
		"a rule that is lost": {
			results: but("mixed", outcome(1), overlooked, outcome(1)),
			failure: failure("mixed", suite.FindingsContract, suite.StagePrePush, suite.KindContract),
			want:    "ppp ppp pfp",
		},
		"a stage let through, and then one that hung": {
			results: verdict.Results{"clean": met()["clean"], "violations": {outcome(0)}},
			failure: cut, log: "waiting\n", want: "ppp fes sss",
		},
		"an install that failed": {
			failure: failure("clean", suite.NPMInstallPackage, none, suite.KindStep),
			log:     "npm error code E404\n", want: "ess sss sss",
		},
		"a preflight that failed": {
			failure: failure(suite.Preflight, suite.SourceRepo, none, suite.KindEnvironment),
			want:    "ess sss sss",
		},
		"artifacts that could not be written": {
			results: met(),
			failure: failure(suite.Preflight, suite.ArtifactWrite, none, suite.KindEnvironment),
			want:    "ppp ppp ppe",
		},
		"a run that was killed": {killed: true, want: "ess sss sss"},
		"a run full of hostile text": {
			spec: hostile + strings.Repeat("x", 1<<20), failure: odd, log: hostile, want: "ppf ppp ppp",
			results: but("clean", outcome(0), outcome(0), outcome(1, many...)),
		},
		"a step whose log is hostile": {
			failure: failure("clean", suite.NPMInstallPackage, none, suite.KindStep),
			log:     strings.Repeat(hostile+"\n", 1<<12), want: "ess sss sss",
		},
	}
}

// rendered renders a run, and reads the report back.
func rendered(t *testing.T, run *verdict.Run) (text string, report format.Testsuites) {
	t.Helper()
	data, err := junit.Render(run)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	return string(data), report
}

func TestEveryRunHasItsNineCases(t *testing.T) {
	t.Parallel()
	for name, r := range runs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, report := rendered(t, r.last(t))
			var got []string
			for i, group := range report.Suites {
				s := suite.Default()[i]
				if group.Name != s.Name || group.ID != i || group.Timestamp != "2026-01-02T03:04:05" {
					t.Errorf("suite %d is %q, %d, %s", i, group.Name, group.ID, group.Timestamp)
				}
				letters := ""
				for j, c := range group.Testcases {
					if c.Name != suite.Stages()[j].Name || c.Classname != "pumuki-matrix."+s.Name {
						t.Errorf("case %d of %s is %s of %s", j, s.Name, c.Name, c.Classname)
					}
					letters += letter(t, c)
				}
				count := func(letter string) int { return strings.Count(letters, letter) }
				want := [...]int{len(letters), count("f"), count("e"), count("s")}
				if told := [...]int{group.Tests, group.Failures, group.Errors, group.Skipped}; told != want {
					t.Errorf("%s counts %v and has %v", s.Name, told, want)
				}
				got = append(got, letters)
			}
			if got := strings.Join(got, " "); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
		})
	}
}

// letter is what became of a case.
func letter(t *testing.T, c format.Testcase) string {
	t.Helper()
	letters := ""
	for letter, result := range map[string]*format.Result{"f": c.Failure, "e": c.Error, "s": c.Skipped} {
		if result == nil {
			continue
		}
		letters += letter
		if result.Message == "" || strings.ContainsAny(result.Message, "\r\n") {
			t.Errorf("%s of %s says %q", c.Name, c.Classname, result.Message)
		}
		if letter != "s" && (result.Type == "" || result.Data == "") {
			t.Errorf("%s of %s is of type %q and says %q", c.Name, c.Classname, result.Type, result.Data)
		}
	}
	if letters == "" {
		return "p"
	}
	return letters
}

// validator returns what holds a report against one of the common schemas. The test is skipped where nothing does.
func validator(t *testing.T) (validate func(report, schema string) error) {
	t.Helper()
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("no xmllint: apt-get install libxml2-utils, or brew install libxml2")
	}
	return func(report, schema string) error {
		cmd := exec.Command(xmllint, "--nonet", "--noout", "--schema", filepath.Join("testdata", schema), "-")
		cmd.Stdin = strings.NewReader(report)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		return nil
	}
}

// schemas are the common ones.
var schemas = []string{"jenkins-junit.xsd", "ant-junit.xsd"}

func TestReportMeetsTheCommonSchemas(t *testing.T) {
	t.Parallel()
	validate := validator(t)
	for name, r := range runs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, _ := rendered(t, r.last(t))
			for _, schema := range schemas {
				if err := validate(text, schema); err != nil {
					t.Errorf("%s: %v", schema, err)
				}
				if err := validate(strings.Replace(text, ` tests="3"`, "", 1), schema); err == nil {
					t.Errorf("%s: a report whose suite has no count of its tests is none, and was taken", schema)
				}
			}
		})
	}
}

func TestSameRunGivesTheSameReport(t *testing.T) {
	t.Parallel()
	// This one has a case of every kind. Its report is held as it is, byte for byte: a report that somebody kept must
	// still be that of its run when the library that writes it is a newer one.
	run := runs()["a stage let through, and then one that hung"].last(t)
	golden, err := os.ReadFile(filepath.Join("testdata", "report.golden.xml"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		text, _ := rendered(t, run)
		if diff := gocmp.Diff(string(golden), text); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
}

func TestFailureTellsWhatTheGateFound(t *testing.T) {
	t.Parallel()
	warning := verdict.Finding{Rule: "r", Severity: "WARN", File: "f.ts", Message: "m"}
	results := but("clean", outcome(1, warning, noAny), outcome(0), outcome(0))
	missed := failure("clean", suite.ExitContract, suite.StagePreCommit, suite.KindContract)
	run := ran{results: results, failure: missed}
	_, report := rendered(t, run.last(t))
	want := &format.Result{
		Message: "it exited with 1, and the contract expects 0",
		Type:    "exit_contract",
		Data: "expected exit: 0\nactual exit: 1\noutcome: BLOCK\nfindings: 2\n" +
			"  ERROR no-any a.ts:3,7 any is no type\n  WARN r f.ts m\n",
	}
	if diff := gocmp.Diff(want, report.Suites[0].Testcases[0].Failure); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestForeignTextIsBoundedAndKeptOutOfTheMarkup(t *testing.T) {
	t.Parallel()
	run := runs()["a run full of hostile text"].last(t)
	// Artifacts are UTF-8. Whatever else comes to hold a run must not break the report either.
	run.Cells()[2].Outcome.Findings[0].Message = hostile
	text, report := rendered(t, run)
	if len(text) > 64<<10 {
		t.Errorf("the report has %d bytes", len(text))
	}
	failed, log, _ := strings.Cut(report.Suites[0].Testcases[2].Failure.Data, "the end of its log:\n")
	if log == "" {
		t.Error("the failure that is reported has no log")
	}
	if !strings.Contains(failed, "a]]>b<script>&amp;\"'�    end") {
		t.Errorf("the failure says %q", failed)
	}
	if n := strings.Count(failed, "\n"); n != 4+50+1 || !strings.HasSuffix(failed, "\n  … and 5 more\n") {
		t.Errorf("the failure has %d lines and ends %q", n, failed[len(failed)-100:])
	}
	for _, p := range *report.Suites[0].Properties {
		if len(p.Value) > 600 || strings.ContainsAny(p.Value, "\r\n") {
			t.Errorf("%s is %q", p.Name, p.Value)
		}
	}

	_, report = rendered(t, runs()["a step whose log is hostile"].last(t))
	log = report.Suites[0].Testcases[0].Error.Data
	if !strings.Contains(log, "\na]]>b<script>&amp;\"'�\n\n\t end\n") {
		t.Errorf("the error says %q", log[:200])
	}
	if len(log) > 64<<10 || !utf8.ValidString(log) {
		t.Errorf("the log in it has %d bytes", len(log))
	}
}

func FuzzReportIsXMLWhateverTheTextIs(f *testing.F) {
	f.Add(hostile)
	f.Add("]]>]]>]]")
	for r := range rune(0x120) {
		f.Add(string(r) + string([]byte{byte(r)}))
	}
	whole := runs()["a stage let through, and then one that hung"].last(f)
	f.Fuzz(func(t *testing.T, text string) {
		run, failure := *whole, *whole.Failure
		failure.Step, failure.Command = text, verdict.Text(text)
		run.LogEnd, run.PackageSpec, run.Failure = text, text, &failure
		data, err := junit.Render(&run)
		if err != nil {
			t.Fatal(err)
		}
		cases := 0
		for decoder := xml.NewDecoder(bytes.NewReader(data)); ; {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if start, is := token.(xml.StartElement); is && start.Name.Local == "testcase" {
				cases++
			}
		}
		if cases != 9 {
			t.Errorf("%d cases", cases)
		}
	})
}

func TestTimesAreThoseOfTheRecord(t *testing.T) {
	t.Parallel()
	run := runs()["passed"].last(t)
	_, report := rendered(t, run)
	var got []string
	for _, c := range report.Suites[0].Testcases {
		got = append(got, c.Time)
	}
	got = append(got, report.Suites[0].Time, report.Suites[1].Time)
	if diff := gocmp.Diff([]string{"1.234", "2.468", "3.702", "7.404", "0.000"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestRunWithoutATimeHasNoReport(t *testing.T) {
	t.Parallel()
	run := runs()["passed"].last(t)
	run.GeneratedAt = "yesterday"
	if data, err := junit.Render(run); err == nil {
		t.Errorf("rendered %s", data)
	}
}

func TestEveryMissOfAStageIsTold(t *testing.T) {
	t.Parallel()
	text, _ := rendered(t, runs()["a rule that is lost"].last(t))
	for _, want := range []string{
		`type="findings_contract"`, "missed: it does not report that x\n", "missed: it reports y\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}
