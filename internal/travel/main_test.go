package travel_test

import (
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

// untouched notes how a repository stands, and returns what checks that it still does.
func untouched(t *testing.T, repository string) (check func()) {
	t.Helper()
	stands := func() string {
		return enginetest.Git(t, repository, "for-each-ref") +
			enginetest.Git(t, repository, "status", "--porcelain", "--ignored") +
			enginetest.Git(t, repository, "config", "--local", "--list")
	}
	before := stands()
	return func() {
		if diff := cmp.Diff(before, stands()); diff != "" {
			t.Errorf("the source repository is not as it was:\n%s", diff)
		}
	}
}
