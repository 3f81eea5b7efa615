package artifact_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

func TestRunStandsAsFailureUntilItHasPassed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s := open(t, root)
	must(t, s.Begin(verdict.Facts{PackageSpec: "pumuki@latest"}))
	if diff := cmp.Diff([]string{artifact.FailureName}, files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
	report := content(t, s.Dir(), artifact.FailureName)
	for key, want := range map[string]any{
		"final_verdict": "FAIL", "failure_phase": "preflight", "failure_step": "run_interrupted",
		"failure_kind": "interrupted", "exit_code": nil, "package_version": nil,
		"failure_command_step": nil, "failure_command": nil, "failure_command_variables": nil, "failure_log_path": nil,
	} {
		if got, found := report[key]; !found || got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	_, err := s.Pass(facts(), everything(), stepsOf(everything()))
	must(t, err)
	left := []string{artifact.EvidenceName, artifact.RecordName, artifact.SummaryName}
	if diff := cmp.Diff(left, files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
}

func TestOutcomesFollowEachOtherWithoutATrace(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	run := func(ends func(*artifact.Store) error, want ...string) {
		t.Helper()
		s, err := artifact.Open(artifacttest.Options(t, root))
		must(t, err)
		must(t, s.Begin(facts()))
		must(t, ends(s))
		must(t, s.Close())
		if diff := cmp.Diff(want, files(t, s.Dir())); diff != "" {
			t.Error(diff)
		}
		if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() != nil {
			t.Error(report)
		}
	}
	pass := func(s *artifact.Store) error {
		_, err := s.Pass(facts(), everything(), stepsOf(everything()))
		return err
	}
	fail := func(s *artifact.Store) error {
		_, err := s.Fail(facts(), noVersion(logged(t)), nil, stepsOf(nil))
		return err
	}
	miss := func(s *artifact.Store) error {
		failure, results := letThrough(logged(t))
		_, err := s.Fail(facts(), failure, results, stepsOf(results))
		return err
	}
	dies := func(*artifact.Store) error { return nil }
	for range 2 {
		run(fail, artifact.FailureName, artifact.LogName, artifact.RecordName)
		run(pass, artifact.EvidenceName, artifact.RecordName, artifact.SummaryName)
		run(miss, artifact.EvidenceName, artifact.FailureName, artifact.LogName, artifact.RecordName)
		run(dies, artifact.FailureName)
		run(pass, artifact.EvidenceName, artifact.RecordName, artifact.SummaryName)
		run(dies, artifact.FailureName)
	}
}

func TestBeginSweepsWhatEarlierRunsLeft(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, artifact.Folder)
	must(t, os.Mkdir(dir, 0o755))
	for _, name := range []string{
		artifact.SummaryName, artifact.EvidenceName, artifact.RecordName, artifact.LogName, artifact.TraceName,
		artifact.TempName(artifact.SummaryName), artifact.TempName(artifact.FailureName),
		".gitkeep", "notes.txt", "pumuki-matrix-notes.md",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o644))
	}
	s := open(t, root)
	must(t, s.Begin(facts()))
	left := []string{".gitkeep", "notes.txt", artifact.FailureName, "pumuki-matrix-notes.md"}
	if diff := cmp.Diff(left, files(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeSweptIsNamedAndTheRestGoes(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, artifact.Folder)
	must(t, os.MkdirAll(filepath.Join(dir, artifact.EvidenceName, "stuck"), 0o755))
	for _, name := range []string{artifact.SummaryName, artifact.TempName(artifact.EvidenceName), artifact.TraceName} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	s := open(t, root)
	stuck := filepath.Join(s.Dir(), artifact.EvidenceName)
	if err := s.Begin(facts()); err == nil || !strings.Contains(err.Error(), stuck) {
		t.Errorf("Begin returns %v", err)
	}
	if diff := cmp.Diff([]string{artifact.EvidenceName, artifact.FailureName}, files(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestCleanRemovesWhatRunsLeftAndSaysSo(t *testing.T) {
	t.Parallel()
	dir := passed(t)
	must(t, os.WriteFile(filepath.Join(dir, ".gitkeep"), nil, 0o644))
	s := open(t, filepath.Dir(dir))
	removed, err := s.Clean()
	must(t, err)
	left := []string{artifact.SummaryName, artifact.EvidenceName, artifact.RecordName}
	if diff := cmp.Diff(left, removed); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{".gitkeep"}, files(t, dir)); diff != "" {
		t.Error(diff)
	}
	if removed, err := s.Clean(); len(removed) > 0 || err != nil {
		t.Errorf("a second time removes %v, %v", removed, err)
	}
}

func TestPassIsRefusedWhereTheExitsDoNotBearItOut(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	must(t, s.Begin(facts()))
	_, results := letThrough("")
	if _, err := s.Pass(facts(), results, stepsOf(results)); err == nil {
		t.Error("it is taken")
	}
	if _, err := s.Pass(facts(), verdict.Results{}, stepsOf(verdict.Results{})); err == nil {
		t.Error("a pass of nothing is taken")
	}
	if diff := cmp.Diff([]string{artifact.FailureName}, files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
}

func TestPassWithoutBeginIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	if _, err := s.Pass(facts(), everything(), stepsOf(everything())); err == nil {
		t.Error("it is taken")
	}
	if _, err := os.Lstat(filepath.Join(s.Dir(), artifact.SummaryName)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a summary stands")
	}
}

func TestPartOfTheMatrixIsPartial(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	must(t, s.Begin(facts()))
	results := resultsOf("clean", "mixed")
	summary, err := s.Pass(facts(), results, stepsOf(results))
	must(t, err)
	if summary.Verdict != verdict.Partial {
		t.Errorf("the verdict is %s", summary.Verdict)
	}
	if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() != nil || report.Verdict != verdict.Partial {
		t.Error(report)
	}
	if report := verify.Dir(s.Dir(), verify.Expect{Verdict: verdict.Pass}); report.Err() == nil {
		t.Error("a part is taken for the whole")
	}
}

func TestSummaryThatCannotBeRemovedStopsEverything(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	stuck := filepath.Join(root, artifact.Folder, artifact.SummaryName, "stuck")
	must(t, os.MkdirAll(stuck, 0o755))
	s := open(t, root)
	err := s.Begin(facts())
	if err == nil || !strings.Contains(err.Error(), filepath.Join(s.Dir(), artifact.SummaryName)) {
		t.Errorf("Begin returns %v", err)
	}
	if _, err := s.Fail(facts(), noVersion(logged(t)), everything(), nil); err == nil {
		t.Error("a report is written beside it")
	}
	if diff := cmp.Diff([]string{artifact.SummaryName}, files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsAreTakenOutOfWhatOthersWrote(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	options := artifacttest.Options(t, root)
	options.Redact = func(text string) string { return strings.ReplaceAll(text, "hun$ter2", "[redacted]") }
	s, err := artifact.Open(options)
	must(t, err)
	defer s.Close()
	run, failure := facts(), noVersion("")
	run.PackageSpec, failure.Variables.PackageSpec = "https://u:hun$ter2@host/p.tgz", "https://u:hun$ter2@host/p.tgz"
	results := everything()
	results["mixed"][2].Findings = []verdict.Finding{{Rule: "hun$ter2", File: "hun$ter2", Message: "hun$ter2"}}
	must(t, s.Begin(run))
	_, err = s.Fail(run, failure, results, stepsOf(results))
	must(t, err)
	for _, name := range files(t, s.Dir()) {
		data, err := os.ReadFile(filepath.Join(s.Dir(), name))
		must(t, err)
		if strings.Contains(string(data), "ter2") {
			t.Errorf("%s holds it:\n%s", name, data)
		}
	}
	if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() != nil {
		t.Error(report)
	}
}

func TestFolderMustBeADirectoryOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		put  func(path string) error
		says string
	}{
		"a file": {func(path string) error { return os.WriteFile(path, nil, 0o644) }, "a file"},
		"a link": {func(path string) error { return os.Symlink(t.TempDir(), path) }, "a symbolic link"},
		"a pipe": {func(path string) error { return mkfifo(path) }, "a named pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			must(t, each.put(filepath.Join(root, artifact.Folder)))
			_, err := artifact.Open(artifacttest.Options(t, root))
			if err == nil || !strings.Contains(err.Error(), each.says) {
				t.Errorf("Open returns %v", err)
			}
		})
	}
}

func TestLockMustBeAFile(t *testing.T) {
	t.Parallel()
	for says, put := range map[string]func(path string) error{
		"a symbolic link": func(path string) error { return os.Symlink("/etc/passwd", path) },
		"a named pipe":    mkfifo,
		"a directory":     func(path string) error { return os.Mkdir(path, 0o755) },
	} {
		t.Run(says, func(t *testing.T) {
			root := t.TempDir()
			must(t, os.Mkdir(filepath.Join(root, artifact.Folder), 0o755))
			must(t, put(filepath.Join(root, artifact.Folder, artifact.LockName)))
			_, err := artifact.Open(artifacttest.Options(t, root))
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("Open returns %v", err)
			}
		})
	}
}

func TestSecondRunIsToldWhoHoldsTheFirst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := open(t, root)
	must(t, first.Begin(facts()))
	before := snapshot(t, first.Dir())
	_, err := artifact.Open(artifacttest.Options(t, root))
	var busy *artifact.Busy
	if !errors.As(err, &busy) || busy.Holder.PID != os.Getpid() || busy.Holder.RunID != artifacttest.ID {
		t.Fatalf("Open returns %v", err)
	}
	if want := "started 2026-01-02T03:03:56Z"; !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
	if diff := cmp.Diff(before, snapshot(t, first.Dir())); diff != "" {
		t.Errorf("the second run has touched: %s", diff)
	}
	must(t, first.Close())
	if data, err := os.ReadFile(filepath.Join(root, artifact.Folder, artifact.LockName)); err != nil || len(data) > 0 {
		t.Errorf("the lock file holds %q, %v", data, err)
	}
	second, err := artifact.Open(artifacttest.Options(t, root))
	must(t, err)
	must(t, second.Close())
}

