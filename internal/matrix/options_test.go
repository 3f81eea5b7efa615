package matrix_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

func text(s string) *string { return &s }

func TestFlagCountsBeforeEnvironmentBeforeDefault(t *testing.T) {
	t.Parallel()
	yes := true
	resolve := func(flags matrix.Flags, env ...string) matrix.Options {
		t.Helper()
		o, err := flags.Resolve(matrix.Host{Dir: "/here", Env: env})
		if err != nil {
			t.Error(err)
		}
		return o
	}
	o := resolve(matrix.Flags{}, "PUMUKI_SPEC=", "PUMUKI_JOBS=", "PUMUKI_KEEP=")
	if o.Spec.Given != "pumuki@latest" || o.Source != "/here" || len(o.Scenarios) != 3 || o.Jobs < 2 ||
		o.Timeout != 10*time.Minute || o.Keep {
		t.Errorf("defaults: %+v", o)
	}
	env := []string{
		"PUMUKI_SPEC=pumuki@1.2.3", "PUMUKI_SOURCE=there", "PUMUKI_SCENARIO=mixed", "PUMUKI_JOBS=2",
		"PUMUKI_TIMEOUT=90s", "PUMUKI_KEEP=1",
	}
	o = resolve(matrix.Flags{}, env...)
	if o.Spec.Given != "pumuki@1.2.3" || o.Source != "/here/there" || o.Scenarios[0].Name != "mixed" || o.Jobs != 2 ||
		o.Timeout != 90*time.Second || !o.Keep {
		t.Errorf("environment: %+v", o)
	}
	if o := resolve(matrix.Flags{Gates: 2}); o.Jobs != min(6, runtime.NumCPU()+1) {
		t.Errorf("two gates run %d scenarios at once", o.Jobs)
	}
	o = resolve(matrix.Flags{
		Spec: text("embedded"), Source: text("/else"), Scenario: text("clean"), Jobs: text("3"), Timeout: text("1h"),
		Isolated: &yes,
	}, env...)
	if o.Spec.Given != "embedded" || o.Source != "/else" || o.Scenarios[0].Name != "clean" || o.Jobs != 1 ||
		o.Timeout != time.Hour || !o.Isolated {
		t.Errorf("flags: %+v", o)
	}
}

func TestWrongCallNamesTheFlagAndTheAcceptedValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags matrix.Flags
		env   []string
		want  []string
	}{
		"empty spec":     {matrix.Flags{Spec: text("")}, nil, []string{"-spec: ", "a tarball"}},
		"option as spec": {matrix.Flags{Spec: text("--prefix=/x")}, nil, []string{"-spec: ", "embedded"}},
		"empty source": {
			matrix.Flags{Source: text("")}, nil, []string{"-source: ", "a directory in a git repository"},
		},
		"unknown scenario": {
			matrix.Flags{Scenario: text("dirty")}, nil, []string{"-scenario: ", `"dirty"`, "clean, violations, mixed"},
		},
		"empty scenario": {
			matrix.Flags{Scenario: text("")}, nil, []string{"-scenario: ", "clean, violations, mixed"},
		},
		"no number":      {matrix.Flags{Jobs: text("many")}, nil, []string{"-jobs: ", "from 1 to"}},
		"too small":      {matrix.Flags{Jobs: text("0")}, nil, []string{"-jobs: ", "from 1 to"}},
		"too large":      {matrix.Flags{Jobs: text("65")}, nil, []string{"-jobs: ", "from 1 to 64"}},
		"no time":        {matrix.Flags{Timeout: text("10")}, nil, []string{"-timeout: ", "10m"}},
		"no time at all": {matrix.Flags{Timeout: text("0s")}, nil, []string{"-timeout: ", "10m"}},
		"no time left":   {matrix.Flags{Timeout: text("-1s")}, nil, []string{"-timeout: ", "10m"}},
		"wrong environment": {
			matrix.Flags{}, []string{"PUMUKI_JOBS=x", "PUMUKI_KEEP=perhaps"},
			[]string{"PUMUKI_JOBS: ", "PUMUKI_KEEP: ", "true or false"},
		},
	} {
		_, err := c.flags.Resolve(matrix.Host{Dir: "/here", Env: c.env})
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		}
	}
}

func TestBoundsOfTheOptionsAreAccepted(t *testing.T) {
	t.Parallel()
	for jobs, want := range map[string]int{"1": 1, "64": 64} {
		o, err := matrix.Flags{Jobs: text(jobs), Timeout: text("1ns")}.Resolve(matrix.Host{Dir: "/here"})
		if err != nil || o.Jobs != want || o.Timeout != 1 {
			t.Errorf("%s jobs: %+v, %v", jobs, o, err)
		}
	}
}

func TestCallWithoutARepositoryKeepsItsExitCode(t *testing.T) {
	t.Parallel()
	for want, flags := range map[int]matrix.Flags{suite.ExitFail: {}, suite.ExitUsage: {Jobs: text("x")}} {
		host := matrix.Host{Dir: t.TempDir(), Stdout: io.Discard, Stderr: io.Discard}
		err := matrix.Run(t.Context(), host, flags)
		if exit := (*matrix.Exit)(nil); !errors.As(err, &exit) || exit.Code != want {
			t.Errorf("got %v, want exit code %d", err, want)
		}
	}
}

func TestBadFlagDoesNotHideTheRest(t *testing.T) {
	t.Parallel()
	flags := matrix.Flags{Jobs: text("x"), Source: text("/else"), Scenario: text("clean")}
	o, err := flags.Resolve(matrix.Host{Dir: "/here"})
	if err == nil || o.Source != "/else" || cmp.Diff([]string{"clean"}, o.Scenarios.Names()) != "" {
		t.Errorf("%+v, %v", o, err)
	}
}
