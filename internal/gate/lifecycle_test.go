package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	preCommit = ".git/hooks/pre-commit"
	prePush   = ".git/hooks/pre-push"
)

func TestInstallLetsGitCallTheGate(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.rename("ré pó $(sitory)'s")
	repo.link()
	repo.gate("pumuki", "install").wantExit(0)
	before := repo.state()
	repo.gate("pumuki", "install").wantExit(0)
	if diff := cmp.Diff(before, repo.state()); diff != "" {
		t.Errorf("installed again, it changes (-before +after):\n%s", diff)
	}

	// commit --all shows its hook an index of its own; judged is that one.
	repo.commitWithoutHooks("apps/backend/src/a.ts", cleanTS)
	repo.write("apps/backend/src/a.ts", cleanTS+consoleTS)
	if err := repo.command("git", "commit", "--quiet", "--all", "--message=x").Run(); err == nil {
		t.Error("the hook let a violation through")
	}
	repo.wantFindings("backend.no-console-log apps/backend/src/a.ts 2")
	repo.write("apps/backend/src/a.ts", cleanTS+cleanTS)
	repo.git("commit", "--quiet", "--all", "--message=x")

	repo.publish()
	repo.commitWithoutHooks("apps/backend/src/b.ts", consoleTS)
	if err := repo.command("git", "push", "--quiet").Run(); err == nil {
		t.Error("the hook let a violation through")
	}
	repo.wantFindings("backend.no-console-log apps/backend/src/b.ts 1")
}

// A hook of the user's runs after the gate, though it ends in exec, whatever shell and options it has, and reads what
// git wrote to it.
func TestInstallKeepsAHookThatIsAShellScript(t *testing.T) {
	t.Parallel()
	// A name of a reference may hold what a shell would run.
	const refs = "refs/heads/$(touch\\x)`id` 1111111111111111111111111111111111111111 refs/heads/b " +
		"0000000000000000000000000000000000000000\n(delete) 0000000000000000000000000000000000000000 refs/heads/c " +
		"1111111111111111111111111111111111111111\n"
	for _, shell := range []string{"/bin/sh -eu", "/usr/bin/env -S bash -eu", "/bin/zsh -eu", "/bin/ksh"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(shell)
			if _, err := exec.LookPath(args[0]); err != nil {
				t.Skip(err)
			}
			repo := newRepository(t)
			repo.link()
			theirs := "#!" + shell + "\n# caf\xe9, not UTF-8\nexec cat >theirs"
			repo.writeProgram(prePush, theirs)
			repo.gate("pumuki", "install").wantExit(0)
			repo.standIn("pre-push", "process.stdin.pipe(require('fs').createWriteStream('gate'));"+
				"process.exitCode = process.argv[2] === 'blocked' ? 3 : 0")

			for _, test := range []struct{ argument, stdin, theirs string }{
				{"passed", refs, refs}, {"passed", "", ""}, {"blocked", refs, "did not run"},
			} {
				repo.write("theirs", "did not run")
				command := repo.command(filepath.Join(repo.root, prePush), test.argument)
				command.Stdin = strings.NewReader(test.stdin)
				said, err := command.CombinedOutput()
				if (err != nil) != (test.argument == "blocked") {
					t.Errorf("%s: %v\n%s", test.argument, err, said)
				}
				if got := string(repo.read("theirs")); got != test.theirs {
					t.Errorf("%s: the user's part read %q, want %q", test.argument, got, test.theirs)
				}
				if got := string(repo.read("gate")); strings.TrimSpace(got) != strings.TrimSpace(test.stdin) {
					t.Errorf("%s: the gate read %q, want %q", test.argument, got, test.stdin)
				}
			}
			repo.gate("pumuki", "uninstall").wantExit(0)
			if got := string(repo.read(prePush)); got != theirs {
				t.Errorf("after uninstall the hook is %q, want %q", got, theirs)
			}
		})
	}
}

