//go:build !unix

package foreign

// noFollow has no counterpart here.
const noFollow = 0
