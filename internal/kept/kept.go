// Package kept keeps directory trees across runs: a small, bounded cache in the user's own cache directory.
//
// Its rules:
//   - An entry is whole or not there. It is made under a temporary name and put in place by a rename. Before each use
//     every path and every byte of it is checked against its manifest. So nothing is synced: what a power cut leaves is
//     damage like any other, and a damaged entry is made anew.
//   - Names in the cache change under one lock, held for a moment and never while a tree is copied, read or removed.
//   - What is in use stays. The users of an entry share its lock, and the maker of a tree holds its lock alone. The
//     system frees the locks of a process that died. What nobody has locked may be removed.
//   - It guards against damage and against other users, not against this user's own programs.
package kept

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// limit is how many entries stay: two versions of a gate under comparison and what both are made on, before and after a
// change to the consumer.
const limit = 6

// What an entry, and a tree in the making, consist of. The time of the lock file is that of the last use.
const (
	treeName     = "tree"
	manifestName = "manifest"
	lockName     = "lock"
)

// temp begins the names of trees in the making, and of what is about to be removed.
const temp = ".tmp-"

// ErrInUse is wrapped by the error where something stays in the cache because somebody uses it, ErrDamaged where an
// entry is not whole.
var (
	ErrInUse   = errors.New("in use")
	ErrDamaged = errors.New("damaged")
)

// Cache is a bounded set of directory trees, for any number of processes at once.
type Cache struct {
	// Dir is where it lies, absolute and without links.
	Dir string
}

// Open returns the cache in dir, an absolute path, which it makes where it is not there. A directory into which another
// user could put something is refused: a tree that is kept decides what a later run runs.
func Open(dir string) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the cache: %w", err)
	}
	above, err := filepath.EvalSymlinks(filepath.Dir(dir))
	if err != nil {
		return nil, fmt.Errorf("open the cache: %w", err)
	}
	dir = filepath.Join(above, filepath.Base(dir))
	if err := ours(dir); err != nil {
		return nil, fmt.Errorf("open the cache: %w", err)
	}
	tree.Spread(dir)
	return &Cache{Dir: dir}, nil
}

// Key names the tree that parts stand for. Parts that are split in another way have another key.
func Key(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		hash.Write([]byte(part))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Entry is a tree that was whole when it was looked at, and that stays where it is until it is closed.
type Entry struct {
	// Dir is the tree. It is there to be copied; what writes to it spoils it.
	Dir string

	lock *flock.Flock
}

// Close lets go of the entry. It is safe to call it more than once.
func (e *Entry) Close() error { return e.lock.Close() }

// Use returns the entry of a key, whole, or nil where there is none. It removes an entry that is not whole, unless
// others use it; the error then wraps ErrDamaged.
func (c *Cache) Use(ctx context.Context, key string) (*Entry, error) {
	if !isKey(key) {
		return nil, fmt.Errorf("%q is not a key of the cache", key)
	}
	entry := &Entry{Dir: c.path(key, treeName), lock: existing(c.path(key, lockName))}
	var held, lost bool
	err := c.alone(ctx, func() (err error) {
		// While it is held, nobody removes the entry.
		if held, err = entry.lock.TryRLock(); absent(err) {
			lost, err = exists(c.path(key)), nil
		}
		return err
	})
	reason := ""
	switch {
	case lost:
		// Whatever lies there without its lock would be in the way of an entry for ever.
		reason = "it has lost its lock"
	case err != nil || !held:
		return nil, err
	default:
		reason = c.difference(ctx, key)
	}
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(context.Cause(ctx), entry.Close())
	case reason != "":
		return nil, c.drop(ctx, key, entry, reason)
	}
	// Where this fails, the entry loses its rank and nothing else.
	_ = touch(entry.lock)
	return entry, nil
}

// drop removes an entry that is not whole, or leaves it to its other users. The error says what is wrong with the
// entry.
func (c *Cache) drop(ctx context.Context, key string, entry *Entry, reason string) error {
	var gone []retired
	err := c.alone(ctx, func() (err error) {
		// Its lock was held until now, so it is still the entry that was checked.
		if err = entry.Close(); err == nil {
			gone, _, err = c.retire(key)
		}
		return err
	})
	if err == nil && len(gone) == 0 {
		reason += " (others use it; it stays until they are done)"
	}
	remove(gone)
	return errors.Join(fmt.Errorf("the entry %s is %w: %s", key, ErrDamaged, reason), err, entry.Close())
}

