package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/campaign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suitefile"
)

const (
	readme       = "../README.md"
	contributing = "../CONTRIBUTING.md"
	contract     = "../docs/contract.md"
	trust        = "../docs/trust.md"
)

// The tables of scenarios are the suite (CONTRACT §2).
func TestDocumentsTellTheSuite(t *testing.T) {
	t.Parallel()
	held, _, err := suitefile.Read("..")
	if err != nil {
		t.Fatal(err)
	}
	var stages, exits [][]string
	for _, s := range held {
		var expected []string
		for _, exit := range s.Expected {
			expected = append(expected, strconv.Itoa(exit))
		}
		stages = append(stages, append([]string{s.Name}, expected...))
		exits = append(exits, []string{"`" + s.Name + "`", strings.Join(expected, " ")})
	}
	told := func(path string, columns ...string) (cells [][]string) {
		for _, row := range table(t, path, "scenario") {
			var told []string
			for _, column := range columns {
				told = append(told, row[column])
			}
			cells = append(cells, told)
		}
		return cells
	}
	if diff := cmp.Diff(stages, told(contract, "scenario", "pre-commit", "pre-push", "ci")); diff != "" {
		t.Errorf("the suite (-) and the contract (+):\n%s", diff)
	}
	if diff := cmp.Diff(exits, told("../docs/scenarios.md", "scenario", "exits")); diff != "" {
		t.Errorf("the suite (-) and docs/scenarios.md (+):\n%s", diff)
	}
}

// The contract lists every target with its flags, and none that does not exist (CONTRACT §3).
func TestContractListsTheTargetsAndTheirFlags(t *testing.T) {
	t.Parallel()
	listed := map[string][]string{}
	for _, row := range table(t, contract, "target") {
		names := []string{}
		for _, flag := range codes(row["flags"]) {
			names = append(names, strings.TrimPrefix(flag, "-"))
		}
		slices.Sort(names)
		listed[codes(row["target"])[0]] = names
		if row["exit"] == "" {
			t.Errorf("the contract names no exit code of %s", row["target"])
		}
	}
	exist := map[string][]string{}
	for name, taken := range targets(t) {
		exist[name] = slices.AppendSeq([]string{}, maps.Keys(taken))
		slices.Sort(exist[name])
	}
	if diff := cmp.Diff(exist, listed); diff != "" {
		t.Errorf("the targets in magefiles/ (-) and those of the contract (+):\n%s", diff)
	}
}

// The contract says of every flag whether it takes a value, and which variable stands for it (CONTRACT §3).
func TestContractListsTheFlagsAndTheirVariables(t *testing.T) {
	t.Parallel()
	type flag struct {
		Value    bool
		Variable string
	}
	exist, variables := map[string]flag{}, map[string]string{}
	for _, of := range [][2]string{
		{"matrix", "matrix/options.go"}, {"compare", "campaign/compare.go"}, {"versions", "campaign/versions.go"},
		{"sweep", "campaign/sweep.go"}, {"sweep", "campaign/book.go"}, {"bisect", "campaign/bisect.go"},
		{"bisect", "campaign/book.go"}, {"merge", "campaign/merge.go"}, {"journeys", "campaign/journeys.go"},
		{"probe", "campaign/probe.go"}, {"compare", "campaign/promises.go"}, {"sweep", "campaign/promises.go"},
	} {
		target, file := of[0], of[1]
		for name, variable := range optionVariables(t, file) {
			variables[name] = variable
			if _, found := targets(t)[target][name]; !found {
				t.Errorf("%s reads %s, and %s has no flag -%s", file, variable, target, name)
			}
		}
	}
	for _, taken := range targets(t) {
		for name, value := range taken {
			exist[name] = flag{value, variables[name]}
		}
	}
	listed := map[string]flag{}
	for _, row := range table(t, contract, "flag") {
		name, _, value := strings.Cut(strings.TrimPrefix(codes(row["flag"])[0], "-"), "=")
		listed[name] = flag{value, strings.Join(codes(row["environment"]), " ")}
		if row["default"] == "" {
			t.Errorf("the contract names no default of %s", row["flag"])
		}
	}
	if diff := cmp.Diff(exist, listed); diff != "" {
		t.Errorf("the flags and variables that are read (-) and those of the contract (+):\n%s", diff)
	}
}

