package preflight

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// overruled are settings that not even the first opinion heeds, with the values that do no harm. With another value, a
// person's own git status may show less than ours did.
var overruled = map[string][]string{
	// True is git's own daemon; anything else is somebody's program.
	"core.fsmonitor":            {"false", "true"},
	"core.worktree":             nil,
	"status.showuntrackedfiles": {"normal", "all"},
}

// hiding are settings that hide a kind of difference from git status, with the value that does not.
var hiding = map[string]struct{ harmless, hides string }{
	"core.filemode":         {"true", modeDiffers},
	"core.symlinks":         {"true", typeDiffers},
	"core.trustctime":       {"true", contentDiffers},
	"core.checkstat":        {"default", contentDiffers},
	"core.autocrlf":         {"false", contentDiffers},
	"core.eol":              {"native", contentDiffers},
	"core.ignorestat":       {"false", assumeUnchanged},
	"diff.ignoresubmodules": {"none", submoduleDiffers},
}

// explain finds what hides differences from git status in this repository, and the commands after which it shows them.
func (x *examination) explain(ctx context.Context) error {
	here := "git -C " + plain.Quoted(x.Root) + " "
	hidden := map[string][]string{}
	for _, h := range x.hidden {
		// No command line is endless. The next preflight names what is left over.
		if len(hidden[h.what]) < 20 {
			hidden[h.what] = append(hidden[h.what], plain.Quoted(h.path))
		}
	}
	mend := func(what, command string) {
		if hidden[what] != nil {
			x.reveals = append(x.reveals, command+" -- "+strings.Join(hidden[what], " "))
		}
	}

	for _, setting := range x.settings {
		if harmless, found := overruled[setting.Key]; found && !slices.Contains(harmless, setting.Value) {
			// Where the git directory lies elsewhere, core.worktree says what must be said.
			if setting.Key == "core.worktree" && !x.ownConfig() {
				continue
			}
			x.causes = append(x.causes, setting.Key+": "+git.Quote(setting.Value))
		} else if known, found := hiding[setting.Key]; !found || hidden[known.hides] == nil ||
			strings.EqualFold(setting.Value, known.harmless) {
			continue
		}
		x.reveals = append(x.reveals, here+"config --unset-all "+setting.Key)
	}
	if attributes := filepath.Join(x.CommonDir, "info", "attributes"); exists(attributes) {
		x.causes = append(x.causes, localAttributes+": "+git.Quote(attributes))
		x.reveals = append(x.reveals, "mv "+plain.Quoted(attributes)+" "+plain.Quoted(attributes+".aside"))
	}
	replaced, err := x.Output(ctx, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/replace/")
	if err != nil {
		return err
	}
	for hash := range strings.FieldsSeq(replaced) {
		x.causes = append(x.causes, "replaced object: "+hash)
		x.reveals = append(x.reveals, here+"replace --delete "+hash)
	}

	if git.IsTrue(x.setting("core.sparsecheckout")) && hidden[skipWorktree] != nil {
		x.reveals = append(x.reveals, here+"sparse-checkout disable")
	} else {
		mend(skipWorktree, here+"update-index --no-skip-worktree")
	}
	mend(assumeUnchanged, here+"update-index --no-assume-unchanged")
	// Git looks again at a file whose time has changed.
	mend(contentDiffers, "cd "+plain.Quoted(x.Root)+" && touch")
	if hidden[submoduleDiffers] != nil {
		x.reveals = append(x.reveals, here+"status --ignore-submodules=none")
	}
	return nil
}
