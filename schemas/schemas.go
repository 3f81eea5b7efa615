// Package schemas holds the JSON Schemas (draft 2020-12) of what a run leaves in artifacts/, and of the suite that it
// reads. They are public: anyone may validate with them, and the project's own readers do.
package schemas

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FS holds the schemas. That of artifacts/NAME.json is NAME.schema.json, and that of scenarios/suite.yaml
// suite.schema.json.
//
//go:embed *.schema.json
var FS embed.FS

// Compile returns the schema in a file of FS.
func Compile(file string) (*jsonschema.Schema, error) {
	data, err := FS.ReadFile(file)
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	// The name is absolute: a relative one would be resolved against the current directory, which may have any name.
	url := "schema:///" + file
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(url, document); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return compiler.Compile(url)
}
