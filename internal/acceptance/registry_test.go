//go:build linux

package acceptance

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// registry is an npm registry on the loopback. Each script has one of its own below its name, so that what it asked
// for can be told.
type registry struct {
	server *httptest.Server
	// down is the address of a registry that does not answer.
	down string
	// packages are the releases of a package, by version.
	packages map[string]map[string]release
	tags     map[string]map[string]string

	mu     sync.Mutex
	seen   map[string][]string
	tokens map[string]string
	lags   map[string]bool
	latest map[string]string
}

// released2026 is when every release was made.
const released2026 = "2026-01-01T00:00:00.000Z"

// release is a tarball, and what package.json in it says.
type release struct{ tarball, manifest []byte }

func readRelease(path string) (release, error) {
	tarball, err := os.ReadFile(path + ".tgz")
	manifest, err2 := os.ReadFile(path + ".json")
	return release{tarball, manifest}, errors.Join(err, err2)
}

// newRegistry publishes the gates in a folder: 9.0.0, 9.1.0 (latest), 9.2.0 (next), which lets violations through,
// 9.3.0 (unfaithful), whose tarball says that it is 9.0.0, and 9.4.0 (telltale).
func newRegistry(gates string) (*registry, error) {
	r := &registry{
		seen: map[string][]string{}, tokens: map[string]string{}, lags: map[string]bool{},
		latest: map[string]string{}, packages: map[string]map[string]release{},
	}
	r.tags = map[string]map[string]string{
		"pumuki": {"latest": "9.1.0", "next": "9.2.0", "unfaithful": "9.3.0", "telltale": "9.4.0"},
		openSpec: {"latest": suite.OpenSpecVersion},
	}
	for _, each := range []struct{ name, version, packed string }{
		{"pumuki", "9.0.0", "9.0.0"}, {"pumuki", "9.1.0", "9.1.0"}, {"pumuki", "9.2.0", "9.2.0"},
		{"pumuki", "9.3.0", "9.0.0"},
		{"pumuki", "9.4.0", "9.4.0"},
		{openSpec, suite.OpenSpecVersion, suite.OpenSpecVersion},
	} {
		published, err := readRelease(filepath.Join(gates, filepath.FromSlash(each.name)+"-"+each.packed))
		if err != nil {
			return nil, err
		}
		if r.packages[each.name] == nil {
			r.packages[each.name] = map[string]release{}
		}
		r.packages[each.name][each.version] = published
	}

	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r.down = "http://" + closed.Addr().String() + "/"
	_ = closed.Close()
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	return r, nil
}

func (r *registry) close() { r.server.Close() }

func (r *registry) url(scope string) string { return r.server.URL + "/" + scope + "/" }

func (r *registry) asked(scope string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen[scope])
}

// demand makes a registry ask for a token.
func (r *registry) demand(scope, token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tokens[scope] = token
}

// lag makes a registry not know yet, or know again, what OpenSpec has released since its first version.
func (r *registry) lag(scope string, lags bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lags[scope] = lags
}

// release makes a version of the gate the latest release in a registry.
func (r *registry) release(scope, version string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.latest[scope] = version
}

func (r *registry) serve(w http.ResponseWriter, request *http.Request) {
	scope, rest, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, "/"), "/")
	r.mu.Lock()
	r.seen[scope] = append(r.seen[scope], request.Method+" /"+rest)
	token, lags, latest := r.tokens[scope], r.lags[scope], r.latest[scope]
	r.mu.Unlock()
	if token != "" && request.Header.Get("Authorization") != "Bearer "+token {
		http.Error(w, `{"error": "unauthorized"}`, http.StatusUnauthorized)
		return
	}
	if name, file, found := strings.Cut(rest, "/-/"); found {
		version := strings.TrimSuffix(strings.TrimPrefix(file, path.Base(name)+"-"), ".tgz")
		if released, known := r.packages[name][version]; known {
			_, _ = w.Write(released.tarball)
			return
		}
	}
	if versions, known := r.packages[rest]; known {
		if lags && rest == openSpec {
			versions = map[string]release{"0.0.1": versions[suite.OpenSpecVersion]}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(r.packument(r.url(scope), rest, latest, versions))
		return
	}
	http.Error(w, `{"error": "not_found"}`, http.StatusNotFound)
}

// packument is what a registry says of a package. Latest is its latest release; empty means the usual one.
func (r *registry) packument(base, name, latest string, versions map[string]release) any {
	told, times := map[string]any{}, map[string]string{}
	for version, released := range versions {
		tarball, manifest := released.tarball, map[string]any{}
		_ = json.Unmarshal(released.manifest, &manifest)
		manifest["version"] = version
		short := sha1.Sum(tarball)
		manifest["dist"] = map[string]any{
			"tarball":   base + (&url.URL{Path: name}).EscapedPath() + "/-/" + path.Base(name) + "-" + version + ".tgz",
			"shasum":    hex.EncodeToString(short[:]),
			"integrity": integrity(tarball),
		}
		told[version], times[version] = manifest, released2026
	}
	tags := maps.Clone(r.tags[name])
	if latest != "" && name == "pumuki" {
		tags["latest"] = latest
	}
	return map[string]any{"_id": name, "name": name, "dist-tags": tags, "versions": told, "time": times}
}

// integrity is the digest of a tarball as npm writes it.
func integrity(tarball []byte) string {
	sum := sha512.Sum512(tarball)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}
