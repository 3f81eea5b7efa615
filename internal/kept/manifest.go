package kept

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// A manifest is text, and the same for equal trees: a line that names the key, a line for each path in the order of a
// walk, and a last line, which is missing where a manifest was cut short. It is never parsed: a tree is whole where its
// manifest now equals the one that was kept.
const (
	firstLine = "kept 1 %s\n"
	lastLine  = "end\n"
)

// difference tells how the tree of a key differs from what was kept of it; empty where it does not.
func (c *Cache) difference(ctx context.Context, key string) string {
	manifest, err := foreign.Read(c.path(key, manifestName), maxManifest)
	found := ""
	if err == nil {
		found, err = describe(ctx, key, c.path(key, treeName))
	}
	switch kept := string(manifest); {
	case err != nil:
		return err.Error()
	case found != kept:
		return fmt.Sprintf("kept: %s, found: %s", firstMissing(kept, found), firstMissing(found, kept))
	}
	return ""
}

// firstMissing returns the first line of one manifest that another lacks.
func firstMissing(of, in string) string {
	has := make(map[string]bool)
	for line := range strings.Lines(in) {
		has[line] = true
	}
	for line := range strings.Lines(of) {
		if !has[line] {
			return strings.TrimSpace(line)
		}
	}
	return "nothing else"
}

// describe returns the manifest of the tree in dir. It reads on all processors, with one buffer each. In memory a path
// costs its line.
func describe(ctx context.Context, key, dir string) (string, error) {
	group, ctx := errgroup.WithContext(ctx)
	var records []*record
	files := make(chan *record, 64)
	group.Go(func() error {
		defer close(files)
		return filepath.WalkDir(dir, func(at string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			r, err := look(dir, at, entry)
			if err != nil || r == nil {
				return err
			}
			records = append(records, r)
			if !r.mode.IsRegular() {
				return context.Cause(ctx)
			}
			select {
			case files <- r:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	})
	for range runtime.NumCPU() {
		group.Go(func() error {
			buffer := make([]byte, 128<<10)
			for r := range files {
				if err := r.read(buffer); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, firstLine, key)
	for _, r := range records {
		text.WriteString(r.line())
	}
	text.WriteString(lastLine)
	return text.String(), nil
}

// maxManifest bounds how long a manifest is. That of a real consumer is below one megabyte.
const maxManifest = 64 << 20

// record is what a manifest says of one path.
type record struct {
	at, name string
	mode     fs.FileMode
	link     string            // where a link leads
	size     int64             // of a file, as it was read
	sum      [sha256.Size]byte // of a file
}

// look returns what there is to say of a path without reading it; nil where it is no part of a tree.
func look(dir, at string, entry fs.DirEntry) (*record, error) {
	info, err := entry.Info()
	if err != nil {
		return nil, err
	}
	name, err := filepath.Rel(dir, at)
	if err != nil {
		return nil, err
	}
	r := &record{at: at, name: filepath.ToSlash(name), mode: info.Mode()}
	switch {
	case name == "." && !r.mode.IsDir():
		return nil, fmt.Errorf("%s is not a directory", at)
	case !tree.Part(r.mode):
		return nil, nil
	case r.mode.Type() == fs.ModeSymlink:
		r.mode = r.mode.Type() // its permissions mean nothing, and on some systems follow the umask
		r.link, err = os.Readlink(at)
	}
	return r, err
}

// read reads a file, by way of a buffer.
func (r *record) read(buffer []byte) error {
	file, err := foreign.Open(r.at)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	// Without the struct, io.CopyBuffer would call WriteTo of the file, which makes a buffer of its own.
	if r.size, err = io.CopyBuffer(hash, struct{ io.Reader }{file}, buffer); err != nil {
		return err
	}
	hash.Sum(r.sum[:0])
	return nil
}

// line is the path's line. A quoted name is one line, whatever bytes it has.
func (r *record) line() string {
	switch r.mode.Type() {
	case fs.ModeDir:
		return fmt.Sprintf("%q %v\n", r.name, r.mode)
	case fs.ModeSymlink:
		return fmt.Sprintf("%q %v %q\n", r.name, r.mode, r.link)
	default:
		return fmt.Sprintf("%q %v %d %x\n", r.name, r.mode, r.size, r.sum)
	}
}
