//go:build linux

// Package acceptancetest is the harness of the tests of what a person sees at the command line, which lie in the
// packages beside it, by what they are about. Each script in their testdata/script is one behaviour, headed by the
// sentence of the contract that it holds the compiled targets against, with real git and real npm.
//
// Its rules:
//   - Nothing outside of $WORK is written, but for the logs in /tmp that the contract asks for, and the short names
//     there of temporary directories. Those go at the end.
//   - Nothing is asked of the network: the registry is a server within the test, and $REGISTRY_DOWN a closed port.
//   - What several scripts ask of npm it does once: npmtest.Quick. So does the embedded gate: testdata/quick/gate.sh.
//     Scripts about npm, or about how a gate is asked, begin with real-npm.
//   - What the scripts of all packages need is prepared once: see share. A package has a third of the time after which
//     go ends one, on a slow machine.
//   - Linux alone: what is promised of processes and of /proc holds there in full, and one set of scripts is enough.
//   - What must hold after every run is checked after every run, whatever its script is about: see afterRun.
package acceptancetest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// Main runs the tests of a package. It lets more scripts run at once than there are processors, unless the call says
// how many: a script waits for half of its time, for a gate that hangs, a limit that is to be over, or its turn.
func Main(m *testing.M) {
	testhost.Prepare()
	flag.Parse()
	if at := flag.Lookup("test.parallel"); at.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		if err := at.Value.Set(strconv.Itoa(5 * runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	m.Run()
}

// Run runs the scripts of the package whose test calls it.
func Run(t *testing.T) {
	if testing.Short() {
		t.Skip("each script is one or more runs of the matrix")
	}
	f := newFixture(t)
	if keep := flag.Lookup("testwork"); keep == nil || keep.Value.String() != "true" {
		// testscript makes a directory here, which it leaves behind where not every script was run.
		t.Setenv("GOTMPDIR", t.TempDir())
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               f.setup,
		Cmds:                f.commands(),
		Condition:           condition,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// setup gives a script its environment: a home of its own, the compiled targets as mage, the gates, the registry.
func (f *fixture) setup(env *testscript.Env) error {
	tree.Spread(env.WorkDir)
	home := filepath.Join(env.WorkDir, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	identity := "[user]\n\tname = Someone\n\temail = someone@example.invalid\n[init]\n\tdefaultBranch = main\n"
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(identity), 0o644); err != nil {
		return err
	}
	// A short one: a run makes a name in /tmp for a long one, and one that is killed leaves it there, for the runs of
	// other scripts to sweep up and tell.
	temp, err := os.MkdirTemp("", "t")
	if err != nil {
		return err
	}
	env.Defer(func() { _ = tree.Remove(temp) })
	scope := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	env.Values[stateKey{}] = &state{
		work: env.WorkDir, temp: temp, scope: scope, snapshots: map[string]snapshot{},
		started: map[string]*background{}, terminals: map[string]*terminal{},
	}
	scripts, err := filepath.Abs(project + "/scripts")
	if err != nil {
		return err
	}
	for _, pair := range [][2]string{
		{"HOME", home}, {"TMPDIR", temp},
		{"PATH", f.quick + string(filepath.ListSeparator) + f.path()},
		{"MAGE", filepath.Join(f.in(bin), "mage")},
		{"GATES", f.in(gates)}, {"SCRIPTS", scripts},
		{"npm_config_registry", f.registry.url(scope)},
		{"REGISTRY", f.registry.url(scope)},
		{"REGISTRY_DOWN", f.registry.down},
		{"GOCACHE", f.goCache}, {"GOMODCACHE", f.goModCache}, {"GOTOOLCHAIN", "local"},
		// As in the build of the old entry point, so that go compiles once.
		{"GOFLAGS", "-mod=readonly -buildvcs=false"},
	} {
		env.Setenv(pair[0], pair[1])
	}
	return nil
}

// condition knows one thing of the machine that testscript does not.
func condition(name string) (bool, error) {
	if name == "root" {
		return os.Getuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}
