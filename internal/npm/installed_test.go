package npm

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// installed is a consumer in which npm installed pumuki 9.2.0.
func installed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "package.json", `{"name": "consumer"}`)
	put(t, dir, "node_modules/pumuki/package.json", `{"name": "pumuki", "version": "9.2.0"}`)
	lock(t, dir, map[string]any{
		"version": "9.2.0", "integrity": "sha512-a", "resolved": "http://registry.example/pumuki.tgz",
	})
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func lock(t *testing.T, dir string, entry map[string]any) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"packages": map[string]any{"node_modules/pumuki": entry}})
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "node_modules/.package-lock.json", string(text))
}

func TestWhatNPMInstalledIsHeldToWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	wanted := Package{"pumuki", "9.2.0", "sha512-a"}
	link := func(t *testing.T, from, to string) {
		if err := os.MkdirAll(filepath.Dir(from), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		why    string
	}{
		"it is": {},
		"with build metadata": {change: func(t *testing.T, dir string) {
			put(t, dir, "node_modules/pumuki/package.json", `{"name": "pumuki", "version": "9.2.0+build.7"}`)
		}},
		"with a byte order mark": {change: func(t *testing.T, dir string) {
			put(t, dir, "node_modules/pumuki/package.json", "\uFEFF"+`{"name": "pumuki", "version": "9.2.0"}`)
		}},
		"nothing": {
			func(t *testing.T, dir string) { _ = os.RemoveAll(filepath.Join(dir, "node_modules")) },
			"pumuki is not installed",
		},
		"an empty folder": {func(t *testing.T, dir string) {
			_ = os.Remove(filepath.Join(dir, "node_modules/pumuki/package.json"))
		}, "pumuki is not installed"},
		"a link to a workspace": {func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "node_modules/pumuki"), filepath.Join(dir, "packages")); err != nil {
				t.Fatal(err)
			}
			link(t, filepath.Join(dir, "node_modules/pumuki"), "../packages")
		}, "node_modules/pumuki a link to ../packages"},
		"through a link": {func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "node_modules"), filepath.Join(dir, "elsewhere")); err != nil {
				t.Fatal(err)
			}
			link(t, filepath.Join(dir, "node_modules"), "elsewhere")
		}, "node_modules a link to elsewhere"},
		"what npm itself calls a link": {func(t *testing.T, dir string) {
			lock(t, dir, map[string]any{"link": true, "resolved": "packages/pumuki", "integrity": "sha512-a"})
		}, "linked pumuki to packages/pumuki"},
		"another version": {func(t *testing.T, dir string) {
			put(t, dir, "node_modules/pumuki/package.json", `{"name": "pumuki", "version": "9.1.0"}`)
		}, "npm installed pumuki@9.1.0, but pumuki@9.2.0 was asked for"},
		"another version by an override": {func(t *testing.T, dir string) {
			put(t, dir, "node_modules/pumuki/package.json", `{"name": "pumuki", "version": "9.1.0"}`)
			put(t, dir, "package.json", `{"overrides": {"pumuki@9": "9.1.0"}}`)
		}, "asked for: an override in package.json"},
		"another package": {func(t *testing.T, dir string) {
			put(t, dir, "node_modules/pumuki/package.json", `{"name": "other", "version": "9.2.0"}`)
		}, "npm installed other@9.2.0"},
		"another tarball": {func(t *testing.T, dir string) {
			lock(t, dir, map[string]any{"integrity": "sha512-b", "resolved": "http://other.example/"})
		}, "from another tarball than the one that was asked for: it is sha512-b, from http://other.example/"},
		"a tarball of no digest": {
			func(t *testing.T, dir string) { lock(t, dir, map[string]any{}) }, "it is of no digest",
		},
		"no lock": {func(t *testing.T, dir string) {
			_ = os.Remove(filepath.Join(dir, "node_modules/.package-lock.json"))
		}, "npm left no lock file"},
		"a lock that is no JSON": {func(t *testing.T, dir string) {
			put(t, dir, "node_modules/.package-lock.json", "{")
		}, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := installed(t)
			if c.change != nil {
				c.change(t, dir)
			}
			got, err := Installed(dir, wanted)
			if c.why == "" && (err != nil || !got.Same(wanted)) {
				t.Errorf("got %+v, %v", got, err)
			}
			if c.why != "" && (err == nil || !strings.Contains(err.Error(), c.why)) {
				t.Errorf("got %+v, %v, want an error with %q", got, err, c.why)
			}
		})
	}
}

