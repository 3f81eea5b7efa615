package actions

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineLimit bounds a line of foreign text, in characters.
const lineLimit = 500

// line returns a foreign text on one line of bounded length, without the characters that nobody sees: those that
// control a terminal, change the direction of a text, or have no shape.
func line(text string) string {
	// Cut before the characters are looked at: a text may have megabytes.
	cut := len(text) > 4*lineLimit
	if cut {
		text = text[:4*lineLimit]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsGraphic(r):
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	if runes := []rune(text); len(runes) > lineLimit {
		text, cut = string(runes[:lineLimit]), true
	}
	if cut {
		text += "…"
	}
	return text
}

// code returns a foreign text as a code span, within which Markdown gives nothing a meaning. It must not stand in a
// table, where a bar ends a cell even within code.
func code(text string) string {
	text = line(text)
	if strings.TrimSpace(text) == "" {
		return "(none)"
	}
	fence := strings.Repeat("`", ticks(text)+1)
	if strings.Trim(text, "` ") != text {
		text = " " + text + " " // Markdown takes these two away again
	}
	return fence + text + fence
}

// fence is the line that begins and ends a block of code with these lines in it.
func fence(lines []string) string {
	most := 2
	for _, l := range lines {
		most = max(most, ticks(l))
	}
	return strings.Repeat("`", most+1)
}

// ticks is the length of the longest run of backticks in a text.
func ticks(text string) (most int) {
	run := 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		most = max(most, run)
	}
	return most
}
