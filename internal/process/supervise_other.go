//go:build unix && !linux

package process

import (
	"os"
	"syscall"
)

// Program is the path of this program.
func Program() (string, error) { return os.Executable() }

// adoptOrphans does nothing: only Linux has subreapers, so a process that calls setsid gets away here.
func adoptOrphans() {}

// commandAttributes put a command in a group of its own.
func commandAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// alive returns the command's process group, whose members have no names here.
func (t tree) alive() []member {
	if syscall.Kill(-t.root, 0) != nil {
		return nil
	}
	return []member{{pid: -t.root, name: "process group"}}
}
