//go:build !unix

package console

import "io"

// sizeOf returns nil, and so there are plain lines: consoles of these systems obey escape sequences only on request.
func sizeOf(io.Writer, func(string) string) func() (columns, rows int, ours bool) { return nil }
