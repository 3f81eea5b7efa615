package workspace

import (
	"context"
	"path/filepath"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// Prepare returns a consumer with the gate installed in it, to be forked for each scenario and then closed: one that
// an earlier run kept, or a new one, which is then kept for later runs. The phase of its steps is that of the first
// scenario that will use it. The error is a *scenario.Failure.
func (w *Workspace) Prepare(ctx context.Context, o Options, phase string) (*Consumer, error) {
	c, err := w.consumer(o, "prepared", phase)
	if err != nil {
		return nil, err
	}
	if o.Kept == nil {
		return c, c.prepare(ctx)
	}
	gate, known := c.env.identify(ctx, o.Spec, w.Dir)
	key := c.key(gate)
	if known && c.reuse(ctx, key) {
		return c, nil
	}
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	if known && gate.isInstalled(c.Package) {
		// Once it is forked nobody needs it here any more, so it is moved and not copied. A run that is being ended
		// keeps nothing: that costs only time.
		c.settle = func() error {
			if ctx.Err() != nil {
				return nil
			}
			return o.Kept.Adopt(ctx, key, c.Dir)
		}
	}
	return c, nil
}

func (c *Consumer) prepare(ctx context.Context) error {
	for _, part := range []func(context.Context) error{c.clone, c.pack, c.installPackage, c.installOpenSpec} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// key stands for all that a prepared consumer depends on. The commit is part of it, and not only the manifests that
// npm reads: what a gate's postinstall writes (hooks, git configuration, its own folder) may follow from any file. So
// are the places, since git and npm write paths.
func (c *Consumer) key(gate identity) string {
	o := c.options
	return kept.Key(o.Toolkit, o.Tools, scenario.OpenSpecVersion, o.Source, o.Commit, filepath.Dir(c.workspace.Dir),
		gate.Name, gate.Version, gate.Integrity, c.vars.PackageSpec)
}

// reuse makes c the kept consumer of the key, where there is one. A cache that cannot be read is as good as none.
func (c *Consumer) reuse(ctx context.Context, key string) bool {
	entry, err := c.options.Kept.Use(ctx, key)
	if err != nil || entry == nil {
		return false
	}
	own := c.Dir
	c.Dir = entry.Dir
	if c.Package, err = c.readBack(); err != nil {
		c.Dir = own
		_ = entry.Close()
		return false
	}
	c.settle = entry.Close
	c.options.Reused(c.vars.Scenario, c.Package, scenario.GitClone, scenario.NPMInstallPackage, scenario.NPMInstallOpenSpec)
	return true
}

// Remove removes a consumer that no step will run in any more.
func (c *Consumer) Remove() error { return tree.Remove(c.Dir) }

// Close lets go of what the scenarios shared: a kept consumer stays where it is, and a new one is kept for later runs.
// That it could not be kept costs the next run its time, and nothing else.
func (c *Consumer) Close() error { return c.settle() }
