//go:build unix

package kept

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaultDirFollowsTheCallersEnvironment(t *testing.T) {
	const rest = "/pumuki-mock-consumer/prepared"
	for _, test := range []struct {
		system, host, want string
	}{
		{"linux", "HOME=/home/x", "/home/x/.cache" + rest},
		{"linux", "HOME=/home/x XDG_CACHE_HOME=/c", "/c" + rest},
		{"linux", "HOME=/home/x XDG_CACHE_HOME=c", "/home/x/.cache" + rest},
		{"linux", "HOME=/home/x XDG_CACHE_HOME=", "/home/x/.cache" + rest},
		{"linux", "HOME=/home/x LOCALAPPDATA=/l home=/h", "/home/x/.cache" + rest},
		{"linux", "HOME=x", ""},
		{"linux", "", ""},
		{"darwin", "HOME=/Users/x", "/Users/x/Library/Caches" + rest},
		{"darwin", "HOME=/Users/x XDG_CACHE_HOME=/c", "/c" + rest},
		{"windows", "HOME=/home/x LocalAppData=/l", "/l" + rest},
		{"windows", "HOME=/home/x", ""},
	} {
		got, err := defaultDir(test.system, strings.Fields(test.host))
		if filepath.ToSlash(got) != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s with %q: %q, %v", test.system, test.host, got, err)
		}
	}
}

func TestOpenMakesAPrivateDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		if _, err := Open(dir); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestOpenRefusesWhatOthersCouldChange(t *testing.T) {
	for name, test := range map[string]struct {
		make func(dir string) error
		says string
	}{
		"a link": {func(dir string) error { return os.Symlink(t.TempDir(), dir) }, "is not a directory"},
		"a file": {func(dir string) error { return os.WriteFile(dir, nil, 0o600) }, "not a directory"},
		"writable to the group": {func(dir string) error {
			return firstOf(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o770))
		}, "is writable to others"},
		"writable to all": {func(dir string) error {
			return firstOf(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777|os.ModeSticky))
		}, "is writable to others"},
		"in a directory that is writable to all": {func(dir string) error {
			return firstOf(os.Mkdir(dir, 0o700), os.Chmod(filepath.Dir(dir), 0o777))
		}, "is writable to others"},
		"of another user": {func(dir string) error {
			return firstOf(os.Mkdir(dir, 0o700), os.Chown(dir, 12345, -1))
		}, "belongs to another user"},
		"in a directory of another user": {func(dir string) error {
			return firstOf(os.Mkdir(dir, 0o700), os.Chown(filepath.Dir(dir), 12345, -1))
		}, "belongs to another user"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cache")
			if err := test.make(dir); err != nil {
				t.Skip(err) // only root can give a directory away
			}
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error: %v", err)
			}
		})
	}
}

// A temporary directory that is everybody's is sticky: nobody may rename what is another's.
func TestOpenTakesAStickyDirectoryAbove(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "cache")); err != nil {
		t.Error(err)
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
