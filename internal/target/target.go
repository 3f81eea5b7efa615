// Package target holds what the targets of mage do, except matrix and reproduce: a function for each. A function takes
// the world around it as a matrix.Host. Ended says how its error is shown, and with what exit code the target ends.
package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/bench"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/ledger"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/publish"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suitefile"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Ended returns the exit of a target that returned err, nil where it did all that it was asked for. It prints on
// standard error what the target has not printed itself.
func Ended(ctx context.Context, host matrix.Host, err error) error {
	if _, said := err.(*matrix.Exit); err == nil || said {
		return matrix.Ended(ctx, host, err)
	}
	code := suite.ExitFail
	if f := suite.AsFailure(err); f != nil {
		code, err = f.Exit, f.Err
	} else if _, wrong := errors.AsType[usage](err); wrong {
		code = suite.ExitUsage
	} else if _, busy := errors.AsType[*artifact.Busy](err); busy {
		code = suite.ExitBusy
	}
	text := plain.Text(err.Error())
	fmt.Fprintf(host.Stderr, "ERROR: %s\n", text)
	line, _, _ := strings.Cut(text, "\n")
	return matrix.Ended(ctx, host, &matrix.Exit{Code: code, Line: fmt.Sprintf("exit %d: %s", code, line)})
}

// usage is the error of a wrong call.
type usage struct{ error }

