package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

func TestTarballIsThePackageThatItHolds(t *testing.T) {
	t.Parallel()
	path, err := gate.Pack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	found, err := OfTarball(path)
	if err != nil || found.Name != gate.Name || found.Version != gate.Version ||
		len(found.Integrity) != len("sha512-")+88 {
		t.Errorf("%+v, %v", found, err)
	}
}

// tarball writes a tarball of files, by name and text in turn, and returns its path and its bytes.
func tarball(t *testing.T, namesAndTexts ...string) (string, []byte) {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for i := 0; i < len(namesAndTexts); i += 2 {
		text := namesAndTexts[i+1]
		err := archive.WriteHeader(&tar.Header{
			Name: namesAndTexts[i], Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg,
		})
		if _, writeErr := archive.Write([]byte(text)); errors.Join(err, writeErr) != nil {
			t.Fatal(err, writeErr)
		}
	}
	path := filepath.Join(t.TempDir(), "gate.tgz")
	if err := errors.Join(archive.Close(), zipped.Close(), os.WriteFile(path, out.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	return path, out.Bytes()
}

// Npm unpacks a tarball from its beginning to its end, and strips the first part of every path.
func TestTarballIsReadAsNPMUnpacksIt(t *testing.T) {
	t.Parallel()
	for name, files := range map[string][]string{
		"a package.json that is not the first file": {
			"package/a.js", "", "package/package.json", `{"name": "pumuki", "version": "9.1.0"}`,
		},
		"a folder of another name": {"x/package.json", `{"name": "pumuki", "version": "9.1.0"}`},
		"two of them, of which the last one stays": {
			"package/package.json", `{"name": "a", "version": "1.0.0"}`,
			"package/package.json", `{"name": "pumuki", "version": "9.1.0"}`,
		},
		"others further down, which are of no account": {
			"package/package.json", `{"name": "pumuki", "version": "9.1.0"}`,
			"package/a/package.json", `{"name": "a", "version": "1.0.0"}`,
		},
		"a package.json beside the folder, which is not": {
			"package.json", "{", "package/package.json", `{"name": "pumuki", "version": "9.1.0"}`,
		},
	} {
		path, _ := tarball(t, files...)
		if got, err := OfTarball(path); err != nil || got.String() != "pumuki@9.1.0" {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	path, whole := tarball(t, "package/package.json", `{"name": "pumuki", "version": "9.1.0"}`,
		"package/a.js", strings.Repeat("noise", 9999))
	if err := os.WriteFile(path, whole[:len(whole)-20], 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := OfTarball(path); err == nil || !strings.Contains(err.Error(), "it is damaged") {
		t.Errorf("without its end: %s, %v", got, err)
	}
}

func TestPackagesAreTheSameByNameVersionAndTarball(t *testing.T) {
	t.Parallel()
	a := Package{"pumuki", "9.4.0", "sha512-a"}
	for name, c := range map[string]struct {
		b    Package
		same bool
	}{
		"the same":                 {a, true},
		"build metadata":           {Package{"pumuki", "9.4.0+build.5", "sha512-a"}, true},
		"a leading v":              {Package{"pumuki", "v9.4.0", "sha512-a"}, true},
		"a weaker digest beside":   {Package{"pumuki", "9.4.0", "sha1-x sha512-a"}, true},
		"options":                  {Package{"pumuki", "9.4.0", "sha512-a?x"}, true},
		"one of two digests":       {Package{"pumuki", "9.4.0", "sha512-b sha512-a"}, true},
		"another name":             {Package{"other", "9.4.0", "sha512-a"}, false},
		"another version":          {Package{"pumuki", "9.4.1", "sha512-a"}, false},
		"a prerelease":             {Package{"pumuki", "9.4.0-rc.1", "sha512-a"}, false},
		"another tarball":          {Package{"pumuki", "9.4.0", "sha512-b"}, false},
		"another by one algorithm": {Package{"pumuki", "9.4.0", "sha512-b sha1-x"}, false},
		"no algorithm in common":   {Package{"pumuki", "9.4.0", "sha1-a"}, false},
		"no digest":                {Package{"pumuki", "9.4.0", ""}, false},
	} {
		if a.Same(c.b) != c.same || c.b.Same(a) != c.same {
			t.Errorf("%s: %+v is the same as %+v: %v", name, a, c.b, !c.same)
		}
	}
}

func TestRangeIsTheVersionThatNPMWouldChoose(t *testing.T) {
	t.Parallel()
	tags := map[string]string{"latest": "1.2.0", "next": "1.9.0"}
	old, newer := published{Version: "1.2.0", Tags: tags}, published{Version: "1.9.0", Tags: tags}
	newest := published{Version: "1.10.0", Tags: tags}
	with := func(p published, change func(*published)) published {
		change(&p)
		return p
	}
	deprecated := func(p *published) { p.Deprecated = "use another" }
	demanding := func(p *published) { p.Engines = map[string]any{"node": ">=99"} }
	demandingNPM := func(p *published) { p.Engines = map[string]any{"node": ">=18", "npm": ">=99"} }
	for name, c := range map[string]struct {
		fit  []published
		want string
	}{
		"one that runs on this npm": {[]published{newer, with(newest, demandingNPM)}, "1.9.0"},
		"one that is deprecated no more": {
			[]published{newer, with(newest, func(p *published) { p.Deprecated = "" })}, "1.10.0"},
		"one whose engines are a list, of which npm makes nothing": {
			[]published{newer, with(newest, func(p *published) { p.Engines = []any{"node >= 99"} })}, "1.10.0"},
		"latest where it fits":                {[]published{newer, old, newest}, "1.2.0"},
		"the highest where it does not":       {[]published{newest, newer}, "1.10.0"},
		"one that is not deprecated":          {[]published{newer, with(newest, deprecated)}, "1.9.0"},
		"one that runs on this node":          {[]published{newer, with(newest, demanding)}, "1.9.0"},
		"not latest where it is deprecated":   {[]published{with(old, deprecated), newer}, "1.9.0"},
		"one that runs before one that lives": {[]published{with(newer, deprecated), with(newest, demanding)}, "1.9.0"},
		"a deprecated one where there is no other": {
			[]published{with(newer, deprecated), with(newest, deprecated)}, "1.10.0"},
	} {
		if got := choose(c.fit, "latest", engines{"20.1.0", "10.2.0"}); got.Version != c.want {
			t.Errorf("%s: %s, want %s", name, got.Version, c.want)
		}
	}
	if got := choose([]published{old, newer, newest}, "next", engines{}); got.Version != "1.9.0" {
		t.Errorf("that of the project's tag: %s", got.Version)
	}
}

// fakeNPM is an environment in which npm prints a text and ends with an exit code.
func fakeNPM(t *testing.T, says string, exit string) process.Environment {
	t.Helper()
	bin := t.TempDir()
	for name, script := range map[string]string{
		"npm": "#!/bin/sh\nif [ \"$1\" = version ]; then " +
			"echo '{\"node\": \"20.1.0\", \"npm\": \"10.2.0\"}'; exit; fi\n" +
			"echo \"$@\" >" + filepath.Join(bin, "asked") + "\ncat <<'END'\n" + says + "\nEND\nexit " + exit + "\n",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return process.Environment{"PATH=" + bin + ":/usr/bin:/bin"}
}

func TestRegistryTellsWhatASpecStandsFor(t *testing.T) {
	t.Parallel()
	const one = `"name": "pumuki", "version": "9.1.0", "dist.integrity": "sha512-a", "dist.shasum": "00ff"`
	for name, c := range map[string]struct {
		spec, says string
		want       Package
		asked, why string
	}{
		"a bare name": {
			spec: "pumuki", says: `{` + one + `}`, want: Package{"pumuki", "9.1.0", "sha512-a"},
			asked: "pumuki@latest name",
		},
		"a tag": {
			spec: "pumuki@next", says: `{` + one + `}`, want: Package{"pumuki", "9.1.0", "sha512-a"},
			asked: "pumuki@next name",
		},
		"a range": {
			spec: "pumuki@9",
			says: `[{` + one + `}, {"name": "pumuki", "version": "9.2.0", "dist.integrity": "sha512-b"}]`,
			want: Package{"pumuki", "9.2.0", "sha512-b"},
		},
		"an old one": {
			spec: "pumuki", says: `{"name": "pumuki", "version": "9.1.0", "dist.shasum": "00ff"}`,
			want: Package{"pumuki", "9.1.0", "sha1-AP8="},
		},
		"engines as a list": {spec: "pumuki@9",
			says: `[{` + one + `, "engines": ["node >= 99"]}, {"name": "pumuki", "version": "9.0.0",
			"dist.integrity": "sha512-b", "engines": {"npm": ">=11"}}]`, want: Package{"pumuki", "9.1.0", "sha512-a"}},
		"no digest": {
			spec: "pumuki", says: `{"name": "pumuki", "version": "9.1.0"}`, why: "does not say which tarball",
		},
		"another name": {
			spec: "pumuki", says: `{"name": "other", "version": "9.1.0", "dist.integrity": "sha512-a"}`,
			why: "does not say which tarball",
		},
		"no JSON": {spec: "pumuki", says: `hello`, why: "cannot be read"},
		"nothing": {spec: "pumuki", says: ``, why: "no version that pumuki@latest stands for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, err := ParseSpec(c.spec, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			env := fakeNPM(t, c.says, "0")
			got, err := LookUp(t.Context(), env, t.TempDir(), spec, "latest")
			if got != c.want || (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
				t.Errorf("got %+v, %v", got, err)
			}
			bin, _, _ := strings.Cut(env.Get("PATH"), ":")
			if asked, _ := os.ReadFile(filepath.Join(bin, "asked")); !strings.Contains(string(asked), c.asked) {
				t.Errorf("npm was asked %s", asked)
			}
		})
	}
	spec, _ := ParseSpec("pumuki@1.2.3", t.TempDir())
	if got, err := LookUp(t.Context(), fakeNPM(t, "", "1"), t.TempDir(), spec, "latest"); err == nil {
		t.Errorf("npm failed, and yet %+v", got)
	}
}
