// Package schemas holds the JSON Schemas (draft 2020-12) of what a run or a comparison leaves in artifacts/, and of the
// suite that it reads. They are public: anyone may validate with them, and the project's own readers do.
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

// home begins the identity of each schema. Nothing is ever fetched from there.
const home = "https://github.com/SwiftEnProfundidad/pumuki-mock-consumer/schemas/"

// Compile returns the schema in a file of FS, which may refer to the others.
func Compile(file string) (*jsonschema.Schema, error) {
	all, err := FS.ReadDir(".")
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	for _, each := range all {
		data, err := FS.ReadFile(each.Name())
		if err != nil {
			return nil, err
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err == nil {
			err = compiler.AddResource(home+each.Name(), document)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", each.Name(), err)
		}
	}
	return compiler.Compile(home + file)
}