// A source repository may have its node_modules under version control.
func TestWhatAConsumerHoldsOfAPackageIsForgottenAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := func(to, from string) {
		t.Helper()
		err := os.MkdirAll(filepath.Dir(filepath.Join(dir, from)), 0o755)
		if err := errors.Join(err, os.Symlink(filepath.Join(dir, to), filepath.Join(dir, from))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{
		"host/pumuki/index.js", "a/node_modules/pumuki/index.js", "a/node_modules/other/index.js",
		"a/node_modules/.package-lock.json", "b/package.json", "c/package.json",
	} {
		put(t, dir, file, "x")
	}
	link("host", "b/node_modules")
	link("host", "c/node_modules/@acme")
	for consumer, name := range map[string]string{"a": "pumuki", "b": "pumuki"} {
		if err := Forget(filepath.Join(dir, consumer), name); err != nil {
			t.Error(err)
		}
	}
	if err := Forget(filepath.Join(dir, "c"), "@acme/pumuki"); err == nil || !strings.Contains(err.Error(), "@acme") {
		t.Errorf("a link out of the consumer is followed: %v", err)
	}
	for file, there := range map[string]bool{
		"a/node_modules/pumuki": false, "a/node_modules/.package-lock.json": false,
		"a/node_modules/other/index.js": true, "host/pumuki/index.js": true,
		"b/node_modules": false, "b/package.json": true,
	} {
		if _, err := os.Lstat(filepath.Join(dir, file)); (err == nil) != there {
			t.Errorf("%s is there: %v, want %v", file, err == nil, there)
		}
	}
}

func TestCommandOfAnotherPackageIsNotThatOfTheGate(t *testing.T) {
	t.Parallel()
	dir := installed(t)
	put(t, dir, "node_modules/pumuki/bin/ci.js", "")
	put(t, dir, "node_modules/other/ci.js", "")
	put(t, dir, "workspace/ci.js", "")
	put(t, dir, "node_modules/.bin/script", "")
	for name, to := range map[string]string{
		"own": "../pumuki/bin/ci.js", "others": "../other/ci.js", "linked": "../../workspace/ci.js",
		"lost": "../gone/ci.js",
	} {
		if err := os.Symlink(to, filepath.Join(dir, "node_modules/.bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, of := range map[string]string{
		"own": "", "missing": "", "lost": "", "others": "(other/ci.js)", "linked": "(../workspace/ci.js)",
	} {
		err := OwnsCommand(dir, "pumuki", name)
		if (err == nil) != (of == "") || err != nil && !strings.Contains(err.Error(), of) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatNPMMayBringInIsKnownBefore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files  map[string]string
		brings bool
	}{
		"nothing there":         {nil, false},
		"others":                {map[string]string{"package.json": `{"dependencies": {"pumuki-x": "1"}}`}, false},
		"its own name":          {map[string]string{"package.json": `{"name": "pumuki"}`}, false},
		"a dependency":          {map[string]string{"package.json": `{"dependencies": {"pumuki": "9.0.0"}}`}, true},
		"for development":       {map[string]string{"package.json": `{"devDependencies": {"pumuki": "9.0.0"}}`}, true},
		"optional":              {map[string]string{"package.json": `{"optionalDependencies": {"pumuki": "9"}}`}, true},
		"a peer":                {map[string]string{"package.json": `{"peerDependencies": {"pumuki": "9"}}`}, true},
		"workspaces":            {map[string]string{"package.json": `{"workspaces": ["apps/*"]}`}, true},
		"of a dependency":       {map[string]string{"package-lock.json": `{"node_modules/pumuki": {}}`}, true},
		"deep in one":           {map[string]string{"package-lock.json": `"node_modules/a/node_modules/pumuki"`}, true},
		"asked for by another":  {map[string]string{"npm-shrinkwrap.json": `{"dependencies": {"pumuki": "9"}}`}, true},
		"a lock without it":     {map[string]string{"package-lock.json": `{"node_modules/pumuki-more": {}}`}, false},
		"under version control": {map[string]string{"node_modules/pumuki/package.json": `{}`}, true},
		"no JSON":               {map[string]string{"package.json": `pumuki`}, true},
		"a byte order mark":     {map[string]string{"package.json": "\uFEFF" + `{"workspaces": ["pumuki"]}`}, true},
	} {
		dir := t.TempDir()
		for path, text := range c.files {
			put(t, dir, path, text)
		}
		if Brings(dir, "pumuki") != c.brings {
			t.Errorf("%s: Brings = %v", name, !c.brings)
		}
	}
}
