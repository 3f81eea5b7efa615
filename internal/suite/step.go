package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// Preflight is the phase before any scenario; every other phase bears a scenario's name.
const Preflight = "preflight"

// Step is one named action of a run. Running it, naming its log, reporting its failure and printing the command that
// reproduces it all read this one value (CONTRACT §7).
type Step struct {
	// Name is its name in artifacts: npm_install_package.
	Name string
	// Does ends the sentence "failed to …".
	Does string
	// Template is its command, with {variables}; empty where it has none.
	Template string
	// Log stands for Name in the name of its log, where the original runner had a shorter one.
	Log string
	// Unjudged tells that its exit is not judged: it prepares the stages, for gates that have it.
	Unjudged bool
}

// OpenSpecVersion is the version of OpenSpec that every run installs, so that no release of it changes a verdict.
const OpenSpecVersion = "1.13.2"

// The steps of the preflight.
var (
	Arguments = Step{Name: "arguments", Does: "understand the call"}
	Toolchain = Step{Name: "toolchain", Does: "find the tools that a run needs",
		Template: `git --version && node --version && npm --version`}
	SourceRepo = Step{Name: "source_repo", Does: "read the source repository",
		Template: `git -C "{repo_root}" rev-parse --show-toplevel`}
	ArtifactsIgnored = Step{Name: "artifacts_ignored", Does: "find the artifacts ignored by git",
		Template: `git -C "{repo_root}" check-ignore artifacts/pumuki-matrix-summary.json`}
	Cleanliness = Step{Name: "source_repo_cleanliness", Does: "find the source repository clean",
		Template: `git -C "{repo_root}" status --porcelain --untracked-files=normal`}
)

// The steps of a scenario.
var (
	GitClone = Step{Name: "git_clone", Does: "clone the source repository",
		// The source shows its HEAD alone: no branch or tag of it can bear a name that a step, or a gate, looks for.
		Template: `git clone --template= --upload-pack="git -c transfer.hideRefs=refs upload-pack"` +
			` -- "{repo_root}" "{clone_dir}"`}
	FeatureBranch = Step{Name: "feature_branch", Does: "create the feature branch",
		Template: `git checkout -b feature/matrix-{scenario}`}
	NPMInstallOpenSpec = Step{Name: "npm_install_openspec", Does: "install OpenSpec",
		Template: `npm install --save-dev --save-exact "@fission-ai/openspec@` + OpenSpecVersion + `"`}
	NPMInstallPackage = Step{Name: "npm_install_package", Does: "install the package", Log: "npm_install",
		Template: `npm install --save-exact "{package_spec}"`}
	SDDSessionOpen = Step{Name: "sdd_session_open", Does: "open the SDD session",
		Template: `npx --no pumuki sdd session --open --change=matrix-{scenario}`}
	SeedCommit = Step{Name: "seed_commit", Does: "commit the prepared consumer",
		Template: `git add -A && git commit --no-verify --allow-empty -m "chore: matrix setup"`}
	PreWrite = Step{Name: "pre_write", Does: "run the gate's pre-write check", Unjudged: true,
		Template: `npx --no pumuki-pre-write`}
	ApplyScenario = Step{Name: "apply_scenario", Does: "lay the scenario's files",
		Template: `mage apply {scenario} -into="{clone_dir}" && git add -A`}
	StagePreCommit = Step{Name: "stage_pre_commit", Does: "run the gate at pre-commit",
		Template: `npx --no pumuki-pre-commit`}
	ScenarioCommit = Step{Name: "scenario_commit", Does: "commit the scenario",
		Template: `git commit --no-verify -m "feat: matrix {scenario}"`}
	UpstreamBranch = Step{Name: "upstream_branch", Does: "set the upstream branch",
		Template: `git branch --force "{base_ref}" HEAD~1 && git branch --set-upstream-to="{base_ref}"`}
	StagePrePush = Step{Name: "stage_pre_push", Does: "run the gate at pre-push",
		Template: `npx --no pumuki-pre-push`}
	StageCI = Step{Name: "stage_ci", Does: "run the gate at ci",
		Template: `GITHUB_BASE_REF={base_ref} npx --no pumuki-ci`}
)

// The steps that judge. Their command is that of the stage that they judge.
var (
	ExitContract     = Step{Name: "exit_contract", Does: "find the exits that the contract expects"}
	EvidenceContract = Step{Name: "evidence_contract", Does: "find evidence that bears the exits out"}
	FindingsContract = Step{Name: "findings_contract", Does: "find what was planted, and nothing else"}
)

// The steps that can fail in any phase.
var (
	RunInterrupted = Step{Name: "run_interrupted", Does: "run to the end"}
	ArtifactWrite  = Step{Name: "artifact_write", Does: "write the artifacts"}
)

// Steps returns every step, in the order of CONTRACT §7.
func Steps() []Step {
	return slices.Concat(
		[]Step{Arguments, Toolchain, SourceRepo, ArtifactsIgnored, Cleanliness}, Journey(),
		[]Step{ExitContract, EvidenceContract, FindingsContract, RunInterrupted, ArtifactWrite},
	)
}

