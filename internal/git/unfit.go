package git

import (
	"errors"
	"strings"

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
		Mend: "git clone " + InShell(root) + ", and name the clone with -source=DIR"}
}

// explain turns what git said when it refused into words about the repository. Any other error stays as it is.
func (r Repository) explain(err error) error {
	var exit *process.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	here := "git -C " + InShell(r.Root) + " "
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
		unfit.Mend = `sudo chown -R "$(id -un)" ` + InShell(r.Root) + ", or make a clone of your own and name it with -source=DIR"
	case said("HEAD^{commit}"):
		unfit.Reason = r.Root + " has no commit at HEAD"
		unfit.Mend = here + "add --all && " + here + `commit -m "first commit", or ` + here + "checkout an existing branch"
	case said("index file", "bad signature", "bad index"):
		unfit.Reason = "the index of " + r.Root + " is damaged: " + lastLine(exit.Stderr)
		unfit.Mend = `rm "$(` + here + `rev-parse --absolute-git-dir)/index" && ` + here + "reset"
	default:
		unfit.Reason = "git cannot read " + r.Root + ": " + lastLine(exit.Stderr)
		unfit.Mend = here + "fsck --full says what is missing; a new clone mends it"
	}
	return unfit
}

// lastLine is where git puts its conclusion.
func lastLine(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return lines[len(lines)-1]
}
