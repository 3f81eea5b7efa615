// Package git asks questions of a repository that belongs to someone else.
//
// Its rules:
//   - Nothing in the repository is changed, not even the index refreshed.
//   - Nothing that the repository's own configuration names is run: no hook, no fsmonitor, no remote helper. The caller
//     switches filters off, once Settings has returned their names.
//   - So git starts nothing that could outlive it, and is asked without a supervisor: see process.Command.
//   - What git says is about Root. Neither the repository's configuration nor a variable that leaked into the caller's
//     environment makes it answer about anything else.
package git

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/bitfield/script"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// Repository is a work tree, and the environment in which git is asked about it.
type Repository struct {
	// Root is the top of the work tree, as Find returns it.
	Root string
	// Env is what git is given beside the hardening of this package: process.Hermetic and what the caller adds.
	Env process.Environment
	// Config is further git configuration, key, value, which no file can override.
	Config []string
}

// hardening returns the configuration with which every question is asked. Most of what could falsify an answer about
// tracked files is left alone on purpose: a second question (Afresh) finds it out, and can then say what it was.
func hardening() []string {
	config := []string{
		// These would run what a configuration file names.
		"core.fsmonitor", "false",
		"core.hooksPath", os.DevNull,
		// These would believe what someone wrote down earlier, instead of looking.
		"core.untrackedCache", "false",
		"core.commitGraph", "false",
		// These would read rules that the host chose.
		"core.attributesFile", os.DevNull,
		"core.excludesFile", os.DevNull,
		// The form of what is printed.
		"core.quotePath", "true",
	}
	if runtime.GOOS == "linux" {
		// Elsewhere a file system may really ignore case. Here it would hide notes.txt behind a tracked Notes.txt.
		config = append(config, "core.ignoreCase", "false")
	}
	return config
}

// With returns r with further git configuration: key, value, key, value.
func (r Repository) With(keysAndValues ...string) Repository {
	r.Config = append(slices.Clone(r.Config), keysAndValues...)
	return r
}

// Command is git with the given arguments, in Root, hardened.
func (r Repository) Command(args ...string) process.Command {
	env := r.Env.With(
		// Else core.worktree could name a clean copy.
		"GIT_WORK_TREE", r.Root,
		"GIT_OPTIONAL_LOCKS", "0",
		"GIT_NO_REPLACE_OBJECTS", "1",
		// A missing object would be fetched by whatever command the configuration names. Older versions know only
		// the second of these.
		"GIT_NO_LAZY_FETCH", "1",
		"GIT_ALLOW_PROTOCOL", "none",
	)
	env = env.WithGitConfig(slices.Concat(hardening(), r.Config)...)
	return process.Command{Path: "git", Args: args, Dir: r.Root, Env: env, Question: true}
}

// Output returns what git answers, without the newline at its end. The error is an *UnfitError where git cannot work
// with the repository.
func (r Repository) Output(ctx context.Context, args ...string) (string, error) {
	out, err := r.Command(args...).Output(ctx)
	return strings.TrimSuffix(string(out), "\n"), r.explain(err)
}

// ask returns the lines that git answers with, and what it says on standard error, which is also that of a
// *process.ExitError.
func (r Repository) ask(ctx context.Context, args ...string) (lines []string, said string, err error) {
	var stderr strings.Builder
	command := r.Command(args...)
	command.Stderr = &stderr
	lines, err = script.NewPipe().Filter(command.Stage(ctx)).Slice()
	if exit, refused := errors.AsType[*process.ExitError](err); refused {
		exit.Stderr = stderr.String()
	}
	return lines, stderr.String(), err
}

// records returns the NUL-terminated records that git answers with.
func (r Repository) records(ctx context.Context, args ...string) ([]string, error) {
	out, err := r.Output(ctx, args...)
	return split(out), err
}

// split cuts an answer at its NULs.
func split(answer string) []string {
	if answer == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(answer, "\x00"), "\x00")
}

// Place is where a repository stands.
type Place struct {
	// Commit is the full hash of HEAD.
	Commit string
	// CommonDir is the git directory that all its work trees share: objects and info are there.
	CommonDir string
}

