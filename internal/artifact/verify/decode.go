package verify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/schemas"
)

// maxDepth bounds how deep artifacts nest. Real ones have seven levels.
const maxDepth = 64

// maxNumber bounds how long a number is. A schema reads numbers exactly, and 1e999999999 has a billion digits.
const maxNumber = 24

// decode reads an artifact into its shape, and returns what is wrong with it as one line each.
func decode(name string, data []byte, shape any) (broken []string) {
	if err := wellFormed(data); err != nil {
		return []string{"is not JSON that a run writes: " + err.Error()}
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return []string{"is not JSON that a run writes: " + err.Error()}
	}
	schema, err := schemas.Compile(strings.TrimSuffix(name, ".json") + ".schema.json")
	if err != nil {
		return []string{err.Error()}
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(document); errors.As(err, &invalid) {
		return orOlder(leaves(*invalid.DetailedOutput()))
	} else if err != nil {
		return []string{err.Error()}
	}
	if err := json.Unmarshal(data, shape); err != nil {
		return []string{"does not have the shape of its schema: " + err.Error()}
	}
	if !laidOut(data) {
		return []string{"is not laid out as a run writes it: two-space indent and one final newline"}
	}
	return nil
}

// laidOut tells whether JSON is indented as the contract asks. Indent keeps the space at the end.
func laidOut(data []byte) bool {
	var indented bytes.Buffer
	err := json.Indent(&indented, data, "", "  ")
	return err == nil && bytes.Equal(indented.Bytes(), data) && bytes.HasSuffix(data, []byte("}\n"))
}

// orOlder adds to what a schema found where all of it may be for one reason: keys are only ever added (CONTRACT §6),
// so an older version of this toolkit wrote fewer.
func orOlder(broken []string) []string {
	for _, each := range broken {
		if !strings.Contains(each, ": missing propert") {
			return broken
		}
	}
	return append(broken, "may be of an older version of this toolkit: call the target that left it again")
}

// leaves says what a schema found, without the steps that led there.
func leaves(unit jsonschema.OutputUnit) (broken []string) {
	if unit.Error != nil {
		broken = append(broken, fmt.Sprintf("at %s: %s", cmp.Or(unit.InstanceLocation, "/"), unit.Error))
	}
	for _, cause := range unit.Errors {
		broken = append(broken, leaves(cause)...)
	}
	return broken
}

// wellFormed refuses what readers disagree about or choke on: text that is not UTF-8, one key twice in an object (which
// of the two counts?), also where only case tells them apart (encoding/json takes either), depth, and endless numbers.
func wellFormed(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("it is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	// open holds an entry for each object and array that is open: the keys seen in the object, nil for an array.
	var open []map[string]bool
	isKey := false
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			if len(open) > maxDepth {
				return fmt.Errorf("it nests deeper than %d levels", maxDepth)
			}
		case string:
			if isKey {
				keys, folded := open[len(open)-1], strings.ToLower(strings.ToUpper(token))
				if keys[folded] {
					return fmt.Errorf("the key %s stands twice in one object", quote(token))
				}
				keys[folded] = true
				isKey = false
				continue
			}
		case json.Number:
			if len(token) > maxNumber || strings.ContainsAny(token.String(), "eE") {
				return fmt.Errorf("no run writes the number %s", quote(token.String()))
			}
		}
		isKey = len(open) > 0 && open[len(open)-1] != nil
	}
}
