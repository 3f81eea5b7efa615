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
	"cmp"
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

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// limit is how many entries stay: two versions of a gate under comparison, before and after a change to the consumer.
const limit = 4

// What an entry, and a tree in the making, consist of. The time of the lock file is that of the last use.
const (
	treeName     = "tree"
	manifestName = "manifest"
	lockName     = "lock"
)

// temp begins the names of trees in the making, and of what is about to be removed.
const temp = ".tmp-"

// ErrInUse is the error where something stays in the cache because somebody uses it.
var ErrInUse = errors.New("in use")

// Cache is a bounded set of directory trees, for any number of processes at once.
type Cache struct {
	// Dir is where it lies, absolute and without links.
	Dir string
	// Damaged is called with the key of an entry that is not whole, and the reason; nil calls nothing.
	Damaged func(key, reason string)
}

// Open returns the cache in dir, which it makes where it is not there. A directory into which another user could put
// something is refused: a tree that is kept decides what a later run runs.
func Open(dir string) (*Cache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the cache: %w", err)
	}
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

	key  string
	lock *flock.Flock
}

// Close lets go of the entry. It is safe to call it more than once.
func (e *Entry) Close() error { return e.lock.Close() }

// Use returns the entry of a key, whole, or nil where there is none. It removes an entry that is not whole, unless
// others use it, and returns nil.
func (c *Cache) Use(ctx context.Context, key string) (*Entry, error) {
	entry, err := c.hold(ctx, key)
	if entry == nil || err != nil {
		return nil, err
	}
	kept, err := foreign.Read(c.path(key, manifestName), maxManifest)
	reason := ""
	if err != nil {
		reason = err.Error()
	} else {
		reason = difference(ctx, key, entry.Dir, string(kept))
	}
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(context.Cause(ctx), entry.Close())
	case reason != "":
		return nil, c.drop(ctx, entry, reason)
	}
	// Where this fails, the entry loses its rank and nothing else.
	now := time.Now()
	_ = os.Chtimes(entry.lock.Path(), now, now)
	return entry, nil
}

// hold returns the entry of a key, whole or not, with its lock held, so that nobody removes it; nil where there is
// none.
func (c *Cache) hold(ctx context.Context, key string) (*Entry, error) {
	if !isKey(key) {
		return nil, fmt.Errorf("%q is not a key of the cache", key)
	}
	entry := &Entry{Dir: c.path(key, treeName), key: key, lock: existing(c.path(key, lockName))}
	var held bool
	var gone []retired
	err := c.alone(ctx, func() (err error) {
		held, err = entry.lock.TryRLock()
		if absent(err) {
			// Whatever lies there without its lock would be in the way of an entry for ever.
			gone, _, err = c.retire(key)
		}
		return err
	})
	if err != nil || !held {
		if len(gone) > 0 {
			c.tell(key, "it has lost its lock")
		}
		remove(gone)
		return nil, err
	}
	return entry, nil
}

// drop removes an entry that is held and not whole, or leaves it to its other users.
func (c *Cache) drop(ctx context.Context, entry *Entry, reason string) error {
	var gone []retired
	err := c.alone(ctx, func() (err error) {
		// Its lock was held until now, so it is still the entry that was checked.
		if err = entry.Close(); err == nil {
			gone, _, err = c.retire(entry.key)
		}
		return err
	})
	if err == nil && len(gone) == 0 {
		reason += " (others use it; it stays until they are done)"
	}
	c.tell(entry.key, reason)
	remove(gone)
	return errors.Join(err, entry.Close())
}

func (c *Cache) tell(key, reason string) {
	if c.Damaged != nil {
		c.Damaged(key, reason)
	}
}

// Keep copies the directory from into the cache, as the entry of a key, and removes the entries that were not used for
// longest. An entry that the key has already stays. Nobody may write to from meanwhile.
func (c *Cache) Keep(ctx context.Context, key, from string) error {
	return c.keep(ctx, key, from, copied)
}

// Adopt is Keep for a directory that the caller no longer needs: it is moved, or copied where the file system moves
// nothing.
func (c *Cache) Adopt(ctx context.Context, key, from string) error {
	return c.keep(ctx, key, from, func(ctx context.Context, key, from, to string) (manifest string, err error) {
		if os.Rename(from, to) != nil {
			return copied(ctx, key, from, to)
		}
		return describe(ctx, key, to)
	})
}

