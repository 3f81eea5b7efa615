// Package trace writes the steps of a run in the Trace Event format that Perfetto and chrome://tracing open: a lane for
// the preparation, one for each scenario, a slice for each step.
//
// What it writes is for people to look at. Nothing reads it back.
package trace

import (
	"encoding/json"
	"slices"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// event is one event of the format: a complete slice ("X"), or the name of a lane ("M").
type event struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	Begin    int64          `json:"ts"`
	Duration int64          `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// Encode writes the steps of a run, with times in microseconds since the first began, and with what the run was of.
func Encode(run *verdict.Run) ([]byte, error) {
	lanes := []string{}
	events := []event{}
	for _, s := range run.Steps {
		lane := slices.Index(lanes, s.Phase)
		if lane < 0 {
			lane = len(lanes)
			lanes = append(lanes, s.Phase)
			named := map[string]any{"name": s.Phase}
			events = append(events, event{Name: "thread_name", Phase: "M", Process: 1, Thread: lane, Args: named})
		}
		step, _ := suite.StepNamed(s.Name)
		events = append(events, event{
			Name: s.Name, Category: "step", Phase: "X", Process: 1, Thread: lane,
			Begin: s.Began.Microseconds(), Duration: max(1, s.Took.Microseconds()),
			Args: map[string]any{
				"command": step.Template, "exit": s.Exit, "cached": s.Cached, "log_sha256": string(s.Log),
			},
		})
	}
	return json.MarshalIndent(map[string]any{
		"traceEvents": events, "displayTimeUnit": "ms",
		"otherData": map[string]verdict.Text{
			"run_id": verdict.Text(run.RunID), "package_spec": verdict.Text(run.PackageSpec),
			"package_integrity": run.PackageIntegrity,
			"git":               run.Tools.Git, "node": run.Tools.Node, "npm": run.Tools.NPM,
		},
	}, "", "  ")
}
