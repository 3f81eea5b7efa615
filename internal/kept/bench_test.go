package kept

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree/treetest"
)

func cache(b *testing.B) *Cache {
	b.Helper()
	c, err := Open(filepath.Join(b.TempDir(), "cache"))
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkUse is what a run pays for a prepared consumer before it may copy it.
func BenchmarkUse(b *testing.B) {
	c, key := cache(b), Key("consumer")
	if err := c.Keep(b.Context(), key, treetest.Consumer(b)); err != nil {
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
	c, from := cache(b), treetest.Consumer(b)
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
