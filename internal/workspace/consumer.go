package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/bitfield/script"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/gate"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// Options say what consumer to prepare.
type Options struct {
	// Source is the root of the source repository, and Commit the full hash of the HEAD that was found clean.
	Source, Commit string
	// Rewind takes the clone back to Commit, where HEAD has moved on since.
	Rewind bool
	// Spec is the gate to install.
	Spec npm.Spec
	// Timeout is the most that one step may take.
	Timeout time.Duration
	// Redact wraps a writer so that no secret gets through to it; Close flushes.
	Redact func(io.Writer) io.WriteCloser
	// Observe is called when a step begins in a phase, and ended when it ends: with its exit code, and with the SHA-256
	// of its log in hexadecimal where it has one.
	Observe func(phase string, step suite.Step) (ended func(exit int, log string))
	// Asked is what the spec stands for, by Ask; nil means that each consumer asks for itself.
	Asked *Asked
	// Tools are the versions of node and npm. A consumer that was prepared with others is not used.
	Tools string
	// Passing neither looks for a prepared consumer in the cache nor adds one: only what is there for any gate.
	Passing bool
	// Reused is called with the steps that a prepared consumer from the cache made needless, and when its check began.
	// Installed is the gate in it; zero where that is still to be installed.
	Reused func(phase string, installed npm.Package, began time.Time, needless ...suite.Step)
}

// Consumer is one clone of the source repository in a workspace, and the place where steps run.
type Consumer struct {
	// Dir is the clone.
	Dir string
	// Package is the gate that is installed in it, as it lies on disk; zero before it is.
	Package npm.Package

	workspace *Workspace
	options   Options
	vars      suite.Variables
	// wanted is what the spec stands for, as the installs begin, and unknown tells why that is not known.
	wanted  npm.Package
	unknown error
	// installed is what the steps have installed so far, in their order.
	installed []npm.Package
	// settle waits until the base is kept, where it is one for later runs, and tells why it could not be.
	settle func() error
}

// environments are what the programs of a run see. All are built from nothing.
type environments struct {
	git, gate process.Environment
	// npm are the variables and values that npm has beside those of the gate and of its configuration, which follows
	// from where it runs.
	npm []string
}

// Equip makes what the programs of a run see. It comes before all that runs one. Host is the caller's environment
// (os.Environ()), from which only what is named is passed on; programs are node and npm, config is npm's configuration.
func (w *Workspace) Equip(host []string, programs toolchain.Programs, config *npm.Config, form npm.Form) error {
	bin := filepath.Join(w.Dir, "bin")
	if err := programs.Link(bin); err != nil {
		return unfit(filepath.Dir(w.Dir), err)
	}
	base := process.Hermetic(host, filepath.Join(w.Dir, "home"), w.Temp(), w.Dir).Before(bin).With(
		"GIT_AUTHOR_NAME", "pumuki-mock-consumer", "GIT_AUTHOR_EMAIL", "mock-consumer@example.invalid",
		"GIT_COMMITTER_NAME", "pumuki-mock-consumer", "GIT_COMMITTER_EMAIL", "mock-consumer@example.invalid",
	)
	if err := config.Write(w.Dir); err != nil {
		return err
	}
	w.config = config
	w.env = environments{
		git:  base.WithGitConfig(quietGit...),
		gate: base.With("PUMUKI_DISABLE_SYSTEM_NOTIFICATIONS", "1", "OPENSPEC_TELEMETRY", "0"),
	}
	if form == npm.Embedded {
		// Nothing is asked of a registry, so nothing of the user's cache is needed, or changed.
		w.env.npm = []string{"npm_config_offline", "true", "npm_config_cache", filepath.Join(w.Dir, "npm-cache")}
	}
	return nil
}

// quietGit is git's configuration: housekeeping would go on in the background, and no file system monitor is to outlive
// a step.
var quietGit = []string{
	"gc.auto", "0", "maintenance.auto", "false", "core.fsmonitor", "false", "advice.detachedHead", "false",
}

// forNPM returns the environment of an npm that runs by a configuration.
func (w *Workspace) forNPM(config *npm.Config) process.Environment {
	return config.Environment(w.env.gate, w.Dir).With(w.env.npm...)
}

// npmConfig is the configuration of npm in the clone.
func (c *Consumer) npmConfig() *npm.Config { return c.workspace.config.InClone(c.Dir) }

