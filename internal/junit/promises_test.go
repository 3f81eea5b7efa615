package junit_test

import (
	"encoding/xml"
	"strings"
	"testing"

	format "github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/junit"
)

// promises are the reports of journeys and of probes, full of hostile text, with the letters of their cases by suite.
func promises(t *testing.T) map[string][]byte {
	t.Helper()
	journeys, err := junit.RenderJourneys(artifacttest.Journeys(t, hostile))
	if err != nil {
		t.Fatal(err)
	}
	probes, err := junit.RenderProbes(artifacttest.Probes(hostile))
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"pfsps": journeys, "pf pfffss": probes}
}

func TestEveryPromiseHasItsCase(t *testing.T) {
	t.Parallel()
	for want, text := range promises(t) {
		var report format.Testsuites
		if err := xml.Unmarshal(text, &report); err != nil {
			t.Fatal(err)
		}
		var suites []string
		for i, group := range report.Suites {
			letters := ""
			for _, c := range group.Testcases {
				letters += letter(t, c)
			}
			count := func(letter string) int { return strings.Count(letters, letter) }
			told := [...]int{group.ID, group.Tests, group.Failures, group.Skipped}
			if has := [...]int{i, len(letters), count("f"), count("s")}; told != has {
				t.Errorf("%s counts %v and has %v", group.Name, told, has)
			}
			suites = append(suites, letters)
		}
		if got := strings.Join(suites, " "); got != want {
			t.Errorf("the cases are %q, want %q", got, want)
		}
	}
}

func TestReportOfPromisesMeetsTheCommonSchemas(t *testing.T) {
	t.Parallel()
	validate := validator(t)
	for _, text := range promises(t) {
		for _, schema := range schemas {
			if err := validate(string(text), schema); err != nil {
				t.Errorf("%s: %v", schema, err)
			}
		}
	}
}
