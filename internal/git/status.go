package git

import (
	"context"
	"fmt"
	"strings"

	"github.com/bitfield/script"
)

// Change is one line of git status.
type Change struct {
	// Line is the line as git printed it.
	Line string
	// Paths are what it is about: one path, or two where something was renamed or copied.
	Paths []string
}

// Status runs git status --porcelain with the caller's arguments, so that a report can show the command that was run.
// Warnings are what git said on standard error though it did not fail: a directory that it could not open.
func (r Repository) Status(ctx context.Context, args ...string) (changes []Change, warnings []string, err error) {
	lines, said, err := r.ask(ctx, args...)
	if err != nil {
		return nil, nil, r.explain(err)
	}
	for _, line := range lines {
		change, err := ParseChange(line)
		if err != nil {
			return nil, nil, err
		}
		changes = append(changes, change)
	}
	warnings, err = script.Echo(said).Slice()
	return changes, warnings, err
}

// ParseChange reads one line of git status --porcelain: XY path, or XY path -> path.
func ParseChange(line string) (Change, error) {
	malformed := fmt.Errorf("not a line of git status: %q", line)
	if len(line) < 4 || line[2] != ' ' {
		return Change{}, malformed
	}
	path, rest, err := unquote(line[3:])
	change := Change{Line: line, Paths: []string{path}}
	if to, renamed := strings.CutPrefix(rest, " -> "); err == nil && renamed {
		path, rest, err = unquote(to)
		change.Paths = append(change.Paths, path)
	}
	if err != nil || rest != "" || path == "" || change.Paths[0] == "" {
		return Change{}, malformed
	}
	return change, nil
}
