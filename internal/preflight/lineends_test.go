//go:build unix

package preflight_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/preflight"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// checkOutAgain writes every file anew, as the user's git does it.
func (w *world) checkOutAgain() {
	w.Helper()
	w.git("read-tree", "--empty")
	w.git("reset", "--quiet", "--hard")
	if !strings.Contains(w.read("apps/health.ts"), "\r\n") {
		w.Fatal("no carriage return was written")
	}
	if said := w.plainStatus(); said != "" {
		w.Fatalf("the user's own git calls it dirty:\n%s", said)
	}
}

// mended pastes the mend of line ends, and holds that the baseline is fit then.
func (w *world) mended(f *suite.Failure) {
	w.Helper()
	_, command, found := strings.Cut(f.Err.Error(), "\nMend:    ")
	if !found {
		w.Fatalf("it has no mend: %v", f.Err)
	}
	_, then, more := strings.Cut(command, "; then: ")
	if more {
		command = then
	}
	w.paste(command)
	w.clean()
}

// Whoever set core.autocrlf, the message says that it did, and its mend mends.
func TestLineEndsOfACheckoutAreExplainedAndMended(t *testing.T) {
	t.Parallel()
	const crlf = "[core]\n\tautocrlf = true\n"
	for name, c := range map[string]struct {
		arrange func(*world)
		says    string
	}{
		"core.autocrlf of the user": {func(w *world) { w.write(w.home+"/.gitconfig", crlf) },
			"core.autocrlf=true (global: {home}/.gitconfig)"},
		"core.autocrlf of the user, in the XDG file": {func(w *world) {
			w.write(w.home+"/xdg/git/config", "[core]\n\tautocrlf\n")
			w.host = w.host.With("XDG_CONFIG_HOME", w.home+"/xdg")
		}, "core.autocrlf=true (global: {home}/xdg/git/config)"},
		"core.autocrlf in a file that the user's includes": {func(w *world) {
			w.write(w.home+"/.gitconfig", "[includeIf \"gitdir:"+w.dir+"/\"]\n\tpath = more\n")
			w.write(w.home+"/more", crlf)
		}, "core.autocrlf=true (global: {home}/more)"},
		"core.autocrlf in another file than the user's": {func(w *world) {
			w.write(w.home+"/ours", crlf)
			w.host = w.host.With("GIT_CONFIG_GLOBAL", w.home+"/ours")
		}, "core.autocrlf=true (global: {home}/ours)"},
		"core.autocrlf of the system": {func(w *world) {
			w.write(w.home+"/system", crlf)
			w.host = w.host.With("GIT_CONFIG_SYSTEM", w.home+"/system", "GIT_CONFIG_NOSYSTEM", "0")
		}, "core.autocrlf=true (system: {home}/system)"},
		"core.autocrlf of the repository": {func(w *world) { w.git("config", "core.autocrlf", "true") },
			"core.autocrlf=true (local: {dir}/.git/config)"},
		"core.autocrlf of the repository, over that of the user": {func(w *world) {
			w.write(w.home+"/.gitconfig", "[core]\n\tautocrlf = input\n")
			w.git("config", "--add", "core.autocrlf", "false")
			w.git("config", "--add", "core.autocrlf", "yes")
		}, "core.autocrlf=yes (local: {dir}/.git/config)"},
		"core.autocrlf of the work tree": {func(w *world) {
			w.git("config", "extensions.worktreeConfig", "true")
			w.git("config", "--worktree", "core.autocrlf", "true")
		}, "core.autocrlf=true (worktree: {dir}/.git/config.worktree)"},
		"core.autocrlf of the environment": {func(w *world) {
			w.host = w.host.WithGitConfig("core.autocrlf", "true")
		}, "core.autocrlf=true (GIT_CONFIG_* of the environment)"},
		"core.autocrlf of git -c": {func(w *world) {
			w.host = w.host.With("GIT_CONFIG_PARAMETERS", "'core.autocrlf'='true'")
		}, "core.autocrlf=true (GIT_CONFIG_* of the environment)"},
		"attributes of the user": {func(w *world) {
			w.write(w.home+"/.gitconfig", "[core]\n\tattributesFile = ~/rules\n")
			w.write(w.home+"/rules", "* text eol=crlf\n")
		}, "core.attributesFile={home}/rules (global: {home}/.gitconfig)"},
		"attributes and core.eol of the user": {func(w *world) {
			w.write(w.home+"/.gitconfig", "[core]\n\teol = crlf\n")
			w.write(w.home+"/.config/git/attributes", "* text=auto\n")
		}, "core.eol=crlf (global: {home}/.gitconfig) and core.attributesFile={home}/.config/git/attributes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.arrange(w)
			w.checkOutAgain()
			f := w.refused(suite.Cleanliness, suite.ExitDirty)
			says := strings.NewReplacer("{home}", w.home, "{dir}", w.dir).Replace(c.says)
			w.said(f.Err.Error(), "Because: the paths above have other line ends than their commit, by "+says)
			if strings.Contains(f.Err.Error(), "stash push") {
				t.Errorf("it offers to stash what git does not see:\n%v", f.Err)
			}
			w.mended(f)
		})
	}
}

func TestOtherDirtIsNotLostByMendingLineEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(w.home+"/.gitconfig", "[core]\n\tautocrlf = true\n")
	w.checkOutAgain()
	w.write("run.sh", "#!/bin/sh\r\necho\r\n")
	f := w.refused(suite.Cleanliness, suite.ExitDirty)
	// .gitignore and apps/health.ts; run.sh has another text.
	w.said(f.Err.Error(), "Because: 2 of the paths above have",
		"Mend:    commit the other paths, or set them aside; then: ", "stash push --include-untracked")
	w.commit()
	w.mended(f)
	if got := w.read("run.sh"); got != "#!/bin/sh\necho\n" {
		t.Errorf("run.sh holds %q", got)
	}
}

func TestLineEndsThatNoSettingMadeArePlainDirt(t *testing.T) {
	t.Parallel()
	for _, config := range []string{"", "[core]\n\tautocrlf = input\n\teol = lf\n"} {
		w := newWorld(t)
		w.write(w.home+"/.gitconfig", config)
		w.write("apps/health.ts", "export const healthy = true;\r\n")
		_, err := w.check()
		var dirty *preflight.Dirty
		if !errors.As(err, &dirty) || dirty.LineEnds != nil || !strings.Contains(err.Error(), "stash push") {
			t.Errorf("%q: %v", config, err)
		}
	}
}

// What attributes of the commit say of line ends is the repository's own word.
func TestLineEndsByCommittedAttributesAreClean(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(".gitattributes", "* text=auto\n*.ts text eol=crlf\n")
	w.commit()
	w.write(w.home+"/.gitconfig", "[core]\n\tautocrlf = true\n\teol = crlf\n")
	w.checkOutAgain()
	w.clean()
}
