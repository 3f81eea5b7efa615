package artifact

import "strconv"

// The bounds of what is read. Real artifacts are far below them; what is above was not written by a run.
const (
	maxJSON = 8 << 20
	maxLog  = 64 << 20
)

// quote shows a foreign text on one line and within bounds.
func quote(text string) string {
	if len(text) > 100 {
		text = text[:100] + "…"
	}
	return strconv.Quote(text)
}
