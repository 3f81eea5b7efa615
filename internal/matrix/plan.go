package matrix

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/engine"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// Plan returns how to judge the gate that the options name, which Ready then makes ready, and what must not be shown.
func (o Options) Plan(ctx context.Context, host Host) (engine.Plan, redact.Secrets) {
	programs := toolchain.Find(ctx, host.Env, cmp.Or(o.Root, host.Dir))
	config := npm.ReadConfig(npm.Host{Env: host.Env, Dir: host.Dir, Source: o.Root, Programs: programs})
	secrets := redact.From(host.Env, config.Texts()...)
	return engine.Plan{
		Spec: o.Spec, Source: o.Root, Suite: o.Suite, Scenarios: o.Scenarios, Findings: o.Findings,
		Slots: engine.NewSlots(o.Jobs), Timeout: o.Timeout, Isolated: o.Isolated, Keep: o.Keep,
		Host: host.Env, Programs: programs, Config: config, Redact: secrets.Writer,
	}, secrets
}

// Ready gives a plan what it needs to be judged: a work directory, which is then the caller's to remove, a cache of
// prepared consumers unless fresh, and a baseline unless it has one. Of a folder, which may change under one version,
// no consumer is kept. Warn is called where there is no cache for a reason. The error is a *suite.Failure.
func Ready(plan *engine.Plan, fresh bool, warn func(string)) error {
	plan.Passing = plan.Passing || plan.Spec.Form == npm.Folder
	// The embedded gate is installed faster than it is looked up.
	if !fresh && !plan.Isolated && plan.Spec.Form != npm.Embedded {
		cache, err := kept.OpenDefault(plan.Host)
		if err != nil && !errors.Is(err, kept.ErrNowhere) {
			warn(fmt.Sprintf("prepared consumers are not kept: %v", err))
		}
		plan.Cache = cache
	}
	var err error
	if plan.Cache != nil && !plan.Passing && !plan.Keep {
		plan.Work, err = workspace.CreateAgain(plan.Source, plan.Spec.Given)
	} else {
		plan.Work, err = workspace.Create(plan.Source)
	}
	if err != nil {
		return plan.Failure(suite.Toolchain, suite.KindEnvironment, suite.ExitFail, err)
	}
	if plan.Baseline == nil {
		work := plan.Work
		plan.Baseline = func(ctx context.Context) (preflight.Baseline, error) {
			return preflight.Check(ctx, preflight.Options{
				Dir: plan.Source, Host: plan.Host, Programs: plan.Programs, Scratch: work.Scratch(),
			})
		}
	}
	return nil
}
