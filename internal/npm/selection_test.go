package npm

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

func TestSelectionStandsForVersionsInTheirOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, version := range []string{"6.3.10", "6.3.9", "7.0.0"} {
		path, _ := tarball(t, "package/package.json", `{"name": "pumuki", "version": "`+version+`"}`)
		if err := os.Rename(path, filepath.Join(dir, "pumuki-"+version+".tgz")); err != nil {
			t.Fatal(err)
		}
	}
	var published []Candidate
	for _, version := range []string{"6.3.2", "6.3.10", "6.3.1", "6.4.0-beta.1", "6.4.0", "6.3.9"} {
		c := Candidate{Version: version, Spec: "pumuki@" + version, Published: time.Unix(1, 0)}
		published = append(published, c)
	}
	for selection, want := range map[string]string{
		">=6.3.2 <6.3.11":                "pumuki@6.3.2 pumuki@6.3.9 pumuki@6.3.10",
		"~6.3.2":                         "pumuki@6.3.2 pumuki@6.3.9 pumuki@6.3.10",
		"6.3.1 || 6.4.x":                 "pumuki@6.3.1 pumuki@6.4.0",
		"6.3.2..6.3.9":                   "pumuki@6.3.2 pumuki@6.3.9",
		"6.3.10..6.4.0":                  "pumuki@6.3.10 pumuki@6.4.0-beta.1 pumuki@6.4.0",
		"6.3.10, 6.3.1,6.3.10":           "pumuki@6.3.1 pumuki@6.3.10",
		"./*.tgz":                        "pumuki-6.3.9.tgz pumuki-6.3.10.tgz pumuki-7.0.0.tgz",
		"6.3.9..6.4.0,./pumuki-6.3*.tgz": "pumuki-6.3.9.tgz pumuki-6.3.10.tgz pumuki@6.4.0-beta.1 pumuki@6.4.0",
	} {
		s, err := ParseSelection(selection, "pumuki", dir)
		if err != nil {
			t.Errorf("%s: %v", selection, err)
			continue
		}
		chosen, err := s.Candidates(published)
		if err != nil {
			t.Errorf("%s: %v", selection, err)
		}
		var got []string
		for _, c := range chosen {
			got = append(got, strings.TrimPrefix(c.Spec, dir+string(filepath.Separator)))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", selection, diff)
		}
		if files := selection == "./*.tgz"; s.AsksRegistry() == files {
			t.Errorf("%s: that the registry is asked is %t", selection, s.AsksRegistry())
		}
	}
}

func TestSelectionThatStandsForNothingSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.tgz", "b.tgz"} {
		path, _ := tarball(t, "package/package.json", `{"name": "pumuki", "version": "1.0.0"}`)
		if err := os.Rename(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for selection, want := range map[string]string{
		"":             "has an empty part",
		"1.0.0,,2.0.0": "has an empty part",
		"2.0.0..1.0.0": "is no interval from one version to a later one",
		"1.0..2.0":     "is no interval",
		"newest":       "is neither a range nor an interval, a version or a path",
		"./nothing*":   "names no tarball: nothing is there",
		"./*.tgz":      "are both 1.0.0: name one of them",
		"3.0.0":        "the registry has never had pumuki@3.0.0",
		">=9":          "no version is in the selection",
		".":            "no such file or directory",
		"../[":         "syntax error in pattern",
	} {
		s, err := ParseSelection(selection, "pumuki", dir)
		if err == nil {
			_, err = s.Candidates([]Candidate{{Version: "1.0.0", Spec: "pumuki@1.0.0"}})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, and it should say %q", selection, err, want)
		}
	}
}

// What real npm says of a registry in which one version is deprecated, one no longer so, and one was unpublished.
func TestRegistryTellsWhatWasDeprecatedAndUnpublished(t *testing.T) {
	t.Parallel()
	const packument = `{"name": "pumuki", "dist-tags": {"latest": "1.2.0"},
		"time": {"created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-09T00:00:00.000Z",
			"1.0.0": "2026-01-01T00:00:00.000Z", "1.1.0": "2026-01-02T00:00:00.000Z",
			"1.2.0": "2026-01-03T00:00:00.000Z", "1.3.0-beta.1": "2026-01-04T00:00:00.000Z"},
		"versions": {
			"1.0.0": {"name": "pumuki", "version": "1.0.0", "deprecated": "it lets all through",
				"dist": {"integrity": "sha512-AAAA", "shasum": "00"}},
			"1.2.0": {"name": "pumuki", "version": "1.2.0", "deprecated": "", "dist": {"shasum": "ff"}},
			"1.3.0-beta.1": {"name": "pumuki", "version": "1.3.0-beta.1", "dist": {}}}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(packument))
	}))
	t.Cleanup(server.Close)
	env := process.Environment(os.Environ()).With("npm_config_registry", server.URL, "npm_config_cache", t.TempDir())
	published, err := Published(t.Context(), env, t.TempDir(), "pumuki")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(published, func(a, b Candidate) int { return CompareVersions(a.Version, b.Version) })
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	want := []Candidate{
		{Version: "1.0.0", Spec: "pumuki@1.0.0", Published: day(1), Deprecated: "it lets all through",
			Integrity: "sha512-AAAA"},
		{Version: "1.1.0", Spec: "pumuki@1.1.0", Published: day(2), Gone: true},
		{Version: "1.2.0", Spec: "pumuki@1.2.0", Published: day(3), Integrity: "sha1-/w=="},
		{Version: "1.3.0-beta.1", Spec: "pumuki@1.3.0-beta.1", Published: day(4)},
	}
	if diff := cmp.Diff(want, published); diff != "" {
		t.Error(diff)
	}
	for version, want := range map[string]string{"1.2.0": "1.0.0", "1.3.0-beta.1": "1.2.0", "2.0.0": "1.2.0"} {
		if got, err := Before(t.Context(), env, t.TempDir(), "pumuki", version); err != nil || got != want {
			t.Errorf("before %s comes %s: %v", version, got, err)
		}
	}
	if _, err := Before(t.Context(), env, t.TempDir(), "pumuki", "1.0.0"); err == nil {
		t.Error("there is a version before the first")
	}
}
