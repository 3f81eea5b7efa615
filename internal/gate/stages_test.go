package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	cleanTS   = "export const answer = 42\n"
	consoleTS = "console.log(answer)\n"
)

func TestPreCommitBlocksConsoleLogInBackend(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("apps/backend/src/a.ts", cleanTS+consoleTS)
	repo.git("add", "--all")

	result := repo.gate("pumuki-pre-commit")

	result.wantExit(1)
	result.wantStdout("apps/backend/src/a.ts:2  CRITICAL  backend.no-console-log  ",
		"pumuki pre-commit: BLOCK, 1 found in 1 changed source files (backend)\n")
	evidence := repo.evidence()
	want := snapshot{Stage: "PRE_COMMIT", Outcome: "BLOCK", Findings: []finding{{
		RuleID: "backend.no-console-log", Severity: "CRITICAL", File: "apps/backend/src/a.ts", Lines: []int{2},
	}}}
	if diff := cmp.Diff(want, evidence.Snapshot, cmpopts.IgnoreFields(finding{}, "Message"),
		cmpopts.IgnoreFields(snapshot{}, "Coverage")); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
}

func TestPreCommitPassesACleanChangeOnEveryPlatform(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("apps/backend/src/a.ts", cleanTS)
	repo.write("apps/frontend/src/A.tsx", "export const A = () => <p>Don't print(x)!</p>\n")
	repo.write("apps/ios/Sources/A.swift", "let a = 1\n")
	repo.write("apps/android/src/A.kt", "val a = 1\n")
	repo.git("add", "--all")

	result := repo.gate("pumuki-pre-commit")

	result.wantExit(0)
	result.wantStdout("pumuki pre-commit: PASS, 0 found in 4 changed source files (android, backend, frontend, ios)\n")
	evidence := repo.evidence()
	passed := snapshot{Stage: "PRE_COMMIT", Outcome: "PASS", Findings: []finding{}}
	if diff := cmp.Diff(passed, evidence.Snapshot, cmpopts.IgnoreFields(snapshot{}, "Coverage")); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
	var bundles []string
	for _, ruleset := range evidence.Rulesets {
		bundles = append(bundles, ruleset.Platform+" "+ruleset.Bundle)
		if len(ruleset.Hash) != 64 {
			t.Errorf("hash of %s is %q", ruleset.Bundle, ruleset.Hash)
		}
	}
	want := []string{
		"android androidRuleSet@reference", "backend backendRuleSet@reference", "frontend frontendRuleSet@reference",
		"ios iosRuleSet@reference", "policy gate-policy.reference.PRE_COMMIT",
	}
	if diff := cmp.Diff(want, bundles); diff != "" {
		t.Errorf("rulesets (-want +got):\n%s", diff)
	}
}

func TestEvidenceTellsWhichRulesWereAtWork(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("apps/ios/Sources/A.swift", "print(1)\n")
	repo.git("add", "--all")

	repo.gate("pumuki-pre-commit").wantExit(1)

	ios := []string{"ios.no-anyview", "ios.no-force-unwrap", "ios.no-print"}
	want := coverage{
		Stage: "PRE_COMMIT", Active: ios, Evaluated: ios, Matched: []string{"ios.no-print"}, Unevaluated: []string{},
		Counts: map[string]int{"active": 3, "evaluated": 3, "matched": 1, "unevaluated": 0}, Ratio: 1,
	}
	if diff := cmp.Diff(want, repo.evidence().Snapshot.Coverage); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
}

func TestEvidenceTellsWhereAndWhenItWasTaken(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.git("branch", "--quiet", "base")
	repo.git("branch", "--quiet", "--set-upstream-to=base")
	before := time.Now().Add(-time.Second)

	repo.gate("pumuki-pre-commit").wantExit(0)

	evidence := repo.evidence()
	if evidence.Version != "2.1" {
		t.Errorf("version is %q", evidence.Version)
	}
	if evidence.Timestamp.Before(before) || evidence.Timestamp.After(time.Now().Add(time.Second)) {
		t.Errorf("timestamp is %v", evidence.Timestamp)
	}
	var want repoState
	want.RepoRoot = repo.root
	want.Git.Available, want.Git.Branch, want.Git.Upstream = true, "main", "base"
	if diff := cmp.Diff(want, evidence.RepoState); diff != "" {
		t.Errorf("repo_state (-want +got):\n%s", diff)
	}
}

func TestSameChangeGivesTheSameEvidence(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("apps/backend/src/b.ts", consoleTS)
	repo.write("apps/backend/src/a.ts", consoleTS+"let a: any\n")
	repo.git("add", "--all")
	repo.gate("pumuki-pre-commit").wantExit(1)
	first := repo.evidence()
	repo.gate("pumuki", "pre-commit").wantExit(1)

	if diff := cmp.Diff(first, repo.evidence(), cmpopts.IgnoreFields(evidence{}, "Timestamp")); diff != "" {
		t.Errorf("first and second run (-first +second):\n%s", diff)
	}
}

