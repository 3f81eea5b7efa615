package npmrc

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSettingsAreReadAsNPMReadsThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Setting{
		"registry=https://r.example/":                    {{"registry", "https://r.example/"}},
		" registry = https://r.example/ ; ours":          {{"registry", "https://r.example/"}},
		"# registry=a\n; registry=b\n\ntag=next":         {{"tag", "next"}},
		"//r.example/:_authToken=${TOKEN}\n":             {{"//r.example/:_authToken", "${TOKEN}"}},
		"//r.example/:_authToken=\"a=b#c\"":              {{"//r.example/:_authToken", "a=b#c"}},
		"_auth='YTpi'":                                   {{"_auth", "YTpi"}},
		`_password=a\;b\#c\\d # comment`:                 {{"_password", `a;b#c\d`}},
		"cert=\"-----BEGIN\\nabc\\n-----END\"":           {{"cert", "-----BEGIN\nabc\n-----END"}},
		"ca[]=one\nca[]=two":                             {{"ca[]", "one"}, {"ca[]", "two"}},
		"global":                                         {{"global", "true"}},
		"a=1\r\nb=2\r\n":                                 {{"a", "1"}, {"b", "2"}},
		"omit=dev\n[section]\nregistry=no":               {{"omit", "dev"}, {"[section]", ""}},
		"@scope:registry=https://r.example/\nempty=\n=x": {{"@scope:registry", "https://r.example/"}, {"empty", ""}},
	} {
		if got := Parse(text); !slices.Equal(got, want) {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

func TestSettingIsWrittenSoThatItIsReadTheSame(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"plain", "a;b#c", `back\slash`, `"quoted"`, "two\nlines", " space ", "<&>"} {
		s := Setting{"//r.example/:_password", value}
		if got := Parse(s.String()); !slices.Equal(got, []Setting{s}) {
			t.Errorf("%q is written as %s, and read as %q", value, s, got)
		}
	}
}

func TestReferencesAreExpandedAsNPMExpandsThem(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"TOKEN": "secret", "EMPTY": ""}
	for text, want := range map[string]string{
		"${TOKEN}":            "secret",
		"a${TOKEN}b${TOKEN}":  "asecretbsecret",
		"${UNSET}":            "${UNSET}",
		"${UNSET?}":           "",
		"${TOKEN?}":           "secret",
		"${EMPTY}":            "",
		`\${TOKEN}`:           "${TOKEN}",
		`\\${TOKEN}`:          `\secret`,
		"$TOKEN {TOKEN} ${}":  "$TOKEN {TOKEN} ${}",
		"https://${TOKEN}@r/": "https://secret@r/",
	} {
		got := Expand(text, func(name string) (string, bool) {
			value, set := variables[name]
			return value, set
		})
		if got != want {
			t.Errorf("%s becomes %q, want %q", text, got, want)
		}
	}
	if got, want := Names("${A}${B?} ${A}"), []string{"A", "B", "A"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
}

const keyLetters = "abcdefghijklmnopqrstuvwxyz0123456789_-.:/@"

// Whatever a file holds, reading it ends, and what is written of it is read as the same.
func FuzzWhatIsWrittenIsReadTheSame(f *testing.F) {
	f.Add("registry=https://r.example/\n//r/:_authToken=\"a\\nb\"\n[x]\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range Parse(text) {
			if s.Key == "" || strings.Trim(s.Key, keyLetters) != "" || !utf8.ValidString(s.Value) {
				continue // no setting that npm knows
			}
			if got := Parse(s.String()); len(got) != 1 || got[0].Value != s.Value {
				t.Errorf("%q is written as %s, and read as %q", s, s, got)
			}
		}
	})
}
