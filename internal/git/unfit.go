package git

import (
	"errors"
	"path/filepath"
	"regexp"
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

func bare(root string) *UnfitError {
	return &UnfitError{Root: root, Reason: root + " is a bare repository: it has no work tree",
		Mend: "git clone " + plain.Quoted(root) + ", and name the clone with -source=DIR"}
}

// explain turns what git said when it refused into words about the repository. Any other error stays as it is.
func (r Repository) explain(err error) error {
	var exit *process.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	here := "git -C " + plain.Quoted(r.Root) + " "
	said := func(any ...string) bool {
		for _, words := range any {
			if strings.Contains(exit.Stderr, words) {
				return true
			}
		}
		return false
	}
	unfit := &UnfitError{Root: r.Root, Err: err}
	switch {
	case said("dubious ownership", "is owned by someone else"):
		// The clone of a run would be refused as well, so no exception is offered here.
		unfit.Reason = r.Root + " belongs to another user, so git refuses to read it"
		unfit.Mend = `sudo chown -R "$(id -un)" ` + plain.Quoted(r.Root) +
			", or make a clone of your own and name it with -source=DIR"
	case said("HEAD^{commit}"):
		unfit.Reason = r.Root + " has no commit at HEAD"
		unfit.Mend = here + "add --all && " + here + `commit -m "first commit", or ` +
			here + "checkout an existing branch"
	case said("index file", "bad signature", "bad index"):
		return r.withoutIndex(err, exit.Stderr)
	case said("not a git repository", "invalid gitfile format"):
		return r.lost(err)
	case said("bad config", "config value", "config variable", "zlib compression level"):
		unfit.Reason = "git cannot read " + r.Root + ": " + lastLine(exit.Stderr)
		_, common := gitDir(r.Root)
		unfit.Mend = "correct it in " + plain.Quoted(filepath.Join(common, "config")) +
			", or in a file that this one includes"
	case said("repo version", "repository extension"):
		said := strings.ReplaceAll(strings.TrimSpace(exit.Stderr), "\n\t", " ")
		unfit.Reason = "git cannot read " + r.Root + ": " + lastLine(said)
		unfit.Mend = "install a newer git"
	default:
		unfit.Reason = "git cannot read " + r.Root + ": " + lastLine(exit.Stderr)
		unfit.Mend = here + "fsck --full says what is missing; a new clone mends it"
		if mend, found := r.badPackedLine(lastLine(exit.Stderr)); found {
			unfit.Mend = mend
		} else if id := damaged(exit.Stderr); id != "" {
			return r.withoutTree(id, err)
		}
	}
	return unfit
}

// withoutIndex tells of an index that git cannot read. Git makes it anew from the commit at HEAD.
func (r Repository) withoutIndex(err error, said string) *UnfitError {
	here := "git -C " + plain.Quoted(r.Root) + " "
	return &UnfitError{Root: r.Root, Err: err,
		Reason: "the index of " + r.Root + " is damaged: " + lastLine(said),
		Mend:   `rm -rf "$(` + here + `rev-parse --absolute-git-dir)/index" && ` + here + "reset",
	}
}

// withoutTree tells of a tree that is missing or damaged. The index of a clean work tree leads to it, but git writes it
// anew only where its entries are put in again.
func (r Repository) withoutTree(id string, err error) *UnfitError {
	here := "git -C " + plain.Quoted(r.Root) + " "
	return &UnfitError{Root: r.Root, Err: err,
		Reason: "git cannot read " + r.Root + ": the object " + id + " is missing or damaged",
		Mend: r.removeObject(id) + " && " + here + "ls-files --stage -z | " +
			here + "update-index -z --index-info && " + here + "write-tree" + r.orNewClone(),
	}
}

// orNewClone ends a mend that may not be the whole of it.
func (r Repository) orNewClone() string {
	return " (git -C " + plain.Quoted(r.Root) + " fsck --full says whether that is all; a new clone mends it too)"
}

// aboutObject is what git says of a tree that it cannot read, or of an object that it cannot make sense of.
var aboutObject = regexp.MustCompile(
	`(?:Could not read|unable to read tree|bad tree object|loose object) \(?([0-9a-f]{40,64})`)

// damaged returns the object that git could not read, by what it said; empty where it said nothing of the kind.
func damaged(said string) string {
	found := aboutObject.FindStringSubmatch(said)
	if found == nil {
		return ""
	}
	return found[1]
}

// removeObject is the command that removes the file of a damaged object, so that git can write a whole one: what is
// there, whole or not, it does not write again.
func (r Repository) removeObject(id string) string {
	return `rm -f "$(git -C ` + plain.Quoted(r.Root) + " rev-parse --path-format=absolute --git-path objects/" +
		id[:2] + "/" + id[2:] + `)"`
}

// lastLine is where git puts its conclusion.
func lastLine(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return lines[len(lines)-1]
}
