//go:build ignore

// Zero-install bootstrap: go run magefile.go <target>. The go command turns every failure into exit code 1, so where
// the code matters use go tool mage <target>.
package main

import (
	"os"

	"github.com/magefile/mage/mage"
)

func main() { os.Exit(mage.Main()) }
