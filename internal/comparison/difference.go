package comparison

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Difference is what the candidate does differently from the base.
type Difference struct {
	// Cells are those whose exit or outcome changed, lost blocks first.
	Cells []Cell `json:"cells"`
	// Rules are the active ones, and Rulesets the rule sets that were loaded: over all stages of the scenarios that a
	// gate must block.
	Rules    Sets `json:"rules"`
	Rulesets Sets `json:"rulesets"`
	// Findings count those of all stages.
	Findings Counts `json:"findings"`
	// Rows are the differences in findings, by rule, the gravest first.
	Rows []Row `json:"differences"`
	// Promises are the journeys and the rules of probes that came to something else, broken ones first.
	Promises []promise.Change `json:"promises,omitempty"`
	// Unstable is what a gate says differently of itself.
	Unstable []Noise `json:"unstable"`
}

// differs tells whether there is a difference.
func (d Difference) differs() bool {
	return len(d.Cells)+len(d.Rows)+len(d.Promises) > 0 || d.Rules.differ() || d.Rulesets.differ()
}

// Cell is a stage of a scenario that came to something else.
type Cell struct {
	Scenario  string `json:"scenario"`
	Stage     string `json:"stage"`
	Base      End    `json:"base"`
	Candidate End    `json:"candidate"`
}

// End is how a stage ended.
type End struct {
	Exit    int          `json:"exit"`
	Outcome verdict.Text `json:"outcome"`
}

func (e End) String() string {
	return fmt.Sprintf("exit %d, %s", e.Exit, cmp.Or(string(e.Outcome), "no evidence"))
}

// LostBlock tells that the base blocked here, and the candidate does not.
func (c Cell) LostBlock() bool {
	return c.Base.Exit != suite.ExitPass && c.Candidate.Exit == suite.ExitPass
}

// Sets count what each gate names, and name what one of them alone does. A count is nil where the gate does not say:
// then nothing is known to differ.
type Sets struct {
	Base      *int     `json:"base"`
	Candidate *int     `json:"candidate"`
	Appeared  []string `json:"appeared"`
	Gone      []string `json:"gone"`
}

func (s Sets) differ() bool { return len(s.Appeared)+len(s.Gone) > 0 }

// Counts are the findings of each gate, those that one of them alone has, and the pairs that say something else.
type Counts struct {
	Base      int `json:"base"`
	Candidate int `json:"candidate"`
	Appeared  int `json:"appeared"`
	Gone      int `json:"gone"`
	Changed   int `json:"changed"`
}

// Kind is what became of the findings of a rule.
type Kind string

// The kinds, in the order in which they are shown.
const (
	Lost         Kind = "lost"         // the rule is not reported there any more
	New          Kind = "new"          // the rule was not reported there
	Changed      Kind = "changed"      // it is reported with another severity or message, or more or less often
	Renamed      Kind = "renamed"      // another rule of its family is reported there instead
	Consolidated Kind = "consolidated" // the gate says that a finding of another rule stands for it, and reports that
)

var kinds = []Kind{Lost, New, Changed, Renamed, Consolidated}

// Row is what became of the findings of one rule, in all places where it became the same.
type Row struct {
	Kind Kind   `json:"kind"`
	Rule string `json:"rule"`
	// Into is the rule that it was renamed to or consolidated into; empty where it was neither.
	Into verdict.Text `json:"into"`
	// Base and Candidate are the severities; empty where the gate does not report it.
	Base      verdict.Text `json:"base_severity"`
	Candidate verdict.Text `json:"candidate_severity"`
	// SeenBy are other rules of its family by which the candidate reports the same places, or by which the base did.
	SeenBy []string `json:"seen_by"`
	// LostBlock tells that a stage let through what the base blocked there.
	LostBlock bool    `json:"lost_block"`
	Places    []Place `json:"places"`
}

// Place is a file of a scenario, with the stages at which it is the same.
type Place struct {
	Scenario string   `json:"scenario"`
	Stages   []string `json:"stages"`
	File     string   `json:"file"`
	// Base and Candidate are what each gate reports there; nil where it does not.
	Base      *Report `json:"base"`
	Candidate *Report `json:"candidate"`
}

// Report is what a finding says.
type Report struct {
	Lines   []int  `json:"lines"`
	Message string `json:"message"`
}

// Noise is what a gate says differently of itself from one round to the next.
type Noise struct {
	// Gate is base or candidate, and Of what it is that varies.
	Gate string  `json:"gate"`
	Of   Subject `json:"of"`
	// Scenario and Stage are empty for a rule and a rule set, and Name and File for the end of a stage. Name is that of
	// the rule or the rule set.
	Scenario verdict.Text `json:"scenario"`
	Stage    verdict.Text `json:"stage"`
	Name     verdict.Text `json:"name"`
	File     verdict.Text `json:"file"`
	// Said is what it said in each round.
	Said []string `json:"said"`
}

