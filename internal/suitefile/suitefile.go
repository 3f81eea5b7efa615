// Package suitefile reads the suite of a source repository, scenarios/suite.yaml. What is wrong with the file is said
// with its line and its column.
package suitefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/schemas"
)

// File is where the file lies in the source repository, with slashes.
const File = suite.Folder + "/suite.yaml"

// maxBytes bounds the file, and maxTold how many of its mistakes are named.
const (
	maxBytes = 64 << 10
	maxTold  = 10
)

// reserved are the names that a run uses itself: for a phase, and for what lies beside the consumers in a work
// directory.
var reserved = []string{
	suite.Preflight, "bin", "gate", "global-npmrc", "home", "logs", "npm-cache", "npmrc", "room", "tmp",
}

// Read reads the suite of the source repository at root, and what the gate must find in its scenarios. A repository
// that has no file has the default suite, and is held to exits alone. Each line of the error is one mistake, after its
// place: scenarios/suite.yaml:7:13.
func Read(root string) (suite.Suite, suite.Findings, error) {
	data, err := foreign.Read(filepath.Join(root, filepath.FromSlash(File)), maxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return suite.Default(), nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read %s: %w", File, err)
	}
	return Parse(data, func(s suite.Scenario) (files []string) {
		folder := os.DirFS(filepath.Join(root, filepath.FromSlash(s.Folder())))
		_ = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files = append(files, name)
			}
			return nil
		})
		return files
	})
}

// content is what a suite holds, once it meets its schema.
type content struct {
	Families  []family   `yaml:"families"`
	Scenarios []scenario `yaml:"scenarios"`
}

type family struct {
	Rules      []string `yaml:"rules"`
	FirstUntil string   `yaml:"first-until"`
}

type scenario struct {
	Name             string         `yaml:"name"`
	Exits            map[string]any `yaml:",inline"`
	Defects, Allowed []defect
}

type defect struct {
	In    string   `yaml:"in"`
	Is    string   `yaml:"is"`
	Rule  string   `yaml:"rule"`
	Since string   `yaml:"since"`
	Until string   `yaml:"until"`
	NotAt []string `yaml:"not-at"`
}

// document is a suite in YAML.
type document struct {
	root   ast.Node
	broken []error
}

// Parse reads a suite, and what the gate must find in its scenarios. Files returns those of a scenario, by paths within
// its folder with slashes; none where there is no such folder.
func Parse(data []byte, files func(suite.Scenario) []string) (suite.Suite, suite.Findings, error) {
	d, held, err := read(data)
	if err != nil {
		return nil, nil, err
	}
	var table suite.Suite
	findings := suite.Findings{}
	for i, each := range held.Scenarios {
		s := suite.Scenario{Name: each.Name}
		for at, stage := range suite.Stages() {
			exit, _ := each.Exits[stage.Name].(uint64) // the schema knows no other number
			s.Expected[at] = int(exit)
		}
		at, planted := []string{"scenarios", strconv.Itoa(i)}, suite.Planted{Files: files(s)}
		switch _, twin := table.Named(s.Name); {
		case twin >= 0:
			d.wrong(append(at, "name"), "%q is the name of another scenario", s.Name)
		case slices.Contains(reserved, s.Name):
			d.wrong(append(at, "name"), "a run has a use of its own for the name %q: choose another", s.Name)
		case planted.Files == nil:
			d.wrong(append(at, "name"), "there is no file in a folder %s", s.Folder())
		}
		table = append(table, s)
		if each.Defects == nil {
			continue
		}
		planted.Defects = d.defects(held, each.Defects, planted.Files, append(at, "defects"))
		planted.Allowed = d.defects(held, each.Allowed, planted.Files, append(at, "allowed"))
		findings[s.Name] = planted
	}
	if err := d.err(); err != nil {
		return nil, nil, err
	}
	return table, findings, nil
}

// defects are those of a list, which is at a location of the document.
func (d *document) defects(held content, list []defect, files, location []string) (planted []suite.Defect) {
	for i, each := range list {
		if !slices.Contains(files, each.In) {
			d.wrong(append(location, strconv.Itoa(i), "in"), "the scenario has no file %s", each.In)
		}
		of := family{Rules: []string{each.Rule}}
		for _, other := range held.Families {
			if slices.Contains(other.Rules, each.Rule) {
				of = other
			}
		}
		planted = append(planted, suite.Defect{
			File: each.In, Is: each.Is, Rules: of.Rules, FirstUntil: of.FirstUntil,
			Since: each.Since, Until: each.Until, NotAt: each.NotAt,
		})
	}
	return planted
}