// PrepareAlone prepares a consumer for one scenario alone, as a person would: nothing in it is a copy, and the branch
// is there before anything is installed. Only suite.Flow for it alone is left to do. Where before is a step of the
// preparation, it stops there; the zero value is none.
func (w *Workspace) PrepareAlone(
	ctx context.Context, o Options, s suite.Scenario, before suite.Step,
) (*Consumer, error) {
	c := w.consumer(o, s)
	branch := func(ctx context.Context) error { return c.Must(ctx, suite.FeatureBranch) }
	return c, c.prepare(ctx, before, part{suite.GitClone, c.clone}, part{suite.FeatureBranch, branch})
}

// part is a part of the preparation: a step, and what carries it out. The error is a *suite.Failure.
type part struct {
	step suite.Step
	do   func(context.Context) error
}

// prepare carries out some parts, and installs what they lack. Where before is a step of it, it stops there.
func (c *Consumer) prepare(ctx context.Context, before suite.Step, parts ...part) error {
	pack := part{suite.Step{}, c.pack}
	for _, round := range []func(context.Context) []part{
		func(context.Context) []part { return append(parts, pack) }, c.installs,
	} {
		for parts := round(ctx); len(parts) > 0; {
			part := parts[0]
			if before.Name != "" && part.step.Name == before.Name {
				return nil
			}
			err := part.do(ctx)
			switch {
			case err == nil:
				parts = parts[1:]
			case part.step == suite.NPMInstallOpenSpec && c.installed == nil && !ended(err) && !c.deadRegistry():
				parts = c.gateFirst() // what is wrong may be wrong with the gate too, and is then told of the gate
			default:
				return err
			}
		}
	}
	return nil
}

// installs are the steps that install, in their order. OpenSpec comes first: it is the same for every gate. Only where
// it cannot be found out what the spec stands for, the gate does, for npm then says what is wrong with the spec; and
// where npm would bring in a gate of the consumer's own with OpenSpec.
func (c *Consumer) installs(ctx context.Context) []part {
	c.wanted, c.unknown = c.gate(ctx)
	gateFirst := c.gateFirst()
	gate, openSpec := gateFirst[0], gateFirst[1]
	switch {
	case c.options.Spec.Form == npm.Embedded, c.installed != nil:
		return []part{gate}
	case c.unknown != nil, npm.Brings(c.Dir, c.wanted.Name):
		return gateFirst
	}
	return []part{openSpec, {suite.Step{}, c.keepBase}, gate}
}

// gateFirst are the steps that install, the gate before OpenSpec.
func (c *Consumer) gateFirst() []part {
	return []part{{suite.NPMInstallPackage, c.installPackage}, {suite.NPMInstallOpenSpec, c.installOpenSpec}}
}

// deadRegistry tells whether OpenSpec could not be installed because no registry could be asked.
func (c *Consumer) deadRegistry() bool {
	log, err := foreign.Read(c.logPath(suite.NPMInstallOpenSpec), maxLog)
	return err == nil && npm.Unreachable(string(log))
}

// consumer returns the consumer of a scenario, before it is prepared.
func (w *Workspace) consumer(o Options, s suite.Scenario) *Consumer {
	dir := filepath.Join(w.Dir, s.Name)
	settled := func() error { return nil }
	return &Consumer{Dir: dir, workspace: w, options: o, settle: settled, vars: suite.Variables{
		RepoRoot: suite.Text(o.Source), CloneDir: suite.Text(dir), Scenario: suite.Text(s.Name),
		PackageSpec: suite.Text(o.Spec.Argument()), BaseRef: suite.Text(s.BaseRef()),
	}}
}

// clone clones the source repository, and makes sure of the commit. Where the clone was made before its turn, it takes
// that one.
func (c *Consumer) clone(ctx context.Context) error {
	exit, err := c.observed(suite.GitClone, func() (int, error) {
		if a := c.options.Asked; a != nil {
			if a.ended.Wait(); a.clone == c.Dir {
				return a.exit, a.cloneErr
			}
		}
		return c.makeClone(ctx)
	})
	if err == nil && exit != 0 {
		failure := c.exited(suite.GitClone, exit)
		if failure.Kind == suite.KindStep {
			failure.Err = fmt.Errorf("%w\nMend: git -C %s fsck --full says what is damaged; a new clone mends it",
				failure.Err, plain.Word(c.options.Source))
		}
		err = failure
	}
	if err != nil {
		return err
	}
	ask := process.Command{Path: "git", Args: []string{"rev-parse", "HEAD"}, Dir: c.Dir, Env: c.workspace.env.git}
	head, err := ask.Output(ctx)
	if err != nil {
		return c.fail(suite.GitClone, err)
	}
	switch got := strings.TrimSpace(string(head)); {
	case got == c.options.Commit:
		return nil
	case !c.options.Rewind:
		return c.fail(suite.GitClone, fmt.Errorf("the clone is at commit %s, but %s was found clean: "+
			"the source repository moved during the run", got, c.options.Commit))
	}
	return c.rewind(ctx)
}