// filler makes the tree to of the directory from, and returns its manifest.
type filler func(ctx context.Context, key, from, to string) (manifest string, err error)

// copied describes the tree first, and checks the copy against that: a tree that changed meanwhile is not kept.
func copied(ctx context.Context, key, from, to string) (manifest string, err error) {
	if manifest, err = describe(ctx, key, from); err != nil {
		return "", err
	}
	if err := tree.Copy(ctx, from, to); err != nil {
		return "", err
	}
	if reason := difference(ctx, key, to, manifest); reason != "" {
		return "", cmp.Or(context.Cause(ctx), fmt.Errorf("it is not what was copied: %s", reason))
	}
	return manifest, nil
}

func (c *Cache) keep(ctx context.Context, key, from string, fill filler) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("keep %s: %w", from, err)
		}
	}()
	from, err = filepath.Abs(from)
	if err == nil {
		from, err = filepath.EvalSymlinks(from)
	}
	switch within, _ := filepath.Rel(from, c.Dir); {
	case err != nil:
		return err
	case filepath.IsLocal(within):
		return fmt.Errorf("the cache %s lies in it", c.Dir)
	case !isKey(key):
		return fmt.Errorf("%q is not a key of the cache", key)
	}
	made, lock, err := c.begin(ctx, key)
	if made == "" || err != nil {
		return err
	}
	defer func() { _ = errors.Join(lock.Close(), tree.Remove(made)) }()

	manifest, err := fill(ctx, key, from, filepath.Join(made, treeName))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(made, manifestName), []byte(manifest), 0o600); err != nil {
		return err
	}
	return c.place(ctx, key, made, lock)
}

// begin makes the directory in which an entry is made, with its lock held; none where the key has an entry. First it
// removes what killed runs left, as far as it can: that may fill the disk.
func (c *Cache) begin(ctx context.Context, key string) (made string, lock *flock.Flock, err error) {
	var gone []retired
	err = c.alone(ctx, func() error {
		names, err := c.names(isTemp)
		if err != nil {
			return err
		}
		gone, _, _ = c.retire(names...)
		if _, missing := os.Lstat(c.path(key)); missing == nil {
			return nil
		}
		made = c.path(temp + rand.Text())
		lock = flock.New(filepath.Join(made, lockName))
		if err := os.Mkdir(made, 0o700); err != nil {
			return err
		}
		if locked, err := lock.TryLock(); err != nil || !locked {
			return cmp.Or(err, fmt.Errorf("%s: %w", made, ErrInUse))
		}
		return nil
	})
	remove(gone)
	return made, lock, err
}

// place puts a tree in its place, unless another run was quicker, and removes the entries beyond the limit.
func (c *Cache) place(ctx context.Context, key, made string, lock *flock.Flock) error {
	var gone []retired
	err := c.alone(ctx, func() error {
		if _, missing := os.Lstat(c.path(key)); missing == nil {
			return nil
		}
		now := time.Now()
		if err := os.Chtimes(lock.Path(), now, now); err != nil {
			return err
		}
		// Windows renames no directory in which a file is open.
		if err := lock.Close(); err != nil {
			return err
		}
		if err := os.Rename(made, c.path(key)); err != nil {
			return err
		}
		names, err := c.names(isKey)
		if err != nil {
			return err
		}
		used := c.lastUses(names, now)
		slices.SortFunc(names, func(a, b string) int { return used[b].Compare(used[a]) })
		gone, _, err = c.retire(names[min(limit, len(names)):]...)
		return err
	})
	remove(gone)
	return err
}

// lastUses returns when each entry was last used.
func (c *Cache) lastUses(keys []string, now time.Time) map[string]time.Time {
	used := make(map[string]time.Time)
	for _, key := range keys {
		// A time in the future is that of a wrong clock. It must not outrank every true one.
		if info, err := os.Stat(c.path(key, lockName)); err == nil && !info.ModTime().After(now) {
			used[key] = info.ModTime()
		}
	}
	return used
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

func isTemp(name string) bool { return strings.HasPrefix(name, temp) }

// isKey tells whether Key could have made it. Nothing else becomes part of a path.
func isKey(name string) bool {
	sum, err := hex.DecodeString(name)
	return err == nil && len(sum) == sha256.Size && name == strings.ToLower(name)
}

func (c *Cache) path(names ...string) string {
	return filepath.Join(append([]string{c.Dir}, names...)...)
}
