package npm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npmrc"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
)

// A run knows three lists of npm's settings (TRUST §3). A setting in none of them holds where the source repository
// sets it, and reaches no run from anywhere else.

// whence are the settings that say where packages come from, and how to get there. So do all that begin with // and all
// that name the registry of a scope. They are honoured, whoever sets them.
var whence = set("registry", "scope", "replace-registry-host", "_auth", "_authtoken", "_password", "username", "email",
	"always-auth", "proxy", "https-proxy", "http-proxy", "noproxy", "no-proxy", "ca", "cafile", "cert", "key",
	"strict-ssl", "local-address", "maxsockets", "fetch-retries", "fetch-retry-factor", "fetch-timeout", "offline")

// which are the settings that say which versions may be chosen. They are honoured, whoever sets them: where npm may not
// choose what the spec stands for, the run fails and names the setting.
var which = set("before", "min-release-age", "min-release-age-exclude", "engine-strict",
	"allow-directory", "allow-file", "allow-git", "allow-remote")

// whether are the settings that say whether something is installed, where, and how it is laid out and reported. A run
// sets each to the value here, wherever the source repository or npm's own folder sets it to something else.
var whether = map[string]string{
	"global": "false", "location": "user", "dry-run": "false", "usage": "false", "package-lock-only": "false",
	"package-lock": "true", "shrinkwrap": "true", "read-only": "false", "if-present": "false",
	"save": "true", "save-bundle": "false", "save-dev": "false", "save-optional": "false",
	"save-peer": "false", "save-prod": "false",
	"ignore-scripts": "false", "strict-allow-scripts": "false",
	"install-strategy": "hoisted", "install-links": "false", "global-style": "false", "legacy-bundling": "false",
	"bin-links": "true", "link": "false",
	"workspaces": "false", "include-workspace-root": "false",
	"os": system(), "cpu": processor(),
	"prefer-offline": "false", "prefer-online": "false", "cache-min": "0",
	"json": "false", "parseable": "false", "long": "false", "color": "false", "timing": "false",
}

// kinds are the settings that leave out kinds of dependencies. A run asks for every kind, which overrules them all.
var kinds = set("omit", "include", "only", "also", "production", "optional", "dev")

func set(names ...string) map[string]bool {
	in := map[string]bool{}
	for _, name := range names {
		in[name] = true
	}
	return in
}

// bare is the name of a setting as npm knows it: in small letters, and without what says that it is a list.
func bare(key string) string { return strings.ToLower(strings.TrimSuffix(key, "[]")) }

// honoured tells whether a setting of the host reaches a run.
func honoured(key string) bool {
	key = bare(key)
	return whence[key] || which[key] || strings.HasPrefix(key, "//") ||
		strings.HasPrefix(key, "@") && strings.HasSuffix(key, ":registry")
}

// system and processor are this machine as npm calls it.
func system() string {
	if runtime.GOOS == "windows" {
		return "win32"
	}
	return runtime.GOOS
}

func processor() string {
	switch runtime.GOARCH {
	case "amd64":
		return "x64"
	case "386":
		return "ia32"
	case "ppc64le":
		return "ppc64"
	}
	return runtime.GOARCH
}

// Host is the caller, whose configuration of npm a run follows.
type Host struct {
	// Env is the caller's environment (os.Environ()), and Dir the caller's current directory.
	Env []string
	Dir string
	// Source is the root of the source repository.
	Source string
	// Programs are node and npm: npm's global file is found by them.
	Programs toolchain.Programs
}

// Config is the configuration that npm is given in a run.
type Config struct {
	host process.Environment
	// dir is the caller's current directory, and home the home directory; empty where there is none.
	dir, home string
	// cache is npm's cache directory, the one thing of the user's that a run shares, as any npm install does. It is
	// empty where there is no home that is a directory.
	cache string
	// The places where settings stand.
	environment, project, user, global, builtin place
}

// place is where settings stand.
type place struct {
	// name is what a person calls it.
	name, text string
	settings   []npmrc.Setting
}

