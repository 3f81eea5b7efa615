package verdict

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Verdict is what a run came to.
type Verdict string

// The verdicts. A run that left scenarios out is partial, so that nobody takes a part for the whole.
const (
	Pass    Verdict = "PASS"
	Partial Verdict = "PARTIAL"
	Fail    Verdict = "FAIL"
)

// Results are what the stages of a run came to, by the name of the scenario. The exits in the reports follow from
// them.
type Results = Scenarios[Outcomes]

// Scenarios holds a value for each scenario, by name.
type Scenarios[T any] map[string]T

// Ordered holds a value for each scenario, as an artifact does: it is written in the order of a suite.
type Ordered[T any] struct {
	Of    Scenarios[T]
	order suite.Suite
}

// In returns s in the order of a suite, which names every scenario of s.
func (s Scenarios[T]) In(order suite.Suite) Ordered[T] { return Ordered[T]{s, order} }

// MarshalJSON implements json.Marshaler.
func (o Ordered[T]) MarshalJSON() ([]byte, error) {
	names := slices.DeleteFunc(o.order.Names(), func(name string) bool {
		_, found := o.Of[name]
		return !found
	})
	return object(names, func(i int) any { return o.Of[names[i]] })
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *Ordered[T]) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &o.Of) }

// Exits are the exits of a scenario's stages, in the order of suite.Stages: nil where a stage did not run.
type Exits [3]*int

// MarshalJSON implements json.Marshaler.
func (e Exits) MarshalJSON() ([]byte, error) {
	return object(StageKeys("_exit"), func(i int) any { return e[i] })
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Exits) UnmarshalJSON(data []byte) error { return stages(data, "_exit", (*[3]*int)(e)) }

// Outcomes are what a scenario's stages came to, in the order of suite.Stages: nil where a stage did not run.
type Outcomes [3]*Outcome

// MarshalJSON implements json.Marshaler.
func (o Outcomes) MarshalJSON() ([]byte, error) {
	return object(StageKeys(""), func(i int) any { return o[i] })
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *Outcomes) UnmarshalJSON(data []byte) error { return stages(data, "", (*[3]*Outcome)(o)) }

// Exits are the exits within the outcomes.
func (o Outcomes) Exits() Exits {
	var exits Exits
	for i, outcome := range o {
		if outcome != nil {
			exits[i] = &outcome.Exit
		}
	}
	return exits
}

// Of returns the verdict that follows from exits by a suite: Fail where a stage is missing or off its contract, Partial
// where scenarios are missing.
func Of(table suite.Suite, exits Scenarios[Exits]) Verdict {
	known := 0
	for _, s := range table {
		seen, found := exits[s.Name]
		if !found {
			continue
		}
		known++
		for i, exit := range seen {
			if exit == nil || *exit != s.Expected[i] {
				return Fail
			}
		}
	}
	switch {
	case known == 0 || known != len(exits):
		return Fail
	case known < len(table):
		return Partial
	}
	return Pass
}

// ExitsOf are the exits within results.
func ExitsOf(results Results) Scenarios[Exits] {
	exits := Scenarios[Exits]{}
	for name, outcomes := range results {
		exits[name] = outcomes.Exits()
	}
	return exits
}

// Miss is an exit that is not the one that the suite expects.
type Miss struct {
	Scenario       suite.Scenario
	Stage          suite.Stage
	Exit, Expected int
}

func (m Miss) String() string {
	return fmt.Sprintf("%s exited %d at %s and the contract expects %d",
		m.Scenario.Name, m.Exit, m.Stage.Name, m.Expected)
}

// Misses returns the exits that are not those that a suite expects, in its order. A stage that did not run is not one
// of them.
func Misses(table suite.Suite, exits Scenarios[Exits]) (misses []Miss) {
	for _, s := range table {
		for i, exit := range exits[s.Name] {
			if exit != nil && *exit != s.Expected[i] {
				misses = append(misses, Miss{s, suite.Stages()[i], *exit, s.Expected[i]})
			}
		}
	}
	return misses
}
