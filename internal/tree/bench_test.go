package tree_test

import (
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree/treetest"
)

// BenchmarkCopy is what a scenario pays for a consumer of its own: one copy alone, and three at once, as a run makes
// them.
func BenchmarkCopy(b *testing.B) {
	for _, at := range []int{1, 3} {
		b.Run("at once="+strconv.Itoa(at), func(b *testing.B) {
			from, into := treetest.Consumer(b), b.TempDir()
			for b.Loop() {
				var all sync.WaitGroup
				for i := range at {
					all.Go(func() {
						if err := tree.Copy(b.Context(), from, filepath.Join(into, strconv.Itoa(i))); err != nil {
							b.Error(err)
						}
					})
				}
				all.Wait()
				b.StopTimer()
				for i := range at {
					if err := tree.Remove(filepath.Join(into, strconv.Itoa(i))); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
			}
		})
	}
}
