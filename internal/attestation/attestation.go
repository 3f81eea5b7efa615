// Package attestation renders the last run as an in-toto statement with the test-result predicate: that the tarball of
// the gate, by its digest, passed the matrix. Whoever trusts the run can sign it and put it beside a release.
//
// Its rules:
//   - Only a PASS is attested. A part of the matrix is not the matrix.
//   - The subject is the tarball by the one digest that npm verified: consumers match a subject by any digest that it
//     has.
//   - Where a digest is missing there is no attestation.
//   - The same run gives the same bytes.
//
// The shapes are those of https://github.com/in-toto/attestation: spec/v1, and spec/predicates/test-result.md.
package attestation

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// ErrNone is the error of Render where a run has no attestation. The error that wraps it says why.
var ErrNone = errors.New("there is no attestation of this run")

// The types of what is written.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://in-toto.io/attestation/test-result/v0.1"
)

// statement is an in-toto Statement v1.
type statement struct {
	Type          string     `json:"_type"`
	Subject       []resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     testResult `json:"predicate"`
}

// testResult is a test-result predicate v0.1.
type testResult struct {
	Result        string     `json:"result"`
	Configuration []resource `json:"configuration"`
	Passed        []string   `json:"passedTests"`
	Warned        []string   `json:"warnedTests"`
	Failed        []string   `json:"failedTests"`
}

// resource is a ResourceDescriptor: something by its digests, in lower-case hexadecimal, by their algorithms.
type resource struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest"`
	Annotations *annotations      `json:"annotations,omitempty"`
}

// annotations are ours, under a name that nobody else uses.
type annotations struct {
	Matrix about `json:"pumuki_matrix"`
}

// about tells which run it was, and with which tools.
type about struct {
	RunID       string `json:"run_id"`
	PackageSpec string `json:"package_spec"`
	Git         string `json:"git,omitempty"`
	Node        string `json:"node,omitempty"`
	NPM         string `json:"npm,omitempty"`
}

// Render returns the statement of a run that passed. Where there is nothing to attest the error is ErrNone, and says
// why in words for a person.
func Render(run *verdict.Run) ([]byte, error) {
	switch {
	case run.Verdict == verdict.Partial:
		return nil, none("it left scenarios out, and only the whole matrix is attested")
	case run.Verdict != verdict.Pass:
		return nil, none("it failed, and only a run that passed is attested")
	}
	algorithm, digest, err := verified(string(run.PackageIntegrity))
	if err != nil {
		return nil, err
	}
	source := resource{Name: "source", Digest: map[string]string{"gitCommit": string(run.SourceCommit)}}
	tools := run.Tools
	contract := resource{
		Name: "contract", Digest: map[string]string{"sha256": string(run.ContractSHA256)},
		Annotations: &annotations{about{
			RunID: run.RunID, PackageSpec: short(run.PackageSpec),
			Git: short(string(tools.Git)), Node: short(string(tools.Node)), NPM: short(string(tools.NPM)),
		}},
	}
	result := testResult{
		Result: "PASSED", Configuration: []resource{source, contract}, Warned: []string{}, Failed: []string{},
	}
	for _, c := range run.Cells() {
		if c.State != verdict.Met {
			return nil, none("%s at %s did not meet the contract: %s", c.Scenario.Name, c.Stage.Name, c.Why)
		}
		if !logDigest.MatchString(c.Log) {
			return nil, none("its record holds no digest of the log of %s at %s", c.Scenario.Name, c.Stage.Name)
		}
		result.Passed = append(result.Passed, c.Scenario.Name+"/"+c.Stage.Name)
		result.Configuration = append(result.Configuration, resource{
			Name: c.Stage.Step.LogName(c.Scenario.Name), Digest: map[string]string{"sha256": c.Log},
		})
	}
	return encode(statement{
		Type:          statementType,
		Subject:       []resource{{Name: packageURL(run.Facts), Digest: map[string]string{algorithm: digest}}},
		PredicateType: predicateType,
		Predicate:     result,
	})
}

// none is ErrNone with the reason.
func none(reason string, values ...any) error {
	return fmt.Errorf("%w: "+reason, append([]any{ErrNone}, values...)...)
}

var logDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// strong are the accepted algorithms, in the order in which npm prefers them, with the length of a digest in bytes.
var strong = []struct {
	name   string
	length int
}{{"sha512", 64}, {"sha384", 48}, {"sha256", 32}}

// verified returns the digest that npm verified, in hexadecimal. Integrity is a list in the form of Subresource
// Integrity. npm checks a tarball by the strongest algorithm in it alone, so the others prove nothing.
func verified(integrity string) (algorithm, digest string, err error) {
	for _, s := range strong {
		for entry := range strings.FieldsSeq(integrity) {
			encoded, found := strings.CutPrefix(entry, s.name+"-")
			if !found {
				continue
			}
			encoded, _, _ = strings.Cut(encoded, "?") // options, which nobody has defined yet
			sum, err := base64.StdEncoding.Strict().DecodeString(encoded)
			if err != nil || len(sum) != s.length {
				return "", "", none("npm's digest of the gate's tarball is no %s: %.120q", s.name, entry)
			}
			if told := hex.EncodeToString(sum); digest == "" {
				algorithm, digest = s.name, told
			} else if digest != told {
				return "", "", none("npm was given two digests of the tarball, and takes either: %.240q", integrity)
			}
		}
		if digest != "" {
			return algorithm, digest, nil
		}
	}
	if strings.TrimSpace(integrity) == "" {
		return "", "", none("npm told no digest of the gate's tarball")
	}
	return "", "", none("npm told no digest of the gate's tarball that is strong enough: %.120q", integrity)
}

// packageURL names the package that npm installed, as npm names it in the provenance of a release.
func packageURL(run verdict.Facts) string {
	escape := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	name := strings.ReplaceAll(escape(string(run.PackageName)), "%2F", "/")
	return "pkg:npm/" + name + "@" + escape(string(run.PackageVersion))
}

// short is foreign text within bounds. What is cut or no UTF-8 is marked.
func short(text string) string {
	const most = 500
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// encode writes a statement as artifacts are written: two-space indent, a final newline, & as &.
func encode(s statement) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(s)
	return text.Bytes(), err
}
