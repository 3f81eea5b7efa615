package process

import (
	"cmp"
	"fmt"
	"os"
)

// The bounds of a log: its beginning tells what was run and how it started, its end tells how it ended.
const (
	headBytes = 1 << 20
	tailBytes = 1 << 20
)

// Log is a file that keeps the head and the tail of what is written to it, in constant memory and constant disk. What
// lay between is cut; the cut is marked, with how much there was in all. Bytes stay as they are.
//
// Write never fails, so that a full disk does not block the command whose output it takes; Close returns the error.
type Log struct {
	file  *os.File
	total int64
	tail  tail
	err   error
}

// OpenLog opens the log at path, readable by its owner alone. What is there already stays, and is outside the bounds.
func OpenLog(path string) (*Log, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &Log{file: file, tail: tail{max: tailBytes}}, nil
}

// Write takes all of p.
func (l *Log) Write(p []byte) (int, error) {
	taken := len(p)
	if room := headBytes - l.total; room > 0 {
		head := p[:min(room, int64(len(p)))]
		l.write(head)
		p = p[len(head):]
	}
	_, _ = l.tail.Write(p)
	l.total += int64(taken)
	return taken, nil
}

func (l *Log) write(p []byte) {
	_, err := l.file.Write(p)
	l.err = cmp.Or(l.err, err)
}

// Close writes the tail, and returns the first error that the log met.
func (l *Log) Close() error {
	end := l.tail.bytes()
	if cut := l.total - headBytes - int64(len(end)); cut > 0 {
		l.write(fmt.Appendf(nil, "\n[… %d of %d bytes cut here …]\n", cut, l.total))
	}
	l.write(end)
	return cmp.Or(l.err, l.file.Close())
}

// tail keeps the last max bytes of what is written to it.
type tail struct {
	max  int
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	taken := len(p)
	p = p[max(0, len(p)-t.max):]
	t.kept = append(t.kept, p...)
	// The slice may grow to twice the bound before it is moved: one copy per bound's worth of output.
	if len(t.kept) > 2*t.max {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-t.max:]...)
	}
	return taken, nil
}

func (t *tail) bytes() []byte { return t.kept[max(0, len(t.kept)-t.max):] }