// ReadConfig reads the caller's configuration of npm, from each place that npm reads. What cannot be read is empty.
func ReadConfig(h Host) *Config {
	c := &Config{host: h.Env, dir: h.Dir, home: homeOf(h.Env)}
	c.environment = fromEnvironment(h.Env)
	if h.Programs.NPM != "" {
		c.builtin = read(filepath.Join(filepath.Dir(filepath.Dir(h.Programs.NPM)), "npmrc"), "")
	}
	c.project = read(filepath.Join(h.Source, ".npmrc"), ofSource)
	path := c.firstPath("userconfig", c.environment, c.project, c.builtin)
	if path == "" && c.home != "" {
		path = filepath.Join(c.home, ".npmrc")
	}
	c.user = read(path, "")
	c.global = read(c.globalFile(h), "")
	c.cache = c.firstPath("cache", c.environment, c.user, c.global, c.builtin)
	if info, err := os.Stat(c.home); c.cache == "" && err == nil && info.IsDir() {
		c.cache = filepath.Join(c.home, ".npm")
	}
	return c
}

// ofSource is what a person calls the .npmrc that a clone has from the source repository.
const ofSource = ".npmrc of the source repository"

// InClone returns the configuration of npm in a clone of the source repository. The source repository may have an
// .npmrc that git ignores: the clone has none then, and npm does not go by it.
func (c *Config) InClone(dir string) *Config { return c.in(dir, ofSource) }

// InFolder returns the configuration of npm in the folder of a package, which may have an .npmrc of its own.
func (c *Config) InFolder(dir string) *Config { return c.in(dir, "") }

func (c *Config) in(dir, name string) *Config {
	in := *c
	in.project = read(filepath.Join(dir, ".npmrc"), name)
	return &in
}

// firstPath is the value of a key that is a path, in the first of some places that sets it; empty where none does.
func (c *Config) firstPath(key string, places ...place) string {
	for _, in := range places {
		if path := c.path(in.value(key)); path != "" {
			return path
		}
	}
	return ""
}

// globalFile is the path of npm's global file: by its own setting, or else in the global prefix.
func (c *Config) globalFile(h Host) string {
	if path := c.firstPath("globalconfig", c.environment, c.project, c.user, c.builtin); path != "" {
		return path
	}
	prefix := cmp.Or(c.firstPath("prefix", c.environment, c.user, c.builtin), c.host.Get("PREFIX"))
	switch {
	case prefix == "" && h.Programs.Node == "":
		return ""
	case prefix == "":
		prefix = filepath.Join(c.host.Get("DESTDIR"), filepath.Dir(filepath.Dir(h.Programs.Node)))
	}
	return filepath.Join(prefix, "etc", "npmrc")
}

// read reads a file of settings. Where it cannot be read there are none.
func read(path, name string) place {
	text, _ := foreign.ReadLinked(path, maxFile)
	return place{cmp.Or(name, path), string(text), npmrc.Parse(string(text))}
}

// fromEnvironment reads the variables whose names begin with npm_config_, in any case. The keys are as npm makes them.
func fromEnvironment(host []string) place {
	in := place{name: "the environment"}
	for _, pair := range host {
		name, value, _ := strings.Cut(pair, "=")
		n := min(len(name), len(variablePrefix))
		key := name[n:]
		if !strings.EqualFold(name[:n], variablePrefix) || key == "" || value == "" {
			continue
		}
		if !strings.HasPrefix(key, "//") {
			key = strings.ToLower(key[:1] + strings.ReplaceAll(key[1:], "_", "-"))
		}
		in.settings = append(in.settings, npmrc.Setting{Key: key, Value: value})
	}
	return in
}

const variablePrefix = "npm_config_"

// variableOf is the variable that sets a key.
func variableOf(key string) string {
	if strings.HasPrefix(key, "//") {
		return variablePrefix + key
	}
	return variablePrefix + strings.ReplaceAll(key, "-", "_")
}

