//go:build unix

package preflight_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

func TestUnfitToolIsNamedWithWhatIsNeededAndHowToGetIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ git, node, npm, says string }{
		"missing": {"git version 2.45.1", "", "10.8.2", "node 18 or newer is needed, and none was found"},
		"too old": {
			"git version 2.31.9", "v18.0.0", "9.0.0", "git 2.32 or newer is needed, and git version 2.31.9 was found",
		},
		"vendor's suffix": {
			"git version 2.39.5 (Apple Git-154)", "v18.0.0", "8.19.4", "npm 9 or newer is needed, and 8.19.4 was found",
		},
		"one number": {
			"git version 2", "v20.0.0", "10.0.0", "git 2.32 or newer is needed, and git version 2 was found",
		},
		"two digits": {"git version 2.9.5", "v20.0.0", "10.0.0", "git 2.32 or newer"},
		"no version": {
			"git version 2.45.1.windows.1", "v22.1.0-nightly", "hello", "npm 9 or newer is needed, and hello was found",
		},
		"broken": {
			"git version 3.0", "v18.0.0", "!",
			"npm 9 or newer is needed, and the one found does not work: npm: exit status 3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			bin := filepath.Join(t.TempDir(), "bin")
			for tool, says := range map[string]string{"git": c.git, "node": c.node, "npm": c.npm} {
				if says == "" {
					continue
				}
				exit := "0"
				if says == "!" {
					exit = "3"
				}
				w.write(filepath.Join(bin, tool), "#!/bin/sh\necho '"+says+"'; exit "+exit+"\n")
				w.chmod(filepath.Join(bin, tool), 0o755)
			}
			w.host = w.host.With("PATH", bin)
			_, err := preflight.Check(t.Context(), preflight.Options{Dir: w.dir, Host: w.host})
			f := suite.AsFailure(err)
			if f == nil || f.Step.Name != suite.Toolchain.Name || f.Kind != suite.KindEnvironment ||
				f.Exit != suite.ExitFail {
				t.Fatalf("got %v", err)
			}
			w.said(f.Err.Error(), c.says, "Mend: ")
			if strings.Contains(f.Err.Error(), "://") {
				t.Errorf("names a host: %v", f.Err)
			}
		})
	}
}
