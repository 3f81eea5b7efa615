package tree_test

import (
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree/treetest"
)

// BenchmarkCopy is what a scenario pays for a consumer of its own: one copy alone, and three at once, as a run makes
// them; each time where others have just been removed, as one run after the other finds it.
func BenchmarkCopy(b *testing.B) {
	for _, at := range []int{1, 3} {
		b.Run("at once="+strconv.Itoa(at), func(b *testing.B) {
			from, into := treetest.Consumer(b), b.TempDir()
			tree.Spread(into)
			for b.Loop() {
				var all sync.WaitGroup
				for i := range at {
					all.Go(func() {
						to := filepath.Join(into, strconv.Itoa(i))
						if err := errors.Join(tree.Make(to), tree.Copy(b.Context(), from, to)); err != nil {
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
