package scenario_test

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

func TestEvidenceIsWeighedAgainstTheExit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		exit     int
		outcome  string
		findings int
		want     scenario.Weight
	}{
		{0, "PASS", 0, scenario.Borne},
		{0, "WARN", 2, scenario.Borne},
		{0, "BLOCK", 1, scenario.Contradicted},
		{0, "BLOCK", 0, scenario.Contradicted},
		{1, "BLOCK", 1, scenario.Borne},
		{2, "BLOCK", 1, scenario.Borne},
		{1, "BLOCK", 0, scenario.Unfounded},
		{1, "PASS", 1, scenario.Contradicted},
		{1, "block", 1, scenario.Contradicted},
		{1, "", 0, scenario.Contradicted},
	} {
		if got := scenario.Weigh(c.exit, c.outcome, c.findings); got != c.want {
			t.Errorf("exit %d, %s with %d findings weighs %d, want %d", c.exit, c.outcome, c.findings, got, c.want)
		}
	}
}