// read reads a document that meets the schema.
func read(data []byte) (d *document, held content, err error) {
	d = &document{}
	if !utf8.Valid(data) {
		return nil, held, fmt.Errorf("%s: it is not UTF-8", File)
	}
	file, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\ufeff")), 0)
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax):
		at := syntax.GetToken().Position
		d.say(at.Line, at.Column, "%s", syntax.GetMessage())
		return nil, held, d.err()
	case err != nil:
		return nil, held, fmt.Errorf("%s: %w", File, err)
	case len(file.Docs) != 1 || file.Docs[0].Body == nil:
		return nil, held, fmt.Errorf("%s: it must hold one document, with the key scenarios", File)
	}
	d.root = file.Docs[0].Body
	if ast.Walk(d, d.root); d.broken == nil {
		d.validate()
	}
	if d.broken != nil {
		return nil, held, d.err()
	}
	return d, held, yaml.NodeToValue(d.root, &held)
}

// Visit implements ast.Visitor: it says where the document holds what a suite has no use for. Anchors and aliases make
// a small file a large value, and a tag makes a value another than it looks.
func (d *document) Visit(node ast.Node) ast.Visitor {
	switch node.Type() {
	case ast.MappingType, ast.MappingValueType, ast.SequenceType, ast.StringType, ast.LiteralType, ast.IntegerType:
		return d
	}
	at := node.GetToken().Position
	d.say(at.Line, at.Column, "a suite holds mappings, lists, text and whole numbers, and this is none: %s",
		node.Type())
	return nil
}

// validate holds the document against its schema.
func (d *document) validate() {
	var value any
	err := yaml.NodeToValue(d.root, &value)
	if err == nil {
		var schema *jsonschema.Schema
		if schema, err = schemas.Compile("suite.schema.json"); err == nil {
			err = schema.Validate(value)
		}
	}
	if invalid := (*jsonschema.ValidationError)(nil); errors.As(err, &invalid) {
		d.invalid(invalid)
	} else if err != nil {
		d.broken = append(d.broken, err)
	}
}

var english = message.NewPrinter(language.English)

// invalid says what a schema found, without the steps that led there.
func (d *document) invalid(e *jsonschema.ValidationError) {
	for _, cause := range e.Causes {
		d.invalid(cause)
	}
	location := slices.Clone(e.InstanceLocation)
	if more, found := e.ErrorKind.(*kind.AdditionalProperties); found {
		location = append(location, more.Properties[0])
	}
	if e.Causes == nil {
		d.wrong(location, "%s", e.ErrorKind.LocalizedString(english))
	}
}

// wrong says what is wrong at a location of the document.
func (d *document) wrong(location []string, format string, args ...any) {
	at := place(d.root, location)
	d.say(at.Line, at.Column, format, args...)
}

// place is where a location of a node is: that of the text or the number there, or else of its key.
func place(node ast.Node, location []string) *token.Position {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, each := range n.Values {
			key := each.Key.GetToken()
			if len(location) == 0 {
				return key.Position // its first
			}
			if key.Value != location[0] {
				continue
			}
			if _, scalar := each.Value.(ast.ScalarNode); !scalar && len(location) == 1 {
				return key.Position
			}
			return place(each.Value, location[1:])
		}
	case *ast.SequenceNode:
		if len(location) > 0 {
			i, _ := strconv.Atoi(location[0])
			return place(n.Values[i], location[1:])
		}
	}
	return node.GetToken().Position
}

// say adds what is wrong at a line and a column.
func (d *document) say(line, column int, format string, args ...any) {
	text := plain.Line(fmt.Sprintf(format, args...), 200)
	d.broken = append(d.broken, fmt.Errorf("%s:%d:%d: %s", File, line, column, text))
}

// err is what is wrong, or nil.
func (d *document) err() error {
	if more := len(d.broken) - maxTold; more > 0 {
		return errors.Join(append(slices.Clip(d.broken[:maxTold]), fmt.Errorf("and %d more", more))...)
	}
	return errors.Join(d.broken...)
}
