package workspace

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// Prepared are the consumers of a run: one for each of its scenarios, equal but for their places.
type Prepared struct {
	made map[string]*made
	// settle is what is left to do once the scenarios have ended.
	settle func() error
}

// made is the consumer of a scenario, or why it has none.
type made struct {
	consumer *Consumer
	err      error
}

// Prepare gives each scenario a consumer with the gate installed in it: a copy of one that an earlier run kept, or else
// of a new one, which is then kept for later runs, if they will lie where this one does. The new one is made where the
// first scenario will run, and needs no copy for that; its phase is that scenario. It is made of the base that an
// earlier run kept, with any gate, or else of a new one. The error is a *suite.Failure.
func (w *Workspace) Prepare(ctx context.Context, o Options, chosen []suite.Scenario) (*Prepared, error) {
	c := w.consumer(o, chosen[0])
	p := &Prepared{made: map[string]*made{}, settle: func() error { return nil }}
	if entry := c.reuse(ctx); entry != nil {
		p.settle = entry.Close
		var compiled sync.WaitGroup
		compiled.Go(func() { c.useCompiled(ctx, filepath.Join(entry.Dir, keptCompiled)) })
		p.fork(ctx, c, chosen)
		compiled.Wait()
		return p, nil
	}
	base, err := c.prepareOnBase(ctx, suite.Step{})
	if err != nil {
		return nil, err
	}
	p.settle = func() error { return base }
	if a := o.Asked; a != nil && a.cache != nil && !o.Passing && a.knows(c.Package) && w.again {
		keep := c.keep(ctx)
		p.settle = func() error { return errors.Join(base, keep()) }
	}
	p.fork(ctx, c, chosen[1:])
	p.made[string(c.vars.Scenario)] = &made{consumer: c}
	return p, nil
}

// prepareOnBase prepares a consumer on the base that an earlier run kept, or else on a new one. Where before is a step
// of the preparation, it stops there. Base tells why the new one is not kept.
func (c *Consumer) prepareOnBase(ctx context.Context, before suite.Step) (base, err error) {
	var parts []part
	switch reused, err := c.reuseBase(ctx); {
	case err != nil:
		return nil, err
	case !reused:
		parts = []part{{suite.GitClone, c.clone}}
	}
	err = c.prepare(ctx, before, parts...)
	return c.settle(), err
}

// PrepareBare prepares a consumer beside that of a scenario, in which no gate was ever installed. The error is a
// *suite.Failure.
func (w *Workspace) PrepareBare(ctx context.Context, o Options, s suite.Scenario) (*Consumer, error) {
	c := w.consumer(o, suite.Scenario{Name: s.Name + bare})
	c.vars.Scenario = suite.Text(s.Name)
	_, err := c.prepareOnBase(ctx, suite.NPMInstallPackage)
	return c, err
}

// bare ends the name of the directory of a consumer without a gate. No scenario has such a name.
const bare = ".bare"

// fork copies a consumer for each scenario. One that could not be copied is the failure of that scenario alone.
func (p *Prepared) fork(ctx context.Context, c *Consumer, chosen []suite.Scenario) {
	var group errgroup.Group
	group.SetLimit(2 * runtime.NumCPU())
	for _, s := range chosen {
		copied := &made{}
		p.made[s.Name] = copied
		group.Go(func() error {
			copied.consumer, copied.err = c.fork(ctx, s)
			return nil
		})
	}
	_ = group.Wait()
}

// Consumer is the consumer of a scenario. The error is a *suite.Failure.
func (p *Prepared) Consumer(_ context.Context, s suite.Scenario) (*Consumer, error) {
	return p.made[s.Name].consumer, p.made[s.Name].err
}

// Close lets go of what the scenarios shared: a consumer from the cache stays there, and a new one is kept for later
// runs. That it could not be kept costs the next run its time, and nothing else.
func (p *Prepared) Close() error { return p.settle() }

// key stands for all that a prepared consumer depends on.
func (c *Consumer) key() string {
	gate := c.options.Asked.gate
	return kept.Key(append(c.surroundings(), gate.Name, gate.Version, gate.Integrity, string(c.vars.PackageSpec))...)
}

// baseKey stands for all that the base of a consumer depends on: a clone with OpenSpec, before the gate is installed
// on it. It depends on the gate's name alone.
func (c *Consumer) baseKey() string {
	return kept.Key(append(c.surroundings(), "base", c.options.Spec.Name)...)
}

// surroundings are what a consumer depends on beside its gate. The commit is one of them, and not only the manifests
// that npm reads: what a gate's postinstall writes (hooks, git configuration, its own folder) may follow from any file.
// So are the places, since git and npm write paths.
func (c *Consumer) surroundings() []string {
	o := c.options
	return []string{o.Asked.program, o.Tools, suite.OpenSpecVersion, o.Source, o.Commit,
		filepath.Dir(c.workspace.Dir), c.workspace.config.Digest()}
}

// What the cache holds of a run: the consumer as it was prepared, and what the gate's loader compiled in the scenarios.
const (
	keptConsumer = "consumer"
	keptCompiled = "compiled"
)

