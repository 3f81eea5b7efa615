package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Doctor prints the tools and directories that a run uses, and says how to mend each tool that is missing or too old.
func Doctor(ctx context.Context, host matrix.Host) error {
	work, err := workspace.Create(host.Dir)
	if err != nil {
		return err
	}
	defer work.Remove()
	programs := filepath.Join(work.Scratch(), "bin")
	if err := toolchain.Find(ctx, host.Env, host.Dir).Link(programs); err != nil {
		return err
	}
	env := process.Hermetic(host.Env, work.Scratch(), work.Scratch(), work.Dir).Before(programs)
	table := tabwriter.NewWriter(host.Stdout, 0, 0, 2, ' ', 0)
	var sick []toolchain.Tool
	for _, tool := range toolchain.Tools(ctx, env) {
		state := "ok"
		if tool.Problem != "" {
			state = "MISSING"
			if tool.Version != "" {
				state = "TOO OLD"
			}
			sick = append(sick, tool)
		}
		fmt.Fprintf(table, "%s\t%s\tneeded: %s or newer\t%s\n", tool.Name, tool.Version, tool.Needed, state)
	}
	_ = table.Flush()
	fmt.Fprintf(host.Stdout, "work directories:   in %s, each removed with its run\n", filepath.Dir(work.Dir))
	fmt.Fprintf(host.Stdout, "prepared consumers: %s\n", prepared(host))
	for _, tool := range sick {
		fmt.Fprintf(host.Stderr, "ERROR: %s\n  mend: %s\n", plain.Text(tool.Problem), tool.Mend)
	}
	if len(sick) > 0 {
		line := fmt.Sprintf("exit 1: tools that are missing or too old: %d", len(sick))
		return &matrix.Exit{Code: suite.ExitFail, Line: line}
	}
	return nil
}

// prepared says where the cache of prepared consumers lies, how many it holds and how big it is.
func prepared(host matrix.Host) string {
	dir, err := kept.DefaultDir(host.Env)
	if err != nil {
		return err.Error()
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return "none yet, in " + dir
	}
	cache, err := kept.Open(dir)
	if err != nil {
		return err.Error()
	}
	entries, bytes, err := cache.Size()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d in %s, %d MB (mage clean -cache removes them)", entries, dir, bytes/1_000_000)
}

// Onboard is a newcomer's first five minutes: what is on the machine, whether the baseline is fit, a whole run against
// the embedded gate, a look at what it left, and what to do next. It ends with the first part that fails.
func Onboard(ctx context.Context, host matrix.Host) error {
	embedded, require := "embedded", string(verdict.Pass)
	for i, part := range []struct {
		title string
		do    func() error
	}{
		{"The tools on this machine (mage doctor)", func() error { return Doctor(ctx, host) }},
		{"Is this repository fit to run? (mage preflight)", func() error { return Preflight(ctx, host, nil) }},
		{"Every scenario through every stage of the embedded gate (mage matrix -spec=embedded)",
			func() error { return matrix.Run(ctx, host, matrix.Flags{Spec: &embedded}) }},
		{"What the run left in artifacts/ (mage verifyArtifacts -require=PASS)",
			func() error { return Verify(ctx, host, nil, &require, nil) }},
	} {
		fmt.Fprintf(host.Stdout, "\n%d. %s\n\n", i+1, part.title)
		if err := part.do(); err != nil {
			return err
		}
	}
	fmt.Fprint(host.Stdout, next)
	return nil
}

const next = `
5. What to do next

   mage matrix                                  the latest published pumuki
   mage matrix -spec=pumuki@6.3.265             one published version
   mage matrix -spec=./pumuki-6.3.266.tgz       a release candidate, as npm pack made it
   mage matrix -spec=../pumuki                  a working copy; it is packed first, as a release would be
   jq . artifacts/pumuki-matrix-summary.json    what a run that passed leaves
   jq . artifacts/pumuki-matrix-evidence.json   what the gate said, stage by stage

   README.md tells the rest, docs/ tells the why.
`