// Draft is an entry in the making. Nobody else sees it before it is kept.
type Draft struct {
	// Dir is where the caller makes the tree. Nothing is there yet.
	Dir string

	cache     *Cache
	key, path string
	lock      *flock.Flock
}

// Begin begins the entry of a key, and returns nil where the key has one. First it removes, as far as it can, what
// killed runs left, for that may fill the disk.
func (c *Cache) Begin(ctx context.Context, key string) (*Draft, error) {
	if !isKey(key) {
		return nil, fmt.Errorf("%q is not a key of the cache", key)
	}
	path := c.path(temp + rand.Text())
	var draft *Draft
	var gone []retired
	err := c.alone(ctx, func() error {
		names, err := c.names(isTemp)
		if err != nil {
			return err
		}
		gone, _, _ = c.retire(names...)
		if exists(c.path(key)) {
			return nil
		}
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		lock := flock.New(filepath.Join(path, lockName))
		draft = &Draft{Dir: filepath.Join(path, treeName), cache: c, key: key, path: path, lock: lock}
		_, err = lock.TryLock()
		return err
	})
	remove(gone)
	return draft, err
}

// Drop removes what of a draft was not kept.
func (d *Draft) Drop() error { return errors.Join(d.lock.Close(), tree.Remove(d.path)) }

// Keep makes a draft the entry of its key, unless another run was quicker, and removes the entries that were not used
// for longest. Nobody may write to the tree any more.
func (d *Draft) Keep(ctx context.Context) error {
	manifest, err := describe(ctx, d.key, d.Dir)
	if err == nil {
		err = os.WriteFile(filepath.Join(d.path, manifestName), []byte(manifest), 0o600)
	}
	if err != nil {
		return err
	}
	c := d.cache
	var gone []retired
	err = c.alone(ctx, func() error {
		if exists(c.path(d.key)) {
			return nil
		}
		// Windows renames no directory in which a file is open.
		if err := errors.Join(touch(d.lock), d.lock.Close()); err != nil {
			return err
		}
		if err := os.Rename(d.path, c.path(d.key)); err != nil {
			return err
		}
		names, err := c.names(isKey)
		slices.SortFunc(names, func(a, b string) int { return c.lastUse(b).Compare(c.lastUse(a)) })
		if err == nil {
			gone, _, err = c.retire(names[min(limit, len(names)):]...)
		}
		return err
	})
	remove(gone)
	return err
}

// touch notes that an entry is used now.
func touch(lock *flock.Flock) error {
	now := time.Now()
	return os.Chtimes(lock.Path(), now, now)
}

// lastUse returns when an entry was last used. A time in the future is that of a wrong clock. It must not outrank every
// true one.
func (c *Cache) lastUse(key string) time.Time {
	info, err := os.Stat(c.path(key, lockName))
	if err != nil || info.ModTime().After(time.Now()) {
		return time.Time{}
	}
	return info.ModTime()
}

// Size returns how many entries there are, and the bytes of everything in the cache.
func (c *Cache) Size() (entries int, bytes int64, err error) {
	names, err := c.names(isKey)
	if err != nil {
		return 0, 0, err
	}
	err = filepath.WalkDir(c.Dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = entry.Info(); err == nil {
				bytes += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // others may well be removing something
		}
		return err
	})
	return len(names), bytes, err
}

// Empty removes what nobody uses, and returns the paths. The error wraps ErrInUse where that was not everything.
func (c *Cache) Empty() (removed []string, err error) {
	var gone []retired
	var busy []string
	err = c.alone(context.Background(), func() error {
		names, err := c.names(func(name string) bool { return isKey(name) || isTemp(name) })
		if err != nil {
			return err
		}
		gone, busy, err = c.retire(names...)
		return err
	})
	for _, one := range gone {
		if failed := tree.Remove(one.path); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		removed = append(removed, c.path(one.was))
	}
	for _, name := range busy {
		err = errors.Join(err, fmt.Errorf("%s stays: %w", c.path(name), ErrInUse))
	}
	return removed, err
}

// names returns the names in the cache that are of a kind. What the cache did not put there it does not touch.
func (c *Cache) names(kind func(string) bool) ([]string, error) {
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if kind(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func isTemp(name string) bool { return strings.HasPrefix(name, temp) }

// isKey tells whether Key could have made it. Nothing else becomes part of a path.
func isKey(name string) bool {
	sum, err := hex.DecodeString(name)
	return err == nil && len(sum) == sha256.Size && name == strings.ToLower(name)
}

func (c *Cache) path(names ...string) string {
	return filepath.Join(append([]string{c.Dir}, names...)...)
}
