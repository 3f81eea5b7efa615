package verdict

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// Step is one step of a run, as it went.
type Step struct {
	// Phase is suite.Preflight, or the name of the scenario that took the step.
	Phase string
	// Name is the name of the step.
	Name string
	// Began is when, since the first step of the run began; Took is for how long. Both are whole microseconds on disk.
	Began, Took time.Duration
	// Exit is the exit code of its command.
	Exit int
	// Cached tells that it was not done, because a prepared consumer from the cache made it needless. All cached steps
	// together took what the check of that consumer took.
	Cached bool
	// Log is the SHA-256 of its log, in hexadecimal; empty where it has none.
	Log Text
}

// Compare orders steps by when they began.
func (s Step) Compare(other Step) int { return cmp.Compare(s.Began, other.Began) }

// step is a Step as an artifact holds it.
type step struct {
	Phase  string `json:"phase"`
	Name   string `json:"step"`
	Began  int64  `json:"began_us"`
	Took   int64  `json:"took_us"`
	Exit   int    `json:"exit"`
	Cached bool   `json:"cached"`
	Log    Text   `json:"log_sha256"`
}

// MarshalJSON implements json.Marshaler.
func (s Step) MarshalJSON() ([]byte, error) {
	return plain.JSON(step{s.Phase, s.Name, s.Began.Microseconds(), s.Took.Microseconds(), s.Exit, s.Cached, s.Log})
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Step) UnmarshalJSON(data []byte) error {
	var on step
	err := json.Unmarshal(data, &on)
	*s = Step{on.Phase, on.Name, microseconds(on.Began), microseconds(on.Took), on.Exit, on.Cached, on.Log}
	return err
}

func microseconds(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
