package artifacttest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Bisected leaves a bisection over seven Versions of Rich in a folder of artifacts, with its ledger, and
// returns the folder: its ends are 9.0.0 and 9.0.6, and the fault came in with 9.0.4.
func Bisected(t testing.TB) (dir string) {
	t.Helper()
	dir = Swept(t, Rich(), 7)
	head := Sweep(Rich(), 7, "it exited with 1").Head
	head.RunID = artifact.RunID(artifact.Bisect, Began, 7)
	b := history.Bisection{
		Head: head, Good: "9.0.0", Bad: "9.0.6", Versions: 7, LastGood: "9.0.3", FirstBad: "9.0.4",
		Between: []string{}, Elsewhere: []history.Change{},
		Question: history.Question{Scenario: "clean", Stage: "ci"},
	}
	versions, entries := Versions(Rich(), 7, "it exited with 1")
	said := ""
	for i, known := range []int{0, 6, 3, 4} {
		v := versions[known]
		name, _, err := entries[known].Encode()
		if err != nil {
			t.Fatal(err)
		}
		reply := b.Question.Of(entries[known])
		if i == 0 {
			said = reply.Said
		}
		b.Probes = append(b.Probes, reply.Ask(v, verdict.Text(name), said, false))
	}
	b.Step = b.StepBetween("9.0.3", "9.0.4", entries[3], entries[4])
	b.Settle(true)
	options := Options(t, filepath.Dir(dir))
	store, err := artifact.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Bisected(b); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, artifact.SweepName)); err != nil {
		t.Fatal(err)
	}
	return dir
}