func TestInstallRefusesWhatItCannotKeep(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*repository)
		reason  string
	}{
		"a hook that is no shell script": {
			func(r *repository) { r.writeProgram(prePush, "#!/usr/bin/env python3\n") },
			"is somebody else's, and no shell script",
		},
		"a hook without a first line": {
			func(r *repository) { r.writeProgram(prePush, "") }, "is somebody else's, and no shell script",
		},
		"a hook that is a link": {
			func(r *repository) { r.write(".git/hooks/x", "#!/bin/sh\n"); r.symlink("x", prePush) },
			"is somebody else's, and no shell script",
		},
		"a hook that leads nowhere": {
			func(r *repository) { r.write(".git/hooks/x", ""); r.symlink("../../made", prePush) },
			"is somebody else's, and no shell script",
		},
		"a hook that git does not run": {
			func(r *repository) { r.write(prePush, "#!/bin/sh\n") }, "is somebody else's, and git does not run it",
		},
		"a part of its block": {
			func(r *repository) { r.writeProgram(prePush, "#!/bin/sh\n# >>> pumuki install >>>\n") },
			"has a part of the gate's block, and not all",
		},
		"a folder outside": {
			func(r *repository) { r.git("config", "core.hooksPath", "../hooks") }, "core.hooksPath puts the hooks in",
		},
		"a link to the outside": {
			func(r *repository) {
				r.symlink("..", "tools")
				r.git("config", "core.hooksPath", "tools/hooks")
			}, "core.hooksPath puts the hooks in",
		},
		"node_modules in git": {
			func(r *repository) { r.write("node_modules/x", ""); r.git("add", "--force", "node_modules/x") },
			"node_modules is tracked by git",
		},
		"no package": {func(r *repository) { r.remove("node_modules") }, "pumuki is not installed in"},
		"a folder that cannot be made": {
			func(r *repository) { r.remove(".git/hooks"); r.write(".git/hooks", "") }, "not a directory",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			repo.link()
			test.prepare(repo)
			before := repo.state()

			result := repo.gate("pumuki", "install")
			result.wantExit(1)
			result.wantStderr("pumuki: cannot install: ", test.reason, "\nmend: ")
			if strings.Contains(result.stderr, "defect") {
				t.Errorf("stderr speaks of a defect:\n%s", result.stderr)
			}
			if diff := cmp.Diff(before, repo.state()); diff != "" {
				t.Errorf("changed (-before +after):\n%s", diff)
			}
		})
	}
}

// The hook is shared by all work trees: each is judged by the gate that it has, else by that of the main one.
func TestHookRunsTheGateThatIsInstalled(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.rename("mäin tree")
	repo.link()
	repo.gate("pumuki", "install").wantExit(0)
	main, linked := repo.root, filepath.Join(filepath.Dir(repo.root), "línked tree")
	repo.git("worktree", "add", "--quiet", "-b", "linked", linked)
	// Whoever is called that the hook must not call leaves a trace.
	called := filepath.Join(filepath.Dir(repo.root), "called")
	tools := filepath.Join(filepath.Dir(repo.root), "tools")
	repo.root = tools
	for _, name := range []string{"npx", "npm", "pumuki", "pumuki-pre-commit"} {
		repo.writeProgram(name, "#!/bin/sh\necho \"$0\" >>'"+called+"'\n")
	}
	repo.env[0] = "PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH")

	commit := func(root string) (said string, err error) {
		repo.root = root
		output, err := repo.command("git", "commit", "--quiet", "--allow-empty", "--message=x").CombinedOutput()
		return string(output), err
	}
	if said, err := commit(linked); err != nil || !strings.Contains(said, "pumuki pre-commit: PASS") {
		t.Errorf("with the gate of the main work tree: %v\n%s", err, said)
	}
	repo.root = linked
	repo.standIn("pre-commit", "console.log('its own')")
	if said, err := commit(linked); err != nil || said != "its own\n" {
		t.Errorf("with a gate of its own: %v\n%s", err, said)
	}
	repo.remove("node_modules")
	repo.root = main
	repo.remove("node_modules")
	said, err := commit(linked)
	want := "pumuki: cannot judge pre-commit: pumuki is not installed in " + linked + "\nmend: npm install\n"
	if err == nil || said != want {
		t.Errorf("with no gate: %v\n%s\nwant\n%s", err, said, want)
	}
	if got, err := os.ReadFile(called); err == nil {
		t.Errorf("the hook called\n%s", got)
	}
}