// What is known of the gate is known in one place, with its cause: docs/known-defects.md lists all of it.
func TestKnownDefectsAreListed(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/known-defects.md")
	if err != nil {
		t.Fatal(err)
	}
	journeys, err := journey.Read("..")
	if err != nil {
		t.Fatal(err)
	}
	probes, err := probe.Read("..")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]promise.Known{}
	for _, j := range journeys {
		known["`"+j.Name+"`"] = j.Known
	}
	for _, p := range probes {
		known[""] = append(known[""], p.Known...)
	}
	text := strings.ToLower(string(data))
	for name, all := range known {
		for _, each := range all {
			if !strings.Contains(text, strings.ToLower(each.Cause)) || !strings.Contains(text, name) {
				t.Errorf("docs/known-defects.md does not say of %s: %s", name, each.Cause)
			}
		}
	}
}

// A run that is given a default of the contract is the run that is given nothing (CONTRACT §3).
func TestContractNamesTheDefaults(t *testing.T) {
	t.Parallel()
	resolve := func(env ...string) matrix.Options {
		options, err := matrix.Flags{}.Resolve(matrix.Host{Dir: t.TempDir(), Env: env})
		if err != nil {
			t.Fatal(err)
		}
		options.Source, options.Unfit = "", nil
		return options
	}
	nothing := resolve()
	ofMatrix, ofOthers := optionVariables(t, "matrix/options.go"), fallbacks(t, "campaign/*.go")
	for _, row := range table(t, contract, "flag") {
		variables, values := codes(row["environment"]), codes(row["default"])
		if row["default"] == "off" {
			values = []string{"false"}
		}
		if len(variables) == 0 || len(values) == 0 {
			continue // it has no variable, or the default is told in words
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(codes(row["flag"])[0], "-"), "=")
		if ofMatrix[name] == "" {
			told := row["default"] == "off" || strings.HasPrefix(row["default"], "`") // else in words, with examples
			if told && !slices.Contains(ofOthers[name], values[0]) {
				t.Errorf("the contract says that %s is %s, and it is one of %q", row["flag"], values[0], ofOthers[name])
			}
			continue
		}
		if given := resolve(variables[0] + "=" + values[0]); !reflect.DeepEqual(nothing, given) {
			t.Errorf("the contract says that %s is %s, and without it a run is %+v", row["flag"], values[0], nothing)
		}
	}
}

// The README lists the flags of matrix, each with the variable and the default of the contract.
func TestReadmeListsTheFlagsOfMatrix(t *testing.T) {
	t.Parallel()
	type said struct{ Environment, Default string }
	of := func(path, key string) map[string]said {
		flags := map[string]said{}
		for _, row := range table(t, path, key) {
			flags[codes(row[key])[0]] = said{row["environment"], row["default"]}
		}
		return flags
	}
	taken, agreed := targets(t)["matrix"], of(contract, "flag")
	maps.DeleteFunc(agreed, func(flag string, _ said) bool {
		name, _, _ := strings.Cut(strings.TrimPrefix(flag, "-"), "=")
		_, takes := taken[name]
		return !takes
	})
	if diff := cmp.Diff(agreed, of(readme, "flag of `matrix`")); diff != "" {
		t.Errorf("the flags of matrix in the contract (-) and in the README (+):\n%s", diff)
	}
}

