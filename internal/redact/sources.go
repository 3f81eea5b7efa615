package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npmrc"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
)

// shortest is the least length of a secret that is known by value: what is shorter would be found in half of all words.
const shortest = 6

// secretName matches the names of variables that hold secrets. AUTH and PAT count as whole words alone, or
// GIT_AUTHOR_NAME and PATH would too.
var secretName = regexp.MustCompile(`(?i)token|secret|passw|passphrase|credential|` +
	`api_?key|access_?key|private_?key|_key$|(?:^|_)(?:auth|pat)(?:_|$)|_pwd$`)

// innocent matches values that are no secrets whatever their name says.
var innocent = regexp.MustCompile(`(?i)^(?:[0-9]{1,9}|enabled|disabled|required|optional|undefined|default|always)$`)

// userinfo matches the credentials in a URL.
var userinfo = regexp.MustCompile("://([^\\s/?#@:\"'`<>]*):([^\\s/?#\"'`<>]*)@")

// From returns the secrets that a host holds: in its environment (os.Environ()), and in .npmrc files, given as their
// texts.
func From(host []string, npmrcs ...string) Secrets {
	found := collection{}
	for _, variable := range host {
		name, value, _ := strings.Cut(variable, "=")
		if secretName.MatchString(name) && !isPath(value) {
			found.add(value)
		}
		if strings.HasSuffix(strings.ToLower(name), "_auth") || strings.HasSuffix(strings.ToLower(name), "_password") {
			found.addEncoded(value)
		}
		found.addURLs(value)
	}
	for _, npmrc := range npmrcs {
		found.addNPMRC(npmrc, host)
	}
	return found.secrets()
}

// isPath tells that a value names something on this machine, like that of SSH_AUTH_SOCK: no secret, and its name is
// wanted in messages.
func isPath(value string) bool {
	if !filepath.IsAbs(value) {
		return false
	}
	_, err := os.Lstat(value)
	return err == nil
}

// collection gathers values.
type collection map[string]bool

// addNPMRC adds the secrets in an .npmrc: lines like //registry/:_authToken=…, and whatever variable a line names but
// for those that every program is given.
func (c collection) addNPMRC(text string, host process.Environment) {
	for _, s := range npmrc.Parse(text) {
		for _, name := range npmrc.Names(s.Key + s.Value) {
			if value := host.Get(name); !public[name] && !isPath(value) {
				c.add(value)
			}
		}
		value := npmrc.Expand(s.Value, host.Lookup)
		c.addURLs(value)
		switch {
		case strings.HasSuffix(s.Key, "_authToken"), s.Key == "key", strings.HasSuffix(s.Key, ":key"):
			c.add(strings.ReplaceAll(value, `\n`, "\n"))
		case strings.HasSuffix(s.Key, "_auth"), strings.HasSuffix(s.Key, "_password"):
			c.addEncoded(value)
		}
	}
}

// public are the variables that every program is given, and that stand in every path and message.
var public = map[string]bool{
	"HOME": true, "USER": true, "LOGNAME": true, "PWD": true, "PATH": true, "TMPDIR": true, "HOSTNAME": true,
}

// addEncoded adds npm's _auth (user:password) or _password, which are base64.
func (c collection) addEncoded(value string) {
	c.add(value)
	if decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "=\r\n")); err == nil {
		c.add(string(decoded))
		if _, password, found := strings.Cut(string(decoded), ":"); found {
			c.add(password)
		}
	}
}

// addURLs adds the credentials of URLs in a text.
func (c collection) addURLs(text string) {
	for _, found := range userinfo.FindAllStringSubmatch(text, -1) {
		user, password := found[1], found[2]
		c.add(password)
		c.add(user + ":" + password)
		if decoded, err := url.PathUnescape(password); err == nil {
			c.add(decoded)
		}
		// https://TOKEN:x-oauth-basic@host, and https://TOKEN:@host.
		if len(user) >= 20 {
			c.add(user)
		}
	}
}

// add adds a value, and each long line of it: a key is often shown line by line.
func (c collection) add(value string) {
	value = strings.TrimSpace(value)
	if len(value) < shortest || innocent.MatchString(value) {
		return
	}
	c[value] = true
	if strings.Contains(value, "\n") {
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= 16 && !strings.HasPrefix(line, "-----") {
				c[line] = true
			}
		}
	}
}

// secrets returns the values in all their forms.
func (c collection) secrets() Secrets {
	var all []string
	for value := range c {
		for _, form := range forms(value) {
			if len(form) >= shortest {
				all = append(all, form)
			}
		}
	}
	slices.Sort(all)
	return Secrets{indexed(slices.Compact(all))}
}

// forms returns the forms in which programs show a secret: as it is, in a URL, in JSON, in base64.
func forms(value string) []string {
	all := []string{value, inJSON(value)}
	query := url.QueryEscape(value)
	for _, escaped := range []string{
		query, strings.ReplaceAll(query, "+", "%20"), url.PathEscape(value), url.UserPassword("", value).String()[1:],
		// encodeURIComponent leaves these.
		strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(query),
	} {
		all = append(all, escaped, hexadecimal.ReplaceAllStringFunc(escaped, strings.ToLower))
	}
	for offset := range 3 {
		core := inBase64(value, offset)
		all = append(all, core, strings.NewReplacer("+", "-", "/", "_").Replace(core))
	}
	return all
}

// inJSON returns how a value stands within the quotes of a JSON text.
func inJSON(value string) string {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
	text := strings.TrimSpace(quoted.String())
	return text[1 : len(text)-1]
}

var hexadecimal = regexp.MustCompile(`%[0-9A-F]{2}`)

// inBase64 returns the letters that are sure to stand in the base64 of any text that holds value at an offset, counted
// in threes: those in which its neighbours have no part.
func inBase64(value string, offset int) string {
	encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), value...))
	first := []int{0, 2, 3}[offset]
	return encoded[first : (offset+len(value))*8/6]
}
