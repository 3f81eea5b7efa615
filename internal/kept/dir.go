package kept

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
)

// DefaultDir returns where the cache of prepared consumers lies. Host is the caller's environment, as os.Environ
// returns it. XDG_CACHE_HOME counts on every system; else it is where this system has its users' caches. The error says
// which variables name no directory.
func DefaultDir(host []string) (string, error) { return defaultDir(runtime.GOOS, host) }

// ErrNowhere is the error where no variable names a directory for caches.
var ErrNowhere = errors.New(
	"no directory for caches: XDG_CACHE_HOME and HOME (on Windows, LocalAppData) name none")

// OpenDefault opens the cache of prepared consumers.
func OpenDefault(host []string) (*Cache, error) {
	dir, err := DefaultDir(host)
	if err != nil {
		return nil, err
	}
	return Open(dir)
}

func defaultDir(system string, host []string) (string, error) {
	base := absolute(system, host, "XDG_CACHE_HOME")
	if base == "" {
		switch home := absolute(system, host, "HOME"); {
		case system == "windows":
			base = absolute(system, host, "LOCALAPPDATA")
		case home == "":
		case system == "darwin":
			base = filepath.Join(home, "Library", "Caches")
		default:
			base = filepath.Join(home, ".cache")
		}
	}
	if base == "" {
		return "", ErrNowhere
	}
	return filepath.Join(base, "pumuki-mock-consumer", "prepared"), nil
}

// absolute returns the value of a variable that is an absolute path, or nothing: the XDG specification says to ignore a
// relative one.
func absolute(system string, host []string, wanted string) (value string) {
	for _, pair := range host {
		name, v, _ := strings.Cut(pair, "=")
		if name == wanted || (system == "windows" && strings.EqualFold(name, wanted)) {
			value = v
		}
	}
	if !filepath.IsAbs(value) {
		return ""
	}
	return value
}
