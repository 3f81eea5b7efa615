package git

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// Find returns the top of the work tree that dir is in, without symbolic links. It looks for .git itself: what
// "git rev-parse --show-toplevel" prints may be another directory, if core.worktree says so. The error is an
// *UnfitError.
func Find(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err == nil {
		start, err = filepath.EvalSymlinks(start)
	}
	if err == nil {
		var about os.FileInfo
		if about, err = os.Stat(start); err == nil && !about.IsDir() {
			err = fmt.Errorf("%s is not a directory", start)
		}
	}
	if err != nil {
		return "", &UnfitError{Root: dir, Reason: err.Error(), Mend: nameAnother, Err: err}
	}
	for at := start; ; at = filepath.Dir(at) {
		if exists(filepath.Join(at, ".git")) {
			return at, nil
		}
		if exists(filepath.Join(at, "HEAD")) && exists(filepath.Join(at, "objects")) &&
			exists(filepath.Join(at, "refs")) {
			return "", bare(at)
		}
		if at == filepath.Dir(at) {
			return "", &UnfitError{Root: start, Reason: start + " is not in a git repository",
				Mend: nameAnother + ", or make it one: git -C " + plain.Quoted(start) + " init"}
		}
	}
}

const nameAnother = "name a git work tree with -source=DIR"

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
