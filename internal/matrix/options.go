package matrix

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suitefile"
)

// Host is the world around a run.
type Host struct {
	// Dir is the current directory, absolute: relative paths are relative to it.
	Dir string
	// Env is the caller's environment, from which options and a few named variables are read.
	Env []string
	// Stdout and Stderr are for people and scripts.
	Stdout, Stderr io.Writer
}

// Flags are the options of a run as the call gave them; nil where it did not. An empty flag is a wrong call.
type Flags struct {
	Spec, Source, Scenario, Jobs, Timeout, Ledger *string
	Keep, Isolated, Fresh, Export                 *bool
	// Gates is how many gates the call judges at once; 0 is one.
	Gates int
}

// Options are the options of a run, read and checked.
type Options struct {
	// Source is where the source repository is: its root, or a directory in it. Absolute.
	Source string
	// Root is the root of the source repository, Suite and Findings what it holds a gate against. Unfit is why one of
	// them could not be found out; nil where all are known.
	Root     string
	Suite    suite.Suite
	Findings suite.Findings
	Unfit    error
	// Spec is the gate.
	Spec npm.Spec
	// Scenarios are the chosen ones, in the order of the suite.
	Scenarios suite.Suite
	// Jobs is how many scenarios run at once.
	Jobs int
	// Timeout is the most that one step may take.
	Timeout time.Duration
	// Keep keeps the work directory.
	Keep bool
	// Isolated gives each scenario a clone and an install of its own, one after the other.
	Isolated bool
	// Export publishes the run at its end, whatever its verdict.
	Export bool
	// Fresh neither uses a prepared consumer from the cache nor keeps one.
	Fresh bool
	// Ledger is the directory of a ledger for verdicts, absolute; empty where none was named.
	Ledger string
}

// The defaults of the options (CONTRACT §3).
const (
	defaultSpec    = "pumuki@latest"
	defaultTimeout = 10 * time.Minute
)

// defaultJobs is every scenario, up to twice the number of processors: a gate keeps one of them busy, and waits at
// times. Several gates fill what one leaves unused, so of these one more than processors is enough.
func defaultJobs(s suite.Suite, gates int) int {
	if gates > 1 {
		return max(1, min(gates*len(s), runtime.NumCPU()+1))
	}
	return max(1, min(len(s), 2*runtime.NumCPU()))
}

// Call reads the options of a call, and collects what is wrong with them.
type Call struct {
	// Env is the caller's environment.
	Env   process.Environment
	wrong []error
}

// Read reads an option by its name: the flag where it is given, then the variable PUMUKI_<NAME>, then the fallback.
// What parse refuses is wrong, and accepted says what is not.
func (c *Call) Read(name string, flag *string, fallback, accepted string, parse func(string) error) {
	variable := "PUMUKI_" + strings.ToUpper(name)
	value, from := fallback, "default"
	if set := c.Env.Get(variable); set != "" {
		value, from = set, variable
	}
	if flag != nil {
		value, from = *flag, "-"+name
	}
	if err := parse(value); err != nil {
		c.wrong = append(c.wrong, fmt.Errorf("%s: %w; accepted: %s", from, err, accepted))
	}
}

// Wrong names everything that is wrong, or is nil.
func (c *Call) Wrong() error { return errors.Join(c.wrong...) }

// ErrNoConsumer is wrapped where a repository has no scenarios, and so is no mock consumer.
var ErrNoConsumer = errors.New("no mock consumer")

// consumer returns an error where the repository at root has no scenarios.
func consumer(root string) error {
	if info, err := os.Stat(filepath.Join(root, suite.Folder)); err == nil && info.IsDir() {
		return nil
	}
	return fmt.Errorf("%s is %w: it has no folder %s.\nA consumer needs a folder %[3]s/NAME with the files of each "+
		"scenario (clean, violations, mixed, unless %[3]s/suite.yaml names others), and the app around them that the "+
		"gate is installed in: docs/scenarios.md", root, ErrNoConsumer, suite.Folder)
}

// Resolve reads the options: flag, then environment, then default. The error is a wrong call; it names everything that
// is wrong, each with the values that are accepted. The options then hold what could be read, so that the failure can
// be reported where the run would have been.
func (f Flags) Resolve(host Host) (Options, error) {
	call := Call{Env: host.Env}
	read := call.Read
	o := Options{Source: host.Dir, Timeout: defaultTimeout}
	read("spec", f.Spec, defaultSpec, npm.SpecForms, func(text string) (err error) {
		o.Spec, err = npm.ParseSpec(text, host.Dir)
		return err
	})
	read("source", f.Source, ".", "a directory in a git repository", func(text string) error {
		if text == "" {
			return errors.New("it is empty")
		}
		if o.Source = text; !filepath.IsAbs(text) {
			o.Source = filepath.Join(host.Dir, text)
		}
		return nil
	})
	if o.Root, o.Unfit = git.Find(o.Source); o.Unfit == nil {
		if o.Suite, o.Findings, o.Unfit = suitefile.Read(o.Root); o.Unfit == nil {
			o.Unfit = consumer(o.Root)
		}
	} else {
		o.Suite = suite.Default()
	}
	all := strings.Join(o.Suite.Names(), ",")
	read("scenario", f.Scenario, all, "one or more of them, with commas", func(text string) (err error) {
		if o.Suite != nil {
			o.Scenarios, err = o.Suite.Choose(text)
		}
		return err
	})
	o.Jobs = defaultJobs(o.Suite, f.Gates)
	read("jobs", f.Jobs, strconv.Itoa(o.Jobs), "a whole number from 1 to 64", func(text string) (err error) {
		if o.Jobs, err = strconv.Atoi(text); err != nil || o.Jobs < 1 || o.Jobs > 64 {
			return fmt.Errorf("%q is no number of scenarios", text)
		}
		return nil
	})
	const durations = "a duration such as 90s, 10m or 1h"
	read("timeout", f.Timeout, defaultTimeout.String(), durations, func(text string) (err error) {
		if o.Timeout, err = time.ParseDuration(text); err != nil || o.Timeout <= 0 {
			return fmt.Errorf("%q is no time that a step may take", text)
		}
		return nil
	})
	read("ledger", f.Ledger, "", "a directory", func(text string) error {
		if text == "" && f.Ledger != nil {
			return errors.New("it is empty")
		}
		if o.Ledger = text; text != "" && !filepath.IsAbs(text) {
			o.Ledger = filepath.Join(host.Dir, text)
		}
		return nil
	})
	toggle := func(name string, flag *bool, into *bool) {
		if *into = flag != nil && *flag; flag != nil {
			return
		}
		read(name, nil, "false", "true or false", func(text string) (err error) {
			if *into, err = strconv.ParseBool(text); err != nil {
				return fmt.Errorf("%q is neither", text)
			}
			return nil
		})
	}
	toggle("keep", f.Keep, &o.Keep)
	toggle("isolated", f.Isolated, &o.Isolated)
	toggle("fresh", f.Fresh, &o.Fresh)
	toggle("export", f.Export, &o.Export)
	if o.Isolated {
		o.Jobs = 1
	}
	return o, call.Wrong()
}
