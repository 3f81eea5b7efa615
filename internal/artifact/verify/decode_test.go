package verify

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/schemas"
)

func TestBoundsAreTheLastThatIsTaken(t *testing.T) {
	t.Parallel()
	deep := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for text, says := range map[string]string{
		deep(maxDepth):                   "",
		deep(maxDepth + 1):               "it nests deeper than",
		strings.Repeat("1", maxNumber):   "",
		strings.Repeat("1", maxNumber+1): "no run writes the number",
	} {
		err := wellFormed([]byte(text))
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%.40s: got %v, want %q", text, err, says)
		}
	}
	for _, more := range []int{0, 1} {
		cut := strings.Repeat("…", more)
		if got := quote(strings.Repeat("x", 100+more)); got != `"`+strings.Repeat("x", 100)+cut+`"` {
			t.Errorf("%d letters: quote shows %s", 100+more, got)
		}
		if got := line("%s", strings.Repeat("ñ", 400+more)); got != strings.Repeat("ñ", 400)+cut {
			t.Errorf("%d letters: line shows %s", 400+more, got)
		}
		v := verification{Report: Report{Broken: make([]string, 20+more)}}
		if got := len(v.bounded().Broken); got != 20+more || more > 0 && v.Broken[20] != "and 1 more" {
			t.Errorf("%d promises: %q", 20+more, v.Broken)
		}
	}
}

func TestNothingForeignTurnsALineAround(t *testing.T) {
	t.Parallel()
	if got := line("%s", "a\nb\x1b\u202ec\u2028d"); got != "a bc d" {
		t.Errorf("got %q", got)
	}
}

func TestSchemasNameWhatTheTableNames(t *testing.T) {
	t.Parallel()
	var steps []string
	for _, step := range suite.Steps() {
		steps = append(steps, step.Name)
	}
	properties := func(schema map[string]any, path ...string) any {
		var at any = schema
		for _, key := range path {
			at = at.(map[string]any)[key]
		}
		return at
	}
	list := func(value any) (texts []string) {
		for _, each := range value.([]any) {
			texts = append(texts, each.(string))
		}
		return texts
	}
	read := func(name string) map[string]any {
		data, err := schemas.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var schema map[string]any
		if err := json.Unmarshal(data, &schema); err != nil {
			t.Fatal(err)
		}
		return schema
	}
	failure := read("pumuki-matrix-last-failure.schema.json")
	summary, evidence := read("pumuki-matrix-summary.schema.json"), read("pumuki-matrix-evidence.schema.json")
	table := read("suite.schema.json")
	var stages []string
	for _, stage := range suite.Stages() {
		stages = append(stages, stage.Name)
	}
	for what, each := range map[string][2][]string{
		"steps":     {list(properties(failure, "properties", "failure_step", "enum")), steps},
		"exit keys": {list(properties(failure, "$defs", "exits", "required")), verdict.StageKeys("_exit")},
		"expected exits": {
			list(properties(summary, "$defs", "scenario", "required")),
			append([]string{"name"}, verdict.StageKeys("_exit")...),
		},
		"suite": {
			list(properties(table, "properties", "scenarios", "items", "required")),
			append([]string{"name"}, stages...),
		},
		"stage keys": {list(properties(evidence, "$defs", "stages", "required")), verdict.StageKeys("")},
	} {
		if diff := cmp.Diff(each[1], each[0]); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

func TestEveryKeyIsDescribed(t *testing.T) {
	t.Parallel()
	entries, err := schemas.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		data, err := schemas.FS.ReadFile(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		var schema any
		if err := json.Unmarshal(data, &schema); err != nil {
			t.Fatal(err)
		}
		var walk func(at string, value any)
		walk = func(at string, value any) {
			object, _ := value.(map[string]any)
			for name, property := range object {
				walk(at+"/"+name, property)
				described, _ := property.(map[string]any)
				_, reference := described["$ref"]
				conditional := strings.HasSuffix(at, "/if/properties") || strings.Contains(at, "/then/")
				isKey := strings.HasSuffix(at, "/properties") && !conditional
				if isKey && !reference && described["description"] == nil {
					t.Errorf("%s: %s/%s has no description", entry.Name(), at, name)
				}
			}
		}
		walk("", schema)
	}
}
