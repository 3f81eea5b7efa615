// Package tree copies and removes whole directory trees, as gates and npm leave them.
package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/otiai10/copy"
	"golang.org/x/sync/errgroup"
)

// Outside returns those of some directories that lie outside the tree at root: absolute, without links, and each once.
// One that is not there stays. Root is absolute and without links; nothing lies in an empty one.
func Outside(root string, dirs ...string) []string {
	var found []string
	for _, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if real, unreal := filepath.EvalSymlinks(dir); unreal == nil {
			dir = real
		}
		inside, apart := filepath.Rel(root, dir)
		if err == nil && !slices.Contains(found, dir) && (apart != nil || !filepath.IsLocal(inside)) {
			found = append(found, dir)
		}
	}
	return found
}

// Make makes an empty directory where nothing is yet. It makes it under a random name and renames it: some file systems
// choose the place on the disk by the first name, and the next run makes one of the same name (see Spread).
func Make(dir string) error {
	made, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(made, 0o755), os.Rename(made, dir)); err != nil {
		return errors.Join(err, os.Remove(made))
	}
	return nil
}

// Lay writes files into a directory, by their paths in it, with slashes, over what is there. It never writes through a
// link that leads out of it.
func Lay(files map[string][]byte, into string) error {
	root, err := os.OpenRoot(into)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at := filepath.FromSlash(name)
		err := root.MkdirAll(filepath.Dir(at), 0o755)
		if err == nil {
			err = root.WriteFile(at, files[name], 0o644)
		}
		if err != nil {
			return fmt.Errorf("lay %s: %w", name, err)
		}
	}
	return nil
}

// Copy copies a tree to where nothing is yet, or an empty directory. Links stay links, and times stay to the
// millisecond. It ends with the cause of a context that is done. It leaves out, without a word, what vanishes meanwhile
// and what is no Part of a tree.
//
// It copies one file after the other. With workers the library starts a goroutine for each file: three trees at once,
// as a run copies them, then take 100 MiB and no less time.
func Copy(ctx context.Context, from, to string) error {
	skip := func(info os.FileInfo, _, _ string) (bool, error) { return !Part(info.Mode()), context.Cause(ctx) }
	// The library does not ask this of the tree itself.
	if info, err := os.Lstat(from); err == nil {
		if skipped, err := skip(info, from, to); skipped || err != nil {
			return err
		}
	}
	return copy.Copy(from, to, copy.Options{
		OnSymlink:     func(string) copy.SymlinkAction { return copy.Shallow },
		PreserveTimes: true,
		Skip:          skip,
	})
}

// Part tells whether something is part of a tree, by its mode: a file, a directory or a link is. A socket, a pipe or a
// device is not: it leads to a program or to the machine, and a copy of it leads nowhere.
func Part(mode fs.FileMode) bool { return mode.IsRegular() || mode.IsDir() || mode&fs.ModeSymlink != 0 }

// Remove removes a tree, also where directories in it cannot be written to. One that is not there is no error.
func Remove(dir string) error {
	if info, err := os.Lstat(dir); err == nil && info.IsDir() {
		empty(dir)
	}
	if err := os.RemoveAll(dir); err == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}

// empty removes what lies two levels below a directory, on all processors: a run waits for it at its end. It follows no
// link, and leaves to its caller what it cannot remove.
func empty(dir string) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return
	}
	defer root.Close()
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	within := func(at string) []fs.DirEntry {
		entries, _ := fs.ReadDir(root.FS(), at)
		return entries
	}
	for _, entry := range within(".") {
		if !entry.IsDir() {
			continue
		}
		for _, below := range within(entry.Name()) {
			group.Go(func() error { return root.RemoveAll(filepath.Join(entry.Name(), below.Name())) })
		}
	}
	_ = group.Wait()
}
