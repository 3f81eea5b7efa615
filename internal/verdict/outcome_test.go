package verdict_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Whatever text an outcome has comes from the gate: none of them is written as it came (TRUST §5).
func TestSettledTakesSecretsOutOfEveryText(t *testing.T) {
	t.Parallel()
	var o verdict.Outcome
	texts := 0
	var fill func(reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			texts++
			v.SetString("s3cret")
		case reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0))
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		}
	}
	fill(reflect.ValueOf(&o).Elem())
	said, err := json.Marshal(o.Settled(0, func(text string) string {
		return strings.ReplaceAll(text, "s3cret", "[redacted]")
	}))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(said), "s3cret") || strings.Count(string(said), "[redacted]") != texts {
		t.Errorf("of %d texts:\n%s", texts, said)
	}
}
