package artifact_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
)

// The files of a comparison, and some of a run, whole and half written.
var (
	ofComparison = []string{
		artifact.TempName(artifact.ComparisonName), artifact.TempName(artifact.ComparisonMarkdownName),
		artifact.ComparisonReportName, artifact.ComparisonName, artifact.ComparisonMarkdownName,
	}
	ofRun = []string{
		artifact.TempName(artifact.SummaryName), artifact.EvidenceName, artifact.ReportName, artifact.SummaryName,
		artifact.TraceName,
	}
)

// littered is a store of a folder in which those stand, and a file of somebody else.
func littered(t *testing.T) *artifact.Store {
	t.Helper()
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, artifact.Folder), 0o755))
	for _, name := range slices.Concat(ofComparison, ofRun, []string{"pumuki-compare.txt"}) {
		must(t, os.WriteFile(filepath.Join(root, artifact.Folder, name), []byte("old"), 0o644))
	}
	return open(t, root)
}

// sorted are names in order, with that of somebody else.
func sorted(names ...string) []string {
	names = append(slices.Clone(names), "pumuki-compare.txt")
	slices.Sort(names)
	return names
}

func TestAComparisonRemovesTheLastOneAndTouchesNoRun(t *testing.T) {
	t.Parallel()
	s := littered(t)
	must(t, s.BeginComparison())
	if diff := cmp.Diff(sorted(ofRun...), files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
}

// What begins removes the last of its kind, which is not its own, and nothing else.
func TestWhatBeginsRemovesTheLastOfItsKindAlone(t *testing.T) {
	t.Parallel()
	type kind struct {
		begin func(*artifact.Store) error
		names []string
	}
	kinds := map[string]kind{
		"sweep": {(*artifact.Store).BeginSweep,
			[]string{artifact.SweepName, artifact.SweepTableName, artifact.SweepReportName}},
		"bisection": {(*artifact.Store).BeginBisection, []string{artifact.BisectionName}},
		"journeys": {(*artifact.Store).BeginJourneys,
			[]string{artifact.JourneysName, artifact.JourneysJUnitName, artifact.JourneysReportName}},
		"probes": {(*artifact.Store).BeginProbes,
			[]string{artifact.ProbesName, artifact.ProbesJUnitName, artifact.ProbesReportName}},
	}
	for what, of := range kinds {
		s := littered(t)
		for _, each := range kinds {
			for _, name := range each.names {
				must(t, os.WriteFile(filepath.Join(s.Dir(), name), nil, 0o644))
			}
		}
		left := slices.DeleteFunc(files(t, s.Dir()), func(name string) bool { return slices.Contains(of.names, name) })
		must(t, of.begin(s))
		if diff := cmp.Diff(left, files(t, s.Dir())); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

func TestARunTouchesNoComparison(t *testing.T) {
	t.Parallel()
	s := littered(t)
	must(t, s.Begin(facts()))
	want := sorted(append(slices.Clone(ofComparison), artifact.FailureName)...)
	if diff := cmp.Diff(want, files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
}

func TestCleanRemovesRunsAndComparisons(t *testing.T) {
	t.Parallel()
	s := littered(t)
	removed, err := s.Clean(artifact.ComparisonMarkdownName)
	must(t, err)
	slices.Sort(removed)
	want := slices.DeleteFunc(slices.Concat(ofComparison, ofRun), func(name string) bool {
		return name == artifact.ComparisonMarkdownName
	})
	slices.Sort(want)
	if diff := cmp.Diff(want, removed); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(sorted(artifact.ComparisonMarkdownName), files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
}

// comparing is a store that is held for a comparison.
func comparing(t *testing.T, now time.Time) *artifact.Store {
	t.Helper()
	options := artifacttest.Options(t, t.TempDir())
	options.RunID, options.Now = artifacttest.CompareID, func() time.Time { return now }
	s, err := artifact.Open(options)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAComparisonIsNamedAndDated(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		now  time.Time
		want string
	}{
		{artifacttest.Ended, "2026-01-02T03:04:05Z"},
		{artifacttest.Began.Add(-time.Hour), "2026-01-02T03:03:56Z"}, // the clock went back: not before it began
	} {
		s, c := comparing(t, each.now), artifacttest.Same()
		c.SchemaVersion, c.RunID, c.GeneratedAt = 0, "", ""
		must(t, s.Compared(c))
		document := content(t, s.Dir(), artifact.ComparisonName)
		for key, want := range map[string]any{
			"schema_version": 1.0, "run_id": "pumuki-compare-20260102T030356Z-7", "generated_at_utc": each.want,
			"verdict": "same",
		} {
			if document[key] != want {
				t.Errorf("%s is %v", key, document[key])
			}
		}
		if c.RunID != artifacttest.CompareID || c.GeneratedAt != each.want {
			t.Errorf("the value says %s, %s", c.RunID, c.GeneratedAt)
		}
		if diff := cmp.Diff([]string{artifact.ComparisonName}, files(t, s.Dir())); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAComparisonIsWrittenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := comparing(t, artifacttest.Ended)
	must(t, s.Compared(artifacttest.Same()))
	before, err := os.ReadFile(filepath.Join(s.Dir(), artifact.ComparisonName))
	must(t, err)

	if !testing.Short() {
		huge := artifacttest.Same()
		huge.Base.PackageSpec = strings.Repeat("\x00", artifact.MaxLarge/len(`\u0000`)+1)
		err = s.Compared(huge)
		if err == nil || !strings.Contains(err.Error(), "bytes are more than the") {
			t.Errorf("one that no reader takes: %v", err)
		}
	}
	must(t, os.Remove(filepath.Join(s.Dir(), artifact.LockName)))
	if err := s.Compared(artifacttest.Rich()); err == nil {
		t.Error("it is written without the lock")
	}
	after, err := os.ReadFile(filepath.Join(s.Dir(), artifact.ComparisonName))
	must(t, err)
	if string(before) != string(after) {
		t.Error("the one that stands was touched")
	}
	if diff := cmp.Diff([]string{artifact.ComparisonName}, files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
}

func TestTheSameComparisonGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile(filepath.Join(artifacttest.Compared(t, artifacttest.Rich()), artifact.ComparisonName))
	must(t, err)
	second, err := os.ReadFile(filepath.Join(artifacttest.Compared(t, artifacttest.Rich()), artifact.ComparisonName))
	must(t, err)
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		t.Error(diff)
	}
}
