//go:build !unix

package kept

import (
	"fmt"
	"os"
)

// ours returns an error unless dir is a real directory. The user's profile decides who may write to it.
func ours(dir string) error {
	info, err := os.Lstat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory, but %v", dir, info.Mode())
	}
	return err
}