// Subject is what varies.
type Subject string

// The subjects.
const (
	OfCell    Subject = "cell"    // how a stage ended
	OfFinding Subject = "finding" // what a rule reports of a file
	OfRule    Subject = "rule"    // whether a rule is active
	OfRuleset Subject = "ruleset" // whether a rule set is loaded
)

// at is a stage of a scenario.
type at struct {
	scenario suite.Scenario
	stage    suite.Stage
	i        int
}

// key is where findings are matched within a stage.
type key struct{ rule, file string }

// differing collects a difference.
type differing struct {
	*Comparison
	found Difference
	rows  map[rowKey]int
}

// rowKey is what the places of a row have in common.
type rowKey struct {
	kind            Kind
	rule            string
	into            verdict.Text
	base, candidate verdict.Text
	seenBy          string
	lostBlock       bool
	gone, appeared  bool
}

func differ(c *Comparison) Difference {
	d := &differing{Comparison: c, rows: map[rowKey]int{}, found: Difference{
		Cells: []Cell{}, Rows: []Row{}, Unstable: []Noise{},
	}}
	for _, s := range c.Chosen() {
		for i, stage := range suite.Stages() {
			d.cell(at{s, stage, i})
		}
	}
	d.found.Rules = d.sets(OfRule, func(o *verdict.Outcome) []string {
		if o.Coverage == nil {
			return nil
		}
		return o.Coverage.Active
	})
	d.found.Rulesets = d.sets(OfRuleset, func(o *verdict.Outcome) []string { return o.Rulesets })
	for _, kind := range promise.Kinds {
		was, is := c.Base.Account(kind), c.Candidate.Account(kind)
		if was != nil && is != nil {
			d.found.Promises = append(d.found.Promises, promise.Changes(*was, *is)...)
		}
	}
	slices.SortStableFunc(d.found.Cells, func(a, b Cell) int { return first(a.LostBlock(), b.LostBlock()) })
	slices.SortStableFunc(d.found.Rows, Row.compare)
	return d.found
}

// first orders what is before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// compare orders rows as they are shown: by kind; what let something through, what no other rule sees and what is grave
// first.
func (r Row) compare(o Row) int {
	gravity := func(r Row) int {
		return verdict.Finding{Severity: string(cmp.Or(r.Base, r.Candidate))}.Gravity()
	}
	return cmp.Or(
		slices.Index(kinds, r.Kind)-slices.Index(kinds, o.Kind), first(r.LostBlock, o.LostBlock),
		first(len(r.SeenBy) == 0, len(o.SeenBy) == 0), gravity(r)-gravity(o), strings.Compare(r.Rule, o.Rule),
	)
}

// outcomes are what a gate came to at a stage in each round.
func (g Gate) outcomes(a at) (all []*verdict.Outcome) {
	for _, round := range g.Rounds {
		all = append(all, round.Scenarios.Of[a.scenario.Name][a.i])
	}
	return all
}

// cell compares one stage of a scenario.
func (d *differing) cell(a at) {
	ends := func(g Gate) (ends []End) {
		for _, o := range g.outcomes(a) {
			ends = append(ends, End{o.Exit, o.Outcome})
		}
		return ends
	}
	base, candidate := ends(d.Base), ends(d.Candidate)
	cell := Cell{a.scenario.Name, a.stage.Name, base[0], candidate[0]}
	stands := steady(d, OfCell, a, key{}, base, candidate)
	if stands && cell.Base != cell.Candidate {
		d.found.Cells = append(d.found.Cells, cell)
	}
	d.findings(a, stands && cell.LostBlock())
}

// steady tells whether both gates say the same in each of their rounds, and notes which does not.
func steady[T fmt.Stringer](d *differing, of Subject, a at, k key, base, candidate []T) bool {
	before := len(d.found.Unstable)
	for gate, rounds := range [][]T{base, candidate} {
		var said []string
		for _, each := range rounds {
			said = append(said, each.String())
		}
		if len(slices.Compact(slices.Clone(said))) > 1 {
			d.found.Unstable = append(d.found.Unstable, Noise{
				[]string{"base", "candidate"}[gate], of, verdict.Text(a.scenario.Name), verdict.Text(a.stage.Name),
				verdict.Text(k.rule), verdict.Text(k.file), said,
			})
		}
	}
	return len(d.found.Unstable) == before
}

