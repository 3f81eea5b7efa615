//go:build unix

package preflight_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("PREFLIGHT_TEST_CHECK"); dir != "" {
		_, err := preflight.Check(context.Background(), preflight.Options{Dir: dir, Host: os.Environ()})
		fmt.Println(err)
		return
	}
	testhost.Prepare()
	goleak.VerifyTestMain(m)
}

// world is a source repository and the machine that it is on.
type world struct {
	testing.TB
	// home is the user's home, dir the source repository.
	home, dir string
	// host is the caller's environment.
	host process.Environment
}

// newWorld makes a clean source repository. Git is the real one; node and npm are not, for npm takes longer to tell its
// version than all the rest of a test takes.
func newWorld(t testing.TB, initArgs ...string) *world {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, home: filepath.Join(base, "home"), dir: filepath.Join(base, "source")}
	bin := filepath.Join(base, "bin")
	for _, tool := range []string{"node", "npm"} {
		w.write(filepath.Join(bin, tool), "#!/bin/sh\necho 22.0.0\n")
		w.chmod(filepath.Join(bin, tool), 0o755)
	}
	w.mkdir(w.home)
	w.host = process.Environment{
		"PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME=" + w.home,
	}
	w.mkdir(w.dir)
	// What git makes of the same files is the same each time. It makes them once.
	sources.Lock()
	files, made := sources.made[strings.Join(initArgs, " ")]
	if !made {
		w.makeSource(initArgs...)
		files = w.files()
		sources.made[strings.Join(initArgs, " ")] = files
	}
	sources.Unlock()
	if made {
		w.writeFiles(files)
		// The index knows the copies now as it knew the files that it was made of.
		w.git("update-index", "--refresh")
	}
	return w
}

// sources are the source repositories that were made, by the further arguments of git init.
var sources = struct {
	sync.Mutex
	made map[string][]file
}{made: map[string][]file{}}

// file is what lies at a path: a directory, a link or a file.
type file struct {
	path    string
	mode    fs.FileMode
	content string
}

// makeSource makes the source repository, with one commit.
func (w *world) makeSource(initArgs ...string) {
	w.Helper()
	w.git(append([]string{"init", "--quiet", "--template=", "--initial-branch=main"}, initArgs...)...)
	w.write(".gitignore", "/artifacts/*\n!/artifacts/.gitkeep\nnode_modules/\n")
	w.write("apps/health.ts", "export const healthy = true;\n")
	w.write("run.sh", "#!/bin/sh\n")
	w.chmod("run.sh", 0o755)
	w.must(os.Symlink("apps/health.ts", w.path("link")))
	w.commit()
}

// files returns all that is in the source repository, what contains before what is contained.
func (w *world) files() (all []file) {
	w.Helper()
	w.must(filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == w.dir {
			return err
		}
		f := file{path: strings.TrimPrefix(path, w.dir+"/")}
		about, err := entry.Info()
		if err != nil {
			return err
		}
		switch f.mode = about.Mode(); {
		case f.mode.IsRegular():
			f.content = w.read(path)
		case f.mode&fs.ModeSymlink != 0:
			f.content, err = os.Readlink(path)
		}
		all = append(all, f)
		return err
	}))
	return all
}

// writeFiles writes what files returned into the source repository.
func (w *world) writeFiles(all []file) {
	w.Helper()
	for _, f := range all {
		switch {
		case f.mode.IsDir():
			w.must(os.Mkdir(w.path(f.path), f.mode.Perm()))
		case f.mode.IsRegular():
			w.must(os.WriteFile(w.path(f.path), []byte(f.content), f.mode.Perm()))
		default:
			w.must(os.Symlink(f.content, w.path(f.path)))
		}
	}
}

func (w *world) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(w.dir, name)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) mkdir(name string) { w.Helper(); w.must(os.MkdirAll(w.path(name), 0o755)) }

func (w *world) write(name, content string) {
	w.Helper()
	w.mkdir(filepath.Dir(w.path(name)))
	w.must(os.WriteFile(w.path(name), []byte(content), 0o644))
}

func (w *world) chmod(name string, mode fs.FileMode) {
	w.Helper()
	w.must(os.Chmod(w.path(name), mode))
}

func (w *world) remove(name string) { w.Helper(); w.must(os.RemoveAll(w.path(name))) }

// git runs a command in the source repository as its user would.
func (w *world) git(args ...string) string {
	w.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.dir
	cmd.Env = append([]string{"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a",
		"GIT_COMMITTER_EMAIL=a@example.com", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_COUNT=2",
		"GIT_CONFIG_KEY_0=protocol.file.allow", "GIT_CONFIG_VALUE_0=always",
		"GIT_CONFIG_KEY_1=maintenance.auto", "GIT_CONFIG_VALUE_1=false"}, w.host...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) commit() {
	w.Helper()
	w.git("add", "--all")
	w.git("commit", "--quiet", "--allow-empty", "--message=x")
}

// plainStatus is what the user sees.
func (w *world) plainStatus() string {
	w.Helper()
	return w.git("status", "--porcelain", "--untracked-files=normal")
}

// check runs the preflight, and holds that it changed nothing.
func (w *world) check() (preflight.Baseline, error) {
	w.Helper()
	before := w.fingerprint()
	scratch := w.TempDir()
	baseline, err := preflight.Check(w.Context(), preflight.Options{Dir: w.dir, Host: w.host, Scratch: scratch})
	if diff := cmp.Diff(before, w.fingerprint()); diff != "" {
		w.Errorf("the source repository or the home has changed:\n%s", diff)
	}
	if left, _ := os.ReadDir(scratch); len(left) > 0 {
		w.Errorf("left behind in the scratch directory: %v", left)
	}
	return baseline, err
}

// fingerprint tells everything about the source repository and the home: modes, times, content.
func (w *world) fingerprint() map[string]string {
	w.Helper()
	prints := map[string]string{}
	for _, top := range []string{w.dir, w.home} {
		w.must(filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			about, err := entry.Info()
			if err != nil {
				return err
			}
			content := ""
			switch {
			case about.Mode().IsRegular():
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				content = fmt.Sprintf("%x", sha256.Sum256(data))
			case about.Mode()&fs.ModeSymlink != 0:
				if content, err = os.Readlink(path); err != nil {
					return err
				}
			}
			changed := about.ModTime().UnixNano()
			if strings.HasPrefix(entry.Name(), "sharedindex.") {
				// Git keeps a shared index alive by touching it whenever it is read. Its bytes stay.
				changed = 0
			}
			prints[path] = fmt.Sprint(about.Mode(), changed, content)
			return nil
		}))
	}
	return prints
}

