// Package schemas holds the JSON Schemas (draft 2020-12) of what a run or a comparison leaves in artifacts/, and of the
// suite that it reads. They are public: anyone may validate with them, and the project's own readers do.
package schemas

import (
	"embed"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FS holds the schemas. That of artifacts/NAME.json is NAME.schema.json, and that of scenarios/suite.yaml
// suite.schema.json.
//
//go:embed *.schema.json
var FS embed.FS

// home begins the identity of each schema. Nothing is ever fetched from there.
const home = "https://github.com/SwiftEnProfundidad/pumuki-mock-consumer/schemas/"

// compiler keeps what it has compiled. One call at a time may use it.
var (
	compiler = newCompiler()
	inUse    sync.Mutex
)

func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.UseLoader(loader{})
	return c
}

// Compile returns the schema in a file of FS, which may refer to others. It compiles these and no more, each once in a
// process: compiling one takes longer than validating with it.
func Compile(file string) (*jsonschema.Schema, error) {
	inUse.Lock()
	defer inUse.Unlock()
	return compiler.Compile(home + file)
}

// loader gives a compiler the schemas of FS, and nothing else.
type loader struct{}

// Load implements jsonschema.URLLoader.
func (loader) Load(url string) (any, error) {
	file, err := FS.Open(strings.TrimPrefix(url, home))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return jsonschema.UnmarshalJSON(file)
}
