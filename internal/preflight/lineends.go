package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// LineEnds are files that hold carriage returns where their commit holds none, because a setting makes git check them
// out that way.
type LineEnds struct {
	// Paths are the files.
	Paths []string
	// Settings are the settings that made git do so.
	Settings []git.LineEnds
	// All tells that nothing else is dirty.
	All bool
}

// nameLineEnds finds the files that differ in their line ends alone, where a setting is known that makes it so.
func (x *examination) nameLineEnds(ctx context.Context) error {
	differing := x.differing()
	if len(differing) == 0 {
		return nil
	}
	settings := x.HostLineEnds(ctx, x.host)
	if len(settings) == 0 {
		return nil
	}
	// With this setting git compares as if no file had a carriage return.
	others, err := x.fresh.With("core.autocrlf", "input").Differences(ctx)
	if err != nil {
		return err
	}
	var named paths
	for _, d := range others {
		named.add(d.Path)
	}
	if found := slices.DeleteFunc(differing, named.cover); len(found) > 0 {
		x.lineEnds = &LineEnds{Paths: found, Settings: settings}
	}
	return nil
}

// text says what is the matter, and the commands after which the files are as their commit holds them. Nothing is
// lost by them: what git is to write anew differs in its line ends alone.
func (l *LineEnds) text(root string) []string {
	var because, mends []string
	for _, setting := range l.Settings {
		because = append(because, fmt.Sprintf("%s=%s (%s)", setting.Key, setting.Value, setting.Where()))
		mends = append(mends, setting.Mend(root))
	}
	here := "git -C " + plain.Quoted(root) + " "
	mends = append(mends, here+"read-tree --empty", here+"reset --quiet --hard")
	which, first := "the paths above have", ""
	if !l.All {
		which = fmt.Sprintf("%d of the paths above have", len(l.Paths))
		first = "commit the other paths, or set them aside; then: "
	}
	return []string{
		"Because: " + which + " other line ends than their commit, by " + strings.Join(because, " and "),
		"Mend:    " + first + strings.Join(mends, " && "),
	}
}
