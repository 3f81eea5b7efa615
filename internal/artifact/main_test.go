package artifact_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The runs of artifacttest.
var (
	facts, everything, resultsOf = artifacttest.Facts, artifacttest.Everything, artifacttest.Results

	stepsOf, passed, failed = artifacttest.Steps, artifacttest.Passed, artifacttest.Failed

	noVersion, letThrough = artifacttest.NoVersion, artifacttest.LetThrough
)

func logged(t testing.TB) (path string) { return artifacttest.Log(t, artifacttest.LogText) }

// open opens a store that is closed with the test.
func open(t testing.TB, root string) *artifact.Store {
	t.Helper()
	s, err := artifact.Open(artifacttest.Options(t, root))
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files are the names in a folder, but for the lock.
func files(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	names := map[string]bool{}
	for _, entry := range entries {
		names[entry.Name()] = true
	}
	delete(names, artifact.LockName)
	return slices.Sorted(maps.Keys(names))
}

// content reads a JSON file.
func content(t testing.TB, dir, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	var document map[string]any
	must(t, json.Unmarshal(data, &document))
	return document
}
