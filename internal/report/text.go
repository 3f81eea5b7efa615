package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
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
	maxSteps    = 150 // of a lane

	maxLog     = 16 << 10 // bytes
	maxLogLine = 1_000
)

// escapes are the sequences that colour a terminal, move its cursor or name its window. A sequence without an end
// reaches to the end of its line, and not of the log.
var escapes = regexp.MustCompile(`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]|` + // CSI: colours, cursor
	`(?:\x1b[\]PX^_]|[\x{9d}\x{90}\x{98}\x{9e}\x{9f}])[^\x07\x1b\x{9c}\n]*(?:\x07|\x1b\\|\x{9c})?|` + // OSC, DCS
	`\x1b[ -/]*[0-~]`)

// plain returns foreign text without sequences that a terminal obeys, control characters, and characters that change
// the direction of a text. Its lines stay.
func plain(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	// Few texts have them, and looking for them takes longer than all the rest.
	if strings.ContainsAny(text, "\x1b\u0090\u0098\u009b\u009d\u009e\u009f") {
		text = escapes.ReplaceAllString(text, "")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == '\u2028' || r == '\u2029':
			return '\n'
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
}

// oneLine returns foreign text on one line of at most limit characters. It cleans only the beginning of a long text.
func oneLine(text string, limit int) string {
	head := plain(text[:min(len(text), perCharacter*limit)])
	return clip(strings.TrimSpace(strings.NewReplacer("\n", " ", "\t", " ").Replace(head)), limit, len(text))
}

// perCharacter is how many bytes are read for each character that may be shown: cleaning takes some away.
const perCharacter = 16

// clip cuts a clean text after limit characters, and says so. Size is its length in bytes before it was cleaned.
func clip(text string, limit, size int) string {
	characters := []rune(text)
	if len(characters) <= limit && size <= perCharacter*limit {
		return text
	}
	return fmt.Sprintf("%s… (shortened from %s)", string(characters[:min(len(characters), limit)]), many(size, "byte"))
}

// tail is the end of a log.
func tail(log string) string {
	if cut := len(log) - maxLog; cut > 0 {
		log = log[cut:]
	}
	lines := strings.Split(strings.TrimRight(plain(log), "\n"), "\n")
	for i, line := range lines {
		lines[i] = clip(line, maxLogLine, len(line))
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
