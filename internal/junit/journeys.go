package junit

import (
	"fmt"
	"time"

	format "github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// RenderJourneys returns the report of journeys: one suite, with a case for each. One that failed and is known to is
// skipped, and says the cause. It fails where the time of the report cannot be read.
func RenderJourneys(r *journey.Report) ([]byte, error) {
	generated, err := time.Parse(time.RFC3339, r.GeneratedAt)
	if err != nil {
		return nil, fmt.Errorf("render the JUnit report: %w", err)
	}
	const name = "journeys"
	group := groupOf(name, "pumuki-"+name, generated, []format.Property{
		{Name: "run_id", Value: r.RunID},
		{Name: "package_spec", Value: r.PackageSpec},
		{Name: "package_name", Value: string(r.PackageName)},
		{Name: "package_version", Value: string(r.PackageVersion)},
		{Name: "package_integrity", Value: string(r.PackageIntegrity)},
		{Name: "source_commit", Value: string(r.SourceCommit)},
		{Name: "journeys_sha256", Value: r.JourneysSHA256},
	})
	for _, each := range r.Journeys {
		t := format.Testcase{Name: each.Name, Classname: "pumuki-" + name, Time: decimal(0)}
		switch each.Outcome {
		case journey.Fail:
			t.Failure = &format.Result{Message: line(string(each.Why)), Type: name, Data: plain.Text(each.Account())}
		case journey.Known, journey.Skip:
			t.Skipped = &format.Result{Message: line(each.Title())}
		}
		group.AddTestcase(t)
	}
	group.Time = decimal(0)
	return write(format.Testsuites{Suites: []format.Testsuite{group}})
}
