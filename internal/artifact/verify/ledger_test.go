package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// placed lays an entry or an account into a ledger, under the name that it gives itself, and reads it.
func placed(t *testing.T, kept interface {
	Encode() (string, []byte, error)
}) error {
	t.Helper()
	name, data, err := kept.Encode()
	must(t, err)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	return verify.InLedger(root, name)
}

// broke is the entry of a gate that could not be installed.
func broke() artifact.Entry {
	e := artifacttest.Entry("sha512-a")
	run := e.Run()
	run.Evidence, run.Steps = nil, nil
	return artifact.EntryOf(run, e.ConsumerSHA256, e.System, &artifact.Broke{
		Phase: "clean", Step: "npm_install_package", Kind: "step", ExitCode: 1, Why: "it exited with 1",
	})
}

func TestWholeEntryHolds(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]artifact.Entry{"met": artifacttest.Entry("sha512-a"), "broke": broke()} {
		if err := placed(t, e); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBrokenPromiseOfAnEntryIsNamed(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*artifact.Entry){
		"the verdict is FAIL, and what it holds makes it PASS": func(e *artifact.Entry) { e.Verdict = "FAIL" },
		"clean at pre-commit: the stage did not run": func(e *artifact.Entry) {
			e.Scenarios.Of["clean"] = verdict.Outcomes{}
		},
		"clean at ci is not among what it missed": func(e *artifact.Entry) { e.Scenarios.Of["clean"][2].Exit = 1 },
		"generated_at_utc 2025-01-01T00:00:00Z lies before the run": func(e *artifact.Entry) {
			e.GeneratedAt = "2025-01-01T00:00:00Z"
		},
		"at /run_id":            func(e *artifact.Entry) { e.RunID = "pumuki-compare-20260101T000000Z-7" },
		"at /package_integrity": func(e *artifact.Entry) { e.PackageIntegrity = "" },
		"at /consumer_sha256":   func(e *artifact.Entry) { e.ConsumerSHA256 = "c" },
		"at /system":            func(e *artifact.Entry) { e.System = "" },
		"it broke at npm_install_package, and missed its contract": func(e *artifact.Entry) {
			*e = broke()
			e.Missed = artifacttest.Rich().Candidate.Missed()
		},
	} {
		e := artifacttest.Entry("sha512-a")
		if change(&e); e.Verdict == "PASS" {
			e.Verdict = e.Follows()
		}
		if err := placed(t, e); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
}

// The name of an entry is what a verdict is found by: neither half of it may be another's.
func TestEntryUnderAnotherNameDoesNotHold(t *testing.T) {
	t.Parallel()
	one, two := artifacttest.Entry("sha512-a"), artifacttest.Entry("sha512-b")
	mine, data, err := one.Encode()
	must(t, err)
	other, _, err := two.Encode()
	must(t, err)
	for _, name := range []string{other, mine[:65] + other[65:], other[:65] + mine[65:]} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
		root, err := os.OpenRoot(dir)
		must(t, err)
		const says = "it was changed, or renamed"
		if _, err := verify.Entry(root, name); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
		must(t, root.Close())
	}
	for _, name := range []string{"", "notes.txt", mine + ".tmp", ".draft-" + mine, strings.ToUpper(mine)} {
		if key := verify.EntryKey(name); key != "" {
			t.Errorf("%q has the key %s", name, key)
		}
	}
}

// A verdict follows from all parts of its key. What is no part of it changes no key.
func TestKeyIsOfWhatAVerdictFollowsFrom(t *testing.T) {
	t.Parallel()
	key := artifacttest.Entry("sha512-a").Key()
	for name, each := range map[string]struct {
		change func(*artifact.Entry)
		same   bool
	}{
		"integrity":      {func(e *artifact.Entry) { e.PackageIntegrity = "sha512-b" }, false},
		"version":        {func(e *artifact.Entry) { e.PackageVersion = "9.9.9" }, false},
		"build metadata": {func(e *artifact.Entry) { e.PackageVersion += "+build" }, true},
		"contract":       {func(e *artifact.Entry) { e.ContractSHA256 = "d" }, false},
		"consumer":       {func(e *artifact.Entry) { e.ConsumerSHA256 = "d" }, false},
		"commit":         {func(e *artifact.Entry) { e.SourceCommit = "d" }, true},
		"spec":           {func(e *artifact.Entry) { e.PackageSpec = "/another/path.tgz" }, true},
		"node":           {func(e *artifact.Entry) { e.Tools.Node = "v1" }, true},
	} {
		e := artifacttest.Entry("sha512-a")
		if each.change(&e); (e.Key() == key) != each.same {
			t.Errorf("%s: the same key: %t", name, e.Key() == key)
		}
	}
}

func TestBrokenPromiseOfAnAccountIsNamed(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*artifact.Account){
		"": func(*artifact.Account) {},
		"its promises are not in the order of their names": func(a *artifact.Account) {
			a.Promises[0], a.Promises[1] = a.Promises[1], a.Promises[0]
		},
		"generated_at_utc 2025-01-01T00:00:00Z lies before the run": func(a *artifact.Account) {
			a.GeneratedAt = "2025-01-01T00:00:00Z"
		},
		"at /promises/0/state":                       func(a *artifact.Account) { a.Promises[0].State = "perhaps" },
		`"push-first" is ok, and what it says of it`: func(a *artifact.Account) { a.Promises[1].Did = "ok" },
		`"upgrade" is skipped, and what it says of`:  func(a *artifact.Account) { a.Promises[2].State = "kept" },
		"at /promises_sha256":                        func(a *artifact.Account) { a.SHA256 = "" },
	} {
		a := artifacttest.Account(artifacttest.Entry("sha512-a"), "unexpected success")
		change(&a)
		if err := placed(t, a); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
}
