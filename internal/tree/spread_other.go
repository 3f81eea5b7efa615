//go:build !linux

package tree

// Spread does nothing on systems whose file systems take no such hint.
func Spread(dir string) {}
