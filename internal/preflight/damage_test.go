//go:build unix

package preflight_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// missing is the name of an object that no repository of these tests holds.
const missing = "1234567812345678123456781234567812345678"

// mend runs the command that a failure ends with, as a person would paste it.
func (w *world) mend(f *suite.Failure) {
	w.Helper()
	_, command, found := strings.Cut(f.Err.Error(), "\nMend: ")
	if !found {
		w.Fatalf("it has no mend: %v", f.Err)
	}
	// What it says in parentheses is for people.
	command, _, _ = strings.Cut(command, " (git -C ")
	w.paste(command)
}

func (w *world) paste(command string) {
	w.Helper()
	shell := exec.Command("sh", "-c", command)
	shell.Dir, shell.Env = w.home, append([]string{"GIT_CONFIG_NOSYSTEM=1"}, w.host...)
	if out, err := shell.CombinedOutput(); err != nil {
		w.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// A repository whose refs or objects are damaged so that it cannot be cloned is refused, by the name of what is damaged
// and with a command after which it is fit.
func TestDamageIsNamedAndMended(t *testing.T) {
	t.Parallel()
	packed := func(line string) func(*world) {
		return func(w *world) {
			w.git("branch", "old")
			w.git("pack-refs", "--all")
			head := w.git("rev-parse", "HEAD")
			w.write(".git/packed-refs", w.read(".git/packed-refs")+strings.ReplaceAll(line, "{head}", head))
			// Git does not look there for what has a file of its own.
			w.write(".git/refs/heads/main", head+"\n")
		}
	}
	overwrite := func(object, content string) func(*world) {
		return func(w *world) {
			name := w.object(object)
			w.remove(name)
			w.write(name, content)
		}
	}
	// They are the same in each copy of the source repository.
	names := []string{"HEAD", "HEAD:apps/health.ts", "HEAD:run.sh", "HEAD:link", "HEAD:apps", "HEAD^{tree}"}
	ids := strings.Fields(newWorld(t).git(append([]string{"rev-parse"}, names...)...))
	for name, c := range map[string]struct {
		arrange func(*world)
		says    []string
	}{
		"an empty branch": {func(w *world) { w.write(".git/refs/heads/old", "") }, []string{"refs/heads/old"}},
		"a branch with garbage": {func(w *world) {
			w.write(".git/refs/heads/a/b", "garbage\n")
		}, []string{"refs/heads/a/b"}},
		"a branch at no object": {func(w *world) {
			w.write(".git/refs/heads/old", strings.Repeat("0", 40)+"\n")
		}, []string{"refs/heads/old"}},
		"an empty tag": {func(w *world) { w.write(".git/refs/tags/v1", "") }, []string{"refs/tags/v1"}},
		"several": {func(w *world) {
			w.write(".git/refs/heads/old", "")
			w.write(".git/refs/tags/it's $HOME", "")
			w.write(".git/refs/tags/v1", "x")
		}, []string{"refs/heads/old, refs/tags/v1"}},
		"an empty branch in a repository with a linked work tree": {func(w *world) {
			w.git("worktree", "add", "--quiet", "-b", "old", "../linked")
			w.git("worktree", "lock", "../linked")
			w.write(".git/refs/heads/old", "")
		}, []string{"refs/heads/old"}},
		"the current branch, whose reflog is whole": {func(w *world) {
			w.write(".git/refs/heads/main", "")
		}, []string{"refs/heads/main", "echo "}},
		"the current branch of a linked work tree": {func(w *world) {
			w.git("worktree", "add", "--quiet", "-b", "linked", "../linked")
			w.write(".git/refs/heads/linked", "")
			w.dir = filepath.Join(filepath.Dir(w.dir), "linked")
		}, []string{"refs/heads/linked", "echo "}},
		"garbage in packed-refs":        {packed("gar/bage [.*]$ ^\n"), []string{"packed-refs: gar/bage [.*]$ ^"}},
		"an empty line in packed-refs":  {packed("\n"), []string{"packed-refs"}},
		"a line without a name":         {packed("{head}\n"), []string{"packed-refs: "}},
		"a long line":                   {packed(strings.Repeat("x", 200) + "\n"), []string{"packed-refs: xxx"}},
		"a line that was cut":           {packed("{head} refs/hea"), []string{"packed-refs: "}},
		"a name that leads out of refs": {packed("{head} refs/heads/../../z\n"), []string{"refs/heads/../../z"}},
		"a missing blob": {func(w *world) {
			w.removeObject("HEAD:apps/health.ts")
		}, []string{"{HEAD:apps/health.ts} (apps/health.ts)"}},
		"an empty blob":        {overwrite("HEAD:run.sh", ""), []string{"{HEAD:run.sh} (run.sh)"}},
		"a blob with garbage":  {overwrite("HEAD:run.sh", "garbage"), []string{"{HEAD:run.sh} (run.sh)"}},
		"the target of a link": {overwrite("HEAD:link", ""), []string{"{HEAD:link} (link)"}},
		"several blobs": {func(w *world) {
			w.removeObject("HEAD:run.sh")
			w.removeObject("HEAD:link")
		}, []string{"{HEAD:run.sh} (run.sh)", "{HEAD:link} (link)"}},
		"a missing tree": {func(w *world) {
			w.removeObject("HEAD:apps")
		}, []string{"{HEAD:apps}"}},
		"an empty tree":       {overwrite("HEAD:apps", ""), []string{"{HEAD:apps}"}},
		"a tree with garbage": {overwrite("HEAD:apps", "garbage"), []string{"{HEAD:apps}"}},
		"a missing tree, the root of all": {func(w *world) {
			w.removeObject("HEAD^{tree}")
		}, []string{"{HEAD^{tree}}"}},
		"an empty tree that is the whole one": {overwrite("HEAD^{tree}", ""), []string{"{HEAD^{tree}}"}},
		"an empty HEAD": {
			func(w *world) { w.write(".git/HEAD", "") }, []string{"{dir}/.git/HEAD"},
		},
		"a HEAD of NULs": {func(w *world) {
			w.write(".git/HEAD", strings.Repeat("\x00", 21))
		}, []string{"{dir}/.git/HEAD"}},
		"no HEAD": {func(w *world) { w.remove(".git/HEAD") }, []string{"{dir}/.git/HEAD"}},
		"an empty HEAD of a branch": {func(w *world) {
			w.git("checkout", "--quiet", "-b", "a/$branch")
			w.write(".git/HEAD", "")
		}, []string{`ref: refs/heads/a/\$branch`}},
		"an empty HEAD that was detached": {func(w *world) {
			w.git("checkout", "--quiet", "-b", "old")
			w.git("checkout", "--quiet", "--detach")
			w.write(".git/HEAD", "")
		}, []string{`echo "{HEAD}"`}},
		"an empty HEAD of a linked work tree": {func(w *world) {
			w.git("worktree", "add", "--quiet", "-b", "linked", "../linked")
			w.write(".git/worktrees/linked/HEAD", "")
			w.dir = filepath.Join(filepath.Dir(w.dir), "linked")
		}, []string{"{dir}/.git/worktrees/linked/HEAD"}},
		"no directory of refs, which all are packed": {func(w *world) {
			w.git("pack-refs", "--all")
			w.remove(".git/refs")
		}, []string{"{dir}/.git/refs"}},
		"an index that was cut": {func(w *world) {
			index := w.read(".git/index")
			w.write(".git/index", index[:len(index)/2])
		}, []string{"the index of {dir} is damaged"}},
		"an index with garbage": {func(w *world) { w.write(".git/index", "garbage") }, []string{"the index of {dir}"}},
		"an index of a later format": {func(w *world) {
			w.write(".git/index", "DIRC\x00\x00\x00\x09"+strings.Repeat("x", 100))
		}, []string{"the index of {dir}"}},
		"a directory in the place of the index": {func(w *world) {
			w.remove(".git/index")
			w.mkdir(".git/index")
		}, []string{"the index of {dir}"}},
		"a HEAD that is hidden from clones": {func(w *world) {
			w.git("config", "uploadpack.hideRefs", "HEAD")
		}, []string{"uploadpack.hiderefs=HEAD"}},
		"a HEAD that is shown, and then hidden": {func(w *world) {
			w.git("config", "--add", "transfer.hideRefs", "!HEAD")
			w.git("config", "--add", "transfer.hideRefs", "^HEAD/")
		}, []string{"transfer.hiderefs=^HEAD"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			objects := []string{"{dir}", w.dir}
			for i, name := range names {
				objects = append(objects, "{"+name+"}", ids[i])
			}
			head := ids[0]
			c.arrange(w)
			f := w.refused(suite.SourceRepo, suite.ExitFail)
			for _, words := range c.says {
				w.said(f.Err.Error(), strings.NewReplacer(objects...).Replace(words))
			}
			w.mend(f)
			if baseline := w.clean(); baseline.Commit != head {
				t.Errorf("after the mend it is at %s, not at %s", baseline.Commit, head)
			}
		})
	}
}

func (w *world) read(name string) string {
	w.Helper()
	data, err := os.ReadFile(w.path(name))
	w.must(err)
	return string(data)
}

// Git would wait for ever where a named pipe stands for a file that it reads. It is not asked then.
func TestPipeInTheRepositoryHoldsUpNobody(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		".git", ".git/HEAD", ".git/config", ".git/index", ".git/packed-refs", ".git/shallow", ".git/commondir",
		".git/info/exclude", ".git/info/attributes", ".git/info/grafts", ".git/objects/info/alternates",
		".git/refs/heads/a/b", ".gitignore", ".gitattributes", "apps/.gitignore", "zoo/.gitattributes",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.write("zoo/deep/x.txt", "x\n")
			w.commit()
			w.remove(name)
			w.mkdir(filepath.Dir(name))
			w.must(syscall.Mkfifo(w.path(name), 0o644))
			f := w.refused(suite.SourceRepo, suite.ExitFail)
			w.said(f.Err.Error(), w.path(name)+" is a named pipe", "Mend: rm ")
		})
	}
}

