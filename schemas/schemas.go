// Package schemas holds the JSON Schemas (draft 2020-12) of what a run leaves in artifacts/. They are public: anyone
// may validate with them, and the project's own verifier does.
package schemas

import "embed"

// FS holds the schemas. That of artifacts/NAME.json is NAME.schema.json.
//
//go:embed *.schema.json
var FS embed.FS