func TestRunWhoseLockWasRemovedGivesNoPass(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(lock string) error{
		"removed":                      func(string) error { return nil },
		"made anew, as by another run": func(lock string) error { return os.WriteFile(lock, nil, 0o644) },
	} {
		store := open(t, t.TempDir())
		must(t, store.Begin(facts()))
		lock := filepath.Join(store.Dir(), artifact.LockName)
		must(t, os.Remove(lock))
		must(t, put(lock))
		_, err := store.Pass(facts(), everything(), stepsOf(everything()))
		if err == nil || !strings.Contains(err.Error(), "another run may be at work") {
			t.Errorf("%s: Pass returns %v", name, err)
		}
		if report := verify.Dir(store.Dir(), verify.Expect{Verdict: verdict.Fail}); report.Err() != nil {
			t.Errorf("%s: %v", name, report)
		}
	}
}

func TestLockFileThatNobodyWroteNamesNobody(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := open(t, root)
	for _, text := range []string{
		"", "{", `{"run_id":"\u001b[31m"}`,
		// Nor does one that is longer than any that a run wrote.
		`{"pid":1,"run_id":"pumuki-matrix-20260301T120000Z-1","started_at_utc":"2026-03-01T12:00:00Z"}` +
			strings.Repeat(" ", 4<<10),
		`{"pid":1,"run_id":"pumuki-matrix-20260301T120000Z-1","started_at_utc":"\u001b"}`,
	} {
		must(t, os.WriteFile(filepath.Join(first.Dir(), artifact.LockName), []byte(text), 0o644))
		_, err := artifact.Open(artifacttest.Options(t, root))
		if busy := (*artifact.Busy)(nil); !errors.As(err, &busy) || busy.Holder != (artifact.Holder{}) {
			t.Errorf("%.40q: Open returns %v", text, err)
		}
	}
}

