//go:build !unix

package console

import "io"

// sizeOf returns nil: a console that would have to be taught escape sequences first gets plain lines.
func sizeOf(io.Writer, func(string) string) func() (columns, rows int, ours bool) { return nil }
