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
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
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
		forge(t, filepath.Join(dir, artifact.JourneysName), change)
		if report, read := verify.Journeys(dir, repository); read != nil || !strings.Contains(report.String(), says) {
			t.Errorf("want %q, got %s", says, report)
		}
	}
}

func TestWholeProbesAreVerified(t *testing.T) {
	t.Parallel()
	report, read := verify.Probes(artifacttest.Probed(t), repository)
	const want = "verified: probes pumuki-probe-20260102T030356Z-7: " +
		"2 rules seen, 4 off, 1 known, 1 without a probe"
	if got := report.String(); got != want || read == nil {
		t.Fatalf("got %q", got)
	}
	if report, read := verify.Probes(t.TempDir(), repository); report.Err() != nil || read != nil {
		t.Errorf("of none: %v", report)
	}
}

func TestBrokenPromiseOfProbesIsNamed(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(r *probe.Report){
		"what it counts is not what its rules came to": func(r *probe.Report) { r.Platforms[0].Seen++ },
		"pumuki-probes.json: what it counts":           func(r *probe.Report) { r.ExitCode = 0 },
		"its rules are not in their order": func(r *probe.Report) {
			r.Rules[0], r.Rules[1] = r.Rules[1], r.Rules[0]
		},
		`"ios.b" is seen, and what it says of it`:        func(r *probe.Report) { r.Rules[3].Outcome = probe.Seen },
		`"ios.b" is silent, and what it says of it`:      func(r *probe.Report) { r.Rules[3].Why = "" },
		`"ios.e" is known, and what it says of it`:       func(r *probe.Report) { r.Rules[6].Cause = "" },
		`"ios.a" is seen, and what it says of it`:        func(r *probe.Report) { r.Rules[2].Did = probe.Silent },
		`"ios.f" is unprobed, and what it says of it`:    func(r *probe.Report) { r.Rules[7].Probe = "ios/f" },
		`"ios.f" is without a probe, and not all probes`: func(r *probe.Report) { r.Whole = false },
		"at /rules/0/outcome":                            func(r *probe.Report) { r.Rules[0].Outcome = "?" },
		"the suite is not that of commit":                func(r *probe.Report) { r.Suite = r.Suite[:1] },
	} {
		dir := artifacttest.Probed(t)
		forge(t, filepath.Join(dir, artifact.ProbesName), change)
		if report, read := verify.Probes(dir, repository); read != nil || !strings.Contains(report.String(), says) {
			t.Errorf("want %q, got %s", says, report)
		}
	}
}

// forge changes what an artifact says, and nothing of its form.
func forge[T any](t *testing.T, path string, change func(*T)) {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	var value T
	must(t, json.Unmarshal(data, &value))
	change(&value)
	data, err = json.MarshalIndent(value, "", "  ")
	must(t, err)
	must(t, os.WriteFile(path, append(data, '\n'), 0o644))
}
