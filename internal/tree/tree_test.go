//go:build unix

package tree_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

func TestCopyKeepsLinksModesAndTimes(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	old := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, err := range []error{
		os.WriteFile(filepath.Join(from, "object"), []byte("text"), 0o444),
		os.Chtimes(filepath.Join(from, "object"), old, old),
		os.WriteFile(filepath.Join(from, "run"), nil, 0o755), os.Symlink("../elsewhere", filepath.Join(from, "link")),
		os.Mkdir(filepath.Join(from, "closed"), 0o700), os.WriteFile(filepath.Join(from, "closed", "file"), nil, 0o600),
		os.Chmod(filepath.Join(from, "closed"), 0o500),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Copy(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		"object": 0o444, "run": 0o755, "closed": os.ModeDir | 0o500, "closed/file": 0o600,
	} {
		if info, err := os.Lstat(filepath.Join(to, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if link, err := os.Readlink(filepath.Join(to, "link")); err != nil || link != "../elsewhere" {
		t.Errorf("link: %q, %v", link, err)
	}
	if info, err := os.Stat(filepath.Join(to, "object")); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("time: %v, %v", info, err)
	}
	for _, dir := range []string{to, from, to} {
		if err := tree.Remove(dir); err != nil {
			t.Error(err)
		}
	}
}

func TestCopyEndsWithTheCauseOfItsContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	from := t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tree.Copy(ctx, from, filepath.Join(t.TempDir(), "copy")); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func TestMadeDirectoryIsEmptyAndTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	tree.Spread(base)
	made, taken := filepath.Join(base, "made"), filepath.Join(base, "taken")
	if err := os.WriteFile(taken, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tree.Make(made); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(made); err != nil || info.Mode() != os.ModeDir|0o755 {
		t.Errorf("%v, %v", info, err)
	}
	if err := tree.Make(taken); err == nil {
		t.Error("a file was in the way, and it was made all the same")
	}
	if left, err := os.ReadDir(base); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestRemoveFollowsNoLink(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	outside := filepath.Join(base, "outside")
	victim := filepath.Join(outside, "below", "file")
	for _, dir := range []string{filepath.Dir(victim), filepath.Join(base, "tree", "a", "b")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(victim, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"tree/link", "tree/a/link", "tree/a/b/link", "link"} {
		if err := os.Symlink(outside, filepath.Join(base, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"tree", "link"} {
		if err := tree.Remove(filepath.Join(base, name)); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(filepath.Join(base, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	if _, err := os.Stat(victim); err != nil {
		t.Error("something was removed through a link: ", err)
	}
}

func TestOutsideIsWhatLiesInNoPartOfATree(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root, beside, link := filepath.Join(base, "root"), filepath.Join(base, "root-beside"), filepath.Join(base, "link")
	for _, dir := range []string{root, beside} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(base, "gone")
	got := tree.Outside(root, root, filepath.Join(root, "below"), link, beside, gone, beside+"/.", base)
	if want := []string{beside, gone, base}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := tree.Outside("", root); !slices.Equal(got, []string{root}) {
		t.Errorf("outside of nothing: %q", got)
	}
}

// A file is laid where it belongs, and never out of the directory.
func TestLay(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "apps")); err != nil {
		t.Fatal(err)
	}
	if err := tree.Lay(map[string][]byte{"apps/a.ts": nil}, dir); err == nil {
		t.Error("a file is laid through a link")
	}
	if err := tree.Lay(map[string][]byte{"src/a.ts": []byte("a")}, dir); err != nil {
		t.Error(err)
	}
}
