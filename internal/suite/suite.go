// Package suite is what a gate is held against: the scenarios, with the exits that the contract expects of each, which
// are data of the source repository; and the stages and the steps with their commands, which are the gate's own and
// stand here as tables. Running is for others.
package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Folder is where the scenarios lie in the source repository.
const Folder = "scenarios"

// Scenario is a set of files laid over the consumer, and what the gate must say of it.
type Scenario struct {
	// Name is the name of its folder in scenarios/.
	Name string
	// Expected are the exits, in the order of Stages.
	Expected Exits
}

// Folder is where a scenario's files lie in the source repository, with slashes.
func (s Scenario) Folder() string { return Folder + "/" + s.Name }

// Blocks tells whether a gate must block the scenario, at one stage at least.
func (s Scenario) Blocks() bool { return s.Expected != Exits{} }

// BaseRef is the branch that pre-push and ci compare a scenario with.
func (s Scenario) BaseRef() string { return "upstream-" + s.Name }

// MarshalJSON implements json.Marshaler: an artifact holds the name, and the expected exit of each stage.
func (s Scenario) MarshalJSON() ([]byte, error) {
	text := fmt.Appendf(nil, `{"name":%q`, s.Name)
	for i, stage := range Stages() {
		text = fmt.Appendf(text, `,"%s_exit":%d`, stage.Key, s.Expected[i])
	}
	return append(text, '}'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Scenario) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	wrong := []error{json.Unmarshal(fields["name"], &s.Name)}
	for i, stage := range Stages() {
		wrong = append(wrong, json.Unmarshal(fields[stage.Key+"_exit"], &s.Expected[i]))
	}
	return errors.Join(wrong...)
}

// Suite is the scenarios of a source repository, in the order in which a run settles and prints them.
type Suite []Scenario

// Default is the suite of a source repository that has none of its own (CONTRACT §2).
func Default() Suite {
	return Suite{
		{"clean", Exits{0, 0, 0}},
		{"violations", Exits{1, 1, 1}},
		{"mixed", Exits{1, 1, 1}},
	}
}

// Named returns the scenario of a name, and its place: -1 where there is none.
func (s Suite) Named(name string) (found Scenario, at int) {
	return find(s, func(each Scenario) bool { return each.Name == name })
}

// Names returns the names of the scenarios.
func (s Suite) Names() []string {
	names := make([]string, len(s))
	for i, each := range s {
		names[i] = each.Name
	}
	return names
}

// Choose returns the scenarios named in a comma-separated list, each once and in the order of the suite whatever the
// order of the list. The error names every unknown name, in the order of the list, and the accepted values.
func (s Suite) Choose(list string) (Suite, error) {
	known, wanted := s.Names(), map[string]bool{}
	var unknown []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if !wanted[name] && !slices.Contains(known, name) {
			unknown = append(unknown, strconv.Quote(name))
		}
		wanted[name] = true
	}
	var chosen Suite
	for _, each := range s {
		if wanted[each.Name] {
			chosen = append(chosen, each)
		}
	}
	if unknown != nil {
		return nil, fmt.Errorf("unknown scenario %s: choose from %s", strings.Join(unknown, ", "),
			strings.Join(known, ", "))
	}
	return chosen, nil
}

// find returns the first of all for which is returns true, and its place: -1 where there is none.
func find[T any](all []T, is func(T) bool) (found T, at int) {
	if at = slices.IndexFunc(all, is); at >= 0 {
		found = all[at]
	}
	return found, at
}
