package redact

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const token = "s3cr3t-Token/42+x=y"

var hostOfTests = []string{
	"PATH=/usr/bin", "HOME=/root", "GIT_AUTHOR_NAME=matrix author", "CORP_FEED=feed-key-000111",
	"NPM_TOKEN=" + token,
	"HTTPS_PROXY=http://proxyuser:proxy%40pass@proxy.example:3128",
}

const npmrcOfTests = `registry=https://registry.example/
; _authToken=not-a-secret-because-a-comment
//registry.example/:_authToken=npmrc-token-1
//feed.example/:_authToken="${CORP_FEED}"
//old.example/:_auth=dXNlcjphbmNpZW50LXBhc3M=
//older.example/:username=user
//older.example/:_password=b2xkZXItcGFzcw==
proxy=http://u:inline-pass@proxy.example/
`

var ofTests = From(hostOfTests, npmrcOfTests)

func TestKnownValueIsTakenOutInEveryForm(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{
		"of the environment":           token,
		"of the environment, in a URL": url.QueryEscape(token),
		"in a URL, lower case":         strings.ToLower(url.QueryEscape("proxy@pass")),
		"of a proxy, as it is written": "proxy%40pass",
		"of a proxy, decoded":          "proxy@pass",
		"of .npmrc":                    "npmrc-token-1",
		"that .npmrc refers to":        "feed-key-000111",
		"of _auth":                     "dXNlcjphbmNpZW50LXBhc3M=",
		"of _auth, decoded":            "ancient-pass",
		"of _password":                 "b2xkZXItcGFzcw==",
		"of _password, decoded":        "older-pass",
		"of a URL in .npmrc":           "inline-pass",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, want := ofTests.String("<"+secret+">"), "<"+Replacement+">"
			if got != want && got != "<"+Replacement+"=>" {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// A secret may be shown as others write it. Each form is its own here: none is a part of another.
func TestEachFormOfASecretIsTakenOut(t *testing.T) {
	t.Parallel()
	s := From([]string{"A_TOKEN=" + `a"b c/d+e=f:g@h!k`})
	for name, shown := range map[string]string{
		"in a query":             `a%22b+c%2Fd%2Be%3Df%3Ag%40h%21k`,
		"in a query, lower case": `a%22b+c%2fd%2be%3df%3ag%40h%21k`,
		"with %20 for a blank":   `a%22b%20c%2Fd%2Be%3Df%3Ag%40h%21k`,
		"by encodeURIComponent":  `a%22b%20c%2Fd%2Be%3Df%3Ag%40h!k`,
		"in a path":              `a%22b%20c%2Fd+e=f:g@h%21k`,
		"before a host":          `a%22b%20c%2Fd+e=f%3Ag%40h%21k`,
		"in JSON":                `a\"b c/d+e=f:g@h!k`,
	} {
		if got := s.String("<" + shown + ">"); got != "<"+Replacement+">" {
			t.Errorf("%s: %s passes as %s", name, shown, got)
		}
	}
}

func TestKnownValueIsTakenOutOfBase64WhereverItStands(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-Token/42~~~x=y" // a tilde is + in one alphabet and - in the other
	s := From([]string{"A_TOKEN=" + secret})
	for _, before := range []string{"", "u", "us", "use", "user:"} {
		for _, after := range []string{"", "x", "xy", "xyz"} {
			for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
				text := encoding.EncodeToString([]byte(before + secret + after))
				first, end := (8*len(before)+5)/6, 8*(len(before)+len(secret))/6
				if got, want := s.String(text), text[:first]+Replacement+text[end:]; got != want {
					t.Errorf("%q passes as %s, want %s", before+secret+after, got, want)
				}
			}
		}
	}
}

func TestSecretIsKnownByItsShape(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Ab0", 12)
	for text, want := range map[string]string{
		"git clone https://bob:pa:ss@w@host/x":             "git clone https://[redacted]@host/x",
		"see https://host:8080/@scope/pkg":                 "see https://host:8080/@scope/pkg",
		"git+ssh://git@github.com/x/y":                     "git+ssh://git@github.com/x/y",
		"//registry.example/:_authToken=abc\nnext":         "//registry.example/:_authToken=[redacted]\nnext",
		`{"_authToken": "abc", "x": 1}`:                    `{"_authToken": "[redacted]", "x": 1}`,
		`"{\"_authToken\":\"abc\"}"`:                       `"{\"_authToken\":\"[redacted]\"}"`,
		"npm_config__auth=abc":                             "npm_config__auth=[redacted]",
		"//r/:_password = abc":                             "//r/:_password = [redacted]",
		"Authorization: Bearer abcdef":                     "Authorization: Bearer [redacted]",
		"> authorization: basic abcdef==\r\n> accept: */*": "> authorization: basic [redacted]\r\n> accept: */*",
		"token npm_" + long + ".":                          "token npm_[redacted].",
		"token ghp_" + long + " ":                          "token ghp_[redacted] ",
		"github_pat_" + long:                               "github_pat_[redacted]",
		"npm_config_registry and npm_install_package":      "npm_config_registry and npm_install_package",
		"_authToken=x _authToken=y":                        "_authToken=[redacted] _authToken=[redacted]",
		"authorization: Bearerauthorization: abcdef":       "authorization: [redacted] [redacted]",
	} {
		if got := (Secrets{}).String(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsNoSecretPasses(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "agent.sock")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := From([]string{
		"SSH_AUTH_SOCK=" + socket, "GIT_AUTHOR_NAME=someone", "PATH=/usr/bin:/bin", "TOKENIZER=false",
		"MAX_TOKENS=100000",
		"SECRET=", "API_KEY=short", "AUTH=enabled", "PWD=/srv/somewhere",
	})
	text := socket + " someone /usr/bin:/bin false 100000 short enabled /srv/somewhere \x00\xff\xfe\x80 é \x1b[31m"
	if got := s.String(text); got != text {
		t.Errorf("got %q, want %q", got, text)
	}
}

func TestSecretSplitAnywhereIsTakenOut(t *testing.T) {
	t.Parallel()
	text := "a " + token + " b https://u:pass@h/ _authToken=abc " + token + token +
		" ghp_" + strings.Repeat("x", 40) + " end"
	want := ofTests.String(text)
	for i := range text {
		for j := i; j <= len(text); j++ {
			if got := written(t, ofTests, text[:i], text[i:j], text[j:]); got != want {
				t.Fatalf("split at %d and %d gives %q, want %q", i, j, got, want)
			}
		}
	}
	if got := written(t, ofTests, strings.Split(text, "")...); got != want {
		t.Errorf("byte by byte gives %q, want %q", got, want)
	}
}

func TestWhatIsDecidedIsPassedOnAtOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := ofTests.Writer(&out)
	if _, err := io.WriteString(w, "npm notice\n"); err != nil || out.String() != "npm notice\n" {
		t.Errorf("%q has come through, %v", out.String(), err)
	}
}

func TestSecretOfAnyLengthIsTakenOut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*chunk)
	if got, want := (Secrets{}).String("_authToken="+long+" end"), "_authToken="+Replacement+" end"; got != want {
		t.Errorf("%d bytes come through", len(got))
	}
	s := From([]string{"TOKEN=" + long})
	if got, want := s.String("<"+long+">"), "<"+Replacement+">"; got != want {
		t.Errorf("%d bytes come through", len(got))
	}
}

func TestErrorOfTheWriterBelowIsReturned(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left")
	w := ofTests.Writer(broken{full})
	if _, err := io.WriteString(w, "text\n"); !errors.Is(err, full) {
		t.Errorf("Write returns %v", err)
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("Close returns %v", err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]string{
		"lines":           strings.Repeat("npm http fetch GET 200 https://registry.example/pumuki 42ms\n", 1000),
		"no newline":      strings.Repeat("x", 64<<10),
		"nothing else":    strings.Repeat("://", 20<<10),
		"anchors":         strings.Repeat("_auth=", 10<<10),
		"mixed anchors":   strings.Repeat("_auth=ghp_"+strings.Repeat("a", 20), 2<<10),
		"a secret, often": strings.Repeat(token, 3<<10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ofTests.Writer(io.Discard).(*writer)
			for range 4 << 20 / len(block) {
				_, _ = io.WriteString(w, block)
			}
			_, _ = io.WriteString(w, strings.Repeat(block, 4<<20/len(block))) // at once
			if cap(w.held) > 4*chunk || cap(w.spans) > chunk {
				t.Errorf("after 4 MB it holds room for %d bytes and %d secrets", cap(w.held), cap(w.spans))
			}
		})
	}
}

func BenchmarkWriter(b *testing.B) {
	const line = "npm http fetch GET 200 https://registry.example/pumuki 42ms (cache revalidated)\n"
	block := []byte(strings.Repeat(line, 800))
	for name, text := range map[string][]byte{"log": block, "no newline": bytes.Repeat([]byte("x"), len(block))} {
		b.Run(name, func(b *testing.B) {
			w := ofTests.Writer(io.Discard)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_, _ = w.Write(text)
			}
		})
	}
}

