package artifacttest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// The runs in this file are of pumuki@latest, and hold something of everything that an artifact can hold.

// Facts returns what each of them says of itself.
func Facts() verdict.Facts { return Run("pumuki@latest") }

// Everything returns the results of a run that passed, in every scenario. Nothing in it is sorted.
func Everything() verdict.Results { return Results(suite.Default().Names()...) }

// Results returns the results of some scenarios, which met their contract.
func Results(names ...string) verdict.Results {
	results := Met(
		verdict.Finding{
			Rule: "ios.no-print", Severity: "ERROR", File: "apps/ios/View.swift", Lines: []int{3},
			Message: "print() && <debug>",
		},
		verdict.Finding{
			Rule: "backend.no-console-log", Severity: "CRITICAL", File: "apps/backend/src/health.ts",
			Lines: []int{1, 2}, Message: "console.log",
		},
	)
	for name, outcomes := range results {
		if !slices.Contains(names, name) {
			delete(results, name)
			continue
		}
		for i, shared := range outcomes {
			outcome := *shared
			outcome.Rulesets = []string{"iosEnterpriseRuleSet@1.0.0", "backendRuleSet@1.0.0"}
			outcome.Coverage = &verdict.Coverage{
				Active:  []string{"ios.no-print", "backend.no-console-log", "ios.no-wait"},
				Matched: []string{"ios.no-print"},
			}
			outcome.Suppressed = []verdict.Suppressed{
				{Rule: "ios.print", File: "a.swift", ReplacedBy: "ios.no-print"},
				{Rule: "ios.echo", File: "a.swift", ReplacedBy: "ios.no-print"},
			}
			outcomes[i] = &outcome
		}
		results[name] = outcomes
	}
	return results
}

// Steps returns the steps of a run with these results: its stages, each a second long.
func Steps(results verdict.Results) []verdict.Step {
	steps := []verdict.Step{{Phase: suite.Preflight, Name: suite.Cleanliness.Name, Took: time.Millisecond}}
	for _, s := range suite.Default() {
		for i, stage := range suite.Stages() {
			if outcome := results[s.Name][i]; outcome != nil {
				began := time.Duration(len(steps)) * time.Second
				steps = append(steps, verdict.Step{
					Phase: s.Name, Name: stage.Step.Name, Began: began, Took: time.Second, Exit: outcome.Exit,
					Log: LogDigest,
				})
			}
		}
	}
	return steps
}

// LogText is what their logs hold, and LogDigest its SHA-256.
const (
	LogText   = "npm error code E404\n\xff\x00\x1b[31m"
	LogDigest = "18d9c71dfc5bd5947ec01ba3b4e7ee97befae48cfc2633f7a6c4a6e0877977e6"
)

// Log writes a private log, and returns its path.
func Log(t testing.TB, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "private.log")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// NoVersion is the failure of CONTRACT §6 with a package that does not exist.
func NoVersion(log string) *suite.Failure {
	f := Failure("clean", suite.NPMInstallPackage, suite.KindStep)
	f.Variables.PackageSpec, f.LogPath = "pumuki@latest", log
	return f
}

// LetThrough is the failure of a gate that lets violations through, and what the scenarios came to.
func LetThrough(log string) (*suite.Failure, verdict.Results) {
	f, results := Failure("violations", suite.ExitContract, suite.KindContract), Everything()
	f.Command, f.LogPath = suite.StagePrePush, log
	violations := results["violations"]
	violations[1] = Outcome(0)
	results["violations"] = violations
	return f, results
}

// Options returns the options of a store for one of these runs.
func Options(t testing.TB, root string) artifact.Options {
	return artifact.Options{Root: root, RunID: ID, LogDir: t.TempDir(), Now: func() time.Time { return Ended }}
}

// Passed leaves the artifacts of a run that passed, and returns their folder. So do the functions below for other runs.
func Passed(t testing.TB) string { return passedWith(t, Everything()) }

// Partly leaves those of a run that left scenarios out.
func Partly(t testing.TB) string { return passedWith(t, Results("clean")) }

func passedWith(t testing.TB, results verdict.Results) string {
	t.Helper()
	return Left{Run: Facts(), Results: results, Steps: Steps(results)}.In(t)
}

// Failed leaves those of a run in which a step broke.
func Failed(t testing.TB) string {
	t.Helper()
	return Left{Run: Facts(), Failure: NoVersion(Log(t, LogText)), Steps: Steps(nil)}.In(t)
}

// Missed leaves those of a run that missed the contract.
func Missed(t testing.TB) string {
	t.Helper()
	failure, results := LetThrough(Log(t, LogText))
	return Left{Run: Facts(), Failure: failure, Results: results, Steps: Steps(results)}.In(t)
}

// Unproven leaves those of a run in which a stage left no evidence.
func Unproven(t testing.TB) string {
	t.Helper()
	failure, results := Failure("clean", suite.EvidenceContract, suite.KindContract), Everything()
	failure.Command = suite.StagePrePush
	clean := results["clean"]
	clean[1] = &verdict.Outcome{Exit: suite.ExitPass}
	results["clean"] = clean
	return Left{Run: Facts(), Failure: failure, Results: results, Steps: Steps(results)}.In(t)
}

// Overlooked leaves those of a run in which the gate lost a planted defect.
func Overlooked(t testing.TB) string {
	t.Helper()
	failure, results := Failure("mixed", suite.FindingsContract, suite.KindContract), Everything()
	failure.Command = suite.StagePrePush
	results["mixed"][1].Misses = []string{"it does not report that x"}
	return Left{Run: Facts(), Failure: failure, Results: results, Steps: Steps(results)}.In(t)
}

// Begun leaves those of a run that was killed before it came to anything.
func Begun(t testing.TB) string {
	t.Helper()
	return Left{Run: Facts(), Killed: true}.In(t)
}

// Dirtied leaves those of a run that was refused for its baseline.
func Dirtied(t testing.TB) string {
	t.Helper()
	failure := Failure(suite.Preflight, suite.Cleanliness, suite.KindBaseline)
	failure.Exit = suite.ExitDirty
	return Left{Run: Facts(), Failure: failure}.In(t)
}
