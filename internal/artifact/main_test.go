package artifact

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tempdir"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestMain(m *testing.M) {
	tempdir.InMemory()
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const commitOfTests = "0123456789abcdef0123456789abcdef01234567"

func runOfTests() verdict.Facts {
	return verdict.Facts{
		PackageSpec: "pumuki@latest", PackageName: "pumuki", PackageVersion: "6.3.265", PackageIntegrity: "sha512-AAAA",
		SourceCommit: commitOfTests, ContractSHA256: verdict.Text(strings.Repeat("c", 64)),
		Tools: verdict.Tools{Git: "2.39.5", Node: "20.20.2", NPM: "11.19.1"},
	}
}

// resultsOfTests are those of scenarios that met their contract.
func resultsOfTests(names ...string) verdict.Results {
	results := verdict.Results{}
	for _, s := range suite.All() {
		if !slices.Contains(names, s.Name) {
			continue
		}
		var outcomes verdict.Outcomes
		for i, exit := range s.Expected {
			rulesets := []string{"iosEnterpriseRuleSet@1.0.0", "backendRuleSet@1.0.0"}
			outcomes[i] = &verdict.Outcome{Exit: exit, Outcome: "PASS", Rulesets: rulesets}
			if exit != 0 {
				outcomes[i].Outcome = "BLOCK"
				outcomes[i].Findings = []verdict.Finding{
					{
						Rule: "ios.no-print", Severity: "ERROR", File: "apps/ios/View.swift", Lines: []int{3},
						Message: "print() && <debug>",
					},
					{
						Rule: "backend.no-console-log", Severity: "CRITICAL", File: "apps/backend/src/health.ts",
						Lines: []int{1, 2}, Message: "console.log",
					},
				}
			}
		}
		results[s.Name] = outcomes
	}
	return results
}

// stepsOfTests are those of a run that came to results: the stages, each a second.
func stepsOfTests(results verdict.Results) []verdict.Step {
	steps := []verdict.Step{{Phase: suite.Preflight, Name: suite.Cleanliness.Name, Took: time.Millisecond}}
	for _, s := range suite.All() {
		for i, stage := range suite.Stages() {
			if outcome := results[s.Name][i]; outcome != nil {
				began := time.Duration(len(steps)) * time.Second
				steps = append(steps, verdict.Step{
					Phase: s.Name, Name: stage.Step.Name, Began: began, Took: time.Second, Exit: outcome.Exit,
					Log: logDigest,
				})
			}
		}
	}
	return steps
}

func everything() verdict.Results { return resultsOfTests(suite.Names(suite.All())...) }

// failureOfTests is the one of CONTRACT §6 with a package that does not exist.
func failureOfTests(log string) *suite.Failure {
	return &suite.Failure{
		Phase: "clean", Step: suite.NPMInstallPackage, Kind: suite.KindStep, Exit: suite.ExitFail,
		LogPath: log, Variables: variablesFor("clean"), Err: errors.New("npm said no"),
	}
}

func variablesFor(name string) suite.Variables {
	return suite.Variables{
		RepoRoot: "/repo", CloneDir: "/srv/" + name, Scenario: name, PackageSpec: "pumuki@latest",
		BaseRef: "upstream-" + name,
	}
}

// missedFailure is a scenario off its contract.
func missedFailure(log string) (*suite.Failure, verdict.Results) {
	results := everything()
	violations := results["violations"]
	violations[1] = &verdict.Outcome{Exit: 0, Outcome: "PASS"}
	results["violations"] = violations
	return &suite.Failure{
		Phase: "violations", Step: suite.ExitContract, Command: suite.StagePrePush, Kind: suite.KindContract,
		Exit: suite.ExitFail, LogPath: log, Variables: variablesFor("violations"), Err: errors.New("let through"),
	}, results
}

func optionsOfTests(t testing.TB, root string) Options {
	now := func() time.Time { return noon.Add(time.Minute) }
	return Options{Root: root, RunID: RunID(noon, 4242), LogDir: t.TempDir(), Now: now}
}

// open opens a store that is closed with the test.
func open(t testing.TB, root string) *Store {
	t.Helper()
	s, err := Open(optionsOfTests(t, root))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// passed leaves what a run that passed leaves, and returns the folder.
func passed(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	s := open(t, root)
	must(t, s.Begin(runOfTests()))
	if _, err := s.Pass(runOfTests(), everything(), stepsOfTests(everything())); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	return filepath.Join(root, Folder)
}

// partly leaves what a run that left scenarios out leaves, and returns the folder.
func partly(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	s := open(t, root)
	must(t, s.Begin(runOfTests()))
	results := resultsOfTests("clean")
	if _, err := s.Pass(runOfTests(), results, stepsOfTests(results)); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	return filepath.Join(root, Folder)
}

// failed leaves what a run leaves in which a step broke, and returns the folder.
func failed(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	s := open(t, root)
	must(t, s.Begin(runOfTests()))
	if _, err := s.Fail(runOfTests(), failureOfTests(logOfTests(t)), nil, stepsOfTests(nil)); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	return filepath.Join(root, Folder)
}

func missedContract(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	s := open(t, root)
	must(t, s.Begin(runOfTests()))
	failure, results := missedFailure(logOfTests(t))
	if _, err := s.Fail(runOfTests(), failure, results, stepsOfTests(results)); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	return filepath.Join(root, Folder)
}

// begun leaves what a run leaves that was killed before it came to anything, and returns the folder.
func begun(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	s := open(t, root)
	must(t, s.Begin(runOfTests()))
	must(t, s.Close())
	return filepath.Join(root, Folder)
}

// dirtied leaves what a run leaves that was refused for its baseline, and returns the folder.
func dirtied(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	s := open(t, root)
	must(t, s.Begin(runOfTests()))
	if _, err := s.Fail(runOfTests(), &suite.Failure{
		Phase: suite.Preflight, Step: suite.Cleanliness, Kind: suite.KindBaseline, Exit: suite.ExitDirty,
		Variables: suite.Variables{RepoRoot: "/repo"},
	}, nil, nil); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	return filepath.Join(root, Folder)
}

// logText is what every log of the tests holds, and logDigest its SHA-256.
const (
	logText   = "npm error code E404\n\xff\x00\x1b[31m"
	logDigest = "18d9c71dfc5bd5947ec01ba3b4e7ee97befae48cfc2633f7a6c4a6e0877977e6"
)

func logOfTests(t testing.TB) string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "private.log")
	must(t, os.WriteFile(log, []byte(logText), 0o600))
	return log
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files are the names in a folder, but for the lock.
func files(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	names := map[string]bool{}
	for _, entry := range entries {
		names[entry.Name()] = true
	}
	delete(names, LockName)
	return slices.Sorted(maps.Keys(names))
}

// content reads a JSON file.
func content(t testing.TB, dir, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	var document map[string]any
	must(t, json.Unmarshal(data, &document))
	return document
}