// Before the first commit all is new.
func TestTheFirstCommitIsJudged(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.git("update-ref", "-d", "HEAD")
	repo.write("apps/backend/src/a.ts", cleanTS+consoleTS)
	for _, stage := range []string{"pumuki-pre-write", "pumuki-pre-commit"} {
		repo.gate(stage).wantExit(1)
		repo.wantFindings("backend.no-console-log apps/backend/src/a.ts 2")
		repo.git("add", "--all", "apps")
	}
	if got := repo.evidence().RepoState.Git.Branch; got != "main" {
		t.Errorf("branch is %q", got)
	}
	repo.git("rm", "--quiet", "--cached", "-r", ".")
	repo.gate("pumuki-pre-commit").wantExit(0)
}

// Whatever git is about to finish, what would be committed is judged.
func TestACommitInProgressIsJudged(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.commit("apps/backend/a.ts", "export const a = 1\n")
	repo.commit("apps/backend/a.ts", "export const a = 2\n")
	repo.git("checkout", "--quiet", "-b", "other", "HEAD~1")
	repo.commit("apps/backend/a.ts", "export const a = 3\n")
	repo.git("checkout", "--quiet", "main")
	for _, start := range [][]string{
		{"merge", "other"}, {"rebase", "other"}, {"cherry-pick", "other"}, {"revert", "HEAD~1"},
	} {
		if said, err := repo.command("git", start...).CombinedOutput(); err == nil {
			t.Fatalf("%s: no conflict\n%s", start, said)
		}
		repo.write("apps/backend/a.ts", cleanTS+consoleTS)
		repo.git("add", "apps")
		repo.gate("pumuki-pre-commit").wantExit(1)
		repo.wantFindings("backend.no-console-log apps/backend/a.ts 2")
		repo.git(start[0], "--abort")
	}
}

// A verdict follows from the change alone, whatever was found earlier; so does the second of two.
func TestEvidenceHasNoSayInAVerdict(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.gate("pumuki-pre-write").wantExit(0)
	passed := string(repo.read(".ai_evidence.json"))
	repo.git("checkout", "--quiet", "-b", "other")
	repo.write("apps/backend/a.ts", consoleTS+"let a: any\n")
	repo.git("add", "apps")
	repo.gate("pumuki-pre-commit").wantExit(1)
	blocked := repo.evidence()
	text := string(repo.read(".ai_evidence.json"))
	for name, earlier := range map[string]string{
		"missing": "", "damaged": "{", "of another branch": passed, "of the same change": text,
	} {
		repo.remove(".ai_evidence.json")
		if earlier != "" {
			repo.write(".ai_evidence.json", earlier)
		}
		repo.gate("pumuki-pre-commit").wantExit(1)
		if diff := cmp.Diff(blocked, repo.evidence(), cmpopts.IgnoreFields(evidence{}, "Timestamp")); diff != "" {
			t.Errorf("after evidence that is %s (-want +got):\n%s", name, diff)
		}
	}
	repo.git("rm", "--quiet", "--cached", "apps/backend/a.ts")
	repo.write(".ai_evidence.json", text)
	repo.gate("pumuki-pre-commit").wantExit(0)
}

func TestPreCommitJudgesOnlyAddedLines(t *testing.T) {
	t.Parallel()
	old := "console.log(1)\n" + strings.Repeat(cleanTS, 3) + "console.log(2)\n" + cleanTS + "\n" + cleanTS
	for name, prepare := range map[string]func(*repository){
		"plain": func(*repository) {},
		"configured to show context": func(r *repository) {
			r.git("config", "diff.interHunkContext", "9")
			r.git("config", "diff.context", "9")
			r.git("config", "diff.suppressBlankEmpty", "true")
			r.env = append(r.env, "GIT_DIFF_OPTS=--unified=9")
		},
		"configured to look different": func(r *repository) {
			r.git("config", "diff.noprefix", "true")
			r.git("config", "diff.external", "false")
			r.git("config", "color.ui", "always")
			r.git("config", "core.quotePath", "false")
		},
		"hidden from readers": func(r *repository) { r.write(".git/info/attributes", "* -diff\n") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			repo.commit("apps/backend/src/a.ts", old)
			prepare(repo)

			repo.write("apps/backend/src/a.ts", strings.Replace(old, cleanTS, "const b = 1\nconst c = 2\n", 1))
			repo.git("add", "--all")
			repo.gate("pumuki-pre-commit").wantExit(0)

			repo.write("apps/backend/src/a.ts", "// new\n"+old+"console.log(3) // no newline at the end")
			repo.git("add", "--all")
			repo.gate("pumuki-pre-commit").wantExit(1)
			repo.wantFindings("backend.no-console-log apps/backend/src/a.ts 10")
		})
	}
}

func TestPreCommitReadsTheWholeFileToTellCodeFromComment(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.commit("apps/backend/src/a.ts", "/*\nold\n*/\nconst a = `\nold\n`\ntry { f() }\ncatch (e) {\n  throw e\n}\n")

	repo.write("apps/backend/src/a.ts",
		"/*\nconsole.log(1)\n*/\nconst a = `\nconsole.log(2)\n`\ntry { f() }\ncatch (e) {\n  // throw e\n}\n")
	repo.git("add", "--all")

	repo.gate("pumuki-pre-commit").wantExit(1)
	repo.wantFindings("backend.no-empty-catch apps/backend/src/a.ts 8")
}