// A repository that git itself takes for none, or that it cannot clone, is told of by what is wrong with it.
func TestRepositoryThatIsOnlyToBeReplacedIsToldOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange func(*world)
		says    []string
	}{
		"no objects": {func(w *world) {
			w.remove(".git/objects")
		}, []string{"{dir}/.git/objects is no directory", "new clone"}},
		"a work tree whose repository has moved": {func(w *world) {
			w.git("worktree", "add", "--quiet", "-b", "linked", "../linked")
			w.must(os.Rename(w.dir, w.dir+"-moved"))
			w.dir = filepath.Join(filepath.Dir(w.dir), "linked")
		}, []string{"{dir}/.git leads to no git directory", "worktree repair"}},
		"a link in the place of objects": {func(w *world) {
			w.must(os.Rename(w.path(".git/objects"), w.path("../objects")))
			w.must(os.Symlink("../../objects", w.path(".git/objects")))
		}, []string{"{dir}/.git/objects is a symbolic link", "git clone --no-local"}},
		"a link among the packs": {func(w *world) {
			w.must(os.Symlink("nowhere", w.path(".git/objects/pack/pack-1.pack")))
		}, []string{"pack-1.pack is a symbolic link", "git clone --no-local"}},
		"a configuration with garbage": {func(w *world) {
			w.write(".git/config", "[core")
		}, []string{`correct it in "{dir}/.git/config"`}},
		"a setting with garbage": {func(w *world) {
			w.git("config", "core.compression", "99")
		}, []string{`correct it in "{dir}/.git/config"`}},
		"a format of the future": {func(w *world) {
			w.git("config", "core.repositoryFormatVersion", "9")
		}, []string{"install a newer git"}},
		"an extension of the future": {func(w *world) {
			w.git("config", "core.repositoryFormatVersion", "1")
			w.git("config", "extensions.fromTheFuture", "1")
		}, []string{"fromthefuture", "install a newer git"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.arrange(w)
			f := w.refused(suite.SourceRepo, suite.ExitFail)
			for _, words := range c.says {
				w.said(f.Err.Error(), strings.ReplaceAll(words, "{dir}", w.dir))
			}
		})
	}
}

