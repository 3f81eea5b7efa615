package workspace

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Asked is what a spec stands for, found out where it will be installed: in a clone of the source repository, with the
// configuration that npm will have there. That takes a moment, in which the run does something else.
type Asked struct {
	cache *kept.Cache
	stop  context.CancelFunc
	ended sync.WaitGroup

	// clone is the directory of the clone, in which the first scenario's consumer is then prepared; empty where none
	// was made. Exit and cloneErr are what came of making it.
	clone    string
	exit     int
	cloneErr error

	// gate is what the spec stands for; err tells why that is not known.
	gate npm.Package
	err  error
	// program is the digest of this program: another build may prepare another consumer.
	program string
}

// Ask begins to find out what a spec stands for. First is the scenario whose consumer comes first. Cache is where
// prepared consumers are kept; nil where none is to be used, or kept. Stop ends it.
func (w *Workspace) Ask(ctx context.Context, o Options, first suite.Scenario, cache *kept.Cache) *Asked {
	a := &Asked{cache: cache}
	ctx, a.stop = context.WithCancel(ctx)
	c := w.consumer(o, first)
	a.ended.Go(func() {
		a.find(ctx, c)
		if cache != nil {
			a.program = thisProgram()
		}
	})
	return a
}

// Before finds out which published version comes before that of the spec, by the registry and with the configuration
// that would install it in a scenario. It makes a clone for that, which goes with the work directory.
func (w *Workspace) Before(ctx context.Context, o Options, s suite.Scenario) (npm.Spec, error) {
	c := w.consumer(o, s)
	name, version := o.Spec.Name, o.Spec.Version
	err := c.cloneToAsk(ctx)
	if err == nil && version == "" {
		var gate npm.Package
		gate, err = c.askRegistry(ctx)
		version = gate.Version
	}
	if err == nil {
		version, err = npm.Before(ctx, w.forNPM(c.npmConfig()), c.Dir, name, version)
	}
	if err != nil {
		return npm.Spec{}, err
	}
	return npm.ParseSpec(name+"@"+version, c.Dir)
}

// Published finds out which versions of the package of the spec a registry has, or had: by the registry and with the
// configuration that would install it in a scenario. It makes a clone for that, which goes with the work directory.
func (w *Workspace) Published(ctx context.Context, o Options, s suite.Scenario) ([]npm.Candidate, error) {
	c := w.consumer(o, s)
	if err := c.cloneToAsk(ctx); err != nil {
		return nil, err
	}
	return npm.Published(ctx, w.forNPM(c.npmConfig()), c.Dir, o.Spec.Name)
}

// cloneToAsk makes a clone in which nothing but the registry is asked.
func (c *Consumer) cloneToAsk(ctx context.Context) error {
	exit, err := c.makeClone(ctx)
	if err == nil && exit != 0 {
		err = errNoClone
	}
	return err
}

// find finds out what the spec stands for. What a folder and the embedded gate are is known once they are packed.
func (a *Asked) find(ctx context.Context, c *Consumer) {
	switch c.options.Spec.Form {
	case npm.Tarball:
		a.gate, a.err = npm.OfTarball(c.options.Spec.Path)
	case npm.Registry:
		a.clone = c.Dir
		if a.exit, a.cloneErr = c.makeClone(ctx); a.cloneErr != nil || a.exit != 0 {
			a.err = errNoClone
			return
		}
		a.gate, a.err = c.askRegistry(ctx)
	default:
		a.err = errUnpacked
	}
}

// Why it is not known yet what a spec stands for.
var (
	errUnpacked = errors.New("it is not packed yet")
	errNoClone  = errors.New("the source repository could not be cloned")
)

// knows tells whether the answer is that a spec stands for a package.
func (a *Asked) knows(gate npm.Package) bool {
	a.ended.Wait()
	return a.err == nil && a.gate.Same(gate)
}

// Stop waits for what is under way, which it ends. It comes before the work directory is removed.
func (a *Asked) Stop() {
	a.stop()
	a.ended.Wait()
}

// thisProgram returns the digest of the program that runs, whatever lies at its path by now. Where it cannot be read
// that is a digest that no other program has: what was prepared by it nobody reuses. It is found out once, for the file
// is large, and a campaign prepares a consumer for each of many gates.
var thisProgram = sync.OnceValue(func() string {
	path, err := process.Program()
	if err != nil {
		return rand.Text()
	}
	return cmp.Or(digest(os.Open(path)), rand.Text())
})

// digestFile returns the SHA-256 of a file in hexadecimal, as it lies on disk; empty where it cannot be read.
func digestFile(path string) string { return digest(foreign.Open(path)) }

// digest is digestFile of a file that was opened, or was not. It closes it.
func digest(file *os.File, err error) string {
	if err != nil {
		return ""
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}
