package gate

import (
	"path/filepath"
	"strings"
	"testing"
)

const nothing = "0000000000000000000000000000000000000000"

// What is pushed is judged, not what happens to be checked out.
func TestPrePushJudgesWhatIsPushed(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.publish()
	repo.git("tag", "old")
	repo.git("tag", "blob", repo.git("hash-object", "-w", ".git/HEAD"))
	repo.git("tag", "--annotate", "--message=x", "annotated")
	for _, branch := range []string{"feature", "lost"} {
		repo.git("checkout", "--quiet", "-b", branch, "main")
		repo.commit("apps/backend/"+branch+".ts", consoleTS)
	}
	repo.git("branch", "--quiet", "--set-upstream-to=origin/main", "feature")
	repo.git("tag", "new", "feature")
	repo.git("tag", "clean", repo.git("commit-tree", "-p", "main", "-m", "x", "main^{tree}"))

	push := func(local, revision, there string) string {
		return local + " " + repo.git("rev-parse", revision) + " refs/heads/x " + there + "\n"
	}
	branch := func(name, there string) string { return push("refs/heads/"+name, name, there) }
	tag := func(name string) string { return push("refs/tags/"+name, name, nothing) }
	deletion := "(delete) " + nothing + " refs/heads/x " + repo.git("rev-parse", "main") + "\n"
	main := repo.git("rev-parse", "main")
	const feature = "backend.no-console-log apps/backend/feature.ts 1"

	checkedOut := "lost"
	for _, test := range []struct {
		name, checkedOut, stdin, refusal string
		findings                         []string
	}{
		{name: "a deletion, with no upstream", checkedOut: "lost", stdin: deletion},
		{name: "tags of what is there, and of no commit", checkedOut: "lost",
			stdin: tag("old") + tag("annotated") + tag("blob")},
		{name: "a branch without an upstream", checkedOut: "lost", stdin: branch("lost", nothing),
			refusal: "no upstream configured for branch 'lost'"},
		{name: "a tag, with no upstream", checkedOut: "lost", stdin: tag("new"),
			refusal: "no upstream configured for branch 'lost'"},
		{name: "a branch", checkedOut: "main", stdin: branch("feature", nothing), findings: []string{feature}},
		{name: "several", checkedOut: "main", stdin: branch("main", main) + branch("feature", main) + tag("new"),
			findings: []string{feature}},
		{name: "a deletion and a tag of what is new", checkedOut: "main", stdin: deletion + tag("new"),
			findings: []string{feature}},
		{name: "another branch without an upstream", checkedOut: "main", stdin: branch("lost", nothing),
			refusal: "no upstream configured for branch 'lost'"},
		{name: "one that the remote has", checkedOut: "main", stdin: branch("lost", main),
			findings: []string{"backend.no-console-log apps/backend/lost.ts 1"}},
		{name: "a revision with spaces", checkedOut: "main", stdin: push("clean^{/a b c}", "clean", main)},
		{name: "a forced push", checkedOut: "main", stdin: branch("feature", repo.git("rev-parse", "lost")),
			findings: []string{feature}},
		{name: "another branch", checkedOut: "feature", stdin: branch("main", nothing)},
		{name: "what git does not write", checkedOut: "feature", stdin: deletion + "x\n", findings: []string{feature}},
		{name: "no branch", checkedOut: "feature^0", stdin: push("HEAD", "feature", nothing),
			refusal: "HEAD does not point to a branch"},
		{name: "no branch, to one that is there", checkedOut: "feature^0", stdin: push("HEAD", "feature", main),
			findings: []string{feature}},
	} {
		if test.checkedOut != checkedOut {
			repo.git("checkout", "--quiet", test.checkedOut)
			checkedOut = test.checkedOut
		}
		repo.remove(".ai_evidence.json")
		result := repo.gateReading(test.stdin, "pumuki-pre-push", "origin", "../remote.git")
		switch {
		case test.refusal != "":
			if !strings.Contains(result.stderr, test.refusal) || !strings.Contains(result.stderr, "\nmend: ") {
				t.Errorf("%s: it says %s\n%s", test.name, result.stdout, result.stderr)
			}
		case result.exit != min(len(test.findings), 1):
			t.Errorf("%s: exit is %d\n%s%s", test.name, result.exit, result.stdout, result.stderr)
		default:
			repo.wantFindings(test.findings...)
		}
	}
}

func TestHooksTellTheGateWhatIsPushed(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.link()
	repo.writeProgram(prePush, "#!/bin/sh\ncat >.git/theirs\n")
	repo.gate("pumuki", "install").wantExit(0)
	repo.publish()
	repo.git("push", "--quiet", "--no-verify", "origin", "main:old")
	repo.commitWithoutHooks("apps/backend/a.ts", consoleTS)

	repo.git("push", "--quiet", "origin", ":old") // which takes no code anywhere
	if got := string(repo.read(".git/theirs")); !strings.HasPrefix(got, "(delete) "+nothing+" refs/heads/old ") {
		t.Errorf("the user's part of the hook read %q", got)
	}
	if said, err := repo.command("git", "push", "origin", "HEAD:new").CombinedOutput(); err == nil ||
		!strings.Contains(string(said), "pumuki pre-push: BLOCK, 1 found") {
		t.Errorf("the hook let a violation through: %v\n%s", err, said)
	}
	remote := filepath.Join(filepath.Dir(repo.root), "remote.git")
	if got := repo.git("--git-dir="+remote, "for-each-ref", "--format=%(refname)"); got != "refs/heads/main" {
		t.Errorf("the remote has %q", got)
	}
}
