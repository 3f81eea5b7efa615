// Package gate carries the embedded reference gate: a real npm package that speaks the command line of the
// gate under test, for machines that no registry serves and as the yardstick of the runner itself.
//
// The rules of the package: package/ is the npm package and nothing else, without dependencies and without
// anything that only a test would need. Whoever runs the gate has it installed by npm first, like any other;
// nothing here runs it. The tarball of one build is the same to the byte wherever and whenever it is packed.
package gate

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Spec is the package spec that stands for the embedded gate.
const Spec = "embedded"

//go:embed all:package
var embedded embed.FS

// Name and Version are what npm will say it installed.
var Name, Version = mustIdentity(FS())

// FS returns the files of the npm package, package.json at its root.
func FS() fs.FS {
	files, err := fs.Sub(embedded, "package")
	if err != nil {
		panic(err) // only an invalid name can fail
	}
	return files
}

// Pack writes the embedded gate as an npm tarball into dir and returns its path.
func Pack(dir string) (tarball string, err error) {
	return PackFS(FS(), dir)
}

// PackFS does the same with any npm package, such as the embedded one with other files laid over it.
func PackFS(files fs.FS, dir string) (tarball string, err error) {
	name, version, err := identity(files)
	if err != nil {
		return "", fmt.Errorf("pack gate: %w", err)
	}
	content, err := archive(files)
	if err != nil {
		return "", fmt.Errorf("pack gate: %w", err)
	}
	tarball = filepath.Join(dir, fmt.Sprintf("%s-%s.tgz", name, version))
	if err := os.WriteFile(tarball, content, 0o644); err != nil {
		return "", fmt.Errorf("pack gate: %w", err)
	}
	return tarball, nil
}

// packed is the time that npm itself gives to every file of a tarball.
var packed = time.Date(1985, time.October, 26, 8, 15, 0, 0, time.UTC)

// archive lays the files under package/, as the registry does: sorted, of one time, owned by nobody, so that
// a digest of the tarball says something about its contents alone.
func archive(files fs.FS) ([]byte, error) {
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archived := tar.NewWriter(compressed)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		// embed.FS knows no executable bit; the folder tells what is a program.
		mode := int64(0o644)
		if strings.HasPrefix(name, "bin/") {
			mode = 0o755
		}
		header := &tar.Header{Name: path.Join("package", name), Mode: mode, Size: int64(len(content)), ModTime: packed}
		if err := archived.WriteHeader(header); err != nil {
			return err
		}
		_, err = archived.Write(content)
		return err
	})
	err = errors.Join(err, archived.Close(), compressed.Close())
	return buffer.Bytes(), err
}

// identity reads a package's name and version where npm reads them.
func identity(files fs.FS) (name, version string, err error) {
	content, err := fs.ReadFile(files, "package.json")
	if err != nil {
		return "", "", err
	}
	var manifest struct{ Name, Version string }
	if err := json.Unmarshal(content, &manifest); err != nil {
		return "", "", fmt.Errorf("package.json: %w", err)
	}
	return manifest.Name, manifest.Version, nil
}

func mustIdentity(files fs.FS) (name, version string) {
	name, version, err := identity(files)
	if err != nil {
		panic(err) // the embedded package.json is part of the build
	}
	return name, version
}
