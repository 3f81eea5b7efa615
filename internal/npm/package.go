package npm

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// Package is one package of one version: what a spec stands for, or what npm installed.
type Package struct {
	Name, Version string
	// Integrity is the digest of its tarball, as npm writes it (sha512-…); there may be several, with spaces between.
	Integrity string
}

func (p Package) String() string { return p.Name + "@" + p.Version }

// OfTarball returns the package that a tarball is. The error says why it is none.
func OfTarball(path string) (Package, error) {
	spec := Spec{Given: path, Path: path}
	if err := spec.readTarball(); err != nil {
		return Package{}, err
	}
	integrity, err := integrityOf(path)
	return Package{spec.Name, spec.Version, integrity}, err
}

// integrityOf is the digest of a tarball, as npm writes it.
func integrityOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha512.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return "sha512-" + base64.StdEncoding.EncodeToString(sum.Sum(nil)), nil
}

// published is what a registry says of one version.
type published struct {
	Name      string
	Version   string
	Integrity string            `json:"dist.integrity"`
	SHA1      string            `json:"dist.shasum"`
	Tags      map[string]string `json:"dist-tags"`
	// These are as the package's author wrote them, in whatever shape.
	Deprecated any `json:"deprecated"`
	Engines    any `json:"engines"`
}

// integrity is the digest of the tarball, as npm writes it; empty where the registry tells none.
func (p published) integrity() string {
	if sum, err := hex.DecodeString(p.SHA1); err == nil && p.Integrity == "" && len(sum) > 0 {
		return "sha1-" + base64.StdEncoding.EncodeToString(sum)
	}
	return p.Integrity
}

// engines are the versions of node and npm that look for a package.
type engines struct{ Node, NPM string }

// LookUp asks the registry what a spec of the form Registry stands for now. A bare name is the latest release, a tag
// what the registry says that it is, a range the version that npm would choose if no setting kept it from it: tag is
// the release that npm then prefers (see Config.Tag). Env and dir are those that the package will be installed with and
// in. The error is a *process.ExitError where npm failed.
func LookUp(ctx context.Context, env process.Environment, dir string, spec Spec, tag string) (Package, error) {
	asked := spec.Given
	if asked == spec.Name {
		asked += "@latest"
	}
	view := process.Command{Path: "npm", Dir: dir, Env: env, Args: []string{"view", "--json", "--", asked,
		"name", "version", "dist.integrity", "dist.shasum", "deprecated", "engines", "dist-tags"}}
	out, err := view.Output(ctx)
	if err != nil {
		return Package{}, err
	}
	var versions []published
	if out = bytes.TrimSpace(out); len(out) == 0 {
		return Package{}, fmt.Errorf("the registry has no version that %s stands for", asked)
	}
	if out[0] == '[' {
		err = json.Unmarshal(out, &versions)
	} else {
		versions = make([]published, 1)
		err = json.Unmarshal(out, &versions[0])
	}
	if err != nil {
		return Package{}, fmt.Errorf("the registry's answer to npm view %s cannot be read: %w", spec.Given, err)
	}
	var have engines
	if len(versions) > 1 {
		said, err := process.Command{Path: "npm", Args: []string{"version", "--json"}, Dir: dir, Env: env}.Output(ctx)
		if err == nil {
			err = json.Unmarshal(said, &have)
		}
		if err != nil {
			return Package{}, fmt.Errorf("npm does not tell its version: %w", err)
		}
	}
	chosen := choose(versions, tag, have)
	found := Package{chosen.Name, chosen.Version, chosen.integrity()}
	if found.Name != spec.Name || found.Version == "" || found.Integrity == "" {
		return Package{}, fmt.Errorf("the registry does not say which tarball %s is", spec.Given)
	}
	return found, nil
}

