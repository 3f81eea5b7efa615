//go:build unix

package workspace_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

func TestMain(m *testing.M) {
	testhost.Prepare()
	var err error
	if sources.dir, err = os.MkdirTemp("", "workspace-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(sources.dir)
	m.Run()
}

// missing is the hash of an object that no repository of these tests holds.
const missing = "1234567812345678123456781234567812345678"

// source is a repository to clone, with two commits on main.
type source struct {
	*testing.T
	dir string
	// exits are what the observed steps ended with, by name.
	exits map[string]int
}

func newSource(t *testing.T, initArgs ...string) *source {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &source{T: t, dir: filepath.Join(base, "source"), exits: map[string]int{}}
	if err := os.CopyFS(s.dir, os.DirFS(made(t, initArgs...))); err != nil {
		t.Fatal(err)
	}
	return s
}

// sources are the repositories that every source is a copy of: git takes longer to make one.
var sources struct {
	sync.Mutex
	dir string
}

// made makes the repository for some further arguments of git init, where no test has done so, and returns where it is.
func made(t *testing.T, initArgs ...string) (dir string) {
	t.Helper()
	sources.Lock()
	defer sources.Unlock()
	s := &source{T: t, dir: filepath.Join(sources.dir, "made"+strings.Join(initArgs, ""))}
	if _, err := os.Stat(s.dir); err == nil {
		return s.dir
	}
	s.write("note.txt", "one\n")
	s.git(append([]string{"init", "--quiet", "--template=", "--initial-branch=main"}, initArgs...)...)
	s.git("add", "--all")
	s.git("commit", "--quiet", "--message=one")
	s.git("commit", "--quiet", "--allow-empty", "--message=two")
	return s.dir
}

// git runs a command in the source repository as its user would.
func (s *source) git(args ...string) string {
	s.Helper()
	return s.gitIn(s.dir, args...)
}

func (s *source) gitIn(dir string, args ...string) string {
	s.Helper()
	cmd := exec.Command("git", append([]string{"-c", "maintenance.auto=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(s.dir), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.invalid",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.invalid"}
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		s.Fatalf("git %q: %v\n%s", args, err, said.String())
	}
	return strings.TrimSpace(string(out))
}

func (s *source) write(name, content string) {
	s.Helper()
	path := filepath.Join(s.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err := errors.Join(err, os.WriteFile(path, []byte(content), 0o644)); err != nil {
		s.Fatal(err)
	}
}

// clone clones the source at a commit as a run does, or as mage reproduce does.
func (s *source) clone(commit string, rewind bool) (*workspace.Consumer, error) {
	s.Helper()
	o := s.options()
	o.Commit, o.Rewind = commit, rewind
	return s.workspace().Clone(s.Context(), o, suite.Default()[0])
}

// workspace is one for runs on the source, which goes with the test.
func (s *source) workspace() *workspace.Workspace {
	s.Helper()
	w, err := workspace.Create(s.dir)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = w.Remove() })
	config := npm.ReadConfig(npm.Host{Env: os.Environ(), Dir: s.dir, Source: s.dir})
	if err := w.Equip(os.Environ(), toolchain.Programs{}, config, npm.Embedded); err != nil {
		s.Fatal(err)
	}
	return w
}

func (s *source) options() workspace.Options {
	return workspace.Options{
		Source: s.dir, Timeout: time.Minute,
		Redact: func(to io.Writer) io.WriteCloser { return unchanged{to} },
		Observe: func(_ string, step suite.Step) func(int, string) {
			return func(exit int, _ string) { s.exits[step.Name] = exit }
		},
	}
}

// unchanged is a writer that redacts nothing.
type unchanged struct{ io.Writer }

func (unchanged) Close() error { return nil }

func TestNoRefOfTheSourceRemainsInAClone(t *testing.T) {
	t.Parallel()
	tip := func(s *source, refs ...string) {
		for _, ref := range refs {
			s.git("update-ref", ref, "HEAD~1")
		}
	}
	for name, arrange := range map[string]func(*source){
		"main":               func(*source) {},
		"the branch feature": func(s *source) { s.git("checkout", "--quiet", "-b", "feature") },
		"the branch feature/matrix-clean": func(s *source) {
			s.git("checkout", "--quiet", "-b", "feature/matrix-clean")
		},
		"other branches": func(s *source) {
			tip(s, "refs/heads/feature/matrix-clean", "refs/heads/upstream-clean/x", "refs/heads/HEAD")
		},
		"tags": func(s *source) { tip(s, "refs/tags/feature", "refs/tags/upstream-clean", "refs/tags/HEAD") },
		"a tag and a branch of one name": func(s *source) {
			tip(s, "refs/tags/main", "refs/tags/upstream-clean", "refs/heads/upstream-clean")
		},
		"remote-tracking branches, notes, replaced objects": func(s *source) {
			tip(s, "refs/remotes/origin/upstream-clean", "refs/remotes/upstream-clean/HEAD", "refs/notes/commits")
			s.git("replace", "HEAD", "HEAD~1")
		},
		"a branch like an option": func(s *source) {
			tip(s, "refs/heads/-x")
			s.git("symbolic-ref", "HEAD", "refs/heads/-x")
		},
		"HEAD at no branch of refs/heads": func(s *source) {
			tip(s, "refs/odd/main")
			s.git("symbolic-ref", "HEAD", "refs/odd/main")
		},
		"a detached HEAD":                       func(s *source) { s.git("checkout", "--quiet", "--detach", "HEAD~1") },
		"a detached HEAD where a branch is too": func(s *source) { s.git("checkout", "--quiet", "--detach") },
		"packed refs": func(s *source) {
			tip(s, "refs/heads/feature", "refs/tags/upstream-clean")
			s.git("pack-refs", "--all")
		},
		"refs that the source hides or shows by its own configuration": func(s *source) {
			tip(s, "refs/heads/feature")
			s.git("config", "transfer.hideRefs", "refs/heads/main")
			s.git("config", "--add", "uploadpack.hideRefs", "!refs/heads/feature")
		},
		"a linked work tree": func(s *source) {
			s.git("worktree", "add", "--quiet", "-b", "feature", "../linked")
			s.dir = filepath.Join(filepath.Dir(s.dir), "linked")
		},
		"a shallow clone": func(s *source) {
			s.git("clone", "--quiet", "--depth=2", "file://"+s.dir, "../shallow")
			s.dir = filepath.Join(filepath.Dir(s.dir), "shallow")
			s.git("checkout", "--quiet", "-b", "feature")
		},
		"a partial clone": func(s *source) {
			s.git("config", "uploadpack.allowFilter", "true")
			s.git("clone", "--quiet", "--filter=tree:0", "file://"+s.dir, "../partial")
			s.dir = filepath.Join(filepath.Dir(s.dir), "partial")
		},
		"an odd path": func(s *source) {
			odd := filepath.Join(filepath.Dir(s.dir), "-o d\n'd' \"$HOME\" `x`")
			if err := os.Rename(s.dir, odd); err != nil {
				s.Fatal(err)
			}
			s.dir = odd
		},
		// Git itself cannot clone the first two of these; a run looks at HEAD alone.
		"an empty ref":               func(s *source) { s.write(".git/refs/heads/old", "") },
		"a ref with garbage":         func(s *source) { s.write(".git/refs/heads/old", "garbage\n") },
		"a ref at a missing object":  func(s *source) { s.write(".git/refs/heads/old", missing+"\n") },
		"a dangling symbolic ref":    func(s *source) { s.git("symbolic-ref", "refs/heads/old", "refs/heads/nowhere") },
		"a commit that lacks parent": func(s *source) { s.removeObject("HEAD~1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSource(t)
			arrange(s)
			s.isolated()
		})
	}
	t.Run("SHA-256", func(t *testing.T) {
		t.Parallel()
		s := newSource(t, "--object-format=sha256")
		s.git("checkout", "--quiet", "-b", "feature")
		s.isolated()
	})
}

func (s *source) removeObject(name string) {
	s.Helper()
	id := s.git("rev-parse", name)
	if err := os.Remove(filepath.Join(s.dir, ".git/objects", id[:2], id[2:])); err != nil {
		s.Fatal(err)
	}
}

// isolated holds that a clone is at HEAD of the source, knows no ref of it, and that the steps which make refs make
// theirs; and that the command of the step does the same in a shell.
func (s *source) isolated() {
	s.Helper()
	head := s.git("rev-parse", "HEAD")
	c, err := s.clone(head, false)
	if err != nil {
		s.Fatal(err)
	}
	s.noRefs(c.Dir, head)
	if err := os.RemoveAll(c.Dir); err != nil {
		s.Fatal(err)
	}
	pasted := exec.Command("sh", "-c", c.Command(suite.GitClone))
	pasted.Dir = filepath.Dir(c.Dir)
	if out, err := pasted.CombinedOutput(); err != nil {
		s.Fatalf("pasted: %v\n%s", err, out)
	}
	s.noRefs(c.Dir, head)
	for _, step := range []suite.Step{suite.FeatureBranch, suite.UpstreamBranch} {
		if step.Name == suite.UpstreamBranch.Name {
			s.gitIn(c.Dir, "commit", "--quiet", "--allow-empty", "--message=three")
		}
		if err := c.Must(s.Context(), step); err != nil {
			s.Fatal(err)
		}
	}
	refs := strings.ReplaceAll(s.gitIn(c.Dir, "for-each-ref", "--format=%(refname)"), "\n", " ")
	if refs != "refs/heads/feature/matrix-clean refs/heads/upstream-clean" {
		s.Errorf("after the steps it has the refs %s", refs)
	}
	if got := s.gitIn(c.Dir, "rev-parse", "@{upstream}", "upstream-clean"); got != head+"\n"+head {
		s.Errorf("the upstream branch is at\n%s, want %s", got, head)
	}
}

// noRefs holds that a clone is at a commit, with its files, and has no ref but HEAD.
func (s *source) noRefs(clone, head string) {
	s.Helper()
	if got := s.gitIn(clone, "show-ref", "--head"); got != head+" HEAD" {
		s.Errorf("the clone has the refs\n%s\nwant only HEAD at %s", got, head)
	}
	if got, err := os.ReadFile(filepath.Join(clone, "note.txt")); err != nil || string(got) != "one\n" {
		s.Errorf("note.txt: %q, %v", got, err)
	}
}

func TestCloneIsOfTheCommitThatWasFoundClean(t *testing.T) {
	t.Parallel()
	s := newSource(t)
	_, err := s.clone(s.git("rev-parse", "HEAD~1"), false)
	if f := suite.AsFailure(err); f == nil || f.Step.Name != suite.GitClone.Name ||
		!strings.Contains(err.Error(), "the source repository moved during the run") {
		t.Errorf("got %v", err)
	}
}

// A disk that is full while something is cloned is no damage of the source repository.
func TestFullDiskIsNotBlamedOnTheSourceRepository(t *testing.T) {
	s := newSource(t)
	s.write("big.txt", strings.Repeat("0123456789abcdef", 1<<16))
	s.git("add", "--all")
	s.git("commit", "--quiet", "--message=big")
	dir := filepath.Join(filepath.Dir(s.dir), "tmp")
	mount("size=256k")(t, dir)
	t.Setenv("TMPDIR", dir)
	_, err := s.clone(s.git("rev-parse", "HEAD"), false)
	f := suite.AsFailure(err)
	if f == nil || f.Step.Name != suite.GitClone.Name || f.Kind != suite.KindEnvironment {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); !strings.Contains(text, "the disk is full") || strings.Contains(text, "fsck") {
		t.Errorf("it says: %s", text)
	}
}

// The preflight looks at how an object begins. What is wrong with the rest of it is found when it is checked out.
func TestCloneOfADamagedObjectFailsWithItsNameAndAMend(t *testing.T) {
	t.Parallel()
	s := newSource(t)
	s.write("big.txt", strings.Repeat("0123456789abcdef", 1<<12))
	s.git("add", "--all")
	s.git("commit", "--quiet", "--message=big")
	id := s.git("rev-parse", "HEAD:big.txt")
	file := filepath.Join(s.dir, ".git/objects", id[:2], id[2:])
	if err := errors.Join(os.Chmod(file, 0o644), os.Truncate(file, 100)); err != nil {
		t.Fatal(err)
	}
	_, err := s.clone(s.git("rev-parse", "HEAD"), false)
	f := suite.AsFailure(err)
	if f == nil || f.Step.Name != suite.GitClone.Name || !strings.Contains(err.Error(), "fsck --full") {
		t.Fatalf("got %v", err)
	}
	if log, err := os.ReadFile(f.LogPath); err != nil || !strings.Contains(string(log), id) {
		t.Errorf("its log does not name the object: %v\n%s", err, log)
	}
}

func TestCloneIsTakenBackToAnOlderCommit(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(*source){
		"the branch has moved on": func(*source) {},
		"the branch was set to another commit": func(s *source) {
			s.git("checkout", "--quiet", "--orphan", "new")
			s.git("commit", "--quiet", "--message=other")
			s.git("branch", "--quiet", "-D", "main")
		},
		"a shallow source is at another branch": func(s *source) {
			s.git("checkout", "--quiet", "--orphan", "new")
			s.git("commit", "--quiet", "--message=other")
			s.git("clone", "--quiet", "--depth=1", "--no-single-branch", "file://"+s.dir, "../shallow")
			s.dir = filepath.Join(filepath.Dir(s.dir), "shallow")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSource(t)
			commit := s.git("rev-parse", "HEAD")
			s.write("note.txt", "another\n")
			arrange(s)
			c, err := s.clone(commit, true)
			if err != nil {
				t.Fatal(err)
			}
			s.noRefs(c.Dir, commit)
		})
	}
	s := newSource(t)
	if _, err := s.clone(missing, true); err == nil || !strings.Contains(err.Error(), "does not hold commit "+missing) {
		t.Errorf("a commit that is gone: %v", err)
	}
}

func TestCopyThatFailedIsObservedAsSuch(t *testing.T) {
	t.Parallel()
	s := newSource(t)
	c, err := s.clone(s.git("rev-parse", "HEAD"), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Fork(t.Context(), suite.Default()[1]); err != nil || s.exits["fork"] != suite.ExitPass {
		t.Errorf("a copy that succeeded: exit %d, %v", s.exits["fork"], err)
	}
	if err := os.RemoveAll(c.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Fork(t.Context(), suite.Default()[2]); err == nil || s.exits["fork"] != suite.ExitFail {
		t.Errorf("a copy that failed: exit %d, %v", s.exits["fork"], err)
	}
}

// Npm links the commands of all packages of a consumer into one folder, by whichever comes last.
func TestCommandOfAnotherPackageIsNotRun(t *testing.T) {
	t.Parallel()
	s := newSource(t)
	for path, text := range map[string]string{
		"node_modules/pumuki/own": "#!/bin/sh\nexit 7\n", "node_modules/.bin/x": "",
		"node_modules/other/pumuki-pre-commit": "#!/bin/sh\nexit 1\n",
	} {
		s.write(path, text)
		if err := os.Chmod(filepath.Join(s.dir, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(s.dir, "node_modules/.bin")
	err := errors.Join(os.Symlink("../pumuki/own", filepath.Join(bin, "pumuki-ci")),
		os.Symlink("../other/pumuki-pre-commit", filepath.Join(bin, "pumuki-pre-commit")))
	if err != nil {
		t.Fatal(err)
	}
	s.git("add", "--all", "--force")
	s.git("commit", "--quiet", "--message=commands")
	c, err := s.clone(s.git("rev-parse", "HEAD"), false)
	if err != nil {
		t.Fatal(err)
	}
	c.Hold(npm.Package{Name: "pumuki", Version: "9.2.0"})
	if exit, err := c.Run(t.Context(), suite.StageCI); err != nil || exit != 7 {
		t.Errorf("the gate's own: exit %d, %v", exit, err)
	}
	_, err = c.Run(t.Context(), suite.StagePreCommit)
	if err == nil || !strings.Contains(err.Error(), "other/pumuki-pre-commit") {
		t.Errorf("that of another package: %v", err)
	}
}

// Each scenario may be prepared alone, one after the other, while somebody builds the next release.
func TestAllScenariosAreOfTheGateThatTheRunBeganWith(t *testing.T) {
	t.Parallel()
	for _, form := range []npm.Form{npm.Tarball, npm.Folder} {
		s := newSource(t)
		s.write("../gate/package.json", `{"name": "pumuki", "version": "9.1.0"}`)
		path := filepath.Join(filepath.Dir(s.dir), "gate")
		change := func() { s.write("../gate/later.js", "") }
		if form == npm.Tarball {
			tarball, err := gate.Pack(path)
			if err != nil {
				t.Fatal(err)
			}
			path, change = tarball, func() { s.write("../gate/"+filepath.Base(tarball), "another") }
		}
		spec, err := npm.ParseSpec(path, s.dir)
		if err != nil {
			t.Fatal(err)
		}
		w, o := s.workspace(), s.options()
		o.Spec = spec
		o.Asked = w.Ask(t.Context(), o, suite.Default()[0], nil)
		first, err := w.Gate(t.Context(), o, suite.Default()[0])
		if err != nil {
			t.Fatal(err)
		}
		change()
		if second, err := w.Gate(t.Context(), o, suite.Default()[1]); err != nil || second != first {
			t.Errorf("%s: first %v, then %v, %v", path, first, second, err)
		}
		o.Asked.Stop()
	}
}
