package probe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Outcome is what became of a rule.
type Outcome string

// The outcomes. What a gate did has the word that it has among promises of any kind.
const (
	// Seen: it reports the bad set of its probe, and no rule of its family reports the good one.
	Seen = Outcome(promise.Seen)
	// Silent: it does not report the bad set.
	Silent = Outcome(promise.Silent)
	// Noisy: a rule of its family reports the good set.
	Noisy = Outcome(promise.Noisy)
	// Foreign: it reports a file of another platform's probe.
	Foreign = Outcome(promise.Foreign)
	// Gone: it has a probe by which this version has it, and it is not at work.
	Gone = Outcome(promise.Gone)
	// Known: it is silent, noisy or gone, as it is known to be in this version.
	Known Outcome = "known"
	// Fixed: it is seen, although it is known not to be in this version.
	Fixed Outcome = "fixed"
	// Unprobed: it is at work, and has no probe.
	Unprobed = Outcome(promise.Unprobed)
)

// Report is what became of the rules of one gate. It is what an artifact holds.
type Report struct {
	verdict.Facts
	// ProbesSHA256 is the digest of the probes.
	ProbesSHA256 string `json:"probes_sha256"`
	// Whole tells that no probe was left out by the call; only then rules without a probe are told.
	Whole     bool       `json:"whole"`
	ExitCode  int        `json:"exit_code"`
	Platforms []Platform `json:"platforms"`
	Rules     []Result   `json:"rules"`
}

// Platform counts the rules of a platform by their outcomes.
type Platform struct {
	Name     string `json:"name"`
	Rules    int    `json:"rules"`
	Seen     int    `json:"seen"`
	Silent   int    `json:"silent"`
	Noisy    int    `json:"noisy"`
	Foreign  int    `json:"foreign"`
	Gone     int    `json:"gone"`
	Known    int    `json:"known"`
	Fixed    int    `json:"fixed"`
	Unprobed int    `json:"unprobed"`
}

// Result is what became of a rule.
type Result struct {
	ID string `json:"id"`
	// Probe is the name of the probe; empty where it has none.
	Probe    verdict.Text `json:"probe"`
	Platform string       `json:"platform"`
	// Promise is what the probe says that the gate does, in a sentence.
	Promise verdict.Text `json:"promise"`
	Outcome Outcome      `json:"outcome"`
	// Did is the outcome as it would be if nothing were known of the version.
	Did Outcome `json:"did"`
	// Cause says why this version is known to fail; empty where it is not known to.
	Cause verdict.Text `json:"known"`
	// File is the file that tells: the first of the bad set where it is silent, else the one that was reported.
	File verdict.Text `json:"file"`
	// Why says in one line what the gate did: what it said, or that it said nothing. It is empty where it was seen.
	Why verdict.Text `json:"why"`
}

// Compare orders results by platform, rule and probe.
func (r Result) Compare(other Result) int {
	return cmp.Or(cmp.Compare(r.Platform, other.Platform), cmp.Compare(r.ID, other.ID),
		cmp.Compare(r.Probe, other.Probe), cmp.Compare(r.Outcome, other.Outcome), cmp.Compare(r.File, other.File))
}

// Off tells whether the gate does not do what it promises, and is not known not to.
func (r Result) Off() bool {
	return slices.Contains([]Outcome{Silent, Noisy, Foreign, Gone}, r.Outcome)
}

// Follows is the outcome that follows from what the gate did, and from whether the version is known to fail.
func (r Result) Follows() Outcome {
	switch {
	case r.Cause == "":
		return r.Did
	case r.Did == Seen:
		return Fixed
	}
	return Known
}

// maxLine bounds a foreign text, in characters, and maxUnprobed how many rules without a probe are named in the text:
// some versions count hundreds of guidelines that no detector stands for.
const (
	maxLine     = 400
	maxUnprobed = 20
)

// Said is what a gate said at ci of the sets of a probe: its findings, and the rules that were at work.
type Said struct {
	Bad, Good []verdict.Finding
	Active    []string
}

