package plain

import "strings"

// Code returns foreign text as a code span of Markdown, within which nothing has a meaning: one line of at most limit
// characters. It must not stand in a table, where a bar ends a cell even within code.
func Code(text string, limit int) string {
	text = Line(text, limit)
	if strings.TrimSpace(text) == "" {
		return "(none)"
	}
	fence := strings.Repeat("`", ticks(text)+1)
	if strings.Trim(text, "` ") != text {
		text = " " + text + " " // Markdown takes these two away again
	}
	return fence + text + fence
}

// Fence returns the line that begins and ends a block of code in Markdown with these lines in it.
func Fence(lines []string) string {
	most := 2
	for _, line := range lines {
		most = max(most, ticks(line))
	}
	return strings.Repeat("`", most+1)
}

// ticks is the length of the longest run of backticks in a text.
func ticks(text string) (most int) {
	for run := range strings.FieldsFuncSeq(text, func(r rune) bool { return r != '`' }) {
		most = max(most, len(run))
	}
	return most
}
