package matrix

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Reproduce rebuilds the clone of the last run that failed, up to just before the step that failed, and prints where it
// is and the command to run. The clone then belongs to the caller. Flags name the source repository, and the gate where
// the report alone does not lead to it. Reproduce reads an artifact and writes none. The error is an *Exit.
func Reproduce(ctx context.Context, host Host, flags Flags) error {
	options, usage := flags.Resolve(host)
	r := newRun(ctx, host, options)
	r.plan.Scenarios = nil // it is one alone, and the report says which
	r.console = r.newConsole()
	defer r.console.Close(ctx)
	defer context.AfterFunc(ctx, r.console.Hide)()
	if usage != nil {
		return r.unreproduced(suite.ExitUsage, usage)
	}
	if options.Root == "" {
		return r.unreproduced(suite.ExitFail, options.Unfit)
	}
	last, err := verify.Read(filepath.Join(options.Root, artifact.Folder))
	if err != nil {
		return r.unreproduced(suite.ExitFail, err)
	}
	step, err := failedStep(last)
	if err != nil {
		return r.unreproduced(suite.ExitFail, err)
	}
	if flags.Spec == nil {
		if r.plan.Spec, err = reportedSpec(last, host.Dir); err != nil {
			return r.unreproduced(suite.ExitUsage, err)
		}
	}
	if r.plan.Work, err = workspace.Create(options.Root); err == nil {
		err = r.plan.Work.Equip(host.Env, r.plan.Programs, r.plan.Config, r.plan.Spec.Form)
	}
	if err != nil {
		return r.unreproduced(suite.ExitFail, err)
	}
	consumer, err := r.rebuild(ctx, last, step)
	if err != nil {
		f := r.plan.AsFailure(ctx, step, err)
		err = fmt.Errorf("it failed before it came to that step: %w%s", f, LogSection(f.LogPath))
		exit := r.unreproduced(f.Exit, err)
		r.dispose(false)
		return exit
	}
	if err := r.plan.Work.Keep(); err != nil {
		return r.unreproduced(suite.ExitFail, err)
	}
	r.console.Close(ctx)
	r.tellRebuilt(last, step, consumer)
	return nil
}

// unreproduced tells why there is nothing to look into.
func (r *run) unreproduced(code int, err error) error {
	r.console.Error("cannot reproduce: " + err.Error())
	line, _, _ := strings.Cut(err.Error(), "\n")
	return &Exit{Code: code, Line: fmt.Sprintf("exit %d: cannot reproduce: %s", code, r.secrets.String(line))}
}

// failedStep is the step whose command failed in the last run. The error says why there is none, and what helps.
func failedStep(last *verdict.Run) (suite.Step, error) {
	f := last.Failure
	switch {
	case f == nil:
		return suite.Step{}, fmt.Errorf("the last run (%s) did not fail", last.RunID)
	case f.Kind == suite.KindInterrupted:
		return suite.Step{}, errors.New("the last run was ended before any step of it failed: run it again")
	case f.Phase == suite.Preflight:
		const says = "the last run failed before any scenario, at %s: mage preflight and mage doctor say why"
		return suite.Step{}, fmt.Errorf(says, f.Step)
	}
	step, at := suite.StepNamed(string(f.CommandStep))
	if at < 0 {
		return suite.Step{}, fmt.Errorf("%s has no command", f.Step)
	}
	return step, nil
}

// reportedSpec is the gate of the last run: exactly the version that was installed, where the report knows it.
func reportedSpec(last *verdict.Run, dir string) (npm.Spec, error) {
	given := last.PackageSpec
	spec, err := npm.ParseSpec(given, dir)
	if err != nil && last.Failure.CommandVariables != nil {
		// A relative path, and this is another directory.
		spec, err = npm.ParseSpec(string(last.Failure.CommandVariables.PackageSpec), dir)
	}
	if err == nil && spec.Form == npm.Registry && last.PackageVersion != "" {
		spec, err = npm.ParseSpec(spec.Name+"@"+string(last.PackageVersion), dir)
	}
	if err != nil || strings.Contains(given, redact.Replacement) {
		const says = "the package spec of the last run, %q, leads nowhere from here: name the gate with -spec=SPEC"
		return spec, fmt.Errorf(says, given)
	}
	return spec, nil
}

// rebuild takes the failed scenario from a clone of its own to just before the step.
func (r *run) rebuild(ctx context.Context, last *verdict.Run, step suite.Step) (*workspace.Consumer, error) {
	s := suite.Scenario{Name: last.Failure.Phase}
	c, err := r.plan.Work.PrepareAlone(ctx, workspace.Options{
		Source: r.plan.Source, Commit: string(last.SourceCommit), Rewind: true, Spec: r.plan.Spec,
		Timeout: r.plan.Timeout, Redact: r.secrets.Writer,
		Observe: func(phase string, step suite.Step) func(int, string) {
			shown := r.console.Step(phase, step)
			return func(int, string) { shown() }
		},
	}, s, step)
	flow := suite.Flow(r.plan.Spec.Form == npm.Embedded, true)
	until := slices.IndexFunc(flow, func(each suite.Step) bool { return each.Name == step.Name })
	if err != nil || until < 0 {
		return c, err
	}
	if version := string(last.PackageVersion); version != "" && version != c.Package.Version {
		const says = "WARNING: %s %s is installed, and the run that failed had %s"
		r.console.Say(says, c.Package.Name, c.Package.Version, version)
	}
	for _, each := range flow[:until] {
		stage, at := suite.StageOf(each.Name)
		if at < 0 {
			if err := c.Take(ctx, each); err != nil {
				return nil, err
			}
			continue
		}
		exit, err := c.Run(ctx, each)
		if err != nil {
			return nil, err
		}
		if then := last.Exits[s.Name][at]; then != nil && *then != exit {
			r.console.Say("WARNING: %s exited with %d, and with %d in the run that failed", stage.Name, exit, *then)
		}
	}
	return c, nil
}

// tellRebuilt prints where the clone is and what to run in it, on standard output.
func (r *run) tellRebuilt(last *verdict.Run, step suite.Step, c *workspace.Consumer) {
	dir := c.Dir
	if step.Name == suite.GitClone.Name {
		dir = r.plan.Work.Dir // the clone is what failed
	}
	fmt.Fprintf(r.host.Stdout, `Scenario '%s' stands just before it is to %s (%s).
Where: %s
Run:   cd %s && %s
Then:  rm -rf %s
`, last.Failure.Phase, step.Does, step.Name, dir, plain.Word(dir), r.secrets.String(c.Command(step)),
		plain.Word(r.plan.Work.Dir))
}
