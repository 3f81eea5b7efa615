//go:build unix

package foreign

import "syscall"

// noFollow keeps a file from being opened through a link.
const noFollow = syscall.O_NOFOLLOW