func TestPreCommitJudgesWhatIsStagedNotWhatLiesAround(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("apps/backend/src/a.ts", consoleTS)
	repo.write("apps/backend/src/b.ts", cleanTS)
	repo.git("add", "--all")
	repo.write("apps/backend/src/a.ts", cleanTS)
	repo.write("apps/backend/src/b.ts", consoleTS)
	repo.write("apps/backend/src/c.ts", consoleTS)

	repo.gate("pumuki-pre-commit").wantExit(1)
	repo.wantFindings("backend.no-console-log apps/backend/src/a.ts 1")
}

func TestFilesOfAnyNameAreJudged(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	repo := newRepository(t)
	names := []string{
		"apps/backend/a b.ts", "apps/backend/a\nb.ts", "apps/backend/a\tb\"c'.ts", "apps/backend/ä€😀.ts",
		"apps/backend/$(touch x);`id`.ts", "apps/backend/:(glob)*.ts", "apps/backend/back\\slash.ts",
		"-- apps/apps/backend/-a.ts", "apps/backend/b/a.ts => c.ts",
	}
	for _, name := range names {
		repo.write(name, consoleTS)
	}
	repo.git("add", "--all")

	result := repo.gate("pumuki-pre-commit")
	result.wantExit(1)
	result.wantStdout(`"apps/backend/a\nb.ts":1  CRITICAL`)
	var got []string
	for _, finding := range repo.evidence().Snapshot.Findings {
		got = append(got, finding.File)
	}
	slices.Sort(names)
	slices.Sort(got)
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestAMovedFileIsJudgedByItsNewLines(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	old := consoleTS + strings.Repeat(cleanTS, 20)
	repo.commit("apps/backend/src/old.ts", old)

	repo.git("mv", "apps/backend/src/old.ts", "apps/backend/src/new name.ts")
	repo.gate("pumuki-pre-commit").wantExit(0)

	repo.write("apps/backend/src/new name.ts", old+"let a: any\n")
	repo.git("add", "--all")
	repo.gate("pumuki-pre-commit").wantExit(1)
	repo.wantFindings("backend.avoid-explicit-any apps/backend/src/new name.ts 22")
}

// One process compares all files of a change; what it says of each is what it says of that one alone.
func TestFilesOfOneChangeAreJudgedAsEachAlone(t *testing.T) {
	t.Parallel()
	lines := []string{
		"console.log(1)\n", "console.log(2)\n", "console.log(3)\r\n", "console.log(4)\rdiff --git a/x b/x\n", "\n",
		"f()\n", "diff --git a/x b/x\n", "index 12..34 100644\n", "@@ -1 +9 @@\n", "-- a/x\n", "++ b/x\n",
		"console.log(5)",
	}
	random := rand.New(rand.NewPCG(1, 2))
	some := func(most int) (some []string) {
		for range random.IntN(most + 1) {
			some = append(some, lines[random.IntN(len(lines))])
		}
		return some
	}
	repo := newRepository(t)
	repo.git("config", "diff.interHunkContext", "2")
	before := map[string][]string{}
	for i := range 5 {
		name := fmt.Sprintf("apps/backend/%d.ts", i)
		before[name] = some(30)
		repo.write(name, strings.Join(before[name], ""))
	}
	repo.git("add", "--all")
	repo.git("commit", "--quiet", "--message=before")
	names := slices.Sorted(maps.Keys(before))
	for _, name := range names {
		after := before[name]
		for range 3 {
			from := random.IntN(len(after) + 1)
			to := min(from+random.IntN(3), len(after))
			after = slices.Concat(after[:from], some(2), after[to:])
		}
		repo.write(name, strings.Join(after, ""))
	}
	findings := func() []finding {
		repo.gate("pumuki-pre-commit")
		return repo.evidence().Snapshot.Findings
	}
	var alone []finding
	for _, name := range names {
		repo.git("reset", "--quiet")
		repo.git("add", name)
		alone = append(alone, findings()...)
	}
	repo.git("add", "apps")
	if diff := cmp.Diff(alone, findings()); diff != "" || len(alone) < len(names)/2 {
		t.Errorf("findings in each file alone (-) and in all (+):\n%s\n%v", diff, alone)
	}
}

func TestADeletedFileIsNotJudged(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.commit("apps/backend/src/a.ts", consoleTS)
	repo.git("rm", "--quiet", "apps/backend/src/a.ts")

	repo.gate("pumuki-pre-commit").wantExit(0)
	repo.wantFindings()
}

func TestABinaryFileNamedAsSourceIsWarnedAbout(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("apps/backend/video.ts", "G\x00@\n"+consoleTS)
	repo.write("apps/backend/image.png", "G\x00@\n"+consoleTS)
	repo.git("add", "--all")

	repo.gate("pumuki-pre-commit").wantExit(0)
	repo.wantFindings("gate.unreadable-source apps/backend/video.ts")
	if got := repo.evidence().Snapshot.Outcome; got != "WARN" {
		t.Errorf("outcome is %s", got)
	}
}

func TestTextThatIsNotUTF8IsJudged(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("apps/backend/src/a.ts", "// caf\xe9 \xff\xfe\n"+consoleTS)
	repo.git("add", "--all")

	repo.gate("pumuki-pre-commit").wantExit(1)
	repo.wantFindings("backend.no-console-log apps/backend/src/a.ts 2")
}

func TestALinkIsNotReadThrough(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("outside.txt", consoleTS)
	if err := os.MkdirAll(filepath.Join(repo.root, "apps/backend"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../outside.txt", filepath.Join(repo.root, "apps/backend/a.ts")); err != nil {
		t.Skip(err)
	}
	repo.git("add", "--all")
	repo.gate("pumuki-pre-commit").wantExit(0)
	repo.git("commit", "--quiet", "--message=link")

	// Once the link is a file, all of it is new.
	repo.remove("apps/backend/a.ts")
	repo.write("apps/backend/a.ts", consoleTS)
	repo.git("add", "--all")
	repo.gate("pumuki-pre-commit").wantExit(1)
}

func TestPrePushJudgesWhatTheUpstreamLacks(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.commit("apps/backend/src/a.ts", consoleTS)
	repo.git("branch", "--quiet", "base")
	repo.git("branch", "--quiet", "--set-upstream-to=base")
	repo.gate("pumuki-pre-push").wantExit(0)

	repo.commit("apps/backend/src/b.ts", consoleTS)
	repo.commit("apps/frontend/src/c.ts", "debugger\n")
	repo.gate("pumuki-pre-push", "origin", "git@example.invalid:x/y.git").wantExit(1)
	repo.wantFindings("backend.no-console-log apps/backend/src/b.ts 1", "frontend.no-debugger apps/frontend/src/c.ts 1")
	if got := repo.evidence().Snapshot.Stage; got != "PRE_PUSH" {
		t.Errorf("stage is %s", got)
	}
}

func TestPrePushReadsTheRefsThatGitWrites(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.git("branch", "--quiet", "base")
	repo.git("branch", "--quiet", "--set-upstream-to=base")
	command := repo.command("node", program(t, "pumuki-pre-push"))
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	refs := strings.Repeat("refs/heads/main 1 refs/heads/main 0\n", 10_000) // more than a pipe holds
	if _, err := io.WriteString(stdin, refs); err != nil {
		t.Errorf("the gate left the writer alone: %v", err)
	}
	if err := stdin.Close(); err != nil {
		t.Error(err)
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCIJudgesWhatHEADAddedSinceItLeftTheBase(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*repository){
		"a local branch":           func(r *repository) { r.git("branch", "--quiet", "base", "start") },
		"a branch only the CI has": func(r *repository) { r.git("update-ref", "refs/remotes/origin/base", "start") },
		"a name with its remote":   func(r *repository) { r.git("update-ref", "refs/remotes/base", "start") },
		"a base that has moved on": func(r *repository) {
			r.git("checkout", "--quiet", "-b", "base", "start")
			r.git("rm", "--quiet", "apps/backend/src/old.ts") // to HEAD that would look like an addition
			r.git("commit", "--quiet", "--message=remove")
			r.git("checkout", "--quiet", "main")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			repo.commit("apps/backend/src/old.ts", consoleTS)
			repo.git("tag", "start")
			repo.commit("apps/backend/src/new.ts", consoleTS)
			prepare(repo)
			repo.env = append(repo.env, "GITHUB_BASE_REF=base")

			repo.gate("pumuki-ci").wantExit(1)
			repo.wantFindings("backend.no-console-log apps/backend/src/new.ts 1")
			if got := repo.evidence().Snapshot.Stage; got != "CI" {
				t.Errorf("stage is %s", got)
			}
		})
	}
}

func TestPreWritePassesOnACleanTree(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.commit("apps/backend/src/a.ts", consoleTS)

	repo.gate("pumuki-pre-write").wantExit(0)
	want := snapshot{Stage: "PRE_WRITE", Outcome: "PASS", Findings: []finding{}}
	if diff := cmp.Diff(want, repo.evidence().Snapshot, cmpopts.IgnoreFields(snapshot{}, "Coverage")); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
}

func TestPreWriteJudgesThePendingTreeAndLeavesItAlone(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.commit("apps/backend/src/a.ts", cleanTS)
	repo.write("apps/backend/src/a.ts", cleanTS+consoleTS)
	repo.write("apps/backend/src/staged.ts", consoleTS)
	repo.git("add", "apps/backend/src/staged.ts")
	repo.write("apps/backend/src/untracked.ts", consoleTS)
	repo.write(".gitignore", "ignored.ts\n.ai_evidence.json\n")
	repo.write("apps/backend/src/ignored.ts", consoleTS)
	repo.env = append(repo.env, "TMPDIR="+repo.root)
	before := repo.contents()

	repo.gate("pumuki-pre-write").wantExit(1)
	repo.wantFindings("backend.no-console-log apps/backend/src/a.ts 2",
		"backend.no-console-log apps/backend/src/staged.ts 1", "backend.no-console-log apps/backend/src/untracked.ts 1")

	repo.remove(".ai_evidence.json")
	if diff := cmp.Diff(before, repo.contents()); diff != "" {
		t.Errorf("work tree and .git (-before +after):\n%s", diff)
	}
}

// A refusal is no verdict: whoever reads the evidence must not find one, nor the gate's word on another stage
// made to look newer.
func TestTheGateRefusesWhereItCannotJudge(t *testing.T) {
	t.Parallel()
	upstream := func(r *repository) {
		r.git("branch", "--quiet", "base")
		r.git("branch", "--quiet", "--set-upstream-to=base")
	}
	for name, test := range map[string]struct {
		command string
		prepare func(*repository)
		reason  string
	}{
		"outside a repository": {
			"pumuki-pre-commit", func(r *repository) { r.remove(".git") },
			"cannot judge pre-commit: not a git repository",
		},
		"in a bare repository": {
			"pumuki-ci", func(r *repository) { r.git("config", "core.bare", "true") }, "must be run in a work tree",
		},
		"before the first commit, to push": {
			"pumuki-pre-push", func(r *repository) { r.git("update-ref", "-d", "HEAD") }, "HEAD has no commit yet",
		},
		"before the first commit, in CI": {
			"pumuki-ci", func(r *repository) { r.git("update-ref", "-d", "HEAD") }, "HEAD has no commit yet",
		},
		"with a commit that is gone": {
			"pumuki-pre-commit", func(r *repository) { lose(r, "HEAD") }, "HEAD has no commit yet",
		},
		"with a conflict": {"pumuki-pre-commit", conflict, `"a.kt" is unmerged`},
		"without an upstream": {
			"pumuki-pre-push", func(*repository) {}, "cannot judge pre-push: no upstream configured for branch 'main'",
		},
		"with an upstream that is gone": {
			"pumuki-pre-push", func(r *repository) { upstream(r); r.git("branch", "--quiet", "-D", "base") },
			"cannot judge pre-push: ",
		},
		"on no branch": {
			"pumuki-pre-push", func(r *repository) { upstream(r); r.git("checkout", "--quiet", "--detach") },
			"HEAD does not point to a branch",
		},
		"without a base": {"pumuki-ci", func(*repository) {}, "GITHUB_BASE_REF is not set"},
		"with an empty base": {
			"pumuki-ci", func(r *repository) { r.env = append(r.env, "GITHUB_BASE_REF=") },
			"GITHUB_BASE_REF is not set",
		},
		"with an unknown base": {
			"pumuki-ci", func(r *repository) { r.env = append(r.env, "GITHUB_BASE_REF=--output=x") },
			`the base "--output=x" of GITHUB_BASE_REF is no branch here`,
		},
		"with a base of another history": {
			"pumuki-ci", func(r *repository) {
				tree := r.git("write-tree")
				r.git("update-ref", "refs/heads/other", r.git("commit-tree", "-m", "other", tree))
				r.env = append(r.env, "GITHUB_BASE_REF=other")
			}, "the change cannot be read: ",
		},
		"with a damaged index": {
			"pumuki-pre-commit", func(r *repository) { r.write(".git/index", "DIRC?") }, "the change cannot be read: ",
		},
		"with a damaged index, to write": {
			"pumuki-pre-write", func(r *repository) { r.write(".git/index", "DIRC?") }, "cannot judge pre-write: ",
		},
		"with an object missing": {
			"pumuki-pre-push", func(r *repository) {
				upstream(r)
				r.commit("apps/backend/a.ts", consoleTS)
				lose(r, "HEAD:apps/backend/a.ts")
			}, "cannot be read",
		},
		"with the old object of several files missing": {
			"pumuki-pre-commit", func(r *repository) {
				twoModified(r)
				lose(r, "HEAD:apps/backend/a.ts")
			}, "the change cannot be read: ",
		},
		"with no place for temporary files": {
			"pumuki-pre-commit", func(r *repository) {
				twoModified(r)
				r.env = append(r.env, "TMPDIR="+filepath.Join(r.root, "nowhere"))
			}, "temporary files have no place: ",
		},
		"with source that nests too deeply": {
			"pumuki-pre-commit", func(r *repository) {
				r.write("apps/web/a.ts", strings.Repeat("`${", 50_000))
				r.git("add", "--all")
			}, `"apps/web/a.ts" nests too deeply to be read`,
		},
		"without git": {
			"pumuki-pre-commit", func(r *repository) { r.env = append(r.env, "PATH=/nowhere") },
			"git is not on the PATH",
		},
		"where the evidence cannot be written": {
			"pumuki-pre-commit", func(r *repository) { r.write(".ai_evidence.json/in/the/way", "x") },
			"the evidence cannot be written: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			test.prepare(repo)
			before := repo.contents()

			result := repo.gate(test.command)

			result.wantExit(1)
			result.wantStderr(test.reason, "\nmend: ")
			if strings.Contains(result.stderr, "defect") {
				t.Errorf("stderr speaks of a defect:\n%s", result.stderr)
			}
			if diff := cmp.Diff(before, repo.contents()); diff != "" {
				t.Errorf("left behind (-before +after):\n%s", diff)
			}
		})
	}
}

// lose takes away the object that a revision names.
func lose(r *repository, revision string) {
	object := r.git("rev-parse", revision)
	r.remove(filepath.Join(".git/objects", object[:2], object[2:]))
}

func twoModified(r *repository) {
	r.write("apps/backend/b.ts", "one();\n")
	r.git("add", "--all")
	r.commit("apps/backend/a.ts", "one();\n")
	r.write("apps/backend/a.ts", "two();\n")
	r.write("apps/backend/b.ts", "three();\n")
	r.git("add", "--all")
}

func conflict(r *repository) {
	r.commit("a.kt", "val a = 1\n")
	r.git("checkout", "--quiet", "-b", "other", "HEAD~1")
	r.commit("a.kt", "val a = 2\n")
	command := r.command("git", "merge", "--quiet", "main")
	if err := command.Run(); err == nil {
		r.t.Fatal("the merge should have failed")
	}
}

func TestEvidenceReplacesALinkInsteadOfFollowingIt(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(repo.root, ".ai_evidence.json")); err != nil {
		t.Skip(err)
	}

	repo.gate("pumuki-pre-commit").wantExit(0)

	if content, err := os.ReadFile(victim); err != nil || string(content) != "mine" {
		t.Errorf("the link's target is %q, %v", content, err)
	}
	if info, err := os.Lstat(filepath.Join(repo.root, ".ai_evidence.json")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the evidence is no file of its own: %v, %v", info, err)
	}
}

