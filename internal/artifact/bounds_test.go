package artifact

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestWhatIsNotUTF8IsReplaced(t *testing.T) {
	t.Parallel()
	data, err := encode(verdict.Finding{Message: "a\xffb\x00c && <d>"}, MaxJSON)
	if err != nil || !strings.Contains(string(data), `"a\ufffdb\u0000c && <d>"`) {
		t.Errorf("got %s, %v", data, err)
	}
}

func openStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(Options{Root: t.TempDir(), RunID: RunID(Matrix, time.Now(), 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestNothingIsWrittenThatNoReaderTakes(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	fits := strings.Repeat("x", MaxJSON-len("\"\"\n"))
	if err := s.write(EvidenceName, fits); err != nil {
		t.Error(err)
	}
	if data, err := foreign.ReadIn(s.root, EvidenceName, MaxJSON); err != nil || len(data) != MaxJSON {
		t.Errorf("what just fits is read as %d bytes, %v", len(data), err)
	}
	err := s.write(EvidenceName, fits+"x")
	if err == nil || !strings.Contains(err.Error(), "more than the 8388608 that a reader takes") {
		t.Errorf("what does not fit: write returns %v", err)
	}
}

func TestLongestLogIsTaken(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	for more, taken := range []bool{true, false} {
		log, err := os.Create(filepath.Join(s.Dir(), LogName))
		if err == nil {
			err = log.Truncate(int64(maxLog + more))
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = log.Close()
		if _, size, err := DigestLog(s.root); (err == nil) != taken || taken && size != maxLog {
			t.Errorf("of %d bytes it takes %d, %v", maxLog+more, size, err)
		}
	}
}
