package artifact_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// head is how a report of artifacttest.Facts begins.
const head = `{
  "schema_version": 1,
  "run_id": "pumuki-matrix-20260102T030356Z-7",
  "generated_at_utc": "2026-01-02T03:04:05Z",
  "package_spec": "pumuki@latest",
  "package_name": "pumuki",
  "package_version": "1.2.3",
  "package_integrity": "sha512-AAAA",
  "source_commit": "` + artifacttest.Commit + `",
  "contract_sha256": "` + artifacttest.Contract + `",
  "tools": {
    "git": "2.39.5",
    "node": "20.1.0",
    "npm": "11.1.0"
  },
  "suite": [
    {
      "name": "clean",
      "pre_commit_exit": 0,
      "pre_push_exit": 0,
      "ci_exit": 0
    },
    {
      "name": "violations",
      "pre_commit_exit": 1,
      "pre_push_exit": 1,
      "ci_exit": 1
    },
    {
      "name": "mixed",
      "pre_commit_exit": 1,
      "pre_push_exit": 1,
      "ci_exit": 1
    }
  ],
`

func TestSummaryHasTheBytesOfTheContract(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(filepath.Join(passed(t), artifact.SummaryName))
	must(t, err)
	want := head + `  "scenarios": {
    "clean": {
      "pre_commit_exit": 0,
      "pre_push_exit": 0,
      "ci_exit": 0
    },
    "violations": {
      "pre_commit_exit": 1,
      "pre_push_exit": 1,
      "ci_exit": 1
    },
    "mixed": {
      "pre_commit_exit": 1,
      "pre_push_exit": 1,
      "ci_exit": 1
    }
  },
  "final_verdict": "PASS"
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestFailureHasTheBytesOfTheContract(t *testing.T) {
	t.Parallel()
	dir := failed(t)
	data, err := os.ReadFile(filepath.Join(dir, artifact.FailureName))
	must(t, err)
	got := strings.ReplaceAll(string(data), dir, "ARTIFACTS")
	got = regexp.MustCompile(`"failure_log_path": ".*/`).ReplaceAllString(got, `"failure_log_path": "TMP/`)
	nulls := `{
      "pre_commit_exit": null,
      "pre_push_exit": null,
      "ci_exit": null
    }`
	want := head + `  "exit_code": 1,
  "failure_phase": "clean",
  "failure_step": "npm_install_package",
  "failure_kind": "step",
  "failure_log_path": "TMP/pumuki-clean-npm-install.log",
  "failure_log_artifact": "ARTIFACTS/pumuki-matrix-last-failure.log",
  "failure_log_artifact_sha256": "` + artifacttest.LogDigest + `",
  "failure_log_artifact_bytes": 27,
  "failure_command_step": "npm_install_package",
  "failure_command": "npm install --save-exact \"pumuki@latest\"",
  "failure_command_template": "npm install --save-exact \"{package_spec}\"",
  "failure_command_variables": {
    "repo_root": "/r",
    "clone_dir": "/c",
    "scenario": "clean",
    "package_spec": "pumuki@latest",
    "base_ref": "upstream-clean"
  },
  "scenarios": {
    "clean": ` + nulls + `,
    "violations": ` + nulls + `,
    "mixed": ` + nulls + `
  },
  "final_verdict": "FAIL"
}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecordHasTheBytesOfTheContract(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	must(t, s.Begin(facts()))
	_, err := s.Fail(verdict.Facts{PackageSpec: "pumuki@latest"}, noVersion(""), nil, []verdict.Step{
		{
			Phase: "clean", Name: "npm_install_package", Began: 1500 * time.Microsecond, Took: 2 * time.Second, Exit: 1,
			Log: artifacttest.LogDigest,
		},
		{Phase: "clean", Name: "git_clone", Took: 1999 * time.Nanosecond, Cached: true},
	})
	must(t, err)
	got, err := os.ReadFile(filepath.Join(s.Dir(), artifact.RecordName))
	must(t, err)
	want := `{
  "schema_version": 1,
  "run_id": "pumuki-matrix-20260102T030356Z-7",
  "generated_at_utc": "2026-01-02T03:04:05Z",
  "package_spec": "pumuki@latest",
  "package_name": null,
  "package_version": null,
  "package_integrity": null,
  "source_commit": null,
  "contract_sha256": null,
  "tools": {
    "git": null,
    "node": null,
    "npm": null
  },
  "suite": null,
  "steps": [
    {
      "phase": "clean",
      "step": "git_clone",
      "began_us": 0,
      "took_us": 1,
      "exit": 0,
      "cached": true,
      "log_sha256": null
    },
    {
      "phase": "clean",
      "step": "npm_install_package",
      "began_us": 1500,
      "took_us": 2000000,
      "exit": 1,
      "cached": false,
      "log_sha256": "` + artifacttest.LogDigest + `"
    }
  ]
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestEvidenceIsSortedAndReadableAsItStands(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(passed(t), artifact.EvidenceName))
	must(t, err)
	want := `        "findings": [
          {
            "rule": "backend.no-console-log",
            "severity": "CRITICAL",
            "file": "apps/backend/src/health.ts",
            "lines": [
              1,
              2
            ],
            "message": "console.log"
          },
          {
            "rule": "ios.no-print",
            "severity": "ERROR",
            "file": "apps/ios/View.swift",
            "lines": [
              3
            ],
            "message": "print() && <debug>"
          }
        ]`
	if !strings.Contains(string(data), want) {
		t.Errorf("the evidence is\n%s", data)
	}
	if clean := `"rulesets": [
          "backendRuleSet@1.0.0",
          "iosEnterpriseRuleSet@1.0.0"
        ],
        "findings": []`; !strings.Contains(string(data), clean) {
		t.Errorf("the evidence is\n%s", data)
	}
}

func TestTwoRunsDifferInRunIDAndTimeAlone(t *testing.T) {
	t.Parallel()
	write := func(began time.Time, pid int) map[string]string {
		root := t.TempDir()
		options := artifacttest.Options(t, root)
		options.RunID = artifact.RunID(artifact.Matrix, began, pid)
		options.Now = func() time.Time { return began.Add(time.Hour) }
		s, err := artifact.Open(options)
		must(t, err)
		must(t, s.Begin(facts()))
		_, err = s.Pass(facts(), everything(), stepsOf(everything()))
		must(t, err)
		must(t, s.Close())
		texts := map[string]string{}
		for _, name := range files(t, s.Dir()) {
			data, err := os.ReadFile(filepath.Join(s.Dir(), name))
			must(t, err)
			text := strings.ReplaceAll(string(data), options.RunID, "ID")
			texts[name] = strings.ReplaceAll(text, began.Add(time.Hour).Format(artifact.TimeLayout), "TIME")
		}
		return texts
	}
	if diff := cmp.Diff(write(artifacttest.Began, 1), write(artifacttest.Began.Add(49*time.Hour), 99999)); diff != "" {
		t.Error(diff)
	}
}

func TestRunIDIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	began, err := artifact.ParseRunID(artifact.RunID(artifact.Matrix, artifacttest.Began, 77))
	if err != nil || !began.Equal(artifacttest.Began) {
		t.Errorf("got %v, %v", began, err)
	}
	for _, id := range []string{
		"", "pumuki-matrix-", "pumuki-matrix-20260301T120000Z-", "pumuki-matrix-20260301T120000Z-0",
		"pumuki-matrix-20260301T120000Z--1", "pumuki-matrix-20260301T120000Z-01", "pumuki-matrix-20260301T120000Z-1x",
		"pumuki-matrix-20260301T120000Z-1\n", " pumuki-matrix-20260301T120000Z-1", "pumuki-matrix-20261301T120000Z-1",
	} {
		if _, err := artifact.ParseRunID(id); err == nil {
			t.Errorf("%q is taken", id)
		}
	}
}

func TestVerdictFollowsFromTheExits(t *testing.T) {
	t.Parallel()
	whole, off := verdict.ExitsOf(everything()), verdict.ExitsOf(everything())
	missing, unknown := verdict.ExitsOf(everything()), verdict.ExitsOf(everything())
	one := 1
	off["clean"] = verdict.Exits{&one, off["clean"][1], off["clean"][2]}
	missing["mixed"] = verdict.Exits{&one, &one, nil}
	unknown["dirty"] = verdict.Exits{&one, &one, &one}
	for name, each := range map[string]struct {
		exits verdict.Scenarios[verdict.Exits]
		want  verdict.Verdict
	}{
		"all as expected":    {whole, verdict.Pass},
		"a part as expected": {verdict.ExitsOf(resultsOf("clean", "mixed")), verdict.Partial},
		"one off":            {off, verdict.Fail},
		"one missing":        {missing, verdict.Fail},
		"one unknown":        {unknown, verdict.Fail},
		"none":               {nil, verdict.Fail},
	} {
		if got := verdict.Of(suite.Default(), each.exits); got != each.want {
			t.Errorf("%s: %s, want %s", name, got, each.want)
		}
	}
}

// TestTemplatesHoldNoAbsolutePath holds the table against a promise of the reports that quote it.
func TestTemplatesHoldNoAbsolutePath(t *testing.T) {
	t.Parallel()
	for _, step := range suite.Steps() {
		for word := range strings.FieldsSeq(strings.ReplaceAll(step.Template, `"`, " ")) {
			if strings.HasPrefix(word, "/") {
				t.Errorf("%s: %s", step.Name, step.Template)
			}
		}
	}
}
