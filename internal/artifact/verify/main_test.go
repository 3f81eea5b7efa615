package verify_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"go.uber.org/goleak"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The runs of artifacttest.
var (
	passed, partly  = artifacttest.Passed, artifacttest.Partly
	failed, dirtied = artifacttest.Failed, artifacttest.Dirtied

	missed, unproven, begun = artifacttest.Missed, artifacttest.Unproven, artifacttest.Begun
	overlooked              = artifacttest.Overlooked
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// encode writes a document as a run would have written it.
func encode(t testing.TB, document any) []byte {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	must(t, encoder.Encode(document))
	return text.Bytes()
}

func mkfifo(path string) error { return exec.Command("mkfifo", path).Run() }
