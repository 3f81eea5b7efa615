package travel

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"rsc.io/script"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/evidence"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// trip is one journey as it is made.
type trip struct {
	*run
	journey  journey.Journey
	consumer *workspace.Consumer
	// at is the directory of what it has beside the consumer.
	at string
	// npm is the environment of npm; that of the others is the script's.
	npm process.Environment
	// snapshots and said are what the script has named.
	snapshots map[string]snapshot
	said      map[string]*evidence.Snapshot
}

func (t *trip) home() string      { return filepath.Join(t.at, "home") }
func (t *trip) remoteDir() string { return filepath.Join(t.at, "remote.git") }

// names are what a script knows by a name, which is a variable to it alone.
var names = []string{"REPO", "WORK", "REMOTE", "SPEC", "FROM", "VERSION", "FROM_VERSION"}

// take takes the consumer through the script, and returns the line that failed, what was said until then, and how it
// failed; nil where it did not.
func (t *trip) take(ctx context.Context) (line int, log string, err error) {
	env, forNPM := t.consumer.Environments(t.home())
	t.npm, t.snapshots, t.said = forNPM, map[string]snapshot{}, map[string]*evidence.Snapshot{}
	for i, value := range []string{t.consumer.Dir, t.at, t.remoteDir(), t.prepared.Consumer.Argument(), t.earlier(),
		t.judged().Version, t.from.Version} {
		env = env.With(names[i], value)
	}
	state, err := script.NewState(ctx, t.consumer.Dir, env)
	if err != nil {
		return 0, "", err
	}
	var said strings.Builder
	source := bufio.NewReader(strings.NewReader(t.journey.Script))
	err = t.engine().Execute(state, t.journey.Path(), source, &said)
	err = errors.Join(err, state.CloseAndWait(&said))
	if failed := (*script.CommandError)(nil); errors.As(err, &failed) {
		return failed.Line, said.String(), failed.Err
	}
	return lineOf(err, t.journey.Path()), said.String(), err
}

// lineOf is the line of the script that an error of its text names.
func lineOf(err error, path string) (line int) {
	if err != nil {
		_, _ = fmt.Sscanf(strings.TrimPrefix(err.Error(), path+":"), "%d", &line)
		line = max(line, 1)
	}
	return line
}

// judged is the gate that is judged, whether or not it is installed.
func (t *trip) judged() npm.Package { return t.prepared.Consumer.Package }

// earlier is what npm installs for the gate before.
func (t *trip) earlier() string {
	if t.From == nil {
		return ""
	}
	return t.From.Argument()
}

// engine is the language of journeys (docs/journeys.md).
func (t *trip) engine() *script.Engine {
	cmds := script.DefaultCmds()
	for _, name := range []string{"exec", "help", "sleep", "wait"} {
		delete(cmds, name)
	}
	for name, cmd := range map[string]script.Cmd{
		"git":  t.named("git"),
		"node": t.named("node"),
		"npm":  t.named("npm"),
		"gate": program("run a program of the installed gate", "[-in=FILE] [-within=TIME] program [args...]", t.gate),
		"upgrade": program("install a version of the gate over what is there, or where there is none",
			"spec [npm flags...]", t.upgrade),
		"lay":      program("lay the files of a scenario, and stage them", "scenario", t.lay),
		"evidence": check("check what the last stage left", "[-as=NAME] [-like=NAME] stage outcome", t.evidence),
		"finding":  check("check that a rule is reported in a file", "rule file", t.finding),
		"said": check("check that the last program said something that a pattern fits, on either output",
			"pattern", t.saidThat),
		"skip":     check("end the journey as one that is not made", "reason", skipFor),
		"snapshot": check("note how the consumer lies on the disk", "name", t.snapshot),
		"unchanged": check("check that the consumer lies as it was noted",
			"name [-except=GLOB...]", t.unchanged),
		"json": check("check that standard output is JSON and nothing else", "[-lines]", t.json),
	} {
		cmds[name] = cmd
	}
	conds := script.DefaultConds()
	conds["version"] = script.PrefixCondition("the gate's version is within the range", t.between)
	conds["embedded"] = script.BoolCondition("the gate is the embedded one", t.judged().Version == gate.Version)
	return &script.Engine{Cmds: cmds, Conds: conds}
}

