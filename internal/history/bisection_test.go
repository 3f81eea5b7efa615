package history_test

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// What a version says depends on the question, and on how far it could be judged.
func TestEntryAnswersAQuestion(t *testing.T) {
	t.Parallel()
	whole, broken := entry("1", nil), entry("2", broke)
	cut := entry("3", func(e *artifact.Entry) {
		broke(e)
		e.Scenarios.Of["violations"] = verdict.Outcomes{e.Scenarios.Of["violations"][0]}
	})
	found := whole.Scenarios.Of["violations"][0].Findings[0]
	cell := history.Question{Scenario: "violations", Stage: "pre-commit"}
	rule := history.Question{Rule: verdict.Text(found.Rule)}
	for name, c := range map[string]struct {
		question history.Question
		entry    artifact.Entry
		said     string
		told     bool
	}{
		"verdict":                   {history.Question{}, whole, "met", true},
		"verdict that is missed":    {history.Question{}, entry("4", off), "missed", true},
		"verdict of none":           {history.Question{}, broken, "unjudged", false},
		"cell":                      {cell, whole, "exit 1, BLOCK", true},
		"cell that was reached":     {cell, cut, "exit 1, BLOCK", true},
		"cell that was not reached": {history.Question{Scenario: "violations", Stage: "ci"}, cut, "", false},
		"rule":                      {rule, whole, "reported", true},
		"another rule":              {history.Question{Rule: "no.such"}, whole, "not reported", true},
		"rule in another file":      {history.Question{Rule: rule.Rule, File: "no/such"}, whole, "not reported", true},
		"rule in its file": {
			history.Question{
				Scenario: "violations", Stage: "pre-commit", Rule: rule.Rule, File: verdict.Text(found.File),
			}, whole, "reported", true,
		},
		"rule of what broke": {rule, broken, "reported", false},
	} {
		if reply := c.question.Of(c.entry); reply.Said != c.said || reply.Told != c.told {
			t.Errorf("%s: %+v", name, reply)
		}
	}
}

// Of a version that broke further on than the question goes, nothing more is known to have changed.
func TestNothingIsKnownToChangeToWhatBroke(t *testing.T) {
	t.Parallel()
	whole := entry("1", nil)
	cut := entry("2", func(e *artifact.Entry) {
		broke(e)
		e.Scenarios.Of = verdict.Results{"clean": {}, "violations": {e.Scenarios.Of["mixed"][0]}}
	})
	for name, two := range map[string][2]artifact.Entry{"to it": {whole, cut}, "from it": {cut, whole}} {
		step := history.Head{Suite: whole.Suite}.StepBetween("1", "2", two[0], two[1])
		if len(step.Rows)+len(step.Difference.Cells)+step.Cells != 0 || step.From != "1" || step.To != "2" {
			t.Errorf("%s: %s", name, step)
		}
	}
}

// A promise is asked for by its name: a journey, or a rule by its probe. What was not asked tells nothing.
func TestQuestionForAPromise(t *testing.T) {
	t.Parallel()
	account := artifacttest.Account(entry("1", nil), "unexpected success")
	for journey, want := range map[string]history.Reply{
		"commit-blocked": {Said: "ok", Told: true},
		"push-first":     {Said: "fails", Told: true, Why: "unexpected success"},
		"upgrade":        {Said: "skipped", Why: "there is none"},
		"nowhere":        {Why: "this version does not promise it"},
	} {
		q := history.Question{Journey: verdict.Text(journey)}
		if got := q.OfAccount(account); got != want || q.Kind() != promise.Journeys {
			t.Errorf("%s: %+v, want %+v", q, got, want)
		}
	}
	account.Promises[0].Name = "ios.a"
	q := history.Question{Rule: "ios.a", Probe: "ios/a"}
	got := q.OfAccount(account)
	if !got.Told || q.Kind() != promise.Probes || q.String() != "ios.a by its probe ios/a" {
		t.Errorf("%s: %+v", q, got)
	}
}