func TestTheGateWorksFromAFolderBelowAndInALinkedWorktree(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	worktree := filepath.Join(filepath.Dir(repo.root), "linked")
	repo.git("worktree", "add", "--quiet", "-b", "linked", worktree)
	repo.root = worktree
	repo.write("apps/backend/src/a.ts", consoleTS)
	repo.git("add", "--all")
	repo.below = "apps/backend"

	repo.gate("pumuki-pre-commit").wantExit(1)
	repo.wantFindings("backend.no-console-log apps/backend/src/a.ts 1")
	repo.gate("pumuki-pre-write").wantExit(1)
}

func TestSessionThatHoldsIsNoHindranceAndNoneIsAskedFor(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.gate("pumuki", "sdd", "status").wantStdout("no session is open")
	repo.gate("pumuki-pre-commit").wantExit(0)

	repo.writeChange("matrix-clean")
	result := repo.gate("pumuki", "sdd", "session", "--open", "--change=matrix-clean")
	result.wantExit(0)
	result.wantStdout("session open: matrix-clean until ")
	repo.gate("pumuki", "sdd", "status").wantStdout("session matrix-clean: valid")
	repo.gate("pumuki-pre-commit").wantExit(0)
	if status := repo.git("status", "--porcelain"); strings.Contains(status, "session") {
		t.Errorf("git sees the session:\n%s", status)
	}

	repo.gate("pumuki", "sdd", "session", "--close").wantStdout("session closed")
	repo.gate("pumuki", "sdd", "session", "--close").wantStdout("no session was open")
}

