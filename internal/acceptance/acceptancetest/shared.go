//go:build linux

package acceptancetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// share returns a directory that the tests of several packages have in common while they run: the first makes it, and
// the last removes it. It is the same for each run of the tests of one clone, whose root is root, for go compiles anew
// what lies elsewhere than the last time. Where it cannot be shared, a package has its own.
func share(t *testing.T, root string, prepare func(dir string) error) (dir string) {
	dir = filepath.Join(os.TempDir(), fmt.Sprintf("pumuki-acceptance-%x", sha256.Sum256([]byte(root))))
	// Who comes and who goes does so alone, and is among the users of the directory in between.
	turn, err := lock(dir + ".turn")
	if err != nil {
		dir = t.TempDir()
		if err := prepare(dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	defer turn.Close()
	users, err := os.OpenFile(dir+".users", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	first := unix.Flock(int(users.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
	if first {
		err = errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)) // what killed tests have left
		if err == nil {
			err = prepare(dir)
		}
	}
	t.Cleanup(func() {
		defer users.Close()
		if turn, err := lock(dir + ".turn"); err == nil {
			defer turn.Close()
			if last := unix.Flock(int(users.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil; last {
				_ = errors.Join(os.RemoveAll(dir), os.Remove(dir+".users"), os.Remove(dir+".turn"))
			}
		}
	})
	if err = errors.Join(err, unix.Flock(int(users.Fd()), unix.LOCK_SH)); err != nil {
		_ = turn.Close() // the cleanup takes it
		t.Fatal(err)
	}
	return dir
}

// lock waits for a lock on a file, which it makes. Closing the file lets go of it.
func lock(path string) (*os.File, error) {
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX)
		ours, statErr := file.Stat()
		switch there, gone := os.Stat(path); {
		case err == nil && statErr == nil && gone == nil && os.SameFile(ours, there):
			return file, nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return nil, errors.Join(err, file.Close())
		}
		_ = file.Close() // whoever held it has removed it
	}
}
