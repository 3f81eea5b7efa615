package junit_test

import (
	"encoding/xml"
	"testing"

	format "github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/junit"
)

func TestEveryJourneyHasItsCase(t *testing.T) {
	t.Parallel()
	text, err := junit.RenderJourneys(artifacttest.Journeys(t, hostile))
	if err != nil {
		t.Fatal(err)
	}
	var report format.Testsuites
	if err := xml.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	letters := ""
	for _, c := range report.Suites[0].Testcases {
		letters += letter(t, c)
	}
	group := report.Suites[0]
	if letters != "pfsps" || group.Tests != 5 || group.Failures != 1 || group.Skipped != 2 {
		t.Errorf("the cases are %q, of %d with %d failures and %d skipped", letters, group.Tests, group.Failures,
			group.Skipped)
	}
}

func TestReportOfJourneysMeetsTheCommonSchemas(t *testing.T) {
	t.Parallel()
	validate := validator(t)
	text, err := junit.RenderJourneys(artifacttest.Journeys(t, hostile))
	if err != nil {
		t.Fatal(err)
	}
	for _, schema := range schemas {
		if err := validate(string(text), schema); err != nil {
			t.Errorf("%s: %v", schema, err)
		}
	}
}