func TestSessionThatDoesNotHoldBlocks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*repository)
		message string
	}{
		"expired": {func(r *repository) {
			r.write(".git/pumuki-sdd-session.json", `{"change":"c","expires_at":"2020-01-01T00:00:00Z"}`)
		}, "it has expired"},
		"without an end": {func(r *repository) { r.write(".git/pumuki-sdd-session.json", `{"change":"c"}`) },
			"it has expired"},
		"unreadable": {func(r *repository) { r.write(".git/pumuki-sdd-session.json", `{"chan`) },
			"it cannot be read"},
		"not an object": {func(r *repository) { r.write(".git/pumuki-sdd-session.json", `null`) },
			"it has no usable name"},
		"out of bounds": {func(r *repository) {
			r.write(".git/pumuki-sdd-session.json", `{"change":"../c","expires_at":"2999-01-01T00:00:00Z"}`)
		}, "it has no usable name"},
		"dangling": {func(r *repository) { r.remove("openspec") }, "openspec/changes/c does not exist"},
		"without a proposal": {func(r *repository) { r.remove("openspec/changes/c/proposal.md") },
			"proposal.md is missing or empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			repo.writeChange("c")
			repo.gate("pumuki", "sdd", "session", "--open", "--change=c").wantExit(0)
			test.prepare(repo)

			repo.gate("pumuki-pre-commit").wantExit(1)
			findings := repo.evidence().Snapshot.Findings
			if len(findings) != 1 || findings[0].RuleID != "sdd.session-invalid" || findings[0].Severity != "ERROR" ||
				!strings.Contains(findings[0].Message, test.message) {
				t.Errorf("findings are %+v, want one sdd.session-invalid that says %q", findings, test.message)
			}
		})
	}
}

