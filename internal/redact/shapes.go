package redact

import (
	"bytes"
	"regexp"
)

// shape is a secret that is known by what stands before it.
type shape struct {
	// anchor is how it starts, in lower case. It is found in any case.
	anchor string
	// lead is what must stand between the anchor and the secret; nil means nothing. It matches within maxLead bytes.
	lead *regexp.Regexp
	// class are the bytes that the secret is made of. It ends before the first other one.
	class *class
	// least is how many of them there must be for it to be a secret.
	least int
	// credentials tells that the secret is what stands before the last @ of a URL's authority, if that has a colon.
	credentials bool
}

// The bounds of what is held back: what may stand between an anchor and its secret, and the authority of a URL.
const (
	maxLead      = 64
	maxAuthority = 8 << 10
)

// A key and its value, as in .npmrc, JSON and an environment; a header and its value.
var (
	assigned = regexp.MustCompile(`^(?i:_?token)?\\?["']?[ \t]*[=:][ \t]*\\?["']?`)
	sent     = regexp.MustCompile(`^\\?["']?[ \t]*[=:][ \t]*\\?["']?` +
		`(?:(?i:bearer|basic|token|digest|negotiate)[ \t]+)?`)
)

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var shapes = []shape{
	{anchor: "://", class: except("\"'`<>\\/?#"), credentials: true},
	{anchor: "_auth", lead: assigned, class: values, least: 1},
	{anchor: "_password", lead: assigned, class: values, least: 1},
	{anchor: "authorization", lead: sent, class: values, least: 6},
	{anchor: "npm_", class: only(alphanumeric), least: 20},
	{anchor: "ghp_", class: tokens, least: 20},
	{anchor: "gho_", class: tokens, least: 20},
	{anchor: "ghu_", class: tokens, least: 20},
	{anchor: "ghs_", class: tokens, least: 20},
	{anchor: "ghr_", class: tokens, least: 20},
	{anchor: "github_pat_", class: tokens, least: 20},
}

var (
	values = except("\"'`,;\\")
	tokens = only(alphanumeric + "_.-")
)

// find finds the secret of a shape whose anchor stands at the beginning of text. Decided is false where more of the
// text must come before that is known. What lies before known has been found to be a secret of this shape already.
func (s *shape) find(text []byte, known int, final bool) (found span, decided bool) {
	from := len(s.anchor)
	for i := range min(from, len(text)) {
		if lower(text[i]) != s.anchor[i] {
			return span{}, true
		}
	}
	if len(text) < from {
		return span{}, final
	}
	if s.lead != nil {
		head := text[from:min(len(text), from+maxLead)]
		if len(head) < maxLead && !final {
			return span{}, false
		}
		lead := s.lead.FindIndex(head)
		if lead == nil {
			return span{}, true
		}
		from += lead[1]
	}
	if s.credentials {
		return s.findCredentials(text, from, final)
	}
	if from < known {
		return span{}, true
	}
	to := from + s.class.run(text[from:])
	switch atEnd := to == len(text) && !final; {
	case to-from >= s.least:
		return span{from: from, to: to, open: atEnd}, true
	default:
		return span{}, !atEnd
	}
}

func (s *shape) findCredentials(text []byte, from int, final bool) (found span, decided bool) {
	authority := text[from:min(len(text), from+maxAuthority)]
	length := s.class.run(authority)
	if length == len(authority) && length < maxAuthority && !final {
		return span{}, false
	}
	at := bytes.LastIndexByte(authority[:length], '@')
	if at < 0 || bytes.IndexByte(authority[:at], ':') < 0 {
		return span{}, true
	}
	return span{from: from, to: from + at}, true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}

// class is a set of bytes.
type class [256]bool

// run returns how many bytes at the beginning of text are of the class.
func (c *class) run(text []byte) int {
	for i, b := range text {
		if !c[b] {
			return i
		}
	}
	return len(text)
}

func only(bytes string) *class {
	var c class
	for i := range len(bytes) {
		c[bytes[i]] = true
	}
	return &c
}

// except is every byte but the given ones, spaces and control characters.
func except(bytes string) *class {
	var c class
	for b := range c {
		c[b] = b > ' ' && b != 0x7f
	}
	for i := range len(bytes) {
		c[bytes[i]] = false
	}
	return &c
}
