package campaign

import (
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// A tag that moves, or a folder that changes, between two rounds is another gate: nothing of it is compared.
func TestGateThatChangesBetweenRoundsIsNoticed(t *testing.T) {
	t.Parallel()
	of := func(version, integrity verdict.Text) *verdict.Run {
		return &verdict.Run{Facts: verdict.Facts{PackageVersion: version, PackageIntegrity: integrity}}
	}
	first := of("1.0.0", "sha512-a")
	for name, each := range map[string]struct {
		last *verdict.Run
		same bool
	}{
		"the same":        {of("1.0.0", "sha512-a"), true},
		"another version": {of("1.0.1", "sha512-a"), false},
		"another tarball": {of("1.0.0", "sha512-b"), false},
	} {
		err := new(compare).same(candidate, first.Facts, each.last.Facts)
		const says = "the candidate was 1.0.0 sha512-a"
		if (err == nil) != each.same || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
