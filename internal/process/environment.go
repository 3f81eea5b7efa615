package process

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Environment is the whole environment of a child, as NAME=value pairs without duplicates. It is built from nothing:
// what a caller's shell, a git hook, npm or a CI system left in ours changes no run (TRUST §3).
//
// A value is never changed: With returns a new one.
type Environment []string

// hostNames are what any child needs of the host, by name. Windows programs do not start without theirs.
var hostNames = []string{"PATH", "USER", "LOGNAME", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "WINDIR"}

// proxyNames are the variables that say how the network is reached, in lower case.
var proxyNames = []string{
	"http_proxy", "https_proxy", "no_proxy", "all_proxy", "node_extra_ca_certs", "ssl_cert_file", "ssl_cert_dir",
}

// Hermetic returns the environment that every child starts from: the few host variables that programs need, a home
// and a temporary directory of the run's own, git and npm cut off from the host's configuration, and a fixed locale
// and time zone, so that two machines see the same text. Host is the caller's environment (os.Environ()), home and
// tmp are absolute directories, and ceiling is the directory above which git may not look for a repository.
func Hermetic(host []string, home, tmp, ceiling string) Environment {
	env := pick(host, hostNames, sameName)
	return env.With(
		"PATH", absoluteOnly(env.Get("PATH")),
		"HOME", home, "USERPROFILE", home,
		"TMPDIR", tmp, "TMP", tmp, "TEMP", tmp,
		"LANG", "C.UTF-8", "LC_ALL", "C.UTF-8", "TZ", "UTC", "NO_COLOR", "1",
		"GIT_CONFIG_GLOBAL", os.DevNull, "GIT_CONFIG_NOSYSTEM", "1", "GIT_ATTR_NOSYSTEM", "1",
		"GIT_CEILING_DIRECTORIES", ceiling, "GIT_TERMINAL_PROMPT", "0", "GIT_OPTIONAL_LOCKS", "0",
	)
}

// AsCaller returns the caller's environment for the shims of version managers, which find their programs by it. It
// leaves out only what would change what node or npm does, and the entries of PATH that depend on where a child runs.
func AsCaller(host []string) Environment {
	env := Environment(slices.DeleteFunc(slices.Clone(host), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return name == "NODE_OPTIONS" || strings.HasPrefix(strings.ToLower(name), "npm_")
	}))
	return env.With("PATH", absoluteOnly(env.Get("PATH")))
}

// WithProxies returns e with what says how a host reaches the network, by name and in any case.
func (e Environment) WithProxies(host []string) Environment {
	return append(slices.Clone(e), pick(host, proxyNames, strings.EqualFold)...)
}

// Before returns e with a directory before all others in its PATH.
func (e Environment) Before(dir string) Environment {
	return e.With("PATH", dir+string(filepath.ListSeparator)+e.Get("PATH"))
}

// With returns e with the given names set to the given values: name, value, name, value.
func (e Environment) With(namesAndValues ...string) Environment {
	set := slices.Clone(e)
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		name := namesAndValues[i]
		set = slices.DeleteFunc(set, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
		set = append(set, name+"="+namesAndValues[i+1])
	}
	return set
}

// WithGitConfig returns e with git configuration that no file can override: key, value, key, value.
func (e Environment) WithGitConfig(keysAndValues ...string) Environment {
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		n := strconv.Itoa(i / 2)
		e = e.With("GIT_CONFIG_KEY_"+n, keysAndValues[i], "GIT_CONFIG_VALUE_"+n, keysAndValues[i+1])
	}
	return e.With("GIT_CONFIG_COUNT", strconv.Itoa(len(keysAndValues)/2))
}

// Get returns the value of a name, or the empty string.
func (e Environment) Get(name string) string {
	value, _ := e.Lookup(name)
	return value
}

// Lookup returns the value of a name, and whether it is set.
func (e Environment) Lookup(name string) (value string, set bool) {
	for _, pair := range e {
		if value, set = strings.CutPrefix(pair, name+"="); set {
			return value, true
		}
	}
	return "", false
}

// LookPath returns the program that name stands for in the PATH of e; an absolute name stands for itself. The error
// wraps fs.ErrNotExist where there is no such program.
func (e Environment) LookPath(name string) (string, error) {
	if filepath.IsAbs(name) {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(e.Get("PATH")) {
		// The standard library knows by which rules of each system a path can be run.
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found, nil
		}
	}
	return "", &fs.PathError{Op: "look up", Path: name, Err: fs.ErrNotExist}
}

// pick returns the pairs of host whose name is, by same, one of names.
func pick(host, names []string, same func(a, b string) bool) Environment {
	var env Environment
	for _, pair := range host {
		name, value, _ := strings.Cut(pair, "=")
		if value != "" && slices.ContainsFunc(names, func(wanted string) bool { return same(name, wanted) }) {
			env = env.With(name, value)
		}
	}
	return env
}

// sameName compares the names of two variables as this system does.
func sameName(a, b string) bool {
	if runtime.GOOS == "windows" {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// absoluteOnly drops the entries of a PATH that depend on where a child runs (".", "", "node_modules/.bin"): in a
// clone they would run what the repository holds.
func absoluteOnly(path string) string {
	dirs := slices.DeleteFunc(filepath.SplitList(path), func(dir string) bool { return !filepath.IsAbs(dir) })
	return strings.Join(dirs, string(filepath.ListSeparator))
}
