package npm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/sync/errgroup"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// Selection is versions of a gate, as a call names them: parts, any of which may hold for a version.
type Selection struct {
	// Name is the package that a registry is asked for.
	Name  string
	parts []part
	// files are the tarballs that it names.
	files []Candidate
}

// part is what a version is held to. Exact is the version where it names one alone.
type part struct {
	holds func(*semver.Version) bool
	exact string
}

// Candidate is a version of the gate that a selection stands for.
type Candidate struct {
	Version string
	// Spec leads to it.
	Spec string
	// Integrity is the digest of its tarball, as npm writes it; empty where it is not known.
	Integrity string
	// Published is when the registry says that it was; zero for a file, and where it does not say.
	Published time.Time
	// Deprecated is the message of its deprecation, Gone tells that it was unpublished: nobody can install it.
	Deprecated string
	Gone       bool
}

// SelectionForms names the accepted forms, for messages.
const SelectionForms = "with commas: a range as npm writes it (>=6.3.200 <6.3.266), an interval (6.3.200..6.3.265), " +
	"a version (6.3.265), or tarballs (dir/*.tgz)"

// ParseSelection reads a selection; a relative path is relative to dir. Name is the package that a registry is asked
// for. The error says what is wrong; SelectionForms says what would be right.
func ParseSelection(text, name, dir string) (Selection, error) {
	s := Selection{Name: name}
	for each := range strings.SplitSeq(text, ",") {
		each = strings.TrimSpace(each)
		low, high, interval := strings.Cut(each, "..")
		switch {
		case each == "":
			return s, fmt.Errorf("the selection %q has an empty part", text)
		case isPath(each):
			if err := s.addFiles(each, dir); err != nil {
				return s, err
			}
		case interval:
			from, wrong := semver.StrictNewVersion(low)
			to, wrongToo := semver.StrictNewVersion(high)
			if wrong != nil || wrongToo != nil || to.LessThan(from) {
				return s, fmt.Errorf("%q is no interval from one version to a later one", each)
			}
			s.parts = append(s.parts, part{holds: func(v *semver.Version) bool {
				return !v.LessThan(from) && !to.LessThan(v)
			}})
		case exactVersion.MatchString(each):
			exact, err := semver.StrictNewVersion(each)
			if err != nil {
				return s, fmt.Errorf("%q is no version: %w", each, err)
			}
			s.parts = append(s.parts, part{exact.Equal, each})
		default:
			constraint, err := semver.NewConstraint(each)
			if err != nil {
				return s, fmt.Errorf("%q is neither a range nor an interval, a version or a path", each)
			}
			s.parts = append(s.parts, part{holds: constraint.Check})
		}
	}
	return s, nil
}

// addFiles adds the tarballs that a pattern names.
func (s *Selection) addFiles(pattern, dir string) error {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(dir, pattern)
	}
	paths, err := filepath.Glob(pattern)
	if err == nil && len(paths) == 0 {
		err = errors.New("nothing is there")
	}
	if err != nil {
		return fmt.Errorf("%q names no tarball: %w", pattern, err)
	}
	// There may be hundreds, and each is unpacked to be read.
	files := make([]Candidate, len(paths))
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	for i, path := range paths {
		group.Go(func() (err error) {
			files[i], err = candidateOf(path, dir)
			return err
		})
	}
	err = group.Wait()
	s.files = append(s.files, files...)
	return err
}

// candidateOf returns the version that a tarball is.
func candidateOf(path, dir string) (Candidate, error) {
	spec, err := ParseSpec(path, dir)
	if err == nil && spec.Form != Tarball {
		err = fmt.Errorf("%q is no tarball", path)
	}
	if err != nil {
		return Candidate{}, err
	}
	if _, err := semver.NewVersion(spec.Version); err != nil {
		return Candidate{}, fmt.Errorf("%q has a version that npm does not know: %w", path, err)
	}
	integrity, err := integrityOf(path)
	return Candidate{Version: spec.Version, Spec: path, Integrity: integrity}, err
}

// AsksRegistry tells whether a registry has to be asked what it stands for.
func (s Selection) AsksRegistry() bool { return len(s.parts) > 0 }

// Candidates returns the versions that a selection stands for, the oldest first, by the order of versions. Published is
// what a registry has; of two candidates of one version the file counts. The error names what stands for nothing, and
// two files of one version.
func (s Selection) Candidates(published []Candidate) (chosen []Candidate, err error) {
	taken := func(version string) int {
		return slices.IndexFunc(chosen, func(c Candidate) bool { return CompareVersions(c.Version, version) == 0 })
	}
	for _, file := range s.files {
		if at := taken(file.Version); at >= 0 {
			return nil, fmt.Errorf("%s and %s are both %s: name one of them", chosen[at].Spec, file.Spec, file.Version)
		}
		chosen = append(chosen, file)
	}
	for _, p := range s.parts {
		known := false
		for _, c := range published {
			if v, err := semver.NewVersion(c.Version); err != nil || !p.holds(v) {
				continue
			}
			if known = true; taken(c.Version) < 0 {
				chosen = append(chosen, c)
			}
		}
		if !known && p.exact != "" {
			return nil, fmt.Errorf("the registry has never had %s@%s", s.Name, p.exact)
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("no version is in the selection")
	}
	slices.SortStableFunc(chosen, func(a, b Candidate) int { return CompareVersions(a.Version, b.Version) })
	return chosen, nil
}

// Published returns all versions of a package that a registry has, or had. Env and dir are those that the package will
// be installed with and in. The error is a *process.ExitError where npm failed.
func Published(ctx context.Context, env process.Environment, dir, name string) ([]Candidate, error) {
	ask := func(into any, args ...string) error {
		args = append([]string{"view", "--json", "--"}, args...)
		view := process.Command{Path: "npm", Dir: dir, Env: env, Args: args}
		out, err := view.Output(ctx)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(out, into); err != nil {
			return fmt.Errorf("the registry's answer to npm %s cannot be read: %w", strings.Join(args, " "), err)
		}
		return nil
	}
	var has struct {
		Versions oneOrMore[string]    `json:"versions"`
		Time     map[string]time.Time `json:"time"`
	}
	if err := ask(&has, name, "versions", "time"); err != nil {
		return nil, err
	}
	var told oneOrMore[published]
	err := ask(&told, name+"@>=0.0.0-0", "version", "deprecated", "name", "dist.integrity", "dist.shasum")
	if err != nil {
		return nil, err
	}
	var all []Candidate
	for _, version := range has.Versions {
		c := Candidate{Version: version, Spec: name + "@" + version, Published: has.Time[version]}
		for _, p := range told {
			if p.Version != version {
				continue
			}
			if c.Integrity = p.integrity(); p.deprecated() {
				c.Deprecated = fmt.Sprint(p.Deprecated)
			}
		}
		all = append(all, c)
	}
	for version, when := range has.Time {
		if _, err := semver.NewVersion(version); err == nil && !slices.Contains(has.Versions, version) {
			all = append(all, Candidate{Version: version, Spec: name + "@" + version, Published: when, Gone: true})
		}
	}
	return all, nil
}

// oneOrMore is a list that npm writes without brackets where it has one entry.
type oneOrMore[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *oneOrMore[T]) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(l))
	}
	one := make([]T, 1)
	*l = one
	return json.Unmarshal(data, &one[0])
}
