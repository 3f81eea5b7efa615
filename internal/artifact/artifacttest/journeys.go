package artifacttest

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
)

// Journeys is a report with a journey of each outcome, in which what is foreign says a text.
func Journeys(t testing.TB, says string) *journey.Report {
	t.Helper()
	facts := Run("pumuki@9.1.0")
	facts.SchemaVersion, facts.GeneratedAt = artifact.SchemaVersion, "2026-01-02T03:04:05Z"
	facts.RunID = artifact.RunID(artifact.Journeys, Began, 7)
	facts.PackageVersion = "9.1.0"
	r := &journey.Report{Facts: facts, From: &journey.Earlier{Spec: "pumuki@9.0.0", Version: "9.0.0"}}
	var all []journey.Journey
	for i, each := range []struct {
		key string
		err error
	}{
		{}, {err: errors.New(says)}, {key: "known: >=9.0.0: it is so.", err: errors.New(says)},
		{key: "known: >=9.0.0: it was so."}, {key: "since: 99.0.0"},
	} {
		text := fmt.Sprintf("# The gate keeps it.\n# incident: INC-%d\n# %s\n\ngit status\n", i, each.key)
		j, err := journey.Parse(fmt.Sprintf("journey-%d", i), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, j)
		if !j.Made("9.1.0") {
			r.Journeys = append(r.Journeys, j.Skipped("9.1.0", says))
			continue
		}
		line := 0
		if each.err != nil {
			line = 5
		}
		r.Journeys = append(r.Journeys, j.Of("9.1.0", each.err, line, says))
	}
	r.JourneysSHA256 = journey.Digest(all)
	r.Settle()
	return r
}

// Travelled leaves Journeys in a folder of artifacts, and returns the folder.
func Travelled(t testing.TB) (dir string) {
	t.Helper()
	return leave(t, (*artifact.Store).Travelled, Journeys(t, "exit status 1"))
}

// leave leaves a report in a folder of artifacts, and returns the folder.
func leave(t testing.TB, write func(*artifact.Store, any) error, report any) (dir string) {
	t.Helper()
	root := t.TempDir()
	store, err := artifact.Open(Options(t, root))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := write(store, report); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, artifact.Folder)
}
