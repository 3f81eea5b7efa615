package report

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
)

// RenderJourneys returns the report on journeys as the bytes of one HTML file: each with its promise, those that failed
// first, with what happened.
func RenderJourneys(r *journey.Report) ([]byte, error) {
	var text bytes.Buffer
	if err := compiledJourneys.Execute(&text, newJourneys(r)); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return text.Bytes(), nil
}

// travelled is all that the template shows of journeys. Every text in it is cleaned and bounded.
type travelled struct {
	Style               template.CSS
	Verdict             mark
	Kind, Subject, Lead string
	RunID               string
	Figures             []fact
	Rows                []travelledRow
	About               []fact
}

// travelledRow is a journey. Kind is the class of its outcome.
type travelledRow struct {
	Name, Kind, Promise, Why, Cause, Command, Log string
	Outcome                                       journey.Outcome
	Incidents                                     []string
}

// kinds are the classes of the outcomes, in the order in which their journeys are shown.
var kinds = []struct {
	outcome journey.Outcome
	class   string
}{
	{journey.Fail, "lost"}, {journey.Fixed, "changed"}, {journey.Known, "changed"}, {journey.OK, "new"},
	{journey.Skip, "renamed"},
}

func newJourneys(r *journey.Report) travelled {
	c := r.Counts
	p := travelled{
		Style: template.CSS(style), Verdict: mark{"pass", "As promised"}, Kind: "Pumuki journeys",
		Subject: oneLine(r.PackageSpec, maxWord), RunID: oneLine(r.RunID, maxWord),
		Lead: fmt.Sprintf("%s made: %s", many(len(r.Journeys)-c.Skip, "journey"), r.Conclusion()),
		Figures: []fact{
			{Name: "As promised", Value: number(c.OK)}, {Name: "Failed", Value: number(c.Fail)},
			{Name: "Known to fail", Value: number(c.Known)}, {Name: "Fixed", Value: number(c.Fixed)},
			{Name: "Skipped", Value: number(c.Skip)},
		},
		About: aboutJourneys(r),
	}
	if c.Fail > 0 {
		p.Verdict = mark{"fail", number(c.Fail) + " failed"}
	}
	for _, kind := range kinds {
		for _, each := range r.Journeys {
			if each.Outcome == kind.outcome {
				p.Rows = append(p.Rows, travelledRowOf(each, kind.class))
			}
		}
	}
	return p
}

func travelledRowOf(r journey.Result, class string) travelledRow {
	row := travelledRow{
		Name: r.Name, Kind: class, Outcome: r.Outcome, Promise: oneLine(r.Promise, maxMessage),
		Why: oneLine(string(r.Why), maxMessage), Cause: oneLine(string(r.Cause), maxMessage), Log: tail(string(r.Log)),
	}
	for _, incident := range r.Incidents {
		row.Incidents = append(row.Incidents, oneLine(incident, maxMessage))
	}
	if r.Line > 0 {
		at := fmt.Sprintf("%s:%d: %s", journey.Journey{Name: r.Name}.Path(), r.Line, r.Command)
		row.Command = oneLine(at, maxCommand)
	}
	return row
}

func aboutJourneys(r *journey.Report) []fact {
	facts := []fact{
		{Name: "Package", Value: fmt.Sprintf("%s %s", r.PackageName, r.PackageVersion), Code: true},
		{Name: "Integrity", Value: string(r.PackageIntegrity), Code: true},
	}
	if r.From != nil {
		from := fmt.Sprintf("%s (%s)", r.From.Spec, r.From.Version)
		facts = append(facts, fact{Name: "Upgrades begin with", Value: from})
	}
	facts = append(facts,
		fact{Name: "Source commit", Value: string(r.SourceCommit), Code: true},
		fact{Name: "Journeys SHA-256", Value: r.JourneysSHA256, Code: true},
		fact{Name: "Call", Value: r.RunID, Code: true}, generated(r.GeneratedAt))
	for i := range facts {
		facts[i].Value = oneLine(facts[i].Value, maxPath)
	}
	return facts
}
