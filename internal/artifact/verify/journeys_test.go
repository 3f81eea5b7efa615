package verify_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
)

func TestWholeJourneysAreVerified(t *testing.T) {
	t.Parallel()
	report, read := verify.Journeys(artifacttest.Travelled(t), repository)
	const want = "verified: journeys pumuki-journeys-20260102T030356Z-7: " +
		"1 ok, 1 failed, 1 known, 1 fixed, 1 skipped"
	if got := report.String(); got != want || read == nil {
		t.Fatalf("got %q", got)
	}
	if report, read := verify.Journeys(t.TempDir(), repository); report.Err() != nil || read != nil {
		t.Errorf("of none: %v", report)
	}
}

func TestBrokenPromiseOfJourneysIsNamed(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(r *journey.Report){
		"what it counts is not what its journeys came to": func(r *journey.Report) { r.Counts.OK++ },
		"pumuki-journeys.json: what it counts":            func(r *journey.Report) { r.ExitCode = 0 },
		`journey-0 is not in the order of names`: func(r *journey.Report) {
			r.Journeys[0], r.Journeys[1] = r.Journeys[1], r.Journeys[0]
		},
		`journey-1 is ok, and its line and its reason`: func(r *journey.Report) {
			r.Journeys[1].Outcome = journey.OK
		},
		`journey-4 is skip, and its line and its reason`: func(r *journey.Report) { r.Journeys[4].Why = "" },
		`journey-2 is known, and what is known of it`:    func(r *journey.Report) { r.Journeys[2].Cause = "" },
		`journey-0 is ok, and what is known of it`:       func(r *journey.Report) { r.Journeys[0].Cause = "so." },
		"at /journeys/0/outcome":                         func(r *journey.Report) { r.Journeys[0].Outcome = "?" },
		"the suite is not that of commit":                func(r *journey.Report) { r.Suite = r.Suite[:1] },
	} {
		dir := artifacttest.Travelled(t)
		path := filepath.Join(dir, artifact.JourneysName)
		data, err := os.ReadFile(path)
		must(t, err)
		var r journey.Report
		must(t, json.Unmarshal(data, &r))
		change(&r)
		data, err = json.MarshalIndent(r, "", "  ")
		must(t, err)
		must(t, os.WriteFile(path, append(data, '\n'), 0o644))
		if report, read := verify.Journeys(dir, repository); read != nil || !strings.Contains(report.String(), says) {
			t.Errorf("want %q, got %s", says, report)
		}
	}
}
