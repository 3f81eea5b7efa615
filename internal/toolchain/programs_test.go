//go:build unix

package toolchain_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
)

// A version manager's shims find the program by a variable of their own, by the home directory or by a file of the
// project. What they lead to is found by the caller's environment, and is then run without them.
func TestProgramsBehindShimsAreFound(t *testing.T) {
	t.Parallel()
	real := toolchain.Find(t.Context(), os.Environ(), t.TempDir())
	if real.Node == "" || real.NPM == "" {
		t.Fatalf("the machine's own are %+v", real)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, shim := range map[string]string{
		"by a variable":            `d=${VM_HOME:?no version}`,
		"by the home directory":    `d=$(cat "$HOME/version") || exit 126`,
		"by a file of the project": `d=$(cat .version) || exit 126`,
		"that speaks":              `echo hello; echo hello >&2; d=$VM_HOME`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home, project, shims, bin := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
			write(t, filepath.Join(home, "version"), bin)
			write(t, filepath.Join(project, ".version"), bin)
			for program, path := range map[string]string{"node": real.Node, "npm": real.NPM} {
				if err := os.Symlink(path, filepath.Join(bin, program)); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(shims, program),
					fmt.Sprintf("#!%s\n%s\nexec \"$d/%s\" \"$@\"\n", sh, shim, program))
			}
			host := []string{"PATH=" + shims + ":/usr/bin:/bin", "HOME=" + home, "VM_HOME=" + bin,
				"NODE_OPTIONS=--require=/no/such/file", "npm_config_prefix=/nowhere"}
			if got := toolchain.Find(t.Context(), host, project); got != real {
				t.Errorf("found %+v, want %+v", got, real)
			}
		})
	}
}

// TestMain makes the program of these tests a shim where it bears the name of a program that it stands for.
func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); name == "node" {
		program := filepath.Join(os.Getenv("VM_HOME"), name)
		panic(syscall.Exec(program, os.Args, os.Environ()))
	}
	os.Exit(m.Run())
}

// Some version managers put copies of one program in PATH, each by the name of what it stands for.
func TestShimThatIsAProgramOfThatNameIsNotTakenForNode(t *testing.T) {
	t.Parallel()
	real := toolchain.Find(t.Context(), os.Environ(), t.TempDir())
	shims := t.TempDir()
	self, err := os.Executable()
	if err == nil {
		var program []byte
		if program, err = os.ReadFile(self); err == nil {
			err = os.WriteFile(filepath.Join(shims, "node"), program, 0o755)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	host := []string{"PATH=" + shims + ":/usr/bin:/bin", "VM_HOME=" + filepath.Dir(real.Node)}
	if got := toolchain.Find(t.Context(), host, t.TempDir()); got.Node != real.Node {
		t.Errorf("found %+v, want %+v", got, real)
	}
}

func TestShimThatLeadsNowhereIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	shims := t.TempDir()
	for _, program := range []string{"node", "npm"} {
		write(t, filepath.Join(shims, program), "#!/bin/sh\necho no version is set >&2\nexit 126\n")
	}
	found := toolchain.Find(t.Context(), []string{"PATH=" + shims + ":/usr/bin:/bin"}, t.TempDir())
	if found != (toolchain.Programs{}) {
		t.Errorf("found %+v", found)
	}
	links := filepath.Join(t.TempDir(), "links")
	if err := found.Link(links); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(links); err != nil || len(entries) > 0 {
		t.Errorf("linked %v, %v", entries, err)
	}
}

func TestProgramsAreLinkedByTheirNames(t *testing.T) {
	t.Parallel()
	real := toolchain.Find(t.Context(), os.Environ(), t.TempDir())
	links := filepath.Join(t.TempDir(), "links")
	if err := real.Link(links); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"node", "npm", "npx"} {
		command := exec.Command(filepath.Join(links, name), "--version")
		command.Env = append(os.Environ(), "PATH="+links+":/usr/bin:/bin")
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
