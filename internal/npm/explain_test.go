package npm

import "testing"

func TestNPMsErrorsAreToldInWords(t *testing.T) {
	t.Parallel()
	plain := ReadConfig(newWorld(t, nil).host)
	dated := ReadConfig(newWorld(t, map[string]string{"project": "min-release-age=3"}).host)
	strict := ReadConfig(newWorld(t, map[string]string{"project": "engine-strict=true\nallow-file=none"}).host)
	unset := ReadConfig(newWorld(t, map[string]string{"project": "//r/:_authToken=${NPM_TOKEN}"}).host)
	for name, c := range map[string]struct {
		config *Config
		said   string
		known  bool
		want   string
	}{
		"nothing":                  {plain, "hello\n", false, ""},
		"a code of no known cause": {plain, "npm error code EWHATEVER\n", false, ""},
		"an old npm": {
			plain, "npm ERR! code E404\n", false, "the registry does not know this package (npm's E404)",
		},
		"two attempts": {plain, "npm error code ETARGET\n…\nnpm error code ECONNREFUSED\n", false,
			"the registry refuses the connection (npm's ECONNREFUSED)"},
		"a token that is not set": {unset, "npm error code E401\n", false,
			"the registry wants credentials (an _authToken in .npmrc); " +
				"the variable NPM_TOKEN, which .npmrc of the source repository refers to, is not set (npm's E401)"},
		"a variable that has no part in it": {
			unset, "npm error code ENOSPC\n", false, "the disk is full (npm's ENOSPC)",
		},
		"a dependency that is missing": {
			plain, "npm error code E404\n", true,
			"the registry lacks the package's tarball, or a package that it depends on (npm's E404)",
		},
		"a registry out of order": {
			plain, "npm error code E503\n", false, "the registry answers with an error of its own (npm's E503)",
		},
		"a release too young": {dated, "npm error code ETARGET\n", true,
			"npm may not choose it: min-release-age=3 (.npmrc of the source repository) (npm's ETARGET)"},
		"no such release, or one too young": {dated, "npm error code ETARGET\n", false,
			"the registry does not know this version, or npm may not choose it: min-release-age=3 " +
				"(.npmrc of the source repository) (npm's ETARGET)"},
		"a node too old": {strict, "npm error code EBADENGINE\n", true,
			"the package does not run on this version of node or npm: engine-strict=true " +
				"(.npmrc of the source repository) (npm's EBADENGINE)"},
		"a file that npm may not take": {strict, "npm error code EALLOWFILE\n", true,
			"npm may not choose it: allow-file=none (.npmrc of the source repository) (npm's EALLOWFILE)"},
	} {
		if got := c.config.Explain(c.said, c.known); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", name, got, c.want)
		}
	}
}

// Nothing follows for a package from a registry that cannot be asked. What it answers of the package is another matter.
func TestRegistryThatCannotBeAskedIsToldApart(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"ECONNREFUSED":     true,
		"ENOTFOUND":        true,
		"ETIMEDOUT":        true,
		"E401":             true,
		"E503":             true,
		"CERT_HAS_EXPIRED": true,
		"E404":             false,
		"ETARGET":          false,
		"EINTEGRITY":       false,
		"EBADENGINE":       false,
		"ERESOLVE":         false,
		"1":                false,
		"E5":               false,
	} {
		if got := Unreachable("npm error code " + code + "\nnpm error at all\n"); got != want {
			t.Errorf("%s: %t", code, got)
		}
	}
	if Unreachable("npm error code E503\nnpm error code 1\n") || Unreachable("") {
		t.Error("an attempt before the last counts")
	}
}
