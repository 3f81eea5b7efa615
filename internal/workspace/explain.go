package workspace

import (
	"fmt"
	"os"
	"regexp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// npmCode is the code that npm ends with: "npm error code E404", or "npm ERR!" before npm 10.
var npmCode = regexp.MustCompile(`(?m)^npm (?:error|ERR!) code (\S+)`)

// npmCauses are the codes whose cause a person can mend, in words.
var npmCauses = map[string]string{
	"E404":         "the registry does not know this package",
	"ETARGET":      "the registry does not know this version",
	"E401":         "the registry wants credentials (an _authToken in .npmrc)",
	"E403":         "the registry refuses these credentials",
	"ENOTFOUND":    "the registry's host cannot be found",
	"EAI_AGAIN":    "the registry's host cannot be found",
	"ECONNREFUSED": "the registry refuses the connection",
	"ECONNRESET":   "the registry ended the connection",
	"ETIMEDOUT":    "the registry does not answer",
	"ENOTCACHED":   "npm is offline, and its cache does not hold this package",
	"EINTEGRITY":   "what the registry sent is not what it announced",
	"EBADENGINE":   "the package does not run on this version of node",
	"ENOSPC":       "the disk is full",
}

// withoutRegistry are the ways to run where the registry does not help.
const withoutRegistry = "To run without the registry: -spec=embedded (the reference gate), or -spec=<tarball> (a file from npm pack)."

// explainInstall puts into words what npm said in its log, where a person can do something about it.
func (c *Consumer) explainInstall(err error) error {
	failure := scenario.AsFailure(err)
	if failure == nil || failure.LogPath == "" {
		return err
	}
	log, readErr := os.ReadFile(failure.LogPath)
	found := npmCode.FindSubmatch(log)
	if readErr != nil || found == nil {
		return err
	}
	cause, known := npmCauses[string(found[1])]
	if !known {
		return err
	}
	failure.Err = fmt.Errorf("%w: %s (npm's %s)", failure.Err, cause, found[1])
	if c.options.Spec.Form == Registry || failure.Step.Name == scenario.NPMInstallOpenSpec.Name {
		failure.Err = fmt.Errorf("%w\n%s", failure.Err, withoutRegistry)
	}
	return failure
}
