package suite_test

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

func TestEvidenceIsWeighedAgainstTheExit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		exit     int
		outcome  string
		findings int
		want     suite.Weight
	}{
		{0, "PASS", 0, suite.Borne},
		{0, "WARN", 2, suite.Borne},
		{0, "BLOCK", 1, suite.Contradicted},
		{0, "BLOCK", 0, suite.Contradicted},
		{1, "BLOCK", 1, suite.Borne},
		{2, "BLOCK", 1, suite.Borne},
		{1, "BLOCK", 0, suite.Unfounded},
		{1, "PASS", 1, suite.Contradicted},
		{1, "block", 1, suite.Contradicted},
		{1, "", 0, suite.Contradicted},
	} {
		if got := suite.Weigh(c.exit, c.outcome, c.findings); got != c.want {
			t.Errorf("exit %d, %s with %d findings weighs %d, want %d", c.exit, c.outcome, c.findings, got, c.want)
		}
	}
}
