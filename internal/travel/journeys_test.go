package travel_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine/enginetest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
)

// lacking is the journey with a server that the embedded gate does not have.
const lacking = "mcp-enterprise"

// The journeys of this project come to their end with the embedded gate, in whatever order they are made.
func TestJourneysComeToTheirEnd(t *testing.T) {
	t.Parallel()
	all, err := journey.Read(enginetest.Project)
	enginetest.Must(t, err)
	seed := rand.Uint64()
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	before := enginetest.Mutant(t, [3]string{"package.json", `"0.0.0-embedded"`, `"0.0.0-before"`})
	report, err := made(t, "embedded", before, all)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range report.Journeys {
		if each.Outcome != journey.OK && (each.Outcome != journey.Skip || each.Name != lacking) {
			t.Errorf("%s: %s\n%s", each.Name, each.Title(), each.Account())
		}
	}
	if t.Failed() {
		t.Logf("they were shuffled with %d", seed)
	}
	if report.From == nil || report.From.Version != "0.0.0-before" || len(report.Journeys) != len(all) {
		t.Errorf("it reports %d journeys, from %+v", len(report.Journeys), report.From)
	}
}

// What a journey leaves in its consumer, its remote repository, its home and its files, no other finds.
func TestJourneySeesNothingOfAnother(t *testing.T) {
	t.Parallel()
	const script = "# It is alone.\n# start: installed\n\n" +
		"! exists left\n! exists $HOME/left\n! exists $WORK/left\n! git ls-remote --exit-code origin left\n" +
		"cp package.json left\ncp package.json $HOME/left\ncp package.json $WORK/left\n" +
		"git push --no-verify origin HEAD:refs/heads/left\n"
	var all []journey.Journey
	for _, name := range []string{"a", "b", "c", "d"} { // one more than there are slots: the last follows another
		j, err := journey.Parse(name, []byte(script))
		enginetest.Must(t, err)
		all = append(all, j)
	}
	report, err := made(t, "embedded", "", all)
	if err != nil || len(report.Journeys) != len(all) {
		t.Fatal(report, err)
	}
	for _, each := range report.Journeys {
		if each.Outcome != journey.OK {
			t.Errorf("%s\n%s", each.Title(), each.Account())
		}
	}
}

// before is JavaScript for the evidence that lies there as a stage begins; null where that cannot be read.
const before = `(() => { try { return JSON.parse(fs.readFileSync('.ai_evidence.json', 'utf8')); } ` +
	`catch { return null; } })()`

// blocks is where the gate decides whether it blocks.
const blocks = "if (findings.some((finding) => BLOCKING.has(finding.severity))) {"