// snapshot is what a folder holds, with the times.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	held := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		must(t, err)
		info, err := entry.Info()
		must(t, err)
		data, _ := os.ReadFile(path)
		held[path] = info.ModTime().String() + string(data)
		return nil
	}))
	return held
}

func TestLogIsPublishedByRename(t *testing.T) {
	t.Parallel()
	const name = "pumuki-clean-npm-install.log"
	victim := filepath.Join(t.TempDir(), "victim")
	must(t, os.WriteFile(victim, []byte("untouched"), 0o644))
	for what, each := range map[string]struct {
		put     func(t *testing.T, path string) error
		refused bool
	}{
		"nothing there": {func(*testing.T, string) error { return nil }, false},
		"a file there": {func(_ *testing.T, path string) error {
			return os.WriteFile(path, []byte("foreign"), 0o644)
		}, false},
		"a link there": {func(_ *testing.T, path string) error { return os.Symlink(victim, path) }, false},
		"a pipe there": {func(_ *testing.T, path string) error { return mkfifo(path) }, false},
		"a directory":  {func(_ *testing.T, path string) error { return os.MkdirAll(path+"/x", 0o755) }, true},
		// Stands for the file of another user in a directory with the sticky bit: root could replace that.
		"a file that may not be replaced": {func(t *testing.T, path string) error {
			must(t, os.WriteFile(path, []byte("untouched"), 0o644))
			immutable(t, path)
			return nil
		}, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			options := artifacttest.Options(t, t.TempDir())
			path := filepath.Join(options.LogDir, name)
			must(t, each.put(t, path))
			s, err := artifact.Open(options)
			must(t, err)
			defer s.Close()
			must(t, s.Begin(facts()))
			private := logged(t)
			report, err := s.Fail(facts(), noVersion(private), nil, stepsOf(nil))
			if each.refused {
				kept := report.Failure.LogPath == verdict.Text(private)
				if err == nil || !strings.Contains(err.Error(), private) || !kept {
					t.Errorf("the log is at %s, and the error is %v", report.Failure.LogPath, err)
				}
			} else {
				must(t, err)
				info, err := os.Lstat(path)
				must(t, err)
				if report.Failure.LogPath != verdict.Text(path) || !info.Mode().IsRegular() {
					t.Errorf("the log is at %s, with mode %s", report.Failure.LogPath, info.Mode())
				}
			}
			if data, _ := os.ReadFile(victim); string(data) != "untouched" {
				t.Errorf("the file behind the link holds %q", data)
			}
			if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() != nil {
				t.Error(report)
			}
			if left, _ := filepath.Glob(filepath.Join(options.LogDir, ".pumuki-*")); len(left) > 0 {
				t.Errorf("%v are left", left)
			}
		})
	}
}

