// Package probe is what shows whether a rule of the gate still speaks: a bad set of files that it must report, and a
// good one that it must not. As a value it is also what became of all of them with one gate. It does not know how a
// gate is probed: see probing.
package probe

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/tools/txtar"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Folder is where the probes of a source repository lie, one folder for each platform, and extension ends the name of
// each.
const (
	Folder    = "probes"
	extension = ".txtar"
)

// Probe is a pair of sets of files, and the family of rules that tell them apart.
type Probe struct {
	// Name is its path in the folder without the ending: ios/no-anyview. Platform is the folder that it lies in.
	Name, Platform string
	promise.Head
	Rules []Rule
	// Bad and Good are the files, by the consumer's own paths, with slashes.
	Bad, Good map[string][]byte
}

// Rule is a rule of the family, and the first and the last version that have it; empty where there is none.
type Rule struct {
	ID, Since, Until string
}

// Path is the path of the probe in the source repository, with slashes.
func (p Probe) Path() string { return path.Join(Folder, p.Name+extension) }

// Due tells whether a version has a rule of the family.
func (p Probe) Due(r Rule, version string) bool {
	return p.Made(version) && suite.Within(version, r.Since, r.Until)
}

// Has tells whether a rule is one of the family.
func (p Probe) Has(id string) bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.ID == id })
}

// PlatformOf is the platform that a rule names: ios of skills.ios.no-anyview. It is empty where it names none.
func PlatformOf(id string) string {
	platform, _, named := strings.Cut(strings.TrimPrefix(id, "skills."), ".")
	if !named {
		return ""
	}
	return platform
}

// maxFile bounds a probe, in bytes.
const maxFile = 1 << 20

// ErrNone is wrapped where a source repository has no probes.
var ErrNone = errors.New("it has no probes")

// Read reads the probes of a source repository, by its root, in the order of their names. The error names what is
// wrong, with file and line.
func Read(root string) (all []Probe, err error) {
	paths, err := filepath.Glob(filepath.Join(root, Folder, "*", "*"+extension))
	if err == nil && len(paths) == 0 {
		const says = "%w: no file %s/PLATFORM/NAME%s.\nOne is a pair of sets of files: docs/probes.md"
		err = fmt.Errorf(says, ErrNone, Folder, extension)
	}
	whose := map[string]string{}
	for _, file := range paths {
		name := path.Join(filepath.Base(filepath.Dir(file)), strings.TrimSuffix(filepath.Base(file), extension))
		data, unread := foreign.Read(file, maxFile)
		if unread != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", path.Join(Folder, name+extension), unread))
			continue
		}
		p, wrong := Parse(name, data)
		err = errors.Join(err, wrong)
		for _, at := range slices.Sorted(maps.Keys(p.files())) {
			key := p.Platform + "\x00" + at
			if other := whose[key]; other != "" {
				err = errors.Join(err, fmt.Errorf("%s: %s is a file of %s too", p.Path(), at, other))
			}
			whose[key] = p.Path()
		}
		for _, r := range p.Rules {
			if other := whose[r.ID]; other != "" {
				err = errors.Join(err, fmt.Errorf("%s: %s is a rule of %s too", p.Path(), r.ID, other))
			}
			whose[r.ID] = p.Path()
		}
		all = append(all, p)
	}
	return all, err
}

// files are those of both sets.
func (p Probe) files() map[string][]byte {
	all := maps.Clone(p.Bad)
	maps.Copy(all, p.Good)
	return all
}

// rule is the value of the key rule: an id, and the versions that have it.
var rule = regexp.MustCompile(`^([a-z][a-z0-9.-]*)(?: since ([^ ]+))?(?: until ([^ ]+))?$`)

// The folders of a probe's files.
const bad, good = "bad/", "good/"

// Parse reads a probe by its name and the content of its file. The error names each thing that is wrong, with its line
// where it is in the head.
func Parse(name string, data []byte) (Probe, error) {
	archive := txtar.Parse(data)
	p := Probe{Name: name, Platform: path.Dir(name), Bad: map[string][]byte{}, Good: map[string][]byte{}}
	var err error
	p.Head, err = promise.Parse(strings.Split(string(archive.Comment), "\n"), "rule")
	say := func(line int, format string, args ...any) {
		err = errors.Join(err, fmt.Errorf("%d: "+format, append([]any{line}, args...)...))
	}
	for _, value := range p.More["rule"] {
		given := rule.FindStringSubmatch(value.Text)
		if given == nil || !released(given[2]) || !released(given[3]) {
			say(value.Line, "rule is to be an id, with since VERSION and until VERSION or without")
			continue
		}
		p.Rules = append(p.Rules, Rule{given[1], given[2], given[3]})
	}
	if p.Rules == nil {
		say(1, "no rule is named")
	}
	for _, known := range p.Known {
		if known.Of != "" && !p.Has(known.Of) {
			say(1, "known: %s is no rule of it", known.Of)
		}
	}
	for _, file := range archive.Files {
		set, at := p.Bad, strings.TrimPrefix(file.Name, bad)
		if strings.HasPrefix(file.Name, good) {
			set, at = p.Good, strings.TrimPrefix(file.Name, good)
		}
		if at == file.Name || !fs.ValidPath(at) || strings.HasPrefix(at, ".git/") {
			say(1, "%s is no path below %s or %s", file.Name, bad, good)
			continue
		}
		set[at] = file.Data
	}
	if len(p.Bad) == 0 {
		say(1, "it has no file below %s", bad)
	}
	if err != nil {
		var lines []error
		for _, line := range strings.Split(err.Error(), "\n") {
			lines = append(lines, fmt.Errorf("%s:%s", p.Path(), line))
		}
		err = errors.Join(lines...)
	}
	return p, err
}

// released tells whether a text is a version, or empty.
func released(text string) bool {
	_, err := semver.StrictNewVersion(text)
	return text == "" || err == nil
}

// Digest is the SHA-256 of some probes in hexadecimal, whatever their order.
func Digest(all []Probe) string {
	sum := sha256.New()
	byName := func(a, b Probe) int { return strings.Compare(a.Name, b.Name) }
	for _, p := range slices.SortedFunc(slices.Values(all), byName) {
		fmt.Fprintf(sum, "%q %q since %q until %q", p.Name, p.Rules, p.Since, p.Until)
		for _, known := range p.Known { // what is known is not judged again alone
			fmt.Fprintf(sum, " known %q %q", known.Of, known.Range)
		}
		for _, set := range []struct {
			is    string
			files map[string][]byte
		}{{"bad", p.Bad}, {"good", p.Good}} {
			for _, name := range slices.Sorted(maps.Keys(set.files)) {
				fmt.Fprintf(sum, " %s %q %q", set.is, name, set.files[name])
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Choose returns the probes that have a rule whose id matches a pattern as of a shell. The error says that none does,
// or that it is no pattern.
func Choose(all []Probe, pattern string) (chosen []Probe, err error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("%s is no pattern: %w", plain.Word(pattern), err)
	}
	for _, p := range all {
		if slices.ContainsFunc(p.Rules, func(r Rule) bool {
			fits, _ := path.Match(pattern, r.ID)
			return fits
		}) {
			chosen = append(chosen, p)
		}
	}
	if chosen == nil {
		return nil, fmt.Errorf("no probe has a rule %s", plain.Word(pattern))
	}
	return chosen, nil
}
