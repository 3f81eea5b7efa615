package suite_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// hostile are values that would mean something to a shell, or to a careless splitter.
var hostile = suite.Variables{
	RepoRoot:    "/tmp/a b/{clone_dir}\"; touch x; $(y) `z`\n",
	CloneDir:    "/srv/--upload-pack=x",
	Scenario:    "clean",
	PackageSpec: `pumuki@>=1 "x" $HOME`,
	BaseRef:     "upstream-clean",
}

func TestEveryTemplateSplitsIntoItsWords(t *testing.T) {
	t.Parallel()
	for _, step := range suite.Steps() {
		for i, command := range step.Commands(hostile) {
			if len(command.Args) < 2 {
				t.Errorf("%s: command %d is %q", step.Name, i, command.Args)
			}
		}
	}
}

func TestValueStaysOneArgument(t *testing.T) {
	t.Parallel()
	got := suite.GitClone.Commands(hostile)
	want := []suite.Command{{Args: []string{"git", "clone", "--template=",
		"--upload-pack=git -c transfer.hideRefs=refs upload-pack", "--",
		string(hostile.RepoRoot), string(hostile.CloneDir)}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = suite.StageCI.Commands(hostile)
	want = []suite.Command{{
		Env: []string{"GITHUB_BASE_REF=upstream-clean"}, Args: []string{"npx", "--no", "pumuki-ci"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = suite.SeedCommit.Commands(hostile)
	want = []suite.Command{
		{Args: []string{"git", "add", "-A"}},
		{Args: []string{"git", "commit", "--no-verify", "--allow-empty", "-m", "chore: matrix setup"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWordsOfATemplateFollowItsGrammar(t *testing.T) {
	t.Parallel()
	at := suite.Variables{CloneDir: "/a b", Scenario: "clean"}
	for template, want := range map[string]suite.Command{
		// A quote that closes does not end the word.
		`cat -- "{clone_dir}"/c --in="{clone_dir}"/x y`: {Args: []string{"cat", "--", "/a b/c", "--in=/a b/x", "y"}},
		// Only NAME=value is an assignment, and only before the program.
		`A_B=x C={scenario} env D=y`: {Env: []string{"A_B=x", "C=clean"}, Args: []string{"env", "D=y"}},
		`MAKE all`:                   {Args: []string{"MAKE", "all"}},
		`=x y`:                       {Args: []string{"=x", "y"}},
		`name=x y`:                   {Args: []string{"name=x", "y"}},
	} {
		got := suite.Step{Template: template}.Commands(at)
		if diff := cmp.Diff([]suite.Command{want}, got); diff != "" {
			t.Errorf("%s: %s", template, diff)
		}
	}
}

func TestStepThatJudgesReportsTheStageItJudged(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]suite.Failure{
		"git_clone":      {Step: suite.GitClone},
		"stage_pre_push": {Step: suite.ExitContract, Command: suite.StagePrePush},
	} {
		if got := f.Reported().Name; got != want {
			t.Errorf("%s: got %s, want %s", f.Step.Name, got, want)
		}
	}
}

func TestRenderedCommandIsReadyToPaste(t *testing.T) {
	t.Parallel()
	plain := suite.Variables{
		PackageSpec: "pumuki@0.0.0-not-a-real-version", BaseRef: "upstream-clean", RepoRoot: `/a "b" $c`,
	}
	for step, want := range map[suite.Step]string{
		suite.NPMInstallPackage: `npm install --save-exact "pumuki@0.0.0-not-a-real-version"`,
		suite.StageCI:           `GITHUB_BASE_REF=upstream-clean npx --no pumuki-ci`,
		suite.UpstreamBranch: `git branch --force "upstream-clean" HEAD~1` +
			` && git branch --set-upstream-to="upstream-clean"`,
		suite.Cleanliness: `git -C "/a \"b\" \$c" status --porcelain --untracked-files=normal`,
	} {
		if got := step.Render(plain); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestTemplatesHoldNoAbsolutePath(t *testing.T) {
	t.Parallel()
	for _, step := range suite.Steps() {
		if strings.Contains(step.Template, " /") || strings.Contains(step.Template, `"/`) {
			t.Errorf("%s: %s", step.Name, step.Template)
		}
	}
}

func TestLogIsNamedAfterPhaseAndStep(t *testing.T) {
	t.Parallel()
	if got := suite.NPMInstallPackage.LogName("clean"); got != "pumuki-clean-npm-install.log" {
		t.Error(got)
	}
	if got := suite.StagePreCommit.LogName("mixed"); got != "pumuki-mixed-stage-pre-commit.log" {
		t.Error(got)
	}
}

func TestScenariosAreChosenInTheOrderOfTheSuite(t *testing.T) {
	t.Parallel()
	chosen, err := suite.Default().Choose("mixed, clean,mixed")
	if diff := cmp.Diff([]string{"clean", "mixed"}, chosen.Names()); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, list := range []string{"", "cleann", "clean,", ",", "clean violations"} {
		_, err := suite.Default().Choose(list)
		if err == nil || !strings.HasSuffix(err.Error(), "choose from clean, violations, mixed") {
			t.Errorf("%q: %v", list, err)
		}
	}
	_, err = suite.Default().Choose("foo,clean, bar,foo")
	const want = `unknown scenario "foo", "bar": choose from clean, violations, mixed`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWhatIsInTheTableIsFoundByItsName(t *testing.T) {
	t.Parallel()
	for i, want := range suite.Default() {
		if got, at := suite.Default().Named(want.Name); at != i || got != want {
			t.Errorf("%s is found at %d: %v", want.Name, at, got)
		}
	}
	for i, want := range suite.Stages() {
		if got, at := suite.StageOf(want.Step.Name); at != i || got != want {
			t.Errorf("the stage of %s is found at %d: %v", want.Step.Name, at, got)
		}
	}
	for i, want := range suite.Steps() {
		if got, at := suite.StepNamed(want.Name); at != i || got != want {
			t.Errorf("%s is found at %d: %v", want.Name, at, got)
		}
	}
	_, named := suite.Default().Named(suite.Preflight)
	_, stage := suite.StageOf(suite.GitClone.Name)
	_, step := suite.StepNamed("")
	if named != -1 || stage != -1 || step != -1 {
		t.Errorf("what is not there is found at %d, %d, %d", named, stage, step)
	}
}
