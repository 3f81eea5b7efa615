package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// keepLog puts the log of a failed step where the report says it is: a copy in the artifacts, and one where a person
// looks first. The report names what lies on the disk, read back from there.
func (s *Store) keepLog(f *suite.Failure, report *Failure) error {
	if err := s.copyLog(f.LogPath); err != nil {
		return err
	}
	sum, size, err := DigestLog(s.root)
	if err != nil {
		return errors.Join(s.failed("read back", LogName, err), s.remove(LogName))
	}
	report.LogArtifact = verdict.Text(filepath.Join(s.dir, LogName))
	report.LogSHA256, report.LogBytes = verdict.Text(sum), &size
	path, err := share(f.LogPath, filepath.Join(s.options.LogDir, f.Step.LogName(f.Phase)))
	report.LogPath = verdict.Text(path)
	return err
}

func (s *Store) copyLog(private string) error {
	log, err := foreign.Open(private)
	if err != nil {
		return s.failed("write", LogName, err)
	}
	defer log.Close()
	return s.replace(LogName, io.LimitReader(log, maxLog))
}

// DigestLog returns the SHA-256 and the size of the log in a folder of artifacts, as it lies on disk.
func DigestLog(root *os.Root) (sum string, size int64, err error) {
	file, err := foreign.OpenIn(root, LogName)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	hash := sha256.New()
	size, err = io.Copy(hash, io.LimitReader(file, maxLog+1))
	if err == nil && size > maxLog {
		err = fmt.Errorf("it is longer than the %d bytes that a log may have", maxLog)
	}
	return hex.EncodeToString(hash.Sum(nil)), size, err
}

// share copies a private log to a path in a directory that all users share, and returns where the log is to be found.
// It renames the copy into its place: a link, a pipe or a foreign file that stands there is replaced or left alone, and
// never opened. Where that fails it returns the private path, and the error says why.
func share(private, path string) (shared string, err error) {
	defer func() {
		if err != nil {
			shared, err = private, fmt.Errorf("the log stays at %s: %w", private, err)
		}
	}()
	log, err := foreign.Open(private)
	if err != nil {
		return "", err
	}
	defer log.Close()
	copied, err := os.CreateTemp(filepath.Dir(path), ".pumuki-*.log")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(copied, io.LimitReader(log, maxLog))
	if err = errors.Join(err, copied.Close()); err == nil {
		err = os.Rename(copied.Name(), path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(copied.Name()))
	}
	return path, nil
}
