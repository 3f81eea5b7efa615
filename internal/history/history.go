// Package history is many versions of a gate side by side, as a value: what each of them came to, in which runs they do
// the same, and what changed from one to the next. It is a function of the entries and accounts of a ledger, and knows
// neither how a gate is judged nor how a ledger is kept.
//
// Its rules:
//   - Versions stand in the order of versions, and each is compared with the one before it that could be judged.
//   - Of an entry no more is held than the next one is compared with: there may be thousands.
package history

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Sweep is what the versions of a selection came to. It is what an artifact holds.
type Sweep struct {
	Head
	// Shard is which of the versions these are; nil where they are all of the selection.
	Shard *Shard `json:"shard"`
	// Mixed says in what the verdicts differ that they do not follow from, a line for each.
	Mixed []string `json:"mixed"`
	// Met, Missed and Unjudged count the versions by their verdicts.
	Met      int `json:"met"`
	Missed   int `json:"missed"`
	Unjudged int `json:"unjudged"`
	// ExitCode is that of the sweep.
	ExitCode int       `json:"exit_code"`
	Versions []Version `json:"versions"`
	Steps    []Step    `json:"steps"`
}

// Head is what all the versions were held against, and where their verdicts are kept.
type Head struct {
	SchemaVersion  int          `json:"schema_version"`
	RunID          string       `json:"run_id"`
	GeneratedAt    string       `json:"generated_at_utc"`
	SourceCommit   verdict.Text `json:"source_commit"`
	ContractSHA256 verdict.Text `json:"contract_sha256"`
	ConsumerSHA256 verdict.Text `json:"consumer_sha256"`
	// Suite is the scenarios of the source repository, those that were left out too. Families are the lists of rules
	// that see the same defect, by its suite.
	Suite    suite.Suite `json:"suite"`
	Families [][]string  `json:"families"`
	// Selection is the versions, as the call named them. Ledger is the directory with the entries; a relative path is
	// relative to the artifacts.
	Selection string `json:"selection"`
	Ledger    string `json:"ledger"`
	// Asked are the promises that were asked of each version, and SuiteSHA256 is the contract of all scenarios, which
	// is part of the key of their accounts; neither is there where none were.
	Asked       []promise.Asked `json:"asked,omitempty"`
	SuiteSHA256 verdict.Text    `json:"suite_contract_sha256,omitempty"`
}

// Shard is every Of-th of some versions, from the Index-th on, counted from one. Versions is how many there are in all,
// and SHA256 the digest of their names: shards belong together where these are the same.
type Shard struct {
	Index    int    `json:"index"`
	Of       int    `json:"of"`
	Versions int    `json:"versions"`
	SHA256   string `json:"versions_sha256"`
}

// NewShard returns a shard of the versions with these names.
func NewShard(index, of int, names []string) *Shard {
	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
	return &Shard{index, of, len(names), hex.EncodeToString(sum[:])}
}

// Has tells whether the version at a place, counted from zero, is in the shard.
func (s *Shard) Has(at int) bool { return at%s.Of == s.Index-1 }

// Verdict is what a version came to.
type Verdict string

// The verdicts on a version.
const (
	Met      Verdict = "met"
	Missed   Verdict = "missed"
	Unjudged Verdict = "unjudged"
)

// ExitUnjudged is the exit code of a sweep that could not judge every version (CONTRACT §9).
const ExitUnjudged = 5

// Version is a version of the gate.
type Version struct {
	Version string `json:"version"`
	// Published is when the registry says that it was, and Deprecated the message of its deprecation.
	Published  verdict.Text `json:"published"`
	Deprecated verdict.Text `json:"deprecated"`
	Integrity  verdict.Text `json:"package_integrity"`
	// Entry is the name of its entry in the ledger; empty where it has none, since its tarball is not known.
	Entry   verdict.Text `json:"entry"`
	Verdict Verdict      `json:"verdict"`
	// Why says in one line why it did not meet its contract; empty where it did.
	Why verdict.Text `json:"why"`
	// SameAs is the version before it that began a run of equal behaviour; empty for that one.
	SameAs verdict.Text `json:"same_as"`
	// Cells are the stages of the scenarios that were chosen, in the order of the suite; none where it was not judged.
	Cells []Cell `json:"cells"`
	// Rules count those that were at work; nil where the gate does not say.
	Rules *verdict.Rules `json:"rules"`
	// Findings count those of all stages, and Took is how long it was judged, in microseconds.
	Findings int   `json:"findings"`
	Took     int64 `json:"took_us"`
	// Promises are what became of its journeys and its probes, for each kind that the sweep asked for.
	Promises []Promised `json:"promises,omitempty"`
}

