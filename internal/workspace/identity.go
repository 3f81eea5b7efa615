package workspace

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"io"
	"os"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// identity is what a spec stands for now: the one package that npm would install for it.
type identity struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Integrity is the digest of its tarball, as npm writes it.
	Integrity string `json:"dist.integrity"`
}

// identify returns what the spec stands for now. It is false where that cannot be told before the install: a range
// that several versions fit, a registry that does not answer. The install then tells.
func (e environments) identify(ctx context.Context, spec Spec, dir string) (found identity, known bool) {
	switch spec.Form {
	case Tarball:
		integrity, err := digestFile(spec.Path)
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

// digestFile returns the digest of a file as npm writes it.
func digestFile(path string) (string, error) {
	sum, err := sumFile(path, sha512.New())
	return "sha512-" + base64.StdEncoding.EncodeToString(sum), err
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

// isInstalled tells whether npm installed what was identified before: the registry may have moved a tag since.
func (i identity) isInstalled(installed Package) bool {
	return installed.Version == i.Version && installed.Integrity == i.Integrity
}
