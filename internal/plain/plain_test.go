package plain_test

import (
	"os/exec"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

func TestTextHasItsLinesAndNothingThatActs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "\x1b": "",
		"\x1b[1;31mred\x1b[0m and \x1b[2Kcleared": "red and cleared",
		"\u009b31mred":                                 "red",
		"\x1b]0;title\x07text":                         "text",
		"\u009d0;title\u009ctext":                      "text",
		"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\":     "link",
		"\x1b]0;ñ, 👩\x07text":                          "text",
		"\x1bP1$r\x1b\\a\x1b^b\x1b\\c\x1bXd\x1b\\e":    "ace",
		"\x1b]0;never ended\nthe next line":            "\nthe next line",
		"cut within an escape of a colour \x1b[38;5;":  "cut within an escape of a colour ",
		"\x1b(Bplain\x1bc":                             "plain",
		"a\x00b\x08c\u200e\u202ed\u200be\ufffff\ufeff": "abcdef",
		"one\r\ntwo\rthree\u2028four\tfive\n":          "one\ntwo\nthree\nfour\tfive\n",
		"\xffnot UTF-8\xc3":                            "\ufffdnot UTF-8\ufffd",
		"שלום, Ångström, 👩‍👩‍👧":                        "שלום, Ångström, 👩‍👩‍👧",
		// The last byte of ST is also the second of this letter's three.
		"\x1b]0;✓ done\x07text":        "text",
		"\x1bXñ never ended\x1b\\text": "text",
		"\x1b[3ñ":                      "ñ",
	} {
		if got := plain.Text(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestLineIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "ÅÅÅÅ": "ÅÅÅÅ", "ÅÅÅÅÅ": "ÅÅÅÅ…", "a\r\nb\t": "a b ", "  ab": "  ab",
		"\x1b[31mred\x1b[m":                  "red",
		strings.Repeat("Å", 2004):            "ÅÅÅÅ…",
		strings.Repeat("\x1b[m", 30) + "red": "…",
	} {
		if got := plain.Line(text, 4); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestLinesAreCutEachForItself(t *testing.T) {
	t.Parallel()
	got := plain.Lines("\n12345\r\x1b[2K1234\n\n\t1\n\n", 4)
	if diff := cmp.Diff([]string{"", "1234…", "1234", "", "\t1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCodeIsNoMarkup(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a": "`a`", "": "(none)", " \n": "(none)", "\x1b[m": "(none)", "12345": "`1234…`",
		"a`b": "``a`b``", "``": "``` `` ```", " a": "`  a `",
	} {
		if got := plain.Code(text, 4); got != want {
			t.Errorf("%q becomes %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"": "```", "a`b": "```", "a ```` b``": "`````"} {
		if got := plain.Fence([]string{"", text, "`"}); got != want {
			t.Errorf("the fence of %q is %s, want %s", text, got, want)
		}
	}
}

func TestWordStaysAsItIsWhereNoShellGivesItAMeaning(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"":            `''`,
		"plain/a-1.b": "plain/a-1.b",
		"a b":         `'a b'`,
		"it's $HOME":  `'it'\''s $HOME'`,
		"x\n":         "'x\n'",
	} {
		if got := plain.Word(word); got != want {
			t.Errorf("%q: got %s, want %s", word, got, want)
		}
	}
}

func TestWordInAShellStaysOneWord(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", "a b", "$HOME", "`id`", `"\`, "new\nline", "-x", "!!", "ñ'"} {
		for _, quoted := range []string{plain.Quoted(word), plain.Word(word)} {
			out, err := exec.Command("sh", "-c", "printf %s "+quoted).Output()
			if err != nil || string(out) != word {
				t.Errorf("%q became %q (%v)", word, out, err)
			}
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, text := range []string{
		"", "a\r\nb\tc", "\x1b[31mred\x1b[m", "\x1b]0;✓ never ended", "\u009b1m\u202e", "\xff\xc3", "Å…",
		"\u2028👩‍👩‍👧",
	} {
		f.Add(text, 4)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = max(0, limit%1000)
		line := plain.Line(text, limit)
		if strings.Contains(line, "\t") {
			t.Errorf("%q holds a tab", line)
		}
		for _, line := range append(plain.Lines(text, limit), line) {
			if !utf8.ValidString(line) {
				t.Errorf("%q is not UTF-8", line)
			}
			for _, r := range strings.ReplaceAll(line, "\t", "") {
				if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp, unicode.Co) ||
					unicode.Is(unicode.Noncharacter_Code_Point, r) {
					t.Errorf("%q holds %U", line, r)
				}
			}
			bound := limit
			if strings.HasSuffix(line, "…") {
				bound++
			}
			if n := utf8.RuneCountInString(line); n > bound {
				t.Errorf("%q has %d characters, more than %d", line, n, limit)
			}
		}
		if again := plain.Text(plain.Text(text)); again != plain.Text(text) {
			t.Errorf("%q is not yet plain: it becomes %q", plain.Text(text), again)
		}
	})
}
