package tempdir_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tempdir"
)

func TestProgramsCanBeWrittenAndRunInATemporaryDirectory(t *testing.T) {
	t.Setenv("TMPDIR", "")
	tempdir.InMemory()
	if runtime.GOOS == "windows" {
		t.Skip("it has no programs that are scripts")
	}
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 7\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program)
	if err := command.Run(); command.ProcessState.ExitCode() != 7 {
		t.Errorf("in %s: %v", os.TempDir(), err)
	}
}

func TestDirectoryThatTheCallerChoseStays(t *testing.T) {
	t.Setenv("TMPDIR", "/chosen")
	tempdir.InMemory()
	if got := os.Getenv("TMPDIR"); got != "/chosen" {
		t.Errorf("it is %s", got)
	}
}
