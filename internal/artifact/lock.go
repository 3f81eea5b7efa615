package artifact

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
)

// Holder is the run that holds the artifacts. It is written into the lock file for a person to read. The lock itself is
// the system's, which frees that of a process that died.
type Holder struct {
	PID     int    `json:"pid"`
	RunID   string `json:"run_id"`
	Started string `json:"started_at_utc"`
}

// Busy is the error where another run holds the artifacts. Its holder is the zero value where the lock file does not
// name it.
type Busy struct{ Holder Holder }

func (b *Busy) Error() string {
	if b.Holder == (Holder{}) {
		return "another run holds this repository"
	}
	return fmt.Sprintf("another run holds this repository: %s, pid %d, started %s",
		b.Holder.RunID, b.Holder.PID, b.Holder.Started)
}

// acquire takes the lock, or says who has it. The lock file is never removed: a run that waited for a removed file
// would hold nothing.
func (s *Store) acquire() error {
	if seen, err := s.root.Lstat(LockName); err == nil && !seen.Mode().IsRegular() {
		path := filepath.Join(s.dir, LockName)
		return fmt.Errorf("%s must be a file, but it is %s: remove it", path, foreign.KindOf(seen))
	}
	lock := flock.New(filepath.Join(s.dir, LockName), flock.SetPermissions(0o644),
		flock.SetFlag(os.O_RDWR|os.O_CREATE|foreign.Guard))
	locked, err := lock.TryLock()
	if err != nil {
		return s.failed("lock", LockName, err)
	}
	if !locked {
		return &Busy{s.holder()}
	}
	s.lock = lock
	if err := s.requireLock(); err != nil {
		return errors.Join(err, lock.Close())
	}
	s.name(Holder{os.Getpid(), s.options.RunID, s.began.Format(TimeLayout)})
	return nil
}

// requireLock returns an error unless the lock that is held is the file that lies in the folder. Where somebody has
// removed that file (git clean does), another run may have locked a new one and be at work here too.
func (s *Store) requireLock() error {
	if s.within != nil {
		return s.within.requireLock()
	}
	held, err := s.lock.Stat()
	if err == nil {
		var there os.FileInfo
		if there, err = s.root.Lstat(LockName); err == nil && !os.SameFile(held, there) {
			err = errors.New("another file lies in its place")
		}
	}
	if err != nil {
		return fmt.Errorf("the lock of this run is gone, and another run may be at work: %s: %w",
			filepath.Join(s.dir, LockName), err)
	}
	return nil
}

// name writes the holder into the lock file. It is a courtesy: where it fails the lock holds all the same.
func (s *Store) name(holder Holder) {
	if data, err := json.Marshal(holder); err == nil {
		s.rewriteLock(append(data, '\n'))
	}
}

func (s *Store) rewriteLock(data []byte) {
	if file, err := s.root.OpenFile(LockName, os.O_WRONLY|os.O_TRUNC|syscall.O_NONBLOCK, 0); err == nil {
		_, _ = file.Write(data)
		_ = file.Close()
	}
}

// holder reads who holds the lock. A text that name did not write names nobody.
func (s *Store) holder() Holder {
	var holder Holder
	data, err := foreign.ReadIn(s.root, LockName, 4<<10)
	if err != nil || json.Unmarshal(data, &holder) != nil {
		return Holder{}
	}
	began, err := ParseRunID(holder.RunID)
	if err != nil || holder.Started != began.Format(TimeLayout) {
		return Holder{}
	}
	return holder
}

// release empties the lock file, so that it does not name a run that has ended, and unlocks it.
func (s *Store) release() error {
	s.rewriteLock(nil)
	return s.lock.Close()
}
