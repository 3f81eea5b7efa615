package npmtest_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm/npmtest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
)

func TestMain(m *testing.M) {
	testhost.Prepare()
	os.Exit(m.Run())
}

// What npm did with one gate and is done again with another is what npm itself does with that one, to the byte and to
// the mode. npm is asked once for all that are alike, and again for one that is not.
func TestQuickDoesWhatNpmDoes(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	kept, quick, gates := filepath.Join(dir, "kept"), filepath.Join(dir, "quick"), filepath.Join(dir, "gates")
	must(t, os.Mkdir(quick, 0o755))
	must(t, npmtest.Keep(kept))
	must(t, npmtest.Quick{Kept: kept, Registry: "http://127.0.0.1:9/"}.Write(quick))
	gate := func(name, version, program string) string {
		tarball, err := npmtest.PackAs(gates, "pumuki-"+name, fstest.MapFS{
			"package.json": {
				Data: fmt.Appendf(nil, `{"name": "pumuki", "version": %q, "bin": {"pumuki": "bin/p.js"}}`, version),
			},
			"bin/p.js": {Data: []byte("#!/usr/bin/env node\n" + program + "\n")},
		})
		must(t, err)
		return tarball
	}
	install := func(npm, consumer, gate string) map[string]string {
		at := filepath.Join(dir, consumer, "consumer")
		must(t, os.MkdirAll(at, 0o755))
		if _, err := os.Stat(filepath.Join(at, "package.json")); err != nil {
			must(t, os.WriteFile(filepath.Join(at, "package.json"), []byte(`{"private": true}`), 0o644))
		}
		cmd := exec.Command(filepath.Join(npm, "npm"), "install", "--save-exact", gate)
		cmd.Dir = at
		cmd.Env = append(os.Environ(), "npm_config_offline=true", "npm_config_cache="+filepath.Join(dir, "cache"),
			"npm_config_audit=false")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return lies(t, at)
	}
	asked := func() int {
		answers, err := filepath.Glob(filepath.Join(kept, "answers", "*.lock"))
		must(t, err)
		return len(answers)
	}
	first, second := gate("1.0.0-one", "1.0.0-one", "one()"), gate("1.0.0-other", "1.0.0-other", "other()")
	unlike := gate("2.0.0", "1.0.0-one", "one()")

	install(quick, "a", first)
	if diff := cmp.Diff(install(npmtest.Real(kept), "b", second), install(quick, "c", second)); diff != "" {
		t.Errorf("into a consumer without a gate:\n%s", diff)
	}
	if n := asked(); n != 1 {
		t.Errorf("npm was asked %d times for gates that are alike", n)
	}
	install(quick, "a", second)
	install(quick, "c", first)
	again := lies(t, filepath.Join(dir, "c", "consumer"))
	if diff := cmp.Diff(install(npmtest.Real(kept), "b", first), again); diff != "" {
		t.Errorf("over another:\n%s", diff)
	}
	before := asked()
	install(quick, "d", unlike)
	if n := asked(); n != before+1 {
		t.Errorf("npm was asked %d times for a gate that is like no other", n-before)
	}
}

// lies tells what lies in a consumer, each with its mode.
func lies(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		must(t, err)
		content, err := os.ReadFile(path)
		if info.Mode()&fs.ModeSymlink != 0 {
			target, _ := os.Readlink(path)
			content = []byte(target)
		}
		all[strings.TrimPrefix(path, dir)] = fmt.Sprintf("%v %s", info.Mode(), content)
		return err
	}))
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
