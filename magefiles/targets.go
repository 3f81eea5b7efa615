//go:build mage

// The mock consumer of pumuki: is a version of the gate still fit to be released?
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/campaign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/target"
)

// Matrix runs every scenario through every stage of the gate, and holds its exits against the contract.
//
// Each flag has an environment variable (PUMUKI_SPEC, PUMUKI_SOURCE, …) that counts where the flag is not given. Exit
// codes: 0 passed, 1 failed, 2 wrong call, 17 dirty baseline, 75 another run is at work, 124 time-out, 128+n signal n.
func Matrix(
	ctx context.Context,
	spec *string, // the gate: pumuki@latest, pumuki@6.3.16, a tarball, a folder, or embedded (default pumuki@latest)
	source *string, // the repository to validate in (default: this one)
	scenario *string, // the scenarios to run, with commas (default: all in scenarios/suite.yaml)
	jobs *string, // how many scenarios run at once (default: all, up to twice the number of processors)
	timeout *string, // the most that one step may take (default: 10m)
	keep *bool, // keep the work directory, and print where it is
	isolated *bool, // a clone and an install of its own for each scenario, one after the other
	fresh *bool, // neither use a prepared consumer that an earlier run kept, nor keep one
	export *bool, // write the report, JUnit and the attestation at the end, whatever the verdict
	ledger *string, // a ledger, into which the verdict is put too (default: none)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		return matrix.Run(ctx, host, matrix.Flags{
			Spec: spec, Source: source, Scenario: scenario, Jobs: jobs, Timeout: timeout,
			Keep: keep, Isolated: isolated, Fresh: fresh, Export: export, Ledger: ledger,
		})
	})
}

// Compare judges two versions of the gate on one baseline, side by side, and shows only what differs.
//
// Exit codes: 0 no difference, 3 findings or rules differ but no cell, 1 an exit or an outcome changed or the candidate
// is off its contract, 4 a gate disagrees with itself in a cell; the others as for matrix.
func Compare(
	ctx context.Context,
	base *string, // the gate to compare with, as -spec, or previous: the version published before -spec's (the default)
	spec *string, // the gate to compare, as for matrix (default: pumuki@latest)
	source *string, // the repository to compare in (default: this one)
	scenario *string, // the scenarios to run, with commas (default: all in scenarios/suite.yaml)
	jobs *string, // how many scenarios run at once, those of both gates together (default: one more than processors)
	timeout *string, // the most that one step may take (default: 10m)
	rounds *string, // how often each gate is judged; from 2 on, what it says differently of itself shows (default: 1)
	journeys *bool, // compare what becomes of the journeys too
	probes *bool, // compare what becomes of the probes of rules too
	fresh *bool, // neither use a prepared consumer that an earlier run kept, nor keep one
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		flags := campaign.Flags{Base: base, Rounds: rounds}
		flags.Promises = campaign.PromiseFlags{Journeys: journeys, Probes: probes}
		flags.Matrix = matrix.Flags{
			Spec: spec, Source: source, Scenario: scenario, Jobs: jobs, Timeout: timeout, Fresh: fresh,
		}
		return campaign.Compare(ctx, host, flags)
	})
}

// Journeys takes a gate through what a consumer lives through with it: commits, pushes, upgrades, removal.
//
// Exit codes: 0 all went as they should, or failed as this version is known to; 1 one failed; the others as for matrix.
func Journeys(
	ctx context.Context,
	spec *string, // the gate, as for matrix (default: pumuki@latest)
	from *string, // the gate with which upgrades begin, or previous: the version published before -spec's (the default)
	journey *string, // the journeys to make: a name, or a pattern such as hook-* (default: all in journeys/)
	source *string, // the repository whose journeys are made (default: this one)
	jobs *string, // how many journeys are made at once (default: one more than processors)
	timeout *string, // the most that one command may take (default: 10m)
	keep *bool, // keep the consumers of the journeys that failed, and print where they are
	fresh *bool, // neither use a prepared consumer that an earlier run kept, nor keep one
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		flags := campaign.JourneyFlags{From: from, Journey: journey}
		flags.Matrix = matrix.Flags{
			Spec: spec, Source: source, Jobs: jobs, Timeout: timeout, Keep: keep, Fresh: fresh,
		}
		return campaign.Journeys(ctx, host, flags)
	})
}

