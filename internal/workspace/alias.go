package workspace

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// The address of a Unix socket has room for 103 bytes of a path on macOS, and for 107 on Linux. Node cuts a longer one
// off without a word: tsx, the loader of a gate that is written in TypeScript, then finds the address of one process
// taken by another, and the gate does not start. Of the room, tsx needs the end: /tsx-<user>/<process>.pipe.
const (
	socketPath = 103
	socketName = 32
)

// alias is a short name for the temporary directory of a run: a link in a directory that is locked, and swept up, as
// a work directory is. A nil alias is none.
type alias struct {
	dir  string
	lock *flock.Flock
}

// shorten makes an alias of a directory whose path leaves no room for the name of a socket: in the first of the bases,
// which are other temporary directories, whose path leaves some. It returns nil where none is needed, or none can be
// made; the long path is then as good as it was.
func shorten(long string, bases []string) *alias {
	if runtime.GOOS == "windows" || fits(long) {
		return nil // the pipes of Windows are no files
	}
	for _, base := range bases {
		dir, lock, err := claim(base, anew)
		if err != nil {
			continue
		}
		a := &alias{dir, lock}
		if fits(a.path()) && os.Symlink(long, a.path()) == nil {
			return a
		}
		_ = a.remove()
	}
	return nil
}

// fits tells whether there is room for the path of a socket in a directory.
func fits(dir string) bool { return len(dir)+socketName <= socketPath }

func (a *alias) path() string { return filepath.Join(a.dir, scratch) }

// remove removes the alias, and nothing that it leads to.
func (a *alias) remove() error {
	if a == nil {
		return nil
	}
	return whileHeld(a.lock, func() error { return tree.Remove(a.dir) })
}

// Temp is the temporary directory of what a run starts: Scratch, by a path that is short enough for sockets in it.
func (w *Workspace) Temp() string {
	if w.alias == nil {
		return w.Scratch()
	}
	return w.alias.path()
}
