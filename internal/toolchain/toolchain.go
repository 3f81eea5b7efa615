// Package toolchain finds the tools that a run needs on this machine, and says what is wrong with them.
package toolchain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// Tool is a program that a run needs, as it was found on this machine.
type Tool struct {
	// Name is the program's name.
	Name string
	// Version is the version found; empty where there is none.
	Version string
	// Needed is the oldest version that will do.
	Needed string
	// Problem says what is wrong with it; empty where it will do.
	Problem string
	// Mend says how to get it on this system.
	Mend string
}

// needed are the oldest versions that will do.
var needed = map[string]string{
	// GIT_CONFIG_GLOBAL, which keeps the user's configuration out, came with 2.32. An older git would not object: it
	// would quietly read what it should not.
	"git": "2.32",
	// The oldest that pumuki and the embedded gate are written for.
	"node": "18",
	// What comes with node 18. The options and variables that keep an install to itself are those of npm 9.
	"npm": "9",
}

// mends say how to get a tool, by system and name; those for the empty system hold anywhere.
var mends = map[string]map[string]string{
	"": {
		"git": "install git with your system's package manager: apt install git, dnf install git, apk add git",
		"node": "install Node.js 18 or newer with your system's package manager or a version manager: " +
			"nvm install --lts",
		"npm": "npm comes with Node.js; for a newer one: npm install --global npm@latest",
	},
	"darwin": {
		"git":  "brew install git, or xcode-select --install",
		"node": "brew install node, or nvm install --lts",
	},
	"windows": {
		"git":  "winget install Git.Git",
		"node": "winget install OpenJS.NodeJS.LTS",
	},
}

// Tools asks every tool of the toolchain step for its version, all at once: node and npm take their time.
func Tools(ctx context.Context, env process.Environment) []Tool {
	commands := suite.Toolchain.Commands(suite.Variables{})
	tools := make([]Tool, len(commands))
	var all sync.WaitGroup
	for i, command := range commands {
		all.Go(func() { tools[i] = ask(ctx, env, command.Args) })
	}
	all.Wait()
	return tools
}

var versionNumber = regexp.MustCompile(`\d+(\.\d+)*`)

// ask runs a tool's version command and judges the answer.
func ask(ctx context.Context, env process.Environment, args []string) Tool {
	name := args[0]
	tool := Tool{Name: name, Needed: needed[name], Mend: cmp.Or(mends[runtime.GOOS][name], mends[""][name])}
	out, err := process.Command{Path: args[0], Args: args[1:], Env: env, Question: true}.Output(ctx)
	tool.Version = versionNumber.FindString(string(out))
	switch {
	case errors.Is(err, process.ErrNotStarted):
		tool.Problem = fmt.Sprintf("%s %s or newer is needed, and none was found in PATH", tool.Name, tool.Needed)
	case err != nil:
		tool.Problem = fmt.Sprintf("%s %s or newer is needed, and the one found does not work: %v",
			tool.Name, tool.Needed, err)
	case older(tool.Version, tool.Needed):
		tool.Problem = fmt.Sprintf("%s %s or newer is needed, and %s was found",
			tool.Name, tool.Needed, strings.TrimSpace(string(out)))
	}
	return tool
}

// older compares two dotted versions number by number. No version at all is older than any.
func older(version, than string) bool {
	return slices.CompareFunc(strings.Split(version, "."), strings.Split(than, "."), func(a, b string) int {
		have, _ := strconv.Atoi(a)
		want, _ := strconv.Atoi(b)
		return cmp.Compare(have, want)
	}) < 0
}

// Missing gathers the problems of tools into one error, with what mends each; nil where all will do.
func Missing(tools []Tool) error {
	var problems []string
	for _, tool := range tools {
		if tool.Problem != "" {
			problems = append(problems, tool.Problem+"\nMend: "+tool.Mend)
		}
	}
	if problems == nil {
		return nil
	}
	return errors.New(strings.Join(problems, "\n"))
}