// rewind takes the clone to the commit. A clone holds every object of its source, but for that of a shallow source:
// such a one holds what HEAD leads to, and has to ask for the rest.
func (c *Consumer) rewind(ctx context.Context) error {
	git := func(args ...string) error {
		_, err := process.Command{Path: "git", Args: args, Dir: c.Dir, Env: c.workspace.env.git}.Output(ctx)
		return err
	}
	commit := c.options.Commit
	if git("cat-file", "-e", commit+"^{commit}") != nil {
		if err := git("fetch", "--quiet", "--no-tags", "--update-shallow", "--", c.options.Source, commit); err != nil {
			err = fmt.Errorf("the source repository does not hold commit %s any more: %w", commit, err)
			return c.fail(suite.GitClone, err)
		}
	}
	if err := git("reset", "--quiet", "--hard", commit); err != nil {
		return c.fail(suite.GitClone, err)
	}
	return nil
}

// makeClone runs the step that clones, and makes sure that npm will install into the clone.
func (c *Consumer) makeClone(ctx context.Context) (exit int, err error) {
	if err := tree.Make(c.Dir); err != nil {
		return 0, c.fail(suite.GitClone, err)
	}
	exit, err = c.perform(ctx, suite.GitClone)
	if err == nil && exit == 0 {
		if err := npm.Anchor(ctx, c.workspace.forNPM(c.npmConfig()), c.Dir); err != nil {
			return 0, c.fail(suite.GitClone, err)
		}
	}
	return exit, err
}

// installPackage installs the gate that the spec stands for, and holds what npm installed to it.
func (c *Consumer) installPackage(ctx context.Context) (err error) {
	step, known := suite.NPMInstallPackage, c.unknown == nil
	switch {
	case known:
		c.setGate(c.wanted)
		err = npm.Forget(c.Dir, c.wanted.Name)
	case ended(c.unknown):
		err = c.unknown
	default:
		err = npm.Forget(c.Dir, c.options.Spec.Name) // npm says better what is wrong with the spec
	}
	if err != nil {
		return c.fail(step, err)
	}
	if err := c.Must(ctx, step); err != nil {
		return c.explainInstall(err, known)
	}
	if !known {
		if c.wanted, err = c.lookUp(ctx); err != nil {
			return c.fail(step, fmt.Errorf("npm installed a package, but what %s stands for cannot be found out: %w",
				c.options.Spec.Given, err))
		}
	}
	c.Package, err = c.hold(step, c.wanted)
	return err
}

// hold holds what npm installed in a step to what was wanted, and finds what was installed before as it was. The error
// is a *suite.Failure.
func (c *Consumer) hold(step suite.Step, wanted npm.Package) (npm.Package, error) {
	got, err := npm.Installed(c.Dir, wanted)
	if err != nil {
		return got, c.fail(step, err)
	}
	for _, before := range c.installed {
		if _, err := npm.Installed(c.Dir, before); err != nil {
			return got, c.fail(step, fmt.Errorf("%s came in, and %s is another now: %w", wanted.Name, before.Name, err))
		}
	}
	c.installed = append(c.installed, got)
	return got, nil
}

// setGate puts the version that the spec stands for into the command: otherwise npm would make do with one that is
// there already, or take one that is released meanwhile.
func (c *Consumer) setGate(wanted npm.Package) {
	if c.options.Spec.Form == npm.Registry {
		c.vars.PackageSpec = suite.Text(wanted.String())
	}
}

// gate is what the spec stands for: what it stood for when the run began, where that was found out. The error tells why
// it is not known.
func (c *Consumer) gate(ctx context.Context) (npm.Package, error) {
	if a := c.options.Asked; a != nil {
		a.ended.Wait()
		if !errors.Is(a.err, errUnpacked) && !ended(a.err) {
			return a.gate, a.err
		}
	}
	if c.options.Spec.Form != npm.Registry {
		return npm.OfTarball(string(c.vars.PackageSpec))
	}
	return c.lookUp(ctx)
}