// A repository after install, use and uninstall is what it was, byte for byte and mode for mode.
func TestUninstallLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*repository){
		"nothing was there": func(r *repository) {
			r.remove(".git/info")
			r.write(".gitignore", "node_modules\n")
		},
		"what was there is the user's": func(r *repository) {
			r.writeProgram(preCommit, "#!/bin/sh")
			r.writeProgram(prePush, "#!/usr/bin/env bash\n\ntrue\r\n\n\n")
			r.chmod(prePush, 0o700)
			r.write(".git/info/exclude", "/.ai_evidence.json\r\nnode_modules")
		},
		"folders that are empty": func(r *repository) { r.remove(".git/info/exclude"); r.mkdir(".git/hooks") },
		"a folder of husky's, and evidence in git": func(r *repository) {
			r.writeProgram(".husky/_/pre-commit", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"")
			r.git("config", "core.hooksPath", ".husky/_")
			r.write(".ai_evidence.json", "{}")
			r.git("add", "--force", ".ai_evidence.json")
		},
		"a folder in git's directory": func(r *repository) { r.git("config", "core.hooksPath", ".git/x/y") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			repo.link()
			repo.writeChange("c")
			prepare(repo)
			before := repo.state()

			repo.gate("pumuki", "install").wantExit(0)
			repo.gate("pumuki", "sdd", "session", "--open", "--change=c").wantExit(0)
			if _, tracked := before["/.ai_evidence.json"]; !tracked {
				repo.gate("pumuki-pre-commit").wantExit(0)
			}
			if got, want := len(repo.state()), len(before); got <= want {
				t.Errorf("install and use made %d files of %d", got, want)
			}

			repo.gate("pumuki", "uninstall").wantExit(0)
			if diff := cmp.Diff(before, repo.state()); diff != "" {
				t.Errorf("left behind (-before +after):\n%s", diff)
			}
		})
	}
}

func TestUninstallReachesEveryWorkTree(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.link()
	// Seen from a linked work tree, that is no folder.
	repo.git("config", "core.hooksPath", ".git/x")
	repo.gate("pumuki", "install").wantExit(0)
	main, linked := repo.root, filepath.Join(filepath.Dir(repo.root), "linked")
	repo.git("worktree", "add", "--quiet", "-b", "linked", linked)
	repo.git("worktree", "add", "--quiet", "-b", "lost", "../lost")
	if err := os.RemoveAll(filepath.Join(filepath.Dir(main), "lost")); err != nil {
		t.Fatal(err)
	}
	repo.root = linked
	before := repo.state()
	repo.writeChange("c")
	repo.gate("pumuki", "sdd", "session", "--open", "--change=c").wantExit(0)
	repo.remove("openspec")
	repo.gate("pumuki-pre-commit").wantExit(1)
	repo.root = main

	repo.gate("pumuki", "uninstall").wantExit(0)
	repo.root = linked
	if diff := cmp.Diff(before, repo.state()); diff != "" {
		t.Errorf("left behind in a linked work tree (-before +after):\n%s", diff)
	}
	repo.gate("pumuki", "sdd", "status").wantStdout("no session is open")
	repo.root = main
	before = repo.state()
	again := repo.gate("pumuki", "uninstall", "--purge-artifacts")
	again.wantExit(0)
	again.wantStdout("pumuki: there was nothing of it here\n")
	if diff := cmp.Diff(before, repo.state()); diff != "" {
		t.Errorf("uninstalled again, it changes (-before +after):\n%s", diff)
	}
}

// What the user did since is kept, and what the gate did is found where git no longer looks.
func TestUninstallKeepsWhatCameSince(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.link()
	repo.gate("pumuki", "install").wantExit(0)
	repo.writeProgram(preCommit, string(repo.read(preCommit))+"echo mine\n")
	repo.write(".git/info/exclude", string(repo.read(".git/info/exclude"))+"\nmine\n")
	repo.git("config", "core.hooksPath", ".husky")

	repo.gate("pumuki", "uninstall").wantExit(0)
	if got := string(repo.read(preCommit)); got != "#!/bin/sh\necho mine\n" {
		t.Errorf("the hook is %q", got)
	}
	if got := string(repo.read(".git/info/exclude")); got != "node_modules\nmine\n" {
		t.Errorf("info/exclude is %q", got)
	}
	if _, err := os.Stat(filepath.Join(repo.root, prePush)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the other hook is left: %v", err)
	}
}

