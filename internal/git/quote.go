package git

import (
	"errors"
	"fmt"
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

var errQuoting = errors.New("malformed quoted path")

// unquote reads one path as Quote writes it from the beginning of text, and returns what follows it. A bare path ends
// at a space.
func unquote(text string) (path, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexByte(text, ' ')
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], nil
	}
	var bytes strings.Builder
	for i := 1; i < len(text); i++ {
		switch b := text[i]; b {
		case '"':
			return bytes.String(), text[i+1:], nil
		case '\\':
			i++
			if i >= len(text) {
				return "", "", errQuoting
			}
			if letter := strings.IndexByte(escapedLetters, text[i]); letter >= 0 {
				bytes.WriteByte(escapedBytes[letter])
				continue
			}
			if i+3 > len(text) || strings.Trim(text[i:i+3], "01234567") != "" || text[i] > '3' {
				return "", "", errQuoting
			}
			bytes.WriteByte((text[i]-'0')<<6 | (text[i+1]-'0')<<3 | (text[i+2] - '0'))
			i += 2
		default:
			bytes.WriteByte(b)
		}
	}
	return "", "", errQuoting
}
