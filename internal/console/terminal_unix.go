//go:build unix

package console

import (
	"cmp"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// sizeOf returns a function that tells the size of the terminal w, and whether it is ours to draw on; nil where w is no
// terminal. It is ours while we are in the foreground: a run in the background leaves it to whoever types there.
func sizeOf(w io.Writer, getenv func(string) string) func() (columns, rows int, ours bool) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func() (columns, rows int, ours bool) {
		// A terminal may not know its size, and says 0.
		columns, rows, _ = term.GetSize(int(file.Fd()))
		columns = cmp.Or(columns, number(getenv("COLUMNS")), 80)
		rows = cmp.Or(rows, number(getenv("LINES")), 24)
		group, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCGPGRP)
		return columns, rows, err != nil || group == unix.Getpgrp()
	}
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return max(n, 0)
}
