// Package foreign reads files that others may have put where they are: a gate, npm, another program of this user.
//
// Its rules:
//   - Only a regular file is read. A pipe would make the reader wait for ever, and a device may have no end.
//   - No link is followed, but for the functions that say so.
//   - What is opened is what was seen: a file that is replaced in between is refused (TRUST §4).
//   - Whoever reads sets how much is read at most.
package foreign

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Guard are the flags to open a file with: no link is followed, and a pipe does not make the call wait.
const Guard = syscall.O_NONBLOCK | noFollow

// Open opens a regular file to read. The error wraps fs.ErrNotExist where there is none.
func Open(path string) (*os.File, error) { return open(path, os.Lstat, os.OpenFile, Guard) }

// OpenIn is Open for a file in a folder, which it cannot leave.
func OpenIn(root *os.Root, name string) (*os.File, error) {
	return open(name, root.Lstat, root.OpenFile, Guard)
}

// Read returns the content of a regular file. A file of more than max bytes is an error.
func Read(path string, max int64) ([]byte, error) { return read(max)(Open(path)) }

// ReadIn is Read for a file in a folder, which it cannot leave.
func ReadIn(root *os.Root, name string, max int64) ([]byte, error) {
	return read(max)(OpenIn(root, name))
}

// ReadLinked is Read for a file that may be a link: people keep their own configuration elsewhere, and link to it.
func ReadLinked(path string, max int64) ([]byte, error) {
	return read(max)(open(path, os.Stat, os.OpenFile, syscall.O_NONBLOCK))
}

// ReadAll returns what is left to read of a file. More than max bytes are an error.
func ReadAll(file io.Reader, max int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(file, max+1))
	if err == nil && int64(len(data)) > max {
		err = fmt.Errorf("it is longer than %d bytes", max)
	}
	return data, err
}

// KindOf says what something is: a file, a directory, a symbolic link, a named pipe, a special file.
func KindOf(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	}
	return "a special file"
}

// The ways to look at a file and to open one: by its path, or in a folder.
type (
	lookAt   func(name string) (fs.FileInfo, error)
	openFile func(name string, flags int, mode fs.FileMode) (*os.File, error)
)

// open looks at a file, opens it, and makes sure that it is still the one that it looked at.
func open(name string, look lookAt, open openFile, flags int) (*os.File, error) {
	seen, err := look(name)
	if err != nil {
		return nil, err
	}
	if !seen.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s and not a file", KindOf(seen))
	}
	file, err := open(name, os.O_RDONLY|flags, 0)
	if err != nil {
		return nil, err
	}
	if opened, err := file.Stat(); err != nil || !os.SameFile(seen, opened) {
		return nil, errors.Join(errors.New("it was replaced while it was being opened"), err, file.Close())
	}
	return file, nil
}

// read reads what was opened, and closes it.
func read(max int64) func(*os.File, error) ([]byte, error) {
	return func(file *os.File, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return ReadAll(file, max)
	}
}