// clean holds that the baseline is fit to run.
func (w *world) clean() preflight.Baseline {
	w.Helper()
	baseline, err := w.check()
	if err != nil {
		w.Fatalf("not fit to run: %v", err)
	}
	if want := w.git("rev-parse", "HEAD"); baseline.Root != w.dir || baseline.Commit != want {
		w.Errorf("got %s at %s, want %s at %s", baseline.Root, baseline.Commit, w.dir, want)
	}
	return baseline
}

// refused holds that a step fails, with an exit code, and returns the failure.
func (w *world) refused(step suite.Step, exit int) *suite.Failure {
	w.Helper()
	_, err := w.check()
	f := suite.AsFailure(err)
	if f == nil {
		w.Fatalf("not refused: %v", err)
	}
	if f.Phase != suite.Preflight || f.Step.Name != step.Name || f.Exit != exit {
		w.Fatalf("got %s with exit %d, want %s with exit %d: %v", f.Step.Name, f.Exit, step.Name, exit, f.Err)
	}
	return f
}

// dirty holds that the baseline is dirty with just these lines.
func (w *world) dirty(lines ...string) *preflight.Dirty {
	w.Helper()
	f := w.refused(suite.Cleanliness, suite.ExitDirty)
	var dirty *preflight.Dirty
	if !errors.As(f, &dirty) {
		w.Fatalf("not a *Dirty: %v", f.Err)
	}
	if diff := cmp.Diff(lines, dirty.Lines); diff != "" {
		w.Errorf("lines (-want +got):\n%s", diff)
	}
	return dirty
}

// said holds that a text holds each of the words.
func (w *world) said(text string, words ...string) {
	w.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			w.Errorf("nothing says %q:\n%s", word, text)
		}
	}
}

// reveal follows the advice, and holds that the user's own git status then shows something.
func (w *world) reveal(dirty *preflight.Dirty) {
	w.Helper()
	if len(dirty.Reveals) == 0 {
		w.Error("nothing says how to reveal it")
	}
	shown := ""
	for _, command := range dirty.Reveals {
		shell := exec.Command("sh", "-c", command)
		shell.Env = append([]string{"GIT_CONFIG_NOSYSTEM=1"}, w.host...)
		out, err := shell.CombinedOutput()
		if err != nil {
			w.Errorf("%s: %v\n%s", command, err, out)
		}
		shown += string(out)
	}
	if w.plainStatus() == "" && !strings.Contains(shown, "modified") {
		w.Errorf("git status still shows nothing after %q", dirty.Reveals)
	}
}

func TestCleanBaselineIsFit(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(*world){
		"as committed": func(*world) {},
		"a file whose times have changed": func(w *world) {
			w.write("run.sh", "#!/bin/sh\n")
		},
		"odd names": func(w *world) {
			for _, name := range []string{
				"a b", "-leading", "new\nline", "ñandú/汉字", `quo"te\back`, "tab\t", " -> ", "*glob?",
			} {
				w.write(name, name)
			}
			w.commit()
		},
		"carriage returns by committed attributes": func(w *world) {
			w.write(".gitattributes", "*.bat text eol=crlf\n*.txt text working-tree-encoding=UTF-16LE\n*.c ident\n")
			w.write("a.bat", "one\r\ntwo\r\n")
			w.write("a.txt", "h\x00i\x00")
			w.write("a.c", "$Id$\n")
			w.commit()
			w.remove("a.c")
			w.git("checkout", "--", "a.c")
		},
		"a submodule": func(w *world) { w.addSubmodule() },
		"a submodule that is not checked out": func(w *world) {
			w.addSubmodule()
			w.git("submodule", "deinit", "--force", "sub")
		},
		"a detached HEAD": func(w *world) { w.git("checkout", "--quiet", "--detach") },
		"a rebase that waits": func(w *world) {
			w.write("apps/health.ts", "export const healthy = 1;\n")
			w.commit()
			cmd := "GIT_SEQUENCE_EDITOR='sed -i.bak s/^pick/break\\\\npick/' " +
				"git -c user.name=a -c user.email=a@example.com rebase --quiet -i HEAD~1"
			shell := exec.Command("sh", "-c", cmd)
			shell.Dir, shell.Env = w.dir, w.host
			if out, err := shell.CombinedOutput(); err != nil {
				w.Fatalf("%v\n%s", err, out)
			}
			if _, err := os.Stat(w.path(".git/rebase-merge")); err != nil {
				w.Fatal(err)
			}
		},
		"a lock that another git holds or left": func(w *world) { w.write(".git/index.lock", "") },
		"a split index":                         func(w *world) { w.git("update-index", "--split-index") },
		"an untracked cache":                    func(w *world) { w.git("update-index", "--force-untracked-cache") },
		"flags that hide nothing": func(w *world) {
			w.git("update-index", "--assume-unchanged", "run.sh")
			w.git("update-index", "--skip-worktree", "apps/health.ts")
		},
		"a filter that the user defines, and committed attributes that need none": func(w *world) {
			w.git("config", "filter.evil.clean", "touch "+w.home+"/ran; cat")
			w.write("clean.txt", "clean\n")
			w.commit()
		},
		"ignored files, and a cache directory that ignores itself": func(w *world) {
			w.write("node_modules/a/index.js", "")
			w.write(".cache/.gitignore", "*\n")
			w.write(".cache/x", "x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			arrange(w)
			if baseline := w.clean(); len(baseline.Warnings) > 0 {
				t.Errorf("unexpected warnings: %q", baseline.Warnings)
			}
		})
	}
}

