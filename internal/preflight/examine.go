package preflight

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// findings are what was found out about a source.
type findings struct {
	// said is what git status says.
	said []git.Change
	// hidden are the paths that differ although git status does not say so.
	hidden []hiddenPath
	// causes are what keeps git status from saying it: "core.worktree: /elsewhere".
	causes []string
	// reveals are the commands that make git status say it.
	reveals []string
	// lineEnds says which files differ in their line ends alone.
	lineEnds *LineEnds
	// warnings are what stops nothing.
	warnings []string
}

// hiddenPath is a path that differs from the commit though git status does not name it. What says why.
type hiddenPath struct{ what, path string }

// The reasons: first what hides a path, and where nothing is known to hide it, how the path differs.
const (
	assumeUnchanged  = "assume-unchanged"
	skipWorktree     = "skip-worktree"
	localAttributes  = "local attributes"
	missingFile      = "missing"
	typeDiffers      = "type differs"
	modeDiffers      = "mode differs"
	contentDiffers   = "content differs"
	submoduleDiffers = "submodule differs"
	untrackedFile    = "untracked"
	untrackedInside  = "untracked in a submodule that is not checked out"
)

// clean tells whether nothing differs.
func (f findings) clean() bool { return len(f.said)+len(f.hidden) == 0 }

// dirty returns the findings as an error, or nil where nothing differs.
func (f findings) dirty(root string) *Dirty {
	if f.clean() {
		return nil
	}
	dirty := &Dirty{Root: root, Reveals: f.reveals, LineEnds: f.lineEnds}
	if f.lineEnds != nil {
		f.lineEnds.All = len(f.lineEnds.Paths) == len(f.said)+len(f.hidden)
	}
	for _, change := range f.said {
		dirty.Lines = append(dirty.Lines, change.Line)
	}
	for _, h := range f.hidden {
		dirty.Lines = append(dirty.Lines, h.what+": "+git.Quote(h.path))
	}
	dirty.Lines = append(dirty.Lines, f.causes...)
	return dirty
}

// examination is one look at a source.
type examination struct {
	*source
	findings
	// fresh is the source as a git directory made afresh sees it.
	fresh git.Repository
	// named are the paths that git status names.
	named paths
}

// examine gathers two opinions about the work tree.
//
// The first is git status, as a person would run it, with the repository's own configuration; only what would run
// foreign code or believe what was noted down earlier is switched off. The second is the same question put to a git
// directory made afresh, that knows HEAD and nothing else: it has to read every tracked file. What only the second sees
// is hidden, and is reported with what hides it.
//
// Dir is where the git directory is made.
func (s *source) examine(ctx context.Context, dir string) (findings, error) {
	x := examination{source: s}
	var differences []git.Difference
	var untracked []string
	err := together(
		// The second opinion comes first: where an object is damaged, it names the object.
		func() (err error) {
			if x.fresh, err = s.Afresh(ctx, dir, s.Place); err != nil {
				return err
			}
			return together(
				func() error { return x.fresh.Complete(ctx, s.Commit) },
				func() (err error) { differences, err = x.fresh.Differences(ctx); return err },
			)
		},
		func() (err error) {
			x.said, x.warnings, err = s.Status(ctx, arguments(suite.Cleanliness, s.Root)...)
			return err
		},
		func() (err error) { untracked, err = s.untracked(ctx); return err },
	)
	if err != nil {
		return findings{}, err
	}
	for _, change := range x.said {
		x.named.add(change.Paths...)
	}
	x.compare(differences)
	x.localRules()
	if err := cmp.Or(x.nameLineEnds(ctx), x.namePrograms(ctx)); err != nil {
		return findings{}, err
	}
	inner, err := x.submodules(ctx, dir)
	if err != nil {
		return findings{}, err
	}
	if !x.clean() {
		if err := x.explain(ctx); err != nil {
			return findings{}, err
		}
	}
	x.warnOfHidden(untracked, differences)
	x.join(inner)
	return x.findings, nil
}

// compare finds what the second opinion sees and the first does not.
func (x *examination) compare(differences []git.Difference) {
	for _, d := range differences {
		if !x.named.cover(d.Path) {
			x.hidden = append(x.hidden, hiddenPath{x.whatHides(d), d.Path})
		}
	}
}

// whatHides says why git status does not show a difference, or else what the difference is.
func (x *examination) whatHides(d git.Difference) string {
	noted, _ := x.noted(d.Path)
	switch {
	case d.Untracked():
		return untrackedFile
	case noted.SkipWorktree:
		return skipWorktree
	case noted.AssumeUnchanged:
		return assumeUnchanged
	case d.Found == "000000":
		return missingFile
	case d.Found[:2] != d.Recorded[:2]:
		return typeDiffers
	case d.Found != d.Recorded:
		return modeDiffers
	}
	return contentDiffers
}

// localRules looks for rules that nobody committed in the directories that hold tracked files. Attributes change both
// opinions, so they are dirt even where excludes hide them. Ignores may hide themselves, which many a tool's cache
// directory does by right; amid tracked files they are worth a warning.
func (x *examination) localRules() {
	for at := range x.rules() {
		if _, tracked := x.noted(at); tracked || x.named.cover(at) || !exists(x.file(at)) {
			continue
		}
		if path.Base(at) == ".gitattributes" {
			x.hidden = append(x.hidden, hiddenPath{localAttributes, at})
		} else {
			x.warnings = append(x.warnings, git.Quote(at)+" is not tracked, and hides files from git status")
		}
	}
}

