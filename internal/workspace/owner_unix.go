//go:build unix

package workspace

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUs tells whether the file belongs to this user.
func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