// ended tells that something was ended before it could answer: it took too long, or the run is being ended.
func ended(err error) bool {
	return process.ExitCode(err) != 0
}

// lookUp asks the registry what the spec stands for, with the time that a step has.
func (c *Consumer) lookUp(ctx context.Context) (npm.Package, error) {
	ctx, cancel := process.Limited(ctx, c.options.Timeout)
	defer cancel()
	return c.askRegistry(ctx)
}

// askRegistry asks what the spec stands for, in the clone and with the configuration that installs.
func (c *Consumer) askRegistry(ctx context.Context) (npm.Package, error) {
	config := c.npmConfig()
	return npm.LookUp(ctx, c.workspace.forNPM(config), c.Dir, c.options.Spec, config.Tag())
}

// openSpec is the package that the steps of the session need.
var openSpec = npm.Package{Name: "@fission-ai/openspec", Version: suite.OpenSpecVersion}

// installOpenSpec installs OpenSpec, which the embedded gate does without. Its version is pinned, so npm's cache will
// do for it and its dependencies: the registry is not asked whether what the cache holds is current. It is asked where
// npm fails that way: the cache may be too old to know a version, or know one that is gone.
func (c *Consumer) installOpenSpec(ctx context.Context) error {
	step := suite.NPMInstallOpenSpec
	exit, err := c.observed(step, func() (int, error) {
		return c.perform(ctx, step, "npm_config_prefer_offline", "true")
	})
	switch {
	case err == nil && exit != 0 && c.deadRegistry():
		err = c.exited(step, exit) // asking it again takes npm minutes
	case err == nil && exit != 0:
		err = c.Must(ctx, step)
	}
	if err != nil {
		return c.explainInstall(err, false)
	}
	_, err = c.hold(step, openSpec)
	return err
}

// maxLog bounds how much of a log is read: it is more than a log has.
const maxLog = 4 << 20

// withoutRegistry are the ways to run where the registry does not help.
const withoutRegistry = "To run without the registry: -spec=embedded (the reference gate), " +
	"or -spec=<tarball> (a file from npm pack)."

// explainInstall puts into words what npm said in its log, where a person can do something about it. Known tells that
// the registry has what was asked for.
func (c *Consumer) explainInstall(err error, known bool) error {
	failure := suite.AsFailure(err)
	if failure == nil || failure.LogPath == "" || failure.Kind != suite.KindStep {
		return err
	}
	log, readErr := foreign.Read(failure.LogPath, maxLog)
	cause := c.npmConfig().Explain(string(log), known)
	if readErr != nil || cause == "" {
		return err
	}
	failure.Err = fmt.Errorf("%w: %s", failure.Err, cause)
	if c.options.Spec.Form == npm.Registry || failure.Step.Name == suite.NPMInstallOpenSpec.Name {
		failure.Err = fmt.Errorf("%w\n%s", failure.Err, withoutRegistry)
	}
	return failure
}

// pack makes a tarball of what has none yet: the embedded gate, or a folder, which npm would only link. It is part of
// the install step.
func (c *Consumer) pack(ctx context.Context) error {
	step, dir := suite.NPMInstallPackage, filepath.Join(c.workspace.Dir, "gate")
	switch c.options.Spec.Form {
	case npm.Embedded:
		tarball, err := gate.Pack(dir)
		if err != nil {
			return c.fail(step, fmt.Errorf("pack the embedded gate: %w", err))
		}
		c.vars.PackageSpec = suite.Text(tarball)
	case npm.Folder:
		made := filepath.Join(dir, "*.tgz")
		tarballs, _ := filepath.Glob(made)
		if len(tarballs) == 0 { // else it was packed for another scenario: all of them are of one gate
			pack := process.Command{Path: "npm", Args: []string{"pack", "--pack-destination", dir}}
			pack.Dir = c.options.Spec.Path
			pack.Env = c.workspace.forNPM(c.workspace.config.InFolder(pack.Dir))
			exit, err := c.execute(ctx, step, run(pack))
			if err != nil {
				return err
			}
			if exit != 0 {
				return c.fail(step, fmt.Errorf("npm pack exited with %d in %s", exit, c.options.Spec.Path))
			}
			tarballs, _ = filepath.Glob(made)
		}
		if len(tarballs) != 1 {
			return c.fail(step, fmt.Errorf("npm pack made no tarball of %s", c.options.Spec.Path))
		}
		c.vars.PackageSpec = suite.Text(tarballs[0])
	}
	return nil
}