// Excludes returns the path of info/exclude, the excludes of this repository that no clone gets.
func (p Place) Excludes() string { return filepath.Join(p.CommonDir, "info", "exclude") }

// Place returns where the repository stands.
func (r Repository) Place(ctx context.Context) (Place, error) {
	// The hash comes first: a path may hold newlines.
	out, err := r.Output(ctx, "rev-parse", "HEAD^{commit}", "--path-format=absolute", "--git-common-dir")
	commit, dir, _ := strings.Cut(out, "\n")
	if err != nil {
		err = r.withoutCommit(ctx, err)
	}
	return Place{Commit: commit, CommonDir: dir}, err
}

// withoutCommit tells a HEAD whose commit is missing or damaged from one that never had any.
func (r Repository) withoutCommit(ctx context.Context, err error) error {
	exit, refused := errors.AsType[*process.ExitError](err)
	id, unborn := r.Output(ctx, "rev-parse", "--verify", "--quiet", "HEAD")
	if !refused || unborn != nil ||
		!strings.Contains(exit.Stderr, "HEAD^{commit}") && !strings.Contains(exit.Stderr, id) {
		return err
	}
	return r.unfit(err, r.Root+" has no commit at HEAD: the object "+id+" is missing or damaged",
		r.removeObject(id)+", and take it from another clone: git -C OTHER cat-file commit "+id+
			" | "+r.here()+"hash-object -t commit -w --stdin")
}

// CommitExists tells whether the repository holds a commit. Only a full hash is looked for.
func (r Repository) CommitExists(ctx context.Context, hash string) (bool, error) {
	if !isHash(hash) {
		return false, nil
	}
	_, err := r.Command("cat-file", "-e", hash+"^{commit}").Output(ctx)
	if exit := (*process.ExitError)(nil); errors.As(err, &exit) {
		if _, unfit := r.Output(ctx, "rev-parse", "--git-dir"); unfit != nil {
			return false, unfit
		}
		return false, nil
	}
	return err == nil, err
}

// isHash tells whether text is a full SHA-1 or SHA-256.
func isHash(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdef") == ""
}

// Entry is one path of the index.
type Entry struct {
	Path string
	// Mode is the recorded mode, in git's own writing: 100644, 100755, 120000, 160000.
	Mode string
	// ID is the recorded object.
	ID string
	// AssumeUnchanged and SkipWorktree tell that git was told not to look.
	AssumeUnchanged, SkipWorktree bool
}

// IsSubmodule tells whether the entry is another repository.
func (e Entry) IsSubmodule() bool { return e.Mode == "160000" }

// Index returns the entries of the index. It is for a repository that git can read; the error is an *UnfitError where
// the index is damaged.
func (r Repository) Index(ctx context.Context) ([]Entry, error) {
	if !wholeIndex(r.Root) {
		return nil, r.withoutIndex(nil, "its checksum is that of another content")
	}
	out, err := r.Command("ls-files", "-z", "-v", "--stage").Output(ctx)
	if exit := (*process.ExitError)(nil); errors.As(err, &exit) {
		// Nothing else is read for this answer, whatever git says of it.
		return nil, r.withoutIndex(err, exit.Stderr)
	}
	if err != nil {
		return nil, err
	}
	records := split(string(out))
	entries := make([]Entry, 0, len(records))
	for _, record := range records {
		// H 100644 <id> 0<TAB>path; the tag of what is assumed unchanged is in lower case.
		about, path, _ := strings.Cut(record, "\t")
		if fields := strings.Fields(about); len(fields) == 4 {
			tag := fields[0]
			entries = append(entries, Entry{
				Path: path, Mode: fields[1], ID: fields[2],
				AssumeUnchanged: tag == strings.ToLower(tag),
				SkipWorktree:    strings.EqualFold(tag, "S"),
			})
		}
	}
	return entries, nil
}

// Untracked returns what is not tracked, a whole directory as one path with a slash at its end. No excludes count but
// those in the work tree's own .gitignore files.
func (r Repository) Untracked(ctx context.Context) ([]string, error) {
	return r.records(ctx, "ls-files", "-z", "--others", "--directory", "--no-empty-directory",
		"--exclude-per-directory=.gitignore")
}