func TestSessionOpensOnlyForAValidChange(t *testing.T) {
	t.Parallel()
	spec := func(text string) func(*repository) {
		return func(r *repository) { r.write("openspec/changes/c/specs/health/spec.md", text) }
	}
	for name, test := range map[string]struct {
		prepare func(*repository)
		reason  string
	}{
		"none": {func(r *repository) { r.remove("openspec") }, "openspec/changes/c does not exist"},
		"without tasks": {func(r *repository) { r.remove("openspec/changes/c/tasks.md") },
			"tasks.md is missing or empty"},
		"without specs": {func(r *repository) { r.remove("openspec/changes/c/specs") },
			"it has no specs/<capability>/spec.md"},
		"without sections":      {spec("# x\n"), `no section like "## ADDED Requirements"`},
		"without a requirement": {spec("## ADDED Requirements\n"), `no "### Requirement:"`},
		"without SHALL": {spec("## ADDED Requirements\n### Requirement: A\nIt can.\n#### Scenario: S\n"),
			`"A" says neither SHALL nor MUST`},
		"without a scenario": {spec("## MODIFIED Requirements\n### Requirement: A\nIt SHALL.\n"),
			`"A" has no "#### Scenario:"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepository(t)
			repo.writeChange("c")
			test.prepare(repo)

			result := repo.gate("pumuki", "sdd", "session", "--open", "--change=c")
			result.wantExit(1)
			result.wantStderr(test.reason, "\nmend: ")
			repo.gate("pumuki", "sdd", "status").wantStdout("no session is open")
		})
	}
}

func TestAWrongCallExits2WithHelpAndDoesNothing(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	before := repo.contents()
	for _, args := range [][]string{
		{"pumuki"}, {"pumuki", "frobnicate"}, {"pumuki", "toString"}, {"pumuki", "install", "x"}, {"pumuki", "sdd"},
		{"pumuki", "uninstall", "--all"}, {"pumuki", "remove", "x"}, {"pumuki", "status", "--json", "--json"},
		{"pumuki", "doctor", "--fix"}, {"pumuki-mcp-evidence-stdio", "x"}, {"pumuki", "constructor"},
		{"pumuki", "sdd", "session"}, {"pumuki", "sdd", "session", "--open"},
		{"pumuki", "sdd", "session", "--open", "--change="},
		{"pumuki", "sdd", "session", "--close", "--open"}, {"pumuki", "pre-commit", "--quick"},
		{"pumuki-pre-commit", "--quick"},
	} {
		result := repo.gate(args[0], args[1:]...)
		result.wantExit(2)
		result.wantStderr("unknown command: ", "usage:")
	}
	if diff := cmp.Diff(before, repo.contents()); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}
}

func TestHelpAndVersionNeedNoRepository(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.remove(".git")
	for _, name := range programs(t) {
		result := repo.gate(name, "--version")
		result.wantExit(0)
		if result.stdout != Version+"\n" {
			t.Errorf("%s --version says %q", name, result.stdout)
		}
		result = repo.gate(name, "--help")
		result.wantExit(0)
		result.wantStdout("usage:", "not the product")
	}
}

// programs is the name of each program of the package.
func programs(t *testing.T) []string {
	t.Helper()
	content, err := fs.ReadFile(FS(), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Bin map[string]string }
	if err := json.Unmarshal(content, &manifest); err != nil {
		t.Fatal(err)
	}
	for name, file := range manifest.Bin {
		if want := "bin/" + name + ".js"; file != want {
			t.Errorf("%s is %s, want %s", name, file, want)
		}
	}
	return slices.Sorted(maps.Keys(manifest.Bin))
}

// evidence is what PUMUKI.md says a stage leaves; a key that is not in here fails the test that reads it.
type evidence struct {
	Version   string    `json:"version"`
	Timestamp time.Time `json:"timestamp"`
	Snapshot  snapshot  `json:"snapshot"`
	Rulesets  []struct {
		Platform string `json:"platform"`
		Bundle   string `json:"bundle"`
		Hash     string `json:"hash"`
	} `json:"rulesets"`
	RepoState repoState `json:"repo_state"`
}

type snapshot struct {
	Stage    string    `json:"stage"`
	Outcome  string    `json:"outcome"`
	Findings []finding `json:"findings"`
	Coverage coverage  `json:"rules_coverage"`
}

// coverage is which rules were at work.
type coverage struct {
	Stage       string         `json:"stage"`
	Active      []string       `json:"active_rule_ids"`
	Evaluated   []string       `json:"evaluated_rule_ids"`
	Matched     []string       `json:"matched_rule_ids"`
	Unevaluated []string       `json:"unevaluated_rule_ids"`
	Counts      map[string]int `json:"counts"`
	Ratio       float64        `json:"coverage_ratio"`
}

type finding struct {
	RuleID   string `json:"ruleId"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	File     string `json:"file"`
	Lines    []int  `json:"lines"`
}

type repoState struct {
	RepoRoot string `json:"repo_root"`
	Git      struct {
		Available bool   `json:"available"`
		Branch    string `json:"branch"`
		Upstream  string `json:"upstream"`
	} `json:"git"`
}

// repository is a git repository with one commit and nothing of the host's configuration.
type repository struct {
	t     *testing.T
	root  string
	below string // where in it commands run
	env   []string
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	// What git calls the root has no links in it.
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &repository{t: t, root: filepath.Join(home, "repository"), env: isolated(home)}
	if err := os.CopyFS(r.root, os.DirFS(together.start)); err != nil {
		t.Fatal(err)
	}
	return r
}

// isolated is an environment in which git and npm see nothing but what the test gives them.
func isolated(home string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "SystemRoot=" + os.Getenv("SystemRoot"), "HOME=" + home, "TMPDIR=" + home,
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES=" + home,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.invalid", "GIT_COMMITTER_NAME=a",
		"GIT_COMMITTER_EMAIL=a@example.invalid",
		"npm_config_cache=" + filepath.Join(home, "npm-cache"), "npm_config_audit=false", "npm_config_fund=false",
		"npm_config_update_notifier=false", "npm_config_offline=true",
	}
}

func (r *repository) command(name string, args ...string) *exec.Cmd {
	command := exec.Command(name, args...)
	command.Dir = filepath.Join(r.root, r.below)
	command.Env = r.env
	return command
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	output, err := r.command("git", args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, output)
	}
	return strings.TrimSpace(string(output))
}

