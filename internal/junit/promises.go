package junit

import (
	"fmt"
	"time"

	format "github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// kept is a promise as a case: where it is off, why in one line and in full; where it was not judged, why not.
type kept struct {
	group, name        string
	off, account, left string
}

// RenderJourneys returns the report of journeys: one suite, with a case for each. One that failed and is known to is
// skipped, and says the cause. It fails where the time of the report cannot be read.
func RenderJourneys(r *journey.Report) ([]byte, error) {
	var cases []kept
	for _, each := range r.Journeys {
		c := kept{group: "journeys", name: each.Name}
		switch each.Outcome {
		case journey.Fail:
			c.off, c.account = string(each.Why), each.Account()
		case journey.Known, journey.Skip:
			c.left = each.Title()
		}
		cases = append(cases, c)
	}
	digest := format.Property{Name: "journeys_sha256", Value: r.JourneysSHA256}
	return promises("pumuki-journeys", r.Facts, digest, cases)
}

// RenderProbes returns the report of probes: a suite for each platform, with a case for each rule. One that fails and
// is known to, and one without a probe, is skipped, and says why. It fails where the time of the report cannot be read.
func RenderProbes(r *probe.Report) ([]byte, error) {
	var cases []kept
	for _, each := range r.Rules {
		c := kept{group: each.Platform, name: each.ID}
		switch {
		case each.Off():
			c.off, c.account = each.Title(), fmt.Sprintf("%s\n%s\n", each.Promise, each.Title())
		case each.Outcome == probe.Known, each.Outcome == probe.Unprobed:
			c.left = each.Title()
		}
		cases = append(cases, c)
	}
	digest := format.Property{Name: "probes_sha256", Value: r.ProbesSHA256}
	return promises("pumuki-probes", r.Facts, digest, cases)
}

// promises returns the report of some cases, which stand in the order of their groups: a suite for each.
func promises(product string, facts verdict.Facts, digest format.Property, cases []kept) ([]byte, error) {
	generated, err := time.Parse(time.RFC3339, facts.GeneratedAt)
	if err != nil {
		return nil, fmt.Errorf("render the JUnit report: %w", err)
	}
	var report format.Testsuites
	for i, c := range cases {
		if i == 0 || cases[i-1].group != c.group {
			group := groupOf(c.group, product, generated, append(about(facts), digest))
			group.ID, group.Time = len(report.Suites), decimal(0)
			report.Suites = append(report.Suites, group)
		}
		t := format.Testcase{Name: c.name, Classname: product + "." + c.group, Time: decimal(0)}
		switch {
		case c.off != "":
			t.Failure = &format.Result{Message: line(c.off), Type: c.group, Data: plain.Text(c.account)}
		case c.left != "":
			t.Skipped = &format.Result{Message: line(c.left)}
		}
		report.Suites[len(report.Suites)-1].AddTestcase(t)
	}
	return write(report)
}
