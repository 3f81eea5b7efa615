// Package plain makes foreign text safe to put before a reader: on a terminal, in a message, in Markdown, in a shell.
//
// Foreign text is whatever a gate, npm, git or a file says. What comes out is valid UTF-8 with no control characters
// but the newline and the tab, and no characters that turn a text around. So XML can hold all of it. Markup that XML
// and HTML give a meaning is not escaped here: the standard library does that.
package plain

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi/parser"
)

// Text returns foreign text with its lines. Escape sequences go whole; one without an end reaches to the end of its
// line. So does every character that nobody sees, but for the joiners that emoji and some scripts need. Bytes that are
// not UTF-8 become U+FFFD.
func Text(text string) string {
	if !strings.ContainsFunc(text, unusual) {
		return text
	}
	text = lineEnds.Replace(strings.ToValidUTF8(text, "\uFFFD"))
	// Few texts have escape sequences.
	if strings.ContainsAny(text, "\x1b\u0090\u0098\u009b\u009d\u009e\u009f") {
		lines := strings.Split(sevenBits.Replace(text), "\n")
		for i, line := range lines {
			lines[i] = withoutEscapes(line)
		}
		text = strings.Join(lines, "\n")
	}
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsGraphic(r) || unicode.Is(unicode.Join_Control, r) {
			return r
		}
		return -1
	}, text)
}

// unusual tells whether a character is other than those of which most texts are made, and which all stay.
func unusual(r rune) bool { return (r < ' ' || r > '~') && r != '\n' && r != '\t' }

// withoutEscapes returns a line without its escape sequences. A letter beyond ASCII belongs to a sequence that holds a
// text, such as a title, and ends any other.
//
// Only the table of the library is used: its own Strip takes the second byte of some letters for the end of a title,
// and brings tables of widths that slow down every start of the program.
func withoutEscapes(line string) string {
	var kept strings.Builder
	state := parser.GroundState
	for _, r := range line {
		if r < utf8.RuneSelf {
			next, action := parser.Table.Transition(state, byte(r))
			if action == parser.PrintAction || action == parser.ExecuteAction {
				kept.WriteRune(r)
			}
			state = next
		} else if !slices.Contains(holdText, state) {
			kept.WriteRune(r)
			state = parser.GroundState
		}
	}
	return kept.String()
}

var holdText = []parser.State{parser.DcsStringState, parser.SosStringState, parser.OscStringState, parser.PmStringState,
	parser.ApcStringState}

// lineEnds makes every line end a newline.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// sevenBits writes the controls that begin and end a sequence in the one form that the table knows from UTF-8.
var sevenBits = strings.NewReplacer(
	"\u0090", "\x1bP", "\u0098", "\x1bX", "\u009b", "\x1b[", "\u009c", "\x1b\\", "\u009d", "\x1b]",
	"\u009e", "\x1b^", "\u009f", "\x1b_",
)

// Cut returns the first limit characters of foreign text, cleaned as Text cleans it, and whether more was cut off. It
// reads only the beginning of a long text.
func Cut(text string, limit int) (head string, cut bool) {
	read := min(len(text), perCharacter*limit)
	head = Text(text[:read])
	if characters := []rune(head); len(characters) > limit {
		return string(characters[:limit]), true
	}
	return head, read < len(text)
}

// perCharacter is how many bytes are read for each character that may be shown: Text takes some away.
const perCharacter = 16

// marked is a text, and "…" after it where it was cut.
func marked(text string, cut bool) string {
	if cut {
		text += "…"
	}
	return text
}

// Line returns foreign text on one line of at most limit characters, and "…" after them where more was cut off. A tab
// becomes a space.
func Line(text string, limit int) string { return oneLine.Replace(marked(Cut(text, limit))) }

var oneLine = strings.NewReplacer("\n", " ", "\t", " ")

// Lines returns the lines of foreign text, each cut as Line cuts it. Tabs stay. Empty lines at the end are left out.
func Lines(text string, limit int) []string {
	lines := strings.Split(strings.TrimRight(Text(text), "\n"), "\n")
	for i, line := range lines {
		lines[i] = marked(Cut(line, limit))
	}
	return lines
}
