package schemas_test

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/schemas"
)

func TestEverySchemaCompilesOnce(t *testing.T) {
	t.Parallel()
	files, err := schemas.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(file.Name(), func(t *testing.T) {
			t.Parallel() // whoever asks first, and whatever another one referred to before
			schema, err := schemas.Compile(file.Name())
			if err != nil {
				t.Fatal(err)
			}
			if again, err := schemas.Compile(file.Name()); again != schema || err != nil {
				t.Errorf("it was compiled again: %v", err)
			}
		})
	}
}

func TestNothingButTheSchemasIsRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"none.schema.json", "schemas.go", "../go.mod", ""} {
		if schema, err := schemas.Compile(name); err == nil {
			t.Errorf("%q: compiled %s", name, schema.Location)
		}
	}
}