// found are the findings of one rule at one file.
type found []verdict.Finding

// String says what is reported, but for the lines.
func (f found) String() string {
	if len(f) == 0 {
		return "not reported"
	}
	var words []string
	for _, each := range f {
		words = append(words, each.Severity+" "+each.Message)
	}
	slices.Sort(words)
	return strings.Join(words, "; ")
}

// reported are the findings of a gate at a stage by rule and file, in each round.
func (g Gate) reported(a at) (rounds []map[key]found) {
	for _, o := range g.outcomes(a) {
		by := map[key]found{}
		for _, f := range slices.SortedFunc(slices.Values(o.Findings), verdict.Finding.Compare) {
			k := key{f.Rule, f.File}
			by[k] = append(by[k], f)
		}
		rounds = append(rounds, by)
	}
	return rounds
}

// findings compares what was found at a stage. Lost tells that it let through what the base blocked.
func (d *differing) findings(a at, lost bool) {
	base, candidate := d.Base.reported(a), d.Candidate.reported(a)
	is, was := candidate[0], base[0]
	var gone, both []key
	appeared := map[key]bool{}
	for _, k := range keysOf(base, candidate) {
		of := func(rounds []map[key]found) (all []found) {
			for _, round := range rounds {
				all = append(all, round[k])
			}
			return all
		}
		if !steady(d, OfFinding, a, k, of(base), of(candidate)) {
			continue
		}
		d.found.Findings.Base += len(was[k])
		d.found.Findings.Candidate += len(is[k])
		switch {
		case is[k] == nil:
			gone = append(gone, k)
			d.found.Findings.Gone += len(was[k])
		case was[k] == nil:
			appeared[k] = true
			d.found.Findings.Appeared += len(is[k])
		default:
			both = append(both, k)
		}
	}
	for _, k := range gone {
		d.gone(a, k, was[k], is, appeared, lost)
	}
	for _, k := range sortedKeys(appeared) {
		for _, f := range is[k] {
			d.row(Row{Kind: New, Rule: k.rule, SeenBy: d.seenBy(k, was)}, a, k.file, nil, &f)
		}
	}
	for _, k := range both {
		d.both(a, k, was[k], is[k])
	}
}

// keysOf are where either gate found something in a round, sorted.
func keysOf(base, candidate []map[key]found) []key {
	keys := map[key]bool{}
	for _, round := range slices.Concat(base, candidate) {
		for k := range round {
			keys[k] = true
		}
	}
	return sortedKeys(keys)
}

func sortedKeys(keys map[key]bool) []key {
	return slices.SortedFunc(maps.Keys(keys), func(a, b key) int {
		return cmp.Or(strings.Compare(a.rule, b.rule), strings.Compare(a.file, b.file))
	})
}

// gone tells of findings that the candidate does not report. Where another rule of the family is reported instead, that
// one is no longer among those that appeared.
func (d *differing) gone(a at, k key, was found, is map[key]found, appeared map[key]bool, lost bool) {
	row := Row{Kind: Lost, Rule: k.rule, SeenBy: d.seenBy(k, is), LostBlock: lost}
	var instead found
	for _, s := range d.Candidate.outcomes(a)[0].Suppressed {
		if by := (key{s.ReplacedBy, k.file}); s.Rule == k.rule && s.File == k.file && is[by] != nil {
			row = Row{Kind: Consolidated, Rule: k.rule, Into: verdict.Text(s.ReplacedBy)}
		}
	}
	for _, other := range d.relatives(k.rule) {
		if by := (key{other, k.file}); row.Kind == Lost && appeared[by] && len(is[by]) == len(was) {
			row = Row{Kind: Renamed, Rule: k.rule, Into: verdict.Text(other)}
			instead = is[by]
			delete(appeared, by)
		}
	}
	for i, f := range was {
		if instead != nil {
			d.row(row, a, k.file, &f, &instead[i])
			continue
		}
		d.row(row, a, k.file, &f, nil)
	}
}

// both compares findings that both gates report. Those that say the same are paired off; of the rest each pair is a
// change, and what is left over is there once more or once less.
func (d *differing) both(a at, k key, was, is found) {
	is = slices.Clone(is)
	var rest found
	for _, f := range was {
		same := func(g verdict.Finding) bool { return g.Severity == f.Severity && g.Message == f.Message }
		if at := slices.IndexFunc(is, same); at >= 0 {
			is = slices.Delete(is, at, at+1)
			continue
		}
		rest = append(rest, f)
	}
	row := Row{Kind: Changed, Rule: k.rule}
	for i := range max(len(rest), len(is)) {
		switch {
		case i >= len(is):
			d.found.Findings.Gone++
			d.row(row, a, k.file, &rest[i], nil)
		case i >= len(rest):
			d.found.Findings.Appeared++
			d.row(row, a, k.file, nil, &is[i])
		default:
			d.found.Findings.Changed++
			d.row(row, a, k.file, &rest[i], &is[i])
		}
	}
}