// Excludes tells whether a file holds any rule that could exclude a path. One that is not there holds none.
func Excludes(file string) (bool, error) {
	rules, err := readRegular(file)
	for line := range strings.Lines(string(rules)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return true, err
		}
	}
	return false, err
}

// readRegular reads a file of excludes, which may be a link. One that is not there, or is no regular file, is empty.
func readRegular(name string) ([]byte, error) {
	if about, err := os.Stat(name); err != nil || !about.Mode().IsRegular() {
		return nil, nil
	}
	return foreign.ReadLinked(name, maxExcludes)
}

// maxExcludes bounds how long a file of excludes is.
const maxExcludes = 8 << 20

// Setting is one line of a configuration.
type Setting struct {
	// Key is in git's canonical writing: sections and names in lower case. One without a value has the value "true".
	Key, Value string
}

// Settings returns the repository's own configuration, with what it includes.
func (r Repository) Settings(ctx context.Context) ([]Setting, error) {
	records, err := r.records(ctx, "config", "--list", "-z", "--show-scope")
	var settings []Setting
	for i := 0; i+1 < len(records); i += 2 {
		// Scope "command" is our own hardening.
		if records[i] == "local" || records[i] == "worktree" {
			settings = append(settings, parseSetting(records[i+1]))
		}
	}
	return settings, err
}

// parseSetting reads a setting as git config writes it with -z.
func parseSetting(record string) Setting {
	key, value, found := strings.Cut(record, "\n")
	if !found {
		value = "true"
	}
	return Setting{key, value}
}

// IsTrue reads a boolean as git does. One that is not set is false.
func IsTrue(value string) bool {
	return !slices.Contains([]string{"", "false", "no", "off", "0"}, strings.ToLower(value))
}

// WithoutFilters returns configuration that switches off the filters that settings define: they are programs.
func WithoutFilters(settings []Setting) []string {
	var config []string
	for _, s := range settings {
		if strings.HasPrefix(s.Key, "filter.") {
			driver := s.Key[:strings.LastIndexByte(s.Key, '.')]
			config = append(config, driver+".clean", "", driver+".smudge", "", driver+".process", "",
				driver+".required", "false")
		}
	}
	return config
}

// asUser is git with the configuration of the caller's machine: that of the system, and that of the caller's home. It
// is not hardened, so it is for questions about configuration alone, for which git starts nothing.
func (r Repository) asUser(host []string, args ...string) process.Command {
	env := slices.DeleteFunc(slices.Clone(r.Env), func(pair string) bool {
		return strings.HasPrefix(pair, "GIT_CONFIG_") || strings.HasPrefix(pair, "HOME=")
	})
	caller := process.Environment(host)
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"} {
		if value := caller.Get(name); value != "" {
			env = env.With(name, value)
		}
	}
	return process.Command{Path: "git", Args: args, Dir: r.Root, Env: env, Question: true}
}

// HostExcludes returns the file of excludes that git reads on this machine besides info/exclude: the one that
// core.excludesFile names in the user's, the system's or the repository's configuration, or else the default one. It is
// the only setting of the host that counts: a user's global ignores are no dirt.
func (r Repository) HostExcludes(ctx context.Context, host []string) (string, error) {
	asUser := r.asUser(host, "config", "--type=path", "--get", "core.excludesFile")
	out, err := asUser.Output(ctx)
	if exit := (*process.ExitError)(nil); errors.As(err, &exit) && exit.Code == 1 {
		return cmp.Or(defaultFile(asUser.Env.Get, "ignore"), os.DevNull), nil
	}
	return strings.TrimSuffix(string(out), "\n"), r.explain(err)
}

// defaultFile is where git looks for a file of the user's that no setting names; empty where there is no home.
func defaultFile(getenv func(string) string, name string) string {
	config := getenv("XDG_CONFIG_HOME")
	if home := getenv("HOME"); config == "" && home != "" {
		config = filepath.Join(home, ".config")
	}
	if config == "" {
		return ""
	}
	return filepath.Join(config, "git", name)
}
