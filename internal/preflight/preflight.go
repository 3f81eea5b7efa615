// Package preflight answers one question: is this baseline fit to run? It says which paths are not, and what to do.
//
// It changes nothing in the source repository, runs nothing that the repository's configuration names, and believes
// git only where a second opinion agrees (TRUST §2): see examine.
package preflight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suitefile"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// Options tell what to check.
type Options struct {
	// Dir is the source repository, or any directory within its work tree; empty means the current one.
	Dir string
	// Host is the environment of the caller.
	Host []string
	// Programs are node and npm; the zero value means those that PATH leads to.
	Programs toolchain.Programs
	// Scratch is where Check makes a private directory, which it removes at its end; empty, or within the source
	// repository, means the system's temporary directory.
	Scratch string
}

// Baseline is a source repository that is fit to run.
type Baseline struct {
	// Root is the top of its work tree, without symbolic links.
	Root string
	// Commit is the full hash of HEAD, which every tracked file agrees with.
	Commit string
	// Tools are the tools that were found, in the order of the toolchain step.
	Tools []toolchain.Tool
	// Repository is the way to ask it more.
	Repository git.Repository
	// Warnings are what a person should know though it stops nothing, a line each.
	Warnings []string
}

// Check takes the steps of the preflight. Its error is a *suite.Failure: that of the first step, in their order,
// that failed.
func Check(ctx context.Context, options Options) (Baseline, error) {
	root, unfound := git.Find(options.Dir)
	scratch, err := scratchOutside(root, options.Scratch)
	if err != nil {
		return Baseline{}, failure(ctx, suite.SourceRepo, root, err)
	}
	defer os.RemoveAll(scratch)
	programs := filepath.Join(scratch, "bin")
	if err := options.Programs.Link(programs); err != nil {
		return Baseline{}, failure(ctx, suite.Toolchain, root, err)
	}
	env := process.Hermetic(options.Host, scratch, scratch, filepath.Dir(root)).Before(programs)

	// npm takes as long to tell its version as a small repository takes to be read.
	var baseline Baseline
	var tools []toolchain.Tool
	err = together(
		func() error {
			tools = toolchain.Tools(ctx, env)
			if err := toolchain.Missing(tools); err != nil {
				return failure(ctx, suite.Toolchain, root, err)
			}
			return nil
		},
		func() (err error) {
			if unfound != nil {
				return failure(ctx, suite.SourceRepo, options.Dir, unfound)
			}
			baseline, err = check(ctx, root, env, options.Host, filepath.Join(scratch, "afresh"))
			return err
		},
	)
	baseline.Tools = tools
	return baseline, err
}

// check takes the steps that are about the repository. Afresh is a directory for it to make.
func check(ctx context.Context, root string, env process.Environment, host []string, afresh string) (Baseline, error) {
	var source *source
	var warnings []string
	repository := repository(root, env)
	err := repository.CheckFiles()
	if err == nil {
		err = together(
			func() (err error) { warnings, err = repository.CheckRefs(ctx); return err },
			func() (err error) { source, err = open(ctx, root, env, host); return err },
			repository.CheckObjects,
		)
	}
	if err == nil {
		err = errors.Join(source.checkRules(), source.CheckHead(source.settings))
	}
	if err == nil {
		var unjudged []string
		unjudged, err = checkSuite(root)
		warnings = append(warnings, unjudged...)
	}
	if err != nil {
		return Baseline{}, failure(ctx, suite.SourceRepo, root, err)
	}
	if err := source.ignoresArtifacts(ctx); err != nil {
		return Baseline{}, failure(ctx, suite.ArtifactsIgnored, root, err)
	}
	found, err := source.examine(ctx, afresh)
	if err != nil {
		return Baseline{}, failure(ctx, suite.SourceRepo, root, err)
	}
	if dirty := found.dirty(root); dirty != nil {
		return Baseline{}, failure(ctx, suite.Cleanliness, root, dirty)
	}
	return Baseline{
		Root: root, Commit: source.Commit, Repository: source.Repository, Warnings: append(warnings, found.warnings...),
	}, nil
}

// checkSuite makes sure that the suite can be read, and warns of folders beside its scenarios that no run judges.
func checkSuite(root string) (warnings []string, err error) {
	held, _, err := suitefile.Read(root)
	if err != nil {
		return nil, err
	}
	entries, _ := os.ReadDir(filepath.Join(root, suite.Folder))
	for _, entry := range entries {
		if _, at := held.Named(entry.Name()); at < 0 && entry.IsDir() {
			const says = "no run judges %s/%s: %s does not name it"
			warnings = append(warnings, fmt.Sprintf(says, suite.Folder, entry.Name(), suitefile.File))
		}
	}
	return warnings, nil
}

// failure says which step failed, whose matter that is, and with what exit code a run ends.
func failure(ctx context.Context, step suite.Step, root string, err error) *suite.Failure {
	f := &suite.Failure{
		Phase: suite.Preflight, Step: step, Kind: suite.KindBaseline, Exit: suite.ExitFail,
		Variables: suite.Variables{RepoRoot: suite.Text(root)}, Err: err,
	}
	cause := context.Cause(ctx)
	var dirty *Dirty
	switch ended := process.ExitCode(cause); {
	case ended != 0:
		f.End(ended, cause)
	case errors.As(err, &dirty):
		f.Exit = suite.ExitDirty
	case process.NoRoom(err, ""):
		// Nothing is wrong with the repository: what was asked of it did not fit into the scratch directory.
		f.Step, f.Kind = suite.Toolchain, suite.KindEnvironment
		reason, _, _ := strings.Cut(err.Error(), "\n")
		f.Err = fmt.Errorf("%s: %s", reason, process.MakeRoom)
	case step.Name == suite.Toolchain.Name:
		f.Kind = suite.KindEnvironment
	}
	return f
}

// scratchOutside makes a private directory to work in: in base, or else where the system keeps temporary files. In
// the source repository it would itself be dirt.
func scratchOutside(root, base string) (string, error) {
	bases := tree.Outside(root, cmp.Or(base, os.TempDir()), os.TempDir(), "/tmp")
	if bases == nil {
		return "", fmt.Errorf("no room to work outside of %s: set TMPDIR to a directory elsewhere", root)
	}
	return os.MkdirTemp(bases[0], "pumuki-preflight-")
}
