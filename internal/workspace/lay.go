package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/otiai10/copy"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Lay lays the files of a scenario in the source tree over the consumer in the directory into, and tells each on
// said. It never writes through a link: a consumer may hold links that lead out of it.
func Lay(ctx context.Context, source string, s suite.Scenario, into string, said io.Writer) error {
	from := filepath.Join(source, filepath.FromSlash(s.Folder()))
	if info, err := os.Stat(from); err != nil || !info.IsDir() {
		return fmt.Errorf("the source repository has no folder %s with the scenario's files", s.Folder())
	}
	into, err := filepath.EvalSymlinks(into)
	if err != nil {
		return fmt.Errorf("find the consumer: %w", err)
	}
	laid := 0
	err = copy.Copy(from, into, copy.Options{
		OnSymlink: func(string) copy.SymlinkAction { return copy.Shallow },
		Skip: func(info os.FileInfo, _, to string) (bool, error) {
			if ctx.Err() != nil {
				return false, context.Cause(ctx)
			}
			if info.IsDir() {
				return false, refuseLink(into, to)
			}
			laid++
			fmt.Fprintln(said, strings.TrimPrefix(to, into+string(filepath.Separator)))
			return false, errors.Join(refuseLink(into, filepath.Dir(to)), removeOld(to))
		},
	})
	if err == nil && laid == 0 {
		err = fmt.Errorf("the folder %s of the source repository is empty", s.Folder())
	}
	return err
}

// refuseLink returns an error where the directory to is reached through a link.
func refuseLink(into, to string) error {
	real, err := filepath.EvalSymlinks(to)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && real != to {
		err = fmt.Errorf("%s is a link to %s: a scenario is not laid through a link",
			strings.TrimPrefix(to, into), real)
	}
	return err
}

// removeOld removes what a file replaces, so that a link there is replaced and not followed.
func removeOld(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
