package git

import (
	"fmt"
	"strconv"
	"strings"
)

// escapes are the bytes that git writes with a letter, and their letters.
const (
	escapedBytes   = "\a\b\t\n\v\f\r\"\\"
	escapedLetters = "abtnvfr\"\\"
)

// Quote writes a path as git status does: in double quotes where it holds a space, a quote, a backslash, a control
// character or a byte beyond ASCII.
func Quote(path string) string {
	var quoted strings.Builder
	plain := true
	for _, b := range []byte(path) {
		switch i := strings.IndexByte(escapedBytes, b); {
		case i >= 0:
			quoted.WriteByte('\\')
			quoted.WriteByte(escapedLetters[i])
			plain = false
		case b < ' ' || b >= 0x7f:
			fmt.Fprintf(&quoted, `\%03o`, b)
			plain = false
		default:
			quoted.WriteByte(b)
			plain = plain && b != ' '
		}
	}
	if plain {
		return path
	}
	return `"` + quoted.String() + `"`
}

// unquote reads one path as Quote writes it from the beginning of text, and returns what follows it. A bare path ends
// at a space. Git's escapes are among those of Go.
func unquote(text string) (path, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		path, _, _ = strings.Cut(text, " ")
		return path, text[len(path):], nil
	}
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", "", err
	}
	path, err = strconv.Unquote(quoted)
	return path, text[len(quoted):], err
}
