package preflight

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"os"
	"path"
	"path/filepath"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// source is a repository that git can read, with what git was told about it earlier.
type source struct {
	git.Repository
	git.Place
	settings []git.Setting
	index    []git.Entry
	// host is the environment of the caller.
	host []string
	// excludes is the file of excludes that this machine adds to the repository's own.
	excludes   string
	submodules []submodule
}

// submodule is an entry of the index that is a repository of its own. Source is nil where it is not checked out.
type submodule struct {
	git.Entry
	*source
}

// repository is the work tree at root, before anything is known of it.
func repository(root string, env process.Environment) git.Repository {
	return git.Repository{Root: root, Env: env.With("GIT_CEILING_DIRECTORIES", filepath.Dir(root))}
}

// open finds out whether git can read the repository at root, and how to ask it so that it answers by what is there,
// and runs nothing that the configuration of the repository, or of its submodules, names.
func open(ctx context.Context, root string, env process.Environment, host []string) (*source, error) {
	s := &source{Repository: repository(root, env), host: host}
	if _, err := s.Output(ctx, arguments(suite.SourceRepo, root)...); err != nil {
		return nil, err
	}
	err := together(
		func() (err error) { s.settings, err = s.Settings(ctx); return },
		func() (err error) { s.Place, err = s.Repository.Place(ctx); return },
		func() (err error) { s.index, err = s.Index(ctx); return },
		func() (err error) { s.excludes, err = s.HostExcludes(ctx, host); return },
	)
	if err := errors.Join(s.bare(), err); err != nil {
		return nil, err
	}
	for _, entry := range s.index {
		if !entry.IsSubmodule() {
			continue
		}
		sub := submodule{Entry: entry}
		if at := filepath.Join(root, filepath.FromSlash(entry.Path)); reached(at) && exists(filepath.Join(at, ".git")) {
			if sub.source, err = open(ctx, at, env, host); err != nil {
				return nil, err
			}
		}
		s.submodules = append(s.submodules, sub)
	}
	s.Repository = s.With(append(git.WithoutFilters(s.allSettings()), "core.excludesFile", s.excludes)...)
	return s, nil
}

// arguments are those of the git command of a step.
func arguments(step suite.Step, root string) []string {
	return step.Commands(suite.Variables{RepoRoot: suite.Text(root)})[0].Args[1:]
}

// rules yields where git looks for attributes and ignores: in the directories that hold tracked files, and those above.
func (s *source) rules() iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		for _, entry := range s.index {
			for dir := path.Dir(entry.Path); !seen[dir]; dir = path.Dir(dir) {
				seen[dir] = true
				if !yield(path.Join(dir, ".gitattributes")) || !yield(path.Join(dir, ".gitignore")) {
					return
				}
			}
		}
	}
}

// checkRules refuses a named pipe where git looks for rules: git would wait for it.
func (s *source) checkRules() error {
	for at := range s.rules() {
		if err := s.CheckFile(s.file(at)); err != nil {
			return err
		}
	}
	return nil
}

// untracked returns what would be untracked, were it not for excludes of this machine: nothing where there are none,
// for then git status has said it all.
func (s *source) untracked(ctx context.Context) ([]string, error) {
	own, err := git.Excludes(s.Place.Excludes())
	if err != nil {
		return nil, err
	}
	hosts, err := git.Excludes(s.excludes)
	if err != nil || !own && !hosts {
		return nil, err
	}
	return s.Untracked(ctx)
}

// together asks several questions at once, and returns the first error in their order.
func together(questions ...func() error) error {
	errs := make([]error, len(questions))
	var all sync.WaitGroup
	for i, question := range questions {
		all.Go(func() { errs[i] = question() })
	}
	all.Wait()
	return cmp.Or(errs...)
}

// ownConfig tells whether the git directory lies in the work tree. If not, as in a linked work tree or a submodule,
// core.bare and core.worktree are not about this work tree, or say what must be said.
func (s *source) ownConfig() bool {
	info, err := os.Stat(filepath.Join(s.Root, ".git"))
	return err == nil && info.IsDir()
}

// setting returns the last value of a key, or the empty string.
func (s *source) setting(key string) string {
	value := ""
	for _, setting := range s.settings {
		if setting.Key == key {
			value = setting.Value
		}
	}
	return value
}

// allSettings are the settings of the repository and of its submodules: git status asks those on its own.
func (s *source) allSettings() []git.Setting {
	all := s.settings
	for _, sub := range s.submodules {
		if sub.source != nil {
			all = append(all[:len(all):len(all)], sub.allSettings()...)
		}
	}
	return all
}

// bare refuses a repository that says of itself that it has no work tree. Git would go along with GIT_WORK_TREE; but
// then every file that is not there would count as deleted.
func (s *source) bare() error {
	if !s.ownConfig() || !git.IsTrue(s.setting("core.bare")) {
		return nil
	}
	return &git.UnfitError{Root: s.Root, Reason: s.Root + " says that it is a bare repository (core.bare)",
		Mend: "name a linked work tree of it with -source=DIR; or, if it says so by mistake: git -C " +
			plain.Quoted(s.Root) + " config core.bare false"}
}

// ignoresArtifacts tells whether git ignores what a run writes: by whatever excludes, for what matters is that a run
// does not dirty the next one here.
func (s *source) ignoresArtifacts(ctx context.Context) error {
	_, err := s.Output(ctx, arguments(suite.ArtifactsIgnored, s.Root)...)
	if exit := (*process.ExitError)(nil); errors.As(err, &exit) && exit.Code == 1 {
		return errors.New("git does not ignore what a run writes, so each run would dirty the next.\n" +
			"Mend: add these two lines to " + filepath.Join(s.Root, ".gitignore") + " and commit it:\n" +
			"/artifacts/*\n!/artifacts/.gitkeep")
	}
	return err
}

// reached tells whether a path exists and no part of it is a symbolic link.
func reached(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	return err == nil && real == path
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
