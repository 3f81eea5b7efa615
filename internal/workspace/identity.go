package workspace

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"os"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// identity is what a spec stands for now: the one package that npm would install for it.
type identity struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Integrity is the digest of its tarball, as npm writes it.
	Integrity string `json:"dist.integrity"`
}

// Kept is what earlier runs kept of the gate that a spec stands for now. Finding that out takes a moment, in which the
// run does something else.
type Kept struct {
	cache *kept.Cache
	stop  context.CancelFunc
	ended chan struct{}

	// gate is what the spec stands for; known tells whether that could be found out.
	gate  identity
	known bool
	// program is the digest of this program: another build may prepare another consumer.
	program string
}

// LookUp begins to find out what a spec stands for. Stop ends it.
func (w *Workspace) LookUp(ctx context.Context, cache *kept.Cache, spec Spec, host []string) *Kept {
	k := &Kept{cache: cache, ended: make(chan struct{})}
	ctx, k.stop = context.WithCancel(ctx)
	env, err := newEnvironments(w, Options{Spec: spec, Host: host})
	go func() {
		defer close(k.ended)
		if err == nil {
			k.gate, k.known = env.identify(ctx, spec, w.Dir)
		}
		k.program = digestProgram()
	}()
	return k
}

// Stop waits for what is under way, which it ends. It comes before the work directory is removed.
func (k *Kept) Stop() {
	k.stop()
	<-k.ended
}

// digestProgram returns the SHA-256 of this program, or nothing where it cannot be read.
func digestProgram() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return digestFile(path)
}

// identify returns what the spec stands for now. It is false where that cannot be told before the install: a range
// that several versions fit, a registry that does not answer. The install then tells.
func (e environments) identify(ctx context.Context, spec Spec, dir string) (found identity, known bool) {
	switch spec.Form {
	case Tarball:
		integrity, err := integrityOf(spec.Path)
		return identity{spec.Name, spec.Version, integrity}, err == nil
	case Registry:
		ctx, cancel := context.WithTimeout(ctx, answerTime)
		defer cancel()
		out, err := process.Command{
			Path: "npm", Args: []string{"view", "--json", "--", spec.Given, "name", "version", "dist.integrity"}, Dir: dir, Env: e.npm,
		}.Output(ctx)
		if err != nil || json.Unmarshal(out, &found) != nil {
			return identity{}, false
		}
		return found, found.Name == spec.Name && found.Version != "" && found.Integrity != ""
	}
	return identity{}, false
}

// answerTime is what a registry has to tell what a spec stands for. One that takes longer is slower than the install.
const answerTime = 15 * time.Second

// integrityOf returns the digest of a file as npm writes it.
func integrityOf(path string) (string, error) {
	sum, err := sumFile(path, sha512.New())
	return "sha512-" + base64.StdEncoding.EncodeToString(sum), err
}

// digestFile returns the SHA-256 of a file in hexadecimal, as it lies on disk; empty where it cannot be read.
func digestFile(path string) string {
	sum, err := sumFile(path, sha256.New())
	if err != nil {
		return ""
	}
	return hex.EncodeToString(sum)
}

// sumFile returns the sum of a file by a fresh hash.
func sumFile(path string, by hash.Hash) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	_, err = io.Copy(by, file)
	return by.Sum(nil), err
}
