package artifact

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// The bounds of what is read. Real artifacts are far below them; what is above was not written by a run.
const (
	maxJSON = 8 << 20
	maxLog  = 64 << 20
)

// openIn opens a regular file in a folder. A link is not followed, and a pipe does not make it wait.
func openIn(root *os.Root, name string) (*os.File, error) {
	seen, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !seen.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s and not a file", kindOf(seen))
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if opened, err := file.Stat(); err != nil || !os.SameFile(seen, opened) {
		file.Close()
		return nil, errors.New("it was replaced while it was being opened")
	}
	return file, nil
}

// openRegular is openIn for a path.
func openRegular(path string) (*os.File, error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return openIn(root, filepath.Base(path))
}

// readBounded reads a regular file of at most max bytes.
func readBounded(root *os.Root, name string, max int64) ([]byte, error) {
	file, err := openIn(root, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, max+1))
	if err == nil && int64(len(data)) > max {
		err = fmt.Errorf("it is longer than %d bytes", max)
	}
	return data, err
}

// quote shows a foreign text on one line and within bounds.
func quote(text string) string {
	if len(text) > 100 {
		text = text[:100] + "…"
	}
	return strconv.Quote(text)
}
