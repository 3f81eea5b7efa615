// Package bench measures the matrix on this machine: the three ways to prepare a consumer, in turn, so that a ratio
// holds where the machine's speed drifts.
package bench

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// workers is the number of processors for which a critical path is computed: that of the smallest CI machines.
const workers = 2

// way is one way to prepare the consumers of a run.
type way struct {
	name  string
	set   func(*matrix.Flags)
	walls []time.Duration
	// paths are the critical paths by the run's own record, and ideals those by what each step takes when nothing else
	// runs. Own is the runner's own time: that in which no recorded step was under way.
	paths, ideals, own []time.Duration
}

// Run measures a gate for a number of rounds, and prints medians, ratios and critical paths.
func Run(ctx context.Context, host matrix.Host, flags matrix.Flags, rounds int) error {
	yes := true
	isolated := &way{name: "isolated", set: func(f *matrix.Flags) { f.Isolated = &yes }}
	fresh := &way{name: "fresh", set: func(f *matrix.Flags) { f.Fresh = &yes }}
	kept := &way{name: "kept", set: func(*matrix.Flags) {}}
	ways := []*way{isolated, fresh, kept}

	// The first run of all is not measured: it finds things cold, and fills the cache for the others.
	if _, _, err := once(ctx, host, flags, kept); err != nil {
		return err
	}
	for round := range rounds {
		var alone []verdict.Step
		for _, w := range ways {
			wall, recorded, err := once(ctx, host, flags, w)
			if err != nil {
				return err
			}
			if w == isolated {
				alone = recorded
			}
			w.walls = append(w.walls, wall)
			w.paths = append(w.paths, critical(recorded, recorded))
			w.ideals = append(w.ideals, critical(recorded, alone))
			w.own = append(w.own, wall-verdict.Busy(recorded))
			fmt.Fprintf(host.Stderr, "round %d of %d: %s %.1f s\n", round+1, rounds, w.name, wall.Seconds())
		}
	}
	table := tabwriter.NewWriter(host.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "way\tmedian s\tmin\tmax\ttimes isolated\t"+
		"critical path s\tover it\tby steps alone s\tover it\trunner ms\t")
	for _, w := range ways {
		wall, path, ideal := median(w.walls).Seconds(), median(w.paths).Seconds(), median(w.ideals).Seconds()
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%d\t\n", w.name, wall,
			slices.Min(w.walls).Seconds(), slices.Max(w.walls).Seconds(), median(isolated.walls).Seconds()/wall,
			path, wall/path, ideal, wall/ideal, median(w.own).Milliseconds())
	}
	return table.Flush()
}

// once runs the matrix one way, and returns how long it took and what it recorded.
func once(ctx context.Context, host matrix.Host, flags matrix.Flags, w *way) (time.Duration, []verdict.Step, error) {
	w.set(&flags)
	quiet := matrix.Host{Dir: host.Dir, Env: host.Env, Stdout: io.Discard, Stderr: io.Discard}
	began := time.Now()
	err := matrix.Run(ctx, quiet, flags)
	wall := time.Since(began)
	if err != nil {
		return 0, nil, fmt.Errorf("a run that does not pass is not measured: %w", err)
	}
	options, _ := flags.Resolve(host) // they are those of a run that passed
	steps, err := readSteps(options.Root)
	return wall, steps, err
}

// readSteps returns the steps of the last run in the repository at root.
func readSteps(root string) ([]verdict.Step, error) {
	last, err := verify.Read(filepath.Join(root, artifact.Folder))
	if err != nil {
		return nil, err
	}
	return last.Steps, nil
}

// critical returns how long the critical path of a recorded run is: the steps that everything waits for, and then the
// chains of the scenarios. Steps tell how long each step of a chain takes: those of the same run, or of one in which it
// ran alone.
func critical(recorded, steps []verdict.Step) time.Duration {
	var before time.Duration
	var chains []verdict.Step
	for _, s := range recorded {
		if isShared(s) && !s.Cached {
			before += s.Took
		}
	}
	for _, s := range steps {
		if !isShared(s) {
			chains = append(chains, s)
		}
	}
	return before + longest(chains, workers)
}

// longest is the least time that workers could take for the chains of steps, each phase a chain: the longest chain, or
// all of them divided by the workers, whichever is longer.
func longest(steps []verdict.Step, workers int) time.Duration {
	var total, longest time.Duration
	chains := map[string]time.Duration{}
	for _, s := range steps {
		total += s.Took
		chains[s.Phase] += s.Took
		longest = max(longest, chains[s.Phase])
	}
	return max(longest, total/time.Duration(workers))
}

// isShared tells whether a step is done once for all scenarios.
func isShared(s verdict.Step) bool {
	return s.Phase == suite.Preflight || slices.Contains([]string{
		suite.GitClone.Name, suite.NPMInstallPackage.Name, suite.NPMInstallOpenSpec.Name,
	}, s.Name)
}

func median(all []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(all))[len(all)/2]
}
