package gate

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
)

// together is what all tests share, for to make it takes longer than what most of them do with it.
var together struct {
	// start is a repository with one commit, to copy.
	start string
	node  sharedNode
}

func TestMain(m *testing.M) {
	testhost.Prepare()
	exit, err := runTogether(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		exit = 1
	}
	os.Exit(exit)
}

// runTogether makes what all tests share, runs them, and returns their exit code.
func runTogether(m *testing.M) (exit int, err error) {
	dir, err := os.MkdirTemp("", "gate-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	together.start = filepath.Join(dir, "start")
	for _, args := range [][]string{
		{"init", "--quiet", "--template=", "--initial-branch=main", together.start},
		{"-C", together.start, "commit", "--quiet", "--allow-empty", "--message=start"},
		{"-C", together.start, "config", "maintenance.auto", "false"},
	} {
		git := exec.Command("git", args...)
		git.Env = isolated(dir)
		if said, err := git.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("git %q: %w\n%s", args, err, said)
		}
	}
	exit = m.Run()
	return exit, together.node.end()
}

// sharedNode is one node that runs programs of the gate, one after the other. The start of a node takes longer than
// all that the gate does in it.
type sharedNode struct {
	mu      sync.Mutex
	command *exec.Cmd
	asks    io.WriteCloser
	answers *bufio.Reader
}

// call is what testdata/programs.js reads, and said what it answers.
type (
	call struct {
		Program   string            `json:"program"`
		Args      []string          `json:"args"`
		Directory string            `json:"directory"`
		Env       map[string]string `json:"env"`
		Stdin     string            `json:"stdin"`
	}
	said struct {
		Exit           int
		Stdout, Stderr string
	}
)

// run runs one program, and starts the node where it is the first.
func (n *sharedNode) run(c call) (answer said, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.command == nil {
		if err := n.start(); err != nil {
			return said{}, err
		}
	}
	asked, err := json.Marshal(c)
	if err != nil {
		return said{}, err
	}
	if _, err := n.asks.Write(append(asked, '\n')); err != nil {
		return said{}, err
	}
	line, err := n.answers.ReadBytes('\n')
	if err != nil {
		return said{}, fmt.Errorf("the shared node gave no answer: %w", err)
	}
	return answer, json.Unmarshal(line, &answer)
}

func (n *sharedNode) start() (err error) {
	command := exec.Command("node", filepath.Join("testdata", "programs.js"))
	command.Stderr = os.Stderr
	asks, err := command.StdinPipe()
	if err != nil {
		return err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	n.command, n.asks, n.answers = command, asks, bufio.NewReader(answers)
	return command.Start()
}

// end ends the node, where one was started.
func (n *sharedNode) end() error {
	if n.command == nil {
		return nil
	}
	return errors.Join(n.asks.Close(), n.command.Wait())
}

// gate runs one of the gate's programs in the node that all tests share.
func (r *repository) gate(name string, args ...string) *result {
	r.t.Helper()
	return r.gateReading("", name, args...)
}

// gateReading does the same, with something on standard input.
func (r *repository) gateReading(stdin, name string, args ...string) *result {
	r.t.Helper()
	c := call{
		Program: program(r.t, name), Args: append([]string{}, args...),
		Directory: filepath.Join(r.root, r.below), Env: map[string]string{}, Stdin: stdin,
	}
	for _, pair := range r.env {
		name, value, _ := strings.Cut(pair, "=")
		c.Env[name] = value
	}
	answer, err := together.node.run(c)
	if err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
	return &result{t: r.t, exit: answer.Exit, stdout: answer.Stdout, stderr: answer.Stderr}
}

// What the programs do in the node that they share, they do in one of their own.
func TestSharedNodeIsAsGoodAsOneForEachProgram(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.below = "apps/backend"
	repo.write("apps/backend/a.ts", cleanTS+consoleTS)
	repo.git("add", "--all")
	repo.env = append(repo.env, "TMPDIR="+filepath.Dir(repo.root), "GITHUB_BASE_REF=no/branch")
	repo.writeChange("c")
	type outcome struct {
		Exit           int
		Stdout, Stderr string
		Evidence       *evidence
		Files          []string
	}
	for _, args := range [][]string{
		{"pumuki-pre-commit"}, {"pumuki-pre-write"}, {"pumuki-pre-push"}, {"pumuki-ci"},
		{"pumuki", "sdd", "session", "--open", "--change=c"}, {"pumuki", "frobnicate"},
		{"pumuki-pre-commit", "--version"},
	} {
		var outcomes []outcome
		for _, run := range []func(string, ...string) *result{repo.gateAlone, repo.gate} {
			repo.remove(".ai_evidence.json")
			repo.remove(".git/pumuki-sdd-session.json")
			got := run(args[0], args[1:]...)
			files := repo.contents()
			o := outcome{Exit: got.exit, Stderr: got.stderr}
			// When a session ends is no two times the same.
			o.Stdout, _, _ = strings.Cut(got.stdout, " until ")
			if files["/.ai_evidence.json"] != "" {
				o.Evidence = new(repo.evidence())
			}
			for file := range maps.Keys(files) {
				o.Files = append(o.Files, file)
			}
			outcomes = append(outcomes, o)
		}
		sorted := cmpopts.SortSlices(strings.Compare)
		anyTime := cmpopts.IgnoreFields(evidence{}, "Timestamp")
		if diff := cmp.Diff(outcomes[0], outcomes[1], sorted, anyTime); diff != "" {
			t.Errorf("%q in a node of its own (-) and in the shared one (+):\n%s", args, diff)
		}
		if o := outcomes[0]; o.Stdout+o.Stderr == "" {
			t.Errorf("%q says nothing", args)
		}
	}
}
