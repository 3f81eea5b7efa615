//go:build unix

package kept

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ours returns an error unless dir is a real directory of this user's that nobody else may write to or replace. Who
// owns a directory above it, or may rename in one, may replace it. Dir has no links above it. Directories above it may
// be writable to their group: on many systems each user is a group of one.
func ours(dir string) error {
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		mode, own := info.Mode(), ok && int(stat.Uid) == os.Getuid()
		switch above := at != dir; {
		case !mode.IsDir():
			return fmt.Errorf("%s is not a directory, but %v", at, mode)
		case !own && !(above && ok && stat.Uid == 0):
			return fmt.Errorf("%s belongs to another user", at)
		case !above && mode.Perm()&0o022 != 0, above && mode.Perm()&0o002 != 0 && mode&fs.ModeSticky == 0:
			return fmt.Errorf("%s is writable to others (%v): chmod go-w %q", at, mode, at)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}