// addSubmodule adds a repository of its own as the submodule sub, to a source repository that is as it was made. Git
// starts some thirty processes for that. It does so once.
func (w *world) addSubmodule() {
	w.Helper()
	withSubmodule.Lock()
	defer withSubmodule.Unlock()
	if withSubmodule.files == nil {
		upstream := newWorld(w.TB)
		w.git("submodule", "--quiet", "add", upstream.dir, "sub")
		w.commit()
		withSubmodule.files = w.files()
		return
	}
	w.remove(".")
	w.mkdir(".")
	w.writeFiles(withSubmodule.files)
	w.git("-C", "sub", "update-index", "--refresh")
	w.git("update-index", "--refresh")
}

// withSubmodule is the source repository that has one.
var withSubmodule struct {
	sync.Mutex
	files []file
}

func TestLinkedWorktreeIsFit(t *testing.T) {
	t.Parallel()
	main := newWorld(t)
	main.git("config", "core.bare", "true")
	main.git("--work-tree=.", "worktree", "add", "--quiet", "../linked")
	linked := *main
	linked.dir = filepath.Join(filepath.Dir(main.dir), "linked")
	linked.clean()
	linked.write("run.sh", "echo\n")
	linked.dirty(" M run.sh")
}

func TestSHA256RepositoryIsFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--object-format=sha256")
	w.clean()
	w.git("update-index", "--assume-unchanged", "run.sh")
	w.write("run.sh", "echo\n")
	w.dirty("assume-unchanged: run.sh")
}

func TestCloneIsFit(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"shallow":          {"--depth=1"},
		"shared objects":   {"--shared"},
		"without trees":    {"--filter=tree:0"},
		"without blobs":    {"--filter=blob:none"},
		"no own work tree": {"--separate-git-dir=../elsewhere.git"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.commit()
			w.git("config", "uploadpack.allowFilter", "true")
			w.git(append(append([]string{"clone", "--quiet"}, args...), "file://"+w.dir, "../clone")...)
			w.dir = filepath.Join(filepath.Dir(w.dir), "clone")
			w.clean()
		})
	}
}

func TestSourceMayHaveAnOddPath(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"-a b\nñ ", `quo"te $HOME \\ and co:lon`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			moved := filepath.Join(filepath.Dir(w.dir), name)
			w.must(os.Rename(w.dir, moved))
			w.dir = moved
			w.clean()
			w.git("update-index", "--assume-unchanged", "run.sh")
			w.write("run.sh", "echo\n")
			w.reveal(w.dirty("assume-unchanged: run.sh"))
		})
	}
}

func TestSourceIsFoundFromBelowAndThroughALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := filepath.Join(t.TempDir(), "link")
	w.must(os.Symlink(filepath.Join(w.dir, "apps"), link))
	baseline, err := preflight.Check(t.Context(), preflight.Options{Dir: link, Host: w.host})
	if err != nil || baseline.Root != w.dir {
		t.Errorf("got %q and %v", baseline.Root, err)
	}
}

