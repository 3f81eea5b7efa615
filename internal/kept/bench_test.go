package kept

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// consumer makes a tree like a prepared consumer: 3,700 files and 62 MB in 500 directories, most of them small, a few
// that hold half of it, and read-only objects of git.
func consumer(b *testing.B) string {
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
		at := filepath.Join(dir, "node_modules", fmt.Sprintf("package-%d", i%125), fmt.Sprintf("lib-%d", i%4), fmt.Sprintf("module-%d.js", i))
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

func cache(b *testing.B) *Cache {
	b.Helper()
	c, err := Open(filepath.Join(b.TempDir(), "cache"))
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkUse is what a run pays for a kept consumer before it may copy it.
func BenchmarkUse(b *testing.B) {
	c, key := cache(b), Key("consumer")
	if err := c.Keep(b.Context(), key, consumer(b)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		entry, err := c.Use(b.Context(), key)
		if err != nil || entry == nil {
			b.Fatal(entry, err)
		}
		if err := entry.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKeep is what the first run pays for the later ones.
func BenchmarkKeep(b *testing.B) {
	c, from := cache(b), consumer(b)
	for i := 0; b.Loop(); i++ {
		if err := c.Keep(b.Context(), Key(fmt.Sprint(i)), from); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if _, err := c.Empty(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkCopy is what each fork of it costs.
func BenchmarkCopy(b *testing.B) {
	from, to := consumer(b), filepath.Join(b.TempDir(), "copy")
	for b.Loop() {
		if err := tree.Copy(b.Context(), from, to); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := tree.Remove(to); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
