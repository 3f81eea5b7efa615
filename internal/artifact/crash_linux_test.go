package artifact_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// A run for tests, as a process of its own that can be hurt: one on its first thread, or one after the other, each on
// a thread of its own.
const (
	runHow  = "ARTIFACT_TEST_RUN"
	runRoot = "ARTIFACT_TEST_ROOT"
	runMany = "ARTIFACT_TEST_MANY"
)

// nowhere is the file of a call that does nothing, and ofNobody what strace shows of such a call.
const (
	nowhere  = -1
	ofNobody = "(-1"
)

// secondRun names it. The artifacts that it finds are those of another.
var secondRun = artifact.RunID(artifact.Matrix, artifacttest.Began.Add(time.Hour), 1)

// init makes this program that run, where it was started as one. Strace counts system calls by thread.
func init() {
	how := os.Getenv(runHow)
	if how == "" {
		return
	}
	runtime.LockOSThread()
	if err := cmp.Or(touchMany(how, os.Getenv(runMany)), touchArtifacts(how, os.Getenv(runRoot))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// hurtRun is one of many runs in one process: it finds its artifacts in Root, and before it begins Skip system calls
// of the name Call are made. Where strace fails the Wth call of each thread, the run fails at its own call W - Skip.
type hurtRun struct {
	Root, Call string
	Skip       int
}

// hurtEnd is how one of many ended, and the thread that it was on.
type hurtEnd struct {
	Thread int
	Error  string
}

// touchMany runs many, one after the other, and prints how they ended. It does not return then. Where there are none it
// returns nil.
func touchMany(how, many string) error {
	if many == "" {
		return nil
	}
	var runs []hurtRun
	if err := json.Unmarshal([]byte(many), &runs); err != nil {
		return err
	}
	ends := make([]hurtEnd, len(runs))
	for i, run := range runs {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			runtime.LockOSThread() // and never unlocked: the thread ends with the run
			ends[i].Thread = unix.Gettid()
			for range run.Skip {
				calls[run.Call]()
			}
			if err := touchArtifacts(how, run.Root); err != nil {
				ends[i].Error = err.Error()
			}
		}()
		<-ended
	}
	if err := json.NewEncoder(os.Stdout).Encode(ends); err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

// calls makes each system call that can meet a fault, in a way that does nothing.
var calls = map[string]func(){
	"mkdirat":         func() { _ = unix.Mkdirat(nowhere, "", 0) },
	"openat":          func() { _, _ = unix.Openat(nowhere, "", 0, 0) },
	"newfstatat":      func() { _ = unix.Fstatat(nowhere, "", new(unix.Stat_t), 0) },
	"flock":           func() { _ = unix.Flock(nowhere, unix.LOCK_UN) },
	"read":            func() { _, _ = unix.Read(nowhere, nil) },
	"getdents64":      func() { _, _ = unix.Getdents(nowhere, nil) },
	"write":           func() { _, _ = unix.Write(nowhere, nil) },
	"fsync":           func() { _ = unix.Fsync(nowhere) },
	"close":           func() { _ = unix.Close(nowhere) },
	"renameat":        func() { _ = unix.Renameat(nowhere, "", nowhere, "") },
	"unlinkat":        func() { _ = unix.Unlinkat(nowhere, "", 0) },
	"copy_file_range": func() { _, _ = unix.CopyFileRange(nowhere, nil, nowhere, nil, 0, 0) },
}

// touchArtifacts is a run, from its first to its last touch of the artifacts.
func touchArtifacts(how, root string) error {
	now := func() time.Time { return artifacttest.Began.Add(2 * time.Hour) }
	s, err := artifact.Open(artifact.Options{Root: root, RunID: secondRun, LogDir: root, Now: now})
	if err != nil {
		return err
	}
	if err := s.Begin(verdict.Facts{PackageSpec: "pumuki@latest"}); err != nil {
		return err
	}
	if how == "pass" {
		_, err = s.Pass(facts(), everything(), stepsOf(everything()))
		return err
	}
	failure, results := letThrough(filepath.Join(root, "private.log"))
	_, err = s.Fail(facts(), failure, results, stepsOf(results))
	return err
}

// traced runs it under strace and returns what strace saw. The error is that of the run. Strace is quicker where the
// system filters the calls, but then it sends no signals; where it sends one, only the thread of the run is its matter.
func traced(t *testing.T, how, root string, options ...string) (string, error) {
	t.Helper()
	follow := []string{"-f", "--seccomp-bpf"}
	if strings.Contains(strings.Join(options, " "), "signal=") {
		follow = nil
	}
	saw, _, err := straced(t, root, append(follow, options...), runHow+"="+how, runRoot+"="+root)
	return saw, err
}

// tracedMany runs many under strace and returns what strace saw of each, and how each ended.
func tracedMany(t *testing.T, how string, runs []hurtRun, options ...string) (saw []string, ended []error) {
	t.Helper()
	many, err := json.Marshal(runs)
	must(t, err)
	trace, output, err := straced(t, t.TempDir(), append([]string{"-f", "--seccomp-bpf"}, options...),
		runHow+"="+how, runMany+"="+string(many))
	must(t, err)
	var ends []hurtEnd
	must(t, json.Unmarshal(output, &ends))
	threads := map[string]string{}
	for line := range strings.Lines(trace) {
		thread, _, _ := strings.Cut(line, " ")
		threads[thread] += line
	}
	for _, end := range ends {
		saw = append(saw, threads[strconv.Itoa(end.Thread)])
		var err error
		if end.Error != "" {
			err = errors.New(end.Error)
		}
		ended = append(ended, err)
	}
	return saw, ended
}

// straced runs this program under strace, which writes what it sees into root.
func straced(t *testing.T, root string, options []string, env ...string) (saw string, output []byte, err error) {
	t.Helper()
	trace := filepath.Join(root, "trace")
	self, err := os.Executable()
	must(t, err)
	command := exec.Command("strace", slices.Concat([]string{"-qq", "-o", trace}, options, []string{self})...)
	command.Env = append(env, "GOMAXPROCS=1", "GOGC=off",
		// The race detector would wait a second at each exit, for reports that nobody reads.
		"GORACE=atexit_sleep_ms=0")
	output, err = command.CombinedOutput()
	read, readErr := os.ReadFile(trace)
	must(t, readErr)
	if err != nil {
		err = fmt.Errorf("%w: %s", err, output)
	}
	return string(read), output, err
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

// repository is one in which an earlier run has passed.
func repository(t *testing.T, like string) string {
	t.Helper()
	root := t.TempDir()
	must(t, os.CopyFS(filepath.Join(root, artifact.Folder), os.DirFS(like)))
	must(t, os.WriteFile(filepath.Join(root, "private.log"), []byte(artifacttest.LogText), 0o600))
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
			"read last-failure.log", // its end, for what shows the run
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

// failures are what system calls can meet, and those that meet it.
var failures = map[string][]string{
	"EIO":    slices.Sorted(maps.Keys(calls)),
	"ENOSPC": {"mkdirat", "write", "renameat", "copy_file_range"},
	"EROFS":  {"mkdirat", "openat", "renameat", "unlinkat"},
}

// TestNoFaultLeavesAFalsePass fails the Nth system call of a run that writes its artifacts, for N = 1, 2, 3 … until a
// run gets through untouched, in the manner of SQLite's tests. Whatever happened, a PASS on disk is that of a run which
// passed, and no file is torn.
func TestNoFaultLeavesAFalsePass(t *testing.T) {
	t.Parallel()
	needStrace(t)
	if testing.Short() {
		t.Skip("runs some hundred times")
	}
	earlier := passed(t)
	for _, how := range []string{"pass", "fail"} {
		for failure, names := range failures {
			t.Run(how+" error="+failure, func(t *testing.T) {
				t.Parallel()
				failEach(t, earlier, how, failure, names)
			})
		}
		t.Run(how+" signal=KILL", func(t *testing.T) {
			t.Parallel()
			killAtEach(t, earlier, how, []string{"write", "fsync", "renameat", "unlinkat", "copy_file_range"})
		})
	}
}

// failEach fails each system call of the given names, one in each run. The runs are in one process, for its start takes
// longer than they do.
func failEach(t *testing.T, earlier, how, failure string, names []string) {
	t.Helper()
	trace := "trace=" + strings.Join(names, ",")
	untouched, ended := tracedMany(t, how, []hurtRun{{Root: repository(t, earlier)}}, "-e", trace)
	must(t, ended[0])
	made := map[string]int{}
	for _, name := range names {
		made[name] = strings.Count(untouched[0], " "+name+"(")
	}
	// A run that meets a fault may make some calls more than one that meets none. They must not be failed too.
	failing := 20 + slices.Max(slices.Collect(maps.Values(made)))
	var runs []hurtRun
	var about []string
	for _, name := range names {
		for n := 1; n <= made[name]+1; n++ {
			runs = append(runs, hurtRun{repository(t, earlier), name, failing - n})
			about = append(about, fmt.Sprintf("%s:error=%s:when=%d", name, failure, n))
		}
	}
	inject := fmt.Sprintf("inject=%s:error=%s:when=%d", strings.Join(names, ","), failure, failing)
	saw, ended := tracedMany(t, how, runs, "-e", trace, "-e", inject)
	injected := 0
	for i, run := range runs {
		last := failing-run.Skip > made[run.Call]
		hurt := ""
		for line := range strings.Lines(saw[i]) {
			if strings.Contains(line, "(INJECTED)") {
				hurt += line
			}
		}
		switch {
		case last && hurt != "":
			t.Errorf("%s: the run makes only %d such calls: %s", about[i], made[run.Call], hurt)
		case last:
			must(t, ended[i])
		case strings.Count(hurt, "\n") != 1 || !strings.Contains(hurt, " "+run.Call+"(") ||
			strings.Contains(hurt, ofNobody):
			t.Errorf("%s: it failed another call than that: %q", about[i], hurt)
		default:
			injected++
		}
		holds(t, about[i], how, run.Root, ended[i])
	}
	if injected == 0 {
		t.Error("nothing was injected")
	}
	t.Logf("%d faults injected", injected)
}

// killAtEach kills the process at each system call of the given names.
func killAtEach(t *testing.T, earlier, how string, names []string) {
	t.Helper()
	saw, err := traced(t, how, repository(t, earlier), "-e", "trace="+strings.Join(names, ",")+",mkdirat")
	must(t, err)
	injected := 0
	for _, call := range names {
		for n := first(saw, call); ; n++ {
			root := repository(t, earlier)
			inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)
			_, err := traced(t, how, root, "-e", "trace="+call, "-e", inject)
			if !killed(err) {
				must(t, err)
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

// judged is what is found out about the artifacts that a run left, whatever happened to it.
type judged struct {
	report verify.Report
	torn   []string
	// next is the error of the next run: it needs nobody's help.
	next error
}

// judgedStates are the artifacts that were judged, by their bytes: many faults leave the same.
var judgedStates sync.Map

// holder is the process that a lock names.
var holder = regexp.MustCompile(`\\"pid\\":[0-9]+`)

// judge judges the artifacts in root. Those that are the same to the byte are judged once; where they lie and which
// process wrote them is no difference.
func judge(t *testing.T, root string) *judged {
	t.Helper()
	dir := filepath.Join(root, artifact.Folder)
	state := ""
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		about, infoErr := entry.Info()
		data, readErr := os.ReadFile(filepath.Join(dir, entry.Name()))
		must(t, errors.Join(infoErr, readErr))
		state += fmt.Sprintf("%q %v %q\n", entry.Name(), about.Mode(), data)
	}
	must(t, err)
	state = holder.ReplaceAllString(strings.ReplaceAll(state, root, ""), "")
	if known, found := judgedStates.Load(state); found {
		return known.(*judged)
	}
	found := &judged{report: verify.Dir(dir, verify.Expect{})}
	for _, entry := range entries {
		name := entry.Name()
		data, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if filepath.Ext(name) == ".json" && !(json.Valid(data) && strings.HasSuffix(string(data), "}\n")) {
			found.torn = append(found.torn, name)
		}
	}
	found.next = cmp.Or(touchArtifacts("pass", root), verified(dir))
	judgedStates.Store(state, found)
	return found
}

// holds checks what must hold after a run, whatever happened to it.
func holds(t *testing.T, fault, how, root string, ended error) {
	t.Helper()
	_, err := os.Lstat(filepath.Join(root, artifact.Folder, artifact.SummaryName))
	summary, wanted := err == nil, map[string]verdict.Verdict{"pass": verdict.Pass, "fail": verdict.Fail}[how]
	found := judge(t, root)
	if found.torn != nil {
		t.Errorf("%s: it is torn: %s", fault, found.torn)
	}
	switch report := found.report; {
	case ended == nil && report.Err() != nil:
		t.Errorf("%s: all went well, it says, but: %s", fault, report)
	case ended == nil && (report.RunID != secondRun || report.Verdict != wanted):
		t.Errorf("%s: all went well, it says, but: %s", fault, report)
	case summary && report.Verdict != verdict.Pass:
		t.Errorf("%s: a summary stands, but: %s", fault, report)
	case summary && report.RunID == secondRun && ended != nil && !killed(ended):
		t.Errorf("%s: it passed on disk and failed by its exit: %v", fault, ended)
	case summary && report.RunID == secondRun && how == "fail":
		t.Errorf("%s: it failed and passes on disk", fault)
	}
	if found.next != nil {
		t.Errorf("%s: and the next run: %v", fault, found.next)
	}
}

func verified(dir string) error {
	if report := verify.Dir(dir, verify.Expect{Verdict: verdict.Pass}); report.Err() != nil {
		return errors.New(report.String())
	}
	return nil
}
