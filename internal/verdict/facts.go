package verdict

import "github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"

// Facts are what every artifact says of the run that wrote it: the gate, what it was held against, and the tools.
type Facts struct {
	SchemaVersion  int    `json:"schema_version"`
	RunID          string `json:"run_id"`
	GeneratedAt    string `json:"generated_at_utc"`
	PackageSpec    string `json:"package_spec"`
	PackageName    Text   `json:"package_name"`
	PackageVersion Text   `json:"package_version"`
	// PackageIntegrity is the digest of the gate's tarball that npm verified, as npm writes it.
	PackageIntegrity Text  `json:"package_integrity"`
	SourceCommit     Text  `json:"source_commit"`
	ContractSHA256   Text  `json:"contract_sha256"`
	Tools            Tools `json:"tools"`
	// Suite is the scenarios of the source repository, those that were left out too; none where it was not read.
	Suite suite.Suite `json:"suite"`
}

// Tools are the versions of the tools that a run was made with.
type Tools struct {
	Git  Text `json:"git"`
	Node Text `json:"node"`
	NPM  Text `json:"npm"`
}

// Text is a string that may not apply: empty here, null in JSON.
type Text = suite.Text