// Promised is what became of the promises of one kind with a version.
type Promised struct {
	Kind promise.Kind `json:"kind"`
	// Entry is the name of the account in the ledger; empty where it has none.
	Entry verdict.Text `json:"entry"`
	// Why says in one line why nothing could be asked; empty where it was.
	Why verdict.Text `json:"why"`
	// Kept and Unasked are how many, and Broken are the names of those that are broken, known or not.
	Kept    int      `json:"kept"`
	Unasked int      `json:"unasked"`
	Broken  []string `json:"broken"`
}

// of tells what became of the promises by an account.
func (p Promised) of(a artifact.Account) Promised {
	p.Kept, p.Unasked, p.Why = a.Count(promise.Kept), a.Count(promise.Unasked), ""
	for _, each := range a.Promises {
		if each.State == promise.Broken {
			p.Broken = append(p.Broken, each.Name)
		}
	}
	return p
}

// String says how many of those that were asked are kept, or why none was asked.
func (p Promised) String() string {
	if p.Why != "" {
		return fmt.Sprintf("%s: not asked: %s", p.Kind, p.Why)
	}
	return fmt.Sprintf("%s: %d of %d kept", p.Kind, p.Kept, p.Kept+len(p.Broken))
}

// Cell is a stage of a scenario.
type Cell struct {
	Scenario string       `json:"scenario"`
	Stage    string       `json:"stage"`
	Expected int          `json:"expected"`
	Exit     int          `json:"exit"`
	Outcome  verdict.Text `json:"outcome"`
	// Met tells that it met its contract.
	Met bool `json:"met"`
}

// Step is two versions, one after the other but for those that could not be judged, between which something changed.
type Step struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Cells is how many there are.
	Cells int `json:"cells_in_all"`
	comparison.Difference
}

// Builder makes a sweep of versions that come in order. Make one with New.
type Builder struct {
	sweep Sweep
	// last is the version before that could be judged, nil before there is one, and first the one that began its run.
	last  *comparison.Gate
	first string
	// promised is the last that is known of each kind of promise.
	promised map[promise.Kind]promise.Account
	seen     map[string]map[string]bool
}

// New begins a sweep.
func New(head Head) *Builder {
	return &Builder{
		sweep: Sweep{Head: head, Mixed: []string{}, Versions: []Version{}, Steps: []Step{}},
		seen:  map[string]map[string]bool{}, promised: map[promise.Kind]promise.Account{},
	}
}

// Add adds the next version with its entry, and with the accounts of its promises. Of the version what these do not
// tell must be set: of promises their kinds, and the names of the accounts or why there is none.
func (b *Builder) Add(v Version, e artifact.Entry, accounts ...artifact.Account) {
	v.Integrity, v.Rules = e.PackageIntegrity, verdict.RulesOf(e.Suite, e.Scenarios.Of)
	v.Took = verdict.Busy(e.Steps).Microseconds()
	v.Cells, v.Findings, v.SameAs = cellsOf(e), len(findingsOf(e)), ""
	v.Verdict, v.Why = came(e)
	switch v.Verdict {
	case Met:
		b.sweep.Met++
	case Missed:
		b.sweep.Missed++
	default:
		b.sweep.Unjudged++
	}
	v.Promises = slices.Clone(v.Promises)
	for i, p := range v.Promises {
		p.Kept, p.Unasked, p.Broken = 0, 0, []string{}
		for _, a := range accounts {
			if a.Kind == p.Kind {
				p = p.of(a)
				b.promised[a.Kind] = a.After(b.promised[a.Kind])
				b.note(a.Facts, a.System)
			}
		}
		v.Promises[i] = p
	}
	if v.Verdict != Unjudged {
		gate := gateOf(v.Version, e)
		// What became of a promise is compared with the last time that it was asked: of this version, or before.
		for _, kind := range promise.Kinds {
			if last, asked := b.promised[kind]; asked {
				gate.Promises = append(gate.Promises, last)
			}
		}
		b.compare(&v, gate)
	}
	b.note(e.Facts, e.System)
	b.sweep.Versions = append(b.sweep.Versions, v)
}