func wrongCall(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

// source finds the root of the source repository: that of the flag, of PUMUKI_SOURCE, or of the current directory.
func source(host matrix.Host, flag *string) (string, error) {
	dir := process.Environment(host.Env).Get("PUMUKI_SOURCE")
	if flag != nil {
		if dir = *flag; dir == "" {
			return "", wrongCall("-source: it is empty; accepted: a directory in a git repository")
		}
	}
	return git.Find(absolute(host, dir))
}

func absolute(host matrix.Host, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(host.Dir, path)
}

// Preflight tells whether the source repository is fit to run. It writes nothing in it.
func Preflight(ctx context.Context, host matrix.Host, dir *string) error {
	root, err := source(host, dir)
	if err != nil {
		return err
	}
	work, err := workspace.Create(root)
	if err != nil {
		return err
	}
	defer work.Remove()
	baseline, err := preflight.Check(ctx, preflight.Options{
		Dir: root, Host: host.Env, Programs: toolchain.Find(ctx, host.Env, root), Scratch: work.Scratch(),
	})
	if err != nil {
		return err
	}
	for _, warning := range baseline.Warnings {
		fmt.Fprintf(host.Stderr, "WARNING: %s\n", plain.Text(warning))
	}
	fmt.Fprintf(host.Stdout, "fit to run: %s is clean at %s\n", baseline.Root, baseline.Commit)
	return nil
}

// Verify holds the artifacts of the last run against the contract, and prints each promise that is broken. Require is
// the verdict that the run must have; nil accepts any.
//
// Kept is a ledger: where it is named, its entries are verified, and nothing else.
func Verify(ctx context.Context, host matrix.Host, dir, require, kept *string) error {
	if kept != nil {
		if require != nil || *kept == "" {
			return wrongCall("-ledger: accepted: a directory, and -require goes with no ledger")
		}
		return verifyLedger(host, absolute(host, *kept))
	}
	expect := verify.Expect{}
	if require != nil {
		accepted := []verdict.Verdict{verdict.Pass, verdict.Partial, verdict.Fail}
		if expect.Verdict = verdict.Verdict(*require); !slices.Contains(accepted, expect.Verdict) {
			return wrongCall("-require: unknown verdict %q; accepted: %v", *require, accepted)
		}
	}
	root, err := source(host, dir)
	if err != nil {
		return err
	}
	work, err := workspace.Create(root)
	if err != nil {
		return err
	}
	defer work.Remove()
	env := process.Hermetic(host.Env, work.Scratch(), work.Scratch(), filepath.Dir(root))
	repository := git.Repository{Root: root, Env: env}
	expect.Commit = func(hash string) (suite.Suite, suite.Findings, error) {
		exists, err := repository.CommitExists(ctx, hash)
		if err == nil && !exists {
			err = errors.New("the repository has no such commit")
		}
		if err != nil {
			return nil, nil, err
		}
		return suiteAt(ctx, repository, hash)
	}
	folder := filepath.Join(root, artifact.Folder)
	run := verify.Dir(folder, expect)
	if run.Err() == nil {
		run.Broken = publish.Verify(folder)
	}
	reports := append([]verify.Report{run}, campaigns(folder, expect)...)
	for _, sources := range []string{artifact.ComparisonSources, artifact.SweepSources} {
		each, _ := filepath.Glob(filepath.Join(folder, sources, "*"))
		for _, one := range each { // of another repository, in which their commit is
			reports = append(reports, campaigns(one, verify.Expect{})...)
		}
	}
	if len(reports) > 1 && run.Nothing && require == nil {
		reports = reports[1:] // what several gates came to is enough
	}
	broken := false
	for _, report := range reports {
		to := host.Stdout
		if report.Err() != nil {
			to, broken = host.Stderr, true
		}
		fmt.Fprintln(to, report)
	}
	if broken {
		return &matrix.Exit{Code: suite.ExitFail, Line: "exit 1: the artifacts do not hold"}
	}
	return nil
}

// campaigns holds what several gates came to in a folder of artifacts against the contract. What is not there has no
// report.
func campaigns(folder string, expect verify.Expect) (reports []verify.Report) {
	compared, comparison := verify.Comparison(folder, expect)
	if comparison != nil {
		compared.Broken = publish.VerifyComparison(folder, comparison)
	}
	swept, sweep := verify.Sweep(folder, expect)
	if sweep != nil {
		swept.Broken = publish.VerifySweep(folder, sweep)
	}
	searched, bisection := verify.Bisection(folder, expect)
	travelled, journeys := verify.Journeys(folder, expect)
	if journeys != nil {
		travelled.Broken = publish.VerifyJourneys(folder, journeys)
	}
	probed, probes := verify.Probes(folder, expect)
	if probes != nil {
		probed.Broken = publish.VerifyProbes(folder, probes)
	}
	for _, each := range []struct {
		report verify.Report
		stands bool
	}{{compared, comparison != nil}, {swept, sweep != nil}, {searched, bisection != nil},
		{travelled, journeys != nil}, {probed, probes != nil}} {
		if each.stands || each.report.Err() != nil {
			reports = append(reports, each.report)
		}
	}
	return reports
}

// verifyLedger holds each entry of a ledger against the contract, and prints each promise that is broken.
func verifyLedger(host matrix.Host, dir string) error {
	hold, err := ledger.Verify(dir)
	if err != nil {
		fmt.Fprintln(host.Stderr, plain.Text(err.Error()))
		line := fmt.Sprintf("exit 1: the ledger does not hold (%d entries do)", hold)
		return &matrix.Exit{Code: suite.ExitFail, Line: line}
	}
	fmt.Fprintf(host.Stdout, "verified: ledger %s: %d entries\n", dir, hold)
	return nil
}

// suiteAt reads the suite of a repository at a commit, and what a gate must find.
func suiteAt(
	ctx context.Context, repository git.Repository, commit string,
) (suite.Suite, suite.Findings, error) {
	listed, err := repository.Output(ctx, "ls-tree", "-r", "-z", "--name-only", commit, "--", suite.Folder)
	names := strings.Split(listed, "\x00")
	if err != nil || !slices.Contains(names, suitefile.File) {
		return suite.Default(), nil, err
	}
	held, err := repository.Output(ctx, "cat-file", "blob", commit+":"+suitefile.File)
	if err != nil {
		return nil, nil, err
	}
	return suitefile.Parse([]byte(held), func(s suite.Scenario) (files []string) {
		for _, name := range names {
			if file, within := strings.CutPrefix(name, s.Folder()+"/"); within {
				files = append(files, file)
			}
		}
		return files
	})
}

// Report publishes the last run for people: one HTML page.
func Report(ctx context.Context, host matrix.Host, dir *string) error {
	return published(host, dir, publish.Report)
}

// Export publishes the last run for machines: JUnit and, where it passed, an attestation.
func Export(ctx context.Context, host matrix.Host, dir *string) error {
	return published(host, dir, publish.JUnit, publish.Attestation)
}

// published publishes the last run in some formats, and says what it wrote.
func published(host matrix.Host, dir *string, formats ...publish.Format) error {
	root, err := source(host, dir)
	if err != nil {
		return err
	}
	// This comes first, because opening the store makes the folder where there is none.
	if _, err := verify.Read(filepath.Join(root, artifact.Folder)); err != nil {
		return err
	}
	store, err := openStore(root, "written")
	if err != nil {
		return err
	}
	defer store.Close()
	run, err := verify.Read(store.Dir()) // again: now no other run can replace it
	if err != nil {
		return err
	}
	wrote, err := publish.Write(store, run, formats...)
	for _, each := range wrote {
		fmt.Fprintln(host.Stdout, each)
	}
	return err
}

// openStore opens the artifacts of a repository for a target that runs no matrix. Done ends the sentence "Nothing was
// …" where another run holds them.
func openStore(root, done string) (*artifact.Store, error) {
	id := artifact.RunID(artifact.Matrix, time.Now(), os.Getpid())
	store, err := artifact.Open(artifact.Options{Root: root, RunID: id})
	if busy, held := errors.AsType[*artifact.Busy](err); held {
		err = fmt.Errorf("%w. Nothing was %s", busy, done)
	}
	return store, err
}

// Clean removes what runs left behind, and prints what it removed. It empties the cache of prepared consumers only
// where cache is true.
//
// Kept is a ledger whose entries go too; nil where none is named.
func Clean(ctx context.Context, host matrix.Host, dir *string, cache *bool, kept *string) error {
	if kept != nil && *kept == "" {
		return wrongCall("-ledger: it is empty; accepted: a directory")
	}
	root, err := source(host, dir)
	if err != nil {
		return err
	}
	removed, err := cleanArtifacts(ctx, host, root)
	if _, busy := errors.AsType[*artifact.Busy](err); busy {
		return err
	}
	swept, sweepErr := workspace.Sweep(ctx, root)
	removed = append(removed, swept...)
	if cache != nil && *cache {
		emptied, cacheErr := emptyCache(host)
		removed, err = append(removed, emptied...), errors.Join(err, cacheErr)
	}
	if kept != nil {
		emptied, ledgerErr := ledger.Empty(absolute(host, *kept))
		removed, err = append(removed, emptied...), errors.Join(err, ledgerErr)
	}
	for _, path := range removed {
		fmt.Fprintf(host.Stdout, "removed %s\n", path)
	}
	if len(removed) == 0 {
		fmt.Fprintln(host.Stdout, "nothing to remove")
	}
	return errors.Join(err, sweepErr)
}

func emptyCache(host matrix.Host) (removed []string, err error) {
	cache, err := kept.OpenDefault(host.Env)
	if err != nil {
		return nil, err
	}
	return cache.Empty()
}

func cleanArtifacts(ctx context.Context, host matrix.Host, root string) (removed []string, err error) {
	if _, err := os.Lstat(filepath.Join(root, artifact.Folder)); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	store, err := openStore(root, "removed")
	if err != nil {
		return nil, err
	}
	defer store.Close()
	repository := git.Repository{Root: root, Env: process.Hermetic(host.Env, root, os.TempDir(), filepath.Dir(root))}
	tracked, err := repository.Output(ctx, "ls-files", "-z", "--", artifact.Folder)
	if err != nil {
		return nil, err
	}
	names, err := store.Clean(strings.Split(strings.ReplaceAll(tracked, artifact.Folder+"/", ""), "\x00")...)
	for _, name := range names {
		removed = append(removed, filepath.Join(artifact.Folder, name))
	}
	return removed, err
}

// Apply lays the files of the scenario of that name over the consumer in the directory into.
func Apply(ctx context.Context, host matrix.Host, name string, into *string) error {
	root, err := git.Find(host.Dir)
	if err != nil {
		return err
	}
	table, _, err := suitefile.Read(root)
	if err != nil {
		return err
	}
	chosen, err := table.Choose(name)
	switch {
	case err != nil:
		return usage{err}
	case len(chosen) != 1:
		return wrongCall("name one scenario")
	case into == nil || *into == "":
		return wrongCall("-into: name the consumer's directory: mage apply %s -into=DIR", name)
	}
	to := absolute(host, *into)
	if info, err := os.Stat(to); err != nil || !info.IsDir() {
		return wrongCall("-into: %s is no directory", to)
	}
	return workspace.Lay(ctx, root, chosen[0], to, host.Stdout)
}

// Bench measures the matrix, and prints a table. Rounds is how often each way is measured; nil means three.
func Bench(ctx context.Context, host matrix.Host, flags matrix.Flags, rounds *string) error {
	times := 3
	if rounds != nil {
		var err error
		if times, err = strconv.Atoi(*rounds); err != nil || times < 1 || times > 100 {
			return wrongCall("-rounds: %q is no whole number from 1 to 100", *rounds)
		}
	}
	return bench.Run(ctx, host, flags, times)
}

// Check runs what CI runs: .ci/run of the repository.
func Check(ctx context.Context, host matrix.Host) error {
	root, err := git.Find(host.Dir)
	if err != nil {
		return err
	}
	script := filepath.Join(root, ".ci", "run")
	check := process.Command{Path: "bash", Args: []string{script}, Dir: root, Env: host.Env, Stderr: host.Stderr}
	return check.Stage(ctx)(nil, host.Stdout)
}
