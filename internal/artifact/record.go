package artifact

import "github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"

// Record is how a run went: what differs from one run to the next over the same inputs. It goes with the summary or the
// failure of its run.
type Record struct {
	verdict.Facts
	// Steps are in the order in which they began.
	Steps []verdict.Step `json:"steps"`
}