// AddUnknown adds the next version, which has no entry: it could not be judged, and its tarball is not known. Why says
// so in one line.
func (b *Builder) AddUnknown(v Version, why string) {
	b.sweep.Unjudged++
	b.sweep.Versions = append(b.sweep.Versions, Version{
		Version: v.Version, Published: v.Published, Deprecated: v.Deprecated, Verdict: Unjudged,
		Why: verdict.Text(why), Cells: []Cell{},
	})
}

// compare compares a version with the one before it.
func (b *Builder) compare(v *Version, gate comparison.Gate) {
	if b.last != nil {
		if step, differs := b.sweep.step(*b.last, gate); differs {
			b.sweep.Steps, b.first = append(b.sweep.Steps, step), ""
		}
	}
	if b.first == "" {
		b.first = v.Version
	} else {
		v.SameAs = verdict.Text(b.first)
	}
	b.last = &gate
}

// step returns what changed from one gate to another, and whether anything did.
func (h Head) step(from, to comparison.Gate) (Step, bool) {
	c := comparison.Comparison{Suite: h.Suite, Families: h.Families, Base: from, Candidate: to}
	c.Settle()
	return Step{
		From: string(from.PackageVersion), To: string(to.PackageVersion), Cells: len(c.Chosen()) * len(suite.Stages()),
		Difference: c.Difference,
	}, c.Differs()
}

// Alike tells whether two entries of one version say the same of all that its gate did, but for numbers in messages.
func (h Head) Alike(version string, a, b artifact.Entry) bool {
	if a.Broke != nil || b.Broke != nil {
		return a.Broke != nil && b.Broke != nil && a.Broke.Phase == b.Broke.Phase && a.Broke.Step == b.Broke.Step &&
			a.Broke.ExitCode == b.Broke.ExitCode
	}
	_, differs := h.step(gateOf(version, a), gateOf(version, b))
	return !differs
}

// gateOf is the gate of an entry, under the name of its version, as it is compared with another: without the numbers in
// what it says. A message may hold an age in seconds, and a sweep judges no gate twice to tell that from a change.
func gateOf(version string, e artifact.Entry) comparison.Gate {
	run := e.Run()
	run.PackageVersion = verdict.Text(version)
	plain := verdict.Results{}
	for name, outcomes := range run.Evidence {
		for i, o := range outcomes {
			if o == nil {
				continue
			}
			other := *o
			other.Findings = slices.Clone(o.Findings)
			for f := range other.Findings {
				other.Findings[f].Message = withoutNumbers(other.Findings[f].Message)
			}
			outcomes[i] = &other
		}
		plain[name] = outcomes
	}
	run.Evidence = plain
	return comparison.GateOf([]*verdict.Run{run})
}

// withoutNumbers returns a text with # in the place of each number.
func withoutNumbers(text string) string {
	const digits = "0123456789"
	var plain strings.Builder
	for {
		at := strings.IndexAny(text, digits)
		if at < 0 {
			plain.WriteString(text)
			return plain.String()
		}
		plain.WriteString(text[:at] + "#")
		text = strings.TrimLeft(text[at:], digits)
	}
}

// note notes what a verdict or an account does not follow from.
func (b *Builder) note(facts verdict.Facts, system string) {
	for name, value := range map[string]string{
		"commits": fmt.Sprintf("%.12s", facts.SourceCommit), "git": string(facts.Tools.Git),
		"node": string(facts.Tools.Node), "npm": string(facts.Tools.NPM), "systems": system,
	} {
		if b.seen[name] == nil {
			b.seen[name] = map[string]bool{}
		}
		b.seen[name][value] = true
	}
}

