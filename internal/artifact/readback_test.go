package artifact_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestFailuresOfEveryKindAreVerified(t *testing.T) {
	t.Parallel()
	silent := everything()
	clean := silent["clean"]
	clean[0] = &verdict.Outcome{Exit: 0}
	silent["clean"] = clean
	later := everything()
	clean = later["clean"]
	clean[1] = &verdict.Outcome{Exit: 0}
	later["clean"] = clean
	unseen := everything()
	mixed := unseen["mixed"]
	mixed[1].Misses = []string{"it does not report that x", "it reports y"}
	hung, missedAndHung := everything(), everything()
	hung["mixed"] = verdict.Outcomes{hung["mixed"][0], hung["mixed"][1], nil}
	missedAndHung["mixed"] = verdict.Outcomes{{Exit: 0, Outcome: "PASS"}, hung["mixed"][1], nil}
	in := func(phase string, step suite.Step, kind suite.Kind, exit int) suite.Failure {
		f := artifacttest.Failure(phase, step, kind)
		if f.Exit = exit; phase == suite.Preflight {
			f.Variables = suite.Variables{RepoRoot: `/a "strange" $repo`}
		}
		return *f
	}
	early := func(step suite.Step, kind suite.Kind, exit int) suite.Failure {
		return in(suite.Preflight, step, kind, exit)
	}
	unproved := func(stage suite.Step) suite.Failure {
		f := in("clean", suite.EvidenceContract, suite.KindContract, 1)
		f.Command = stage
		return f
	}
	overlooked := in("mixed", suite.FindingsContract, suite.KindContract, 1)
	overlooked.Command = suite.StagePrePush
	for name, each := range map[string]struct {
		failure suite.Failure
		results verdict.Results
	}{
		"a wrong call":        {early(suite.Arguments, suite.KindUsage, 2), nil},
		"a missing tool":      {early(suite.Toolchain, suite.KindEnvironment, 1), nil},
		"a dirty tree":        {early(suite.Cleanliness, suite.KindBaseline, 17), nil},
		"no repository":       {early(suite.SourceRepo, suite.KindBaseline, 1), nil},
		"a hanging gate":      {in("mixed", suite.StageCI, suite.KindStep, 124), hung},
		"a miss, then a hang": {in("mixed", suite.StageCI, suite.KindStep, 124), missedAndHung},
		"a signal": {in("clean", suite.RunInterrupted, suite.KindInterrupted, 143),
			resultsOf("clean")},
		"a full disk":            {in("mixed", suite.ArtifactWrite, suite.KindEnvironment, 1), everything()},
		"missing evidence":       {unproved(suite.StagePreCommit), silent},
		"no later evidence":      {unproved(suite.StagePrePush), later},
		"a finding that is lost": {overlooked, unseen},
		"a foreign process":      {in("violations", suite.GitClone, suite.KindStep, 1), resultsOf("clean")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir())
			must(t, s.Begin(facts()))
			written, err := s.Fail(facts(), &each.failure, each.results, stepsOf(each.results))
			must(t, err)
			sameAsRead(t, written, s.Dir())
			if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() != nil {
				t.Error(report)
			}
		})
	}
}

// sameAsRead holds the run that a store wrote against what is read back.
func sameAsRead(t *testing.T, written *verdict.Run, dir string) {
	t.Helper()
	read, err := verify.Read(dir)
	must(t, err)
	if diff := cmp.Diff(written, read); diff != "" {
		t.Errorf("written (-), and read back (+):\n%s", diff)
	}
}

func TestRunIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	missed, missedResults := letThrough(logged(t))
	for name, write := range map[string]func(*artifact.Store) (*verdict.Run, error){
		"passed": func(s *artifact.Store) (*verdict.Run, error) {
			return s.Pass(facts(), everything(), stepsOf(everything()))
		},
		"partial": func(s *artifact.Store) (*verdict.Run, error) {
			return s.Pass(facts(), resultsOf("mixed"), stepsOf(resultsOf("mixed")))
		},
		"missed, with a log": func(s *artifact.Store) (*verdict.Run, error) {
			return s.Fail(facts(), missed, missedResults, stepsOf(missedResults))
		},
		"broke before any stage": func(s *artifact.Store) (*verdict.Run, error) {
			steps := []verdict.Step{{Phase: "clean", Name: "git_clone", Took: 1999 * time.Nanosecond, Exit: 1}}
			return s.Fail(facts(), noVersion(logged(t)), nil, steps)
		},
	} {
		s := open(t, t.TempDir())
		must(t, s.Begin(facts()))
		written, err := write(s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sameAsRead(t, written, s.Dir())
	}
}

func TestLogOfTheLastRunEndsInWholeLines(t *testing.T) {
	t.Parallel()
	filled := strings.Repeat("x", artifact.ShownLog-4) + "\nyy\n"
	for name, each := range map[string]struct{ log, want string }{
		"a short one":        {"one\ntwo\n", "one\ntwo\n"},
		"one that just fits": {filled, filled},
		"one too long":       {"zz" + filled, "yy\n"},
		"one endless line":   {"z" + strings.Repeat("x", artifact.ShownLog), strings.Repeat("x", artifact.ShownLog)},
	} {
		last := artifacttest.Left{Run: facts(), Failure: noVersion(""), Log: &each.log}.Read(t)
		if last.LogEnd != each.want {
			t.Errorf("%s: it ends with %.40q, %d bytes", name, last.LogEnd, len(last.LogEnd))
		}
	}
}
