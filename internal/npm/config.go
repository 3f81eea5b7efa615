package npm

import (
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

// npm's settings are of three lists (TRUST §3). What is in none of them holds where the source repository sets it, and
// reaches no run from anywhere else.

// whence are the settings that say where packages come from, and how to get there. So do all that begin with // and all
// that name the registry of a scope. They are honoured, whoever sets them.
var whence = set("registry", "replace-registry-host", "_auth", "_authtoken", "_password", "username", "email",
	"always-auth", "proxy", "https-proxy", "http-proxy", "noproxy", "no-proxy", "ca", "cafile", "cert", "key",
	"strict-ssl", "local-address", "maxsockets", "fetch-retries", "fetch-retry-factor", "fetch-timeout", "offline")

// which are the settings that say which versions may be chosen. They are honoured, whoever sets them: where npm may not
// choose what the spec stands for, the run fails and names the setting.
var which = set("before", "min-release-age", "min-release-age-exclude", "engine-strict", "allow-directory", "allow-file",
	"allow-git", "allow-remote")

// whether are the settings that say whether something is installed, where, and how it is laid out and told: a run sets
// each to this, wherever the source repository or npm's own folder sets it to something else.
var whether = map[string]string{
	"global": "false", "location": "user", "dry-run": "false", "usage": "false", "package-lock-only": "false",
	"package-lock": "true", "shrinkwrap": "true", "read-only": "false", "if-present": "false",
	"save": "true", "save-bundle": "false", "save-dev": "false", "save-optional": "false", "save-peer": "false", "save-prod": "false",
	"ignore-scripts": "false", "strict-allow-scripts": "false",
	"install-strategy": "hoisted", "install-links": "false", "global-style": "false", "legacy-bundling": "false",
	"bin-links": "true", "link": "false",
	"workspaces": "false", "include-workspace-root": "false",
	"os": system(), "cpu": processor(),
	"prefer-offline": "false", "prefer-online": "false", "cache-min": "0",
	"json": "false", "parseable": "false", "long": "false", "color": "false", "timing": "false",
}

// kinds are the settings that leave out kinds of dependencies. A run asks for every kind, which outdoes them all.
var kinds = set("omit", "include", "only", "also", "production", "optional", "dev")

func set(names ...string) map[string]bool {
	in := map[string]bool{}
	for _, name := range names {
		in[name] = true
	}
	return in
}

// honoured tells whether a setting of the host reaches a run.
func honoured(key string) bool {
	key = strings.ToLower(strings.TrimSuffix(key, "[]"))
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

// Host is whose configuration of npm a run goes by.
type Host struct {
	// Env is the caller's environment (os.Environ()), and Dir the caller's current directory.
	Env []string
	Dir string
	// Source is the root of the source repository.
	Source string
	// Programs are node and npm: npm's global file is found by them.
	Programs toolchain.Programs
}

// Config is what npm is told in a run.
type Config struct {
	host []string
	// dir is the caller's current directory, and home the home directory; empty where there is none.
	dir, home string
	// cache is npm's cache directory, the one thing of the user's that a run shares, as any npm install does. It is
	// empty where there is no home.
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
	c.project = read(filepath.Join(h.Source, ".npmrc"), ".npmrc of the source repository")
	path := c.path(c.environment.value("userconfig"))
	if path == "" && c.home != "" {
		path = filepath.Join(c.home, ".npmrc")
	}
	c.user = read(path, "")
	c.global = read(c.globalFile(h), "")
	for _, in := range []place{c.environment, c.user, c.global, c.builtin} {
		if c.cache = c.path(in.value("cache")); c.cache != "" {
			break
		}
	}
	if c.cache == "" && c.home != "" {
		c.cache = filepath.Join(c.home, ".npm")
	}
	return c
}

// globalFile is the path of npm's global file: by its own setting, or else in the global prefix.
func (c *Config) globalFile(h Host) string {
	first := func(key string) string {
		for _, in := range []place{c.environment, c.user, c.builtin} {
			if path := c.path(in.value(key)); path != "" {
				return path
			}
		}
		return ""
	}
	if path := first("globalconfig"); path != "" {
		return path
	}
	prefix := first("prefix")
	env := process.Environment(h.Env)
	switch {
	case prefix != "":
	case env.Get("PREFIX") != "":
		prefix = env.Get("PREFIX")
	case h.Programs.Node != "":
		prefix = filepath.Join(env.Get("DESTDIR"), filepath.Dir(filepath.Dir(h.Programs.Node)))
	default:
		return ""
	}
	return filepath.Join(prefix, "etc", "npmrc")
}

func read(path, name string) place {
	if path == "" {
		return place{}
	}
	if name == "" {
		name = path
	}
	text, _ := foreign.ReadLinked(path, maxFile)
	return place{name, string(text), npmrc.Parse(string(text))}
}

// fromEnvironment reads the variables whose names begin with npm_config_, in any case. The keys are as npm makes them.
func fromEnvironment(host []string) place {
	in := place{name: "the environment"}
	for _, pair := range host {
		name, value, _ := strings.Cut(pair, "=")
		if len(name) <= len(variablePrefix) || !strings.EqualFold(name[:len(variablePrefix)], variablePrefix) || value == "" {
			continue
		}
		key := name[len(variablePrefix):]
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

// expand puts in what a value refers to: the caller's variables and home.
func (c *Config) expand(value string) string {
	value = npmrc.Expand(value, c.variable)
	if below, found := strings.CutPrefix(value, "~/"); found {
		return filepath.Join(c.home, below)
	}
	return value
}

func (c *Config) variable(name string) (string, bool) {
	for _, pair := range c.host {
		if value, found := strings.CutPrefix(pair, name+"="); found {
			return value, true
		}
	}
	return "", false
}

// path is a value that is a path, absolute; empty stays empty.
func (c *Config) path(value string) string {
	if value = c.expand(value); value == "" || filepath.IsAbs(value) {
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

// Texts are the texts of all files. They may hold secrets.
func (c *Config) Texts() []string {
	return []string{c.project.text, c.user.text, c.global.text, c.builtin.text}
}

// Named returns the first of some settings that is set, as KEY=VALUE (PLACE), by the place that counts; empty where none
// is.
func (c *Config) Named(keys ...string) string {
	for _, in := range []place{c.environment, c.project, c.user, c.global, c.builtin} {
		for _, key := range keys {
			if value := in.value(key); value != "" {
				return fmt.Sprintf("%s=%s (%s)", key, value, in.name)
			}
		}
	}
	return ""
}

// Environment returns base with npm's configuration for a run. What belongs into files goes into dir, which is the
// run's own: the user's and the global settings that are honoured, with what they refer to put in.
func (c *Config) Environment(base process.Environment, dir string) (process.Environment, error) {
	user, global := filepath.Join(dir, "npmrc"), filepath.Join(dir, "global-npmrc")
	if err := errors.Join(c.write(user, c.user), c.write(global, c.global)); err != nil {
		return nil, err
	}
	cache := c.cache
	if cache == "" {
		cache = filepath.Join(dir, "npm-cache")
	}
	env := base.WithProxies(c.host)
	for _, in := range []place{c.builtin, c.project} {
		env = c.overrule(env, in)
	}
	for _, s := range c.environment.settings {
		if honoured(s.Key) {
			env = env.With(variableOf(s.Key), s.Value)
		}
	}
	return env.With(
		"npm_config_userconfig", user, "npm_config_globalconfig", global, "npm_config_cache", cache,
		"npm_config_audit", "false", "npm_config_fund", "false", "npm_config_update_notifier", "false",
		"npm_config_progress", "false", "npm_config_loglevel", "notice",
		"npm_config_logs_max", "0", "npm_config_logs_dir", filepath.Join(dir, "npm-logs"),
		// A registry that is down is to be told of in seconds; npm's own patience is a minute and more.
		"npm_config_fetch_retry_mintimeout", "500", "npm_config_fetch_retry_maxtimeout", "3000",
	), nil
}

// write writes what is honoured of a place.
func (c *Config) write(path string, in place) error {
	var text strings.Builder
	for _, s := range in.settings {
		if !honoured(s.Key) {
			continue
		}
		value := c.expand(s.Value)
		if s.Key == "cafile" {
			value = c.path(s.Value) // a run's npm has another current directory
		}
		fmt.Fprintln(&text, npmrc.Setting{Key: npmrc.Expand(s.Key, c.variable), Value: value})
	}
	return os.WriteFile(path, []byte(text.String()), 0o600)
}

// overrule returns env with what a file that npm reads by itself lacks or must not say: the variables that its honoured
// settings refer to, and a value of ours for each setting that says whether something is installed.
func (c *Config) overrule(env process.Environment, in place) process.Environment {
	for _, s := range in.settings {
		key := strings.ToLower(strings.TrimSuffix(s.Key, "[]"))
		switch ours, found := whether[key]; {
		case found:
			env = env.With(variableOf(key), ours)
		case kinds[key]:
			// npm separates the parts of a list so.
			env = env.With("npm_config_include", "prod\n\ndev\n\noptional\n\npeer")
		case honoured(s.Key):
			env = c.withReferences(env, s)
		}
	}
	return env
}

// withReferences returns env with the variables that a setting refers to. Where one of them has a value in a run that is
// not the caller's, or acts by itself, the setting as a whole is set instead.
func (c *Config) withReferences(env process.Environment, s npmrc.Setting) process.Environment {
	for _, name := range npmrc.Names(s.Key + s.Value) {
		value, set := c.variable(name)
		switch {
		case !set:
		case env.Get(name) == value:
		case env.Get(name) != "" || actsByItself(name):
			return env.With(variableOf(s.Key), c.expand(s.Value))
		default:
			env = env.With(name, value)
		}
	}
	return env
}

// actsByItself tells of a variable that changes what programs do.
func actsByItself(name string) bool {
	name = strings.ToUpper(name)
	return strings.HasPrefix(name, "GIT_") || strings.HasPrefix(name, "NODE_") || strings.HasPrefix(name, "NPM_CONFIG_") ||
		strings.HasPrefix(name, "LD_") || strings.HasPrefix(name, "DYLD_") || strings.HasPrefix(name, "PUMUKI_")
}
