package campaign

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// gateName is the package whose versions a registry is asked for.
const gateName = "pumuki"

// Versions prints the versions that a selection stands for, a line each, the oldest first: when each was published, and
// whether it is deprecated or was unpublished. Source is the repository with whose configuration a registry is asked.
// Selected nil is every release. The error is a *matrix.Exit.
func Versions(ctx context.Context, host matrix.Host, source, selected *string) error {
	options, wrong := matrix.Flags{Source: source}.Resolve(host)
	var selection npm.Selection
	call := matrix.Call{Env: host.Env}
	call.Read("versions", selected, "*", npm.SelectionForms, func(text string) (err error) {
		selection, err = npm.ParseSelection(text, gateName, host.Dir)
		return err
	})
	plan, _ := options.Plan(ctx, host)
	fail := func(f *suite.Failure) error {
		fmt.Fprintf(host.Stderr, "ERROR: %s\n", plain.Text(matrix.Explain(f)))
		line := fmt.Sprintf("exit %d: it is not known which versions there are", f.Exit)
		return &matrix.Exit{Code: f.Exit, Line: line}
	}
	if err := errors.Join(wrong, call.Wrong()); err != nil {
		return fail(plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitUsage, err))
	}
	// A registry can be asked from anywhere.
	if options.Unfit != nil && !errors.Is(options.Unfit, matrix.ErrNoConsumer) {
		return fail(plan.Failure(suite.SourceRepo, suite.KindBaseline, suite.ExitFail, options.Unfit))
	}
	chosen, f := candidates(ctx, plan, selection)
	if f != nil {
		return fail(f)
	}
	show(host, chosen)
	return nil
}

// candidates are the versions that a selection stands for, the oldest first. Plan is how one would be judged.
func candidates(ctx context.Context, plan engine.Plan, s npm.Selection) ([]npm.Candidate, *suite.Failure) {
	var published []npm.Candidate
	if s.AsksRegistry() {
		var err error
		if published, err = ask(ctx, plan); err != nil {
			return nil, suite.AsFailure(err)
		}
	}
	chosen, err := s.Candidates(published)
	if err != nil {
		return nil, plan.Failure(suite.Arguments, suite.KindUsage, suite.ExitFail, err)
	}
	return chosen, nil
}

// ask asks the registry which versions of the gate it has. The error is a *suite.Failure.
func ask(ctx context.Context, plan engine.Plan) ([]npm.Candidate, error) {
	ctx, cancel := process.Limited(ctx, plan.Timeout)
	defer cancel()
	plan.Spec = npm.Spec{Given: gateName, Name: gateName}
	if err := matrix.Ready(&plan, true, func(string) {}); err != nil {
		return nil, err
	}
	defer plan.Work.Remove()
	err := plan.Work.Equip(plan.Host, plan.Programs, plan.Config, plan.Spec.Form)
	if err != nil {
		return nil, plan.AsFailure(ctx, suite.NPMInstallPackage, err)
	}
	published, err := plan.Work.Published(ctx, lookUp(plan), plan.Scenarios[0])
	if err != nil {
		const says = "the registry does not tell which versions of %s it has: %w\n" +
			"To do without it: -versions='dir/*.tgz' (files from npm pack)"
		return nil, plan.AsFailure(ctx, suite.NPMInstallPackage, fmt.Errorf(says, gateName, err))
	}
	return published, nil
}

// versions counts versions in words.
func versions(n int) string {
	if n == 1 {
		return "1 version"
	}
	return fmt.Sprintf("%d versions", n)
}

// show prints candidates as a table, and how many there are.
func show(host matrix.Host, chosen []npm.Candidate) {
	table := tabwriter.NewWriter(host.Stdout, 0, 0, 2, ' ', 0)
	gone := 0
	for _, c := range chosen {
		when, note := "", plain.Line(c.Spec, 1_000)
		if !c.Published.IsZero() {
			when = c.Published.UTC().Format(time.DateOnly)
		}
		switch {
		case c.Gone:
			note = "unpublished: nobody can install it"
			gone++
		case c.Deprecated != "":
			note += "  deprecated: " + plain.Line(c.Deprecated, 120)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", plain.Line(c.Version, 60), when, note)
	}
	_ = table.Flush()
	fmt.Fprint(host.Stdout, versions(len(chosen)-gone))
	if gone > 0 {
		fmt.Fprintf(host.Stdout, ", and %d that were unpublished", gone)
	}
	fmt.Fprintln(host.Stdout)
}
