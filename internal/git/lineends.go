package git

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// LineEnds is a setting that makes a checkout write other line ends than the commit holds.
type LineEnds struct {
	Setting
	// Scope is git's word for where it is set: system, global, local, worktree, or command for the environment.
	Scope string
	// Origin is the file; empty for the environment.
	Origin string
}

// Where says in words where it is set.
func (l LineEnds) Where() string {
	if l.Origin == "" {
		return "GIT_CONFIG_* of the environment"
	}
	return l.Scope + ": " + l.Origin
}

// Mend is the command that overrules it in a repository.
func (l LineEnds) Mend(root string) string {
	mended := map[string]string{"core.autocrlf": "false", "core.eol": "lf", "core.attributesFile": "/dev/null"}
	scope := map[string]string{"worktree": "--worktree "}[l.Scope]
	if l.Scope == "command" {
		return "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS"
	}
	return "git -C " + plain.Quoted(root) + " config " + scope + "--replace-all " + l.Key + " " + mended[l.Key]
}

// HostLineEnds returns the settings by which git, as the caller runs it, checks text out with carriage returns: those
// that are in force once the system's, the user's, the repository's and the environment's are read. A configuration
// that git cannot read has none.
func (r Repository) HostLineEnds(ctx context.Context, host []string) []LineEnds {
	ask := r.asUser(host, "config", "--show-scope", "--show-origin", "--null",
		"--get-regexp", "^core[.](autocrlf|eol|attributesfile)$")
	for _, pair := range host {
		if strings.HasPrefix(pair, "GIT_CONFIG") {
			ask.Env = append(ask.Env, pair)
		}
	}
	out, _ := ask.Output(ctx)
	counts := map[string]LineEnds{}
	// <scope> NUL <origin> NUL <key> LF <value> NUL
	for record := range slices.Chunk(split(string(out)), 3) {
		if len(record) < 3 {
			break
		}
		setting := parseSetting(record[2])
		origin, _ := strings.CutPrefix(record[1], "file:")
		if record[0] == "command" {
			origin = ""
		} else if !filepath.IsAbs(origin) {
			origin = filepath.Join(r.Root, origin)
		}
		counts[setting.Key] = LineEnds{setting, record[0], origin}
	}
	var found []LineEnds
	if auto := counts["core.autocrlf"]; IsTrue(auto.Value) && !strings.EqualFold(auto.Value, "input") {
		found = append(found, auto)
	}
	if eol := counts["core.eol"]; strings.EqualFold(eol.Value, "crlf") {
		found = append(found, eol)
	}
	return append(found, lineEndsOfAttributes(counts["core.attributesfile"], ask.Env.Get)...)
}

// lineEndsOfAttributes returns the user's file of attributes for all repositories, where a rule in it is about text.
func lineEndsOfAttributes(file LineEnds, getenv func(string) string) []LineEnds {
	file.Key = "core.attributesFile"
	if path, inHome := strings.CutPrefix(file.Value, "~/"); inHome {
		file.Value = filepath.Join(getenv("HOME"), path)
	}
	if file.Value == "" {
		file.Value = defaultFile(getenv, "attributes")
		file.Scope, file.Origin = "global", "git reads it by default"
	}
	rules, err := readRegular(file.Value)
	if err != nil || !strings.Contains(string(rules), "text") && !strings.Contains(string(rules), "crlf") {
		return nil
	}
	return []LineEnds{file}
}