func TestDoctorFindsDriftAndInstallMendsIt(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.link()
	before := repo.state()
	repo.gate("pumuki", "install").wantExit(0)
	installed := string(repo.read(prePush))
	for _, test := range []struct {
		name, state string
		drift       func()
		kept        string // of what the drift brought, for it may be the user's
	}{
		{"gone", "missing", func() { repo.remove(".git/hooks") }, ""},
		{"without its mode", "not executable", func() { repo.chmod(prePush, 0o644) }, ""},
		{"emptied", "changed", func() { repo.writeProgram(prePush, "") }, ""},
		{"another", "changed", func() { repo.writeProgram(prePush, "#!/bin/sh\nexit 0\n") }, "exit 0\n"},
		{"ended early", "changed", func() { repo.edit(prePush, "#!/bin/sh\n", "#!/bin/sh\nexit 0\n") }, "exit 0\n"},
		{"edited", "changed", func() { repo.edit(prePush, "|| exit 1\n", "|| exit 0\n") }, ""},
		{"cut", "changed", func() { repo.edit(prePush, "# <<< pumuki install <<<\n", "") }, ""},
		{"twice", "changed", func() { repo.edit(prePush, installed, installed+installed[len("#!/bin/sh\n"):]) }, ""},
	} {
		repo.writeProgram(prePush, installed)
		test.drift()

		result := repo.gate("pumuki", "doctor")
		if result.exit != 1 || !strings.Contains(result.stdout, "the hook pre-push is "+test.state+": ") ||
			!strings.Contains(result.stdout, "\nmend: pumuki install\n") {
			t.Errorf("%s: doctor exits %d and says\n%s", test.name, result.exit, result.stdout)
		}
		repo.gate("pumuki", "install").wantExit(0)
		if got := string(repo.read(prePush)); got != installed+test.kept {
			t.Errorf("%s: install makes of it\n%s", test.name, got)
		}
	}
	result := repo.gate("pumuki", "doctor")
	result.wantExit(0)
	result.wantStdout(": all is in place\n")
	repo.gate("pumuki", "uninstall").wantExit(0)
	if diff := cmp.Diff(before, repo.state()); diff != "" {
		t.Errorf("left behind after all that (-before +after):\n%s", diff)
	}
}

func TestDoctorNamesAllThatIsNotInPlace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*repository)
		issues  []string
	}{
		"nothing is": {func(*repository) {}, []string{
			"the hook pre-commit is missing: ", "the hook pre-push is missing: ", "/.ai_evidence.json is missing in ",
		}},
		"the package": {func(r *repository) {
			r.gate("pumuki", "install").wantExit(0)
			r.remove("node_modules")
		}, []string{"pumuki is not installed in "}},
		"hooks that are kept outside": {func(r *repository) {
			r.gate("pumuki", "install").wantExit(0)
			r.git("config", "core.hooksPath", "../hooks")
		}, []string{"core.hooksPath puts the hooks in "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			repo.link()
			test.prepare(repo)

			result := repo.gate("pumuki", "doctor", "--json")
			result.wantExit(1)
			var got struct {
				Name, Version, Root string
				Healthy             bool
				Issues              []struct{ What, Mend string }
			}
			decodeOnly(t, result.stdout, &got)
			if got.Name != Name || got.Version != Version || got.Root != repo.root || got.Healthy {
				t.Errorf("doctor says %+v", got)
			}
			if len(got.Issues) != len(test.issues) {
				t.Fatalf("issues are %+v, want %q", got.Issues, test.issues)
			}
			for i, issue := range got.Issues {
				if !strings.HasPrefix(issue.What, test.issues[i]) || issue.Mend == "" {
					t.Errorf("issue is %+v, want %q", issue, test.issues[i])
				}
			}
		})
	}
}

func TestStatusTellsWhatThereIs(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.link()
	repo.gate("pumuki", "install").wantExit(0)
	repo.writeChange("c")
	repo.gate("pumuki", "sdd", "session", "--open", "--change=c").wantExit(0)
	repo.write("apps/backend/a.ts", consoleTS)
	repo.gate("pumuki-pre-write").wantExit(1)

	result := repo.gate("pumuki", "status")
	result.wantExit(0)
	want := fmt.Sprintf("pumuki %s in %s\nhook pre-commit: in place\nhook pre-push: in place\nsession c: valid\n"+
		"evidence: BLOCK at PRE_WRITE\n", Version, repo.root)
	if diff := cmp.Diff(want, result.stdout); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}

	result = repo.gate("pumuki", "status", "--json")
	result.wantExit(0)
	var got struct {
		Name, Version, Root string
		Hooks               []struct{ Name, File, State string }
		Session             struct {
			Change string
			Valid  bool
			Faults []string
		}
		Evidence evidenceState
	}
	decodeOnly(t, result.stdout, &got)
	state := evidenceState{
		File: filepath.Join(repo.root, ".ai_evidence.json"), State: "present", Stage: "PRE_WRITE", Outcome: "BLOCK",
		Findings: 1, Branch: "main", Current: true, Timestamp: got.Evidence.Timestamp,
	}
	if got.Name != Name || len(got.Hooks) != 2 || got.Hooks[1].State != "in place" || !got.Session.Valid ||
		got.Evidence != state {
		t.Errorf("status says %+v", got)
	}
}

// evidenceState is what the gate tells of its evidence.
type evidenceState struct {
	File, State, Stage, Outcome, Timestamp, Branch string
	Findings                                       int
	Current                                        bool
}