// untold is an error by which a command cannot tell what it was to tell. To a line that expects a failure it is none.
type untold struct{ error }

// Is makes the engine take the error for that of a command that was ended.
func (untold) Is(target error) bool { return target == context.Canceled }

func (u untold) Unwrap() error { return u.error }

// misuse is the error of a command that is called in another way than its usage says.
var misuse = untold{script.ErrUsage}

// skip is the error of a script that does not make its journey.
type skip struct{ why string }

func (s *skip) Error() string { return s.why }

// unreachable is the error of an install for which a registry could not be asked: nothing follows from it for a gate.
type unreachable struct{ error }

// skipFor ends the script.
func skipFor(_ *script.State, args []string) error {
	if len(args) != 1 {
		return misuse
	}
	return &skip{args[0]}
}

// program is a command of ours that runs a program: it returns what that says on both outputs.
func program(
	summary, args string, run func(s *script.State, args []string) (stdout, stderr string, err error),
) script.Cmd {
	return script.Command(script.CmdUsage{Summary: summary, Args: args},
		func(s *script.State, args ...string) (script.WaitFunc, error) {
			stdout, stderr, err := run(s, args)
			return func(*script.State) (string, string, error) { return stdout, stderr, err }, nil
		})
}

// check is a command of ours that checks something, and leaves both outputs as they were.
func check(summary, args string, holds func(s *script.State, args []string) error) script.Cmd {
	return script.Command(script.CmdUsage{Summary: summary, Args: args},
		func(s *script.State, args ...string) (script.WaitFunc, error) { return nil, holds(s, args) })
}

// flags takes the leading -name=value from some arguments.
func flags(args []string, names ...string) (values map[string]string, rest []string, err error) {
	values = map[string]string{}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name, value, _ := strings.Cut(args[0][1:], "=")
		if !slices.Contains(names, name) {
			return nil, nil, misuse
		}
		values[name], args = value, args[1:]
	}
	return values, args, nil
}

// named is the command that runs a program by its name.
func (t *trip) named(name string) script.Cmd {
	return program("run "+name, "[args...]", func(s *script.State, args []string) (string, string, error) {
		env := process.Environment(s.Environ())
		if name == "npm" {
			env = t.withNPM(s)
		}
		return t.start(s, process.Command{Path: name, Args: args, Env: env})
	})
}

// withNPM is the environment of npm at a point of the script: what the script has set counts.
func (t *trip) withNPM(s *script.State) process.Environment {
	env := process.Environment(s.Environ())
	for _, pair := range t.npm {
		name, value, _ := strings.Cut(pair, "=")
		if _, set := env.Lookup(name); !set {
			env = env.With(name, value)
		}
	}
	return env
}

// start runs a program where the script stands, and returns what it said. It may take as long as a step.
func (t *trip) start(s *script.State, c process.Command) (stdout, stderr string, err error) {
	return t.startWithin(s, c, t.Timeout)
}

// startWithin is start with another limit.
func (t *trip) startWithin(
	s *script.State, c process.Command, limit time.Duration,
) (stdout, stderr string, err error) {
	// What only the script knows is no variable of a program.
	c.Env = slices.DeleteFunc(slices.Clone(c.Env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(names, name)
	})
	over := &process.TimeoutError{Limit: limit, Setting: "-timeout=D, or -within in the script,"}
	ctx, cancel := context.WithTimeoutCause(s.Context(), limit, over)
	defer cancel()
	var said, told strings.Builder
	c.Dir, c.Stderr = s.Getwd(), &told
	err = workspace.Pipe(ctx, c, &said)
	switch exit := (*process.ExitError)(nil); {
	case errors.As(err, &exit):
		err = fmt.Errorf("exit status %d", exit.Code)
	case err != nil:
		err = untold{err}
	}
	return said.String(), told.String(), err
}

