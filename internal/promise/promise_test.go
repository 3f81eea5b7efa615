package promise_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/promise"
)

func TestParseReadsAHead(t *testing.T) {
	t.Parallel()
	const text = `# A commit that is blocked
# stays blocked.
#
# since: 6.3.63
# until: 6.3.240
# incident: INC-048: the first try blocks
# known: >=6.3.100 <6.3.128: the second try passes.
# incident: INC-049`
	head, err := promise.Parse(strings.Split(text, "\n"), "incident")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{head.Says, head.Since, head.Until, head.Known[0].Range, head.Known[0].Cause,
		head.More["incident"][0].Text, head.More["incident"][1].Text}
	want := []string{"A commit that is blocked stays blocked.", "6.3.63", "6.3.240", ">=6.3.100 <6.3.128",
		"the second try passes.", "INC-048: the first try blocks", "INC-049"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for version, is := range map[string][2]bool{ // is the promise made, and known to be broken?
		"6.3.62": {false, false}, "6.3.63": {true, false}, "6.3.100": {true, true}, "6.3.127": {true, true},
		"6.3.128": {true, false}, "6.3.240": {true, false}, "6.3.241": {false, false},
		"0.0.0-embedded": {false, false}, // no release: the newest, of which nothing is known
	} {
		if got := [2]bool{head.Made(version), head.Broken(version, "") != ""}; got != is {
			t.Errorf("%s: made and known to be broken %v, want %v", version, got, is)
		}
	}
}

// What is known of a part of a promise is known of no other.
func TestKnownOfAPart(t *testing.T) {
	t.Parallel()
	head, err := promise.Parse([]string{"It holds.", "known: skills.ios.no-anyview >=6.3.250 || <6.3.2: it is not."})
	if err != nil {
		t.Fatal(err)
	}
	for part, known := range map[string]bool{"skills.ios.no-anyview": true, "ios.no-anyview": false, "": false} {
		if got := head.Broken("6.3.250", part) != ""; got != known {
			t.Errorf("of %q: %v", part, got)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, wrong := range map[string]string{
		"":                                      "1: it begins with no sentence",
		"No full stop":                          "1: it begins with no sentence",
		"It holds.\nsince: soon":                "2: since is to name one version",
		"It holds.\nsince: 1.0.0\nsince: 2.0.0": "3: since is to name one version",
		"It holds.\nuntil:":                     "2: until has no value",
		"It holds.\nunknown: 1":                 "2: there is no key unknown",
		"It holds.\nknown: 6.3: because.":       "",
		"It holds.\nknown: often: because.":     `2: known: "often" is no range of versions`,
		"It holds.\nknown: >=6.3.1":             "2: known: no sentence after the range",
		"It holds.\nknown: >=6.3.1: why":        "2: known: no sentence after the range",
		"It holds.\nsince: 6.3.1\nand more.":    `3: "and more." is no key with a value`,
	} {
		_, err := promise.Parse(strings.Split(text, "\n"))
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%q: %v, want %q", text, err, wrong)
		}
	}
}

// Nothing that stands in a head makes reading it fail otherwise than by an error.
func FuzzParse(f *testing.F) {
	f.Add("It holds.\nsince: 6.3.1\nknown: >=6.3.1 || <2: because.")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := promise.Parse(strings.Split(text, "\n"))
		if err != nil {
			return
		}
		if !strings.HasSuffix(head.Says, ".") {
			t.Errorf("%q is no sentence", head.Says)
		}
		head.Made("6.3.265")
		head.Broken("6.3.265", "a.rule")
	})
}
