// Package tempdir is for tests: it says where their temporary directories are.
package tempdir

import "os"

// InMemory makes temporary directories be in memory, where the system has room for them there. A test makes some
// hundred small files, and on a disk each costs more time than all that is done with it. It is to be called before the
// first test. A TMPDIR that the caller has set stays: that is how to have the tests on a disk.
func InMemory() {
	if dir := memory(); dir != "" && os.Getenv("TMPDIR") == "" {
		_ = os.Setenv("TMPDIR", dir)
	}
}
