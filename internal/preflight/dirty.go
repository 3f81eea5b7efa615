package preflight

import (
	"fmt"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Dirty is the error of a baseline that is not what its commit says.
type Dirty struct {
	// Root is the source repository.
	Root string
	// Lines name what is dirty: first the lines of git status as they are, then what git status does not show, each
	// with what hides it: "assume-unchanged: apps/backend/src/health.ts".
	Lines []string
	// Reveals are the commands that make git status show what it does not.
	Reveals []string
	// LineEnds says which of the files differ in their line ends alone; nil where none does.
	LineEnds *LineEnds
}

// maxLines is how many lines are printed. More would scroll the rest away, and are seldom missed.
const maxLines = 100

// What a person does next. They are steps for the sake of their quoting; no run takes them.
var (
	inspect = suite.Step{Template: `git -C "{repo_root}" status --short --branch`}
	clean   = suite.Step{Template: `git -C "{repo_root}" stash push --include-untracked`}
)

// Error is the text of CONTRACT §4. Where git status itself does not show all of it, the commands that make it do so
// come before the one that looks. Where files differ in their line ends alone, the cause and the mend come last. Git
// itself sees nothing to commit or to stash there.
func (d *Dirty) Error() string {
	at := suite.Variables{RepoRoot: suite.Text(d.Root)}
	text := []string{"source repository baseline is dirty; matrix runner requires a clean baseline."}
	text = append(text, d.Lines[:min(len(d.Lines), maxLines)]...)
	if more := len(d.Lines) - maxLines; more > 0 {
		text = append(text, fmt.Sprintf("… and %d more", more))
	}
	for _, command := range d.Reveals {
		text = append(text, "Reveal:  "+command)
	}
	text = append(text, "Inspect: "+inspect.Render(at))
	if d.LineEnds == nil || !d.LineEnds.All {
		text = append(text, "Clean:   commit the paths above, or set them aside: "+clean.Render(at))
	}
	if d.LineEnds != nil {
		text = append(text, d.LineEnds.text(d.Root)...)
	}
	return strings.Join(text, "\n")
}