// Probe takes a gate through the probes of its rules: does each still report what is bad, and leave alone what is good?
//
// Exit codes: 0 all that are at work do, or fail as this version is known to; 1 some do not; the others as for matrix.
func Probe(
	ctx context.Context,
	spec *string, // the gate, as for matrix (default: pumuki@latest)
	rule *string, // the rules to probe: a name, or a pattern such as ios.no-* (default: all in probes/)
	source *string, // the repository whose probes are made (default: this one)
	jobs *string, // how many sets are judged at once (default: one more than processors)
	timeout *string, // the most that one step may take (default: 10m)
	fresh *bool, // neither use a prepared consumer that an earlier run kept, nor keep one
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		flags := campaign.ProbeFlags{Rule: rule}
		flags.Matrix = matrix.Flags{Spec: spec, Source: source, Jobs: jobs, Timeout: timeout, Fresh: fresh}
		return campaign.Probe(ctx, host, flags)
	})
}

// Versions prints which versions of the gate a selection stands for, with their dates: what a registry has, or files.
func Versions(
	ctx context.Context,
	versions *string, // a range, an interval (6.3.200..6.3.265), versions or tarballs, with commas (default: all)
	source *string, // the repository with whose configuration the registry is asked (default: this one)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		return campaign.Versions(ctx, host, source, versions)
	})
}

// Sweep judges every version of a selection that the ledger does not know, and shows where their behaviour changed.
//
// Exit codes: 0 all met their contract, 1 some did not, 5 some could not be judged; the others as for matrix. What is
// interrupted goes on where it was with the same call.
func Sweep(
	ctx context.Context,
	versions *string, // a range, an interval (6.3.200..6.3.265), versions or tarballs, with commas (default: all)
	source *string, // the repository to validate in (default: this one)
	scenario *string, // the scenarios to run, with commas (default: all in scenarios/suite.yaml)
	jobs *string, // how many scenarios run at once, those of all gates together (default: one more than processors)
	timeout *string, // the most that one step may take (default: 10m)
	ledger *string, // where verdicts are kept (default: artifacts/ledger)
	shard *string, // i/n: every n-th version from the i-th on, for one of n machines; merge puts them together
	journeys *bool, // take every version through the journeys too
	probes *bool, // take every version through the probes of its rules too
	fresh *bool, // judge again what the ledger knows
	retry *bool, // judge again what could not be judged before
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		flags := campaign.SweepFlags{Versions: versions, Shard: shard, Retry: retry}
		flags.Promises = campaign.PromiseFlags{Journeys: journeys, Probes: probes}
		flags.Matrix = matrix.Flags{
			Source: source, Scenario: scenario, Jobs: jobs, Timeout: timeout, Ledger: ledger, Fresh: fresh,
		}
		return campaign.Sweep(ctx, host, flags)
	})
}

// Merge makes one ledger and one sweep of the shards of a sweep, each in a folder of artifacts.
//
// Exit codes: those of the sweep that it makes; 1 where the shards do not go together.
func Merge(
	ctx context.Context,
	from *string, // the artifacts of the shards, with commas: a,b,shards/*
	source *string, // the repository into whose artifacts the sweep goes (default: this one)
	ledger *string, // where the verdicts go (default: artifacts/ledger)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		flags := campaign.MergeFlags{From: from, Matrix: matrix.Flags{Source: source, Ledger: ledger}}
		return campaign.Merge(ctx, host, flags)
	})
}

// Bisect finds the two versions between which the verdict, a cell, a rule or a journey changes, and what else does.
//
// Exit codes: 0 found, 1 both ends say the same, 5 it cannot be told, for versions that cannot be judged; the others as
// for matrix.
func Bisect(
	ctx context.Context,
	good *string, // the version at the good end
	bad *string, // the version at the bad end, before or after it
	versions *string, // those among which to search: as for sweep (default: all)
	cell *string, // ask for the exit and the outcome of a cell: violations/pre-push (default: for the verdict)
	rule *string, // ask whether a rule is seen by its probe; without one, or with -cell, whether it is reported there
	file *string, // … in this file of the scenarios
	journey *string, // ask what becomes of a journey
	source *string, // the repository to validate in (default: this one)
	jobs *string, // how many scenarios run at once, those of all gates together (default: one more than processors)
	timeout *string, // the most that one step may take (default: 10m)
	ledger *string, // where verdicts are kept (default: artifacts/ledger)
	fresh *bool, // judge again what the ledger knows
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		flags := campaign.BisectFlags{
			Good: good, Bad: bad, Versions: versions, Cell: cell, Rule: rule, File: file, Journey: journey,
		}
		flags.Matrix = matrix.Flags{Source: source, Jobs: jobs, Timeout: timeout, Ledger: ledger, Fresh: fresh}
		return campaign.Bisect(ctx, host, flags)
	})
}

