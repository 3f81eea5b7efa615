// Package treetest makes trees for benchmarks to work on.
package treetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// Consumer makes a tree like a prepared consumer, and returns where it is: 3,700 files and 62 MB in 500 directories.
// Most files are small, a few hold half of the bytes, and some are read-only, as objects of git are. The benchmark
// counts what it does in these bytes.
func Consumer(b *testing.B) string {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 8<<20)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	dir, bytes := filepath.Join(b.TempDir(), "consumer"), 0
	for i := range 3700 {
		size, mode := 512+random.IntN(17<<10), os.FileMode(0o644)
		switch {
		case i%300 == 0:
			size = 1<<20 + random.IntN(3<<20)
		case i%20 == 0:
			mode = 0o444
		}
		at := filepath.Join(dir, "node_modules", fmt.Sprintf("package-%d/lib-%d/module-%d.js", i%125, i%4, i))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			b.Fatal(err)
		}
		from := random.IntN(len(noise) - size)
		if err := os.WriteFile(at, noise[from:from+size], mode); err != nil {
			b.Fatal(err)
		}
		bytes += size
	}
	b.SetBytes(int64(bytes))
	return dir
}
