package travel_test

import (
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine/enginetest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// follows is a journey that begins with the gate before.
func follows(t *testing.T) []journey.Journey {
	t.Helper()
	j, err := journey.Parse("follows", []byte("# It follows.\n# start: bare\n\nupgrade $FROM --fetch-retries=0\n"))
	enginetest.Must(t, err)
	return []journey.Journey{j}
}

// needing is a gate before that needs a package from an address.
func needing(t *testing.T, address string) string {
	t.Helper()
	return enginetest.Mutant(t, [3]string{"package.json", `"0.0.0-embedded"`, `"0.0.0-before"`},
		[3]string{"package.json", `"private": true,`, `"dependencies": {"needed": "` + address + `"},`})
}

// That the gate before cannot be installed says nothing of the gate: the journey is not made.
func TestGateBeforeThatCannotBeInstalledIsSkipped(t *testing.T) {
	t.Parallel()
	report, err := made(t, "embedded", needing(t, "file:nowhere.tgz"), follows(t))
	if err != nil {
		t.Fatal(err)
	}
	const says = "the gate before, 0.0.0-before, cannot be installed: "
	if r := report.Journeys[0]; r.Outcome != journey.Skip || !strings.HasPrefix(string(r.Why), says) {
		t.Error(r.Title())
	}
}

// A registry that cannot be asked says nothing of any gate: it ends the call.
func TestRegistryThatCannotBeAskedEndsTheJourneys(t *testing.T) {
	t.Parallel()
	_, err := made(t, "embedded", needing(t, "http://127.0.0.1:9/needed.tgz"), follows(t))
	f := suite.AsFailure(err)
	if f == nil || f.Kind != suite.KindEnvironment || !strings.Contains(f.Err.Error(), "a registry cannot be asked") {
		t.Errorf("it ends with %v", err)
	}
}