func TestRemoveSaysWhatItCannot(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*repository)
		reason  string
	}{
		"a damaged manifest": {func(r *repository) { r.write("package.json", "{") }, "package.json cannot be read: "},
		"npm that fails": {func(r *repository) {
			r.write("package.json", `{"devDependencies": {"pumuki": "1"}}`)
			r.writeProgram("tools/npm", "#!/bin/sh\necho npm error code E1 >&2\nexit 1\n")
			r.env[0] = "PATH=" + filepath.Join(r.root, "tools") + string(os.PathListSeparator) + os.Getenv("PATH")
		}, "npm uninstall pumuki failed: npm error code E1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			repo.link()
			test.prepare(repo)
			result := repo.gate("pumuki", "remove")
			result.wantExit(1)
			result.wantStderr("pumuki: cannot remove: ", test.reason, "\nmend: ")
			if strings.Contains(result.stderr, "defect") {
				t.Errorf("stderr speaks of a defect:\n%s", result.stderr)
			}
		})
	}
}

// A program that reads JSON gets JSON, where the gate refuses too.
func TestARefusalIsJSONWhereJSONWasAskedFor(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.remove(".git")
	for _, command := range []string{"status", "doctor"} {
		result := repo.gate("pumuki", command, "--json")
		result.wantExit(1)
		var got struct{ Refused struct{ Reason, Mend string } }
		decodeOnly(t, result.stdout, &got)
		if !strings.HasPrefix(got.Refused.Reason, "not a git repository") || got.Refused.Mend == "" {
			t.Errorf("%s says %+v", command, got)
		}
		result.wantStderr("pumuki: cannot ", "\nmend: ")
	}
}

// decodeOnly decodes a text that is one JSON document and nothing else.
func decodeOnly(t *testing.T, text string, value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), value); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

// rename gives the repository another name.
func (r *repository) rename(name string) {
	r.t.Helper()
	root := filepath.Join(filepath.Dir(r.root), name)
	if err := os.Rename(r.root, root); err != nil {
		r.t.Skip(err)
	}
	r.root = root
}

// link puts the package where npm would, without node_modules/.bin.
func (r *repository) link() {
	r.t.Helper()
	if runtime.GOOS == "windows" {
		r.t.Skip("needs links")
	}
	r.write(".git/info/exclude", "node_modules")
	r.mkdir("node_modules")
	r.symlink(filepath.Dir(filepath.Dir(program(r.t, "pumuki"))), "node_modules/pumuki")
}

// standIn puts a gate of another kind where the hook looks for one.
func (r *repository) standIn(stage, script string) {
	r.t.Helper()
	r.remove("node_modules/pumuki")
	r.write("node_modules/pumuki/bin/pumuki-"+stage+".js", script)
}

// publish pushes the branch to a remote of its own, past the hooks.
func (r *repository) publish() {
	r.t.Helper()
	remote := filepath.Join(filepath.Dir(r.root), "remote.git")
	r.git("init", "--quiet", "--bare", "--template=", remote)
	r.git("remote", "add", "origin", remote)
	r.git("push", "--quiet", "--no-verify", "--set-upstream", "origin", "HEAD")
}

func (r *repository) writeProgram(name, content string) {
	r.t.Helper()
	r.write(name, content)
	r.chmod(name, 0o755)
}

func (r *repository) edit(name, from, to string) {
	r.t.Helper()
	content := string(r.read(name))
	if !strings.Contains(content, from) {
		r.t.Fatalf("%s has no %q", name, from)
	}
	r.writeProgram(name, strings.Replace(content, from, to, 1))
}

func (r *repository) chmod(name string, mode fs.FileMode) {
	r.t.Helper()
	if err := os.Chmod(filepath.Join(r.root, name), mode); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) mkdir(name string) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Join(r.root, name), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) symlink(target, name string) {
	r.t.Helper()
	if err := os.Symlink(target, filepath.Join(r.root, name)); err != nil {
		r.t.Fatal(err)
	}
}

// state is all that is in the repository, .git included: each file, folder and link, with its mode.
func (r *repository) state() map[string]string {
	r.t.Helper()
	state := map[string]string{}
	err := filepath.WalkDir(r.root, func(file string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case info.Mode().IsRegular():
			var bytes []byte
			bytes, err = os.ReadFile(file)
			content = string(bytes)
		case info.Mode()&fs.ModeSymlink != 0:
			content, err = os.Readlink(file)
		}
		state[strings.TrimPrefix(file, r.root)] = info.Mode().String() + " " + content
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return state
}
