// Package workspace prepares the consumer that the gate judges: it clones the source repository, installs the gate,
// forks the prepared consumer for each scenario, lays the scenario's files over it and runs steps in it.
//
// Its rules:
//   - Everything lives in one private directory (0700, made anew) that is removed with the run, and swept up by the next
//     run where this one was killed.
//   - What a step runs is what scenario.Step says. Values are arguments, never shell text.
//   - A step that could not be carried out is a *scenario.Failure. What a stage exits with is a result.
package workspace

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// prefix begins the name of every work directory.
const prefix = "pumuki-mock-consumer-"

// ownerLock is a file in a work directory that its run holds locked. A work directory whose lock is free is
// abandoned: its run is gone, however it went.
const ownerLock = "owner.lock"

// logs is the folder of a work directory that holds the logs of the steps.
const logs = "logs"

// Workspace is the private directory of one run.
type Workspace struct {
	// Dir is its path, absolute and without links.
	Dir string
	// again tells that the next run on the same source will have this path too.
	again bool
	lock  *flock.Flock

	// What the programs of the run see, by Equip.
	config *npm.Config
	env    environments
}

// Create makes a work directory under a random name in the system's temporary directory, or in another where that one
// lies in the source repository, whose root is source: there, a run would be dirt to itself.
func Create(source string) (*Workspace, error) {
	return create(source, func(base string) (string, error) { return os.MkdirTemp(base, prefix) })
}

// CreateAgain is Create for a run that has use for the path of the last run on the same source: what a gate's loader
// compiled is good for the path that it lay at. Where anything is in the way there, the name is random.
func CreateAgain(source string) (*Workspace, error) {
	name := fmt.Sprintf("%s%.5x", prefix, sha256.Sum256([]byte(source)))
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

func create(source string, mkdir func(base string) (string, error)) (*Workspace, error) {
	bases := bases(source)
	if len(bases) == 0 {
		return nil, fmt.Errorf("no temporary directory outside of %s: set TMPDIR to one", source)
	}
	dir, err := mkdir(bases[0])
	if err != nil {
		return nil, fmt.Errorf("create the work directory: %w", err)
	}
	tree.Spread(dir)
	w := &Workspace{Dir: dir, lock: flock.New(filepath.Join(dir, ownerLock))}
	if _, err := w.lock.TryLock(); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the work directory: %w", err), os.RemoveAll(dir))
	}
	for _, name := range []string{"home", "tmp", logs, "gate"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return nil, errors.Join(fmt.Errorf("create the work directory: %w", err), w.Remove())
		}
	}
	return w, nil
}

// Remove removes the work directory. It is safe to call it more than once.
func (w *Workspace) Remove() error {
	return errors.Join(tree.Remove(w.Dir), w.lock.Close())
}

// Scratch is a directory of the workspace for whoever needs one.
func (w *Workspace) Scratch() string { return filepath.Join(w.Dir, "tmp") }

// RemoveButLogs removes everything but the logs, where they are the only copy. The next sweep takes them.
func (w *Workspace) RemoveButLogs() error {
	entries, err := os.ReadDir(w.Dir)
	for _, entry := range entries {
		if name := entry.Name(); name != logs && name != ownerLock {
			err = errors.Join(err, tree.Remove(filepath.Join(w.Dir, name)))
		}
	}
	return errors.Join(err, w.lock.Close())
}

// Keep lets go of the work directory without removing it; the next sweep leaves it alone too.
func (w *Workspace) Keep() error {
	return errors.Join(w.lock.Close(), os.Remove(filepath.Join(w.Dir, ownerLock)))
}

// bases are the temporary directories in which a work directory may be, the preferred one first: absolute, without
// links, and not within source.
func bases(source string) []string {
	var found []string
	for _, dir := range []string{os.TempDir(), "/tmp"} {
		dir, err := filepath.Abs(dir)
		if err == nil {
			dir, err = filepath.EvalSymlinks(dir)
		}
		if err != nil || slices.Contains(found, dir) {
			continue
		}
		if inside, err := filepath.Rel(source, dir); err != nil || !filepath.IsLocal(inside) {
			found = append(found, dir)
		}
	}
	return found
}

// Sweep removes the work directories that runs left behind, and returns their paths. Those of running runs, of other
// users, and those that were kept (-keep) stay. Source is as for Create.
func Sweep(ctx context.Context, source string) (removed []string, err error) {
	for _, base := range bases(source) {
		entries, readErr := os.ReadDir(base)
		err = errors.Join(err, readErr)
		for _, entry := range entries {
			dir := filepath.Join(base, entry.Name())
			if ctx.Err() != nil || !strings.HasPrefix(entry.Name(), prefix) || !abandoned(dir) {
				continue
			}
			if failed := tree.Remove(dir); failed != nil {
				err = errors.Join(err, failed)
				continue
			}
			removed = append(removed, dir)
		}
	}
	return removed, err
}

// abandoned tells whether a work directory is ours to remove: a real directory of this user, whose lock is there and
// free.
func abandoned(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || !ownedByUs(info) {
		return false
	}
	path := filepath.Join(dir, ownerLock)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	lock := flock.New(path)
	free, err := lock.TryLock()
	defer lock.Close()
	return err == nil && free
}