// Every command of mage that a document shows names a target that exists, with flags that it takes.
func TestDocumentsShowCommandsThatMageTakes(t *testing.T) {
	t.Parallel()
	documents, _ := filepath.Glob("../docs/*.md")
	exist, shown := targets(t), map[string]bool{}
	for _, path := range append(documents, readme, contributing) {
		for _, command := range commandsIn(read(t, path)) {
			name, words := command[0], command[1:]
			taken, found := exist[name]
			if !found {
				t.Errorf("%s shows mage %s, which is no target", path, name)
				continue
			}
			shown[name] = true
			for _, word := range words {
				flag, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
				if _, takes := taken[flag]; strings.HasPrefix(word, "-") && !takes {
					t.Errorf("%s shows mage %s %s, and the target has no such flag", path, name, word)
				}
			}
		}
	}
	for name := range exist {
		if !shown[name] {
			t.Errorf("no document shows mage %s", name)
		}
	}
}

// A line of a document ends by column 120. Tables, pictures, and what was recorded within a fence may be longer.
func TestLinesOfDocumentsEndByColumn120(t *testing.T) {
	t.Parallel()
	documents, _ := filepath.Glob("../docs/*.md")
	for _, path := range append(documents, readme, contributing) {
		fenced := false
		for i, line := range strings.Split(read(t, path), "\n") {
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			free := fenced || strings.HasPrefix(line, "|") || strings.HasPrefix(line, "![")
			if length := utf8.RuneCountInString(line); length > 120 && !free {
				t.Errorf("%s:%d has %d characters", path, i+1, length)
			}
		}
	}
}

// tested is a script or a test that a promise names, after the room where the test is, which may go for several.
var tested = regexp.MustCompile("([a-z/]+)? ?`([A-Za-z0-9_]+)`")

// Every promise names scripts, and tests in the room where they are.
func TestPromisesNameTestsThatExist(t *testing.T) {
	t.Parallel()
	seen, declared := 0, map[string][]string{}
	for line := range strings.Lines(read(t, trust)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") {
			continue
		}
		room := ""
		for _, each := range tested.FindAllStringSubmatch(cells[len(cells)-1], -1) {
			name := each[2]
			seen++
			if !strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "Fuzz") {
				if found, _ := filepath.Glob("acceptance/*/testdata/script/" + name + ".txtar"); len(found) != 1 {
					t.Errorf("there is no script %s, for %s", name, cells[0])
				}
				continue
			}
			if each[1] != "" {
				room = each[1]
			}
			if declared[room] == nil {
				for at := range declarations(t, room+"/*_test.go") {
					if function, is := at.(*ast.FuncDecl); is {
						declared[room] = append(declared[room], function.Name.Name)
					}
				}
			}
			if !slices.Contains(declared[room], name) {
				t.Errorf("%s has no %s, for %s", room, name, cells[0])
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d are named", seen)
	}
}

// The map of CONTRIBUTING.md names every room, and none that does not exist.
func TestMapNamesEveryRoom(t *testing.T) {
	t.Parallel()
	var named []string
	for _, row := range table(t, contributing, "room") {
		for _, name := range codes(row["room"]) {
			if name = strings.TrimPrefix(name, "internal/"); !strings.HasSuffix(name, "/") {
				named = append(named, name)
			}
		}
	}
	slices.Sort(named)
	if diff := cmp.Diff(rooms(t), named); diff != "" {
		t.Errorf("the folders of internal/ (-) and the map of CONTRIBUTING.md (+):\n%s", diff)
	}
}

// flags are the flags of a target by name. True means that the flag takes a value.
type flags map[string]bool

// targets returns the flags of each target, as mage finds them: a target is an exported function of magefiles/, and a
// pointer among its parameters is a flag.
func targets(t *testing.T) map[string]flags {
	t.Helper()
	found := map[string]flags{}
	for declared := range declarations(t, "../magefiles/*.go") {
		function, ok := declared.(*ast.FuncDecl)
		if !ok || !function.Name.IsExported() || function.Recv != nil {
			continue
		}
		name := strings.ToLower(function.Name.Name[:1]) + function.Name.Name[1:]
		found[name] = flags{}
		for _, parameter := range function.Type.Params.List {
			if pointer, ok := parameter.Type.(*ast.StarExpr); ok {
				for _, flag := range parameter.Names {
					found[name][flag.Name] = pointer.X.(*ast.Ident).Name != "bool"
				}
			}
		}
	}
	return found
}