// forking is what copying is called where steps are observed. It is no step of the contract: it stands for the clone.
var forking = suite.Step{Name: "fork", Does: "copy the prepared consumer"}

// fork copies the prepared consumer for one scenario. The copy lies beside the place where the original was made, so
// that the relative paths that npm wrote stay right.
func (c *Consumer) fork(ctx context.Context, s suite.Scenario) (*Consumer, error) {
	fork := c.workspace.consumer(c.options, s)
	fork.Package, fork.vars.PackageSpec = c.Package, c.vars.PackageSpec
	ended := c.options.Observe(s.Name, forking)
	err := tree.Make(fork.Dir)
	if err == nil {
		err = tree.Copy(ctx, c.Dir, fork.Dir)
	}
	if err != nil {
		f := fork.fail(suite.GitClone, fmt.Errorf("copy the prepared consumer: %w", err))
		ended(f.Exit, "")
		return nil, f
	}
	ended(suite.ExitPass, "")
	return fork, nil
}

// Beside copies the consumer into a directory beside it, for something that is no scenario and has a name of its own.
// The error is a *suite.Failure.
func (c *Consumer) Beside(ctx context.Context, name string) (*Consumer, error) {
	return c.fork(ctx, suite.Scenario{Name: name})
}

// Argument is what npm installs for the gate of the consumer.
func (c *Consumer) Argument() string { return string(c.vars.PackageSpec) }

// Environments are what a person's programs see in the consumer: git, and the gate, which knows npm's configuration but
// none of the caller's variables; and npm, which has these too. Home is the person's home directory.
func (c *Consumer) Environments(home string) (gate, npm process.Environment) {
	w, config := c.workspace, c.npmConfig()
	gate = config.Files(w.env.gate, w.Dir).With(w.env.npm...)
	return asPerson(gate, home), asPerson(w.forNPM(config), home)
}

func asPerson(e process.Environment, home string) process.Environment {
	return e.With("HOME", home, "USERPROFILE", home).WithGitConfig(quietGit...)
}

// Take takes a step of a flow: one that has to succeed, or one whose exit is not judged; an older gate may lack what
// that one runs. The error is a *suite.Failure.
func (c *Consumer) Take(ctx context.Context, step suite.Step) error {
	if !step.Unjudged {
		return c.Must(ctx, step)
	}
	if _, err := c.Run(ctx, step); err != nil && !errors.Is(err, process.ErrNotStarted) {
		return err
	}
	return nil
}

// Command is the command of a step as a person would paste it in Dir.
func (c *Consumer) Command(step suite.Step) string { return step.Render(c.vars) }

// Must runs a step that has to succeed. The error is a *suite.Failure.
func (c *Consumer) Must(ctx context.Context, step suite.Step) error {
	exit, err := c.Run(ctx, step)
	if err == nil && exit != 0 {
		err = c.exited(step, exit)
	}
	return err
}

// exited is the failure of a step that had to succeed.
func (c *Consumer) exited(step suite.Step, exit int) *suite.Failure {
	return c.fail(step, fmt.Errorf("it exited with %d", exit))
}

// Run runs a step to its end and returns what it exited with. The error is a *suite.Failure and tells that the
// step could not be carried out: a missing program, a time-out, an interruption.
func (c *Consumer) Run(ctx context.Context, step suite.Step) (exit int, err error) {
	return c.observed(step, func() (int, error) { return c.perform(ctx, step) })
}

// observed carries out a step between the two calls of Observe.
func (c *Consumer) observed(step suite.Step, do func() (exit int, err error)) (exit int, err error) {
	ended := c.options.Observe(string(c.vars.Scenario), step)
	exit, err = do()
	code := exit
	if f := suite.AsFailure(err); f != nil {
		code = f.Exit
	}
	ended(code, digestFile(c.logPath(step)))
	return exit, err
}

// perform carries out the commands of a step. ForNPM are variables and values that npm has too.
func (c *Consumer) perform(ctx context.Context, step suite.Step, forNPM ...string) (exit int, err error) {
	var actions []action
	for _, filled := range step.Commands(c.vars) {
		actions = append(actions, c.action(filled, forNPM))
	}
	return c.execute(ctx, step, actions...)
}

// action is one command of a step: it writes what it has to say. A *process.ExitError is a result.
type action func(ctx context.Context, said io.Writer) error

