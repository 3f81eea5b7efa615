package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Question is what the versions of a bisection are asked. The zero value asks for the verdict.
type Question struct {
	// Scenario and Stage are the cell that is asked for; empty where the verdict is.
	Scenario verdict.Text `json:"scenario"`
	Stage    verdict.Text `json:"stage"`
	// Rule is the rule that the cell reports or not, in File where that is set; empty where the exit and the outcome of
	// the cell are asked for.
	Rule verdict.Text `json:"rule"`
	File verdict.Text `json:"file"`
	// Journey is the journey that is asked for, and Probe the probe by which the rule is; empty where neither is, and
	// the verdict is read.
	Journey verdict.Text `json:"journey,omitempty"`
	Probe   verdict.Text `json:"probe,omitempty"`
}

// Kind is the kind of the promise that is asked for; empty where the verdict is read.
func (q Question) Kind() promise.Kind {
	switch {
	case q.Journey != "":
		return promise.Journeys
	case q.Probe != "":
		return promise.Probes
	}
	return ""
}

// String says what is asked.
func (q Question) String() string {
	switch {
	case q.Journey != "":
		return "journey " + string(q.Journey)
	case q.Probe != "":
		return fmt.Sprintf("%s by its probe %s", q.Rule, q.Probe)
	case q.Rule == "" && q.Scenario == "":
		return "verdict"
	}
	text := ""
	if q.Rule != "" {
		if text = string(q.Rule); q.File != "" {
			text += " in " + string(q.File)
		}
		if q.Scenario == "" {
			return text
		}
		text += " at "
	}
	return text + string(q.Scenario) + "/" + string(q.Stage)
}

// Reply is what a version says to a question.
type Reply struct {
	// Said is that in a few words, and Told tells that it could be judged.
	Said string
	Told bool
	// Why says why it could not, or what shows that a promise is broken.
	Why string
}

// Of returns what an entry says to the question.
func (q Question) Of(e artifact.Entry) Reply {
	came, why := came(e)
	o := q.cell(e)
	reply := Reply{Told: came != Unjudged}
	switch {
	case q.Scenario == "" && q.Rule == "":
		reply.Said = string(came)
	case q.Scenario == "":
		reply.Said = q.reported(slices.ContainsFunc(findingsOf(e), q.is))
	case o == nil:
		reply.Told = false
	case q.Rule == "":
		reply = Reply{Said: comparison.End{Exit: o.Exit, Outcome: o.Outcome}.String(), Told: true}
	default:
		reply = Reply{Said: q.reported(slices.ContainsFunc(o.Findings, q.is)), Told: true}
	}
	if !reply.Told {
		reply.Why = string(why)
	}
	return reply
}

// OfAccount returns what an account says to the question for a promise. A version of which it was not asked tells
// nothing.
func (q Question) OfAccount(a artifact.Account) Reply {
	s, there := a.Of(string(cmp.Or(q.Journey, q.Rule)))
	if !there {
		return Reply{Why: "this version does not promise it"}
	}
	return Reply{Said: string(s.Did), Told: s.State != promise.Unasked, Why: string(s.Why)}
}

// reported says in words whether the rule is.
func (q Question) reported(is bool) string {
	if is {
		return "reported"
	}
	return "not reported"
}

// is tells whether a finding is what is asked for.
func (q Question) is(f verdict.Finding) bool {
	return f.Rule == string(q.Rule) && (q.File == "" || f.File == string(q.File))
}

// cell is the outcome of the cell that is asked for; nil where the stage did not run.
func (q Question) cell(e artifact.Entry) *verdict.Outcome {
	outcomes := e.Scenarios.Of[string(q.Scenario)]
	for i, stage := range suite.Stages() {
		if stage.Name == string(q.Stage) {
			return outcomes[i]
		}
	}
	return nil
}

// Where returns the question at the first cell, in the order of the suite, at which two entries answer it differently;
// false where there is none. A question that names its cell, or none at all, stays as it is.
func (q Question) Where(good, bad artifact.Entry) (Question, bool) {
	if q.Scenario != "" || q.Rule == "" {
		a, b := q.Of(good), q.Of(bad)
		return q, a.Told && b.Told && a.Said != b.Said
	}
	for _, s := range good.Suite {
		for _, stage := range suite.Stages() {
			at := q
			at.Scenario, at.Stage = verdict.Text(s.Name), verdict.Text(stage.Name)
			if _, differ := at.Where(good, bad); differ {
				return at, true
			}
		}
	}
	return q, false
}

// Bisection is where, among the versions of a selection, the answer to a question changes. It is what an artifact
// holds.
type Bisection struct {
	Head
	Question Question `json:"question"`
	// Good and Bad are the ends, as the call named them.
	Good string `json:"good"`
	Bad  string `json:"bad"`
	// Versions is how many there are, from one end to the other.
	Versions int     `json:"versions"`
	Outcome  Outcome `json:"outcome"`
	ExitCode int     `json:"exit_code"`
	// LastGood and FirstBad are the two between which it changes; empty where it was not found. Between are those that
	// lie between them, and could not be judged.
	LastGood verdict.Text `json:"last_good"`
	FirstBad verdict.Text `json:"first_bad"`
	Between  []string     `json:"between"`
	// Elsewhere are other places where the answer is known to change.
	Elsewhere []Change `json:"elsewhere"`
	// Probes are the versions whose answer is known, in the order in which that came to be.
	Probes []Probe `json:"probes"`
	// Step is all that changed from the older of the two to the newer; nil where they were not found.
	Step *Step `json:"step"`
}

// Outcome is what a bisection came to.
type Outcome string

