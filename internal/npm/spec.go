// Package npm is all that is about npm: what a package spec names and stands for, the configuration that npm is given,
// what it installed, and its errors in words.
package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
)

// Form is what kind of thing a package spec names.
type Form int

// The forms of a package spec. Everything else that npm would take (a URL, a git repository, an alias) is refused: what
// cannot be named for certain cannot be validated for certain.
const (
	Registry Form = iota // a name with an optional version, range or tag
	Tarball              // a .tgz file on this machine
	Folder               // a package's folder on this machine; it is packed first, as a release would be
	Embedded             // the reference gate that this program carries
)

// Spec is a validated package spec.
type Spec struct {
	// Given is the spec as the user gave it.
	Given string
	Form  Form
	// Path is the absolute path of a tarball or a folder.
	Path string
	// Name and Version are those of the package, as far as the spec says it; else empty. Version is there for an exact
	// version only: what a range or a tag stands for is the registry's to say.
	Name, Version string
}

// Argument returns the spec as npm is given it where no more is known of it.
func (s Spec) Argument() string {
	if s.Form == Tarball {
		return s.Path
	}
	return s.Given
}

// SpecForms names the accepted forms, for messages.
const SpecForms = "a name with a version, range or tag (pumuki@latest), a tarball (./pumuki-6.3.16.tgz), " +
	"a folder (../pumuki), or embedded"

var (
	registryName = regexp.MustCompile(`^(@[a-z0-9~][a-z0-9._~-]*/)?[a-z0-9~][a-z0-9._~-]*$`)
	// registryRange has no colon (aliases, URLs), no slash (folders, repositories) and no leading dash (options).
	registryRange = regexp.MustCompile(`^[A-Za-z0-9.*^~<>=][A-Za-z0-9._+*^~<>=| -]*$`)
	exactVersion  = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
)

// ParseSpec reads a package spec; a relative path is relative to dir. The error says what is wrong with it; SpecForms
// says what would be right.
func ParseSpec(text, dir string) (Spec, error) {
	spec := Spec{Given: text}
	switch {
	case strings.TrimSpace(text) == "":
		return spec, errors.New("the package spec is empty")
	case strings.IndexFunc(text, unicode.IsControl) >= 0:
		return spec, fmt.Errorf("the package spec %q has a control character", text)
	case strings.HasPrefix(text, "-"):
		return spec, fmt.Errorf("the package spec %q looks like an option", text)
	case strings.Contains(text, "://"):
		return spec, fmt.Errorf("the package spec %q is a URL: download it first and give the file", text)
	case strings.HasPrefix(text, "file:"):
		return spec, fmt.Errorf("the package spec %q is a path as npm writes it: "+
			"give it without the file: in front", text)
	case text == gate.Spec:
		spec.Form = Embedded
		return spec, nil
	case isPath(text):
		return spec, spec.setPath(dir)
	}
	name, version := text, ""
	if at := strings.LastIndex(text, "@"); at > 0 {
		name, version = text[:at], text[at+1:]
		if !registryRange.MatchString(version) {
			return spec, fmt.Errorf("the package spec %q has no version, range or tag after the @", text)
		}
	}
	if !registryName.MatchString(name) || name == "node_modules" || name == "favicon.ico" {
		return spec, fmt.Errorf("the package spec %q is not a package's name", text)
	}
	spec.Name = name
	if exactVersion.MatchString(version) {
		spec.Version, _, _ = strings.Cut(version, "+")
	}
	return spec, nil
}

// isPath tells a path from a name: by how it begins, or by its ending. A bare word is always a name, even where a
// folder of that name is there.
func isPath(text string) bool {
	return filepath.IsAbs(text) || strings.HasPrefix(text, ".") || isTarball(text) ||
		(strings.Contains(text, "/") && !strings.HasPrefix(text, "@") && !strings.Contains(text, ":"))
}

func isTarball(name string) bool {
	return strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz")
}

// setPath resolves the spec as a tarball or a folder.
func (s *Spec) setPath(dir string) error {
	s.Path = s.Given
	if !filepath.IsAbs(s.Path) {
		s.Path = filepath.Join(dir, s.Path)
	}
	s.Path = filepath.Clean(s.Path)
	info, err := os.Stat(s.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("the package spec %q is a path, and nothing is there", s.Given)
	case err != nil:
		return fmt.Errorf("the package spec %q cannot be used: %w", s.Given, err)
	case info.IsDir() && filepath.Clean(s.Given) == ".":
		return fmt.Errorf("the package spec %q is this folder: name the folder of a package", s.Given)
	case info.IsDir():
		s.Form = Folder
		var manifest []byte
		if manifest, err = foreign.ReadLinked(filepath.Join(s.Path, "package.json"), maxFile); err == nil {
			err = s.readManifest(bytes.NewReader(manifest))
		}
	case info.Mode().IsRegular() && isTarball(s.Path):
		s.Form = Tarball
		err = s.readTarball()
	default:
		err = errors.New("it is neither a folder nor a .tgz file")
	}
	if err != nil {
		return fmt.Errorf("the package spec %q is not a package: %w", s.Given, err)
	}
	return nil
}

// readTarball reads what a tarball says that it is.
func (s *Spec) readTarball() error {
	file, err := os.Open(s.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("it is no tar archive that gzip has packed: %w", err)
	}
	found := errors.New("it holds no package.json")
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return found
		}
		if err != nil {
			return fmt.Errorf("it is damaged: %w", err)
		}
		// npm strips the first part of every path, whatever it is called. Of two files of one name the last one stays.
		_, name, _ := strings.Cut(path.Clean(header.Name), "/")
		if name == "package.json" && header.Typeflag == tar.TypeReg {
			found = s.readManifest(archive)
		}
	}
}

// readManifest takes the name and the version from a package.json.
func (s *Spec) readManifest(r io.Reader) error {
	data, err := foreign.ReadAll(r, maxFile)
	if err == nil {
		s.Name, s.Version, err = parseManifest(data)
	}
	if err != nil {
		return fmt.Errorf("its package.json: %w", err)
	}
	return nil
}

// plainJSON is a package.json without its byte order mark, which npm accepts.
func plainJSON(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\uFEFF")) }

// parseManifest returns the name and the version in a package.json.
func parseManifest(data []byte) (name, version string, err error) {
	var manifest struct{ Name, Version string }
	if err := json.Unmarshal(plainJSON(data), &manifest); err != nil {
		return "", "", fmt.Errorf("it cannot be read: %w", err)
	}
	if manifest.Name == "" || manifest.Version == "" {
		return "", "", errors.New("it has no name or no version")
	}
	return manifest.Name, manifest.Version, nil
}

// The bounds of what is read: a package.json or an .npmrc, and a lock file of npm.
const (
	maxFile = 4 << 20
	maxLock = 64 << 20
)