// The gates that break promises.
var (
	// blind sees nothing, and strict blocks everything.
	blind  = [][3]string{{"lib/judge.js", blocks, "if (false) {"}}
	strict = [][3]string{{"lib/judge.js", blocks, "if (true) {"}}
	// moody says another stage the second time, grudging blocks what it blocked before, and reliant needs the evidence
	// that lies there.
	moody = [][3]string{{"lib/stages.js", "  const repository = Repository.at(directory);\n", `
  const repository = Repository.at(directory);
  const before = ` + before + `;
  const other = before?.snapshot.stage === stage;
`}, {"lib/stages.js", "repository, stage, ...verdict", "repository, stage: other ? 'PRE_PUSH' : stage, ...verdict"}}
	grudging = [][3]string{{"lib/stages.js", "outcome: outcomeOf(findings),",
		"outcome: " + before + "?.snapshot.outcome === 'BLOCK' ? 'BLOCK' : outcomeOf(findings),"}}
	reliant = [][3]string{{"lib/stages.js", "outcome: outcomeOf(findings),",
		"outcome: stage !== 'PRE_WRITE' && " + before + "?.repo_state.git.branch !== repository.branch().branch" +
			" ? 'BLOCK' : outcomeOf(findings),"}}
	// meddling has more hooks than its own, which fail.
	meddling = [][3]string{{"lib/hooks.js", "const HOOKS = ['pre-commit', 'pre-push'];",
		"const HOOKS = ['pre-commit', 'pre-push', 'prepare-commit-msg', 'pre-merge-commit', 'pre-rebase'];"},
		{"lib/hooks.js", "const CALLS = {\n", `const CALLS = {
  'prepare-commit-msg': '[ ! -e "$(git rev-parse --git-path CHERRY_PICK_HEAD)" ] || exit 1',
  'pre-merge-commit': 'exit 1',
  'pre-rebase': 'exit 1',
`}}
	// anxious finds something wrong always.
	anxious = [][3]string{{"lib/health.js", "healthy: issues.length === 0", "healthy: false"}}
	// careless does many things wrong, each in another matter.
	careless = [][3]string{
		{"lib/health.js", "filter(({ state }) => state !== 'in place')", "filter(() => false)"},
		{"lib/install.js", "    writeChanged(exclude, excluded(exclude));",
			"    writeChanged(exclude, `${excluded(exclude)}# again\\n`);"},
		{"lib/install.js", "const files = trees.flatMap(", "const files = trees.slice(0, 0).flatMap("},
		{"lib/install.js", "['ls-files', '-z', '--', 'node_modules']).length > 0", "['version']).length < 0"},
		{"lib/hooks.js", "const kept = own && isRuined(text) ? BARE : withoutBlock(text);", "const kept = BARE;"},
		{"lib/hooks.js", "  const folder = hooksFolder(repository);",
			"  const folder = path.join(repository.common, 'hooks');"},
		{"lib/hooks.js", `"$here" "\${main%/.git}"`, `"$here"`},
		{"lib/hooks.js", "  echo \"mend: npm install\" >&2\n", "  npx --yes --package pumuki@latest pumuki-${name}\n"},
		{"lib/remove.js", "  runNpm(repository, ['uninstall', name]);\n", ""},
		{"lib/cli.js", "    `pumuki ${is} in ${shown(root)}`,\n    ...hooks",
			"    `pumuki in ${shown(root)}`,\n    ...hooks"},
		{"lib/cli.js", "  process.stdout.write(`${JSON.stringify(value, null, 2)}\\n`);",
			"  process.stdout.write(`status:\\n${JSON.stringify(value)}\\n`);"},
		{"lib/mcp.js", "function serve() {\n", "function serve() {\n  console.log('ready');\n"},
		{"package.json", `"./lib/index.js"`, `"./lib/gone.js"`},
		{"bin/pumuki-pre-write.js", "'use strict';\n", "'use strict';\nthrow new Error('not today');\n"},
		{"lib/sdd.js", "if (!(Date.parse(session?.expires_at) > Date.now())) {", "if (false) {"},
		{"lib/ranges.js", "  return first() ?? second() ?? upstreamOf(repository, branch);",
			"  return first() ?? second() ?? 'HEAD';"},
		{"lib/ranges.js", "  const commit = commitOrNull(repository, tip);",
			"  const commit = repository.commit(tip);"},
		{"lib/ranges.js", "    throw new Refusal('GITHUB_BASE_REF is not set',",
			"    return []; throw new Refusal('',"},
	}
)

// Each journey ends, with a gate that breaks its promise, at the line that holds the gate to it.
func TestJourneysHaveTeeth(t *testing.T) {
	t.Parallel()
	all, err := journey.Read(enginetest.Project)
	enginetest.Must(t, err)
	bitten := map[string]bool{}
	for _, gate := range teeth {
		names := map[string]bool{}
		for _, line := range strings.Split(strings.Trim(gate.bites, "\n"), "\n") {
			name, _, _ := strings.Cut(strings.TrimSpace(line), ": ")
			names[name], bitten[name] = true, true
		}
		t.Run(gate.name, func(t *testing.T) {
			t.Parallel()
			var chosen []journey.Journey
			for _, j := range all {
				if names[j.Name] {
					chosen = append(chosen, j)
				}
			}
			tarball := enginetest.Mutant(t, gate.changes...)
			report, err := made(t, tarball, tarball, chosen)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, each := range report.Journeys {
				fmt.Fprintf(&got, "\t\t\t%s: %s\n", each.Name, each.Command)
				if each.Outcome != journey.Fail {
					t.Errorf("%s: %s", each.Name, each.Title())
				}
			}
			if diff := cmp.Diff(strings.Trim(gate.bites, "\n\t"), strings.Trim(got.String(), "\n\t")); diff != "" {
				t.Errorf("%s\n%s", diff, got.String())
			}
		})
	}
	for _, j := range all {
		if !bitten[j.Name] && j.Name != lacking {
			t.Errorf("no gate breaks the promise of %s", j.Name)
		}
	}
}
