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

// quoting writes the bytes that git escapes: some with a letter, the others in octal.
var quoting = strings.NewReplacer(escapes()...)

func escapes() (pairs []string) {
	for b := range 0x100 {
		raw := string([]byte{byte(b)})
		switch i := strings.Index(escapedBytes, raw); {
		case i >= 0:
			pairs = append(pairs, raw, `\`+escapedLetters[i:i+1])
		case b < ' ' || b >= 0x7f:
			pairs = append(pairs, raw, fmt.Sprintf(`\%03o`, b))
		}
	}
	return pairs
}

// Quote writes a path as git status does: in double quotes where it holds a space, a quote, a backslash, a control
// character or a byte beyond ASCII.
func Quote(path string) string {
	quoted := quoting.Replace(path)
	if quoted == path && !strings.Contains(path, " ") {
		return path
	}
	return `"` + quoted + `"`
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
