package verify_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestAWholeSweepIsVerified(t *testing.T) {
	t.Parallel()
	report, read := verify.Sweep(artifacttest.Swept(t, artifacttest.Rich(), 12), repository)
	const want = "verified: sweep pumuki-sweep-20260102T030356Z-7: 7 of 12 versions met the contract"
	if got := report.String(); got != want {
		t.Fatalf("got %q", got)
	}
	made := artifacttest.Sweep(artifacttest.Rich(), 12, "it exited with 1")
	if diff := cmp.Diff(made.Text(), read.Text()); diff != "" {
		t.Error(diff)
	}
}

func TestNoSweepIsNoBrokenPromise(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing"), passed(t)} {
		if report, read := verify.Sweep(dir, verify.Expect{}); report.Err() != nil || read != nil {
			t.Errorf("%s, %v", report, read)
		}
	}
}

// accounted has the version 9.0.1 name an account that was changed, and that its ledger has.
func accounted(s *history.Sweep, ledger string, change func(*artifact.Account)) {
	_, entries := artifacttest.Versions(artifacttest.Rich(), 2, "")
	a := artifacttest.Account(entries[1], "")
	change(&a)
	name, data, _ := a.Encode()
	_ = os.WriteFile(filepath.Join(ledger, name), data, 0o644)
	s.Versions[1].Promises[0].Entry = verdict.Text(name)
}

// Sweeps of other selections may be merged: what an account begins with is then not the version just before it.
func TestAccountMayBeginWithAnyVersionBeforeIt(t *testing.T) {
	t.Parallel()
	dir := artifacttest.Swept(t, artifacttest.Rich(), 12)
	forge(t, filepath.Join(dir, artifact.SweepName), func(s *history.Sweep) {
		accounted(s, filepath.Join(dir, "ledger"), func(a *artifact.Account) { a.From = "9.0.0 sha512-0" })
	})
	if report, read := verify.Sweep(dir, repository); report.Err() != nil || read == nil {
		t.Error(report)
	}
}

func TestBrokenPromiseOfASweepIsNamed(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(s *history.Sweep, ledger string){
		"what it says of 9.0.2 is not what its entry does": func(s *history.Sweep, _ string) {
			s.Versions[2].Cells[0].Exit = 7
		},
		"what it says of 9.0.4 is not what its entry does": func(s *history.Sweep, _ string) {
			s.Versions[4].Verdict, s.Versions[4].Why = history.Met, ""
		},
		"what it says of 9.0.1 is not what its entry does": func(s *history.Sweep, _ string) {
			s.Versions[1].SameAs = ""
		},
		"its steps are not those between its versions": func(s *history.Sweep, _ string) { s.Steps = s.Steps[:1] },
		"what it counts is not what its versions come to": func(s *history.Sweep, _ string) {
			s.Met, s.Missed = s.Met+1, s.Missed-1
		},
		"9.0.3: its entry is of another gate, or of another contract or consumer": func(s *history.Sweep, _ string) {
			s.Versions[3].Entry = s.Versions[2].Entry
		},
		"9.0.0: its entry is of another gate, or of another contract or consumer": func(s *history.Sweep, _ string) {
			s.ContractSHA256 = verdict.Text(strings.Repeat("d", 64))
		},
		"its ledger cannot be read": func(s *history.Sweep, _ string) { s.Ledger = "elsewhere" },
		"cannot be read: ": func(s *history.Sweep, ledger string) {
			_ = os.Remove(filepath.Join(ledger, string(s.Versions[5].Entry)))
		},
		"is not named by its key and its digest": func(s *history.Sweep, ledger string) {
			path := filepath.Join(ledger, string(s.Versions[5].Entry))
			data, _ := os.ReadFile(path)
			_ = os.WriteFile(path, []byte(strings.Replace(string(data), "linux", "plan9", 1)), 0o644)
		},
		"9.0.6 is not what its entry does": func(s *history.Sweep, _ string) {
			// Its entry is left out, as if its tarball were not known.
			s.Versions[6] = history.Version{Version: "9.0.6", Verdict: history.Met, Cells: []history.Cell{}}
		},
		"what it says of 9.0.3 is not what its entry does": func(s *history.Sweep, _ string) {
			s.Versions[3].Promises[0].Broken = []string{}
		},
		"9.0.7: its account is of another gate, of other promises": func(s *history.Sweep, _ string) {
			s.Versions[7].Promises[0].Entry = s.Versions[6].Promises[0].Entry
		},
		`9.0.2: it tells of the promises [], and is to tell of ["journeys"]`: func(s *history.Sweep, _ string) {
			s.Versions[2].Promises = nil
		},
		`9.0.7: it tells of the promises ["probes"], and is to tell of ["journeys"]`: func(s *history.Sweep, _ string) {
			s.Versions[7].Promises[0].Kind = promise.Probes
		},
		`9.0.1: it tells of the promises ["journeys" "probes"], and is`: func(s *history.Sweep, _ string) {
			s.Versions[1].Promises = append(s.Versions[1].Promises, history.Promised{
				Kind: promise.Probes, Why: "none", Kept: 120, Broken: []string{},
			})
		},
		"what it says of 9.0.5 is not what its entry does": func(s *history.Sweep, _ string) {
			s.Versions[5].Promises[0] = history.Promised{
				Kind: promise.Journeys, Why: "none", Kept: 99, Broken: []string{},
			}
		},
		"9.0.6: it is not said why there is no account of journeys": func(s *history.Sweep, _ string) {
			s.Versions[6].Promises[0].Entry = ""
		},
		"9.0.1: its account is of another tarball than its entry": func(s *history.Sweep, ledger string) {
			accounted(s, ledger, func(a *artifact.Account) { a.PackageIntegrity = "sha512-other" })
		},
		`9.0.1: its account begins with "9.0.9", which does not come before it`: func(s *history.Sweep, ledger string) {
			accounted(s, ledger, func(a *artifact.Account) { a.From = "9.0.9 sha512-9" })
		},
		"9.0.1: its account is of another gate, of other promises": func(s *history.Sweep, ledger string) {
			accounted(s, ledger, func(a *artifact.Account) { a.SHA256 = strings.Repeat("f", 64) })
		},
		"/versions/9/promises/0/entry": func(s *history.Sweep, _ string) {
			s.Versions[9].Promises[0].Entry = "no"
		},
		"families are not those of the suite": func(s *history.Sweep, _ string) { s.Families = [][]string{{"a", "b"}} },
		"at /versions/0/verdict":              func(s *history.Sweep, _ string) { s.Versions[0].Verdict = "good" },
		"at /run_id":                          func(s *history.Sweep, _ string) { s.RunID = artifacttest.ID },
	} {
		dir := artifacttest.Swept(t, artifacttest.Rich(), 12)
		path := filepath.Join(dir, artifact.SweepName)
		data, err := os.ReadFile(path)
		must(t, err)
		var s history.Sweep
		must(t, json.Unmarshal(data, &s))
		change(&s, filepath.Join(dir, "ledger"))
		data, err = json.MarshalIndent(s, "", "  ")
		must(t, err)
		must(t, os.WriteFile(path, append(data, '\n'), 0o644))
		if report, read := verify.Sweep(dir, repository); read != nil || !strings.Contains(report.String(), says) {
			t.Errorf("want %q, got %s", says, report)
		}
	}
}

func TestWhatIsMadeOfASweepDoesNotStandWithoutIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, artifact.SweepTableName), nil, 0o644))
	report, _ := verify.Sweep(dir, verify.Expect{})
	if !strings.Contains(report.String(), "without "+artifact.SweepName) {
		t.Error(report)
	}
}
