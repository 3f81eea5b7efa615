package publish_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/trace"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// The tarball that npm verified, and another: the same digest as npm writes it and in hexadecimal.
var (
	integrity = "sha512-" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xab}, 64))
	another   = "sha512-" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xcd}, 64))
	inHex     = strings.NewReplacer(integrity, another, strings.Repeat("ab", 64), strings.Repeat("cd", 64))
)

// published leaves a run that passed, with its trace and all that is made of it, and returns the folder.
func published(t *testing.T) string {
	t.Helper()
	run := artifacttest.Run("embedded")
	run.PackageIntegrity = verdict.Text(integrity)
	var steps []verdict.Step
	for _, s := range suite.Default() {
		for _, stage := range suite.Stages() {
			steps = append(steps, verdict.Step{Phase: s.Name, Name: stage.Step.Name, Log: artifacttest.Contract})
		}
	}
	finding := verdict.Finding{Rule: "r", Severity: "ERROR", File: "f"}
	dir := artifacttest.Left{Run: run, Results: artifacttest.Met(finding), Steps: steps}.In(t)
	store := open(t, dir)
	data, err := trace.Encode(&verdict.Run{Facts: run})
	must(t, err)
	must(t, store.WriteByProduct(artifact.TraceName, data))
	write(t, store)
	must(t, store.Close())
	return dir
}

func open(t *testing.T, dir string) *artifact.Store {
	t.Helper()
	id := artifact.RunID(artifact.Matrix, artifacttest.Began, 8)
	store, err := artifact.Open(artifact.Options{Root: filepath.Dir(dir), RunID: id})
	must(t, err)
	return store
}

func write(t *testing.T, store *artifact.Store) {
	t.Helper()
	run, err := verify.Read(store.Dir())
	must(t, err)
	_, err = publish.Write(store, run, publish.Formats()...)
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// broken is what the verifier says of a folder.
func broken(dir string) string {
	report := verify.Dir(dir, verify.Expect{Verdict: verdict.Pass})
	return strings.Join(slices.Concat(report.Broken, publish.Verify(dir)), "\n")
}

// edit puts another tarball in the place of the one that a file names.
func edit(t *testing.T, dir, name string) {
	t.Helper()
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	must(t, err)
	edited := inHex.Replace(string(data))
	if edited == string(data) {
		t.Fatalf("%s does not name the tarball", name)
	}
	must(t, os.WriteFile(path, []byte(edited), 0o644))
}

func TestAnotherTarballInAnyOneArtifactIsFound(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		artifact.SummaryName:     artifact.RecordName + ": package_integrity is ",
		artifact.EvidenceName:    artifact.EvidenceName + ": package_integrity is ",
		artifact.RecordName:      artifact.RecordName + ": package_integrity is ",
		artifact.AttestationName: artifact.AttestationName + " is not what the artifacts say",
		artifact.JUnitName:       artifact.JUnitName + " is not what the artifacts say",
		artifact.ReportName:      artifact.ReportName + " is not what the artifacts say",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := published(t)
			if told := broken(dir); told != "" {
				t.Fatalf("before anything is edited: %s", told)
			}
			edit(t, dir, name)
			if told := broken(dir); !strings.Contains(told, says) {
				t.Errorf("got:\n%s\nwant: %s", told, says)
			}
		})
	}
}

// TestAnotherTarballInAllOfARunDoesNotFitItsAttestation edits all that the verifier compares but what was published.
func TestAnotherTarballInAllOfARunDoesNotFitItsAttestation(t *testing.T) {
	t.Parallel()
	dir := published(t)
	for _, name := range []string{artifact.SummaryName, artifact.EvidenceName, artifact.RecordName} {
		edit(t, dir, name)
	}
	if told := broken(dir); !strings.Contains(told, artifact.AttestationName+" is not what the artifacts say") {
		t.Errorf("got:\n%s", told)
	}
}

func TestWhatTheTraceSaysChangesNothing(t *testing.T) {
	t.Parallel()
	dir := published(t)
	before, err := os.ReadFile(filepath.Join(dir, artifact.AttestationName))
	must(t, err)
	for _, change := range []func(path string) error{
		func(string) error { edit(t, dir, artifact.TraceName); return nil },
		func(path string) error { return os.WriteFile(path, []byte("{"), 0o644) },
		os.Remove,
	} {
		must(t, change(filepath.Join(dir, artifact.TraceName)))
		store := open(t, dir)
		write(t, store)
		must(t, store.Close())
		after, err := os.ReadFile(filepath.Join(dir, artifact.AttestationName))
		must(t, err)
		if told := broken(dir); told != "" || !bytes.Equal(after, before) {
			t.Errorf("%s\n%s", told, after)
		}
	}
}

// compared leaves a comparison with all that is made of it, and returns the folder.
func compared(t *testing.T, c *comparison.Comparison) string {
	t.Helper()
	dir := artifacttest.Compared(t, c)
	store := open(t, dir)
	must(t, publish.WriteComparison(store, c))
	must(t, store.Close())
	return dir
}

