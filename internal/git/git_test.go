//go:build unix

package git_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
)

func TestMain(m *testing.M) {
	testhost.Prepare()
	m.Run()
}

// newRepository makes a repository with one commit, and returns it with a function that runs git in it as its user.
func newRepository(t *testing.T) (git.Repository, func(args ...string) string) {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(base, "repository")
	env := process.Hermetic(os.Environ(), base, base, base)
	user := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir, cmd.Env = root, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	user("init", "--quiet")
	write(t, root, "tracked", "content\n")
	user("add", "--all")
	user("commit", "--quiet", "--message=x")
	return git.Repository{Root: root, Env: env}, user
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCommitExistsOnlyByItsFullHash(t *testing.T) {
	t.Parallel()
	r, user := newRepository(t)
	commit := user("rev-parse", "HEAD")
	for hash, want := range map[string]bool{
		commit: true, commit[:12]: false, "HEAD": false, "": false, "--all": false,
		user("rev-parse", "HEAD^{tree}"): false, strings.Repeat("0", 40): false,
	} {
		if got, err := r.CommitExists(t.Context(), hash); err != nil || got != want {
			t.Errorf("%q: got %t and %v", hash, got, err)
		}
	}
	if err := os.RemoveAll(filepath.Join(r.Root, ".git")); err != nil {
		t.Fatal(err)
	}
	var unfit *git.UnfitError
	if _, err := r.CommitExists(t.Context(), commit); !errors.As(err, &unfit) {
		t.Errorf("without a repository: got %v", err)
	}
}

func TestIndexTellsWhatGitWasToldNotToLookAt(t *testing.T) {
	t.Parallel()
	r, user := newRepository(t)
	write(t, r.Root, "a\tb\n", "")
	write(t, r.Root, "both", "")
	user("add", "--all")
	user("update-index", "--assume-unchanged", "tracked", "both")
	user("update-index", "--skip-worktree", "a\tb\n", "both")
	index, err := r.Index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	empty := user("hash-object", "both")
	want := []git.Entry{
		{Path: "a\tb\n", Mode: "100644", ID: empty, SkipWorktree: true},
		{Path: "both", Mode: "100644", ID: empty, SkipWorktree: true, AssumeUnchanged: true},
		{Path: "tracked", Mode: "100644", ID: user("rev-parse", "HEAD:tracked"), AssumeUnchanged: true},
	}
	if diff := cmp.Diff(want, index); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSettingsAreTheRepositorysOwn(t *testing.T) {
	t.Parallel()
	r, user := newRepository(t)
	user("config", "filter.Odd.Name.clean", "two\nlines = x")
	write(t, r.Root, ".git/more", "[core]\n\tlonely\n")
	user("config", "include.path", "more")
	settings, err := r.With("core.pager", "ours").Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range settings {
		got[s.Key] = s.Value
	}
	if got["filter.Odd.Name.clean"] != "two\nlines = x" || got["core.lonely"] != "true" || got["core.pager"] != "" {
		t.Errorf("got %q", got)
	}
	off := git.WithoutFilters(settings)
	want := []string{
		"filter.Odd.Name.clean", "", "filter.Odd.Name.smudge", "", "filter.Odd.Name.process", "",
		"filter.Odd.Name.required", "false",
	}
	if diff := cmp.Diff(want, off); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMissingGitIsNoFaultOfTheRepository(t *testing.T) {
	t.Parallel()
	r, _ := newRepository(t)
	r.Env = r.Env.With("PATH", t.TempDir())
	if _, err := r.Output(t.Context(), "version"); !errors.Is(err, process.ErrNotStarted) {
		t.Errorf("got %v", err)
	}
	if _, _, err := r.Status(t.Context(), "status", "--porcelain"); !errors.Is(err, process.ErrNotStarted) {
		t.Errorf("got %v", err)
	}
}

func TestFindDoesNotBelieveCoreWorktree(t *testing.T) {
	t.Parallel()
	r, user := newRepository(t)
	user("config", "core.worktree", t.TempDir())
	write(t, r.Root, "deep/down/x", "")
	if root, err := git.Find(filepath.Join(r.Root, "deep", "down")); err != nil || root != r.Root {
		t.Errorf("got %q and %v", root, err)
	}
	if top, err := r.Output(t.Context(), "rev-parse", "--show-toplevel"); err != nil || top != r.Root {
		t.Errorf("got %q and %v", top, err)
	}
}

func TestLineOfStatusIsRead(t *testing.T) {
	t.Parallel()
	for line, paths := range map[string][]string{
		" M apps/health.ts":             {"apps/health.ts"},
		"?? notes.txt":                  {"notes.txt"},
		"?? dir/":                       {"dir/"},
		`?? "a b"`:                      {"a b"},
		`A  "\303\261\n\t\"\\\001"`:     {"ñ\n\t\"\\\x01"},
		"R  run.sh -> go.sh":            {"run.sh", "go.sh"},
		`RM "a -> b" -> "c \" -> \" d"`: {"a -> b", `c " -> " d`},
		"C  \"a b\" -> c":               {"a b", "c"},
		"M ":                            nil,
		"":                              nil,
		"?? ":                           nil,
		`?? "a`:                         nil,
		`?? "a\q"`:                      nil,
		`?? "a\40"`:                     nil,
		`?? "a\777"`:                    nil,
		`?? "a"b`:                       nil,
		"?? a b":                        nil,
		"R  a -> ":                      nil,
		"R  a -> b -> c":                nil,
		"fatal: not a git repository":   nil,
	} {
		change, err := git.ParseChange(line)
		if (err != nil) != (paths == nil) || err == nil && !cmp.Equal(change.Paths, paths) {
			t.Errorf("%q: got %q and %v", line, change.Paths, err)
		}
	}
}

// What git itself prints is read back as the names that are there.
func TestStatusOfOddNamesIsReadBack(t *testing.T) {
	t.Parallel()
	r, user := newRepository(t)
	names := map[string]bool{}
	for b := 1; b < 256; b++ {
		// Not every file system takes a name that is no UTF-8.
		if b == '/' || b >= 0x80 && runtime.GOOS != "linux" {
			continue
		}
		name := "x" + string([]byte{byte(b)}) + "y"
		names[name] = true
		write(t, r.Root, name, "")
	}
	user("mv", "tracked", " -> ")
	changes, warnings, err := r.Status(t.Context(), "status", "--porcelain", "--untracked-files=normal")
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	for _, change := range changes {
		if !strings.HasPrefix(change.Line, "??") {
			if !cmp.Equal(change.Paths, []string{"tracked", " -> "}) || change.Line != `R  tracked -> " -> "` {
				t.Errorf("got %+v", change)
			}
			continue
		}
		if change.Line != "?? "+git.Quote(change.Paths[0]) {
			t.Errorf("%q is not how git prints %q: %s", git.Quote(change.Paths[0]), change.Paths[0], change.Line)
		}
		delete(names, change.Paths[0])
	}
	if len(names) > 0 {
		t.Errorf("not read back: %v", names)
	}
}

func FuzzParseChange(f *testing.F) {
	for _, line := range []string{
		" M apps/health.ts", "?? notes.txt", `R  "a b" -> "\303\261\"\\ -> x"`, `?? "\"`, "?? a -> b",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		change, err := git.ParseChange(line)
		if err != nil {
			return
		}
		if change.Line != line || len(change.Paths) == 0 || len(change.Paths) > 2 {
			t.Fatalf("%q: got %+v", line, change)
		}
		// What was understood can be written and understood again.
		quoted := line[:3] + git.Quote(change.Paths[0])
		if len(change.Paths) == 2 {
			quoted += " -> " + git.Quote(change.Paths[1])
		}
		again, err := git.ParseChange(quoted)
		if err != nil || !cmp.Equal(again.Paths, change.Paths) {
			t.Fatalf("%q: %q became %q (%v)", line, change.Paths, again.Paths, err)
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, path := range []string{"a", "a b", "\"\\", "\x00\x7f\xff", " -> ", "ñandú\n"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		change, err := git.ParseChange("?? " + git.Quote(path))
		if path == "" {
			return
		}
		if err != nil || change.Paths[0] != path {
			t.Fatalf("%q: got %q and %v", path, change.Paths, err)
		}
	})
}
