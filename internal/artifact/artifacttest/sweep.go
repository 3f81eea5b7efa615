package artifacttest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Versions are the versions 9.0.0 to 9.0.N-1, each with its entry, of which some do what the base of a comparison does,
// and some what its candidate does; every eleventh could not be judged, and is deprecated. Why says why, and is also
// the message of its deprecation.
func Versions(c *comparison.Comparison, n int, why string) (versions []history.Version, entries []artifact.Entry) {
	for i := range n {
		e := Entry(fmt.Sprintf("sha512-%d", i))
		e.PackageVersion = verdict.Text(fmt.Sprintf("9.0.%d", i))
		e.Suite, e.Round = c.Suite, c.Base.Rounds[0]
		if i%7 > 3 {
			e.Round = c.Candidate.Rounds[0]
		}
		v := history.Version{
			Version:   string(e.PackageVersion),
			Published: verdict.Text(Began.Add(time.Duration(i) * time.Hour).UTC().Format(artifact.TimeLayout)),
		}
		if i%11 == 10 {
			e.Broke = &artifact.Broke{
				Phase: "clean", Step: suite.NPMInstallPackage.Name, Kind: suite.KindStep, ExitCode: 1, Why: why,
			}
			e.Missed, v.Deprecated = []comparison.Missed{}, verdict.Text(why)
		}
		e.Verdict = e.Follows()
		versions, entries = append(versions, v), append(entries, e)
	}
	return versions, entries
}

// Sweep is the sweep over Versions, without the names of their entries.
func Sweep(c *comparison.Comparison, n int, why string) *history.Sweep {
	e := Entry("sha512-0")
	b := history.New(history.Head{
		SchemaVersion: e.SchemaVersion, RunID: e.RunID, GeneratedAt: e.GeneratedAt, SourceCommit: c.SourceCommit,
		ContractSHA256: e.ContractSHA256, ConsumerSHA256: e.ConsumerSHA256, Suite: c.Suite, Families: c.Families,
		Selection: why, Ledger: "ledger", Asked: []promise.Asked{Account(e, "").Asked}, SuiteSHA256: e.ContractSHA256,
	})
	versions, entries := Versions(c, n, why)
	for i, v := range versions {
		b.Add(v, entries[i], accountsOf(&v, entries[i], i, why)...)
	}
	return b.Sweep()
}

// accountsOf are the accounts of the journeys with a version, which the version then names: every other version of four
// breaks one, and every ninth could not be asked. A gate that could not be judged has none.
func accountsOf(v *history.Version, e artifact.Entry, i int, why string) []artifact.Account {
	if e.Broke != nil {
		return nil
	}
	v.Promises = []history.Promised{{Kind: promise.Journeys, Broken: []string{}}}
	if i%9 == 8 {
		v.Promises[0].Why = verdict.Text(why) // it could be judged, and not be asked
		return nil
	}
	broken := ""
	if i%4 > 1 {
		broken = why
	}
	a := Account(e, broken)
	name, _, _ := a.Encode()
	v.Promises[0].Entry = verdict.Text(name)
	return []artifact.Account{a}
}

// Swept leaves the sweep over Versions in a folder of artifacts, with its ledger, and returns the folder.
func Swept(t testing.TB, c *comparison.Comparison, n int) (dir string) {
	t.Helper()
	store, err := artifact.Open(Options(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	dir = store.Dir()
	if err := os.Mkdir(filepath.Join(dir, "ledger"), 0o755); err != nil {
		t.Fatal(err)
	}
	sweep := Sweep(c, n, "it exited with 1")
	versions, entries := Versions(c, n, "it exited with 1")
	put := func(name string, data []byte, err error) verdict.Text {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "ledger", name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return verdict.Text(name)
	}
	for i, e := range entries {
		sweep.Versions[i].Entry = put(e.Encode())
		for _, a := range accountsOf(&versions[i], e, i, "it exited with 1") {
			put(a.Encode())
		}
	}
	if err := store.Swept(sweep); err != nil {
		t.Fatal(err)
	}
	return dir
}
