package artifacttest

import (
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Entry returns the entry of a gate with this integrity, which met its contract in everything.
func Entry(integrity string) artifact.Entry {
	results := Everything()
	facts := Facts()
	facts.SchemaVersion, facts.RunID = artifact.SchemaVersion, artifact.RunID(artifact.Sweep, Began, 7)
	facts.GeneratedAt = Began.UTC().Format(artifact.TimeLayout)
	facts.PackageIntegrity = verdict.Text(integrity)
	same := func(text string) string { return text }
	run := &verdict.Run{
		Facts: facts, Evidence: verdict.Settled(facts.Suite, results, same), Exits: verdict.ExitsOf(results),
		Steps: Steps(results),
	}
	return artifact.EntryOf(run, verdict.Text(strings.Repeat("c", 64)), "linux/amd64", nil)
}

// Account returns what became of three journeys with the gate of an entry: one is kept, one is not asked, and one is
// broken for the reason why; kept where that is empty.
func Account(e artifact.Entry, why string) artifact.Account {
	push := promise.Standing{Name: "push-first", Did: promise.OK}
	if why != "" {
		push.Did, push.Why = promise.Fails, verdict.Text(why)
	}
	return artifact.Account{
		Facts: e.Facts, ConsumerSHA256: e.ConsumerSHA256, System: e.System,
		Account: promise.Account{
			Asked: promise.Asked{Kind: promise.Journeys, SHA256: strings.Repeat("e", 64)},
			Promises: []promise.Standing{
				promise.Standing{Name: "commit-blocked", Did: promise.OK}.Settled(), push.Settled(),
				promise.Standing{Name: "upgrade", Did: promise.Skipped, Why: "there is none"}.Settled(),
			},
		},
	}
}
