package git

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// UnfitError tells why git cannot work with a repository, and what mends it.
type UnfitError struct {
	Root   string
	Reason string
	// Mend is what to do about it.
	Mend string
	// Err is what git said; nil where git was not asked.
	Err error
}

func (e *UnfitError) Error() string { return e.Reason + "\nMend: " + e.Mend }

func (e *UnfitError) Unwrap() error { return e.Err }

// unfit is an UnfitError of a repository.
func (r Repository) unfit(err error, reason, mend string) *UnfitError {
	return &UnfitError{Root: r.Root, Reason: reason, Mend: mend, Err: err}
}

// here begins a command of git in the repository.
func (r Repository) here() string { return "git -C " + plain.Quoted(r.Root) + " " }

func bare(root string) *UnfitError {
	return &UnfitError{Root: root, Reason: root + " is a bare repository: it has no work tree",
		Mend: "git clone " + plain.Quoted(root) + ", and name the clone with -source=DIR"}
}

// explain turns what git said when it refused into words about the repository. Any other error stays as it is.
func (r Repository) explain(err error) error {
	exit, refused := errors.AsType[*process.ExitError](err)
	if !refused {
		return err
	}
	said := func(any ...string) bool {
		return slices.ContainsFunc(any, func(words string) bool { return strings.Contains(exit.Stderr, words) })
	}
	conclusion := lastLine(exit.Stderr)
	cannotRead := "git cannot read " + r.Root + ": "
	switch {
	case said("dubious ownership", "is owned by someone else"):
		// The clone of a run would be refused as well, so no exception is offered here.
		return r.unfit(err, r.Root+" belongs to another user, so git refuses to read it",
			`sudo chown -R "$(id -un)" `+plain.Quoted(r.Root)+
				", or make a clone of your own and name it with -source=DIR")
	case said("HEAD^{commit}"):
		return r.unfit(err, r.Root+" has no commit at HEAD", r.here()+"add --all && "+r.here()+
			`commit -m "first commit", or `+r.here()+"checkout an existing branch")
	case said("index file", "bad signature", "bad index"):
		return r.withoutIndex(err, exit.Stderr)
	case said("not a git repository", "invalid gitfile format"):
		return r.lost(err)
	case said("bad config", "config value", "config variable", "zlib compression level"):
		_, common := gitDir(r.Root)
		return r.unfit(err, cannotRead+conclusion, "correct it in "+plain.Quoted(filepath.Join(common, "config"))+
			", or in a file that this one includes")
	case said("repo version", "repository extension"):
		said := strings.ReplaceAll(strings.TrimSpace(exit.Stderr), "\n\t", " ")
		return r.unfit(err, cannotRead+lastLine(said), "install a newer git")
	}
	if mend, found := r.badPackedLine(conclusion); found {
		return r.unfit(err, cannotRead+conclusion, mend)
	}
	if object := aboutObject.FindStringSubmatch(exit.Stderr); object != nil {
		return r.withoutTree(object[1], err)
	}
	return r.unfit(err, cannotRead+conclusion, r.here()+"fsck --full says what is missing; a new clone mends it")
}

// withoutIndex returns the error of an index that git cannot read. Git makes it anew from the commit at HEAD.
func (r Repository) withoutIndex(err error, said string) *UnfitError {
	return r.unfit(err, "the index of "+r.Root+" is damaged: "+lastLine(said),
		`rm -rf "$(`+r.here()+`rev-parse --absolute-git-dir)/index" && `+r.here()+"reset")
}

// withoutTree returns the error of a tree that is missing or damaged. The index of a clean work tree leads to it, but
// git writes it anew only where its entries are put in again.
func (r Repository) withoutTree(id string, err error) *UnfitError {
	return r.unfit(err, "git cannot read "+r.Root+": the object "+id+" is missing or damaged",
		r.removeObject(id)+" && "+r.here()+"ls-files --stage -z | "+r.here()+"update-index -z --index-info && "+
			r.here()+"write-tree"+r.orNewClone())
}

// orNewClone ends a mend that may not be the whole of it.
func (r Repository) orNewClone() string {
	return " (" + r.here() + "fsck --full says whether that is all; a new clone mends it too)"
}

// aboutObject is what git says of a tree that it cannot read, or of an object that it cannot make sense of.
var aboutObject = regexp.MustCompile(
	`(?:Could not read|unable to read tree|bad tree object|loose object) \(?([0-9a-f]{40,64})`)

// removeObject is the command that removes the file of a damaged object, so that git can write a whole one: what is
// there, whole or not, it does not write again.
func (r Repository) removeObject(id string) string {
	return `rm -f "$(` + r.here() + "rev-parse --path-format=absolute --git-path objects/" +
		id[:2] + "/" + id[2:] + `)"`
}

// lastLine is where git puts its conclusion.
func lastLine(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return lines[len(lines)-1]
}