// action gives a filled command its directory and its environment, by the program that it names.
func (c *Consumer) action(filled suite.Command, forNPM []string) action {
	command := process.Command{Path: filled.Args[0], Args: filled.Args[1:], Dir: c.Dir}
	switch command.Path {
	case "git":
		command.Env = c.workspace.env.git
		if command.Args[0] == "clone" {
			command.Dir = c.workspace.Dir
		}
	case "npm":
		command.Env = c.workspace.forNPM(c.npmConfig()).With(forNPM...)
	case "npx":
		// What npx --no NAME runs, half a second sooner, with the PATH that it would have.
		bin, name := filepath.Join(c.Dir, "node_modules", ".bin"), command.Args[1]
		command.Path, command.Args = filepath.Join(bin, name), command.Args[2:]
		command.Env = c.workspace.env.gate.Before(bin)
		if err := npm.OwnsCommand(c.Dir, c.Package.Name, name); err != nil {
			return func(context.Context, io.Writer) error { return fmt.Errorf("%w: %w", process.ErrNotStarted, err) }
		}
	case "mage":
		return func(ctx context.Context, said io.Writer) error {
			return Lay(ctx, c.Dir, suite.Scenario{Name: string(c.vars.Scenario)}, c.Dir, said)
		}
	}
	for _, pair := range filled.Env {
		name, value, _ := strings.Cut(pair, "=")
		command.Env = command.Env.With(name, value)
	}
	return run(command)
}

// run is a command as an action.
func run(command process.Command) action {
	return func(ctx context.Context, said io.Writer) error { return Pipe(ctx, command, said) }
}

// Pipe runs a command as the one stage of a script pipe, and writes what it says on standard output. The error is that
// of process.Command.Stage.
func Pipe(ctx context.Context, command process.Command, said io.Writer) error {
	_, err := script.NewPipe().WithStdout(said).Filter(command.Stage(ctx)).Stdout()
	return err
}

// execute carries out the actions of a step one after the other, until one fails, with what they say in its log.
func (c *Consumer) execute(ctx context.Context, step suite.Step, actions ...action) (exit int, err error) {
	log, err := process.OpenLog(c.logPath(step))
	if err != nil {
		return 0, c.fail(step, err)
	}
	ctx, cancel := process.Limited(ctx, c.options.Timeout)
	defer cancel()
	clean := c.options.Redact(log)
	for _, act := range actions {
		if err = act(ctx, clean); err != nil {
			break
		}
	}
	written := errors.Join(clean.Close(), log.Close())
	var ended *process.ExitError
	switch {
	case written != nil:
		return 0, c.fail(step, fmt.Errorf("write its log: %w", written))
	case errors.As(err, &ended):
		return ended.Code, nil
	case err != nil:
		return 0, c.fail(step, err)
	}
	return 0, nil
}

// logPath is where the log of a step lies as long as the workspace does.
func (c *Consumer) logPath(step suite.Step) string {
	return filepath.Join(c.workspace.Dir, logs, step.LogName(string(c.vars.Scenario)))
}

// fail returns the failure of a step for a reason, with what a report needs to say of it.
func (c *Consumer) fail(step suite.Step, err error) *suite.Failure {
	f := &suite.Failure{
		Phase: string(c.vars.Scenario), Step: step, Kind: suite.KindStep, Exit: suite.ExitFail,
		Variables: c.vars, LogPath: c.logPath(step), Err: err,
	}
	switch ended := process.ExitCode(err); {
	case ended != 0:
		if f.End(ended, err); f.Kind == suite.KindInterrupted {
			f.Step, f.LogPath = suite.RunInterrupted, ""
		}
	case c.noRoom(step, err):
		f.Kind, f.Err = suite.KindEnvironment, fmt.Errorf("%w: %s", err, process.MakeRoom)
	}
	return f
}

// noRoom tells whether a step failed because the disk is full. Not every program says so; then a look at the disk does.
func (c *Consumer) noRoom(step suite.Step, err error) bool {
	log, _ := foreign.Read(c.logPath(step), maxLog)
	return process.NoRoom(err, string(log)) || process.NoRoom(c.workspace.takeRoom(), "")
}

// Judged returns the failure of a contract step: one that judges what a stage did, and reports its command and log.
func (c *Consumer) Judged(judge, stage suite.Step, err error) *suite.Failure {
	if c.noRoom(stage, nil) {
		err = fmt.Errorf("%w; its log tells of a full disk: %s", err, process.MakeRoom)
	}
	f := c.fail(judge, err)
	f.Kind, f.Command, f.LogPath = suite.KindContract, stage, c.logPath(stage)
	return f
}