// optionVariables returns the variables of the environment that hold options, by the flag that counts before each: what
// is read and toggled in a file.
func optionVariables(t *testing.T, file string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for flag := range options(t, file) {
		found[flag] = "PUMUKI_" + strings.ToUpper(flag)
	}
	return found
}

// fallbacks returns what stands for each option where neither a flag nor a variable does: what is read in some files.
func fallbacks(t *testing.T, files string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for flag, read := range options(t, files) {
		fallback := campaign.Previous // the one that is a constant
		if text, is := read.Args[2].(*ast.BasicLit); is {
			fallback, _ = strconv.Unquote(text.Value)
		}
		found[flag] = append(found[flag], fallback)
	}
	return found
}

// options are the flags that are read and toggled in some files, each with the call that does.
func options(t *testing.T, files string) iter.Seq2[string, *ast.CallExpr] {
	t.Helper()
	takes := []string{"read", "Read", "toggle"}
	return func(yield func(string, *ast.CallExpr) bool) {
		for declared := range declarations(t, files) {
			more := true
			ast.Inspect(declared, func(node ast.Node) bool {
				call, ok := node.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return more
				}
				function, _ := call.Fun.(*ast.Ident)
				if method, is := call.Fun.(*ast.SelectorExpr); is {
					function = method.Sel
				}
				name, literal := call.Args[0].(*ast.BasicLit)
				if more && literal && function != nil && slices.Contains(takes, function.Name) {
					flag, err := strconv.Unquote(name.Value)
					if err != nil {
						t.Fatal(err)
					}
					more = yield(flag, call)
				}
				return more
			})
			if !more {
				return
			}
		}
	}
}

// declarations are those of the Go files of a pattern.
func declarations(t *testing.T, pattern string) iter.Seq[ast.Decl] {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no file, %v", pattern, err)
	}
	return func(yield func(ast.Decl) bool) {
		for _, path := range paths {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, declared := range file.Decls {
				if !yield(declared) {
					return
				}
			}
		}
	}
}

// table returns the rows of the first table of a document whose first column has the title key. A row holds its cells
// by the titles of their columns.
func table(t *testing.T, path, key string) (rows []map[string]string) {
	t.Helper()
	var titles []string
	within := false
	for line := range strings.Lines(read(t, path)) {
		first := !within
		within = strings.HasPrefix(line, "|")
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case titles == nil && within && first && cells[0] == key:
			titles = cells
		case titles == nil || strings.HasPrefix(line, "|---"):
		case !within:
			return rows
		default:
			row := map[string]string{}
			for i, title := range titles {
				row[title] = cells[i]
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no table of %s", path, key)
	}
	return rows
}

var (
	fence = regexp.MustCompile("(?ms)^```.*?^```$")
	span  = regexp.MustCompile("`[^`]+`")
	// command is mage with the name of a target, and what follows it until the command ends.
	command = regexp.MustCompile("\\bmage ([a-z][A-Za-z]*)([^`&#|;\n]*)")
)

// codes returns the texts within backquotes.
func codes(text string) (codes []string) {
	for _, quoted := range span.FindAllString(text, -1) {
		codes = append(codes, strings.Trim(quoted, "`"))
	}
	return codes
}

// commandsIn returns the commands of mage in the code of a document, each as the name of its target and its arguments.
func commandsIn(document string) (commands [][]string) {
	code := append(fence.FindAllString(document, -1), codes(fence.ReplaceAllString(document, ""))...)
	for _, found := range command.FindAllStringSubmatch(strings.Join(code, "\n"), -1) {
		commands = append(commands, append([]string{found[1]}, strings.Fields(found[2])...))
	}
	return commands
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
