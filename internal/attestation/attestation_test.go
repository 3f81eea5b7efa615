package attestation_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	testresult "github.com/in-toto/attestation/go/predicates/test_result/v0"
	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/attestation"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

const (
	hostile = "a<script>&amp;\"'\x1b[31m\x00\xff\u2028\r\n end"
)

// sum is a digest of an algorithm, all of one byte, as npm writes it.
func sum(algorithm string, length int, of byte) verdict.Text {
	return verdict.Text(algorithm + "-" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{of}, length)))
}

// ran is a run to be left behind.
type ran struct {
	run     verdict.Facts
	results verdict.Results
	failure *suite.Failure
	// log is the digest of the log of a stage, where it is not one of its own.
	log map[string]string
}

// passed is a run that passed.
func passed() ran {
	finding := verdict.Finding{Rule: "r", Severity: "ERROR", File: "f"}
	return ran{
		run: verdict.Facts{
			PackageSpec: "pumuki@latest", PackageName: "pumuki", PackageVersion: "6.3.265",
			SourceCommit: artifacttest.Commit, ContractSHA256: artifacttest.Contract,
			PackageIntegrity: sum("sha512", 64, 0xab),
			Tools:            verdict.Tools{Git: "2.39.5", Node: "20.20.2", NPM: "11.19.1"}, Suite: suite.Default(),
		},
		results: artifacttest.Met(finding),
		log:     map[string]string{},
	}
}

// last writes the artifacts of a run, and reads them back.
func (r ran) last(t testing.TB) *verdict.Run {
	t.Helper()
	var steps []verdict.Step
	for i, s := range suite.Default() {
		for j, stage := range suite.Stages() {
			log, found := r.log[s.Name+"/"+stage.Name]
			if !found {
				log = fmt.Sprintf("%064x", 0x10*(i+1)+j)
			}
			steps = append(steps, verdict.Step{
				Phase: s.Name, Name: stage.Step.Name, Took: time.Second, Log: verdict.Text(log),
			})
		}
	}
	return artifacttest.Left{Run: r.run, Results: r.results, Failure: r.failure, Steps: steps}.Read(t)
}

// held is a statement, once held against the shape of one and against in-toto's own library.
func held(t testing.TB, data []byte) (*intoto.Statement, *testresult.TestResult) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", "test-result.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(document); err != nil {
		t.Error(err)
	}
	// What the library does not know of, it refuses.
	var statement intoto.Statement
	if err := protojson.Unmarshal(data, &statement); err != nil {
		t.Fatal(err)
	}
	if err := statement.Validate(); err != nil {
		t.Error(err)
	}
	predicate, err := protojson.Marshal(statement.Predicate)
	if err != nil {
		t.Fatal(err)
	}
	var result testresult.TestResult
	if err := protojson.Unmarshal(predicate, &result); err != nil {
		t.Fatal(err)
	}
	for _, resource := range result.Configuration {
		if err := resource.Validate(); err != nil {
			t.Errorf("%s: %v", resource.Name, err)
		}
	}
	return &statement, &result
}

