// Package npmrc reads .npmrc files as npm does: settings by line, and references to variables in them.
package npmrc

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
)

// Setting is one setting of an .npmrc.
type Setting struct {
	// Key is its name. One of an array ends with [], as in "ca[]". That of a section is in brackets, as in "[global]",
	// and has no value: to npm a section is a setting too, and this one switches global on.
	Key string
	// Value is its text without quotes and comments. References to variables stand in it as they were written. A key
	// that stands alone has the value "true".
	Value string
}

// Parse returns the settings in the text of an .npmrc, in its order. What stands in a section is no setting of npm. The
// rules are those of npm's own reader, the package ini.
func Parse(text string) []Setting {
	var settings []Setting
	inSection := false
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if name, found := section(line); found {
			inSection = true
			settings = append(settings, Setting{"[" + name + "]", ""})
			continue
		}
		bare := trim(line)
		if inSection || bare == "" || bare[0] == ';' || bare[0] == '#' || line[0] == '=' {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found {
			value = "true"
		}
		settings = append(settings, Setting{plain(key), plain(value)})
	}
	return settings
}

// header is the line of a [section]. One that does not begin with the bracket is a key.
var header = regexp.MustCompile(`^\[([^\]]*)\](.*)$`)

// section returns the setting that the line of a [section] makes. [a.b] is part b of section a.
func section(line string) (name string, found bool) {
	match := header.FindStringSubmatch(line)
	if match == nil || trim(match[2]) != "" {
		return "", false
	}
	name, _, _ = strings.Cut(plain(match[1]), ".")
	return name, true
}

// trim returns a text without the space around it, as JavaScript has it: a byte order mark is space.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return r == '\uFEFF' || r != '\u0085' && unicode.IsSpace(r)
	})
}

// plain returns the text that a key or a value stands for: what is in quotes, or what stands before a comment.
func plain(text string) string {
	text = trim(text)
	for _, quote := range []string{`"`, `'`} {
		if !strings.HasPrefix(text, quote) || !strings.HasSuffix(text, quote) {
			continue
		}
		if quote == `'` {
			text = text[1:max(1, len(text)-1)]
		}
		var quoted string
		if json.Unmarshal([]byte(text), &quoted) == nil {
			return quoted
		}
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ';' || c == '#':
			return trim(out.String())
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`\;#`, text[i+1]) >= 0:
			i++
			out.WriteByte(text[i])
		default:
			out.WriteByte(c)
		}
	}
	return trim(out.String())
}

// String returns the setting as a line of an .npmrc, without a newline.
func (s Setting) String() string {
	value, err := json.Marshal(s.Value)
	if err != nil {
		return ""
	}
	return s.Key + " = " + string(value)
}

// reference is ${NAME}, or ${NAME?} for a variable that may be unset. A backslash before it escapes it.
var reference = regexp.MustCompile(`(\\*)\$\{([^{}?$]+)(\?)?\}`)

// Expand puts in what the references in a text stand for. Variable returns the value of a variable, and whether it is
// set. A reference to one that is not set stays as it is; one that may be unset becomes nothing.
func Expand(text string, variable func(name string) (value string, set bool)) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		parts := reference.FindStringSubmatch(found)
		escapes, name := parts[1], parts[2]
		if len(escapes)%2 == 1 {
			return found[(len(escapes)+1)/2:]
		}
		value, set := variable(name)
		if !set && parts[3] == "" {
			value = "${" + name + "}"
		}
		return escapes[len(escapes)/2:] + value
	})
}

// Names returns the variables that a text refers to.
func Names(text string) []string {
	var names []string
	Expand(text, func(name string) (string, bool) {
		names = append(names, name)
		return "", true
	})
	return names
}