func TestLogThatIsGoneDoesNotKeepTheReportFromBeingWritten(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	must(t, s.Begin(facts()))
	if _, err := s.Fail(facts(), noVersion(filepath.Join(t.TempDir(), "gone")), nil, nil); err == nil {
		t.Error("nothing is said")
	}
	report := content(t, s.Dir(), artifact.FailureName)
	if report["failure_step"] != "npm_install_package" || report["failure_log_path"] != nil ||
		report["failure_log_artifact_bytes"] != nil {
		t.Errorf("the report is %v", report)
	}
	if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() != nil {
		t.Error(report)
	}
}

func TestNothingIsGeneratedBeforeItsRunBegan(t *testing.T) {
	t.Parallel()
	options := artifacttest.Options(t, t.TempDir())
	options.Now = func() time.Time { return artifacttest.Began.Add(-time.Hour) }
	s, err := artifact.Open(options)
	must(t, err)
	defer s.Close()
	must(t, s.Begin(facts()))
	if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() != nil {
		t.Error(report)
	}
}

func TestFolderThatCannotBeWrittenIsNamed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, artifact.Folder)
	must(t, os.Mkdir(dir, 0o755))
	immutable(t, dir)
	if _, err := artifact.Open(artifacttest.Options(t, root)); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("Open returns %v", err)
	}
}

func TestSummaryInAFolderThatCannotBeWrittenStopsEverything(t *testing.T) {
	t.Parallel()
	dir := passed(t)
	immutable(t, dir)
	s, err := artifact.Open(artifacttest.Options(t, filepath.Dir(dir)))
	must(t, err)
	defer s.Close()
	if err := s.Begin(facts()); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, artifact.SummaryName)) {
		t.Errorf("Begin returns %v", err)
	}
}

func TestFolderThatVanishesDuringARunGivesNoPass(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	must(t, s.Begin(facts()))
	must(t, os.RemoveAll(s.Dir()))
	must(t, os.Mkdir(s.Dir(), 0o755))
	if _, err := s.Pass(facts(), everything(), stepsOf(everything())); err == nil {
		t.Error("it passes")
	}
	if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() == nil {
		t.Error("a pass stands")
	}
}

func TestFullDiskGivesNoPass(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if runtime.GOOS != "linux" {
		t.Skip("mounts a small disk: Linux only")
	}
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "none", root).Run(); err != nil {
		t.Skip("cannot mount a small disk here: run as root")
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", root).Run() })
	s := open(t, root)
	must(t, s.Begin(facts()))
	filler, err := os.Create(filepath.Join(root, "filler"))
	must(t, err)
	for err == nil {
		_, err = filler.Write(make([]byte, 4096))
	}
	_ = filler.Close()
	if _, err := s.Pass(facts(), everything(), stepsOf(everything())); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Pass returns %v", err)
	}
	if diff := cmp.Diff([]string{artifact.FailureName}, files(t, s.Dir())); diff != "" {
		t.Error(diff)
	}
	report := verify.Dir(s.Dir(), verify.Expect{})
	if report.Err() != nil || report.Verdict != verdict.Fail {
		t.Error(report)
	}
	// With a little room again the report says what happened.
	must(t, os.Truncate(filler.Name(), 4096*8))
	full := &suite.Failure{Phase: "mixed", Step: suite.ArtifactWrite, Kind: suite.KindEnvironment, Exit: 1}
	if _, err := s.Fail(facts(), full, everything(), stepsOf(everything())); err != nil {
		t.Errorf("Fail returns %v", err)
	}
	if report := verify.Dir(s.Dir(), verify.Expect{}); report.Err() != nil {
		t.Error(report)
	}
}

// immutable makes a path one that even root cannot change.
func immutable(t *testing.T, path string) {
	t.Helper()
	if err := exec.Command("chattr", "+i", path).Run(); err != nil {
		t.Skip("cannot make a path immutable here: run as root, on a file system with chattr +i")
	}
	t.Cleanup(func() { _ = exec.Command("chattr", "-i", path).Run() })
}

func mkfifo(path string) error { return exec.Command("mkfifo", path).Run() }