// value returns the last value of a key; empty where it is not set.
func (p place) value(key string) (value string) {
	for _, s := range p.settings {
		if s.Key == key {
			value = s.Value
		}
	}
	return value
}

// expand puts in what a setting refers to: the caller's variables, and the home where the value is a path.
func (c *Config) expand(s npmrc.Setting) npmrc.Setting {
	s = npmrc.Setting{Key: npmrc.Expand(s.Key, c.host.Lookup), Value: npmrc.Expand(s.Value, c.host.Lookup)}
	if isFile(s.Key) {
		s.Value = c.underHome(s.Value)
	}
	return s
}

func (c *Config) underHome(path string) string {
	if below, found := strings.CutPrefix(path, "~/"); found {
		return filepath.Join(c.home, below)
	}
	return path
}

// isFile tells whether the value of a setting that is honoured is the path of a file.
func isFile(key string) bool {
	return key == "cafile" || strings.HasSuffix(key, ":certfile") || strings.HasSuffix(key, ":keyfile")
}

// path is a value that is a path, absolute; empty stays empty.
func (c *Config) path(value string) string {
	if value = c.underHome(npmrc.Expand(value, c.host.Lookup)); value == "" || filepath.IsAbs(value) {
		return value
	}
	return filepath.Join(c.dir, value)
}

// homeOf returns the caller's home directory: by HOME, or else as the system knows it; empty where there is none.
func homeOf(host []string) string {
	if home := process.Environment(host).Get("HOME"); home != "" {
		return home
	}
	if me, err := user.Current(); err == nil {
		return me.HomeDir
	}
	return ""
}

// places are where settings stand, the ones that count first.
func (c *Config) places() []place {
	return []place{c.environment, c.project, c.user, c.global, c.builtin}
}

// Texts are the texts of all files. They may hold secrets.
func (c *Config) Texts() []string {
	return []string{c.project.text, c.user.text, c.global.text, c.builtin.text}
}

// Named returns the first of some settings that is set, as KEY=VALUE (PLACE), from the place that counts; empty where
// none is set.
func (c *Config) Named(keys ...string) string {
	for _, in := range c.places() {
		for _, key := range keys {
			if value := in.value(key); value != "" {
				return fmt.Sprintf("%s=%s (%s)", key, value, in.name)
			}
		}
	}
	return ""
}

// unset returns the first variable that a setting refers to and that is not set, with the place of the setting; empty
// where there is none. Only settings that are honoured count.
func (c *Config) unset() (name, where string) {
	for _, in := range c.places() {
		for _, s := range in.settings {
			if left := npmrc.Names(c.expand(s).Key + c.expand(s).Value); honoured(s.Key) && len(left) > 0 {
				return left[0], in.name
			}
		}
	}
	return "", ""
}

