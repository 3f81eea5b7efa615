package workspace

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// npmrcKeys are the settings of a user's .npmrc that say where registries are and how to reach them. Nothing else of
// it reaches a run: omit, ignore-scripts or dry-run there make npm exit with 0 having installed nothing (TRUST §3).
var npmrcKeys = map[string]bool{
	"registry": true, "cafile": true, "ca": true, "ca[]": true, "cert": true, "key": true, "strict-ssl": true,
	"proxy": true, "https-proxy": true, "noproxy": true, "_auth": true, "_authtoken": true, "always-auth": true,
	"username": true, "_password": true, "email": true,
}

// npmrcVariable is a reference to the environment: ${NAME}, or ${NAME?} for one that may be unset.
var npmrcVariable = regexp.MustCompile(`\$\{([^}?]+)\??\}`)

// npmHost is what npm is told of the host.
type npmHost struct {
	// config is the text of the .npmrc that a run gives to npm.
	config string
	// cache is npm's cache directory: the one thing of the user's that a run shares, as any npm install does.
	cache string
}

// readNPMHost reads the caller's npm configuration. What it refers to (variables, the home directory) is put in, since
// neither reaches npm.
func readNPMHost(host []string) npmHost {
	variable := func(name string) string { return lookup(host, func(n string) bool { return n == name }) }
	home := homeOf(host)
	expand := func(value string) string {
		value = npmrcVariable.ReplaceAllStringFunc(value, func(reference string) string {
			return variable(npmrcVariable.FindStringSubmatch(reference)[1])
		})
		if below, found := strings.CutPrefix(value, "~/"); found {
			return filepath.Join(home, below)
		}
		return value
	}
	found := npmHost{cache: filepath.Join(home, ".npm")}
	for line := range strings.Lines(UserNPMRC(host)) {
		key, value, set := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), expand(strings.TrimSpace(value))
		switch {
		case !set:
		case key == "cache":
			found.cache = strings.Trim(value, `"'`)
		case concernsRegistries(key):
			found.config += key + "=" + value + "\n"
		}
	}
	if cache := npmOption(host, "cache"); cache != "" {
		found.cache = cache
	}
	return found
}

// UserNPMRC returns the text of the user's .npmrc: the file that npm_config_userconfig names, else ~/.npmrc. It is
// empty where there is none. It may hold secrets.
func UserNPMRC(host []string) string {
	path := npmOption(host, "userconfig")
	if path == "" {
		path = filepath.Join(homeOf(host), ".npmrc")
	}
	text, _ := os.ReadFile(path)
	return string(text)
}

func homeOf(host []string) string {
	if home := lookup(host, func(name string) bool { return name == "HOME" }); home != "" {
		return home
	}
	home, _ := os.UserHomeDir()
	return home
}

// npmOption returns an option of npm as the environment gives it: npm takes its names in any case.
func npmOption(host []string, option string) string {
	return lookup(host, func(name string) bool { return strings.EqualFold(name, "npm_config_"+option) })
}

func concernsRegistries(key string) bool {
	scoped := strings.HasPrefix(key, "@") && strings.HasSuffix(key, ":registry")
	return scoped || strings.HasPrefix(key, "//") || npmrcKeys[strings.ToLower(key)]
}

// lookup returns the value of the first variable of host, set and not empty, whose name is wanted.
func lookup(host []string, wanted func(name string) bool) string {
	for _, pair := range host {
		if name, value, _ := strings.Cut(pair, "="); value != "" && wanted(name) {
			return value
		}
	}
	return ""
}