// The outcomes, with the exit code of each (CONTRACT §10).
const (
	Found Outcome = "found"  // 0
	Agree Outcome = "agree"  // 1: both ends answer the same
	Lost  Outcome = "untold" // 5: it cannot be told, for versions that could not be judged
)

// exits are the exit codes of the outcomes.
var exits = map[Outcome]int{Found: suite.ExitPass, Agree: suite.ExitFail, Lost: ExitUnjudged}

// Change is two versions with different answers, and none between them whose answer is known.
type Change struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Probe is a version that was asked.
type Probe struct {
	Version   string       `json:"version"`
	Published verdict.Text `json:"published"`
	Answer    Answer       `json:"answer"`
	// Said is what it said, or why it could not be judged.
	Said string `json:"said"`
	// Known tells that the ledger had the verdict before. Entry is the name of its entry there; empty where it has
	// none, because the version was judged no further than the question needs.
	Known bool         `json:"known"`
	Entry verdict.Text `json:"entry"`
	// Why says what shows that it breaks the promise that is asked for; empty where it does not.
	Why verdict.Text `json:"why,omitempty"`
	// VerdictEntry is the name of its verdict in the ledger, where a promise is asked for and it is one of the two
	// between which the answer changes.
	VerdictEntry verdict.Text `json:"verdict_entry,omitempty"`
}

// Ask returns the probe of a version by its reply. Entry is the name of what that was read from in the ledger, and good
// is what the good end said; empty for that end itself.
func (r Reply) Ask(v Version, entry verdict.Text, good string, known bool) Probe {
	p := Probe{Version: v.Version, Published: v.Published, Answer: Untold, Known: known, Entry: entry}
	if !r.Told {
		p.Said = r.Why
		return p
	}
	p.Said, p.Why = r.Said, verdict.Text(r.Why)
	if p.Answer = Bad; r.Said == good || good == "" {
		p.Answer = Good
	}
	return p
}

// Settle sets the outcome and the exit code by whether both ends differ, and by what lies between.
func (b *Bisection) Settle(differ bool) {
	switch b.Outcome = Found; {
	case !differ:
		b.Outcome = Agree
	case len(b.Between) > 0 || b.FirstBad == "":
		b.Outcome = Lost
	}
	b.ExitCode = exits[b.Outcome]
}

// StepBetween returns what changed from one version to another, by their entries: was and is. Of an entry that broke
// nothing is known to.
func (h Head) StepBetween(from, to string, was, is artifact.Entry) *Step {
	if was.Broke != nil || is.Broke != nil {
		was.Round, is.Round = comparison.Round{}, comparison.Round{}
	}
	step, _ := h.step(gateOf(from, was), gateOf(to, is))
	return &step
}

// Text is the bisection as people and scripts read it on standard output (CONTRACT §10).
func (b *Bisection) Text() string {
	var text strings.Builder
	line := func(format string, args ...any) {
		text.WriteString(plain.Line(fmt.Sprintf(format, args...), shownWidth) + "\n")
	}
	line("=== bisect:%s %s -> %s ===", b.Question, b.Good, b.Bad)
	known, untold := 0, 0
	for _, p := range b.Probes {
		if p.Known {
			known++
		}
		if p.Answer == Untold {
			untold++
		}
	}
	line("probes: %d of %d versions, and %d that the ledger knew; %d could not be judged", len(b.Probes)-known,
		b.Versions, known, untold)
	for _, p := range b.Probes {
		if end := p.Version == b.Good || p.Version == b.Bad; end {
			line("%s", p)
		}
	}
	if b.Outcome != Agree && b.FirstBad != "" {
		line("last good: %s", b.dated(b.LastGood))
		line("first bad: %s", b.dated(b.FirstBad))
	}
	if len(b.Between) > 0 {
		line("between them, and not judged: %s", strings.Join(b.Between, " "))
	}
	for _, c := range b.Elsewhere {
		line("it changes elsewhere too: %s -> %s", c.From, c.To)
	}
	if b.Step != nil {
		line("%s", b.Step)
		for _, cell := range b.Step.Difference.Cells {
			line("  %s", cell)
		}
		for _, row := range b.Step.Rows[:min(len(b.Step.Rows), shownChanges)] {
			line("  %s", row)
		}
		if more := len(b.Step.Rows) - shownChanges; more > 0 {
			line("  and %d more rows, in the artifacts", more)
		}
	}
	line("verdict: %s", b.Conclusion())
	return text.String()
}

// String says what a version answered.
func (p Probe) String() string {
	text := fmt.Sprintf("%s: %s: %s", p.Version, p.Answer, p.Said)
	if p.Why != "" {
		text += ": " + string(p.Why)
	}
	return text
}

// shownChanges bounds how many rows of what changed are shown.
const shownChanges = 20

// dated is a version with its date, where that is known.
func (b *Bisection) dated(version verdict.Text) string {
	for _, p := range b.Probes {
		if p.Version == string(version) && p.Published != "" {
			return fmt.Sprintf("%s (%s)", version, Version{Published: p.Published}.Date())
		}
	}
	return string(version)
}

// Conclusion says what the bisection came to.
func (b *Bisection) Conclusion() string {
	switch b.Outcome {
	case Found:
		return fmt.Sprintf("it changes from %s to %s", b.Step.From, b.Step.To)
	case Agree:
		return fmt.Sprintf("%s and %s say the same, so there is nothing to find", b.Good, b.Bad)
	}
	if b.FirstBad == "" {
		return "it cannot be told: an end could not be judged"
	}
	return fmt.Sprintf("it changes between %s and %s, where %d could not be judged", b.Step.From, b.Step.To,
		len(b.Between))
}
