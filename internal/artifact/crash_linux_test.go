package artifact

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// A run for tests, as a process of its own that can be hurt.
const (
	runHow  = "ARTIFACT_TEST_RUN"
	runRoot = "ARTIFACT_TEST_ROOT"
)

// secondRun names it. The artifacts that it finds are those of another.
var secondRun = RunID(noon.Add(time.Hour), 1)

// init makes this program that run, where it was started as one. The run stays on the first thread: strace counts
// system calls by thread.
func init() {
	if how := os.Getenv(runHow); how != "" {
		runtime.LockOSThread()
		if err := touchArtifacts(how, os.Getenv(runRoot)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// touchArtifacts is a run, from its first to its last touch of the artifacts.
func touchArtifacts(how, root string) error {
	now := func() time.Time { return noon.Add(2 * time.Hour) }
	s, err := Open(Options{Root: root, RunID: secondRun, LogDir: root, Now: now})
	if err != nil {
		return err
	}
	if err := s.Begin(Run{PackageSpec: "pumuki@latest"}); err != nil {
		return err
	}
	if how == "pass" {
		_, err = s.Pass(runOfTests(), everything(), stepsOfTests(everything()))
		return err
	}
	failure, results := missedFailure(filepath.Join(root, "private.log"))
	_, err = s.Fail(runOfTests(), failure, results, stepsOfTests(results))
	return err
}

// traced runs it under strace and returns what strace saw. The error is that of the run. Strace is quicker where the
// system filters the calls, but then it sends no signals.
func traced(t *testing.T, how, root string, options ...string) (string, error) {
	t.Helper()
	trace := filepath.Join(root, "trace")
	self, err := os.Executable()
	must(t, err)
	args := append([]string{"-f", "-qq", "-o", trace}, options...)
	if !strings.Contains(strings.Join(options, " "), "signal=") {
		args = append(args, "--seccomp-bpf")
	}
	command := exec.Command("strace", append(args, self)...)
	command.Env = []string{runHow + "=" + how, runRoot + "=" + root, "GOMAXPROCS=1", "GOGC=off",
		// The race detector would wait a second at each exit, for reports that nobody reads.
		"GORACE=atexit_sleep_ms=0"}
	output, err := command.CombinedOutput()
	saw, readErr := os.ReadFile(trace)
	must(t, readErr)
	if err != nil {
		err = fmt.Errorf("%w: %s", err, output)
	}
	return string(saw), err
}

func needStrace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("needs strace: apt-get install strace")
	}
	strace := exec.Command("strace", "-f", "-qq", "--seccomp-bpf", "-o", os.DevNull, "true")
	if output, err := strace.CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %v: %s", err, output)
	}
}

// repository is one in which an earlier run has passed. It is a copy in memory where that can be had: there are
// hundreds of them, and each run syncs a dozen times.
func repository(t *testing.T, like string) string {
	t.Helper()
	memory := "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	root, err := os.MkdirTemp(memory, "artifact-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	must(t, os.CopyFS(filepath.Join(root, Folder), os.DirFS(like)))
	must(t, os.WriteFile(filepath.Join(root, "private.log"), []byte(logText), 0o600))
	return root
}

