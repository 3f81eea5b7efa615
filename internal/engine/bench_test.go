package engine_test

import (
	"fmt"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine/enginetest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// BenchmarkScenarios tells what a scenario costs among few and among many: the three of the table, and twelve that are
// copies of them. A promise stands on it: among twelve, one takes at most 1.1 times what it takes among three.
func BenchmarkScenarios(b *testing.B) {
	for _, times := range []int{1, 4} {
		chosen := repeated(times)
		b.Run(fmt.Sprintf("scenarios=%d", len(chosen)), func(b *testing.B) {
			source := enginetest.Source(b, chosen)
			baseline := baselineOf(b, source)
			for b.Loop() {
				run, err := judge(b, source, "embedded", baseline, chosen)
				if err != nil || len(run.Evidence) != len(chosen) {
					b.Fatalf("%d scenarios ran: %v", len(run.Evidence), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*len(chosen)), "ms/scenario")
		})
	}
}

// repeated is the table, so many times over, each scenario under a name of its own.
func repeated(times int) (chosen []suite.Scenario) {
	for i := range times {
		for _, s := range suite.Default() {
			if i > 0 {
				s.Name = fmt.Sprintf("%s-%d", s.Name, i)
			}
			chosen = append(chosen, s)
		}
	}
	return chosen
}
