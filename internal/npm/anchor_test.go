package npm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// What is told of npm here is held to npm itself: it says into which directory it would install.
func TestNPMInstallsIntoTheConsumerWhateverLiesAboveIt(t *testing.T) {
	t.Parallel()
	env := process.Environment{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for name, c := range map[string]struct{ above, own, why string }{
		"another package above":                 {above: `{"name": "host"}`},
		"one above, and a package.json":         {above: `{"name": "host"}`, own: `{}`},
		"workspaces above, of which it is none": {above: `{"workspaces": ["packages/*"]}`, own: `{}`},
		"workspaces above, of which it is one": {
			above: `{"workspaces": ["**"]}`, own: `{"name": "c"}`, why: "npm would install into ",
		},
		"the same, with a byte order mark": {
			above: "\uFEFF" + `{"workspaces": ["**"]}`, own: `{"name": "c"}`, why: "npm would install into ",
		},
		"something else than a package.json":    {above: `{`, own: `{}`},
		"no package.json, and workspaces above": {above: `{"workspaces": ["**"]}`},
		"workspaces in their older form, a list": {
			above: `{"workspaces": {"packages": ["**"]}}`, own: `{"name": "c"}`, why: "npm would install into ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			put(t, top, "package.json", c.above)
			put(t, top, "run/consumer/README.md", "")
			dir := filepath.Join(top, "run", "consumer")
			if c.own != "" {
				put(t, dir, "package.json", c.own)
			}
			err = Anchor(t.Context(), env, dir)
			if c.why != "" {
				if err == nil || !strings.Contains(err.Error(), c.why+top) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			said, err := process.Command{Path: "npm", Args: []string{"prefix"}, Dir: dir, Env: env}.Output(t.Context())
			if into := strings.TrimSpace(string(said)); err != nil || into != dir {
				t.Errorf("npm installs into %s, %v", into, err)
			}
		})
	}
}
