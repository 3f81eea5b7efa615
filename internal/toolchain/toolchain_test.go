//go:build unix

package toolchain_test

import (
	"os"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
)

func TestRealToolsAreFound(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	for _, tool := range toolchain.Tools(t.Context(), process.Hermetic(os.Environ(), home, home, home)) {
		if tool.Version == "" || tool.Problem != "" || tool.Mend == "" {
			t.Errorf("%+v", tool)
		}
	}
}
