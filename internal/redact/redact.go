// Package redact keeps secrets out of what is shown and kept (TRUST §5).
//
// It knows a secret in two ways: by value, where the host's environment or an .npmrc holds it, in the forms in which
// programs print it; and by shape, wherever it came from: credentials in a URL, npm's _authToken, an Authorization
// header, the tokens of npm and of GitHub. All else passes as it is, byte for byte.
package redact

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Replacement stands where a secret was.
const Replacement = "[redacted]"

// Secrets are the secrets of a host. The zero value knows them by shape alone.
type Secrets struct{ index *index }

// String returns text without its secrets.
func (s Secrets) String(text string) string {
	var clean strings.Builder
	w := s.Writer(&clean)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return clean.String()
}

// Writer returns a writer that passes what it is given on to w without its secrets, whichever way they are split over
// writes. It holds back only what may yet turn out to be a secret, in bounded memory. Close passes the rest on; it does
// not close w.
func (s Secrets) Writer(w io.Writer) io.WriteCloser {
	if s.index == nil {
		s.index = indexed(nil)
	}
	return &writer{index: s.index, out: w, known: make([]int, len(shapes))}
}

// index finds what can start with two given bytes. Every secret has at least as many, and few pairs start one: looking
// at nothing else is what makes a gigabyte pass quickly.
type index struct {
	// pairs holds, for each pair of bytes, the place in starts of what starts with it; zero where nothing does.
	pairs  [1 << 16]uint16
	starts []start
	// firsts tells whether anything starts with a byte.
	firsts [1 << 8]bool
}

// start is what can start at a pair of bytes.
type start struct {
	// values are the secrets that are known by value.
	values []string
	// shapes are places in shapes.
	shapes []int
}

// indexed returns the index of values and of all shapes.
func indexed(values []string) *index {
	x := &index{starts: make([]start, 1)}
	for _, value := range values {
		at := x.at(value[0], value[1])
		at.values = append(at.values, value)
	}
	for n, shape := range shapes {
		for _, first := range bothCases(shape.anchor[0]) {
			for _, second := range bothCases(shape.anchor[1]) {
				if at := x.at(first, second); !slices.Contains(at.shapes, n) {
					at.shapes = append(at.shapes, n)
				}
			}
		}
	}
	return x
}

func (x *index) at(first, second byte) *start {
	place := &x.pairs[int(first)<<8|int(second)]
	if *place == 0 {
		*place = uint16(len(x.starts))
		x.starts = append(x.starts, start{})
	}
	x.firsts[first] = true
	return &x.starts[*place]
}

func bothCases(letter byte) []byte { return []byte{letter, byte(unicode.ToUpper(rune(letter)))} }

// span is a secret within what is held: the bytes from from up to to. Those below zero have been dealt with.
type span struct {
	from, to int
	// open tells that the secret reached the end of what is held and may go on; shape is which one it is then.
	open  bool
	shape int
}

// chunk bounds how much is looked at in one go.
const chunk = 64 << 10

type writer struct {
	index *index
	out   io.Writer
	// held has not been passed on yet, for it may be or become a secret.
	held []byte
	// spans are the secrets in it.
	spans []span
	// known is, for each shape, where its last secret ended. What starts before is part of it and is not looked at
	// again: a text of nothing but anchors would else take for ever.
	known []int
	err   error
}

func (w *writer) Write(p []byte) (int, error) {
	for taken := 0; taken < len(p); {
		if w.err != nil {
			return taken, w.err
		}
		n := min(chunk, len(p)-taken)
		w.held = append(w.held, p[taken:taken+n]...)
		w.pass(w.find(false))
		taken += n
	}
	return len(p), w.err
}

func (w *writer) Close() error {
	w.pass(w.find(true))
	return w.err
}

// find finds the secrets in what is held, and returns the place up to which all are found. Final tells that no more
// will come.
func (w *writer) find(final bool) (decided int) {
	for i := range w.spans {
		if w.spans[i].open {
			w.extend(&w.spans[i], final)
		}
	}
	held, pairs := w.held, &w.index.pairs
	for i := 1; i < len(held); i++ {
		if place := pairs[int(held[i-1])<<8|int(held[i])]; place != 0 && !w.look(i-1, w.index.starts[place], final) {
			return i - 1
		}
	}
	if last := len(held) - 1; !final && last >= 0 && w.index.firsts[held[last]] {
		return last
	}
	return len(held)
}

// look looks for the secrets that start at i. Decided is false where more must come before that is known.
func (w *writer) look(i int, start start, final bool) (decided bool) {
	rest := w.held[i:]
	for _, value := range start.values {
		switch {
		case len(rest) >= len(value):
			if string(rest[:len(value)]) == value {
				w.hide(span{from: i, to: i + len(value)})
			}
		case !final && value[:len(rest)] == string(rest):
			return false
		}
	}
	for _, n := range start.shapes {
		found, decided := shapes[n].find(rest, w.known[n]-i, final)
		if !decided {
			return false
		}
		if found.to > found.from {
			found.from, found.to, found.shape = i+found.from, i+found.to, n
			w.known[n] = found.to
			w.hide(found)
		}
	}
	return true
}

// extend adds what has come since to an open secret.
func (w *writer) extend(s *span, final bool) {
	s.to += shapes[s.shape].class.run(w.held[s.to:])
	s.open = s.to == len(w.held) && !final
	w.known[s.shape] = max(w.known[s.shape], s.to)
}

// hide adds a secret. One that overlaps the last one only makes it longer: a secret of one letter repeated, in a text
// of that letter, starts at every byte.
func (w *writer) hide(s span) {
	if n := len(w.spans); n > 0 {
		last := &w.spans[n-1]
		if !s.open && !last.open && last.from <= s.from && s.from < last.to {
			last.to = max(last.to, s.to)
			return
		}
	}
	w.spans = append(w.spans, s)
}

// pass passes on what is decided: the text between the secrets, and the Replacement where one begins.
func (w *writer) pass(decided int) {
	slices.SortStableFunc(w.spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	passed := 0
	for _, s := range w.spans {
		if s.from >= decided {
			break
		}
		if s.from >= passed {
			w.emit(w.held[passed:s.from])
			w.emit([]byte(Replacement))
		}
		passed = max(passed, s.to)
	}
	if passed < decided {
		w.emit(w.held[passed:decided])
	}
	w.held = w.held[:copy(w.held, w.held[decided:])]
	kept := w.spans[:0]
	for _, s := range w.spans {
		if s.to > decided || s.open {
			s.from, s.to = s.from-decided, s.to-decided
			kept = append(kept, s)
		}
	}
	w.spans = kept
	for n := range w.known {
		w.known[n] -= decided
	}
}

func (w *writer) emit(text []byte) {
	if w.err == nil && len(text) > 0 {
		_, w.err = w.out.Write(text)
	}
}
