package verdict

import "github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"

// Failure is why a run failed, or that it has not ended.
type Failure struct {
	// ExitCode is the exit code of the run; nil where it has not ended.
	ExitCode *int `json:"exit_code"`
	// Phase is suite.Preflight or the name of a scenario, and Step the name of the step that failed.
	Phase string     `json:"failure_phase"`
	Step  string     `json:"failure_step"`
	Kind  suite.Kind `json:"failure_kind"`
	// LogPath is the private log of the step, and LogArtifact the name of its copy beside the report, of which the
	// next two are the digest and the length.
	LogPath     Text   `json:"failure_log_path"`
	LogArtifact Text   `json:"failure_log_artifact"`
	LogSHA256   Text   `json:"failure_log_artifact_sha256"`
	LogBytes    *int64 `json:"failure_log_artifact_bytes"`
	// CommandStep is the name of the step whose command is reported: Step, or the stage that it judged. Command is its
	// template, filled with the variables.
	CommandStep      Text             `json:"failure_command_step"`
	Command          Text             `json:"failure_command"`
	CommandTemplate  Text             `json:"failure_command_template"`
	CommandVariables *suite.Variables `json:"failure_command_variables"`
}