// gate runs a program of the gate that is installed where the script stands.
func (t *trip) gate(s *script.State, args []string) (string, string, error) {
	given, args, err := flags(args, "in", "within")
	if err != nil || len(args) == 0 {
		return "", "", misuse
	}
	within := t.Timeout
	if text, found := given["within"]; found {
		if within, err = time.ParseDuration(text); err != nil {
			return "", "", misuse
		}
	}
	c := process.Command{Args: args[1:], Env: s.Environ()}
	if in, found := given["in"]; found {
		c.Stdin = s.Path(in)
	}
	bin, err := above(s.Getwd(), filepath.Join("node_modules", ".bin", args[0]))
	if err != nil {
		return "", "", untold{fmt.Errorf("no program %s is installed: %w", args[0], err)}
	}
	c.Path = bin
	return t.startWithin(s, c, min(within, t.Timeout))
}

// above returns the path of a name in a directory, or in the nearest one above it that has it.
func above(dir, name string) (string, error) {
	for {
		path := filepath.Join(dir, name)
		_, err := os.Lstat(path)
		if err == nil || filepath.Dir(dir) == dir {
			return path, err
		}
		dir = filepath.Dir(dir)
	}
}

// root is the root of the work tree in which the script stands.
func root(s *script.State) (string, error) {
	git, err := above(s.Getwd(), ".git")
	return filepath.Dir(git), err
}

// upgrade installs a version of the gate, and holds npm to it.
func (t *trip) upgrade(s *script.State, args []string) (string, string, error) {
	if len(args) == 0 {
		return "", "", misuse
	}
	install := append([]string{"install", "--save-exact", args[0]}, args[1:]...)
	stdout, stderr, err := t.start(s, process.Command{Path: "npm", Args: install, Env: t.withNPM(s)})
	switch {
	case err == nil:
	case npm.Unreachable(stderr):
		return stdout, stderr, &unreachable{err}
	case args[0] == t.earlier():
		return stdout, stderr, &skip{fmt.Sprintf("the gate before, %s, cannot be installed: %v", t.from.Version, err)}
	}
	versions := map[string]string{t.earlier(): t.from.Version, t.prepared.Consumer.Argument(): t.judged().Version}
	if wanted := versions[args[0]]; err == nil && wanted != "" {
		var has string
		if has, err = t.installed(s); err == nil && has != wanted {
			err = fmt.Errorf("npm installed %s, not %s", has, wanted)
		}
		if err != nil {
			err = untold{err}
		}
	}
	return stdout, stderr, err
}

// installed is the version of the gate that is installed where the script stands.
func (t *trip) installed(s *script.State) (string, error) {
	path, err := above(s.Getwd(), filepath.Join("node_modules", t.judged().Name, "package.json"))
	if err != nil {
		return "", err
	}
	data, err := foreign.Read(path, maxManifest)
	if err != nil {
		return "", err
	}
	var manifest struct{ Version string }
	err = json.Unmarshal(data, &manifest)
	return manifest.Version, err
}

// maxManifest bounds a package.json, in bytes.
const maxManifest = 4 << 20

// lay lays the files of a scenario over the work tree, and stages them.
func (t *trip) lay(s *script.State, args []string) (string, string, error) {
	if len(args) != 1 {
		return "", "", misuse
	}
	at, err := root(s)
	if err != nil {
		return "", "", untold{err}
	}
	if err := workspace.Lay(s.Context(), at, suite.Scenario{Name: args[0]}, at, io.Discard); err != nil {
		return "", "", untold{err}
	}
	return t.start(s, process.Command{Path: "git", Args: []string{"-C", at, "add", "--all"}, Env: s.Environ()})
}

