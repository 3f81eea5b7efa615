//go:build unix

package foreign

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// reader reads a file by its path, of at most ten bytes.
type reader func(path string) ([]byte, error)

const most = 10

// strict are the readers that follow no link.
var strict = map[string]reader{
	"by its path": func(path string) ([]byte, error) { return Read(path, most) },
	"in its folder": func(path string) ([]byte, error) {
		root, err := os.OpenRoot(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return ReadIn(root, filepath.Base(path), most)
	},
}

func linked(path string) ([]byte, error) { return ReadLinked(path, most) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o600))
}

func TestRegularFileIsReadUpToItsBound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for content, says := range map[string]string{
		"": "", "0123456789": "", "0123456789a": "it is longer than 10 bytes",
	} {
		path := filepath.Join(dir, "file")
		write(t, path, content)
		readers := maps.Clone(strict)
		readers["as what may be a link"] = linked
		for how, read := range readers {
			data, err := read(path)
			told := ""
			if err != nil {
				told = err.Error()
			}
			if told != says || says == "" && string(data) != content {
				t.Errorf("%s: %q is read as %q, %v", how, content, data, err)
			}
		}
	}
}

func TestOnlyARegularFileIsRead(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(t.TempDir(), "file")
	write(t, elsewhere, "elsewhere")
	for says, put := range map[string]func(path string) error{
		"it is a named pipe and not a file":    func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"it is a directory and not a file":     func(path string) error { return os.Mkdir(path, 0o700) },
		"it is a symbolic link and not a file": func(path string) error { return os.Symlink(elsewhere, path) },
	} {
		path := filepath.Join(t.TempDir(), "it")
		must(t, put(path))
		for how, read := range strict {
			if data, err := read(path); err == nil || err.Error() != says {
				t.Errorf("%s: read %q, %v; want %s", how, data, err, says)
			}
		}
	}
	for how, read := range strict {
		if data, err := read(os.DevNull); err == nil || err.Error() != "it is a special file and not a file" {
			t.Errorf("%s: of a device it reads %q, %v", how, data, err)
		}
		if _, err := read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: of nothing it returns %v", how, err)
		}
	}
}

func TestLinkIsFollowedWhereItMayBeOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, pipe, link := filepath.Join(dir, "file"), filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	write(t, file, "content")
	must(t, syscall.Mkfifo(pipe, 0o600))
	must(t, os.Symlink(file, link))
	if data, err := linked(link); err != nil || string(data) != "content" {
		t.Errorf("read %q, %v", data, err)
	}
	must(t, os.Remove(link))
	for to, says := range map[string]string{
		pipe: "it is a named pipe and not a file", os.DevNull: "it is a special file and not a file",
		dir: "it is a directory and not a file",
	} {
		must(t, os.Symlink(to, link))
		if data, err := linked(link); err == nil || err.Error() != says {
			t.Errorf("a link to %s: read %q, %v", to, data, err)
		}
		must(t, os.Remove(link))
	}
}

// TestFileThatIsReplacedWhileItIsOpenedIsRefused puts something else in the place of a file, after it was looked at.
func TestFileThatIsReplacedWhileItIsOpenedIsRefused(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(t.TempDir(), "file")
	write(t, elsewhere, "elsewhere")
	for name, put := range map[string]func(path string) error{
		"a named pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a link":       func(path string) error { return os.Symlink(elsewhere, path) },
		"a device":     func(path string) error { return os.Symlink("/dev/zero", path) },
		"a directory":  func(path string) error { return os.Mkdir(path, 0o700) },
		"another file": func(path string) error { return os.WriteFile(path, []byte("another"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, flags := range []int{Guard, syscall.O_NONBLOCK} {
				path := filepath.Join(t.TempDir(), "it")
				write(t, path, "seen")
				replaced := func(name string) (fs.FileInfo, error) {
					seen, err := os.Lstat(name)
					// The file stays, so that its number is not given to what takes its place.
					return seen, errors.Join(err, os.Rename(name, name+".seen"), put(name))
				}
				file, err := open(path, replaced, os.OpenFile, flags)
				if err == nil {
					t.Fatalf("it opened %v", file.Close())
				}
				// The guard refuses a link by itself: where it makes a file, none is made elsewhere.
				if flags == Guard && (name == "a link" || name == "a device") {
					if !errors.Is(err, syscall.ELOOP) {
						t.Errorf("the guard itself lets it through: %v", err)
					}
				} else if !strings.Contains(err.Error(), "it was replaced while it was being opened") {
					t.Error(err)
				}
			}
		})
	}
}
