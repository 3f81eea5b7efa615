//go:build unix

package process

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// supervisorName is the name (argv[0]) under which this program supervises a command instead of doing its own work.
const supervisorName = "pumuki-mock-consumer: supervisor"

// lifelineFD is the supervisor's own descriptor of its end of the socket between it and the runner. Orders come through
// it, with the files of their commands, and answers go back. Its end says that the runner wants the command gone, or is
// gone itself. No signal is needed for that, so it holds for kill -9 too, and on every Unix.
const lifelineFD = 3

// order is one command that a supervisor is to run. Its texts are bytes: a string that is not UTF-8 would come out of
// JSON as another.
type order struct {
	Dir   []byte        `json:"dir"`
	Args  [][]byte      `json:"args"` // the path of the program first
	Env   [][]byte      `json:"env"`
	Grace time.Duration `json:"grace"`
	// files are the descriptors that came with the order: standard input, output and error.
	files []int
}

// accepted is the supervisor's first answer to an order, before it starts the command.
type accepted struct{}

// ending is the supervisor's second answer to an order, when the command and all that it started are gone.
type ending struct {
	Code       int      `json:"code"`
	NotStarted string   `json:"not_started,omitempty"`
	Leaked     []string `json:"leaked,omitempty"`
	// Last tells that the supervisor takes no further order.
	Last bool `json:"last,omitempty"`
}

// converted returns strings as bytes, or bytes as strings.
func converted[To, From []byte | string](texts []From) []To {
	all := make([]To, len(texts))
	for i, text := range texts {
		all[i] = To(text)
	}
	return all
}

// init turns this program into a supervisor where it was started as one. It must happen before anything else runs:
// mage generates main, so there is no later place that is ours.
func init() {
	if os.Args[0] == supervisorName {
		supervise()
		// Not os.Exit: it makes the race detector wait a second for reports that nobody reads.
		syscall.Exit(0)
	}
}

// supervise runs one command after the other, until the lifeline or a signal ends it. It runs no two at once, so all
// that descends from it while a command runs was started by that command.
func supervise() {
	unwanted := make(chan os.Signal, 1)
	signal.Notify(unwanted, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	adoptOrphans()
	lifeline, err := connection(lifelineFD)
	if err != nil {
		return
	}
	orders := make(chan order)
	go receive(lifeline, orders)
	answers := json.NewEncoder(lifeline)
	for {
		select {
		case <-unwanted:
			return
		case next, wanted := <-orders:
			if !wanted || len(unwanted) > 0 || answers.Encode(accepted{}) != nil {
				return
			}
			if end := next.run(unwanted, orders); answers.Encode(end) != nil || end.Last {
				return
			}
		}
	}
}

// receive reads orders and their files, and closes orders when there will be no more.
func receive(lifeline *net.UnixConn, orders chan<- order) {
	defer close(orders)
	from := &reader{UnixConn: lifeline}
	for decoder := json.NewDecoder(from); ; {
		var next order
		if decoder.Decode(&next) != nil || len(from.files) != 3 {
			return
		}
		next.files, from.files = from.files, nil
		orders <- next
	}
}

// reader reads a connection and collects the descriptors that come with what it reads.
type reader struct {
	*net.UnixConn
	files []int
}

func (r *reader) Read(data []byte) (int, error) {
	control := make([]byte, syscall.CmsgSpace(3*4))
	n, length, _, _, err := r.ReadMsgUnix(data, control)
	if messages, _ := syscall.ParseSocketControlMessage(control[:max(length, 0)]); len(messages) > 0 {
		r.files, _ = syscall.ParseUnixRights(&messages[0])
	}
	return n, err
}

// run runs the command and returns when it and all that it started are gone. A signal ends it before its time, and so
// does the end of orders.
func (o order) run(unwanted <-chan os.Signal, orders <-chan order) ending {
	args := converted[string](o.Args)
	// Not os/exec: it would first start a process of its own, to learn what this system can do.
	pid, err := syscall.ForkExec(args[0], args, &syscall.ProcAttr{
		Dir: string(o.Dir), Env: converted[string](o.Env), Sys: commandAttributes(),
		Files: []uintptr{uintptr(o.files[0]), uintptr(o.files[1]), uintptr(o.files[2])},
	})
	for _, file := range o.files {
		_ = syscall.Close(file)
	}
	if err != nil {
		return ending{NotStarted: (&os.PathError{Op: "fork/exec", Path: args[0], Err: err}).Error()}
	}
	tree := tree{root: pid}
	var status syscall.WaitStatus
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for err := error(syscall.EINTR); err == syscall.EINTR; {
			_, err = syscall.Wait4(pid, &status, 0, nil)
		}
	}()
	last := true
	select {
	case <-ended:
		last = false
	case <-unwanted:
		tree.end(o.Grace, ended)
	case <-orders:
		tree.end(o.Grace, ended)
	}
	<-ended
	leaked := tree.leftovers()
	if len(leaked) > 0 {
		last = true
		tree.end(min(o.Grace, leakGrace), nil)
	}
	return ending{Code: shellCode(status), Leaked: leaked, Last: last}
}

// kill ends the process group of a command at once.
func kill(command *os.Process) error { return syscall.Kill(-command.Pid, syscall.SIGKILL) }

// killRounds is how often, at least, what does not go is killed.
const killRounds = 50

// leakGrace is how long a process has to go that outlived its command: it had its time.
const leakGrace = 500 * time.Millisecond

// exitCode is the code that a shell would give.
func exitCode(state *os.ProcessState) int { return shellCode(state.Sys().(syscall.WaitStatus)) }

// shellCode is the code that a shell would give: 128+n for a command that signal n ended.
func shellCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// tree is a command and what it started.
type tree struct{ root int }

// end asks every process of the tree to go, and kills what has not gone within patience. A nil ended means that the
// command itself has gone before.
func (t tree) end(patience time.Duration, ended <-chan struct{}) {
	t.signal(syscall.SIGTERM)
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) && !t.gone(ended) {
		time.Sleep(5 * time.Millisecond)
	}
	// Each round also kills what was started during the last one. There are some rounds even where the machine stood
	// still for so long that the time is over before the first.
	for round := 0; !t.gone(ended) && (round < killRounds || time.Now().Before(deadline.Add(patience))); round++ {
		t.signal(syscall.SIGKILL)
		time.Sleep(2 * time.Millisecond)
	}
}

func (t tree) gone(ended <-chan struct{}) bool {
	if ended != nil {
		select {
		case <-ended:
		default:
			return false
		}
	}
	return len(t.alive()) == 0
}

func (t tree) signal(which syscall.Signal) {
	_ = syscall.Kill(-t.root, which)
	for _, p := range t.alive() {
		_ = syscall.Kill(p.pid, which)
	}
}

// leftovers names what is alive although the command has ended. What is on its way out gets a moment to go.
func (t tree) leftovers() []string {
	for range 20 {
		if len(t.alive()) == 0 {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	var names []string
	for _, p := range t.alive() {
		names = append(names, fmt.Sprintf("%s (pid %d)", p.name, p.pid))
	}
	return names
}

// member is one living process of a tree.
type member struct {
	pid  int
	name string
}
