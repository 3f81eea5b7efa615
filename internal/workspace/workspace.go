// Package workspace prepares the consumer that the gate judges: it clones the source repository, installs the gate,
// forks the prepared consumer for each scenario, lays the scenario's files over it and runs steps in it.
//
// Its rules:
//   - Everything lives in one private directory (0700, made anew) that is removed with the run, and swept up by the
//     next run where this one was killed.
//   - What a step runs is what suite.Step says. Values are arguments, never shell text.
//   - A step that could not be carried out is a *suite.Failure. What a stage exits with is a result.
package workspace

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// prefix begins the name of every work directory.
const prefix = "pumuki-mock-consumer-"

// ownerLock is a file in a work directory that its run holds locked. A work directory whose lock is free is
// abandoned: its run is gone, however it went. Whoever removes or renames a work directory holds its lock.
const ownerLock = "owner.lock"

// logs is the folder of a work directory that holds the logs of the steps, scratch the one for temporary files.
const (
	logs    = "logs"
	scratch = "tmp"
)

// Workspace is the private directory of one run.
type Workspace struct {
	// Dir is its path, absolute and without links.
	Dir string
	// again tells that the next run of the same gate on the same source will have this path too.
	again bool
	lock  *flock.Flock
	alias *alias

	// What the programs of the run see, by Equip.
	config *npm.Config
	env    environments
}

// Create makes a work directory under a random name in the system's temporary directory, or in another where that one
// lies in the source repository, whose root is source: there, the run would make its own baseline dirty.
//
// The error tells a person what is wrong with that directory, and what mends it.
func Create(source string) (w *Workspace, err error) {
	// A sweep takes what is not locked yet: a matter of microseconds, which nobody loses again and again.
	for range 10 {
		w, err = create(source, anew)
		if !errors.Is(err, errTaken) {
			break
		}
	}
	return w, err
}

// anew makes a directory in base under a random name that a sweep knows.
func anew(base string) (string, error) { return os.MkdirTemp(base, prefix) }

// CreateAgain is Create for a run that has use for the path of the last run of the same gate, by its spec, on the same
// source: what a gate's loader compiled is good for the path that it lay at. Where anything is in the way there, the
// name is random.
func CreateAgain(source, gate string) (*Workspace, error) {
	name := fmt.Sprintf("%s%.5x", prefix, sha256.Sum256([]byte(source+"\x00"+gate)))
	w, err := create(source, func(base string) (string, error) {
		dir := filepath.Join(base, name)
		return dir, os.Mkdir(dir, 0o700)
	})
	if err != nil {
		return Create(source)
	}
	w.again = true
	return w, nil
}

// create makes a work directory by a function that is given the temporary directory for it. The error wraps errTaken
// where another run took it from its maker.
func create(source string, mkdir func(base string) (string, error)) (*Workspace, error) {
	bases := bases(source)
	if len(bases) == 0 {
		return nil, fmt.Errorf("no temporary directory outside of %s: set TMPDIR to one", source)
	}
	dir, lock, err := claim(bases[0], mkdir)
	if err != nil {
		return nil, unfit(bases[0], err)
	}
	tree.Spread(dir)
	w := &Workspace{Dir: dir, lock: lock}
	for _, name := range []string{"home", scratch, logs, "gate"} {
		err = cmp.Or(err, os.Mkdir(filepath.Join(dir, name), 0o700))
	}
	if err = cmp.Or(err, try(w.Scratch())); err != nil {
		return nil, errors.Join(unfit(bases[0], err), w.Remove())
	}
	w.alias = shorten(w.Scratch(), bases[1:])
	return w, nil
}

// errTaken tells that a sweep took a directory before its maker had locked it.
var errTaken = errors.New("another run swept it up")

// claim makes a directory in base and takes its lock. The error wraps errTaken where the directory is another's
// meanwhile; nothing in it is touched then.
func claim(base string, mkdir func(base string) (string, error)) (dir string, lock *flock.Flock, err error) {
	if dir, err = mkdir(base); err != nil {
		return "", nil, err
	}
	lock = flock.New(filepath.Join(dir, ownerLock))
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	case !locked || !lies(lock, dir):
		return "", nil, errors.Join(fmt.Errorf("lock %s: %w", dir, errTaken), lock.Close())
	}
	return dir, lock, nil
}

// unfit tells that there can be no work directory in base, why, and what mends it.
func unfit(base string, err error) error {
	return fmt.Errorf("no work directory can be used in %s: %w\n"+
		"Mend: set TMPDIR to a directory that exists, has room, can be written to, takes symbolic links and is not "+
		"mounted noexec", base, err)
}

