package ledger_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A verdict is on the disk before it is said (CONTRACT §9). No kill shows what a loss of power takes: the system calls
// up to the first word are looked at.
func TestVerdictIsOnTheDiskBeforeItIsSaid(t *testing.T) {
	t.Parallel()
	if err := exec.Command("strace", "-f", "-qq", "-o", os.DevNull, "true").Run(); err != nil {
		t.Skip("needs strace: apt-get install strace")
	}
	trace := filepath.Join(t.TempDir(), "trace")
	child := exec.Command("strace", "-f", "-qq", "-y", "-o", trace,
		"-e", "trace=openat,fsync,renameat,write", os.Args[0])
	child.Env = append(os.Environ(), writes+"="+filepath.Join(t.TempDir(), "kept"))
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	if !bufio.NewScanner(out).Scan() {
		t.Error("it wrote nothing")
	}
	must(t, out.Close()) // its next word ends it
	_ = child.Wait()
	saw, err := os.ReadFile(trace)
	must(t, err)
	before, _, _ := strings.Cut(string(saw), "write(1<")
	order := regexp.MustCompile(`(?s)openat\([^\n]*"\.draft-[^\n]*O_CREAT.*fsync\(\d+<[^\n]*/\.draft-.*` +
		`renameat\([^\n]*"\.draft-.*fsync\(\d+<[^\n]*/kept>`)
	if !order.MatchString(before) {
		t.Errorf("before it said so it did:\n%s", before)
	}
}
