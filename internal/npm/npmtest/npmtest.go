// Package npmtest is for tests: an npm registry, and what there is in it.
package npmtest

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Release is a tarball, and what package.json in it says.
type Release struct{ Tarball, Manifest []byte }

// Pack writes the tarball of a package into a directory, and returns its path and what it holds.
func Pack(dir string, files fs.FS) (string, Release, error) {
	manifest, err := fs.ReadFile(files, "package.json")
	if err != nil {
		return "", Release{}, err
	}
	var identity struct{ Name string }
	err = json.Unmarshal(manifest, &identity)
	scope := filepath.Join(dir, filepath.FromSlash(path.Dir(identity.Name)))
	if err := errors.Join(err, os.MkdirAll(scope, 0o755)); err != nil {
		return "", Release{}, err
	}
	tarball, err := gate.PackFS(files, dir)
	if err != nil {
		return "", Release{}, err
	}
	packed, err := os.ReadFile(tarball)
	return tarball, Release{packed, manifest}, err
}

// PackAs writes the tarball of a package under a name, and beside it its manifest and its digest, by which Quick knows
// it. It returns the path of the tarball.
func PackAs(dir, name string, files fs.FS) (tarball string, err error) {
	scratch, err := os.MkdirTemp("", "pack-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	_, release, err := Pack(scratch, files)
	path := filepath.Join(dir, filepath.FromSlash(name))
	err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755))
	for ending, content := range map[string][]byte{
		".tgz": release.Tarball, ".json": release.Manifest, ".sha512": []byte(Integrity(release.Tarball)),
	} {
		err = errors.Join(err, os.WriteFile(path+ending, content, 0o644))
	}
	return path + ".tgz", err
}

// Packed returns what PackAs wrote.
func Packed(dir, name string) (Release, error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	tarball, err := os.ReadFile(path + ".tgz")
	manifest, readErr := os.ReadFile(path + ".json")
	return Release{Tarball: tarball, Manifest: manifest}, errors.Join(err, readErr)
}

// OpenSpec is the name of the package that every run installs beside the gate.
const OpenSpec = "@fission-ai/openspec"

// OpenSpecFiles is a stand-in for it.
func OpenSpecFiles() fs.FS {
	manifest := fmt.Sprintf(`{"name": %q, "version": %q, "bin": {"openspec": "bin/openspec.js"}}`,
		OpenSpec, suite.OpenSpecVersion)
	return fstest.MapFS{
		"package.json":    {Data: []byte(manifest)},
		"bin/openspec.js": {Data: []byte("#!/usr/bin/env node\n")},
	}
}

// Integrity is the digest of a tarball as npm writes it.
func Integrity(tarball []byte) string {
	sum := sha512.Sum512(tarball)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Package is what a registry has of a package.
type Package struct {
	// Releases are known by version, and versions by tag.
	Releases map[string]Release
	Tags     map[string]string
}

// Registry is what a registry has, by name.
type Registry map[string]Package

// released is when every release was made.
const released = "2026-01-01T00:00:00.000Z"

// Answer answers a request to a registry at the address base, which ends in a slash. Asked is what comes after that.
func (r Registry) Answer(w http.ResponseWriter, base, asked string) {
	if name, file, found := strings.Cut(asked, "/-/"); found {
		version := strings.TrimSuffix(strings.TrimPrefix(file, path.Base(name)+"-"), ".tgz")
		if release, known := r[name].Releases[version]; known {
			_, _ = w.Write(release.Tarball)
			return
		}
	}
	if p, known := r[asked]; known {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.packument(base, asked))
		return
	}
	http.Error(w, `{"error": "not_found"}`, http.StatusNotFound)
}

// packument is what a registry says of a package.
func (p Package) packument(base, name string) any {
	told, times := map[string]any{}, map[string]string{}
	for version, release := range p.Releases {
		manifest := map[string]any{}
		_ = json.Unmarshal(release.Manifest, &manifest)
		manifest["version"] = version
		short := sha1.Sum(release.Tarball)
		manifest["dist"] = map[string]any{
			"tarball":   base + (&url.URL{Path: name}).EscapedPath() + "/-/" + path.Base(name) + "-" + version + ".tgz",
			"shasum":    hex.EncodeToString(short[:]),
			"integrity": Integrity(release.Tarball),
		}
		told[version], times[version] = manifest, released
	}
	return map[string]any{"_id": name, "name": name, "dist-tags": p.Tags, "versions": told, "time": times}
}