func TestPlainDirtIsToldInTheWordsOfTheContract(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange func(*world)
		lines   []string
	}{
		"modified and untracked": {func(w *world) {
			w.write("apps/health.ts", "")
			w.write("notes.txt", "")
		}, []string{" M apps/health.ts", "?? notes.txt"}},
		"staged": {func(w *world) {
			w.write("new/file.ts", "")
			w.git("add", "new")
		}, []string{"A  new/file.ts"}},
		"staged, then undone": {func(w *world) {
			w.write("run.sh", "echo\n")
			w.git("add", "run.sh")
			w.write("run.sh", "#!/bin/sh\n")
		}, []string{"MM run.sh"}},
		"renamed": {func(w *world) { w.git("mv", "run.sh", "go on.sh") }, []string{`R  run.sh -> "go on.sh"`}},
		"deleted": {func(w *world) { w.remove("run.sh") }, []string{" D run.sh"}},
		"no longer tracked": {func(w *world) {
			w.git("rm", "--quiet", "--cached", "-r", "apps")
			w.write("apps/new", "")
		}, []string{"D  apps/health.ts", "?? apps/"}},
		"intended":   {func(w *world) { w.write("n", ""); w.git("add", "-N", "n") }, []string{" A n"}},
		"executable": {func(w *world) { w.chmod("apps/health.ts", 0o755) }, []string{" M apps/health.ts"}},
		"a link that points elsewhere": {func(w *world) {
			w.remove("link")
			w.must(os.Symlink("run.sh", w.path("link")))
		}, []string{" M link"}},
		"a directory that became a link to a copy": {func(w *world) {
			w.must(os.Rename(w.path("apps"), filepath.Join(w.home, "apps")))
			w.must(os.Symlink(filepath.Join(w.home, "apps"), w.path("apps")))
		}, []string{" D apps/health.ts", "?? apps"}},
		"a FIFO": {func(w *world) {
			w.remove("run.sh")
			w.must(exec.Command("mkfifo", w.path("run.sh")).Run())
		}, []string{" M run.sh"}},
		"an odd name": {func(w *world) { w.write("ñ\n", "") }, []string{`?? "\303\261\n"`}},
		"in conflict": {func(w *world) {
			w.git("checkout", "--quiet", "-b", "other")
			w.write("run.sh", "other\n")
			w.commit()
			w.git("checkout", "--quiet", "main")
			w.write("run.sh", "main\n")
			w.commit()
			merge := exec.Command("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "merge", "other")
			merge.Dir, merge.Env = w.dir, w.host
			_ = merge.Run()
		}, []string{"UU run.sh"}},
		"a submodule": {func(w *world) {
			w.addSubmodule()
			w.write("sub/run.sh", "echo\n")
		}, []string{" M sub"}},
		"a repository in the repository": {func(w *world) {
			w.git("init", "--quiet", "nested")
			w.write("nested/x", "")
		}, []string{"?? nested/"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.arrange(w)
			dirty := w.dirty(c.lines...)
			want := "source repository baseline is dirty; matrix runner requires a clean baseline.\n" +
				strings.Join(c.lines, "\n") + "\n" +
				`Inspect: git -C "` + w.dir + `" status --short --branch` + "\n" +
				`Clean:   commit the paths above, or set them aside: git -C "` + w.dir +
				`" stash push --include-untracked`
			if diff := cmp.Diff(want, dirty.Error()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

// Every lie of TRUST §2 by which git status says that a tree is clean which is not.
func TestLieIsFoundOutAndNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange func(*world)
		lines   []string
	}{
		"assume-unchanged": {func(w *world) {
			w.git("update-index", "--assume-unchanged", "apps/health.ts")
			w.write("apps/health.ts", "export const healthy = false;\n")
		}, []string{"assume-unchanged: apps/health.ts"}},
		"assume-unchanged, and deleted": {func(w *world) {
			w.git("update-index", "--assume-unchanged", "apps/health.ts")
			w.remove("apps")
		}, []string{"assume-unchanged: apps/health.ts"}},
		"skip-worktree": {func(w *world) {
			w.git("update-index", "--skip-worktree", "apps/health.ts")
			w.write("apps/health.ts", "export const healthy = false;\n")
		}, []string{"skip-worktree: apps/health.ts"}},
		"core.ignoreStat": {func(w *world) {
			w.git("config", "core.ignoreStat", "true")
			w.git("checkout", "--quiet", "--force", "HEAD~0")
			w.remove("apps/health.ts")
			w.git("checkout", "--", "apps/health.ts")
			w.write("apps/health.ts", "export const healthy = false;\n")
		}, []string{"assume-unchanged: apps/health.ts"}},
		"core.fileMode": {func(w *world) {
			w.git("config", "core.fileMode", "false")
			w.chmod("apps/health.ts", 0o755)
			w.chmod("run.sh", 0o644)
		}, []string{"mode differs: apps/health.ts", "mode differs: run.sh"}},
		"core.symlinks": {func(w *world) {
			w.git("config", "core.symlinks", "false")
			w.remove("link")
			w.write("link", "apps/health.ts")
		}, []string{"type differs: link"}},
		"core.trustctime, and a restored time": {func(w *world) {
			w.git("config", "core.trustctime", "false")
			w.sneak("apps/health.ts", "export const healthy = nope;\n")
		}, []string{"content differs: apps/health.ts"}},
		"core.checkStat, and a restored time": {func(w *world) {
			w.git("config", "core.trustctime", "false")
			w.git("config", "core.checkStat", "minimal")
			w.remove("apps/health.ts")
			w.git("checkout", "--", "apps/health.ts")
			w.sneak("apps/health.ts", "export const healthy = nope;\n")
		}, []string{"content differs: apps/health.ts"}},
		"a filter in .git/info/attributes": {func(w *world) {
			w.git("config", "filter.evil.clean", "touch "+w.home+"/ran; git cat-file blob HEAD:%f")
			w.write(".git/info/attributes", "apps/* filter=evil\n")
			w.write("apps/health.ts", "export const healthy = false;\n")
			w.git("add", "apps")
			w.git("config", "core.trustctime", "false")
			w.sneak("apps/health.ts", "export const healthy = hmmmm;\n")
		}, []string{"content differs: apps/health.ts", "local attributes: {dir}/.git/info/attributes"}},
		"a filter in .git/info/attributes, of a file that git looks at": {func(w *world) {
			w.git("config", "filter.evil.clean", "touch "+w.home+"/ran; git cat-file blob HEAD:%f")
			w.git("config", "filter.evil.required", "true")
			w.write(".git/info/attributes", "apps/* filter=evil\n")
			w.write("apps/health.ts", "export const healthy = false;\n")
			w.must(os.Chtimes(w.path("apps/health.ts"), time.Now().Add(time.Hour), time.Now().Add(time.Hour)))
			w.git("add", "apps")
		}, []string{" M apps/health.ts", "local attributes: {dir}/.git/info/attributes"}},
		"core.autocrlf": {func(w *world) {
			w.git("config", "core.autocrlf", "true")
			w.write("apps/health.ts", "export const healthy = true;\r\n")
			w.git("add", "apps")
		}, []string{"content differs: apps/health.ts"}},
		"submodule.*.ignore": {func(w *world) {
			w.addSubmodule()
			w.git("config", "submodule.sub.ignore", "all")
			w.write("sub/run.sh", "echo\n")
		}, []string{"submodule differs: sub"}},
		"diff.ignoreSubmodules": {func(w *world) {
			w.addSubmodule()
			w.git("config", "submodule.sub.ignore", "dirty")
			w.write("sub/new.ts", "")
		}, []string{"submodule differs: sub"}},
		"another commit in an ignored submodule": {func(w *world) {
			w.addSubmodule()
			w.git("config", "submodule.sub.ignore", "all")
			w.git("-C", "sub", "commit", "--quiet", "--allow-empty", "-m", "x")
		}, []string{"submodule differs: sub"}},
		"assume-unchanged in a submodule": {func(w *world) {
			w.addSubmodule()
			w.git("-C", "sub", "update-index", "--assume-unchanged", "run.sh")
			w.write("sub/run.sh", "echo\n")
		}, []string{"assume-unchanged: sub/run.sh"}},
		"core.fsmonitor": {func(w *world) {
			hook := w.path(".git/fsmonitor")
			w.write(hook, "#!/bin/sh\ntouch "+w.home+"/ran\nprintf 'token\\0'\n")
			w.chmod(hook, 0o755)
			w.git("config", "core.fsmonitor", hook)
			w.git("update-index", "--fsmonitor")
			_ = w.plainStatus()
			_ = w.plainStatus()
			w.write("apps/health.ts", "export const healthy = false;\n")
			w.remove(w.home + "/ran")
		}, []string{" M apps/health.ts", "core.fsmonitor: {dir}/.git/fsmonitor"}},
		"core.worktree": {func(w *world) {
			copied := filepath.Join(w.home, "copy")
			w.must(exec.Command("cp", "-a", w.dir, copied).Run())
			w.remove(filepath.Join(copied, ".git"))
			w.git("config", "core.worktree", copied)
			w.write("apps/health.ts", "export const healthy = false;\n")
		}, []string{" M apps/health.ts", "core.worktree: {home}/copy"}},
		"git replace": {func(w *world) {
			head := w.git("rev-parse", "HEAD")
			w.write("apps/health.ts", "export const healthy = false;\n")
			w.commit()
			other := w.git("rev-parse", "HEAD")
			w.git("reset", "--quiet", "--hard", head)
			w.git("replace", head, other)
			w.write("apps/health.ts", "export const healthy = false;\n")
			w.git("add", "--all")
		}, []string{"M  apps/health.ts", "replaced object: {head}"}},
		"status.showUntrackedFiles": {func(w *world) {
			w.git("config", "status.showUntrackedFiles", "no")
			w.write("notes.txt", "")
		}, []string{"?? notes.txt", "status.showuntrackedfiles: no"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.arrange(w)
			if name != "status.showUntrackedFiles" && w.plainStatus() != "" {
				t.Fatalf("not a lie: git status says\n%s", w.plainStatus())
			}
			w.remove(w.home + "/ran")
			vars := strings.NewReplacer("{dir}", w.dir, "{home}", w.home, "{head}", w.git("rev-parse", "HEAD"))
			for i, line := range c.lines {
				c.lines[i] = vars.Replace(line)
			}
			dirty := w.dirty(c.lines...)
			if _, err := os.Stat(w.home + "/ran"); err == nil {
				t.Error("code that the repository names has run")
			}
			w.reveal(dirty)
		})
	}
}

func TestLieBesidePlainDirtIsToldToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.git("update-index", "--assume-unchanged", "run.sh")
	w.write("run.sh", "echo\n")
	w.write("notes.txt", "")
	w.dirty("?? notes.txt", "assume-unchanged: run.sh")
}

func TestSettingThatHidNothingIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.git("config", "core.trustctime", "false")
	w.git("update-index", "--assume-unchanged", "run.sh")
	w.write("run.sh", "echo\n")
	dirty := w.dirty("assume-unchanged: run.sh")
	if len(dirty.Reveals) != 1 || !strings.Contains(dirty.Reveals[0], "--no-assume-unchanged") {
		t.Errorf("to reveal it, it says %q", dirty.Reveals)
	}
	// Nor is a sparse checkout disabled where there is none.
	w.git("update-index", "--no-assume-unchanged", "run.sh")
	w.git("update-index", "--skip-worktree", "run.sh")
	dirty = w.dirty("skip-worktree: run.sh")
	if len(dirty.Reveals) != 1 || !strings.Contains(dirty.Reveals[0], "--no-skip-worktree") {
		t.Errorf("to reveal it, it says %q", dirty.Reveals)
	}
}

// sneak changes a file and gives it its old size and time.
func (w *world) sneak(name, content string) {
	w.Helper()
	about, err := os.Stat(w.path(name))
	w.must(err)
	if len(content) != int(about.Size()) {
		w.Fatalf("a sneaky change keeps the size: %d, not %d", about.Size(), len(content))
	}
	// A file as young as the index would be looked at.
	old := about.ModTime().Add(-time.Hour)
	w.must(os.Chtimes(w.path(name), old, old))
	w.git("update-index", "--refresh")
	w.write(name, content)
	w.must(os.Chtimes(w.path(name), old, old))
}

func TestUnreadableFileIsDirt(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("root makes itself another user to see what no permission stops root from seeing")
	}
	w := newWorld(t)
	self, err := os.Executable()
	w.must(err)
	program := filepath.Join(filepath.Dir(w.dir), "program")
	w.must(exec.Command("cp", self, program).Run())
	w.chmod("apps/health.ts", 0)
	w.must(exec.Command("chown", "-R", "4711:4711", filepath.Dir(w.dir)).Run())
	shared, err := filepath.EvalSymlinks(os.TempDir())
	w.must(err)
	for dir := w.dir; dir != shared; dir = filepath.Dir(dir) {
		w.chmod(dir, 0o755)
	}
	check := exec.Command(program)
	check.Env = append([]string{"PREFLIGHT_TEST_CHECK=" + w.dir}, w.host...)
	check.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 4711, Gid: 4711}}
	out, err := check.CombinedOutput()
	w.must(err)
	w.said(string(out), "\n M apps/health.ts\n")
}

func TestSubmodulesOfTheSameNameAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	upstream := newWorld(t)
	w.git("submodule", "--quiet", "add", upstream.dir, "a/sub")
	w.git("submodule", "--quiet", "add", upstream.dir, "b/sub")
	w.commit()
	w.clean()
	w.git("config", "submodule.a/sub.ignore", "all")
	w.git("config", "submodule.b/sub.ignore", "all")
	w.write("b/sub/run.sh", "")
	w.dirty("submodule differs: b/sub")
	// One that is not checked out does not keep the next from being looked at.
	w.git("submodule", "deinit", "--force", "a/sub")
	w.dirty("submodule differs: b/sub")
}

func TestSparseCheckoutIsDirt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.git("sparse-checkout", "set", "--cone", "nothing")
	dirty := w.dirty("skip-worktree: apps/health.ts")
	w.said(dirty.Error(), "sparse-checkout disable")
}

func TestFileOfACommittedFilterCannotBeVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(".gitattributes", "*.bin filter=lfs -text\n")
	w.git("config", "filter.lfs.clean", "sed s/^/pointer-/")
	w.write("a.bin", "bytes\n")
	w.commit()
	old := time.Now().Add(-time.Hour)
	w.must(os.Chtimes(w.path("a.bin"), old, old))
	w.git("update-index", "--refresh")
	w.dirty("cannot be verified (filter=lfs): a.bin")
	// Now git has to look, and finds it different, for it may not run the filter.
	w.must(os.Chtimes(w.path("a.bin"), time.Now(), time.Now()))
	w.dirty(" M a.bin", "cannot be verified (filter=lfs): a.bin")
	// A file that needs no filter does not keep the next from being asked about.
	w.write("Z.txt", "")
	w.git("add", "Z.txt")
	w.write("Z.txt", "z\n")
	w.dirty("AM Z.txt", " M a.bin", "cannot be verified (filter=lfs): a.bin")
}

