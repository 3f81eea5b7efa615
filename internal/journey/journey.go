// Package journey is ways in which a consumer lives with a gate: scripts in the source repository, and as a value what
// became of each with one gate. It does not know how a journey is made: see travel.
package journey

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
)

// Folder is where the journeys of a source repository lie, and extension ends the name of each.
const (
	Folder    = "journeys"
	extension = ".txtar"
)

// Journey is one script.
type Journey struct {
	Name string
	promise.Head
	// Incidents are where it came from, a line each.
	Incidents []string
	// Start is how the consumer stands when it begins.
	Start Start
	// Waits says for what it may wait, and leave the processors idle; empty where it does not.
	Waits string
	// Script is its commands, with the head as comments before them, and Files what it has at hand, by their paths.
	Script string
	Files  map[string][]byte
}

// Start is how a consumer stands when a journey begins.
type Start string

// The starts.
const (
	// Ready: the gate is installed, the SDD session is open, all is committed on a feature branch, and the gate's
	// pre-write check has seen it.
	Ready Start = "ready"
	// Installed: the same without the check.
	Installed Start = "installed"
	// Bare: a clone on its feature branch, in which no gate was ever installed.
	Bare Start = "bare"
)

// from finds the gate before in a script.
var from = regexp.MustCompile(`\$(?:FROM\b|\{FROM\})`)

// NeedsFrom tells whether the journey begins with an earlier gate.
func (j Journey) NeedsFrom() bool { return from.MatchString(j.Script) }

// Path is its path in the source repository, with slashes.
func (j Journey) Path() string { return path.Join(Folder, j.Name+extension) }

// Line is a line of the script, counted from one, as a reader sees it; empty where it has none of that number.
func (j Journey) Line(at int) string {
	lines := strings.Split(j.Script, "\n")
	if at < 1 || at > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[at-1])
}

// maxFile bounds a journey, in bytes.
const maxFile = 1 << 20

// name is what a journey may be called: it names a directory, and a case of a report.
var name = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

// ErrNone is wrapped where a source repository has no journeys.
var ErrNone = errors.New("it has no journeys")

// Read reads the journeys of a source repository, by its root, in the order of their names. The error names what is
// wrong, with file and line.
func Read(root string) (all []Journey, err error) {
	paths, err := filepath.Glob(filepath.Join(root, Folder, "*"+extension))
	if err == nil && len(paths) == 0 {
		const says = "%w: no file %s/NAME%s.\nOne is a script: docs/journeys.md"
		err = fmt.Errorf(says, ErrNone, Folder, extension)
	}
	for _, path := range paths {
		data, unread := foreign.Read(path, maxFile)
		j, wrong := Parse(strings.TrimSuffix(filepath.Base(path), extension), data)
		if wrong = errors.Join(unread, wrong); unread != nil {
			wrong = fmt.Errorf("%s: %w", filepath.Base(path), unread)
		}
		err = errors.Join(err, wrong)
		all = append(all, j)
	}
	return all, err
}

// Parse reads a journey by its name and the content of its file. The error names each thing that is wrong, with its
// line.
func Parse(called string, data []byte) (Journey, error) {
	archive := txtar.Parse(data)
	j := Journey{Name: called, Script: string(archive.Comment), Files: map[string][]byte{}, Start: Ready}
	for _, file := range archive.Files {
		j.Files[file.Name] = file.Data
	}
	var head []string
	for line := range strings.Lines(j.Script) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		head = append(head, line)
	}
	var err error
	j.Head, err = promise.Parse(head, "incident", "start", "waits")
	say := func(line int, format string, args ...any) {
		err = errors.Join(err, fmt.Errorf("%d: "+format, append([]any{line}, args...)...))
	}
	if !name.MatchString(called) {
		say(1, "it is not called in small letters, digits and single dashes")
	}
	for _, known := range j.Known {
		if known.Of != "" {
			say(1, "known: %s is no range of versions", known.Of)
		}
	}
	for _, incident := range j.More["incident"] {
		j.Incidents = append(j.Incidents, incident.Text)
	}
	for _, waits := range j.More["waits"] {
		j.Waits = waits.Text
	}
	for _, start := range j.More["start"] {
		j.Start = Start(start.Text)
		if !slices.Contains([]Start{Ready, Installed, Bare}, j.Start) || len(j.More["start"]) > 1 {
			say(start.Line, "start is to be one of %s, %s and %s", Ready, Installed, Bare)
		}
	}
	if strings.TrimSpace(strings.TrimPrefix(j.Script, strings.Join(head, ""))) == "" {
		say(len(head)+1, "there are no commands after its head")
	}
	if err != nil {
		var lines []error
		for _, line := range strings.Split(err.Error(), "\n") {
			lines = append(lines, fmt.Errorf("%s:%s", j.Path(), line))
		}
		err = errors.Join(lines...)
	}
	return j, err
}

// Digest is the SHA-256 of some journeys in hexadecimal, whatever their order: of all that they ask of a gate.
func Digest(all []Journey) string {
	sum := sha256.New()
	byName := func(a, b Journey) int { return strings.Compare(a.Name, b.Name) }
	for _, j := range slices.SortedFunc(slices.Values(all), byName) {
		fmt.Fprintf(sum, "%q %q", j.Name, j.Script)
		for _, name := range slices.Sorted(maps.Keys(j.Files)) {
			fmt.Fprintf(sum, " %q %q", name, j.Files[name])
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Choose returns the journeys whose names match a pattern as of a shell. The error says that none does, or that it is
// no pattern.
func Choose(all []Journey, pattern string) (chosen []Journey, err error) {
	for _, j := range all {
		fits, err := path.Match(pattern, j.Name)
		if err != nil {
			return nil, fmt.Errorf("%s is no pattern: %w", plain.Word(pattern), err)
		}
		if fits {
			chosen = append(chosen, j)
		}
	}
	if chosen == nil {
		return nil, fmt.Errorf("no journey is called %s", plain.Word(pattern))
	}
	return chosen, nil
}

// programs finds the lines of a script that start a program, and heavy those that install one.
var (
	programs = regexp.MustCompile(`(?m)^[^#\n]*\b(?:git (?:commit|push)|gate|npm)\b`)
	heavy    = regexp.MustCompile(`(?m)^[^#\n]*\bupgrade\b`)
)

// Weight says how long a journey takes beside another: how many gates it runs, and what it installs.
func (j Journey) Weight() int {
	return len(programs.FindAllString(j.Script, -1)) + 3*len(heavy.FindAllString(j.Script, -1))
}

// InTurn returns journeys in the order in which they begin, so that the processors have work until the end: those that
// take longest first, and those that may wait apart from each other, with others after the last.
func InTurn(all []Journey) []Journey {
	var wait, work []Journey
	for _, j := range all {
		if j.Waits != "" {
			wait = append(wait, j)
			continue
		}
		work = append(work, j)
	}
	slices.SortStableFunc(work, func(a, b Journey) int { return cmp.Compare(b.Weight(), a.Weight()) })
	for i, j := range wait {
		work = slices.Insert(work, i*len(all)/(len(wait)+1), j)
	}
	return work
}