func (r *repository) write(name, content string) {
	r.t.Helper()
	file := filepath.Join(r.root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) read(name string) []byte {
	r.t.Helper()
	content, err := os.ReadFile(filepath.Join(r.root, name))
	if err != nil {
		r.t.Fatal(err)
	}
	return content
}

func (r *repository) remove(name string) {
	r.t.Helper()
	if err := os.RemoveAll(filepath.Join(r.root, name)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) commit(name, content string) {
	r.t.Helper()
	r.write(name, content)
	r.git("add", "--all", "--", name)
	r.git("commit", "--quiet", "--message=change")
}

func (r *repository) commitWithoutHooks(name, content string) {
	r.t.Helper()
	r.write(name, content)
	r.git("add", "--all", "--", name)
	r.git("commit", "--quiet", "--no-verify", "--message=change")
}

// writeChange lays a valid OpenSpec change into the work tree.
func (r *repository) writeChange(id string) {
	r.t.Helper()
	change := "openspec/changes/" + id + "/"
	r.write(change+"proposal.md", "## Why\nBecause.\n")
	r.write(change+"tasks.md", "- [ ] 1.1 Do it\n")
	r.write(change+"specs/health/spec.md",
		"## ADDED Requirements\n\n### Requirement: Health\nThe service SHALL answer.\n\n"+
			"#### Scenario: Asked\n- **WHEN** asked\n- **THEN** it answers\n\n"+
			"## REMOVED Requirements\n### Requirement: Old\n")
}

// contents is every file of the repository with its content, .git included.
func (r *repository) contents() map[string]string {
	r.t.Helper()
	contents := map[string]string{}
	err := filepath.WalkDir(r.root, func(file string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(file)
		contents[strings.TrimPrefix(file, r.root)] = string(content)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return contents
}

func (r *repository) evidence() evidence {
	r.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(r.read(".ai_evidence.json"))))
	decoder.DisallowUnknownFields()
	var e evidence
	if err := decoder.Decode(&e); err != nil {
		r.t.Fatalf("evidence: %v", err)
	}
	return e
}

// wantFindings compares the evidence's findings, each as "rule file line line…".
func (r *repository) wantFindings(want ...string) {
	r.t.Helper()
	var got []string
	for _, finding := range r.evidence().Snapshot.Findings {
		lines := strings.Trim(strings.ReplaceAll(jsonOf(r.t, finding.Lines), ",", " "), "[]")
		got = append(got, strings.TrimSpace(finding.RuleID+" "+finding.File+" "+lines))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// gateAlone runs one of the gate's programs in a node of its own.
func (r *repository) gateAlone(name string, args ...string) *result {
	r.t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		r.t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	command := r.command(node, append([]string{program(r.t, name)}, args...)...)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		r.t.Fatalf("%s: %v", name, err)
	}
	return &result{t: r.t, exit: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

func program(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("package", "bin", name+".js"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// result is how one program ended and what it said.
type result struct {
	t              *testing.T
	exit           int
	stdout, stderr string
}

func (r *result) wantExit(want int) {
	r.t.Helper()
	if r.exit != want {
		r.t.Fatalf("exit is %d, want %d\nstdout:\n%s\nstderr:\n%s", r.exit, want, r.stdout, r.stderr)
	}
}

func (r *result) wantStdout(parts ...string) { r.t.Helper(); wantParts(r.t, "stdout", r.stdout, parts) }
func (r *result) wantStderr(parts ...string) { r.t.Helper(); wantParts(r.t, "stderr", r.stderr, parts) }

func wantParts(t *testing.T, name, text string, parts []string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", name, part, text)
		}
	}
}