func TestAttributesThatNobodyCommittedAreDirt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(".git/info/exclude", ".gitattributes\n")
	w.write("apps/.gitattributes", "*.ts text eol=crlf\n")
	w.write("apps/health.ts", "export const healthy = true;\r\n")
	w.git("add", "apps/health.ts")
	w.dirty("local attributes: apps/.gitattributes")
	// Nor does a directory that was looked at before keep the next from being looked at.
	w.remove("apps/.gitattributes")
	w.write("apps/health.ts", "export const healthy = true;\n")
	w.write("zoo/deep/.gitattributes", "* text eol=crlf\n")
	w.write("zoo/deep/a.ts", "\r\n")
	w.commit()
	w.dirty("local attributes: zoo/deep/.gitattributes")
	// They count too where the directory itself holds no tracked file.
	w.must(os.Rename(w.path("zoo/deep/.gitattributes"), w.path("zoo/.gitattributes")))
	w.dirty("local attributes: zoo/.gitattributes")
}

func TestSubmoduleThatIsNotCheckedOutHidesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addSubmodule()
	w.git("submodule", "deinit", "--force", "sub")
	w.write("sub/notes.txt", "")
	if w.plainStatus() != "" {
		t.Fatalf("not a lie: %s", w.plainStatus())
	}
	w.dirty("untracked in a submodule that is not checked out: sub/notes.txt")
	// A link to a directory as empty as it should be is no such directory.
	w.remove("sub")
	w.mkdir(w.home + "/empty")
	w.must(os.Symlink(w.home+"/empty", w.path("sub")))
	w.git("config", "submodule.sub.ignore", "all")
	w.dirty("submodule differs: sub")
}

func TestSubmoduleIsNotSoughtThroughALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	upstream := newWorld(t)
	w.git("submodule", "--quiet", "add", upstream.dir, "a/sub")
	w.commit()
	w.must(os.Rename(w.path("a"), filepath.Join(w.home, "a")))
	w.must(os.Symlink(filepath.Join(w.home, "a"), w.path("a")))
	w.dirty(" D a/sub", "?? a")
}

func TestCodeOfASubmoduleDoesNotRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addSubmodule()
	w.git("-C", "sub", "config", "filter.evil.clean", "touch "+w.home+"/ran; cat")
	w.write(".git/modules/sub/info/attributes", "* filter=evil\n")
	w.write("sub/run.sh", "#!/bin/sh\n")
	w.clean()
	if _, err := os.Stat(w.home + "/ran"); err == nil {
		t.Error("a filter of the submodule has run")
	}
}

