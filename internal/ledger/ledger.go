// Package ledger keeps verdicts, and what became of promises (CONTRACT §9): a directory with one file for each.
//
// Its rules:
//   - An entry is whole or not there. It is written beside its place, synced, and renamed into it, under one lock that
//     is held for a moment. What a killed program left half written is removed by the next one that opens the ledger.
//   - Nothing is ever changed or removed: of several entries with one key the newest counts.
//   - No entry is believed that does not hold: its name is its key and the digest of its bytes.
package ledger

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Folder is the default place of a ledger within the artifacts.
const Folder = "ledger"

// draft begins the name of an entry in the making, and lockName is what whoever makes one holds.
const (
	draft    = ".draft-"
	lockName = ".lock"
)

// Ledger is an open ledger.
type Ledger struct {
	// Dir is where it lies, absolute.
	Dir  string
	root *os.Root
	lock *flock.Flock
	// verified are the names of entries that were found to hold. A name has the digest of its bytes, so an entry holds
	// for as long as that is right.
	verified sync.Map
}

// Open opens the ledger in dir, an absolute path, makes it where it is not there, and removes what killed programs left
// half written. The caller closes it.
func Open(dir string) (*Ledger, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	l := &Ledger{Dir: dir, root: root, lock: flock.New(filepath.Join(dir, lockName))}
	err = l.alone(func() error {
		names, err := l.names(func(name string) bool { return strings.HasPrefix(name, draft) })
		for _, name := range names {
			err = errors.Join(err, root.Remove(name))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the ledger: %w", errors.Join(err, l.Close()))
	}
	return l, nil
}

// Close closes the ledger.
func (l *Ledger) Close() error { return errors.Join(l.lock.Close(), l.root.Close()) }

// alone makes a change while no other program makes one.
func (l *Ledger) alone(change func() error) error {
	if err := l.lock.Lock(); err != nil {
		return err
	}
	return errors.Join(change(), l.lock.Unlock())
}

// names returns the names of a kind in the ledger, sorted.
func (l *Ledger) names(kind func(string) bool) (names []string, err error) {
	dir, err := l.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	all, err := dir.Readdirnames(-1)
	for _, name := range all {
		if kind(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, err
}

// Find returns the newest entry with a key and its name, which is empty where there is none. The error names the
// entries with that key that do not hold; they are not believed.
func (l *Ledger) Find(key artifact.Key) (artifact.Entry, string, error) {
	return find(l, key, l.Read, func(e artifact.Entry) verdict.Facts { return e.Facts })
}

// FindAccount returns the newest account with a key, as Find does an entry.
func (l *Ledger) FindAccount(key artifact.Key) (artifact.Account, string, error) {
	return find(l, key, l.ReadAccount, func(a artifact.Account) verdict.Facts { return a.Facts })
}

func find[T any](
	l *Ledger, key artifact.Key, read func(name string) (T, error), facts func(T) verdict.Facts,
) (newest T, found string, err error) {
	names, err := l.names(func(name string) bool {
		return strings.HasPrefix(name, string(key)) && verify.EntryKey(name) == key
	})
	for _, name := range names {
		value, wrong := read(name)
		if wrong != nil {
			err = errors.Join(err, wrong)
			continue
		}
		if found == "" || later(facts(value), facts(newest)) {
			newest, found = value, name
		}
	}
	return newest, found, err
}

// Read returns the entry of a name. The error says how it does not hold.
func (l *Ledger) Read(name string) (artifact.Entry, error) { return read(l, name, verify.Entry) }

// ReadAccount returns the account of a name. The error says how it does not hold.
func (l *Ledger) ReadAccount(name string) (artifact.Account, error) {
	return read(l, name, verify.Account)
}

func read[T any](l *Ledger, name string, whole func(*os.Root, string) (T, error)) (value T, err error) {
	if _, verified := l.verified.Load(name); verified {
		if err := l.again(name, &value); err == nil {
			return value, nil
		}
	}
	if value, err = whole(l.root, name); err == nil {
		l.verified.Store(name, true)
	}
	return value, err
}

// again reads what was verified before: in a third of the time.
func (l *Ledger) again(name string, value any) error {
	data, err := foreign.ReadIn(l.root, name, artifact.MaxJSON)
	if err == nil && verify.EntryKey(name).Name(data) != name {
		err = errors.New("it was changed")
	}
	if err == nil {
		err = json.Unmarshal(data, value)
	}
	return err
}

// later tells whether one was made after another. Of two that were made in one second any may count.
func later(a, b verdict.Facts) bool {
	return cmp.Or(cmp.Compare(a.GeneratedAt, b.GeneratedAt), cmp.Compare(a.RunID, b.RunID)) > 0
}

// Record is what a ledger keeps: an entry, or an account.
type Record interface {
	// Encode returns it as it lies on disk, and its name there.
	Encode() (name string, data []byte, err error)
}

// Put writes an entry or an account, whole or not at all, syncs it to the disk, and returns its name.
func (l *Ledger) Put(record Record) (name string, err error) {
	name, data, err := record.Encode()
	if err == nil {
		err = l.put(name, data)
	}
	if err != nil {
		return "", fmt.Errorf("write %s in the ledger %s: %w", name, l.Dir, err)
	}
	return name, nil
}

// Take copies the entries of the ledger in another directory that this one lacks. The error names each that does not
// hold; those that do are there all the same.
func (l *Ledger) Take(from string) error {
	root, err := os.OpenRoot(from)
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	defer root.Close()
	listed, err := fs.ReadDir(root.FS(), ".")
	for _, each := range listed {
		name := each.Name()
		if _, there := l.root.Lstat(name); verify.EntryKey(name) == "" || there == nil {
			continue
		}
		wrong := verify.InLedger(root, name)
		var data []byte
		if wrong == nil {
			data, wrong = foreign.ReadIn(root, name, artifact.MaxJSON)
		}
		if wrong == nil && verify.EntryKey(name).Name(data) == name { // byte for byte: it may be a newer toolkit's
			wrong = l.put(name, data)
		}
		err = errors.Join(err, wrong)
	}
	return err
}

// put puts bytes in the place of an entry.
func (l *Ledger) put(name string, data []byte) error {
	temp := draft + name
	return l.alone(func() error {
		err := l.write(temp, data)
		if err == nil {
			err = l.root.Rename(temp, name)
		}
		if err != nil {
			_ = l.root.Remove(temp) // else the next one that opens the ledger removes it
			return err
		}
		return artifact.SyncFolder(l.root)
	})
}

// write writes a file that is not there yet, and syncs it.
func (l *Ledger) write(name string, data []byte) error {
	file, err := l.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// Verify holds each entry of the ledger in dir against CONTRACT §9, and returns how many hold. The error names each
// that does not, and each file that is none of a ledger. It changes nothing.
func Verify(dir string) (hold int, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, fmt.Errorf("read the ledger: %w", err)
	}
	defer root.Close()
	listed, err := fs.ReadDir(root.FS(), ".")
	for _, each := range listed {
		switch name := each.Name(); {
		case name == lockName || strings.HasPrefix(name, draft):
		case verify.EntryKey(name) == "":
			err = errors.Join(err, fmt.Errorf("%q is no entry of a ledger", name))
		default:
			if wrong := verify.InLedger(root, name); wrong != nil {
				err = errors.Join(err, wrong)
				continue
			}
			hold++
		}
	}
	return hold, err
}

// Empty removes every entry of the ledger in dir, and returns their paths. What is none stays.
func Empty(dir string) (removed []string, err error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	l, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	err = l.alone(func() error {
		names, err := l.names(func(name string) bool { return verify.EntryKey(name) != "" })
		for _, name := range names {
			if failed := l.root.Remove(name); failed != nil {
				err = errors.Join(err, failed)
				continue
			}
			removed = append(removed, filepath.Join(dir, name))
		}
		return err
	})
	return removed, err
}
