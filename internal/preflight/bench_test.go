//go:build unix

package preflight_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
)

// BenchmarkCheck tells how long a preflight takes, and how many times as long as a plain warm git status in the same
// repository. A promise stands on it: at most ten times, at 100,000 files.
func BenchmarkCheck(b *testing.B) {
	for _, files := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			if testing.Short() && files > 10_000 {
				b.Skip("takes half a minute to set up")
			}
			w := newWorld(b)
			for i := range files {
				w.write(fmt.Sprintf("packages/%d/%d/file%d.ts", i/1000, i%1000/50, i),
					fmt.Sprintf("export const n = %d;\n", i))
			}
			w.commit()
			// Files as young as the index would be read by git status again and again.
			time.Sleep(time.Second)
			w.plainStatus()
			w.git("update-index", "--refresh")

			check := func() {
				if _, err := preflight.Check(b.Context(), preflight.Options{Dir: w.dir, Host: w.host}); err != nil {
					b.Fatal(err)
				}
			}
			check()
			plain, checked := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
			// The best of each, taken turn and turn about: what else the machine does bears on both.
			for b.Loop() {
				start := time.Now()
				w.plainStatus()
				between := time.Now()
				check()
				plain = min(plain, between.Sub(start))
				checked = min(checked, time.Since(between))
			}
			b.ReportMetric(float64(plain.Milliseconds()), "status-ms")
			b.ReportMetric(float64(checked.Milliseconds()), "check-ms")
			b.ReportMetric(checked.Seconds()/plain.Seconds(), "check/status")
			b.ReportMetric(0, "ns/op")
		})
	}
}
