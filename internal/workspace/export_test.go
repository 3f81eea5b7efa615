package workspace

import (
	"context"
	"errors"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Abandon lets go of the locks, as the death of a run does.
func (w *Workspace) Abandon() error {
	err := w.lock.Close()
	if w.alias != nil {
		err = errors.Join(err, w.alias.lock.Close())
	}
	return err
}

// Clone clones the source repository for a scenario, and returns the clone.
func (w *Workspace) Clone(ctx context.Context, o Options, s suite.Scenario) (*Consumer, error) {
	c := w.consumer(o, s)
	return c, c.clone(ctx)
}

// Hold makes a consumer one in which npm installed a package.
func (c *Consumer) Hold(installed npm.Package) { c.Package = installed }

// Gate packs the gate for a scenario that is prepared alone, and returns what the spec stands for.
func (w *Workspace) Gate(ctx context.Context, o Options, s suite.Scenario) (npm.Package, error) {
	c := w.consumer(o, s)
	if err := c.pack(ctx); err != nil {
		return npm.Package{}, err
	}
	return c.gate(ctx)
}

// Fork copies a consumer for a scenario.
func (c *Consumer) Fork(ctx context.Context, s suite.Scenario) (*Consumer, error) {
	return c.fork(ctx, s)
}
