package campaign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/git"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/matrix"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// several says how a target is called for several source repositories.
type several struct {
	// target is its name, folder is where in the artifacts it leaves what it found, and result the file there that
	// tells that it found something.
	target, folder, result string
	// begin removes what the last call left.
	begin func(*artifact.Store) error
	// one calls the target for one source repository. Within is the store for what it leaves; nil where that is its
	// own.
	one func(source *string, within *artifact.Store) error
}

// listed returns the source repositories that a call names with commas, as it wrote them; none where it names one, or
// leaves that to the default. A directory whose name has a comma is one.
func listed(host matrix.Host, flag *string) []string {
	text := process.Environment(host.Env).Get("PUMUKI_SOURCE")
	if flag != nil {
		text = *flag
	}
	if !strings.Contains(text, ",") {
		return nil
	}
	if info, err := os.Stat(inDir(host, text)); err == nil && info.IsDir() {
		return nil
	}
	return strings.Split(text, ",")
}

// call calls the target: for each of the source repositories that the call names, with a section for each and one end
// over all, or for the one.
func (s several) call(ctx context.Context, host matrix.Host, flag *string) error {
	sources := listed(host, flag)
	if sources == nil {
		return s.one(flag, nil)
	}
	store, err := s.open(host)
	if err != nil {
		return err
	}
	defer store.Close()
	var said []string
	var codes []int
	for i, source := range sources {
		within, err := store.Within(path.Join(s.folder, fmt.Sprintf("%d-%s", i+1, plainName(inDir(host, source)))))
		if err != nil {
			return s.broke(host, err)
		}
		shown := plain.Line(source, shownSource)
		fmt.Fprintf(host.Stdout, "=== source:%s ===\n", shown)
		err = s.one(&source, within)
		_, missing := os.Lstat(filepath.Join(within.Dir(), s.result))
		_ = within.Close()
		if missing != nil || ctx.Err() != nil {
			return cmp.Or(err, context.Cause(ctx)) // there is no result, so there is none over all
		}
		line, code := "exit 0", suite.ExitPass
		if exit := (*matrix.Exit)(nil); errors.As(err, &exit) {
			line, code = exit.Line, exit.Code
		}
		said, codes = append(said, fmt.Sprintf("%s: %s", shown, line)), append(codes, code)
	}
	fmt.Fprintf(host.Stdout, "=== all sources ===\n%s\n", strings.Join(said, "\n"))
	// The gravest first: what is not stable, a cell or a contract, what could not be judged, findings.
	for _, code := range []int{comparison.ExitUnstable, suite.ExitFail, history.ExitUnjudged, comparison.ExitFindings} {
		if slices.Contains(codes, code) {
			line := fmt.Sprintf("exit %d: the gravest of %d source repositories", code, len(sources))
			return &matrix.Exit{Code: code, Line: line}
		}
	}
	return nil
}

// inDir is a path that a call names, absolute.
func inDir(host matrix.Host, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(host.Dir, path)
}

// shownSource bounds how a source repository is named, in characters.
const shownSource = 200

// plainName is the last part of a path as the name of a folder.
func plainName(source string) string {
	return regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(filepath.Base(source), "-")
}

// open takes the lock of the repository in which the call is made, and removes what the last call left.
func (s several) open(host matrix.Host) (*artifact.Store, error) {
	root, err := git.Find(host.Dir)
	var store *artifact.Store
	if err == nil {
		store, err = artifact.Open(artifact.Options{Root: root, RunID: runID(s.target)})
	}
	tell := func(text string) { fmt.Fprintf(host.Stderr, "ERROR: %s\n", text) }
	if busy := matrix.Busy(err, tell); busy != nil {
		return nil, busy
	}
	if err == nil {
		if err = s.begin(store); err == nil {
			return store, nil
		}
		err = errors.Join(err, store.Close())
	}
	return nil, s.broke(host, err)
}

// broke tells why the call cannot be carried out in the repository in which it is made.
func (s several) broke(host matrix.Host, err error) error {
	fmt.Fprintf(host.Stderr, "ERROR: %s\n", plain.Text(err.Error()))
	return &matrix.Exit{Code: suite.ExitFail, Line: "exit 1: the artifacts of several sources have no place here"}
}