// Reproduce rebuilds the clone of the last failed run to just before the step that failed, and says what to run there.
func Reproduce(
	ctx context.Context,
	source *string, // the repository whose last run failed (default: this one)
	spec *string, // the gate, where the failure report alone does not lead to it (default: the one of that run)
	timeout *string, // the most that one step may take (default: 10m)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		return matrix.Reproduce(ctx, host, matrix.Flags{Spec: spec, Source: source, Timeout: timeout})
	})
}

// Preflight tells whether the repository is fit to run: readable, ignoring its artifacts, and clean. It writes nothing.
func Preflight(
	ctx context.Context,
	source *string, // the repository to look at (default: this one)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error { return target.Preflight(ctx, host, source) })
}

// VerifyArtifacts holds the artifacts of the last run against the contract, re-hashing what they name.
func VerifyArtifacts(
	ctx context.Context,
	require *string, // the verdict that the run must have come to: PASS, PARTIAL or FAIL (default: any)
	source *string, // the repository whose artifacts to verify (default: this one)
	ledger *string, // a ledger, whose entries are verified instead
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		return target.Verify(ctx, host, source, require, ledger)
	})
}

// Report writes the last run, passed or failed, as one HTML page for people.
func Report(
	ctx context.Context,
	source *string, // the repository whose last run to write (default: this one)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error { return target.Report(ctx, host, source) })
}

// Export writes the last run for machines: JUnit with a case for each stage and, where it passed, an in-toto
// attestation.
func Export(
	ctx context.Context,
	source *string, // the repository whose last run to write (default: this one)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error { return target.Export(ctx, host, source) })
}

// Clean removes what runs leave behind: artifacts and abandoned work directories, never a tracked file.
func Clean(
	ctx context.Context,
	source *string, // the repository to clean (default: this one)
	cache *bool, // empty the cache of prepared consumers too
	ledger *string, // a ledger whose verdicts go too, as in -ledger=artifacts/ledger (default: none)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		return target.Clean(ctx, host, source, cache, ledger)
	})
}

// Apply lays the files of a scenario (clean, violations or mixed) over a consumer: mage apply violations -into=DIR.
func Apply(
	ctx context.Context,
	scenario string,
	into *string, // the consumer's directory
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		return target.Apply(ctx, host, scenario, into)
	})
}

// Doctor holds the tools of this machine against what is needed, each with what mends it.
func Doctor(ctx context.Context) error {
	return run(ctx, target.Doctor)
}

// Onboard is a newcomer's first five minutes: doctor, preflight, the embedded matrix, verifyArtifacts, and what is
// next.
func Onboard(ctx context.Context) error {
	return run(ctx, target.Onboard)
}

// Bench measures the matrix in three ways, in turn: with -isolated, with -fresh, and with the cache.
func Bench(
	ctx context.Context,
	spec *string, // the gate, as for matrix
	source *string, // the repository to validate in (default: this one)
	rounds *string, // how often each way is measured (default: 3)
) error {
	return run(ctx, func(ctx context.Context, host matrix.Host) error {
		return target.Bench(ctx, host, matrix.Flags{Spec: spec, Source: source}, rounds)
	})
}

// Check runs what CI runs: static checks, builds for other systems, the tests, and an embedded matrix from a clone.
func Check(ctx context.Context) error {
	return run(ctx, target.Check)
}

// run gives a target the world around it, and mage the exit code that the target ended with.
func run(ctx context.Context, do func(context.Context, matrix.Host) error) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	defer exitBefore(ctx)()
	ctx, stop := process.Interruptible(ctx)
	defer stop()
	host := matrix.Host{Dir: dir, Env: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr}
	err = target.Ended(ctx, host, do(ctx, host))
	if exit := (*matrix.Exit)(nil); errors.As(err, &exit) {
		return mg.Fatal(exit.Code, exit.Line)
	}
	return err
}

// exitBefore ends this program just before the deadline of mage -t, until the function that it returns is called. At
// the deadline mage prints on standard output, which is the target's, and ends with 1. It comes to that only where the
// machine is too slow for the time that Interruptible leaves: then what is left behind is as after a kill -9.
func exitBefore(ctx context.Context) (stop func() bool) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return func() bool { return true }
	}
	left := time.Until(deadline)
	return time.AfterFunc(left-min(left/8, 500*time.Millisecond), func() {
		fmt.Fprintf(os.Stderr, "ERROR: mage -t is over, and cleaning up took too long: the next run sweeps up.\n")
		os.Exit(suite.ExitTimeout)
	}).Stop
}
