package git

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Afresh returns the same work tree seen through a new git directory, made in dir, which must not exist. It knows the
// objects of the repository and the given commit, and nothing else: no configuration, no index, no attributes, no
// replaced objects, so nothing that was told to git earlier. Excludes are what the repository's own info/exclude
// holds, for those hide untracked files from git status by right.
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
	_, err = fresh.Output(ctx, "read-tree", place.Commit)
	return fresh, err
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

// Complete finds out whether every object of a commit's tree is there. Their content is not hashed once more: that
// takes as long as all the rest where objects are packed, and four times as long where they are loose.
func (r Repository) Complete(ctx context.Context, commit string) error {
	_, err := r.Output(ctx, "rev-list", "--objects", "--no-walk", "--quiet", commit)
	return err
}

// Difference is one path at which the work tree is not what the commit says.
type Difference struct {
	Path string
	// Recorded and Found are modes in git's own writing; 000000 is nothing at all. Both are empty for what is not
	// tracked.
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
	if err != nil {
		return nil, err
	}
	filters := map[string]string{}
	for i := 0; i+2 < len(records); i += 3 {
		if filter := records[i+2]; filter != "unspecified" && filter != "unset" && filter != "set" {
			filters[records[i]] = filter
		}
	}
	return filters, nil
}