// StepNamed returns the step of a name, and its place in Steps: -1 where there is none.
func StepNamed(name string) (step Step, at int) {
	return find(Steps(), func(step Step) bool { return step.Name == name })
}

// Journey returns the steps from the clone to the last stage, in the order in which a person would take them
// (CONTRACT §7).
func Journey() []Step {
	return []Step{
		GitClone, FeatureBranch, NPMInstallOpenSpec, NPMInstallPackage, SDDSessionOpen, SeedCommit, PreWrite,
		ApplyScenario, StagePreCommit, ScenarioCommit, UpstreamBranch, StagePrePush, StageCI,
	}
}

// Flow returns the steps of the journey that take a prepared consumer through one scenario. The embedded gate needs no
// OpenSpec, and so no session. A consumer that was prepared for one scenario alone is on its branch already.
func Flow(embedded, alone bool) []Step {
	return slices.DeleteFunc(Journey(), func(s Step) bool {
		switch s {
		case GitClone, NPMInstallPackage, NPMInstallOpenSpec:
			return true
		case SDDSessionOpen:
			return embedded
		case FeatureBranch:
			return alone
		}
		return false
	})
}

// LogName is the base name of the step's log in a phase: pumuki-clean-npm-install.log.
func (s Step) LogName(phase string) string {
	name := s.Name
	if s.Log != "" {
		name = s.Log
	}
	return "pumuki-" + phase + "-" + strings.ReplaceAll(name, "_", "-") + ".log"
}

// Variables are the values that a template is filled with.
type Variables struct {
	RepoRoot    Text `json:"repo_root"`
	CloneDir    Text `json:"clone_dir"`
	Scenario    Text `json:"scenario"`
	PackageSpec Text `json:"package_spec"`
	BaseRef     Text `json:"base_ref"`
}

func (v Variables) fill(text string) string {
	return strings.NewReplacer("{repo_root}", string(v.RepoRoot), "{clone_dir}", string(v.CloneDir),
		"{scenario}", string(v.Scenario), "{package_spec}", string(v.PackageSpec), "{base_ref}", string(v.BaseRef),
	).Replace(text)
}

// Text is a string that may not apply: empty here, null in JSON.
type Text string

// MarshalJSON implements json.Marshaler.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return plain.JSON(string(t))
}

// Command is one command of a template, filled: what is run, argument by argument. No shell sees it.
type Command struct {
	// Env holds its leading NAME=value words.
	Env []string
	// Args are the program and its arguments.
	Args []string
}

// Commands returns what the step runs: its template split into commands and words first and filled afterwards, so
// that a value can never become a second argument, an option or shell text. A template that cannot be split is a
// mistake of ours and panics; a test splits them all.
func (s Step) Commands(v Variables) []Command {
	var commands []Command
	for _, words := range split(s.Template) {
		var c Command
		for _, w := range words {
			text := v.fill(w.text())
			if len(c.Args) == 0 && w.isAssignment() {
				c.Env = append(c.Env, text)
				continue
			}
			c.Args = append(c.Args, text)
		}
		commands = append(commands, c)
	}
	return commands
}

// Render returns the step's template filled and ready to paste into a POSIX shell: a quoted word stays quoted, and
// a value is escaped for where it stands.
func (s Step) Render(v Variables) string {
	var commands []string
	for _, words := range split(s.Template) {
		var shown []string
		for _, w := range words {
			shown = append(shown, w.render(v))
		}
		commands = append(commands, strings.Join(shown, " "))
	}
	return strings.Join(commands, " && ")
}

// word is one word of a template: parts that stood in double quotes and parts that did not.
type word []part

type part struct {
	text   string
	quoted bool
}

func (w word) text() string {
	var text strings.Builder
	for _, p := range w {
		text.WriteString(p.text)
	}
	return text.String()
}

// isAssignment tells whether the word is a leading NAME=value.
func (w word) isAssignment() bool {
	name, _, found := strings.Cut(w.text(), "=")
	return found && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

func (w word) render(v Variables) string {
	var shown strings.Builder
	for _, p := range w {
		filled := v.fill(p.text)
		switch {
		case p.quoted:
			shown.WriteString(plain.Quoted(filled))
		case filled != p.text:
			shown.WriteString(plain.Word(filled))
		default:
			shown.WriteString(filled)
		}
	}
	return shown.String()
}

// split splits a template by its grammar: commands joined by " && ", words by spaces, with double quotes around what
// belongs together.
func split(template string) [][]word {
	if template == "" {
		return nil
	}
	var commands [][]word
	for command := range strings.SplitSeq(template, " && ") {
		var words []word
		var current word
		open, started := false, false
		for i, piece := range strings.Split(command, `"`) {
			open = i%2 == 1
			if open {
				current = append(current, part{piece, true})
				started = true
				continue
			}
			for j, bare := range strings.Split(piece, " ") {
				if j > 0 && started {
					words = append(words, current)
					current, started = nil, false
				}
				if bare != "" {
					current = append(current, part{bare, false})
					started = true
				}
			}
		}
		if open {
			panic(fmt.Sprintf("suite: unbalanced quote in template %q", template))
		}
		if started {
			words = append(words, current)
		}
		commands = append(commands, words)
	}
	return commands
}