func TestWhatIsMadeOfAComparisonFollowsFromIt(t *testing.T) {
	t.Parallel()
	for _, made := range []*comparison.Comparison{artifacttest.Same(), artifacttest.Rich()} {
		dir := compared(t, made)
		report, read := verify.Comparison(dir, verify.Expect{})
		if report.Err() != nil {
			t.Fatal(report)
		}
		if told := publish.VerifyComparison(dir, read); told != nil {
			t.Errorf("as it was read: %q", told)
		}
	}
}

func TestAChangeOfWhatIsMadeOfAComparisonIsFound(t *testing.T) {
	t.Parallel()
	for _, name := range []string{artifact.ComparisonMarkdownName, artifact.ComparisonReportName} {
		for does, change := range map[string]struct {
			do   func(path string, data []byte) error
			says string
		}{
			"one byte": {func(path string, data []byte) error {
				data[len(data)/2] ^= 1
				return os.WriteFile(path, data, 0o644)
			}, " does not hold: it is not what pumuki-compare.json says; mage compare makes it anew"},
			"cut": {func(path string, data []byte) error {
				return os.WriteFile(path, data[:len(data)-1], 0o644)
			}, " does not hold: it is not what pumuki-compare.json says; mage compare makes it anew"},
			"missing": {func(path string, _ []byte) error { return os.Remove(path) }, "no such file"},
			"a folder": {func(path string, _ []byte) error {
				return errors.Join(os.Remove(path), os.Mkdir(path, 0o755))
			}, " does not hold: "},
		} {
			t.Run(name+" "+does, func(t *testing.T) {
				t.Parallel()
				c := artifacttest.Rich()
				dir := compared(t, c)
				path := filepath.Join(dir, name)
				data, err := os.ReadFile(path)
				must(t, err)
				must(t, change.do(path, data))
				told := publish.VerifyComparison(dir, c)
				if len(told) != 1 || !strings.HasPrefix(told[0], name) || !strings.Contains(told[0], change.says) {
					t.Errorf("got %q", told)
				}
			})
		}
	}
	other := artifacttest.Same()
	if told := publish.VerifyComparison(compared(t, artifacttest.Rich()), other); len(told) != 2 {
		t.Errorf("of another comparison: %q", told)
	}
}

func TestWhatCannotBeWrittenOfAComparisonIsNamedAndTheRestIs(t *testing.T) {
	t.Parallel()
	c := artifacttest.Same()
	dir := artifacttest.Compared(t, c)
	must(t, os.MkdirAll(filepath.Join(dir, artifact.ComparisonMarkdownName, "stuck"), 0o755))
	store := open(t, dir)
	err := publish.WriteComparison(store, c)
	must(t, store.Close())
	if err == nil || !strings.Contains(err.Error(), "publish "+artifact.ComparisonMarkdownName) ||
		strings.Contains(err.Error(), artifact.ComparisonReportName) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, artifact.ComparisonReportName)); err != nil {
		t.Error(err)
	}
}

func TestAChangeOfWhatIsMadeOfPromisesIsFound(t *testing.T) {
	t.Parallel()
	probes, journeys := artifacttest.Probes("no"), artifacttest.Journeys(t, "no")
	dir := artifacttest.Probed(t)
	store := open(t, dir)
	must(t, errors.Join(publish.WriteProbes(store, probes), publish.WriteJourneys(store, journeys), store.Close()))
	told := func() []string {
		return slices.Concat(publish.VerifyProbes(dir, probes), publish.VerifyJourneys(dir, journeys))
	}
	if all := told(); len(all) > 0 {
		t.Errorf("as they were written: %q", all)
	}
	for _, name := range []string{
		artifact.ProbesJUnitName, artifact.ProbesReportName, artifact.JourneysJUnitName, artifact.JourneysReportName,
	} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, append(bytes.Clone(data), ' '), 0o644))
		if all := told(); len(all) != 1 || !strings.HasPrefix(all[0], name+" does not hold: ") {
			t.Errorf("%s: %q", name, all)
		}
		must(t, os.WriteFile(path, data, 0o644))
	}
}

func TestAChangeOfWhatIsMadeOfASweepIsFound(t *testing.T) {
	t.Parallel()
	s := artifacttest.Sweep(artifacttest.Rich(), 12, "it exited with 1")
	dir := artifacttest.Swept(t, artifacttest.Rich(), 12)
	store := open(t, dir)
	must(t, publish.WriteSweep(store, s))
	must(t, store.Close())
	if told := publish.VerifySweep(dir, s); told != nil {
		t.Errorf("as it was written: %q", told)
	}
	for _, name := range []string{artifact.SweepTableName, artifact.SweepReportName} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, bytes.Replace(data, []byte("9.0.3"), []byte("9.0.4"), 1), 0o644))
		const says = " does not hold: it is not what pumuki-sweep.json says; mage sweep makes it anew"
		if told := publish.VerifySweep(dir, s); len(told) != 1 || told[0] != name+says {
			t.Errorf("%s: %q", name, told)
		}
		must(t, os.WriteFile(path, data, 0o644))
	}
}
