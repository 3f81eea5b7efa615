package actions_test

import (
	"regexp"
	"slices"
	"strings"
)

// runner is what actions/runner makes of the lines of a step, written from the rules of its ActionCommand.cs,
// ActionCommandManager.cs and OutputManager.cs and not from ours, so that the two can disagree.
type runner struct {
	// issued are the commands that acted.
	issued []command
	// printed are the lines that were taken for text.
	printed []string

	resume string
}

type command struct {
	Name       string
	Properties map[string]string
	Message    string
}

// known are the commands that the runner acts on.
var known = []string{
	"set-env", "set-output", "save-state", "add-mask", "add-path", "add-matcher", "remove-matcher", "debug", "warning",
	"error", "notice", "group", "endgroup", "echo", "stop-commands",
}

// endOfLine is what .NET takes for the end of a line.
var endOfLine = regexp.MustCompile("\r\n|\r|\n")

func (r *runner) read(output string) {
	for _, line := range endOfLine.Split(output, -1) {
		c, is := r.parse(line)
		switch {
		case !is, r.resume != "" && !strings.EqualFold(c.Name, r.resume):
			r.printed = append(r.printed, line)
		case r.resume != "":
			r.resume = ""
		case c.Name == "stop-commands":
			r.resume = c.Message
		default:
			r.issued = append(r.issued, c)
		}
	}
}

func (r *runner) knows(name string) bool {
	return slices.Contains(known, name) || r.resume != "" && strings.EqualFold(name, r.resume)
}

// parse finds a command in a line: "::name properties::message" at its beginning, blanks aside, or else
// "##[name properties]message" anywhere.
func (r *runner) parse(line string) (c command, is bool) {
	if rest, found := strings.CutPrefix(strings.TrimSpace(line), "::"); found {
		if head, message, found := strings.Cut(rest, "::"); found {
			if c = parts(head, ",", message, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ","); r.knows(c.Name) {
				return c, true
			}
		}
	}
	if _, rest, found := strings.Cut(line, "##["); found {
		if head, message, found := strings.Cut(rest, "]"); found {
			if c = parts(head, ";", message, "%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]"); r.knows(c.Name) {
				return c, true
			}
		}
	}
	return command{}, false
}

// parts takes a command apart. Escapes are code and character in turn; they are undone one after the other, the
// per cent sign last, and in a message only those of line ends.
func parts(head, separator, message string, escapes ...string) command {
	name, properties, _ := strings.Cut(head, " ")
	c := command{Name: strings.ToLower(name), Properties: map[string]string{}}
	for property := range strings.SplitSeq(strings.TrimSpace(properties), separator) {
		if key, value, found := strings.Cut(property, "="); found && key != "" && value != "" {
			c.Properties[key] = undo(value, append(slices.Clone(escapes), "%25", "%"))
		}
	}
	c.Message = undo(message, []string{"%0D", "\r", "%0A", "\n", "%25", "%"})
	return c
}

func undo(text string, escapes []string) string {
	for i := 0; i < len(escapes); i += 2 {
		text = strings.ReplaceAll(text, escapes[i], escapes[i+1])
	}
	return text
}
