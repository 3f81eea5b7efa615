package actions_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What actionlint does not check of the workflows.
func TestWorkflowsPinActionsByDigestAndRunNoExpressions(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^ *(- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	block := regexp.MustCompile(`run: *[|>]`)
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		if !strings.Contains(string(data), "\npermissions: {}\n") {
			t.Errorf("%s does not begin with no permissions", file)
		}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimRight(line, "\n")
			if strings.Contains(line, "uses:") && !pinned.MatchString(line) {
				t.Errorf("%s: not pinned: %s", file, line)
			}
			// A block of several lines would hide expressions from this.
			if strings.Contains(line, "run:") && (strings.Contains(line, "${{") || block.MatchString(line)) {
				t.Errorf("%s: not one command without expressions: %s", file, line)
			}
		}
	}
}
