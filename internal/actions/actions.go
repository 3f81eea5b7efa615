// Package actions tells a job of GitHub Actions of a run: as a step summary, and as annotations that point at the files
// of a scenario.
//
// Its rules:
//   - It shows the last run and judges nothing. It returns an error where it cannot write, and that changes no verdict.
//   - Foreign text (specs, commands, logs, findings) stands on lines of bounded length. In the summary it is code,
//     where no markup, link or mention works. In an annotation it is escaped.
//   - Workflow commands go to standard error: the runner looks for them in both streams (ScriptHandler.cs of
//     actions/runner), and standard output is the contract's.
package actions

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sethvargo/go-githubactions"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// under tells whether the environment is that of a step of GitHub Actions.
func under(getenv func(string) string) bool { return getenv("GITHUB_ACTIONS") == "true" }

// Tell tells the job of a run: it appends to the step summary, and writes an error annotation for what missed the
// contract or broke. Outside of GitHub Actions it does nothing. Source is the root of the source repository, absolute.
// The error says what could not be written; the rest was written.
func Tell(run *verdict.Run, source string, getenv func(string) string, stderr io.Writer) error {
	if !under(getenv) {
		return nil
	}
	return errors.Join(
		annotate(annotations(run), source, getenv("GITHUB_WORKSPACE"), stderr),
		summarize(func(room int) (string, error) { return summary(run, room) }, getenv("GITHUB_STEP_SUMMARY")),
	)
}

// Quote tells the runner to obey no workflow command, on either stream, until end is called: what a gate prints must
// not act. Indenting a line does not prevent that, since the runner trims it, and finds the older "##[" form anywhere
// in a line (ActionCommand.cs of actions/runner). What is written in between must end with a line end. Outside of
// GitHub Actions Quote and end do nothing.
//
// The word that lets commands act again is random, so that no foreign text can hold it. Where the process is killed
// before end is called, only this step is affected: the runner begins each step with a new state.
func Quote(getenv func(string) string, stderr io.Writer) (end func()) {
	if !under(getenv) {
		return func() {}
	}
	token := rand.Text()
	issue(stderr, githubactions.Command{Name: "stop-commands", Message: token})
	return func() { issue(stderr, githubactions.Command{Name: token}) }
}

// issue writes a workflow command on a line of its own.
func issue(to io.Writer, command githubactions.Command) error {
	_, err := fmt.Fprintln(to, command.String())
	return err
}

// TellOfComparison tells the job of a comparison: it appends it to the step summary, and writes an annotation for each
// cell that changed and for what was lost. Its arguments and its error are those of Tell.
func TellOfComparison(c *comparison.Comparison, source string, getenv func(string) string, stderr io.Writer) error {
	if !under(getenv) {
		return nil
	}
	markdown := func(room int) (string, error) {
		if text := "\n\n" + c.Markdown(); len(text) <= room {
			return text, nil
		}
		return "", errNoRoom
	}
	return errors.Join(
		annotate(differences(c), source, getenv("GITHUB_WORKSPACE"), stderr),
		summarize(markdown, getenv("GITHUB_STEP_SUMMARY")),
	)
}

// summarize appends a summary to the file at path; empty means that the runner knows no summaries. Render returns it in
// at most so many bytes.
func summarize(render func(room int) (string, error), path string) (err error) {
	if path == "" {
		return nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("no step summary: %w", err)
		}
	}()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	text, err := render(summaryLimit - int(min(info.Size(), summaryLimit)))
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, text)
	return err
}

// annotate writes annotations, which it makes of the places of files. Their paths are relative to the workspace if the
// source repository lies in it, or else to the source repository.
func annotate(make func(places) []annotation, source, workspace string, stderr io.Writer) error {
	root, err := os.OpenRoot(source)
	if err != nil {
		return fmt.Errorf("no annotations: %w", err)
	}
	defer root.Close()
	at := places{source: root.FS()}
	if inner, err := filepath.Rel(real(workspace), real(source)); err == nil && filepath.IsLocal(inner) {
		at.prefix = filepath.ToSlash(inner)
	}
	for _, a := range make(at) {
		err = errors.Join(err, issue(stderr, a.command()))
	}
	return err
}

// real returns a path without links, or the path itself where a link cannot be followed.
func real(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return path
}
