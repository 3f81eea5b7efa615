package npm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// Anchor makes sure that npm installs into a consumer, whose path has no links, and not above it. Npm installs into the
// nearest directory that has a package.json or a node_modules, so a consumer without gets an empty node_modules. Where
// the consumer is a workspace of a package above it, npm installs there: the error names that one. Env is what npm will
// see.
func Anchor(ctx context.Context, env process.Environment, dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, "package.json")); errors.Is(err, fs.ErrNotExist) {
		if err := os.Mkdir(filepath.Join(dir, modules("")), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if !belowWorkspaces(dir) {
		return nil
	}
	said, err := process.Command{Path: "npm", Args: []string{"prefix"}, Dir: dir, Env: env}.Output(ctx)
	if err != nil {
		return err
	}
	if root := strings.TrimSpace(string(said)); root != dir {
		return fmt.Errorf("npm would install into %s: package.json there has workspaces, and takes the clone for one\n"+
			"Mend: set TMPDIR to a directory that is no workspace of it", root)
	}
	return nil
}

// belowWorkspaces tells whether a directory above has a package.json with workspaces.
func belowWorkspaces(dir string) bool {
	for above := filepath.Dir(dir); ; above = filepath.Dir(above) {
		var manifest struct{ Workspaces any }
		text, err := foreign.ReadLinked(filepath.Join(above, "package.json"), maxFile)
		if err == nil && json.Unmarshal(plainJSON(text), &manifest) == nil && manifest.Workspaces != nil {
			return true
		}
		if above == filepath.Dir(above) {
			return false
		}
	}
}