// Remove removes the work directory. It is safe to call it more than once: what another run has made by the same name
// since is left alone.
func (w *Workspace) Remove() error {
	return whileHeld(w.lock, func() error { return errors.Join(w.alias.remove(), tree.Remove(w.Dir)) })
}

// whileHeld makes a change to what a lock guards, and lets go of the lock after it: whoever takes the lock finds the
// change made. Only Windows lets nobody remove or rename what is open; there the lock goes first. It does nothing where
// the lock is not held any more.
func whileHeld(lock *flock.Flock, change func() error) error {
	switch {
	case !lock.Locked():
		return nil
	case runtime.GOOS == "windows":
		return errors.Join(lock.Close(), change())
	}
	return errors.Join(change(), lock.Close())
}

// Scratch is a directory of the workspace for whoever needs one.
func (w *Workspace) Scratch() string { return filepath.Join(w.Dir, scratch) }

// takeRoom tries whether a file of a megabyte has room in the work directory.
func (w *Workspace) takeRoom() error {
	name := filepath.Join(w.Dir, "room")
	return errors.Join(os.WriteFile(name, make([]byte, 1<<20), 0o600), os.Remove(name))
}

// RemoveButLogs removes everything but the logs, where they are the only copy. The next sweep takes them.
func (w *Workspace) RemoveButLogs() error {
	entries, err := os.ReadDir(w.Dir)
	err = errors.Join(err, w.alias.remove())
	for _, entry := range entries {
		if name := entry.Name(); name != logs && name != ownerLock {
			err = errors.Join(err, tree.Remove(filepath.Join(w.Dir, name)))
		}
	}
	return errors.Join(err, w.lock.Close())
}

// Keep lets go of the work directory without removing it; the next sweep leaves it alone too, for it has no lock.
func (w *Workspace) Keep() error {
	return whileHeld(w.lock, func() error { return errors.Join(w.alias.remove(), os.Remove(w.lock.Path())) })
}

// bases returns the temporary directories in which a work directory may be, the preferred one first: not within source.
// One that is not there stays in its place, so that a TMPDIR that names nothing is reported.
func bases(source string) []string { return tree.Outside(source, os.TempDir(), "/tmp") }

// Sweep removes the work directories that runs left behind, and returns their paths. Those of running runs, of other
// users, and those that were kept (-keep) stay. Source is as for Create.
func Sweep(ctx context.Context, source string) (removed []string, err error) {
	for _, base := range bases(source) {
		entries, readErr := os.ReadDir(base)
		if !errors.Is(readErr, fs.ErrNotExist) {
			err = errors.Join(err, readErr)
		}
		for _, entry := range entries {
			dir := filepath.Join(base, entry.Name())
			if ctx.Err() != nil || !strings.HasPrefix(entry.Name(), prefix) {
				continue
			}
			lock := abandoned(dir)
			if lock == nil {
				continue
			}
			if failed := sweep(dir, lock, tree.Remove); failed != nil {
				err = errors.Join(err, failed)
				continue
			}
			removed = append(removed, dir)
		}
	}
	return removed, err
}

// sweep removes a work directory whose lock is held. It takes the name away first, for a run may make a directory by
// that name as soon as there is none; the new name is one that a sweep finds, should this one be killed.
func sweep(dir string, lock *flock.Flock, remove func(string) error) error {
	return whileHeld(lock, func() error {
		gone := filepath.Join(filepath.Dir(dir), prefix+rand.Text())
		if err := os.Rename(dir, gone); err != nil {
			return err
		}
		return remove(gone)
	})
}

// abandoned returns the lock of a work directory, held, where the directory is ours to remove: a real directory of this
// user, whose lock is there and was free. It returns nil where it is not.
func abandoned(dir string) *flock.Flock {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || !ownedByUs(info) {
		return nil
	}
	path := filepath.Join(dir, ownerLock)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	// It is not made where it has gone meanwhile: its owner may be removing the directory, or keeping it.
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	if free, err := lock.TryLock(); err != nil || !free {
		return nil
	}
	if !lies(lock, dir) {
		_ = lock.Close()
		return nil
	}
	return lock
}

// lies tells whether a lock that is held is the one that lies in dir now. Between a look at a lock and its taking, its
// directory may have been swept up, and another made by the same name.
func lies(lock *flock.Flock, dir string) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(filepath.Join(dir, ownerLock))
	return err == nil && os.SameFile(held, there)
}
