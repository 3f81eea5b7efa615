package travel_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine/enginetest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/travel"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// quiet is an observer that looks away.
type quiet struct{ enginetest.Quiet }

func (quiet) Begins(journey.Journey) func(journey.Result, string) {
	return func(journey.Result, string) {}
}

// made makes journeys with a gate, and with another to begin with; empty where there is none.
func made(t *testing.T, spec, from string, all []journey.Journey) (*journey.Report, error) {
	t.Helper()
	plan := travel.Plan{
		Plan: enginetest.Plan(t, t.Context(), spec), Journeys: all, Without: "there is no gate before",
		Clean: func(text string) string { return text },
	}
	if from != "" {
		before, err := npm.ParseSpec(from, plan.Source)
		enginetest.Must(t, err)
		plan.From = &before
	}
	defer untouched(t, plan.Source)()
	return travel.Make(t.Context(), plan, quiet{})
}

// untouched notes all that lies in a repository, .git too, and returns what checks that it still does.
func untouched(t *testing.T, repository string) (check func()) {
	t.Helper()
	stands := func() map[string]string {
		all := map[string]string{}
		enginetest.Must(t, filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			var content []byte
			if info.Mode().IsRegular() {
				content, err = os.ReadFile(path)
			}
			all[path] = fmt.Sprintf("%v %x", info.Mode(), sha256.Sum256(content))
			return err
		}))
		return all
	}
	before := stands()
	return func() {
		if diff := cmp.Diff(before, stands()); diff != "" {
			t.Errorf("the source repository is not as it was:\n%s", diff)
		}
	}
}
