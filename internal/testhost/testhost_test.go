package testhost_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
)

func TestProgramsCanBeWrittenAndRunInATemporaryDirectory(t *testing.T) {
	t.Setenv("TMPDIR", "")
	testhost.Prepare()
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
	testhost.Prepare()
	if got := os.Getenv("TMPDIR"); got != "/chosen" {
		t.Errorf("it is %s", got)
	}
}

func TestNodeReadsNoCertificatesOfTheHost(t *testing.T) {
	t.Setenv("NODE_EXTRA_CA_CERTS", "/etc/ssl/certs.pem")
	testhost.Prepare()
	if got, has := os.LookupEnv("NODE_EXTRA_CA_CERTS"); has {
		t.Errorf("it is %s", got)
	}
}
