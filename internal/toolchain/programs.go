package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// Programs are node and npm themselves. A version manager (nvm, asdf, volta) may put a shim of that name into PATH,
// which finds the program by its own variables, by the home directory and by files of the project. A run gives its
// children none of these, so it asks the shims once and runs what they lead to.
type Programs struct {
	// Node is the path of the node program, NPM that of npm's npm-cli.js: absolute and without links. Each is empty
	// where PATH leads to none that works; PATH is then used as it is.
	Node, NPM string
}

// Find returns the programs that the caller would run. Host is the caller's environment (os.Environ()). Dir is the
// directory in which a version manager looks for the version that is wanted.
func Find(ctx context.Context, host []string, dir string) Programs {
	if runtime.GOOS == "windows" {
		return Programs{} // npm is a batch file there, and what leads to it is seldom a shim
	}
	env := process.AsCaller(host)
	inPath := func(name string) string {
		found, _ := env.LookPath(name)
		return real(found)
	}
	programs := Programs{Node: inPath("node"), NPM: inPath("npm")}
	if programs.Node != "" && !isNode(programs.Node) {
		shim := process.Command{Path: "node", Args: []string{"--eval", ""}, Dir: dir, Env: env}
		programs.Node = tell(ctx, shim, "process.execPath")
	}
	if programs.NPM != "" && !isNPM(programs.NPM) {
		shim := process.Command{Path: "npm", Args: []string{"--version"}, Dir: dir, Env: env}
		programs.NPM = tell(ctx, shim, "process.argv[1]")
	}
	return programs
}

// isNode tells whether a path is sure to be that of node itself: a shim is a script, a small program, or one of another
// name. A small node, most of which is in a library, is asked like a shim, and leads to itself.
func isNode(path string) bool {
	if name := filepath.Base(path); name != "node" && name != "nodejs" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Size() >= smallest
}

// smallest is fewer bytes than any node in one piece has, and more than a shim.
const smallest = 16 << 20

func isNPM(path string) bool { return filepath.Base(path) == "npm-cli.js" }

// answerTime is how long a shim may take to answer. One that takes longer may be installing something.
const answerTime = 30 * time.Second

// tell returns the path that an expression of JavaScript gives in the node that a shim starts; empty where it starts
// none. What the shim prints does not matter. Node is asked as it ends, because what comes before npm itself (corepack,
// a script around it) may run node too.
func tell(ctx context.Context, shim process.Command, expression string) string {
	scratch, err := os.MkdirTemp("", "pumuki-shim-")
	if err != nil {
		return ""
	}
	defer os.RemoveAll(scratch)
	ask, told := filepath.Join(scratch, "ask.cjs"), filepath.Join(scratch, "told")
	const source = "process.on('exit', () => require('node:fs').writeFileSync(%q, %s ?? ''));\n"
	if os.WriteFile(ask, fmt.Appendf(nil, source, told, expression), 0o600) != nil {
		return ""
	}
	shim.Env = shim.Env.With("NODE_OPTIONS", fmt.Sprintf("--require %q", ask))
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	_, err = shim.Output(ctx)
	path, readErr := os.ReadFile(told)
	if errors.Join(err, readErr) != nil {
		return ""
	}
	return real(string(path))
}

// real returns an absolute path without its links; empty where it is none, or nothing is there.
func real(path string) string {
	if !filepath.IsAbs(path) {
		return ""
	}
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	return path
}

// Link puts links to the programs into a directory, which it makes, under the names that PATH knows them by. What was
// not found has none.
func (p Programs) Link(dir string) error {
	err := os.Mkdir(dir, 0o700)
	link := func(path, name string) {
		if path != "" {
			err = errors.Join(err, os.Symlink(path, filepath.Join(dir, name)))
		}
	}
	link(p.Node, "node")
	link(p.NPM, "npm")
	if npx := filepath.Join(filepath.Dir(p.NPM), "npx-cli.js"); p.NPM != "" {
		if _, missing := os.Stat(npx); missing == nil {
			link(npx, "npx")
		}
	}
	return err
}
