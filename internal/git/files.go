package git

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// maxPointer bounds the length of a file that holds one path or one name.
const maxPointer = 64 << 10

// gitDir returns the git directory of the work tree at root, and the one that all its work trees share. It asks no git.
// Where nothing can be read, it returns the directory that should be there.
func gitDir(root string) (own, common string) {
	own = filepath.Join(root, ".git")
	if info, err := os.Stat(own); err == nil && !info.IsDir() {
		own = pointer(own, "gitdir: ", root)
	}
	common = own
	if file := filepath.Join(own, "commondir"); exists(file) {
		common = pointer(file, "", own)
	}
	return own, common
}

// pointer reads a file that names a directory after a prefix, relative to another. It is empty where the file cannot be
// read or is none of that kind.
func pointer(file, prefix, base string) string {
	text, err := foreign.ReadLinked(file, maxPointer)
	dir, found := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), prefix)
	if err != nil || !found || dir == "" {
		return ""
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(base, dir)
	}
	return dir
}

// CheckFiles refuses a repository whose git directory holds a named pipe or a device where git reads a file: git would
// wait for it for ever. Objects are not looked at, for git does not wait for these. The error is an *UnfitError.
func (r Repository) CheckFiles() error {
	own, common := gitDir(r.Root)
	look := []string{filepath.Join(r.Root, ".git"), filepath.Join(common, "objects", "info", "alternates")}
	for _, dir := range []string{own, common} {
		for _, each := range []string{"*", "info/*"} {
			found, _ := filepath.Glob(filepath.Join(escapeGlob(dir), each))
			look = append(look, found...)
		}
		_ = filepath.WalkDir(filepath.Join(dir, "refs"), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				look = append(look, path)
			}
			return nil
		})
	}
	for _, path := range look {
		if err := r.CheckFile(path); err != nil {
			return err
		}
	}
	return nil
}

// CheckFile refuses a path that is, or leads to, a named pipe or a device. The error is an *UnfitError.
func (r Repository) CheckFile(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&(fs.ModeNamedPipe|fs.ModeDevice) == 0 {
		return nil // git itself names what is not there or cannot be looked at
	}
	return r.unfit(nil, path+" is "+foreign.KindOf(info)+", and git would wait for it for ever",
		"rm "+plain.Quoted(path)+", and restore the file where it was one")
}

// CheckObjects refuses a repository whose directory of objects is a link, or holds one: git clone refuses it, for a
// link there could lead to any file. The error is an *UnfitError.
func (r Repository) CheckObjects() error {
	_, common := gitDir(r.Root)
	objects := filepath.Join(common, "objects")
	look := []string{objects}
	for _, dir := range []string{"*", "pack/*", "info/*"} {
		found, _ := filepath.Glob(filepath.Join(escapeGlob(objects), dir))
		look = append(look, found...)
	}
	for _, path := range look {
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		return r.unfit(nil, path+" is a symbolic link, and git clone refuses to copy objects from there",
			"git clone --no-local "+plain.Quoted(r.Root)+" NEW, and name the new clone with -source=NEW")
	}
	return nil
}

// CheckHead refuses a repository whose own settings hide its HEAD from every clone. The error is an *UnfitError.
func (r Repository) CheckHead(settings []Setting) error {
	var by *Setting
	for _, s := range settings {
		if s.Key != "transfer.hiderefs" && s.Key != "uploadpack.hiderefs" {
			continue
		}
		switch strings.TrimRight(strings.Replace(s.Value, "^", "", 1), "/") { // the last one counts
		case "HEAD":
			by = &s
		case "!HEAD":
			by = nil
		}
	}
	if by == nil {
		return nil
	}
	return r.unfit(nil, r.Root+" cannot be cloned: it hides its HEAD ("+by.Key+"="+by.Value+")",
		r.here()+"config --unset-all "+by.Key+" HEAD")
}

// maxIndex bounds the length of an index whose checksum is checked.
const maxIndex = 256 << 20

// wholeIndex tells whether the index of a work tree ends with the checksum of its content. Git believes what it reads
// there, and would take a damaged index for changes. An index without a checksum (index.skipHash), or one that cannot
// be read, is left to git.
func wholeIndex(root string) bool {
	own, _ := gitDir(root)
	data, err := foreign.ReadLinked(filepath.Join(own, "index"), maxIndex)
	if err != nil || len(data) < sha256.Size {
		return true
	}
	sum1, sum256 := data[len(data)-sha1.Size:], data[len(data)-sha256.Size:]
	if bytes.Count(sum1, []byte{0}) == sha1.Size {
		return true
	}
	got1, got256 := sha1.Sum(data[:len(data)-sha1.Size]), sha256.Sum256(data[:len(data)-sha256.Size])
	return bytes.Equal(sum1, got1[:]) || bytes.Equal(sum256, got256[:])
}

// escapeGlob escapes what filepath.Glob gives a meaning to.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// lost says why git does not take a directory for a repository although it has a .git: it names the first thing that
// git needs there and that is missing or makes no sense.
func (r Repository) lost(err error) *UnfitError {
	own, common := gitDir(r.Root)
	head, objects, refs := filepath.Join(own, "HEAD"), filepath.Join(common, "objects"), filepath.Join(common, "refs")
	reason := "git cannot read " + r.Root + ": it is not a git repository, for "
	switch {
	case !isDir(own):
		return r.unfit(err, reason+filepath.Join(r.Root, ".git")+" leads to no git directory",
			"where the repository that it belongs to was moved: git -C THERE worktree repair "+
				plain.Quoted(r.Root)+"; else make a new clone, and name it with -source=DIR")
	case !isDir(objects):
		return r.unfit(err, reason+objects+" is no directory", "make a new clone, and name it with -source=DIR")
	case !isDir(refs):
		// Programs that copy no empty directory lose it where all refs are packed.
		return r.unfit(err, reason+refs+" is no directory", "mkdir "+plain.Quoted(refs))
	}
	return r.unfit(err, reason+head+" names neither a branch nor a commit",
		"echo "+plain.Quoted(headBefore(own, common))+" >"+plain.Quoted(head))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// headBefore returns what HEAD held, by its reflog: a branch that was checked out, or else a commit. Where the reflog
// does not say, it returns the form with BRANCH for the name.
func headBefore(own, common string) string {
	reflog := filepath.Join(own, "logs", "HEAD")
	before := lastOf(reflog)
	entries, err := readRegular(reflog)
	const moving = "\tcheckout: moving from " // FROM to TO
	if at := strings.LastIndex(string(entries), moving); err == nil && at >= 0 {
		line, _, _ := strings.Cut(string(entries[at+len(moving):]), "\n")
		to := line[strings.LastIndex(line, " ")+1:]
		if filepath.IsLocal(to) && exists(filepath.Join(common, "logs", "refs", "heads", to)) {
			before = "ref: refs/heads/" + to
		}
	}
	return cmp.Or(before, "ref: refs/heads/BRANCH")
}
