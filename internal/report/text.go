package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// The bounds of what is shown: a number of characters, or of what the name and the comment say.
const (
	maxWord    = 120
	maxPath    = 300
	maxMessage = 600
	maxCommand = 4_000

	maxFindings = 500 // of a stage
	maxLines    = 20  // of a finding
	maxRulesets = 60  // of a stage
	maxMisses   = 60  // of a stage
	maxSteps    = 150 // of a lane

	maxDifferences = 300 // rows of a comparison
	maxPlaces      = 60  // of a row
	maxNames       = 900 // of a list of rules

	maxLog     = 16 << 10 // bytes
	maxLogLine = 1_000
)

// cut returns at most limit characters of foreign text. Where it cut some off, it says how many bytes there were.
func cut(text string, limit int) string {
	head, shortened := plain.Cut(text, limit)
	if shortened {
		head += fmt.Sprintf("… (shortened from %s)", many(len(text), "byte"))
	}
	return head
}

// oneLine is cut for what stands on one line, without the space around it.
func oneLine(text string, limit int) string {
	return strings.ReplaceAll(cut(strings.TrimSpace(text), limit), "\n", " ")
}

// tail is the end of a log.
func tail(log string) string {
	log = plain.Text(log[max(0, len(log)-maxLog):])
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	for i, line := range lines {
		lines[i] = cut(line, maxLogLine)
	}
	return strings.Join(lines, "\n")
}

// number writes a count with a comma at each thousand.
func number(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// many counts things: 1 finding, 2 findings.
func many(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return number(n) + "\u00a0" + thing
}

// lasted writes a duration for people.
func lasted(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d\u00a0ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f\u00a0s", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%d\u00a0min %02d\u00a0s", d/time.Minute, d%time.Minute/time.Second)
}