func TestOrderOfWritesIsThatOfTheContract(t *testing.T) {
	t.Parallel()
	needStrace(t)
	earlier := passed(t)
	for how, want := range map[string][]string{
		"pass": {
			"remove summary.json", "sync folder", // the old verdict is gone for good
			"remove evidence.json", "remove run.json", "sync folder",
			"create last-failure.json.tmp", "sync file", "put last-failure.json", "sync folder",
			"create run.json.tmp", "sync file", "put run.json", "sync folder",
			"create evidence.json.tmp", "sync file", "put evidence.json", "sync folder",
			"create summary.json.tmp", "sync file", "set aside last-failure.json", "sync folder",
			"put summary.json", "sync folder", // whole, last, and to stay
			"remove last-failure.json.tmp",
		},
		"fail": {
			"remove summary.json", "sync folder",
			"remove evidence.json", "remove run.json", "sync folder",
			"create last-failure.json.tmp", "sync file", "put last-failure.json", "sync folder",
			"create last-failure.log.tmp", "sync file", "put last-failure.log", "sync folder",
			"read last-failure.log", // as it lies on disk
			"create run.json.tmp", "sync file", "put run.json", "sync folder",
			"create evidence.json.tmp", "sync file", "put evidence.json", "sync folder",
			"create last-failure.json.tmp", "sync file", "put last-failure.json", "sync folder",
		},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			saw, err := traced(t, how, repository(t, earlier), "-y", "-e", "trace=openat,renameat,unlinkat,fsync")
			must(t, err)
			if diff := gocmp.Diff(want, touches(saw)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

var (
	touch = regexp.MustCompile(`(?:openat|renameat|unlinkat)\(\d+<[^>]*/artifacts>, "\.?pumuki-matrix-([^"]+)"` +
		`(?:, (?:\d+<[^>]*>, "\.?pumuki-matrix-([^"]+)"|([A-Z_|]+)))?.* = (?:\d+|0)\b`)
	synced = regexp.MustCompile(`fsync\(\d+<[^>]*/artifacts(/?)`)
)

// touches are the touches of artifacts in what strace saw, in words.
func touches(saw string) (all []string) {
	for line := range strings.Lines(saw) {
		if found := synced.FindStringSubmatch(line); found != nil {
			all = append(all, "sync "+map[string]string{"": "folder", "/": "file"}[found[1]])
		}
		found := touch.FindStringSubmatch(line)
		switch {
		case found == nil || strings.Contains(line, "= -1"):
		case strings.Contains(line, "unlinkat("):
			all = append(all, "remove "+found[1])
		case strings.Contains(line, "renameat(") && strings.HasSuffix(found[1], ".tmp"):
			all = append(all, "put "+found[2])
		case strings.Contains(line, "renameat("):
			all = append(all, "set aside "+found[1])
		case strings.Contains(line, "O_CREAT"):
			all = append(all, "create "+found[1])
		default:
			all = append(all, "read "+found[1])
		}
	}
	return all
}

// faults are what system calls can meet, and those that meet it.
var faults = map[string][]string{
	"error=EIO": {"mkdirat", "openat", "newfstatat", "flock", "read", "getdents64", "write", "fsync", "close",
		"renameat", "unlinkat", "copy_file_range"},
	"error=ENOSPC": {"mkdirat", "write", "renameat", "copy_file_range"},
	"error=EROFS":  {"mkdirat", "openat", "renameat", "unlinkat"},
	"signal=KILL":  {"write", "fsync", "renameat", "unlinkat", "copy_file_range"},
}

// TestNoFaultLeavesAFalsePass fails the Nth system call of a run that writes its artifacts, for N = 1, 2, 3 … until a
// run gets through untouched, in the manner of SQLite's tests. Whatever happened, a PASS on disk is that of a run which
// passed, and no file is torn.
func TestNoFaultLeavesAFalsePass(t *testing.T) {
	t.Parallel()
	needStrace(t)
	if testing.Short() {
		t.Skip("runs some hundred processes")
	}
	earlier := passed(t)
	for fault, calls := range faults {
		for _, how := range []string{"pass", "fail"} {
			t.Run(how+" "+fault, func(t *testing.T) {
				t.Parallel()
				saw, err := traced(t, how, repository(t, earlier), "-e", "trace="+strings.Join(calls, ",")+",mkdirat")
				must(t, err)
				injected := 0
				for _, call := range calls {
					for n := first(saw, call); ; n++ {
						root := repository(t, earlier)
						inject := fmt.Sprintf("inject=%s:%s:when=%d", call, fault, n)
						saw, err := traced(t, how, root, "-e", "trace="+call, "-e", inject)
						if !strings.Contains(saw, "(INJECTED)") && !killed(err) {
							break
						}
						injected++
						holds(t, inject, how, root, err)
					}
				}
				if injected == 0 {
					t.Error("nothing was injected")
				}
				t.Logf("%d faults injected", injected)
			})
		}
	}
}

// first is which of the calls of a name is the first after the artifacts are touched: what the runtime of Go does
// before that is not the matter.
func first(saw, call string) int {
	n := 1
	for line := range strings.Lines(saw) {
		if strings.Contains(line, "/artifacts") {
			break
		}
		if strings.Contains(line, " "+call+"(") {
			n++
		}
	}
	return n
}

// killed tells whether a run was ended by a signal: strace ends as what it traces did.
func killed(ended error) bool {
	exit := (*exec.ExitError)(nil)
	return errors.As(ended, &exit) && !exit.Exited()
}

// holds checks what must hold after a run, whatever happened to it.
func holds(t *testing.T, fault, how, root string, ended error) {
	t.Helper()
	dir := filepath.Join(root, Folder)
	report := Verify(dir, Expect{})
	for _, name := range jsonNames {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		if broken := decode(name, data, new(any)); broken != nil {
			t.Errorf("%s: %s is torn: %v", fault, name, broken)
		}
	}
	_, err := os.Lstat(filepath.Join(dir, SummaryName))
	summary, wanted := err == nil, map[string]Verdict{"pass": Pass, "fail": Fail}[how]
	switch {
	case ended == nil && report.Err() != nil:
		t.Errorf("%s: all went well, it says, but: %s", fault, report)
	case ended == nil && (report.RunID != secondRun || report.Verdict != wanted):
		t.Errorf("%s: all went well, it says, but: %s", fault, report)
	case summary && report.Verdict != Pass:
		t.Errorf("%s: a summary stands, but: %s", fault, report)
	case summary && report.RunID == secondRun && ended != nil && !killed(ended):
		t.Errorf("%s: it passed on disk and failed by its exit: %v", fault, ended)
	case summary && report.RunID == secondRun && how == "fail":
		t.Errorf("%s: it failed and passes on disk", fault)
	}
	// The next run needs nobody's help.
	if err := cmp.Or(touchArtifacts("pass", root), verified(dir)); err != nil {
		t.Errorf("%s: and the next run: %v", fault, err)
	}
}

func verified(dir string) error {
	if report := Verify(dir, Expect{Verdict: Pass}); report.Err() != nil {
		return errors.New(report.String())
	}
	return nil
}
