// Package testhost is for tests: it makes the machine that they run on quick for them.
package testhost

import "os"

// Prepare is to be called before the first test of a package.
//
// It makes temporary directories be in memory, where the system has room for them there: a test makes some hundred
// small files, and on a disk each costs more time than all that is done with it. A TMPDIR that the caller has set
// stays: that is how to have the tests on a disk.
//
// It takes away the certificates that node is to trust beside its own. Node reads them at each start, which can take
// twice the time of the start itself, and no test asks a server that has a certificate.
func Prepare() {
	if dir := memory(); dir != "" && os.Getenv("TMPDIR") == "" {
		_ = os.Setenv("TMPDIR", dir)
	}
	_ = os.Unsetenv("NODE_EXTRA_CA_CERTS")
}
