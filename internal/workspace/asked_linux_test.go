package workspace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// replaces names the file of the program that this one, run as a child, puts another in the place of.
const replaces = "WORKSPACE_TEST_REPLACES"

// Another program that was put in the place of the one that runs has not prepared its consumers.
func TestProgramIsTheOneThatRuns(t *testing.T) {
	if at := os.Getenv(replaces); at != "" {
		if err := errors.Join(os.Remove(at), os.WriteFile(at, []byte("newer"), 0o755)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("it is", thisProgram())
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(self)
	at := filepath.Join(t.TempDir(), "program")
	if err = errors.Join(err, os.WriteFile(at, data, 0o755)); err != nil {
		t.Fatal(err)
	}
	want := digestFile(at)
	child := exec.Command(at, "-test.run=^TestProgramIsTheOneThatRuns$")
	child.Env = append(os.Environ(), replaces+"="+at)
	out, err := child.CombinedOutput()
	if err != nil || want == "" || !strings.Contains(string(out), "it is "+want) {
		t.Errorf("it is not %s: %v\n%s", want, err, out)
	}
}
