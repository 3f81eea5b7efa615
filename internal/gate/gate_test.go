package gate

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestPackGivesTheSameBytesEveryTime(t *testing.T) {
	t.Parallel()
	var packed [2][]byte
	for i := range packed {
		tarball, err := Pack(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if packed[i], err = os.ReadFile(tarball); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(packed[0], packed[1]) {
		t.Error("two tarballs of the same package differ")
	}
}

func TestTarballHoldsWhatNpmWouldPack(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	command := repo.command("npm", "pack", "--dry-run", "--json")
	command.Dir = "package"
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []struct {
		Filename string
		Files    []struct{ Path string }
	}
	if err := json.Unmarshal(output, &packages); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, file := range packages[0].Files {
		want = append(want, "package/"+file.Path)
	}
	slices.Sort(want)

	tarball, err := Pack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, header := range headers(t, tarball) {
		got = append(got, header.Name)
		mode := int64(0o644)
		if strings.HasPrefix(header.Name, "package/bin/") {
			mode = 0o755
		}
		if header.Mode != mode || header.Typeflag != tar.TypeReg {
			t.Errorf("%s has mode %o, type %c", header.Name, header.Mode, header.Typeflag)
		}
	}
	if !slices.IsSorted(got) {
		t.Errorf("not sorted: %q", got)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-npm +ours):\n%s", diff)
	}
	if base := filepath.Base(tarball); base != packages[0].Filename {
		t.Errorf("the tarball is called %s, npm calls it %s", base, packages[0].Filename)
	}
}

func TestTarballInstallsOfflineAndItsProgramsRun(t *testing.T) {
	t.Parallel()
	tarball, err := Pack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	repo := newRepository(t)
	repo.write("package.json", `{"private": true}`)
	repo.write(".gitignore", "node_modules/\n.ai_evidence.json\n")
	repo.write("other/package.json", `{"name": "other", "version": "1.0.0"}`)
	if output, err := repo.command("npm", "install", "--save-exact", tarball, "./other").CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, output)
	}
	var installed struct{ Name, Version string }
	if err := json.Unmarshal(repo.read("node_modules/pumuki/package.json"), &installed); err != nil {
		t.Fatal(err)
	}
	if installed.Name != Name || installed.Version != Version {
		t.Errorf("npm installed %+v, the package says %s %s", installed, Name, Version)
	}
	repo.git("add", "--all")
	repo.git("commit", "--quiet", "--message=setup")
	repo.git("branch", "--quiet", "base")
	repo.git("branch", "--quiet", "--set-upstream-to=base")
	repo.env = append(repo.env, "GITHUB_BASE_REF=base")
	for name, stage := range map[string]string{
		"pumuki-pre-write": "PRE_WRITE", "pumuki-pre-commit": "PRE_COMMIT", "pumuki-pre-push": "PRE_PUSH",
		"pumuki-ci": "CI",
	} {
		output, err := repo.command(filepath.Join(repo.root, "node_modules", ".bin", name)).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, output)
		} else if got := repo.evidence().Snapshot.Stage; got != stage {
			t.Errorf("%s left evidence of %s", name, got)
		}
	}
	output, err := repo.command("npx", "--no", "pumuki", "--", "--version").Output()
	if err != nil || string(output) != Version+"\n" {
		t.Errorf("pumuki --version: %q, %v", output, err)
	}
	load := `for (const name of ["pumuki", "pumuki/package.json"]) console.log(require(name).version)`
	output, err = repo.command("node", "-e", load).CombinedOutput()
	if want := Version + "\n" + Version + "\n"; err != nil || string(output) != want {
		t.Errorf("what a program loads of the package: %v\n%s", err, output)
	}
	removes(repo)
}

// removes is how an installed gate goes: with its hooks, from the manifest, and without anybody else's dependency.
func removes(repo *repository) {
	t := repo.t
	t.Helper()
	pumuki := filepath.Join(repo.root, "node_modules", "pumuki", "bin", "pumuki.js")
	for _, command := range []string{"install", "remove"} {
		if output, err := repo.command("node", pumuki, command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, output)
		}
	}
	var manifest map[string]any
	if err := json.Unmarshal(repo.read("package.json"), &manifest); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"private": true, "dependencies": map[string]any{"other": "file:other"}}
	if diff := cmp.Diff(want, manifest); diff != "" {
		t.Errorf("package.json (-want +got):\n%s", diff)
	}
	left := repo.state()
	for _, name := range []string{"pumuki", ".bin/pumuki", "other"} {
		if _, ok := left["/node_modules/"+name]; ok != (name == "other") {
			t.Errorf("node_modules/%s: there is %t", name, ok)
		}
	}
	again := repo.gate("pumuki", "remove")
	again.wantExit(0)
	again.wantStdout("pumuki: there was nothing of it here\n")
	if diff := cmp.Diff(left, repo.state()); diff != "" {
		t.Errorf("removed again, it changes (-before +after):\n%s", diff)
	}
	if _, ok := left["/"+preCommit]; ok {
		t.Error("remove left a hook")
	}
}

// Nothing that npm would run on a machine that only installs, and nothing it would fetch.
func TestPackageHasNoScriptsAndNoDependencies(t *testing.T) {
	t.Parallel()
	content, err := fs.ReadFile(FS(), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	if err := json.Unmarshal(content, &manifest); err != nil {
		t.Fatal(err)
	}
	for key := range manifest {
		if key == "scripts" || strings.HasSuffix(strings.ToLower(key), "dependencies") {
			t.Errorf("package.json has %q", key)
		}
	}
	// A reference that looks like the product must never be published as it.
	if manifest["private"] != true {
		t.Error("package.json is not private")
	}
}

func TestPackFSRefusesWhatIsNoPackage(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fs.FS{
		"no manifest":    fstest.MapFS{"index.js": {}},
		"not a manifest": fstest.MapFS{"package.json": {Data: []byte("{")}},
	} {
		dir := t.TempDir()
		if tarball, err := PackFS(files, dir); err == nil {
			t.Errorf("%s: packed as %s", name, tarball)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

func headers(t *testing.T, tarball string) []*tar.Header {
	t.Helper()
	file, err := os.Open(tarball)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	compressed, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var found []*tar.Header
	for archived := tar.NewReader(compressed); ; {
		header, err := archived.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, header)
	}
}
