// Package internal_test holds what is true of the whole house.
package internal_test

import (
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/SwiftEnProfundidad/pumuki-mock-consumer/"

// may says which rooms a room may know of, directly or not. Arrows point down, and never in a circle.
var may = map[string]string{
	"actions":     "comparison plain promise suite verdict",
	"attestation": "plain suite verdict",
	"process":     "",
	"suite":       "plain",
	"suitefile":   "foreign plain schemas suite",
	"npmrc":       "",
	"redact":      "npmrc process",
	"trace":       "plain suite verdict",
	"tree":        "",
	"foreign":     "",
	"plain":       "",
	"history":     "artifact comparison foreign plain promise suite verdict",
	"kept":        "foreign tree",
	"ledger": "artifact artifact/verify comparison foreign history journey plain probe promise schemas suite " +
		"verdict",
	"gate":     "",
	"evidence": "foreign plain suite verdict",
	"console":  "plain suite",
	"promise":  "plain suite",
	"probe":    "foreign plain promise suite verdict",
	"probing": "engine evidence foreign gate git kept npm npmrc plain preflight probe process promise schemas suite " +
		"suitefile toolchain tree verdict workspace",
	"journey":    "foreign plain promise suite verdict",
	"git":        "foreign plain process",
	"toolchain":  "plain process suite",
	"npm":        "foreign gate npmrc plain process suite toolchain",
	"preflight":  "foreign git plain process schemas suite suitefile toolchain tree",
	"artifact":   "comparison foreign plain promise suite verdict",
	"comparison": "plain promise suite verdict",
	"workspace":  "foreign gate kept npm npmrc plain process suite toolchain tree",
	"verdict":    "plain suite",
	"junit":      "foreign journey plain probe promise suite verdict",
	"report":     "artifact comparison foreign history journey plain probe promise suite verdict",
	"publish": "artifact artifact/verify attestation comparison foreign history journey junit plain probe promise " +
		"report schemas suite verdict",
	"artifact/verify": "artifact comparison foreign history journey plain probe promise schemas suite verdict",
	"engine": "evidence foreign gate git kept npm npmrc plain preflight process schemas suite suitefile toolchain " +
		"tree verdict workspace",
	"travel": "engine evidence foreign gate git journey kept npm npmrc plain preflight process promise schemas " +
		"suite suitefile toolchain tree verdict workspace",
	"matrix": "actions artifact artifact/verify attestation comparison console engine evidence foreign gate git " +
		"history journey junit kept ledger npm npmrc plain preflight probe process promise publish redact report " +
		"schemas suite suitefile toolchain trace tree verdict workspace",
	"bench": "actions artifact artifact/verify attestation comparison console engine evidence foreign gate git " +
		"history journey junit kept ledger matrix npm npmrc plain preflight probe process promise publish redact " +
		"report schemas suite suitefile toolchain trace tree verdict workspace",
	"target": "actions artifact artifact/verify attestation bench comparison console engine evidence foreign gate " +
		"git history journey junit kept ledger matrix npm npmrc plain preflight probe process promise publish " +
		"redact report schemas suite suitefile toolchain trace tree verdict workspace",
	"campaign": "actions artifact artifact/verify attestation comparison console engine evidence foreign gate git " +
		"history journey junit kept ledger matrix npm npmrc plain preflight probe probing process promise publish " +
		"redact report schemas suite suitefile toolchain trace travel tree verdict workspace",
	"acceptance/calls":     "",
	"acceptance/campaigns": "",
	"acceptance/gates":     "",
	"acceptance/hosts":     "",
	"acceptance/promises":  "",
	"acceptance/runs":      "",
	"testhost":             "",
}

// widths is a package that no room may need: its tables took two thirds of the time of a short call.
const widths = "github.com/mattn/go-runewidth"

// Every room is in the map of the arrows.
func TestArrowsAreDrawnForEveryRoom(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(rooms(t), slices.Sorted(maps.Keys(may))); diff != "" {
		t.Errorf("the folders of internal/ (-) and the rooms of the arrows (+):\n%s", diff)
	}
}

// rooms returns the folders of internal/ with code in them, at any depth, sorted. A folder that is named after tests
// serves those alone, and is no room: what is in no arrow may be known by none.
func rooms(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Name() == "testdata":
			return fs.SkipDir
		case !entry.IsDir() || path == "." || strings.HasSuffix(path, "test"):
			return nil
		}
		if code, _ := filepath.Glob(filepath.Join(path, "*.go")); code != nil {
			names = append(names, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestArrowsPointDown(t *testing.T) {
	t.Parallel()
	var all []string
	for room := range may {
		all = append(all, module+"internal/"+room)
	}
	list := []string{"list", "-f", `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}`}
	out, err := exec.Command("go", append(list, all...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if listed := strings.Count(string(out), "\n"); listed != len(all) {
		t.Fatalf("go list tells of %d rooms, and there are %d", listed, len(all))
	}
	for line := range strings.Lines(string(out)) {
		found := strings.Fields(line)
		room := strings.TrimPrefix(found[0], module+"internal/")
		allowed := may[room]
		for _, dep := range found[1:] {
			name, ours := strings.CutPrefix(dep, module)
			name = strings.TrimPrefix(name, "internal/")
			if ours && name != room && !strings.Contains(" "+allowed+" ", " "+name+" ") {
				t.Errorf("%s must not know of %s", room, name)
			}
			if dep == widths {
				t.Errorf("%s needs %s: every start of the program would compute its tables", room, dep)
			}
		}
	}
}
