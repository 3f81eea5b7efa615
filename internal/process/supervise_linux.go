package process

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Program is the path of this program, also where its file has been replaced or removed since it was started.
func Program() (string, error) { return "/proc/self/exe", nil }

// adoptOrphans makes the supervisor the parent of what its descendants leave behind, setsid or not.
func adoptOrphans() {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// commandAttributes put a command in a group of its own, and end it when the one who started it is killed.
func commandAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// alive lists the living descendants of this process, and reaps those that were left to it and are dead. The command
// itself is not reaped here: its exit status belongs to the one who waits for it.
func (t tree) alive() []member {
	// A process without a child, living or dead, has no descendant: the common case needs no look through /proc.
	if err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil); err == unix.ECHILD {
		return nil
	}
	var members []member
	parents := map[int][]member{}
	for _, number := range processes() {
		data, err := os.ReadFile("/proc/" + number + "/stat")
		if err != nil {
			continue
		}
		// pid (name) state ppid …; the name may hold spaces and parentheses.
		open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
		fields := bytes.Fields(data[max(end, 0)+1:])
		if open < 0 || end < open || len(fields) < 2 {
			continue
		}
		pid, _ := strconv.Atoi(number)
		parent, _ := strconv.Atoi(string(fields[1]))
		if dead := fields[0][0] == 'Z' || fields[0][0] == 'X'; dead {
			if parent == os.Getpid() && pid != t.root {
				var status unix.WaitStatus
				_, _ = unix.Wait4(pid, &status, unix.WNOHANG, nil)
			}
			continue
		}
		parents[parent] = append(parents[parent], member{pid: pid, name: string(data[open+1 : end])})
	}
	for queue := []int{os.Getpid()}; len(queue) > 0; queue = queue[1:] {
		members = append(members, parents[queue[0]]...)
		for _, child := range parents[queue[0]] {
			queue = append(queue, child.pid)
		}
	}
	return members
}

// processes lists the numbers of all processes. Glob would read the directory of each.
func processes() []string {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	return slices.DeleteFunc(names, func(name string) bool { return name[0] < '0' || name[0] > '9' })
}
