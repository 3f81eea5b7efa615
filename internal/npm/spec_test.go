package npm_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
)

// place returns a directory with a package's folder, its tarball, and things that are no package.
func place(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	folder := filepath.Join(dir, "a folder")
	if err := os.CopyFS(folder, gate.FS()); err != nil {
		t.Fatal(err)
	}
	tarball, err := gate.Pack(dir)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{tarball: "gate.tgz", filepath.Join(folder, "package.json"): "text.tgz"} {
		if err := os.Link(from, filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPackageSpecHasOneOfFourForms(t *testing.T) {
	t.Parallel()
	dir := place(t)
	for text, want := range map[string]npm.Spec{
		"pumuki":                   {Form: npm.Registry, Name: "pumuki"},
		"pumuki@latest":            {Form: npm.Registry, Name: "pumuki"},
		"pumuki@6.3.16":            {Form: npm.Registry, Name: "pumuki", Version: "6.3.16"},
		"pumuki@6.3.16-rc.1+build": {Form: npm.Registry, Name: "pumuki", Version: "6.3.16-rc.1"},
		"pumuki@^6.3.0":            {Form: npm.Registry, Name: "pumuki"},
		"pumuki@>=6.3.0 <7 || 8.x": {Form: npm.Registry, Name: "pumuki"},
		"@scope/pumuki@next":       {Form: npm.Registry, Name: "@scope/pumuki"},
		"embedded":                 {Form: npm.Embedded},
		"./gate.tgz": {
			Form: npm.Tarball, Name: gate.Name, Version: gate.Version, Path: dir + "/gate.tgz",
		},
		"gate.tgz": {
			Form: npm.Tarball, Name: gate.Name, Version: gate.Version, Path: dir + "/gate.tgz",
		},
		dir + "/gate.tgz": {
			Form: npm.Tarball, Name: gate.Name, Version: gate.Version, Path: dir + "/gate.tgz",
		},
		"./a folder":           {Form: npm.Folder, Name: gate.Name, Version: gate.Version, Path: dir + "/a folder"},
		"a folder/../a folder": {Form: npm.Folder, Name: gate.Name, Version: gate.Version, Path: dir + "/a folder"},
		"../" + filepath.Base(dir) + "/a folder/": {
			Form: npm.Folder, Name: gate.Name, Version: gate.Version, Path: dir + "/a folder",
		},
	} {
		want.Given = text
		if got, err := npm.ParseSpec(text, dir); err != nil || got != want {
			t.Errorf("%q:\ngot  %+v, %v\nwant %+v", text, got, err, want)
		}
	}
}

func TestAnyOtherPackageSpecIsRefused(t *testing.T) {
	t.Parallel()
	dir := place(t)
	for text, why := range map[string]string{
		"": "empty", " ": "empty", ".": "this folder", "./": "this folder", "..": "not a package",
		"--prefix=/x": "option", "-g": "option", "x; touch y": "not a package's name", "pumuki@": "no version",
		"pumuki@--prefix": "no version", "pumuki@npm:other": "", "pumuki@file:../x": "",
		"https://host/pumuki.tgz": "URL", "git+ssh://host/pumuki": "", "github:owner/pumuki": "",
		"owner/pumuki": "nothing is there", "Pumuki": "not a package's name", "@scope": "not a package's name",
		"pumuki\n@1": "control", "pumuki@1\x00": "control", "./missing.tgz": "nothing is there",
		"text.tgz": "not a package", "empty/": "not a package", "./a folder/package.json": "neither",
		"$(x)": "", "pumuki@`x`": "", "pumuki@1 && x": "", "pumuki other": "", "@a/b/c@1": "",
		"node_modules": "not a package's name",
	} {
		spec, err := npm.ParseSpec(text, dir)
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %+v and %v, want an error with %q", text, spec, err, why)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, seed := range []string{
		"pumuki@latest", "@scope/pumuki@^1", "embedded", "./x.tgz", "--prefix=/x", "x; touch y", "pumuki@npm:x",
	} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := npm.ParseSpec(text, dir)
		if err != nil {
			return
		}
		switch spec.Form {
		case npm.Registry:
			if strings.HasPrefix(text, "-") || strings.ContainsAny(text, ":\\;&`$\n\x00") || spec.Name == "" ||
				strings.Contains(spec.Name, " ") {
				t.Errorf("%q became %+v", text, spec)
			}
		case npm.Embedded:
			if text != gate.Spec {
				t.Errorf("%q became the embedded gate", text)
			}
		default:
			if _, err := os.Stat(spec.Path); err != nil || !filepath.IsAbs(spec.Path) {
				t.Errorf("%q became %+v", text, spec)
			}
		}
	})
}
