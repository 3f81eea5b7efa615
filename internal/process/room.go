package process

import (
	"errors"
	"regexp"
	"syscall"
)

// noRoom is what programs say when a disk, or the part of it that a user may fill, is full.
var noRoom = regexp.MustCompile(`(?i)no space left on device|out of disk ?space|disk quota exceeded|` +
	`\b(ENOSPC|EDQUOT)\b`)

// NoRoom tells whether something failed because a disk is full: by its error, or by what a command said.
func NoRoom(err error, said string) bool {
	if exit := (*ExitError)(nil); errors.As(err, &exit) {
		said += exit.Stderr
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || noRoom.MatchString(said)
}

// MakeRoom is what a person does about a full disk in a run.
const MakeRoom = "the disk is full\n" +
	"Mend: free some room, or set TMPDIR to a directory that has more"
