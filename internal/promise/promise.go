// Package promise reads the head of a file that says what a gate must do: what it promises, in which versions, and
// where a failure to keep it is known. As a value it is also what became of promises with a gate, and what changed from
// one gate to another.
//
//	A commit that is blocked stays blocked when it is tried again.
//
//	since: 6.3.63
//	incident: INC-048: the first try blocks, and the second passes
//	known: >=6.3.234: the second try is judged as a push.
package promise

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Head is the head of a file.
type Head struct {
	// Says is the promise, in one sentence.
	Says string
	// Since and Until are the first and the last version that make it; empty where there is none.
	Since, Until string
	// Known are the versions that are known to break it, each with the cause.
	Known []Known
	// More are the values of the other keys, in their order.
	More map[string][]Value
}

// Known is a range of versions that break a promise for a cause, which is a sentence. Of is the part of the promise
// that they break; empty where that is all of it.
type Known struct {
	Of, Range, Cause string
	holds            *semver.Constraints
}

// Value is the value of a key, and the number of its line, counted from one.
type Value struct {
	Text string
	Line int
}

// key is a line that gives a key a value.
var key = regexp.MustCompile(`^([a-z][a-z-]*):(?:\s+(.*))?$`)

// Parse reads a head from the first lines of a file. Each may begin with # as a comment does. More are the keys that it
// may have beside those of every head. The error names each line that is wrong.
func Parse(lines []string, more ...string) (Head, error) {
	head := Head{More: map[string][]Value{}}
	allowed := map[string]bool{}
	for _, name := range more {
		allowed[name] = true
	}
	var says []string
	var wrong []error
	at := 0
	say := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%d: "+format, append([]any{at}, args...)...))
	}
	for i, line := range lines {
		at = i + 1
		line = strings.TrimSpace(strings.TrimPrefix(line, "#"))
		given := key.FindStringSubmatch(line)
		switch {
		case line == "":
		case given == nil && head.keys():
			say("%q is no key with a value", line)
		case given == nil:
			says = append(says, line)
		case given[2] == "":
			say("%s has no value", given[1])
		case given[1] == "since" || given[1] == "until":
			into := &head.Since
			if given[1] == "until" {
				into = &head.Until
			}
			if _, err := semver.StrictNewVersion(given[2]); err != nil || *into != "" {
				say("%s is to name one version, such as 6.3.63", given[1])
			}
			*into = given[2]
		case given[1] == "known":
			known, err := parseKnown(given[2])
			if err != nil {
				say("known: %w", err)
			}
			head.Known = append(head.Known, known)
		case allowed[given[1]]:
			head.More[given[1]] = append(head.More[given[1]], Value{given[2], at})
		default:
			say("there is no key %s", given[1])
		}
	}
	at = 1
	if head.Says = strings.Join(says, " "); !strings.HasSuffix(head.Says, ".") {
		say("it begins with no sentence that says what the gate promises")
	}
	return head, errors.Join(wrong...)
}

// keys tells whether a key was read: what comes after one is no part of the sentence.
func (h Head) keys() bool { return h.Since+h.Until != "" || h.Known != nil || len(h.More) > 0 }

// part begins what is known of a part of a promise: the name of a rule, and no range.
var part = regexp.MustCompile(`^([a-z][a-z0-9]*[.-][a-z0-9.-]*)\s+(.*)$`)

// parseKnown reads RANGE: CAUSE, with the name of a part before it or without.
func parseKnown(text string) (k Known, err error) {
	k.Range, k.Cause, _ = strings.Cut(text, ": ")
	k.Cause = strings.TrimSpace(k.Cause)
	if of := part.FindStringSubmatch(k.Range); of != nil {
		k.Of, k.Range = of[1], of[2]
	}
	if k.holds, err = semver.NewConstraint(k.Range); err != nil {
		return k, fmt.Errorf("%q is no range of versions, such as >=6.3.63 <6.3.200", k.Range)
	}
	if !strings.HasSuffix(k.Cause, ".") {
		return k, errors.New("no sentence after the range says the cause")
	}
	return k, nil
}

// Made tells whether a version makes the promise.
func (h Head) Made(version string) bool { return suite.Within(version, h.Since, h.Until) }

// Broken returns the cause for which a version is known to break the promise, or a part of it; empty where it is not.
// Of what is no release nothing is known.
func (h Head) Broken(version, part string) string {
	v := suite.Released(version)
	for _, known := range h.Known {
		if (known.Of == "" || known.Of == part) && v != nil && known.holds.Check(v) {
			return known.Cause
		}
	}
	return ""
}