// compiled names the directories in the temporary directory in which tsx, the loader of a gate that is written in
// TypeScript, keeps what it compiled: by its own version, the text of the source and its path. The next run has use for
// it where its scenarios run at the same paths (see CreateAgain).
const compiled = "tsx-*"

// keep copies the prepared consumer into the cache, and returns what keeps it for later runs once the scenarios have
// ended. A run that is being ended keeps nothing: that costs only time.
func (c *Consumer) keep(ctx context.Context) (settle func() error) {
	draft, err := c.options.Asked.cache.Begin(ctx, c.key())
	if draft == nil || err != nil {
		return func() error { return err }
	}
	err = tree.Copy(ctx, c.Dir, filepath.Join(draft.Dir, keptConsumer))
	return func() error {
		if err == nil && ctx.Err() == nil {
			err = copyCompiled(ctx, c.workspace.Scratch(), filepath.Join(draft.Dir, keptCompiled))
		}
		if err == nil && ctx.Err() == nil {
			err = draft.Keep(ctx)
		}
		return errors.Join(err, draft.Drop())
	}
}

// copyCompiled copies what loaders compiled, and not the sockets that they speak through.
func copyCompiled(ctx context.Context, from, to string) error {
	found, err := filepath.Glob(filepath.Join(from, compiled))
	for _, dir := range found {
		err = errors.Join(err, tree.Copy(ctx, dir, filepath.Join(to, filepath.Base(dir))))
	}
	return err
}

// useCompiled gives the loader what it compiled in an earlier run: all of it, or nothing.
func (c *Consumer) useCompiled(ctx context.Context, from string) {
	if copyCompiled(ctx, from, c.workspace.Scratch()) == nil {
		return
	}
	found, _ := filepath.Glob(filepath.Join(c.workspace.Scratch(), compiled))
	for _, dir := range found {
		_ = tree.Remove(dir)
	}
}

// reuse makes c the prepared consumer from the cache, where there is one, and returns what holds it. A cache that
// cannot be read is as good as none.
func (c *Consumer) reuse(ctx context.Context) *kept.Entry {
	a := c.options.Asked
	if a == nil || a.cache == nil || c.options.Passing {
		return nil
	}
	if a.ended.Wait(); a.err != nil {
		return nil
	}
	c.setGate(a.gate)
	began := time.Now()
	entry, err := a.cache.Use(ctx, c.key())
	if err != nil || entry == nil {
		return nil
	}
	dir := filepath.Join(entry.Dir, keptConsumer)
	installed, err := npm.Installed(dir, a.gate)
	if err == nil {
		err = tree.Remove(c.Dir) // the clone in which the registry was asked
	}
	if err != nil {
		_ = entry.Close()
		return nil
	}
	c.Dir, c.Package = dir, installed
	c.options.Reused(string(c.vars.Scenario), installed, began,
		suite.GitClone, suite.NPMInstallPackage, suite.NPMInstallOpenSpec)
	return entry
}

// keepBase copies the consumer, which has OpenSpec and no gate yet, into the cache. There it is kept for other gates
// while this one is installed; settle then tells whether that went well.
func (c *Consumer) keepBase(ctx context.Context) error {
	a := c.options.Asked
	if a == nil || a.cache == nil {
		return nil
	}
	draft, err := a.cache.Begin(ctx, c.baseKey())
	if draft == nil || err != nil {
		c.settle = func() error { return err }
		return nil
	}
	err = tree.Copy(ctx, c.Dir, draft.Dir)
	var keeping sync.WaitGroup
	keeping.Go(func() {
		if err == nil {
			err = draft.Keep(ctx)
		}
		err = errors.Join(err, draft.Drop())
	})
	c.settle = func() error {
		keeping.Wait()
		return err
	}
	return nil
}

// reuseBase makes c a copy of the base in the cache, and tells whether there is one. The error is a *suite.Failure.
func (c *Consumer) reuseBase(ctx context.Context) (reused bool, err error) {
	a := c.options.Asked
	if a == nil || a.cache == nil {
		return false, nil
	}
	// Where the registry did not answer, npm is to say why, in a clone that it has nothing to do with.
	if a.ended.Wait(); a.err != nil && !errors.Is(a.err, errUnpacked) {
		return false, nil
	}
	began := time.Now()
	entry, err := a.cache.Use(ctx, c.baseKey())
	if err != nil || entry == nil {
		return false, nil
	}
	defer entry.Close()
	err = tree.Remove(c.Dir) // the clone in which the registry was asked
	if err == nil {
		err = tree.Make(c.Dir)
	}
	if err == nil {
		err = tree.Copy(ctx, entry.Dir, c.Dir)
	}
	if err != nil {
		return false, c.fail(suite.GitClone, fmt.Errorf("copy the prepared consumer: %w", err))
	}
	c.installed = []npm.Package{openSpec}
	c.options.Reused(string(c.vars.Scenario), npm.Package{}, began, suite.GitClone, suite.NPMInstallOpenSpec)
	return true, nil
}

// Remove removes a consumer that no step will run in any more.
func (c *Consumer) Remove() error { return tree.Remove(c.Dir) }
