package evidence

import (
	"io/fs"
	"syscall"
	"time"
)

// changeTime is when the file's inode changed: unlike the modification time, no program can set it back.
func changeTime(info fs.FileInfo) time.Time {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return info.ModTime()
	}
	return time.Unix(stat.Ctim.Unix())
}
