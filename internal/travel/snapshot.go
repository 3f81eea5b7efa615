package travel

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"rsc.io/script"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
)

// snapshot is how a consumer lies on the disk: what stands at each path of the work tree, ignored or not, and at those
// of git's directory that people write: hooks, configuration, info.
type snapshot map[string]string

// ofGit are the paths in git's directory that belong to a snapshot. One that ends in a slash is a folder.
var ofGit = []string{".git/config", ".git/hooks/", ".git/info/"}

// take notes a tree. Of a file it notes the content and the mode, of a link where it leads.
func take(ctx context.Context, dir string) (snapshot, error) {
	taken := snapshot{}
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		name, err := filepath.Rel(dir, file)
		if name = filepath.ToSlash(name); err != nil || name == "." {
			return err
		}
		if strings.HasPrefix(name, ".git/") && !people(name) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir():
			return nil // git knows no empty ones
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(file)
			taken[name] = "link to " + target
			return err
		case info.Mode().IsRegular():
			taken[name], err = digest(file, info)
			return err
		}
		taken[name] = foreign.KindOf(info)
		return nil
	})
	return taken, err
}

// people tells whether people write at a path in git's directory, or below it.
func people(name string) bool {
	return slices.ContainsFunc(ofGit, func(of string) bool {
		return name == strings.TrimSuffix(of, "/") || strings.HasSuffix(of, "/") && strings.HasPrefix(name, of)
	})
}

func digest(file string, info fs.FileInfo) (string, error) {
	opened, err := foreign.Open(file)
	if err != nil {
		return "", err
	}
	defer opened.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, opened)
	return fmt.Sprintf("%v %x", info.Mode().Perm(), sum.Sum(nil)), err
}

// differences are the paths at which two snapshots differ, each with how, but for those that a pattern matches, or that
// lie below one that it matches.
func (s snapshot) differences(now snapshot, except []string) (found []string) {
	all := maps.Clone(s)
	maps.Copy(all, now)
	for _, name := range sorted(all) {
		before, was := s[name]
		after, is := now[name]
		if before == after && was == is || within(name, except) {
			continue
		}
		switch {
		case !was:
			found = append(found, "+ "+name)
		case !is:
			found = append(found, "- "+name)
		default:
			found = append(found, "M "+name)
		}
	}
	return found
}

// within tells whether a pattern matches a path, or one above it.
func within(name string, patterns []string) bool {
	for at := name; at != "."; at = path.Dir(at) {
		for _, pattern := range patterns {
			if fits, _ := path.Match(pattern, at); fits {
				return true
			}
		}
	}
	return false
}

func sorted[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }

// snapshot notes how the work tree lies in which the script stands.
func (t *trip) snapshot(s *script.State, args []string) error {
	if len(args) != 1 {
		return misuse
	}
	at, err := root(s)
	if err == nil {
		t.snapshots[args[0]], err = take(s.Context(), at)
	}
	if err != nil {
		return untold{err}
	}
	return nil
}

// unchanged checks that the work tree lies as a snapshot says, but for some paths.
func (t *trip) unchanged(s *script.State, args []string) error {
	if len(args) == 0 {
		return misuse
	}
	before, found := t.snapshots[args[0]]
	if !found {
		return untold{fmt.Errorf("no snapshot is called %s", args[0])}
	}
	var except []string
	for _, arg := range args[1:] {
		pattern, given := strings.CutPrefix(arg, "-except=")
		if _, err := path.Match(pattern, ""); !given || err != nil {
			return misuse
		}
		except = append(except, pattern)
	}
	var now snapshot
	at, err := root(s)
	if err == nil {
		now, err = take(s.Context(), at)
	}
	if err != nil {
		return untold{err}
	}
	changed := before.differences(now, except)
	if len(changed) == 0 {
		return nil
	}
	s.Logf("%s\n", strings.Join(changed, "\n"))
	return fmt.Errorf("%d paths are not as they were: %s", len(changed), strings.Join(changed, ", "))
}