// Judge returns what becomes of the rules of a probe that a version has. Which rules one has that is no release is not
// known: there those are judged that are at work. A release may say of more rules that they are, long before they have
// a detector.
func (p Probe) Judge(version string, said Said) (results []Result) {
	for _, r := range p.Rules {
		due := p.Due(r, version)
		if suite.Released(version) == nil {
			due = slices.Contains(said.Active, r.ID)
		}
		if due {
			results = append(results, p.judge(r, version, said))
		}
	}
	return results
}

func (p Probe) judge(r Rule, version string, said Said) Result {
	result := Result{
		ID: r.ID, Probe: verdict.Text(p.Name), Platform: p.Platform, Promise: verdict.Text(p.Says),
		Cause: verdict.Text(p.Broken(version, r.ID)), Did: Seen,
	}
	seen := find(said.Bad, p.Bad, func(id string) bool { return id == r.ID })
	noise := find(said.Good, p.Good, p.Has)
	switch {
	case seen == nil && len(said.Active) > 0 && !slices.Contains(said.Active, r.ID):
		result.Did, result.Why = Gone, "it is not among the rules that were at work"
	case seen == nil:
		result.Did, result.File = Silent, verdict.Text(slices.Min(slices.Collect(maps.Keys(p.Bad))))
		result.Why = verdict.Text(plain.Line(told(said.Bad, p.Bad), maxLine))
	case noise != nil:
		result.Did, result.File = Noisy, verdict.Text(noise.File)
		result.Why = verdict.Text(plain.Line(fmt.Sprintf("%s: %s", noise.Rule, noise.Message), maxLine))
	}
	result.Outcome = result.Follows()
	return result
}

// find returns the first finding of a rule in a file of a set; nil where there is none.
func find(findings []verdict.Finding, set map[string][]byte, is func(id string) bool) *verdict.Finding {
	for _, f := range findings {
		if _, in := set[f.File]; in && is(f.Rule) {
			return &f
		}
	}
	return nil
}

// told says what the gate said of a set in which it did not report what it must.
func told(findings []verdict.Finding, set map[string][]byte) string {
	var rules []string
	for _, f := range findings {
		if _, in := set[f.File]; in {
			rules = append(rules, f.Rule)
		}
	}
	slices.Sort(rules)
	if rules = slices.Compact(rules); len(rules) == 0 {
		return "nothing is reported there"
	}
	return "reported there: " + strings.Join(rules, ", ")
}

// Accusations returns the findings by which rules of another platform accuse files of the probe. Platforms are all that
// there are.
func (p Probe) Accusations(said Said, platforms []string) (results []Result) {
	seen := map[[2]string]bool{}
	for _, set := range []struct {
		files    map[string][]byte
		findings []verdict.Finding
	}{{p.Bad, said.Bad}, {p.Good, said.Good}} {
		for _, f := range set.findings {
			of := PlatformOf(f.Rule)
			_, in := set.files[f.File]
			if !in || of == p.Platform || !slices.Contains(platforms, of) || seen[[2]string{f.Rule, f.File}] {
				continue
			}
			seen[[2]string{f.Rule, f.File}] = true
			results = append(results, Result{
				ID: f.Rule, Probe: verdict.Text(p.Name), Platform: of, Outcome: Foreign, Did: Foreign,
				File: verdict.Text(f.File),
				Why:  verdict.Text(plain.Line("it reports a file of "+p.Platform+": "+f.Message, maxLine)),
			})
		}
	}
	return results
}

// Settle orders and counts the rules, and sets the exit code: that of a run that failed, where one is off.
func (r *Report) Settle() {
	slices.SortFunc(r.Rules, Result.Compare)
	r.Platforms, r.ExitCode = []Platform{}, suite.ExitPass
	for _, each := range r.Rules {
		if n := len(r.Platforms); n == 0 || r.Platforms[n-1].Name != each.Platform {
			r.Platforms = append(r.Platforms, Platform{Name: each.Platform})
		}
		r.Platforms[len(r.Platforms)-1].count(each.Outcome)
		if each.Off() {
			r.ExitCode = suite.ExitFail
		}
	}
}