func TestLeakedVariablesBendNothing(t *testing.T) {
	t.Parallel()
	decoy := newWorld(t)
	config := filepath.Join(decoy.home, "config")
	decoy.write(config, "[core]\n\texcludesFile = /dev/null\n\tworktree = "+decoy.dir+"\n")
	leak := process.Environment{}.With(
		"GIT_DIR", decoy.path(".git"), "GIT_WORK_TREE", decoy.dir, "GIT_INDEX_FILE", decoy.path(".git/index"),
		"GIT_OBJECT_DIRECTORY", decoy.path(".git/objects"), "GIT_CONFIG_GLOBAL", config, "GIT_CONFIG_SYSTEM", config,
		"GIT_CONFIG_COUNT", "1", "GIT_CONFIG_KEY_0", "core.fsmonitor", "GIT_CONFIG_VALUE_0", "touch "+decoy.home+"/ran",
		"GIT_CONFIG_PARAMETERS", "'core.filemode'='false'", "GIT_NAMESPACE", "x", "GIT_PREFIX", "apps/",
		"GIT_LITERAL_PATHSPECS", "1", "GIT_EXEC_PATH", decoy.home, "GIT_TRACE", decoy.home+"/trace",
	)
	w := newWorld(t)
	before := decoy.fingerprint()
	w.write("apps/health.ts", "")
	w.host = append(w.host, leak...)
	dirty := w.refused(suite.Cleanliness, suite.ExitDirty)
	w.said(dirty.Error(), " M apps/health.ts")
	if diff := cmp.Diff(before, decoy.fingerprint()); diff != "" {
		t.Errorf("the decoy has changed:\n%s", diff)
	}
}

func TestExcludesOfThisMachineAreAWarning(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(*world){
		".git/info/exclude": func(w *world) { w.write(".git/info/exclude", "notes.txt\n") },
		"the user's core.excludesFile": func(w *world) {
			w.write(w.home+"/.gitconfig", "[core]\n\texcludesFile = ~/ignored\n")
			w.write(w.home+"/ignored", "notes.txt\n")
		},
		"the user's default file": func(w *world) { w.write(w.home+"/.config/git/ignore", "notes.txt\n") },
		"the user's XDG file": func(w *world) {
			w.write(w.home+"/xdg/git/ignore", "notes.txt\n")
			w.host = w.host.With("XDG_CONFIG_HOME", w.home+"/xdg")
		},
		"the repository's core.excludesFile": func(w *world) {
			w.write(w.home+"/ignored", "notes.txt\n")
			w.git("config", "core.excludesFile", w.home+"/ignored")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			arrange(w)
			w.write("notes.txt", "")
			w.write("apps/deep/notes.txt", "")
			if w.plainStatus() != "" {
				t.Fatalf("not hidden: %s", w.plainStatus())
			}
			w.said(strings.Join(w.clean().Warnings, "\n"), "notes.txt", "apps/deep/")
		})
	}
}

func TestHiddenFilesAreNamedUpToTen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(".git/info/exclude", "*.txt\n")
	for n := range 12 {
		w.write(fmt.Sprintf("%02d.txt", n), "")
		says := map[int]string{9: ", 09.txt", 11: ", 09.txt and 2 more"}[n]
		if says == "" {
			continue
		}
		if got := strings.Join(w.clean().Warnings, "\n"); !strings.HasSuffix(got, says) {
			t.Errorf("of %d files it says %s", n+1, got)
		}
	}
}

func TestIgnoresThatNobodyCommittedAreAWarning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("apps/.gitignore", "*\n")
	w.write("apps/new.ts", "")
	w.said(strings.Join(w.clean().Warnings, "\n"), "apps/.gitignore")
}

func TestRepositoryThatGitCannotReadIsNotFit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange func(*world)
		says    []string
	}{
		"not a repository": {
			func(w *world) { w.remove(".git") }, []string{"is not in a git repository", "-source=DIR"},
		},
		"not there": {func(w *world) { w.remove(".") }, []string{"no such file or directory"}},
		"a file":    {func(w *world) { w.remove("."); w.write(".", "") }, []string{"is not a directory"}},
		"bare": {func(w *world) {
			w.git("clone", "--quiet", "--bare", ".", "../bare.git")
			w.dir = filepath.Join(filepath.Dir(w.dir), "bare.git")
		}, []string{"bare repository", "git clone"}},
		"within .git": {func(w *world) { w.dir = w.path(".git/refs") }, []string{"bare repository"}},
		"core.bare": {
			func(w *world) { w.git("config", "core.bare", "true") }, []string{"core.bare", "config core.bare false"},
		},
		"no commit": {
			func(w *world) { w.git("checkout", "--quiet", "--orphan", "new") },
			[]string{"no commit at HEAD", `commit -m`},
		},
		"foreign": {
			func(w *world) { w.must(os.Chown(w.dir, 4711, 4711)) }, []string{"belongs to another user", "chown"},
		},
		"empty .git": {
			func(w *world) { w.remove(".git"); w.mkdir(".git") }, []string{"git cannot read", "not a git repository"},
		},
		"broken .git": {
			func(w *world) { w.remove(".git"); w.write(".git", "gitdir: /nowhere\n") }, []string{"git cannot read"},
		},
		"broken HEAD": {func(w *world) { w.write(".git/HEAD", "nonsense\n") }, []string{"git cannot read"}},
		"broken index": {
			func(w *world) { w.write(".git/index", "DIRC nonsense and more nonsense than that") },
			[]string{"index", "is damaged", "reset"},
		},
		"unknown extension": {func(w *world) {
			w.git("config", "core.repositoryFormatVersion", "1")
			w.git("config", "extensions.unheardOf", "true")
		}, []string{"git cannot read", "unheardof"}},
		"missing blob":   {func(w *world) { w.removeObject("HEAD:run.sh") }, []string{"git cannot read", "fsck"}},
		"missing tree":   {func(w *world) { w.removeObject("HEAD:apps") }, []string{"git cannot read", "fsck"}},
		"missing commit": {func(w *world) { w.removeObject("HEAD") }, []string{"no commit at HEAD"}},
		"broken tree": {func(w *world) {
			object := w.object("HEAD:apps")
			w.remove(object)
			w.write(object, "nonsense")
		}, []string{"git cannot read", "fsck"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if name == "foreign" && os.Getuid() != 0 {
				t.Skip("only root can give a file to another user")
			}
			c.arrange(w)
			if _, err := os.Stat(w.dir); err != nil {
				_, err := preflight.Check(t.Context(), preflight.Options{Dir: w.dir, Host: w.host})
				if f := suite.AsFailure(err); f == nil || f.Step.Name != suite.SourceRepo.Name ||
					f.Exit != suite.ExitFail {
					t.Fatalf("got %v", err)
				}
				w.said(err.Error(), c.says...)
				return
			}
			w.said(w.refused(suite.SourceRepo, suite.ExitFail).Err.Error(), c.says...)
		})
	}
}

