package workspace_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

func TestSweepTakesWhatNoRunHolds(t *testing.T) {
	base := t.TempDir()
	t.Setenv("TMPDIR", base)
	create := func() *workspace.Workspace {
		w, err := workspace.Create(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	running, kept, logs, removed, dead, theirs := create(), create(), create(), create(), create(), create()
	if err := os.Mkdir(filepath.Join(dead.Dir, "locked"), 0o500); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{kept.Keep(), logs.RemoveButLogs(), removed.Remove(), removed.Remove(), dead.Abandon(),
		theirs.Abandon()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(logs.Dir, "logs")); err != nil {
		t.Error("the logs are gone")
	}
	foreign := filepath.Join(base, "pumuki-mock-consumer-foreign")
	if err := os.Mkdir(foreign, 0o700); err != nil {
		t.Fatal(err)
	}
	stay := []string{running.Dir, kept.Dir, foreign}
	if os.Chown(theirs.Dir, 12345, -1) == nil { // only root can give a directory away
		stay = append(stay, theirs.Dir)
	}
	swept, err := workspace.Sweep(t.Context(), "/no/source")
	if err != nil {
		t.Error(err)
	}
	for _, w := range []*workspace.Workspace{dead, logs} {
		if !slices.Contains(swept, w.Dir) {
			t.Errorf("%s was not swept", w.Dir)
		}
	}
	for _, dir := range stay {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("%s was swept", dir)
		}
	}
	if err := running.Remove(); err != nil {
		t.Error(err)
	}
}

func TestWorkDirectoryIsPrivateAndOutsideOfTheSource(t *testing.T) {
	source := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(source, "tmp"))
	if err := os.Mkdir(filepath.Join(source, "tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Create(source)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Remove()
	if info, err := os.Stat(w.Dir); err != nil || info.Mode().Perm() != 0o700 || strings.HasPrefix(w.Dir, source) {
		t.Errorf("%s: %v, %v", w.Dir, info.Mode(), err)
	}
}

func TestScenarioIsLaidOverTheConsumerAndNeverThroughALink(t *testing.T) {
	t.Parallel()
	source, outside := t.TempDir(), t.TempDir()
	s := suite.Default()[0]
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(source, s.Folder(), "apps/new.ts"), "new")
	write(filepath.Join(source, s.Folder(), "apps/old.ts"), "changed")

	plain := t.TempDir()
	write(filepath.Join(plain, "apps/old.ts"), "old")
	write(filepath.Join(outside, "victim"), "untouched")
	if err := os.Symlink(filepath.Join(outside, "victim"), filepath.Join(plain, "apps/new.ts")); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := workspace.Lay(t.Context(), source, s, plain, &said); err != nil {
		t.Fatal(err)
	}
	if said.String() != "apps/new.ts\napps/old.ts\n" {
		t.Errorf("told %q", said.String())
	}
	for path, want := range map[string]string{
		plain + "/apps/new.ts": "new", plain + "/apps/old.ts": "changed", outside + "/victim": "untouched",
	} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}

	linked := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(linked, "apps")); err != nil {
		t.Fatal(err)
	}
	err := workspace.Lay(t.Context(), source, s, linked, &said)
	if err == nil || !strings.Contains(err.Error(), "not laid through a link") {
		t.Errorf("through a link: %v", err)
	}
	if _, err := os.Stat(filepath.Join(outside, "new.ts")); err == nil {
		t.Error("a file was written through a link")
	}
	err = workspace.Lay(t.Context(), t.TempDir(), s, plain, &said)
	if err == nil || !strings.Contains(err.Error(), "no folder scenarios/clean") {
		t.Errorf("no such folder: %v", err)
	}
}