// written is what comes through of texts that are written one after the other.
func written(t testing.TB, s Secrets, texts ...string) string {
	t.Helper()
	var out strings.Builder
	w := s.Writer(&out)
	for _, text := range texts {
		if n, err := io.WriteString(w, text); err != nil || n != len(text) {
			t.Fatalf("Write returns %d, %v", n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// FuzzSecretIsNeverLetThrough writes a text that holds a secret, cut at two places.
func FuzzSecretIsNeverLetThrough(f *testing.F) {
	f.Add("hunter2hunter2", "before ", " after", uint16(3), uint16(9))
	f.Add(token, "https://", "@host/ _authToken=", uint16(0), uint16(12))
	f.Add("aaaaaaaa", "aaaa", "aaaaaaaaaaa", uint16(5), uint16(6))
	f.Add("npm_aaaaaaaaaaaaaaaaaaaa", "ghp_", "://a:b@c", uint16(1), uint16(30))
	f.Add("two\nlines of a long secret", "x", "y\x00\xff", uint16(2), uint16(4))
	f.Fuzz(func(t *testing.T, secret, before, after string, first, second uint16) {
		secret = strings.TrimSpace(secret)
		// A secret that the replacement itself could complete proves nothing.
		if len(secret) < shortest || innocent.MatchString(secret) || isPath(secret) ||
			strings.ContainsAny(secret, "[]") || strings.Contains(Replacement, secret) {
			t.Skip()
		}
		s := From([]string{"A_TOKEN=" + secret})
		text := before + secret + after
		i := int(first) % (len(text) + 1)
		j := i + int(second)%(len(text)-i+1)
		got := written(t, s, text[:i], text[i:j], text[j:])
		if strings.Contains(got, secret) {
			t.Errorf("%q lets %q through: %q", text, secret, got)
		}
		if whole := s.String(text); whole != got {
			t.Errorf("cut at %d and %d it gives %q, and whole %q", i, j, got, whole)
		}
	})
}

// FuzzTextWithoutSecretsPasses writes a text in which nothing starts a secret.
func FuzzTextWithoutSecretsPasses(f *testing.F) {
	f.Add("npm notice New major version of npm available! 10.9.4 -> 11.6.2\n", uint16(7))
	f.Add("\x00\xff\xfe\x1b[31mred\x1b[0m ://host/path author authorisation npm_config_x gh", uint16(20))
	f.Add("s3cr3t-Toke s3cr3t-Token/42 dXNlcjphbmNpZW50LXBhc3", uint16(14))
	f.Fuzz(func(t *testing.T, text string, cut uint16) {
		low := strings.ToLower(text)
		for _, shape := range shapes[1:] {
			if strings.Contains(low, shape.anchor) {
				t.Skip()
			}
		}
		if strings.Contains(text, "://") && strings.Contains(text, "@") {
			t.Skip()
		}
		for _, start := range ofTests.index.starts {
			for _, value := range start.values {
				if strings.Contains(text, value) {
					t.Skip()
				}
			}
		}
		i := int(cut) % (len(text) + 1)
		if got := written(t, ofTests, text[:i], text[i:]); got != text {
			t.Errorf("cut at %d it gives %q, want %q", i, got, text)
		}
	})
}