// A disk that is full while the preflight works is no damage of the repository.
func TestFullDiskIsNotBlamedOnTheRepository(t *testing.T) {
	w := newWorld(t)
	for i := range 400 {
		w.write(fmt.Sprintf("many/%d.txt", i), "")
	}
	w.commit()
	scratch := filepath.Join(w.home, "../scratch")
	w.mkdir(scratch)
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", scratch).CombinedOutput()
	if err != nil {
		t.Skipf("nothing can be mounted here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", scratch).Run() })
	_, err = preflight.Check(t.Context(), preflight.Options{Dir: w.dir, Host: w.host, Scratch: scratch})
	f := suite.AsFailure(err)
	if f == nil || f.Kind != suite.KindEnvironment || f.Step.Name != suite.Toolchain.Name {
		t.Fatalf("got %v", err)
	}
	w.said(f.Err.Error(), "the disk is full", "Mend: free some room")
}

// The commit itself can only come from elsewhere.
func TestDamagedCommitIsTakenFromAnotherClone(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(w *world, file string){
		"missing": func(w *world, file string) { w.remove(file) },
		"empty":   func(w *world, file string) { w.remove(file); w.write(file, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.git("clone", "--quiet", ".", "../other")
			head, file := w.git("rev-parse", "HEAD"), w.object("HEAD")
			damage(w, file)
			f := w.refused(suite.SourceRepo, suite.ExitFail)
			w.said(f.Err.Error(), "has no commit at HEAD: the object "+head+" is missing or damaged")
			_, command, _ := strings.Cut(f.Err.Error(), "\nMend: ")
			asOne := strings.NewReplacer(", and take it from another clone: ", " && ", "OTHER", "../other")
			w.paste(asOne.Replace(command))
			w.clean()
		})
	}
}