func TestPassIsAttested(t *testing.T) {
	t.Parallel()
	run := passed().last(t)
	golden, err := os.ReadFile(filepath.Join("testdata", "statement.golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		data, err := attestation.Render(run)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(golden), string(data)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	statement, result := held(t, golden)
	if len(statement.Subject) != 1 || result.Result != "PASSED" || len(result.PassedTests) != 9 {
		t.Errorf("%v of %v", result, statement.Subject)
	}
	if len(result.FailedTests) != 0 || len(result.Configuration) != 2+9 {
		t.Errorf("%d failed, and a configuration of %d", len(result.FailedTests), len(result.Configuration))
	}
}

func TestNothingButAWholePassIsAttested(t *testing.T) {
	t.Parallel()
	sha512 := sum("sha512", 64, 1)
	integrity := func(text verdict.Text) func(*ran) { return func(r *ran) { r.run.PackageIntegrity = text } }
	for name, test := range map[string]struct {
		change func(*ran)
		why    string
	}{
		"a run that failed": {func(r *ran) {
			r.failure = &suite.Failure{
				Phase: suite.Preflight, Step: suite.ArtifactWrite, Kind: suite.KindEnvironment, Exit: 1,
			}
		}, "it failed"},
		"a part":                         {func(r *ran) { delete(r.results, "mixed") }, "it left scenarios out"},
		"no integrity":                   {integrity(""), "npm told no digest"},
		"an empty integrity":             {integrity(" \n"), "npm told no digest"},
		"a weak digest alone":            {integrity(sum("sha1", 20, 1) + " " + sum("md5", 16, 1)), "strong enough"},
		"an unknown digest alone":        {integrity(sum("sha3", 64, 1)), "strong enough"},
		"no base64":                      {integrity("sha512-***"), "is no sha512"},
		"base64 with a rest":             {integrity(sha512[:len(sha512)-3] + "R=="), "is no sha512"},
		"a digest too short":             {integrity(sum("sha512", 63, 1)), "is no sha512"},
		"a digest of another length":     {integrity(sum("sha256", 64, 1)), "is no sha256"},
		"a bad digest before a good one": {integrity("sha512- " + sha512), "is no sha512"},
		"two tarballs at once":           {integrity(sha512 + " " + sum("sha512", 64, 2)), "two digests"},
		"megabytes of hostile text": {integrity(verdict.Text("sha512-" + strings.Repeat(hostile, 1<<15))),
			"is no sha512"},
		"a stage without a log": {func(r *ran) { r.log["mixed/pre-push"] = "" }, "the log of mixed at pre-push"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := passed()
			test.change(&r)
			data, err := attestation.Render(r.last(t))
			if !errors.Is(err, attestation.ErrNone) || data != nil {
				t.Fatalf("%v\n%s", err, data)
			}
			text := err.Error()
			if !strings.Contains(text, test.why) || len(text) > 2000 || strings.Contains(text, "\n") {
				t.Errorf("the error says %.1000q", text)
			}
		})
	}
}

func TestCaseThatDidNotMeetItsContractIsNotAttested(t *testing.T) {
	t.Parallel()
	run := passed().last(t)
	violations := run.Evidence["violations"]
	violations[1] = &verdict.Outcome{Exit: 1}
	run.Evidence["violations"] = violations
	_, err := attestation.Render(run)
	if !errors.Is(err, attestation.ErrNone) || !strings.Contains(err.Error(), "violations at pre-push") {
		t.Error(err)
	}
}

// TestLogWhoseDigestIsNoneIsNotAttested holds for more than the verifier of the artifacts lets through.
func TestLogWhoseDigestIsNoneIsNotAttested(t *testing.T) {
	t.Parallel()
	for _, digest := range []string{strings.Repeat("G", 64), strings.Repeat("A", 64), strings.Repeat("a", 63)} {
		run := passed().last(t)
		for i, step := range run.Steps {
			if step.Phase == "clean" && step.Name == suite.StageCI.Name {
				run.Steps[i].Log = verdict.Text(digest)
			}
		}
		_, err := attestation.Render(run)
		if !errors.Is(err, attestation.ErrNone) || !strings.Contains(err.Error(), "the log of clean at ci") {
			t.Errorf("%s: %v", digest, err)
		}
	}
}

func TestSubjectIsTheDigestThatNPMVerified(t *testing.T) {
	t.Parallel()
	sha512, sha384, sha256 := sum("sha512", 64, 1), sum("sha384", 48, 2), sum("sha256", 32, 3)
	for integrity, want := range map[verdict.Text]string{
		sha512:                                 "sha512",
		sha384:                                 "sha384",
		sha256:                                 "sha256",
		sum("sha1", 20, 4) + " " + sha512:      "sha512",
		sha256 + "\n" + sha384 + "\t" + sha512: "sha512",
		sha256 + " sha1-*** " + sha384:         "sha384",
		sha512 + " " + sha512 + "?of=npm":      "sha512",
		" " + sha256 + "?":                     "sha256",
	} {
		r := passed()
		r.run.PackageIntegrity = integrity
		data, err := attestation.Render(r.last(t))
		if err != nil {
			t.Error(err)
			continue
		}
		statement, _ := held(t, data)
		digests := map[string]string{
			"sha512": strings.Repeat("01", 64), "sha384": strings.Repeat("02", 48), "sha256": strings.Repeat("03", 32),
		}
		if diff := cmp.Diff(map[string]string{want: digests[want]}, statement.Subject[0].Digest); diff != "" {
			t.Errorf("%q: -want +got\n%s", integrity, diff)
		}
	}
}

func TestSubjectIsNamedAsNPMNamesIt(t *testing.T) {
	t.Parallel()
	for installed, want := range map[[2]verdict.Text]string{
		{"pumuki", "6.3.265"}:             "pkg:npm/pumuki@6.3.265",
		{"@swift/pumuki", "7.0.0-beta.1"}: "pkg:npm/%40swift/pumuki@7.0.0-beta.1",
		{"pumuki", "1.0.0+build.5"}:       "pkg:npm/pumuki@1.0.0%2Bbuild.5",
		{"a b\n?x=<y>#", "1@2"}:           "pkg:npm/a%20b%0A%3Fx%3D%3Cy%3E%23@1%402",
	} {
		r := passed()
		r.run.PackageName, r.run.PackageVersion = installed[0], installed[1]
		data, err := attestation.Render(r.last(t))
		if err != nil {
			t.Fatal(err)
		}
		if statement, _ := held(t, data); statement.Subject[0].Name != want {
			t.Errorf("got  %s\nwant %s", statement.Subject[0].Name, want)
		}
	}
}

func TestCommitOfARepositoryThatHashesWithSHA256IsNamed(t *testing.T) {
	t.Parallel()
	r := passed()
	r.run.SourceCommit = artifacttest.Contract
	data, err := attestation.Render(r.last(t))
	if err != nil {
		t.Fatal(err)
	}
	// The specification has commits of both lengths; in-toto's library knows the shorter one alone, and is not asked.
	if !bytes.Contains(data, []byte(`"gitCommit": "`+artifacttest.Contract+`"`)) {
		t.Errorf("%s", data)
	}
}

func TestForeignTextIsBoundedAndStaysAsItIs(t *testing.T) {
	t.Parallel()
	r := passed()
	r.run.PackageSpec = hostile + strings.Repeat("x", 1<<20)
	r.run.Tools = verdict.Tools{Git: verdict.Text(hostile + strings.Repeat("é", 1<<20)), Node: "20 <&>"}
	run := r.last(t)
	// Artifacts are UTF-8. Whatever else comes to hold a run must not break the statement either.
	run.PackageSpec += "\xff"
	data, err := attestation.Render(run)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 8<<10 || !bytes.Contains(data, []byte(`"20 <&>"`)) || bytes.Contains(data, []byte(`"npm"`)) {
		t.Errorf("%d bytes: %s", len(data), data)
	}
	_, result := held(t, data)
	told := result.Configuration[1].Annotations.AsMap()["pumuki_matrix"].(map[string]any)
	spec := told["package_spec"].(string)
	if !strings.HasPrefix(spec, "a<script>&amp;\"'\x1b[31m\x00") || !strings.HasSuffix(spec, "x…") {
		t.Errorf("the spec is %q", spec)
	}
}

func TestDigestOfALogIsTheOneOfItsStage(t *testing.T) {
	t.Parallel()
	r := passed()
	r.log["violations/ci"] = hex.EncodeToString(bytes.Repeat([]byte{0xcd}, 32))
	data, err := attestation.Render(r.last(t))
	if err != nil {
		t.Fatal(err)
	}
	_, result := held(t, data)
	for _, resource := range result.Configuration {
		is := resource.Digest["sha256"] == r.log["violations/ci"]
		want := resource.Name == "pumuki-violations-stage-ci.log"
		if is != want {
			t.Errorf("%s has %s", resource.Name, resource.Digest)
		}
	}
}

func FuzzStatementIsWholeWhateverTheArtifactsTell(f *testing.F) {
	sha512, list := sum("sha512", 64, 1), sum("sha1", 20, 1)+" "+sum("sha256", 32, 1)+"?o"
	for _, integrity := range []verdict.Text{hostile, sha512, list} {
		f.Add(string(integrity), "2.39.5", strings.Repeat("a", 64))
	}
	whole := passed().last(f)
	f.Fuzz(func(t *testing.T, integrity, tool, log string) {
		run := *whole
		run.Steps = slices.Clone(run.Steps)
		run.PackageIntegrity, run.Tools.Git = verdict.Text(integrity), verdict.Text(tool)
		for i := range run.Steps {
			run.Steps[i].Log = verdict.Text(log)
		}
		data, err := attestation.Render(&run)
		if err == nil {
			held(t, data)
		} else if !errors.Is(err, attestation.ErrNone) {
			t.Error(err)
		}
	})
}
