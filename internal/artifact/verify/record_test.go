package verify_test

import (
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
)

// inStep changes one of the steps in a record.
func inStep(i int, change func(map[string]any)) func(map[string]any) {
	return func(document map[string]any) { change(document["steps"].([]any)[i].(map[string]any)) }
}

// TestArtifactsOfARunAgree changes what a run was made with in one of its artifacts, or how it went.
func TestArtifactsOfARunAgree(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]tampering{
		"evidence of another tarball": {
			leave: passed, file: artifact.EvidenceName, change: set("sha512-BBBB", "package_integrity"),
			says: `package_integrity is "sha512-BBBB", and the report says "sha512-AAAA"`,
		},
		"evidence of another node": {
			leave: passed, file: artifact.EvidenceName, change: set("22.0.0", "tools", "node"),
			says: artifact.EvidenceName + `: tools.node is "22.0.0", and the report says "20.1.0"`,
		},
		"a summary of another tarball": {
			leave: passed, file: artifact.SummaryName, change: set("sha512-BBBB", "package_integrity"),
			says: `package_integrity is "sha512-AAAA", and the report says "sha512-BBBB"`,
		},
		"a summary of no tarball": {
			leave: passed, file: artifact.SummaryName, change: set(nil, "package_integrity"),
			says: `package_integrity is "sha512-AAAA", and the report says ""`,
		},
		"a summary without the tarball": {
			leave: passed, file: artifact.SummaryName, change: remove("package_integrity"),
			says: "missing property 'package_integrity'",
		},
		"a summary of another git": {
			leave: passed, file: artifact.SummaryName, change: set("2.0.0", "tools", "git"),
			says: `tools.git is "2.39.5", and the report says "2.0.0"`,
		},
		"a failure of another tarball": {
			leave: failed, file: artifact.FailureName, change: set("sha512-BBBB", "package_integrity"),
			says: artifact.RecordName + `: package_integrity is "sha512-AAAA", and the report says "sha512-BBBB"`,
		},
		"a failure of another npm": {
			leave: missed, file: artifact.FailureName, change: set("9.0.0", "tools", "npm"),
			says: `tools.npm is "11.1.0", and the report says "9.0.0"`,
		},
		"a record of another run": {
			leave: passed, file: artifact.RecordName, change: set(another, "run_id"),
			says: artifact.RecordName + " is that of another run: " + another,
		},
		"a record of another time": {
			leave: passed, file: artifact.RecordName, change: set("2026-03-01T12:02:00Z", "generated_at_utc"),
			says: `generated_at_utc is "2026-03-01T12:02:00Z"`,
		},
		"a record of another spec": {
			leave: passed, file: artifact.RecordName, change: set("pumuki@6", "package_spec"),
			says: `package_spec is "pumuki@6"`,
		},
		"a record of another name": {
			leave: passed, file: artifact.RecordName, change: set("pumuky", "package_name"),
			says: `package_name is "pumuky"`,
		},
		"a record of another version": {
			leave: passed, file: artifact.RecordName, change: set("6.3.16", "package_version"),
			says: `package_version is "6.3.16"`,
		},
		"a record of another tarball": {
			leave: passed, file: artifact.RecordName, change: set("sha512-BBBB", "package_integrity"),
			says: artifact.RecordName + `: package_integrity is "sha512-BBBB", and the report says "sha512-AAAA"`,
		},
		"a record of another commit": {
			leave: passed, file: artifact.RecordName, change: set(strings.Repeat("0", 40), "source_commit"),
			says: `source_commit is "` + strings.Repeat("0", 40) + `"`,
		},
		"a record of another contract": {
			leave: passed, file: artifact.RecordName, change: set(strings.Repeat("0", 64), "contract_sha256"),
			says: `contract_sha256 is "` + strings.Repeat("0", 64) + `"`,
		},
		"a record of another npm": {
			leave: passed, file: artifact.RecordName, change: set("9.0.0", "tools", "npm"),
			says: artifact.RecordName + `: tools.npm is "9.0.0"`,
		},
		"a record of another exit": {
			leave: passed, file: artifact.RecordName, change: inStep(9, set(0, "exit")),
			says: artifact.RecordName + ": mixed at ci: the exit is 0, and the report says 1",
		},
		"a record of another phase": {
			leave: passed, file: artifact.RecordName, change: inStep(9, set("clean", "phase")),
			says: artifact.RecordName + ": clean at ci: the stage ran 2 times",
		},
		"a record of an unknown phase": {
			leave: passed, file: artifact.RecordName, change: inStep(9, set("dirty", "phase")),
			says: artifact.RecordName + `: "dirty" is no scenario of the suite`,
		},
		"a record of a stage less": {
			leave: passed, file: artifact.RecordName, change: inStep(9, set("stage_cd", "step")),
			says: ": mixed at ci: the stage did not run, and the report says that it exited with 1",
		},
		"a record of a stage more": {
			leave: partly, file: artifact.RecordName,
			change: inStep(0, all(set("violations", "phase"), set("stage_ci", "step"))),
			says:   artifact.RecordName + ": violations at ci: the stage ran, and the report says that it did not",
		},
		"a record of a pass after a step that failed": {
			leave: passed, file: artifact.RecordName, change: inStep(0, set(128, "exit")),
			says: ": preflight at source_repo_cleanliness exited with 128, and no run passes after that",
		},
		"a summary of an older version": {
			leave: passed, file: artifact.SummaryName, change: func(d map[string]any) { delete(d, "tools") },
			says: "of an older version of this toolkit: call the target that left it again",
		},
		"a record that is not sorted": {
			leave: passed, file: artifact.RecordName, change: inStep(9, set(0, "began_us")),
			says: "the steps are not in the order in which they began",
		},
		"a record of no time": {
			leave: passed, file: artifact.RecordName, change: inStep(9, set(-1, "took_us")),
			says: "at /steps/9/took_us",
		},
		"a record of more time than is": {
			leave: passed, file: artifact.RecordName, change: inStep(9, set(int64(1e15+1), "took_us")),
			says: "at /steps/9/took_us",
		},
		"a record of a log that is none": {
			leave: passed, file: artifact.RecordName, change: inStep(9, set("abc", "log_sha256")),
			says: "at /steps/9/log_sha256",
		},
		"a record of another log": {
			leave: missed, file: artifact.RecordName, change: inStep(5, set(strings.Repeat("0", 64), "log_sha256")),
			says: artifact.RecordName + ": log_sha256 of violations at stage_pre_push is " + strings.Repeat("0", 64),
		},
	} {
		t.Run(name, each.isSaid)
	}
}
