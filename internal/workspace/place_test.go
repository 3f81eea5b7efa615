//go:build unix

package workspace_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// mount returns a function that makes a directory and mounts a file system on it, for as long as the test runs.
func mount(options string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput()
		if err != nil {
			t.Skipf("nothing can be mounted here: %s", out)
		}
		t.Cleanup(func() {
			if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
				t.Errorf("umount: %s", out)
			}
		})
	}
}

func TestTemporaryDirectoryThatWillNotDoIsToldOf(t *testing.T) {
	source := t.TempDir()
	for name, test := range map[string]struct {
		make func(t *testing.T, dir string)
		says string
	}{
		"is not there": {func(*testing.T, string) {}, "no such file"},
		"is a file": {func(t *testing.T, dir string) {
			if err := os.WriteFile(dir, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "not a directory"},
		"is mounted noexec":    {mount("noexec"), "cannot be run"},
		"cannot be written to": {mount("ro"), "read-only"},
		"has no inodes left":   {mount("nr_inodes=3"), "no space left"},
		"is full": {func(t *testing.T, dir string) {
			mount("size=64k")(t, dir)
			_ = os.WriteFile(filepath.Join(dir, "full"), make([]byte, 128<<10), 0o644)
		}, "no space left"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "tmp")
			test.make(t, dir)
			t.Setenv("TMPDIR", dir)
			before, _ := os.ReadDir(dir)
			for call, create := range map[string]func(string) (*workspace.Workspace, error){
				"Create": workspace.Create, "CreateAgain": func(source string) (*workspace.Workspace, error) {
					return workspace.CreateAgain(source, "pumuki@latest")
				},
			} {
				_, err := create(source)
				if err == nil {
					t.Fatalf("%s: it is used", call)
				}
				for _, want := range []string{dir, test.says, "Mend: set TMPDIR"} {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %q does not say %q", call, err, want)
					}
				}
			}
			if after, _ := os.ReadDir(dir); len(after) != len(before) {
				t.Errorf("left behind: %v", after)
			}
			if _, err := workspace.Sweep(t.Context(), source); err != nil && name != "is a file" {
				t.Errorf("sweep: %v", err)
			}
		})
	}
}

func TestSocketsFitIntoTheTemporaryDirectoryHoweverLongItsPath(t *testing.T) {
	for name, long := range map[string]string{
		"as on macOS": "/private/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T",
		"very long":   strings.Repeat("/directory", 20),
	} {
		t.Run(name, func(t *testing.T) {
			base := filepath.Join(t.TempDir(), long)
			if err := os.MkdirAll(base, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TMPDIR", base)
			for end, do := range map[string]func(*workspace.Workspace) error{
				"removed": (*workspace.Workspace).Remove, "kept": (*workspace.Workspace).Keep,
				"its logs left": (*workspace.Workspace).RemoveButLogs,
				"killed": func(w *workspace.Workspace) error {
					if err := w.Abandon(); err != nil {
						return err
					}
					_, err := workspace.Sweep(t.Context(), "/no/source")
					return err
				},
			} {
				w, err := workspace.Create(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(w.Dir, base) {
					t.Errorf("the work directory is in another place: %s", w.Dir)
				}
				name := filepath.Join("tsx-4294967295", "4194304.pipe")
				if err := os.Mkdir(filepath.Join(w.Temp(), filepath.Dir(name)), 0o700); err != nil {
					t.Fatal(err)
				}
				listener, err := net.Listen("unix", filepath.Join(w.Temp(), name))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := os.Lstat(filepath.Join(w.Scratch(), name)); err != nil {
					t.Errorf("the socket is in another place: %v", err)
				}
				_ = listener.Close()
				if err := do(w); err != nil {
					t.Errorf("%s: %v", end, err)
				}
				if _, err := os.Lstat(filepath.Dir(w.Temp())); err == nil {
					t.Errorf("%s: %s is left behind", end, w.Temp())
				}
			}
		})
	}
}
