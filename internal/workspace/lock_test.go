//go:build unix

package workspace

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// A work directory has a name that can be known before: CreateAgain makes it anew as soon as it is free. These tests
// put one run between two moments of another.

// lying returns a work directory at the place that the next run on the same source will have too.
func lying(t *testing.T, source string) *Workspace {
	t.Helper()
	w, err := CreateAgain(source, "pumuki@latest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Remove() })
	if !w.again {
		t.Fatalf("%s is not the place of the last run", w.Dir)
	}
	return w
}

// requireOwned fails unless a run still has its work directory, and holds it.
func requireOwned(t *testing.T, w *Workspace) {
	t.Helper()
	if _, err := os.Stat(w.Scratch()); err != nil {
		t.Errorf("the work directory of a run is gone: %v", err)
	}
	if lock := abandoned(w.Dir); lock != nil {
		t.Errorf("%s counts as abandoned", w.Dir)
		_ = lock.Close()
	}
}

func TestSweepRemovesNoDirectoryThatWasMadeMeanwhile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	source := t.TempDir()
	dead := lying(t, source)
	if err := dead.Abandon(); err != nil {
		t.Fatal(err)
	}
	lock := abandoned(dead.Dir)
	if lock == nil {
		t.Fatal("a dead run's directory is not abandoned")
	}
	var next *Workspace
	err := sweep(dead.Dir, lock, func(gone string) error {
		next = lying(t, source)
		if abandoned(gone) != nil {
			t.Error("another sweep takes what this one is removing")
		}
		return tree.Remove(gone)
	})
	if err != nil {
		t.Error(err)
	}
	requireOwned(t, next)
}

func TestLockOfADirectoryThatWasMadeAnewIsNotItsOwn(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	source := t.TempDir()
	dead := lying(t, source)
	if err := dead.Abandon(); err != nil {
		t.Fatal(err)
	}
	// A sweep holds the lock of the dead directory. Before it looks again, that directory has been removed, and made
	// anew by a run.
	slow := abandoned(dead.Dir)
	if slow == nil {
		t.Fatal("a dead run's directory is not abandoned")
	}
	defer slow.Close()
	if !lies(slow, dead.Dir) {
		t.Error("the lock of a directory does not count as its own")
	}
	if err := tree.Remove(dead.Dir); err != nil {
		t.Fatal(err)
	}
	if lies(slow, dead.Dir) {
		t.Error("the lock of a directory that is gone counts as its own")
	}
	next := lying(t, source)
	if lies(slow, next.Dir) {
		t.Error("the lock of a directory that is gone counts as that of the one in its place")
	}
	requireOwned(t, next)
}

func TestDirectoryThatASweepTookIsNotUsed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, err := create(t.TempDir(), func(base string) (string, error) {
		dir, err := os.MkdirTemp(base, prefix)
		other := flock.New(filepath.Join(dir, ownerLock))
		if locked, err := other.TryLock(); err != nil || !locked {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := os.Stat(dir); err != nil {
				t.Errorf("what the sweep holds was removed: %v", err)
			}
			_ = other.Close()
		})
		return dir, err
	})
	if !errors.Is(err, errTaken) {
		t.Errorf("got %v", err)
	}
}

// What lies at the name of the lock is another file than the one that was locked, as it is where a sweep has ended.
func TestLockThatLiesElsewhereIsNotTaken(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	elsewhere := filepath.Join(t.TempDir(), ownerLock)
	_, err := create(t.TempDir(), func(base string) (string, error) {
		dir, err := os.MkdirTemp(base, prefix)
		return dir, errors.Join(err, os.Symlink(elsewhere, filepath.Join(dir, ownerLock)))
	})
	if !errors.Is(err, errTaken) {
		t.Errorf("got %v", err)
	}
}

func TestChangeIsMadeWhileTheLockIsHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), ownerLock)
	lock := flock.New(path)
	if locked, err := lock.TryLock(); err != nil || !locked {
		t.Fatal(err)
	}
	err := whileHeld(lock, func() error {
		if free, err := flock.New(path).TryLock(); free || err != nil {
			t.Errorf("another takes it during the change: %v, %v", free, err)
		}
		return nil
	})
	if err != nil || lock.Locked() {
		t.Errorf("it is held after the change: %v", err)
	}
}

func TestRemovingTwiceLeavesTheNextRunAlone(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	source := t.TempDir()
	for name, end := range map[string]func(*Workspace) error{
		"Remove": (*Workspace).Remove, "RemoveButLogs, and a sweep": func(w *Workspace) error {
			_, err := Sweep(t.Context(), source)
			return errors.Join(w.RemoveButLogs(), err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := lying(t, source)
			if err := end(w); err != nil {
				t.Fatal(err)
			}
			if _, err := Sweep(t.Context(), source); err != nil {
				t.Fatal(err)
			}
			next := lying(t, source)
			if err := w.Remove(); err != nil {
				t.Error(err)
			}
			requireOwned(t, next)
			if err := next.Remove(); err != nil {
				t.Error(err)
			}
		})
	}
}
