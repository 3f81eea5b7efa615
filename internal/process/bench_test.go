package process_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// BenchmarkLog is what a gate's output costs the runner: 64 MB in the pieces in which a pipe hands it over. All but the
// two ends of it is cut, so neither time nor memory may follow the size.
func BenchmarkLog(b *testing.B) {
	piece := bytes.Repeat([]byte("a line that a gate prints, again and again, for as long as it likes\n"), 480)
	const total = 64 << 20
	b.SetBytes(total)
	b.ReportAllocs()
	for b.Loop() {
		log, err := process.OpenLog(filepath.Join(b.TempDir(), "log"))
		if err != nil {
			b.Fatal(err)
		}
		for written := 0; written < total; written += len(piece) {
			if _, err := log.Write(piece); err != nil {
				b.Fatal(err)
			}
		}
		if err := log.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCommand is what a command costs that does nothing: all of it is the way through its supervisor.
func BenchmarkCommand(b *testing.B) {
	command := process.Command{Path: "true", Env: process.Environment{"PATH=" + os.Getenv("PATH")}}
	for b.Loop() {
		if _, err := command.Output(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
