//go:build !linux

package evidence

import (
	"io/fs"
	"time"
)

// changeTime is the modification time, where there is none that no program can set back.
func changeTime(info fs.FileInfo) time.Time { return info.ModTime() }
