package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// Afresh returns the same work tree seen through a new git directory, made in dir, which must not exist. It knows the
// objects of the repository and the given commit, and no configuration, no index, no attributes, no replaced objects:
// nothing that git was told earlier. It takes over only the excludes in the repository's own info/exclude, for those
// hide untracked files from git status by right.
//
// Only attributes in the work tree itself count here: those that are committed are the repository's own word.
func (r Repository) Afresh(ctx context.Context, dir string, place Place) (Repository, error) {
	excludes, err := readRegular(place.Excludes())
	if err != nil {
		return Repository{}, err
	}
	files := map[string]string{
		"HEAD":                    place.Commit + "\n",
		"config":                  freshConfig(place.Commit),
		"refs/.keep":              "",
		"info/exclude":            string(excludes),
		"objects/info/alternates": Quote(filepath.Join(place.CommonDir, "objects")) + "\n",
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return Repository{}, err
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return Repository{}, err
		}
	}
	fresh := r
	fresh.Env = r.Env.With("GIT_DIR", dir)
	if _, err = fresh.Output(ctx, "read-tree", place.Commit); err != nil {
		// Of a missing root git names the commit, which is whole.
		root, unknown := fresh.Output(ctx, "log", "-1", "--format=%T", place.Commit)
		if unknown == nil && fresh.lacks(ctx, root) {
			err = fresh.withoutTree(root, err)
		}
	}
	return fresh, err
}

// lacks tells whether a tree cannot be read.
func (r Repository) lacks(ctx context.Context, tree string) bool {
	_, err := r.Command("ls-tree", tree).Output(ctx)
	_, refused := errors.AsType[*process.ExitError](err)
	return refused
}

// freshConfig says of a new git directory what "git init" would find out by trying.
func freshConfig(commit string) string {
	// Every file is going to be read, so there is nothing to gain from looking at all of them first.
	config := "[core]\n\trepositoryFormatVersion = 1\n\tbare = false\n\tpreloadIndex = false\n"
	switch runtime.GOOS {
	case "windows":
		config += "\tfileMode = false\n\tsymlinks = false\n\tignoreCase = true\n"
	case "darwin":
		config += "\tignoreCase = true\n\tprecomposeUnicode = true\n"
	}
	if len(commit) == 64 {
		config += "[extensions]\n\tobjectFormat = sha256\n"
	}
	return config
}

// Complete finds out whether every object of a commit's tree is there and begins as an object does. A file that a crash
// left empty does not. What is missing or damaged is an *UnfitError. Content is not hashed once more: that takes as
// long as all the rest where objects are packed, and four times as long where they are loose.
func (r Repository) Complete(ctx context.Context, commit string) error {
	records, err := r.records(ctx, "ls-tree", "-r", "-z", "--long", commit)
	if err != nil {
		return err
	}
	var bad, mends []string
	for _, record := range records {
		// <mode> SP blob SP <id> SP <size, or BAD> TAB <path>
		about, path, _ := strings.Cut(record, "\t")
		fields := strings.Fields(about)
		if len(fields) != 4 || fields[3] != "BAD" {
			continue
		}
		bad = append(bad, fields[2]+" ("+Quote(path)+")")
		mends = append(mends, r.removeObject(fields[2]), r.writeObject(fields[0], path))
	}
	if bad == nil {
		return nil
	}
	const most = 20 // no command line is endless
	named := strings.Join(bad[:min(len(bad), most)], ", ")
	return r.unfit(nil, "git cannot read "+r.Root+": missing or damaged: "+named,
		strings.Join(mends[:min(len(mends), 2*most)], " && ")+r.orNewClone())
}

// writeObject is the command that writes the object of a path anew from the work tree.
func (r Repository) writeObject(mode, path string) string {
	if mode == "120000" {
		link := filepath.Join(r.Root, filepath.FromSlash(path))
		return "readlink -n -- " + plain.Quoted(link) + " | " + r.here() + "hash-object -w --stdin"
	}
	return r.here() + "hash-object -w -- " + plain.Quoted(path)
}

// Difference is one path at which the work tree is not what the commit says.
type Difference struct {
	Path string
	// Recorded and Found are modes in git's own writing; 000000 means that nothing is there. Both are empty for what is
	// not tracked.
	Recorded, Found string
}

// Untracked tells whether the path is one that the commit does not know.
func (d Difference) Untracked() bool { return d.Recorded == "" }

// Differences compares the work tree of a repository made Afresh with its commit, submodules apart.
func (r Repository) Differences(ctx context.Context) ([]Difference, error) {
	records, err := r.records(ctx, "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=normal",
		"--ignore-submodules=all")
	if err != nil {
		return nil, err
	}
	var differences []Difference
	for _, record := range records {
		d, err := parseDifference(record)
		if err != nil {
			return nil, err
		}
		differences = append(differences, d)
	}
	return differences, nil
}

// parseDifference reads one record of git status --porcelain=v2 -z: "1 XY sub mH mI mW hH hI path" or "? path". A
// fresh index has no other kinds.
func parseDifference(record string) (Difference, error) {
	if path, untracked := strings.CutPrefix(record, "? "); untracked && path != "" {
		return Difference{Path: path}, nil
	}
	fields := strings.SplitN(record, " ", 9)
	if len(fields) != 9 || fields[0] != "1" || !isMode(fields[3]) || !isMode(fields[5]) || fields[8] == "" {
		return Difference{}, fmt.Errorf("not a record of git status: %q", record)
	}
	return Difference{Path: fields[8], Recorded: fields[3], Found: fields[5]}, nil
}

func isMode(text string) bool { return len(text) == 6 && strings.Trim(text, "01234567") == "" }

// Filters returns the filters that attributes ask for, by path, of those paths that have one.
func (r Repository) Filters(ctx context.Context, paths []string) (map[string]string, error) {
	records, err := r.records(ctx, append([]string{"check-attr", "-z", "filter", "--"}, paths...)...)
	filters := map[string]string{}
	for i := 0; i+2 < len(records); i += 3 {
		if filter := records[i+2]; filter != "unspecified" && filter != "unset" && filter != "set" {
			filters[records[i]] = filter
		}
	}
	return filters, err
}
