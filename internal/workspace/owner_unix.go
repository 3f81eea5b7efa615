//go:build unix

package workspace

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// ownedByUs tells whether the file belongs to this user.
func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// try does in a directory what npm and a gate will do there, and leaves nothing: it writes a program,
// links to it and runs it. Mount options are not asked: what counts is whether it works.
func try(dir string) error {
	program, link := filepath.Join(dir, "program"), filepath.Join(dir, "link")
	// A child that is forked while the file is open for writing would keep it from being run.
	syscall.ForkLock.RLock()
	err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700)
	syscall.ForkLock.RUnlock()
	if err == nil {
		err = os.Symlink("program", link)
	}
	if err == nil {
		if _, err = (process.Command{Path: link}).Output(context.Background()); err != nil {
			err = fmt.Errorf("a program in it cannot be run: %w", err)
		}
	}
	_ = os.Remove(link)
	_ = os.Remove(program)
	return err
}
