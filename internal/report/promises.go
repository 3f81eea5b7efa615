package report

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// promises is all that the template shows of journeys, or of probes. Every text in it is cleaned and bounded.
type promises struct {
	Style               template.CSS
	Verdict             mark
	Kind, Subject, Lead string
	RunID               string
	Figures             []fact
	// Heading is above the rows, and Lines are what is said before them. File is the name of the artifact.
	Heading string
	Lines   []string
	Rows    []promised
	About   []fact
	File    string
}

// promised is what became of a promise. Kind is the class of its outcome.
type promised struct {
	Name, Kind, Outcome, Promise, Why, Cause, Command, Log string
	Incidents                                              []string
}

// RenderJourneys returns the report on journeys as the bytes of one HTML file: each with its promise, those that failed
// first, with what happened.
func RenderJourneys(r *journey.Report) ([]byte, error) {
	c := r.Counts
	p := newPromises("Pumuki journeys", r.Facts, c.Fail)
	p.Heading, p.File = "Journeys", artifact.JourneysName
	p.Lead = fmt.Sprintf("%s made: %s", many(len(r.Journeys)-c.Skip, "journey"), r.Conclusion())
	p.Figures = []fact{
		{Name: "As promised", Value: number(c.OK)}, {Name: "Failed", Value: number(c.Fail)},
		{Name: "Known to fail", Value: number(c.Known)}, {Name: "Fixed", Value: number(c.Fixed)},
		{Name: "Skipped", Value: number(c.Skip)},
	}
	for _, shown := range []struct {
		outcome journey.Outcome
		class   string
	}{
		{journey.Fail, "lost"}, {journey.Fixed, "changed"}, {journey.Known, "changed"}, {journey.OK, "new"},
		{journey.Skip, "renamed"},
	} {
		for _, each := range r.Journeys {
			if each.Outcome == shown.outcome {
				p.Rows = append(p.Rows, travelled(each, shown.class))
			}
		}
	}
	if r.From != nil {
		from := oneLine(fmt.Sprintf("%s (%s)", r.From.Spec, r.From.Version), maxPath)
		p.About = append(p.About, fact{Name: "Upgrades begin with", Value: from})
	}
	p.About = append(p.About, fact{Name: "Journeys SHA-256", Value: oneLine(r.JourneysSHA256, maxPath), Code: true})
	return p.render()
}

func travelled(r journey.Result, class string) promised {
	row := promised{
		Name: r.Name, Kind: class, Outcome: string(r.Outcome), Promise: oneLine(r.Promise, maxMessage),
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

// RenderProbes returns the report on probes as the bytes of one HTML file: a line for each platform, and then each
// rule, those that are off first, with what the gate did.
func RenderProbes(r *probe.Report) ([]byte, error) {
	off := 0
	for _, each := range r.Rules {
		if each.Off() {
			off++
		}
	}
	p := newPromises("Pumuki probes", r.Facts, off)
	p.Heading, p.File, p.Lead = "Rules", artifact.ProbesName, oneLine(r.Conclusion(), maxMessage)
	for _, platform := range r.Platforms {
		p.Lines = append(p.Lines, oneLine(platform.String(), maxMessage))
		p.Figures = append(p.Figures, fact{
			Name:  oneLine(platform.Name, maxWord),
			Value: fmt.Sprintf("%s of %s", number(platform.Seen+platform.Fixed), number(platform.Rules)),
		})
	}
	for _, shown := range []struct {
		outcome probe.Outcome
		class   string
	}{
		{probe.Silent, "lost"}, {probe.Noisy, "lost"}, {probe.Foreign, "lost"}, {probe.Gone, "lost"},
		{probe.Fixed, "changed"}, {probe.Known, "changed"}, {probe.Unprobed, "renamed"}, {probe.Seen, "new"},
	} {
		for _, each := range r.Rules {
			if each.Outcome == shown.outcome {
				p.Rows = append(p.Rows, promised{
					Name: oneLine(each.ID, maxWord), Kind: shown.class, Outcome: string(each.Outcome),
					Promise: oneLine(string(each.Promise), maxMessage), Why: oneLine(string(each.Why), maxMessage),
					Cause: oneLine(string(each.Cause), maxMessage), Command: oneLine(string(each.File), maxCommand),
				})
			}
		}
	}
	p.About = append(p.About, fact{Name: "Probes SHA-256", Value: oneLine(r.ProbesSHA256, maxPath), Code: true})
	return p.render()
}

// newPromises returns what is said of a gate of which so many promises are off.
func newPromises(kind string, facts verdict.Facts, off int) *promises {
	p := &promises{
		Style: template.CSS(style), Verdict: mark{"pass", "As promised"}, Kind: kind,
		Subject: oneLine(facts.PackageSpec, maxWord), RunID: oneLine(facts.RunID, maxWord),
		About: []fact{
			{Name: "Package", Value: fmt.Sprintf("%s %s", facts.PackageName, facts.PackageVersion), Code: true},
			{Name: "Integrity", Value: string(facts.PackageIntegrity), Code: true},
			{Name: "Source commit", Value: string(facts.SourceCommit), Code: true},
			{Name: "Call", Value: facts.RunID, Code: true}, generated(facts.GeneratedAt),
		},
	}
	if off > 0 {
		p.Verdict = mark{"fail", number(off) + " off"}
	}
	for i := range p.About {
		p.About[i].Value = oneLine(p.About[i].Value, maxPath)
	}
	return p
}

func (p *promises) render() ([]byte, error) {
	var text bytes.Buffer
	if err := compiledPromises().Execute(&text, p); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return text.Bytes(), nil
}