// Digest returns a digest of the settings that say from which registry packages come, and which versions may be chosen:
// with others npm may install something else.
func (c *Config) Digest() string {
	sum := sha256.New()
	for _, in := range c.places() {
		for _, s := range in.settings {
			s = c.expand(s)
			switch key := bare(s.Key); {
			case which[key], key == "registry", key == "scope", strings.HasSuffix(key, ":registry"):
				fmt.Fprintln(sum, s)
			}
		}
		fmt.Fprintln(sum)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// The names of the files of a run's own that hold the user's settings and the global ones.
const userFile, globalFile = "npmrc", "global-npmrc"

// Write writes a run's files of npm's configuration into dir, which is the run's own. They hold the user's and the
// global settings that are honoured, with their references filled in.
func (c *Config) Write(dir string) error {
	return errors.Join(c.write(filepath.Join(dir, userFile), c.user), c.write(filepath.Join(dir, globalFile), c.global))
}

// Tag is the release that npm prefers where a range fits it: latest, unless a setting of the project names another.
func (c *Config) Tag() string {
	return cmp.Or(c.expand(npmrc.Setting{Value: c.project.value("tag")}).Value, "latest")
}

// Environment returns base with npm's configuration for a run, whose files Write wrote into dir.
func (c *Config) Environment(base process.Environment, dir string) process.Environment {
	env := base.WithProxies(c.host)
	for _, in := range []place{c.builtin, c.project} {
		env = c.overrule(env, in)
	}
	for _, s := range c.environment.settings {
		if honoured(s.Key) {
			s = c.portable(s)
			env = env.With(variableOf(s.Key), s.Value)
		}
	}
	return c.Files(env, dir)
}

// Files returns base with npm's files for a run, which Write wrote into dir, and with the settings that are the run's
// own: none of the caller's variables.
func (c *Config) Files(base process.Environment, dir string) process.Environment {
	return base.With(
		"npm_config_userconfig", filepath.Join(dir, userFile),
		"npm_config_globalconfig", filepath.Join(dir, globalFile),
		"npm_config_cache", cmp.Or(c.cache, filepath.Join(dir, "npm-cache")),
		"npm_config_audit", "false", "npm_config_fund", "false", "npm_config_update_notifier", "false",
		"npm_config_progress", "false", "npm_config_loglevel", "notice",
		"npm_config_logs_max", "0", "npm_config_logs_dir", filepath.Join(dir, "npm-logs"),
		// A registry that is down is reported within seconds; npm's own patience is a minute and more.
		"npm_config_fetch_retry_mintimeout", "500", "npm_config_fetch_retry_maxtimeout", "3000",
	)
}

// write writes the settings of a place that are honoured.
func (c *Config) write(path string, in place) error {
	var text strings.Builder
	for _, s := range in.settings {
		if honoured(s.Key) {
			fmt.Fprintln(&text, c.portable(s))
		}
	}
	return os.WriteFile(path, []byte(text.String()), 0o600)
}

// portable returns a setting of the caller as it holds in a run, whose npm has another home and current directory, and
// lacks variables.
func (c *Config) portable(s npmrc.Setting) npmrc.Setting {
	if s = c.expand(s); isFile(s.Key) {
		s.Value = c.path(s.Value)
	}
	return s
}

// overrule returns env with what corrects a file that npm reads by itself: the variables that its honoured settings
// refer to, and a value of ours for each setting that says whether something is installed.
func (c *Config) overrule(env process.Environment, in place) process.Environment {
	for _, s := range in.settings {
		key := strings.ToLower(strings.Trim(s.Key, "[]"))
		switch ours, found := whether[key]; {
		case found:
			env = env.With(variableOf(key), ours)
		case kinds[key]:
			// npm separates the parts of a list by an empty line.
			env = env.With("npm_config_include", "prod\n\ndev\n\noptional\n\npeer")
		case honoured(s.Key):
			env = c.withReferences(env, s)
		}
	}
	return env
}

// withReferences returns env with the variables that a setting refers to. Where such a variable has another value in a
// run than the caller's, or acts by itself, the setting as a whole is set instead. So is a path below the home.
func (c *Config) withReferences(env process.Environment, s npmrc.Setting) process.Environment {
	expanded := c.expand(s)
	whole := env.With(variableOf(strings.TrimSuffix(expanded.Key, "[]")), expanded.Value)
	if isFile(expanded.Key) && strings.HasPrefix(s.Value, "~/") {
		return whole
	}
	for _, name := range npmrc.Names(s.Key + s.Value) {
		value, set := c.host.Lookup(name)
		switch {
		case !set:
		case env.Get(name) == value:
		case env.Get(name) != "" || actsByItself(name):
			return whole
		default:
			env = env.With(name, value)
		}
	}
	return env
}

// actsByItself tells whether a variable changes what programs do.
func actsByItself(name string) bool {
	name = strings.ToUpper(name)
	return strings.HasPrefix(name, "GIT_") || strings.HasPrefix(name, "NODE_") ||
		strings.HasPrefix(name, "NPM_CONFIG_") || strings.HasPrefix(name, "LD_") ||
		strings.HasPrefix(name, "DYLD_") || strings.HasPrefix(name, "PUMUKI_")
}