// differing returns the files whose content differs by either opinion.
func (x *examination) differing() []string {
	var differing []string
	for _, change := range x.said {
		if change.Line[1] == 'M' {
			differing = append(differing, change.Paths[len(change.Paths)-1])
		}
	}
	for _, h := range x.hidden {
		if h.what == contentDiffers {
			differing = append(differing, h.path)
		}
	}
	return differing
}

// namePrograms says of files that differ whether their committed attributes ask for a filter. Only this machine's
// configuration knows which program that is. Without it such a file cannot be verified; and a clone made without it
// would hold other bytes than this work tree, so that the run would not be about what is here.
func (x *examination) namePrograms(ctx context.Context) error {
	// No command line is endless, and what is beyond this is not printed.
	differing := x.differing()
	differing = differing[:min(len(differing), maxLines)]
	if len(differing) == 0 {
		return nil
	}
	filters, err := x.fresh.Filters(ctx, differing)
	for _, path := range differing {
		filter, found := filters[path]
		what := fmt.Sprintf("cannot be verified (filter=%s)", filter)
		if at := slices.Index(x.hidden, hiddenPath{contentDiffers, path}); found && at >= 0 {
			x.hidden[at].what = what
		} else if found {
			x.causes = append(x.causes, what+": "+git.Quote(path))
		}
	}
	return err
}

// submodules examines each submodule like the source itself: git status believes what a submodule was told earlier,
// and says nothing where it is told to ignore it. It returns what was found inside of them.
func (x *examination) submodules(ctx context.Context, dir string) (inside findings, err error) {
	for i, sub := range x.source.submodules {
		if sub.source == nil {
			x.absent(sub)
			continue
		}
		found, err := sub.examine(ctx, fmt.Sprintf("%s-%d", dir, i))
		if err != nil {
			return findings{}, err
		}
		if (len(found.said) > 0 || sub.Commit != sub.ID) && !x.named.cover(sub.Path) {
			x.hidden = append(x.hidden, hiddenPath{submoduleDiffers, sub.Path})
		}
		for i, h := range found.hidden {
			found.hidden[i].path = path.Join(sub.Path, h.path)
		}
		for i, warning := range found.warnings {
			found.warnings[i] = "submodule " + git.Quote(sub.Path) + ": " + warning
		}
		inside.join(found)
	}
	return inside, nil
}

// absent looks at a submodule that is not checked out, which is an empty directory: git status looks at nothing there.
func (x *examination) absent(sub submodule) {
	at := x.file(sub.Path)
	held, err := os.ReadDir(at)
	switch {
	case x.named.cover(sub.Path):
	case err != nil || !reached(at):
		x.hidden = append(x.hidden, hiddenPath{submoduleDiffers, sub.Path})
	default:
		for _, entry := range held {
			x.hidden = append(x.hidden, hiddenPath{untrackedInside, path.Join(sub.Path, entry.Name())})
		}
	}
}

// join adds what was found, and explained, inside of submodules.
func (f *findings) join(inside findings) {
	f.hidden = append(f.hidden, inside.hidden...)
	f.causes = append(f.causes, inside.causes...)
	f.reveals = append(f.reveals, inside.reveals...)
	f.warnings = append(f.warnings, inside.warnings...)
}

// warnOfHidden warns of untracked files that neither opinion names: only this machine's excludes hide them. They are no
// dirt, for git status keeps quiet by right. But no clone will hold them.
func (x *examination) warnOfHidden(untracked []string, differences []git.Difference) {
	const shown = 10
	for _, d := range differences {
		x.named.add(d.Path)
	}
	var hidden []string
	for _, path := range untracked {
		if !x.named.cover(path) {
			hidden = append(hidden, git.Quote(path))
		}
	}
	if hidden == nil {
		return
	}
	list := strings.Join(hidden[:min(len(hidden), shown)], ", ")
	if more := len(hidden) - shown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	x.warnings = append(x.warnings,
		"untracked, and hidden only by excludes of this machine (.git/info/exclude, core.excludesFile): "+list)
}

// noted returns the entry of a path in the index, which git keeps in the order of the paths' bytes.
func (s *source) noted(path string) (git.Entry, bool) {
	at, found := slices.BinarySearchFunc(s.index, path, func(entry git.Entry, path string) int {
		return strings.Compare(entry.Path, path)
	})
	if !found {
		return git.Entry{}, false
	}
	return s.index[at], true
}

// file is where a tracked path lies.
func (s *source) file(path string) string { return filepath.Join(s.Root, filepath.FromSlash(path)) }

// paths are paths as git prints them: a directory that is named as a whole has a slash at its end.
type paths struct {
	// whole are the paths, within the directories on the way to them.
	whole, within map[string]bool
}

func (p *paths) add(all ...string) {
	if p.whole == nil {
		p.whole, p.within = map[string]bool{}, map[string]bool{}
	}
	for _, whole := range all {
		p.whole[whole] = true
		for dir := range above(whole) {
			p.within[dir] = true
		}
	}
}

// cover tells whether a path is named: itself, a directory that it lies in, or, of a directory, something in it.
func (p *paths) cover(wanted string) bool {
	if p.whole[wanted] || p.within[wanted] {
		return true
	}
	for dir := range above(wanted) {
		if p.whole[dir] {
			return true
		}
	}
	return false
}

// above yields the directories above a path, each with a slash at its end.
func above(of string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for dir := path.Dir(strings.TrimSuffix(of, "/")); dir != "."; dir = path.Dir(dir) {
			if !yield(dir + "/") {
				return
			}
		}
	}
}