// Sweep returns the sweep of the versions that were added.
func (b *Builder) Sweep() *Sweep {
	s := b.sweep
	for _, name := range []string{"commits", "git", "node", "npm", "systems"} {
		if values := sorted(b.seen[name]); len(values) > 1 {
			s.Mixed = append(s.Mixed, name+": "+strings.Join(values, ", "))
		}
	}
	switch {
	case s.Missed > 0:
		s.ExitCode = suite.ExitFail
	case s.Unjudged > 0:
		s.ExitCode = ExitUnjudged
	}
	return &s
}

func sorted(set map[string]bool) (values []string) {
	for value := range set {
		values = append(values, value)
	}
	slices.Sort(values)
	return values
}

// cellsOf are the cells of an entry.
func cellsOf(e artifact.Entry) []Cell {
	cells := []Cell{}
	if e.Broke != nil {
		return cells
	}
	for _, s := range e.Suite {
		outcomes, chosen := e.Scenarios.Of[s.Name]
		if !chosen {
			continue
		}
		for i, stage := range suite.Stages() {
			cells = append(cells, Cell{
				Scenario: s.Name, Stage: stage.Name, Expected: s.Expected[i], Exit: outcomes[i].Exit,
				Outcome: outcomes[i].Outcome,
				Met: !slices.ContainsFunc(e.Missed, func(m comparison.Missed) bool {
					return m.Scenario == s.Name && m.Stage == stage.Name
				}),
			})
		}
	}
	return cells
}

// findingsOf are the findings of all stages.
func findingsOf(e artifact.Entry) (all []verdict.Finding) {
	for _, outcomes := range e.Scenarios.Of {
		for _, o := range outcomes {
			if o != nil {
				all = append(all, o.Findings...)
			}
		}
	}
	return all
}

// came says what a version came to, and why where that is not its contract.
func came(e artifact.Entry) (Verdict, verdict.Text) {
	switch {
	case e.Broke != nil:
		return Unjudged, verdict.Text(e.Broke.String())
	case len(e.Missed) > 0:
		m := e.Missed[0]
		why := fmt.Sprintf("%s at %s: %s", m.Scenario, m.Stage, m.Why)
		if more := len(e.Missed) - 1; more == 1 {
			why += " (and at one more stage)"
		} else if more > 1 {
			why += fmt.Sprintf(" (and at %d more stages)", more)
		}
		return Missed, verdict.Text(why)
	}
	return Met, ""
}

// Came says in words what an entry came to, and why where that is not its contract.
func Came(e artifact.Entry) (said, why string) {
	v := Version{}
	v.Verdict, v.Why = came(e)
	return v.came(), string(v.Why)
}

// came says in words what the version came to.
func (v Version) came() string {
	switch v.Verdict {
	case Met:
		return "met its contract"
	case Missed:
		return "off its contract: " + string(v.Why)
	}
	return "could not be judged: " + string(v.Why)
}

// Of returns the names of the versions with a verdict.
func (s *Sweep) Of(wanted Verdict) (names []string) {
	for _, v := range s.Versions {
		if v.Verdict == wanted {
			names = append(names, v.Version)
		}
	}
	return names
}

// Lasted is how long the version was judged.
func (v Version) Lasted() time.Duration { return time.Duration(v.Took) * time.Microsecond }

// Exits are the exits of each scenario, with a slash between those of its stages.
func (v Version) Exits() (exits []string) {
	last := ""
	for _, c := range v.Cells {
		if c.Scenario != last {
			exits, last = append(exits, ""), c.Scenario
		}
		at := &exits[len(exits)-1]
		if *at != "" {
			*at += "/"
		}
		*at += fmt.Sprint(c.Exit)
	}
	return exits
}

// Date is when the version was published; a dash where that is not known.
func (v Version) Date() string {
	date, _, _ := strings.Cut(string(v.Published), "T")
	return cmp.Or(date, "-")
}

// String says what changed.
func (s Step) String() string {
	text := fmt.Sprintf("%s -> %s: exits %s; active rules %s; findings %s", s.From, s.To, s.ExitsIn(s.Cells), s.Rules,
		s.Findings)
	if n := len(s.Promises); n > 0 {
		text += fmt.Sprintf("; promises that changed: %d", n)
	}
	return text
}