// What stops no clone stops no run; what a person should know of it is a warning.
func TestDamageThatStopsNoCloneIsAtMostAWarning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange func(*world)
		warns   []string
	}{
		"a dangling symbolic ref": {func(w *world) {
			w.git("symbolic-ref", "refs/heads/old", "refs/heads/nowhere")
		}, nil},
		"a dangling remote HEAD": {func(w *world) {
			w.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/x")
		}, nil},
		"a lock that a crash left": {func(w *world) { w.write(".git/refs/heads/old.lock", "") }, nil},
		"a commit without parent":  {func(w *world) { w.commit(); w.removeObject("HEAD~1") }, nil},
		"a branch whose parent is gone": {func(w *world) {
			w.git("checkout", "--quiet", "-b", "old")
			w.commit()
			w.commit()
			w.git("checkout", "--quiet", "main")
			w.removeObject("old~1")
		}, nil},
		"a branch at a missing object": {func(w *world) {
			w.write(".git/refs/heads/old", missing+"\n")
		}, []string{"refs/heads/old", missing}},
		"a packed branch at a missing object": {func(w *world) {
			w.git("pack-refs", "--all")
			w.write(".git/packed-refs", w.read(".git/packed-refs")+missing+" refs/heads/old\n")
		}, []string{"refs/heads/old", missing}},
		"a tag whose object is missing": {func(w *world) {
			w.git("tag", "--annotate", "--message=x", "v1")
			w.removeObject("v1")
		}, []string{"refs/tags/v1"}},
		"a stash at a missing object": {func(w *world) {
			w.write(".git/refs/stash", missing+"\n")
		}, []string{"refs/stash", missing}},
		"an empty remote-tracking branch": {func(w *world) {
			w.write(".git/refs/remotes/origin/x", "")
		}, []string{"refs/remotes/origin/x"}},
		"a branch with a name that is none": {func(w *world) {
			w.write(".git/refs/heads/o..d", w.git("rev-parse", "HEAD"))
		}, []string{"refs/heads/o..d"}},
		"an empty ref of this linked work tree": {func(w *world) {
			w.git("worktree", "add", "--quiet", "-b", "linked", "../linked")
			w.write(".git/worktrees/linked/refs/bisect/bad", "")
			w.dir = filepath.Join(filepath.Dir(w.dir), "linked")
		}, []string{"refs/bisect/bad"}},
		"an empty HEAD of another work tree": {func(w *world) {
			w.git("worktree", "add", "--quiet", "-b", "linked", "../linked")
			w.write(".git/worktrees/linked/HEAD", "")
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.arrange(w)
			warnings := w.clean().Warnings
			if (len(warnings) > 0) != (len(c.warns) > 0) {
				t.Errorf("it warns: %q", warnings)
			}
			w.said(strings.Join(warnings, "\n"), c.warns...)
		})
	}
}
