//go:build unix

package process

import (
	"io"
	"os"
	"reflect"
	"sync"
	"time"
)

// output is where a supervised command writes: to files, or through pipes to other writers.
type output struct {
	stdout, stderr   *os.File
	readers, writers []*os.File // the ends of the pipes
	copying          sync.WaitGroup
	// limit ends the copying a while after it was called first.
	limit func()
}

// outputTo returns the files by which a command writes to stdout and stderr. Where both are one there is one file, so
// that no two goroutines write to it at once.
func outputTo(stdout, stderr io.Writer, patience time.Duration) (*output, error) {
	o := &output{}
	o.limit = sync.OnceFunc(func() {
		for _, reader := range o.readers {
			_ = reader.SetReadDeadline(time.Now().Add(patience))
		}
	})
	var err error
	o.stdout, err = o.file(stdout)
	o.stderr = o.stdout
	if err == nil && !(reflect.ValueOf(stdout).Comparable() && stdout == stderr) {
		o.stderr, err = o.file(stderr)
	}
	if err != nil {
		o.finish()
		return nil, err
	}
	return o, nil
}

// file returns the file by which a command writes to a writer.
func (o *output) file(to io.Writer) (*os.File, error) {
	if file, is := to.(*os.File); is {
		return file, nil
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	o.readers, o.writers = append(o.readers, reader), append(o.writers, writer)
	o.copying.Go(func() {
		_, _ = io.Copy(to, reader)
		_ = reader.Close() // so that a command that goes on writing learns of it
	})
	return writer, nil
}

// release closes what the command has by now, so that the copying ends when nobody has it any more.
func (o *output) release() {
	for _, writer := range o.writers {
		_ = writer.Close()
	}
}

// finish waits for the end of the copying. Where something that could not be ended has the pipe, it is not waited for.
func (o *output) finish() {
	o.release()
	o.limit()
	o.copying.Wait()
}
