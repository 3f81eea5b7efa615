package preflight

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// overruled are settings that not even the first opinion heeds, with the values that do no harm. Where one is set to
// another, a person's own git status may say less than ours did.
var overruled = map[string][]string{
	// True is git's own daemon; anything else is somebody's program.
	"core.fsmonitor":            {"false", "true"},
	"core.worktree":             nil,
	"status.showuntrackedfiles": {"normal", "all"},
}

// bending are settings that hide a kind of lie from git status, with the value that does not.
var bending = map[string]struct{ honest, hides string }{
	"core.filemode":         {"true", modeDiffers},
	"core.symlinks":         {"true", typeDiffers},
	"core.trustctime":       {"true", contentDiffers},
	"core.checkstat":        {"default", contentDiffers},
	"core.autocrlf":         {"false", contentDiffers},
	"core.eol":              {"native", contentDiffers},
	"core.ignorestat":       {"false", assumeUnchanged},
	"diff.ignoresubmodules": {"none", submoduleDiffers},
}

// explain finds what bends git status in this repository, and the commands after which it says what we said.
func (x *examination) explain(ctx context.Context) error {
	here := "git -C " + plain.Quoted(x.Root) + " "
	lies := map[string][]string{}
	for _, l := range x.lies {
		// No command line is endless. What is left over is told by the next preflight.
		if len(lies[l.what]) < 20 {
			lies[l.what] = append(lies[l.what], plain.Quoted(l.path))
		}
	}
	mend := func(what, command string) {
		if lies[what] != nil {
			x.reveals = append(x.reveals, command+" -- "+strings.Join(lies[what], " "))
		}
	}

	for _, setting := range x.settings {
		if harmless, found := overruled[setting.Key]; found && !slices.Contains(harmless, setting.Value) {
			// Where the git directory lies elsewhere, core.worktree says what must be said.
			if setting.Key == "core.worktree" && !x.ownConfig() {
				continue
			}
			x.bends = append(x.bends, setting.Key+": "+git.Quote(setting.Value))
		} else if bend, found := bending[setting.Key]; !found || lies[bend.hides] == nil ||
			strings.EqualFold(setting.Value, bend.honest) {
			continue
		}
		x.reveals = append(x.reveals, here+"config --unset-all "+setting.Key)
	}
	if attributes := filepath.Join(x.CommonDir, "info", "attributes"); exists(attributes) {
		x.bends = append(x.bends, localAttributes+": "+git.Quote(attributes))
		x.reveals = append(x.reveals, "mv "+plain.Quoted(attributes)+" "+plain.Quoted(attributes+".aside"))
	}
	replaced, err := x.Output(ctx, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/replace/")
	if err != nil {
		return err
	}
	for hash := range strings.FieldsSeq(replaced) {
		x.bends = append(x.bends, "replaced object: "+hash)
		x.reveals = append(x.reveals, here+"replace --delete "+hash)
	}

	if git.IsTrue(x.setting("core.sparsecheckout")) && lies[skipWorktree] != nil {
		x.reveals = append(x.reveals, here+"sparse-checkout disable")
	} else {
		mend(skipWorktree, here+"update-index --no-skip-worktree")
	}
	mend(assumeUnchanged, here+"update-index --no-assume-unchanged")
	// Git looks again at a file whose time has changed.
	mend(contentDiffers, "cd "+plain.Quoted(x.Root)+" && touch")
	if lies[submoduleDiffers] != nil {
		x.reveals = append(x.reveals, here+"status --ignore-submodules=none")
	}
	return nil
}