// relatives are the other rules of a rule's families, each once.
func (d *differing) relatives(rule string) (others []string) {
	for _, family := range d.Families {
		for _, other := range family {
			if slices.Contains(family, rule) && other != rule && !slices.Contains(others, other) {
				others = append(others, other)
			}
		}
	}
	return others
}

// seenBy are other rules of a family that are reported at the same file.
func (d *differing) seenBy(k key, reported map[key]found) []string {
	seen := []string{}
	for _, other := range d.relatives(k.rule) {
		if reported[key{other, k.file}] != nil {
			seen = append(seen, other)
		}
	}
	return seen
}

// row adds a place to the row that it belongs to, or begins one.
func (d *differing) row(r Row, a at, file string, was, is *verdict.Finding) {
	place := Place{Scenario: a.scenario.Name, Stages: []string{a.stage.Name}, File: file}
	if was != nil {
		r.Base, place.Base = verdict.Text(was.Severity), &Report{slices.Clone(was.Lines), was.Message}
	}
	if is != nil {
		r.Candidate, place.Candidate = verdict.Text(is.Severity), &Report{slices.Clone(is.Lines), is.Message}
	}
	if r.SeenBy == nil {
		r.SeenBy = []string{}
	}
	key := rowKey{
		r.Kind, r.Rule, r.Into, r.Base, r.Candidate, strings.Join(r.SeenBy, " "), r.LostBlock, is == nil, was == nil,
	}
	i, known := d.rows[key]
	if !known {
		i = len(d.found.Rows)
		d.rows[key], d.found.Rows = i, append(d.found.Rows, r)
	}
	places := &d.found.Rows[i].Places
	for j, other := range *places {
		if other.Scenario == place.Scenario && other.File == file && reflect.DeepEqual(other.Base, place.Base) &&
			reflect.DeepEqual(other.Candidate, place.Candidate) {
			if !slices.Contains(other.Stages, a.stage.Name) {
				(*places)[j].Stages = append(other.Stages, a.stage.Name)
				return
			}
		}
	}
	*places = append(*places, place)
}

// named is whether a gate names something in a round.
type named bool

func (n named) String() string {
	if n {
		return "named"
	}
	return "not named"
}

// sets compares what the gates name over all stages of the scenarios that a gate must block. What a stage names is nil
// where the gate does not say.
func (d *differing) sets(of Subject, names func(*verdict.Outcome) []string) Sets {
	by := func(g Gate) (rounds []map[string]bool) {
		for _, r := range g.Rounds {
			rounds = append(rounds, union(d.Chosen(), r, names))
		}
		return rounds
	}
	base, candidate := by(d.Base), by(d.Candidate)
	sets := Sets{Appeared: []string{}, Gone: []string{}}
	all := map[string]bool{}
	for _, round := range slices.Concat(base, candidate) {
		maps.Copy(all, round)
	}
	was, is := map[string]bool{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		in := func(rounds []map[string]bool) (in []named) {
			for _, round := range rounds {
				in = append(in, named(round[name]))
			}
			return in
		}
		if !steady(d, of, at{}, key{rule: name}, in(base), in(candidate)) {
			continue
		}
		if was[name], is[name] = base[0][name], candidate[0][name]; base[0] == nil || candidate[0] == nil {
			continue
		}
		switch {
		case was[name] && !is[name]:
			sets.Gone = append(sets.Gone, name)
		case is[name] && !was[name]:
			sets.Appeared = append(sets.Appeared, name)
		}
	}
	count := func(said, in map[string]bool) *int {
		if said == nil {
			return nil
		}
		n := 0
		for _, yes := range in {
			if yes {
				n++
			}
		}
		return &n
	}
	sets.Base, sets.Candidate = count(base[0], was), count(candidate[0], is)
	return sets
}

// union is what a gate names in a round, in the scenarios that it must block; nil where no stage of them says.
func union(chosen suite.Suite, r Round, names func(*verdict.Outcome) []string) (union map[string]bool) {
	for _, s := range chosen {
		for _, o := range r.Scenarios.Of[s.Name] {
			if said := names(o); s.Blocks() && said != nil {
				if union == nil {
					union = map[string]bool{}
				}
				for _, name := range said {
					union[name] = true
				}
			}
		}
	}
	return union
}
