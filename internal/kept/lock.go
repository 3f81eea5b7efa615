package kept

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// patience is how long a change waits for its turn. Turns take a moment; a process that was stopped during its own
// must not hold up everybody else's run.
const patience = 10 * time.Second

// alone runs change while no other process, and nobody else in this one, changes a name in the cache.
func (c *Cache) alone(ctx context.Context, change func() error) error {
	late := fmt.Errorf("another process has held it for %v", patience)
	waiting, cancel := context.WithTimeoutCause(ctx, patience, late)
	defer cancel()
	// This lock file is never removed: who waits for a removed one would share it with nobody.
	lock := flock.New(c.path(lockName))
	if _, err := lock.TryLockContext(waiting, time.Millisecond); err != nil {
		return fmt.Errorf("lock the cache: %w", cmp.Or(context.Cause(waiting), err))
	}
	return errors.Join(change(), lock.Close())
}

// retired is something that was in the cache by one name and waits for its removal at another path. Removing a tree
// takes its time; the lock of the cache is not held for it.
type retired struct{ was, path string }

// retire takes names out of the cache, but for those in use, which it returns as busy. It runs within alone.
func (c *Cache) retire(names ...string) (gone []retired, busy []string, err error) {
	for _, name := range names {
		path := c.path(name)
		switch free, lockErr := isFree(path); {
		case lockErr != nil:
			err = errors.Join(err, lockErr)
		case !free:
			busy = append(busy, name)
		case isTemp(name):
			gone = append(gone, retired{name, path})
		default:
			to := c.path(temp + rand.Text())
			if renameErr := os.Rename(path, to); renameErr == nil {
				gone = append(gone, retired{name, to})
			} else if !errors.Is(renameErr, fs.ErrNotExist) {
				err = errors.Join(err, renameErr)
			}
		}
	}
	return gone, busy, err
}

// isFree tells whether nobody holds the lock of an entry, or of a tree in the making.
func isFree(path string) (bool, error) {
	lock := existing(filepath.Join(path, lockName))
	free, err := lock.TryLock()
	if absent(err) {
		return true, nil
	}
	return free, errors.Join(err, lock.Close())
}

// existing returns a lock whose file is not made where it is missing: a new file would be in the way of a run that
// removes the directory.
func existing(path string) *flock.Flock { return flock.New(path, flock.SetFlag(os.O_RDONLY)) }

// absent tells that there is no such file.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// remove removes what was retired. What cannot be removed is left to the next sweep.
func remove(gone []retired) {
	for _, one := range gone {
		_ = tree.Remove(one.path)
	}
}
