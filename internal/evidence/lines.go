package evidence

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Lines are the lines of a finding: sorted, each once, never nil. A gate may write them as a number, as text like "12"
// or "12-14, 20", as an array of these, or leave them out. All of this is read; anything else gives no line.
type Lines []int

// maxLines bounds the lines of one finding: "1-999999999" is one finding, not a gigabyte.
const maxLines = 1000

// UnmarshalJSON implements json.Unmarshaler.
func (l *Lines) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	lines := collect(nil, value)
	slices.Sort(lines)
	*l = append(Lines{}, slices.Compact(lines)...)
	return nil
}

func collect(lines Lines, value any) Lines {
	switch value := value.(type) {
	case float64:
		if line := int(value); float64(line) == value {
			lines = lines.add(line, line)
		}
	case string:
		for part := range strings.SplitSeq(value, ",") {
			first, last, isRange := strings.Cut(part, "-")
			if !isRange {
				last = first
			}
			from, err := strconv.Atoi(strings.TrimSpace(first))
			to, err2 := strconv.Atoi(strings.TrimSpace(last))
			if err == nil && err2 == nil {
				lines = lines.add(from, to)
			}
		}
	case []any:
		for _, element := range value {
			if _, nested := element.([]any); !nested {
				lines = collect(lines, element)
			}
		}
	}
	return lines
}

// add adds the lines of a range, or only its ends where it is too long.
func (l Lines) add(from, to int) Lines {
	switch {
	case from < 1 || to < from || len(l) >= maxLines:
		return l
	case to-from >= maxLines-len(l):
		return append(l, from, to)
	}
	for line := from; line <= to; line++ {
		l = append(l, line)
	}
	return l
}