func (p *Platform) count(o Outcome) {
	into := map[Outcome]*int{
		Seen: &p.Seen, Silent: &p.Silent, Noisy: &p.Noisy, Foreign: &p.Foreign, Gone: &p.Gone, Known: &p.Known,
		Fixed: &p.Fixed, Unprobed: &p.Unprobed,
	}[o]
	*into++
	if o != Foreign { // that is a rule which has a result of its own
		p.Rules++
	}
}

// String is the line of a platform: ios: 88 of 93 seen, 1 silent, 1 noisy, 3 without a probe.
func (p Platform) String() string {
	text := fmt.Sprintf("%s: %d of %d seen", p.Name, p.Seen+p.Fixed, p.Rules)
	for _, each := range []struct {
		n    int
		says string
	}{
		{p.Silent, "silent"}, {p.Noisy, "noisy"}, {p.Foreign, "foreign"}, {p.Gone, "gone"}, {p.Known, "known"},
		{p.Fixed, "fixed"}, {p.Unprobed, "without a probe"},
	} {
		if each.n > 0 {
			text += fmt.Sprintf(", %d %s", each.n, each.says)
		}
	}
	return text
}

// Title is a result on a line, as a person reads it.
func (r Result) Title() string {
	line := fmt.Sprintf("%-8s %s", r.Outcome, r.ID)
	if r.File != "" {
		line += " in " + string(r.File)
	}
	switch r.Outcome {
	case Known:
		line += ": " + string(r.Cause)
	case Fixed:
		line += ": it is seen, although it is known not to be: " + string(r.Cause)
	case Unprobed:
		line += ": no probe shows whether it speaks"
	case Seen:
	default:
		line += ": " + string(r.Why)
	}
	return plain.Line(line, maxLine)
}

// Promises are what became of each rule, whatever is known of the version, in the order of their names. What is foreign
// stands there by its rule and its file.
func (r *Report) Promises() []promise.Standing {
	promises := []promise.Standing{}
	for _, each := range r.Rules {
		s := promise.Standing{Name: each.ID, Did: promise.Did(each.Did), Why: each.Why}
		if each.Did == Foreign {
			s.Name = fmt.Sprintf("%s in %s", each.ID, each.File)
		}
		promises = append(promises, s.Settled())
	}
	return promise.Sorted(promises)
}

// Conclusion says in a line what the rules came to.
func (r *Report) Conclusion() string {
	seen, off, known, unprobed := 0, 0, 0, 0
	for _, p := range r.Platforms {
		seen, unprobed, known = seen+p.Seen+p.Fixed, unprobed+p.Unprobed, known+p.Known
		off += p.Silent + p.Noisy + p.Foreign + p.Gone
	}
	return fmt.Sprintf("%d rules seen, %d off, %d known, %d without a probe", seen, off, known, unprobed)
}

// Text is the report as people and scripts read it on standard output (CONTRACT §12): a line for each platform, then
// what is off, known or fixed, and what has no probe, and what all came to.
func (r *Report) Text() string {
	var text strings.Builder
	for _, p := range r.Platforms {
		fmt.Fprintln(&text, p)
	}
	unprobed := 0
	for _, each := range r.Rules {
		if each.Outcome == Unprobed {
			unprobed++
		}
		if each.Outcome != Seen && (each.Outcome != Unprobed || unprobed <= maxUnprobed) {
			fmt.Fprintln(&text, each.Title())
		}
	}
	if more := unprobed - maxUnprobed; more > 0 {
		fmt.Fprintf(&text, "and %d more without a probe\n", more)
	}
	fmt.Fprintf(&text, "probes: %s\n", r.Conclusion())
	return text.String()
}
