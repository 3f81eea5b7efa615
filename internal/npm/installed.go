package npm

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
)

// Installed returns what npm installed under a package's name in the consumer at dir, and an error where that is not
// the package: not a folder of its own, another name or version, another tarball. The error says what made it so, where
// that is known. A package without an integrity is held to its name and version alone.
func Installed(dir string, want Package) (Package, error) {
	at := modules(want.Name)
	if err := ownFolder(dir, at); err != nil {
		return Package{}, err
	}
	manifest, err := foreign.Read(filepath.Join(dir, filepath.FromSlash(at), "package.json"), maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Package{}, fmt.Errorf("npm exited with 0, but %s is not installed", want.Name)
	}
	got := Package{}
	if err == nil {
		got.Name, got.Version, err = parseManifest(manifest)
	}
	if err != nil {
		return Package{}, fmt.Errorf("what npm installed as %s is no package: its package.json: %w", want.Name, err)
	}
	locked, err := readLock(dir, at)
	if err != nil {
		return Package{}, err
	}
	got.Integrity = locked.Integrity
	switch {
	case locked.Link:
		return got, fmt.Errorf("npm linked %s to %s and installed nothing", want.Name, locked.Resolved)
	case got.Name != want.Name || CompareVersions(got.Version, want.Version) != 0:
		return got, fmt.Errorf("npm installed %s, but %s was asked for%s", got, want, overridden(dir, want.Name))
	case want.Integrity != "" && !sameTarball(got.Integrity, want.Integrity):
		return got, fmt.Errorf("npm installed %s from another tarball than the one that was asked for: "+
			"it is %s, from %s, and not %s; a package-lock.json of the source repository may name it",
			got, cmp.Or(got.Integrity, "of no digest"), cmp.Or(locked.Resolved, "where npm does not tell"),
			want.Integrity)
	}
	return got, nil
}

// Forget removes what a consumer holds of a package before npm installs it, and what npm keeps of the tree that it lies
// in. A source repository may have its node_modules under version control: npm would take what it finds there for the
// package. Nothing outside of dir is removed; the error says where that would be.
func Forget(dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if info, err := root.Lstat(modules("")); err == nil && !info.IsDir() {
		return root.Remove(modules("")) // npm installs into no link
	}
	return errors.Join(root.RemoveAll(modules(name)), root.RemoveAll(modules(".package-lock.json")))
}

// Brings tells whether npm, whatever it installs in the consumer at dir, may install a package of a name too: a
// manifest or a lock of the consumer names it, it lies there, or there are workspaces, whose manifests may name it.
// What cannot be read counts as yes.
func Brings(dir, name string) bool {
	lies := func(at string) bool {
		_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(at)))
		return !errors.Is(err, fs.ErrNotExist)
	}
	if lies(modules(name)) {
		return true
	}
	for _, lock := range []string{"package-lock.json", "npm-shrinkwrap.json"} {
		data, err := foreign.Read(filepath.Join(dir, lock), maxLock)
		if err == nil && bytes.Contains(data, []byte(strconv.Quote(name))) || err != nil && lies(lock) ||
			bytes.Contains(data, []byte(modules(name)+`"`)) {
			return true
		}
	}
	var manifest struct {
		Dependencies, DevDependencies, OptionalDependencies, PeerDependencies map[string]any
		Workspaces                                                            any
	}
	data, err := foreign.Read(filepath.Join(dir, "package.json"), maxFile)
	if err != nil || json.Unmarshal(plainJSON(data), &manifest) != nil || manifest.Workspaces != nil {
		return lies("package.json")
	}
	for _, dependencies := range []map[string]any{manifest.Dependencies, manifest.DevDependencies,
		manifest.OptionalDependencies, manifest.PeerDependencies} {
		if _, named := dependencies[name]; named {
			return true
		}
	}
	return false
}

// OwnsCommand returns an error where a command of a consumer is that of another package: npm links the commands of all
// packages into one folder. One that is not there is nobody's.
func OwnsCommand(dir, name, command string) error {
	link := filepath.Join(dir, filepath.FromSlash(modules(".bin")), command)
	to, err := filepath.EvalSymlinks(link)
	if err != nil || runtime.GOOS == "windows" { // where the command is a script that calls the program
		return nil
	}
	own, err := filepath.EvalSymlinks(filepath.Join(dir, filepath.FromSlash(modules(name))))
	if err != nil {
		return err
	}
	if below, err := filepath.Rel(own, to); err != nil || !filepath.IsLocal(below) {
		of, err := filepath.Rel(filepath.Dir(filepath.Dir(link)), to)
		if err != nil {
			of = to
		}
		return fmt.Errorf("%s in %s is not of %s, but of another package (%s)", command, modules(".bin"), name,
			filepath.ToSlash(of))
	}
	return nil
}

// modules is the path of a name in the folder that npm installs into, relative to the consumer.
func modules(name string) string { return path.Join("node_modules", name) }

// ownFolder returns an error where a folder is not there, or is reached through a link: what a link leads to was not
// installed.
func ownFolder(dir, at string) error {
	below := ""
	for part := range strings.SplitSeq(at, "/") {
		below = path.Join(below, part)
		on := filepath.Join(dir, filepath.FromSlash(below))
		info, err := os.Lstat(on)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("npm exited with 0, but %s is not installed", strings.TrimPrefix(at, "node_modules/"))
		case err != nil:
			return err
		case info.Mode()&fs.ModeSymlink != 0:
			to, _ := os.Readlink(on)
			return fmt.Errorf("npm made %s a link to %s and installed nothing: a workspace of the source repository "+
				"(package.json, workspaces) or a dependency that is a folder bears this name", below, to)
		case !info.IsDir():
			return fmt.Errorf("%s is not a folder", below)
		}
	}
	return nil
}

// locked is what npm itself keeps of a package that it installed.
type locked struct {
	Integrity string
	Resolved  string
	Link      bool
}

// readLock returns what npm keeps of a package in the lock file of the tree that it installed. What it does not keep is
// empty.
func readLock(dir, at string) (locked, error) {
	data, err := foreign.Read(filepath.Join(dir, "node_modules", ".package-lock.json"), maxLock)
	if err != nil {
		return locked{}, fmt.Errorf("npm left no lock file of what it installed: %w", err)
	}
	var lock struct {
		Packages map[string]locked `json:"packages"`
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return locked{}, fmt.Errorf("npm's lock file of what it installed cannot be read: %w", err)
	}
	return lock.Packages[at], nil
}

// overridden says that the consumer's own package.json has npm install another version of a package; empty where it
// does not.
func overridden(dir, name string) string {
	data, err := foreign.Read(filepath.Join(dir, "package.json"), maxFile)
	if err != nil {
		return ""
	}
	var manifest struct {
		Overrides map[string]any `json:"overrides"`
	}
	if json.Unmarshal(plainJSON(data), &manifest) == nil {
		for key := range manifest.Overrides {
			if key == name || strings.HasPrefix(key, name+"@") {
				return ": an override in package.json of the source repository is for it"
			}
		}
	}
	return ""
}