// Before returns the newest release of a package that a registry has before a version of it, by the order of versions
// and whenever it was published; before a pre-release, a pre-release too. The package is in a registry by its name. Env
// and dir are as for LookUp. The error is a *process.ExitError where npm failed.
func Before(ctx context.Context, env process.Environment, dir, name, version string) (string, error) {
	args := []string{"view", "--json", "--", name, "versions"}
	out, err := process.Command{Path: "npm", Args: args, Dir: dir, Env: env}.Output(ctx)
	if err != nil {
		return "", err
	}
	var versions []string
	if out = bytes.TrimSpace(out); bytes.HasPrefix(out, []byte(`"`)) {
		out = slices.Concat([]byte("["), out, []byte("]")) // npm writes one version as it is
	}
	if err := json.Unmarshal(out, &versions); err != nil {
		return "", fmt.Errorf("the registry's answer to npm view %s versions cannot be read: %w", name, err)
	}
	before := before(versions, version)
	if before == "" {
		return "", fmt.Errorf("the registry has no version of %s before %s", name, version)
	}
	return before, nil
}

// before returns the newest of some versions before one; empty where there is none.
func before(versions []string, version string) (newest string) {
	bound, err := semver.NewVersion(version)
	if err != nil {
		return ""
	}
	for _, each := range versions {
		v, err := semver.NewVersion(each)
		if err != nil || !v.LessThan(bound) || v.Prerelease() != "" && bound.Prerelease() == "" {
			continue
		}
		if newest == "" || CompareVersions(each, newest) > 0 {
			newest = each
		}
	}
	return newest
}

// choose returns the version that npm chooses for a range, of those that fit it; there is at least one. Versions that
// run on these engines and are not deprecated come first: of these that of the tag, or else the highest. This is
// npm-pick-manifest, without the settings that keep npm from a version.
func choose(fit []published, tag string, have engines) published {
	const fine = 3
	rank := func(p published) (rank int) {
		if p.runsOn(have) {
			rank = 2
		}
		if !p.deprecated() {
			rank++
		}
		return rank
	}
	for _, p := range fit {
		if p.Version == p.Tags[tag] && rank(p) == fine {
			return p
		}
	}
	return slices.MaxFunc(fit, func(a, b published) int {
		return cmp.Or(rank(a)-rank(b), CompareVersions(a.Version, b.Version))
	})
}

// deprecated tells whether a version is deprecated: an empty message takes a deprecation back.
func (p published) deprecated() bool {
	return p.Deprecated != nil && p.Deprecated != "" && p.Deprecated != false
}

// runsOn tells whether a version says that it runs on these engines. One that does not say runs on any.
func (p published) runsOn(have engines) bool {
	wanted, _ := p.Engines.(map[string]any)
	fits := func(wanted any, have string) bool {
		text, _ := wanted.(string)
		constraint, err := semver.NewConstraint(text)
		if err != nil {
			return true
		}
		version, err := semver.NewVersion(have)
		return err != nil || constraint.Check(version)
	}
	return fits(wanted["node"], have.Node) && fits(wanted["npm"], have.NPM)
}

// CompareVersions orders two versions as npm does: build metadata is no part of a version.
func CompareVersions(a, b string) int {
	va, errA := semver.NewVersion(a)
	vb, errB := semver.NewVersion(b)
	if errA != nil || errB != nil {
		return strings.Compare(a, b)
	}
	return va.Compare(vb)
}

// Same tells whether two packages are one: the same name, the same version but for build metadata, the same tarball.
func (p Package) Same(q Package) bool {
	return p.Name == q.Name && CompareVersions(p.Version, q.Version) == 0 && sameTarball(p.Integrity, q.Integrity)
}

// sameTarball tells whether two integrities are of one tarball: they have an algorithm in common, and agree on each
// that they share. Where an algorithm stands there twice, either digest will do, as in npm.
func sameTarball(a, b string) bool {
	agree := map[string]bool{} // by algorithm
	for one := range strings.FieldsSeq(a) {
		for other := range strings.FieldsSeq(b) {
			algorithm, sum := digest(one)
			if same, too := digest(other); algorithm == same {
				agree[algorithm] = agree[algorithm] || sum == too
			}
		}
	}
	return len(agree) > 0 && !slices.Contains(slices.Collect(maps.Values(agree)), false)
}

// digest is the algorithm and the sum of a digest in an integrity. What stands after a question mark is no part of it.
func digest(text string) (algorithm, sum string) {
	text, _, _ = strings.Cut(text, "?")
	algorithm, sum, _ = strings.Cut(text, "-")
	return algorithm, sum
}
