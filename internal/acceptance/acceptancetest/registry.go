//go:build linux

package acceptancetest

import (
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm/npmtest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// registry is an npm registry on the loopback. Each script has one of its own below its name, so that what it asked
// for can be told.
type registry struct {
	server *httptest.Server
	// down is the address of a registry that does not answer.
	down string
	// has is what each registry has, but for what a script has changed in its own.
	has npmtest.Registry

	mu     sync.Mutex
	seen   map[string][]string
	tokens map[string]string
	lags   map[string]bool
	latest map[string]string
}

// newRegistry publishes what was packed in a directory. The gate has 9.0.0; 9.1.0 (latest); 9.2.0 (next), which lets
// violations through; 9.3.0 (unfaithful), whose tarball says that it is 9.0.0; and 9.4.0 (telltale).
func newRegistry(gates string) (*registry, error) {
	r := &registry{
		seen: map[string][]string{}, tokens: map[string]string{}, lags: map[string]bool{}, latest: map[string]string{},
	}
	r.has = npmtest.Registry{
		"pumuki": {
			Tags:     map[string]string{"latest": "9.1.0", "next": "9.2.0", "unfaithful": "9.3.0", "telltale": "9.4.0"},
			Releases: map[string]npmtest.Release{},
		},
		npmtest.OpenSpec: {
			Tags:     map[string]string{"latest": suite.OpenSpecVersion},
			Releases: map[string]npmtest.Release{},
		},
	}
	for _, each := range []struct{ name, version, packed string }{
		{"pumuki", "9.0.0", "9.0.0"}, {"pumuki", "9.1.0", "9.1.0"}, {"pumuki", "9.2.0", "9.2.0"},
		{"pumuki", "9.3.0", "9.0.0"},
		{"pumuki", "9.4.0", "9.4.0"},
		{npmtest.OpenSpec, suite.OpenSpecVersion, suite.OpenSpecVersion},
	} {
		published, err := npmtest.Packed(gates, each.name+"-"+each.packed)
		if err != nil {
			return nil, err
		}
		r.has[each.name].Releases[each.version] = published
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
	has := maps.Clone(r.has)
	if lags {
		old := map[string]npmtest.Release{"0.0.1": has[npmtest.OpenSpec].Releases[suite.OpenSpecVersion]}
		has[npmtest.OpenSpec] = npmtest.Package{Releases: old, Tags: has[npmtest.OpenSpec].Tags}
	}
	if latest != "" {
		tags := maps.Clone(has["pumuki"].Tags)
		tags["latest"] = latest
		has["pumuki"] = npmtest.Package{Releases: has["pumuki"].Releases, Tags: tags}
	}
	has.Answer(w, r.url(scope), rest)
}
