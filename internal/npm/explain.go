package npm

import (
	"fmt"
	"regexp"
	"strings"
)

// code is the code that npm ends with: "npm error code E404", or "npm ERR!" before npm 10.
var code = regexp.MustCompile(`(?m)^npm (?:error|ERR!) code (\S+)`)

// causes are the codes whose cause a person can mend, in words.
var causes = map[string]string{
	"E404":             "the registry does not know this package",
	"ETARGET":          "the registry does not know this version",
	"ENOVERSIONS":      "the registry has no version of this package that npm may choose",
	"E401":             "the registry wants credentials (an _authToken in .npmrc)",
	"E403":             "the registry refuses these credentials",
	"ERR_INVALID_AUTH": "credentials in .npmrc name no registry: they are written //HOST/:_authToken=TOKEN",
	"ENOTFOUND":        "the registry's host cannot be found",
	"EAI_AGAIN":        "the registry's host cannot be found",
	"ERR_INVALID_URL":  "the registry's URL is none",
	"ECONNREFUSED":     "the registry refuses the connection",
	"ECONNRESET":       "the registry ended the connection",
	"ETIMEDOUT":        "the registry does not answer",
	"FETCH_ERROR":      "the registry's answer is no package; a proxy or a page to log in may answer in its place",
	"ENOTCACHED":       "npm is offline, and its cache does not hold this package",
	"EINTEGRITY": "what was downloaded is not what the registry, or a package-lock.json of the source repository, " +
		"announced",
	"TAR_BAD_ARCHIVE": "the tarball is damaged",
	"EBADENGINE":      "the package does not run on this version of node or npm",
	"EBADPLATFORM":    "the package does not run on this system",
	"EBADDEVENGINES":  "package.json of the source repository wants other tools (devEngines)",
	"EOVERRIDE":       "an override in package.json of the source repository is for this package",
	"ERESOLVE":        "a dependency of the source repository does not go together with it",
	"EROFS":           "a file system is read-only",
	"ENOSPC":          "the disk is full",
	"EACCES":          "npm may not write where it has to; npm_config_cache sets another cache",
	"ENOTDIR":         "a file is where npm needs a directory; npm_config_cache sets another cache",

	"CERT_HAS_EXPIRED":                  untrusted,
	"DEPTH_ZERO_SELF_SIGNED_CERT":       untrusted,
	"SELF_SIGNED_CERT_IN_CHAIN":         untrusted,
	"UNABLE_TO_GET_ISSUER_CERT_LOCALLY": untrusted,
	"UNABLE_TO_VERIFY_LEAF_SIGNATURE":   untrusted,
}

const untrusted = "the registry's certificate is not trusted (a cafile in .npmrc names who vouches for it)"

// missing are the codes that are about something else than the package, once the registry is known to have the package.
var missing = map[string]string{
	"E404":    "the registry lacks the package's tarball, or a package that it depends on",
	"ETARGET": "the registry lacks a version that the package depends on",
}

// deciding names, for each code, the settings that may be the reason for it.
var deciding = map[string][]string{
	"ETARGET":     {"before", "min-release-age"},
	"ENOVERSIONS": {"before", "min-release-age"},
	"EBADENGINE":  {"engine-strict"},
	"ENOTCACHED":  {"offline"},
	"EALLOWFILE":  {"allow-file"}, "EALLOWREMOTE": {"allow-remote"},
	"EALLOWDIRECTORY": {"allow-directory"}, "EALLOWGIT": {"allow-git"},
}

// atRegistry are the codes whose cause may be a variable: one that a setting refers to, and that is not set.
var atRegistry = set("E401", "E403", "E404", "ENOTFOUND", "EAI_AGAIN", "ERR_INVALID_URL")

// unreachable are the codes of a registry that cannot be asked now: nothing follows from them for a package.
var unreachable = set("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "FETCH_ERROR", "ENOTCACHED",
	"E401", "E403", "ERR_INVALID_AUTH", "ERR_INVALID_URL")

// Unreachable tells, by what npm said, whether it failed because a registry could not be asked. Of several attempts the
// last counts.
func Unreachable(said string) bool {
	codes := code.FindAllStringSubmatch(said, -1)
	if codes == nil {
		return false
	}
	last := codes[len(codes)-1][1]
	return unreachable[last] || causes[last] == untrusted || answersWithError(last)
}

// answersWithError tells whether a code is an error of the registry's own.
func answersWithError(code string) bool {
	return strings.HasPrefix(code, "E5") && len(code) == len("E500")
}

// Explain says in words why npm failed, by what it said. Of several attempts the last counts. Known tells that the
// registry has what was asked for. The text is empty where nothing is known of the cause.
func (c *Config) Explain(said string, known bool) string {
	codes := code.FindAllStringSubmatch(said, -1)
	if codes == nil {
		return ""
	}
	last := codes[len(codes)-1][1]
	setting := c.Named(deciding[last]...)
	cause := causes[last]
	if answersWithError(last) {
		cause = "the registry answers with an error of its own"
	}
	if known && missing[last] != "" {
		cause = missing[last]
	}
	dated := last == "ETARGET" || last == "ENOVERSIONS"
	switch {
	case setting == "":
	case cause == "" || dated && known:
		cause = "npm may not choose it: " + setting
	case dated:
		cause += ", or npm may not choose it: " + setting
	default:
		cause += ": " + setting
	}
	if cause == "" {
		return ""
	}
	if name, where := c.unset(); name != "" && atRegistry[last] {
		cause += fmt.Sprintf("; the variable %s, which %s refers to, is not set", name, where)
	}
	return cause + " (npm's " + last + ")"
}
