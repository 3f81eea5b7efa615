package matrix

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// A version has only what its gate did for a verdict. What is wrong with the machine, the registry or the source
// repository ends the sweep (CONTRACT §9).
func TestOnlyWhatTheGateDidIsAVerdictOnIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := func(text string) string {
		path := filepath.Join(dir, text)
		if err := os.WriteFile(path, []byte("npm error code "+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	at := func(phase string, step suite.Step, kind suite.Kind, log string) suite.Failure {
		return suite.Failure{Phase: phase, Step: step, Kind: kind, LogPath: log, Err: errors.New("it broke")}
	}
	install, stage := suite.NPMInstallPackage, suite.Stages()[0].Step
	for name, each := range map[string]struct {
		failure suite.Failure
		want    bool
	}{
		"a postinstall fails":         {at("clean", install, suite.KindStep, log("1")), true},
		"the registry lacks it":       {at("clean", install, suite.KindStep, log("E404")), true},
		"a stage hangs":               {at("clean", stage, suite.KindStep, ""), true},
		"the registry is dead":        {at("clean", install, suite.KindStep, log("ECONNREFUSED")), false},
		"the source repository moved": {at("clean", suite.GitClone, suite.KindStep, ""), false},
		"the baseline takes too long": {at(suite.Preflight, suite.SourceRepo, suite.KindStep, ""), false},
		"the disk is full":            {at("clean", install, suite.KindEnvironment, log("1")), false},
	} {
		if _, got := Judged(t.Context(), &each.failure, strings.Clone); got != each.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	hangs := at("clean", stage, suite.KindStep, "")
	if _, got := Judged(ended, &hangs, strings.Clone); got {
		t.Error("what the end of the whole call cut off is a verdict on the gate")
	}
}

// Why a gate could not be judged is said with the error that its program ended with, where its log has one.
func TestWhatAProgramThrewIsSaid(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	for text, want := range map[string]string{
		"  const err = new Error(message);\n\nError: There is no './a'\n at b\n": ": Error: There is no './a'",
		"npm error code 1\nnpm error TypeError [ERR_X]: no function\n":           ": TypeError [ERR_X]: no function",
		"npm error code 1\nit is no Error: at all\n":                             "",
	} {
		if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f := &suite.Failure{
			Phase: "clean", Step: suite.NPMInstallPackage, Kind: suite.KindStep, LogPath: log,
			Err: errors.New("it exited with 1"),
		}
		if broke, judged := Judged(t.Context(), f, strings.Clone); !judged || broke.Why != "it exited with 1"+want {
			t.Errorf("of %q it says %+v", text, broke)
		}
	}
}