// evidence checks the stage and the outcome of the evidence, gives it a name, and holds it to one that has a name.
func (t *trip) evidence(s *script.State, args []string) error {
	given, args, err := flags(args, "as", "like")
	if err != nil || len(args) != 2 {
		return misuse
	}
	found, err := t.read(s)
	if err != nil {
		return err
	}
	stage := strings.ToUpper(strings.ReplaceAll(args[0], "-", "_"))
	if found.Stage != stage || found.Outcome != args[1] {
		const says = "the evidence is of %s and says %s, with %d findings"
		return fmt.Errorf(says, found.Stage, found.Outcome, len(found.Findings))
	}
	if name := given["as"]; name != "" {
		t.said[name] = found
	}
	if name := given["like"]; name != "" {
		before := t.said[name]
		if before == nil {
			return untold{fmt.Errorf("no evidence is called %s", name)}
		}
		err = alike(before.Findings, found.Findings)
	}
	return err
}

// alike returns an error where two lists of findings are not of the same rules in the same files.
func alike(before, after []verdict.Finding) error {
	count := map[string]int{}
	for _, f := range before {
		count[f.Rule+" in "+f.File]--
	}
	for _, f := range after {
		count[f.Rule+" in "+f.File]++
	}
	var came, went int
	example := ""
	for _, at := range sorted(count) {
		switch n := count[at]; {
		case n > 0:
			came += n
		case n < 0:
			went -= n
		default:
			continue
		}
		if example == "" {
			example = at
		}
	}
	if came+went == 0 {
		return nil
	}
	return fmt.Errorf("the findings are others: %d came and %d went, such as %s", came, went, example)
}

// read reads the evidence of the work tree in which the script stands.
func (t *trip) read(s *script.State) (*evidence.Snapshot, error) {
	at, err := root(s)
	if err != nil {
		return nil, untold{err}
	}
	found, err := evidence.ReadAfter(at, evidence.Mark{})
	if err != nil {
		return nil, untold{err}
	}
	return found, nil
}

// finding checks that a rule is reported in a file, or in a folder. Both may have stars.
func (t *trip) finding(s *script.State, args []string) error {
	if len(args) != 2 {
		return misuse
	}
	for _, pattern := range args {
		if _, err := path.Match(pattern, ""); err != nil {
			return untold{err}
		}
	}
	found, err := t.read(s)
	if err != nil {
		return err
	}
	for _, f := range found.Findings {
		if within(f.Rule, args[:1]) && within(f.File, args[1:]) {
			return nil
		}
	}
	return fmt.Errorf("none of the %d findings is of %s in %s", len(found.Findings), args[0], args[1])
}

// saidThat checks that a regular expression fits what the last program said.
func (t *trip) saidThat(s *script.State, args []string) error {
	if len(args) != 1 {
		return misuse
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	if err != nil {
		return untold{err}
	}
	if !pattern.MatchString(s.Stdout()) && !pattern.MatchString(s.Stderr()) {
		return fmt.Errorf("nothing that it said fits %s", args[0])
	}
	return nil
}

// json checks that standard output is one JSON document, or one on each line.
func (t *trip) json(s *script.State, args []string) error {
	given, args, err := flags(args, "lines")
	if err != nil || len(args) != 0 {
		return misuse
	}
	documents := []string{s.Stdout()}
	if _, lines := given["lines"]; lines {
		documents = strings.Split(strings.TrimSuffix(s.Stdout(), "\n"), "\n")
	}
	for _, each := range documents {
		if !json.Valid([]byte(each)) {
			return fmt.Errorf("standard output is not only JSON: it begins with %.60q", each)
		}
	}
	return nil
}

// between tells whether the gate's version is in a range. One that is no release counts as the newest.
func (t *trip) between(_ *script.State, text string) (bool, error) {
	holds, err := semver.NewConstraint(text)
	if err != nil {
		return false, err
	}
	version := suite.Released(t.judged().Version)
	if version == nil {
		version = newest
	}
	return holds.Check(version), nil
}

// newest is above every release.
var newest = semver.New(1<<30, 0, 0, "", "")