// object is the file of a loose object.
func (w *world) object(name string) string {
	w.Helper()
	id := w.git("rev-parse", name)
	return w.path(".git/objects/" + id[:2] + "/" + id[2:])
}

func (w *world) removeObject(name string) { w.Helper(); w.must(os.Remove(w.object(name))) }

func TestArtifactsMustBeIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(".gitignore", "node_modules/\n")
	w.commit()
	f := w.refused(suite.ArtifactsIgnored, suite.ExitFail)
	w.said(f.Err.Error(), "/artifacts/*\n!/artifacts/.gitkeep", w.path(".gitignore"))
}

func TestManyDirtyLinesAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 105 {
		w.write(fmt.Sprintf("notes-%d.txt", i), "")
	}
	f := w.refused(suite.Cleanliness, suite.ExitDirty)
	w.said(f.Err.Error(), "\n… and 5 more\nInspect: ")
}

func TestRevealingCommandNamesAtMostTwenty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 21 {
		w.write(fmt.Sprintf("notes-%02d.txt", n), "")
	}
	w.commit()
	for n := range 21 {
		name := fmt.Sprintf("notes-%02d.txt", n)
		w.git("update-index", "--assume-unchanged", name)
		w.write(name, "changed\n")
	}
	_, err := w.check()
	var dirty *preflight.Dirty
	if !errors.As(err, &dirty) || len(dirty.Lines) != 21 {
		t.Fatalf("got %v", err)
	}
	if named := strings.Count(strings.Join(dirty.Reveals, "\n"), "notes-"); named != 20 {
		t.Errorf("it names %d: %q", named, dirty.Reveals)
	}
}

func TestSubmoduleAsTheSourceIsBentByItsOwnSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addSubmodule()
	// Where a submodule's work tree is, is what its core.worktree must say; what comes after it counts all the same.
	w.dir = w.path("sub")
	w.clean()
	w.git("config", "status.showUntrackedFiles", "no")
	w.write("notes.txt", "")
	w.reveal(w.dirty("?? notes.txt", "status.showuntrackedfiles: no"))
}

func TestNothingIsCutThatJustFits(t *testing.T) {
	t.Parallel()
	for lines, says := range map[int]string{100: "\nline\nInspect: ", 101: "\nline\n… and 1 more\nInspect: "} {
		text := (&preflight.Dirty{Root: "/repo", Lines: slices.Repeat([]string{"line"}, lines)}).Error()
		if !strings.Contains(text, says) || strings.Count(text, "line\n") != 100 {
			t.Errorf("of %d lines it shows %s", lines, text)
		}
	}
}

func TestScratchIsNeverInTheSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mkdir("node_modules/tmp")
	beside := filepath.Dir(w.dir)
	elsewhere, link, told, bin := beside+"/elsewhere", beside+"/link", beside+"/told", beside+"/telltale"
	w.mkdir(elsewhere)
	w.must(os.Symlink(w.path("node_modules/tmp"), link))
	w.write(filepath.Join(bin, "npm"), "#!/bin/sh\ncd \"$HOME\" && pwd -P >"+told+"; echo 22.0.0\n")
	w.chmod(filepath.Join(bin, "npm"), 0o755)
	host := w.host.With("PATH", bin+string(filepath.ListSeparator)+w.host.Get("PATH"))
	for scratch, served := range map[string]bool{elsewhere: true, w.path("node_modules/tmp"): false, link: false} {
		options := preflight.Options{Dir: w.dir, Host: host, Scratch: scratch}
		if _, err := preflight.Check(t.Context(), options); err != nil {
			t.Error(err)
		}
		home, err := os.ReadFile(told)
		w.must(err)
		if strings.HasPrefix(string(home), elsewhere) != served || strings.HasPrefix(string(home), w.dir) {
			t.Errorf("asked for %s, it works in %s", scratch, home)
		}
	}
	before := w.fingerprint()
	options := preflight.Options{Dir: w.dir, Host: w.host, Scratch: w.path(".git")}
	if _, err := preflight.Check(t.Context(), options); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, w.fingerprint()); diff != "" {
		t.Error(diff)
	}
}

func TestInterruptedCheckSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := &process.TimeoutError{Limit: time.Millisecond, Setting: "-timeout=D"}
	for cause, want := range map[error]suite.Failure{
		&process.Interrupted{Signal: 15}: {Exit: 143, Kind: suite.KindInterrupted},
		late:                             {Exit: 124, Kind: suite.KindStep},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		_, err := preflight.Check(ctx, preflight.Options{Dir: w.dir, Host: w.host})
		f := suite.AsFailure(err)
		if f == nil || f.Exit != want.Exit || f.Kind != want.Kind || !errors.Is(err, cause) {
			t.Errorf("%v: got %v", cause, err)
			continue
		}
		if says := f.Err.Error(); cause == late && says != "failed to find the tools that a run needs: "+late.Error() {
			t.Errorf("it says %q", says)
		}
	}
}
