package npmrc

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// oddities are lines whose reading is not plain to see.
var oddities = []string{
	"\uFEFFglobal=true", "\uFEFF[x]", "\uFEFF; comment", "a=1\rglobal=true", "a=1\n\r\n\rglobal=true",
	"\u00a0global\u00a0=\u2003true", "\u0085global=true", "\tglobal\t=\ttrue\t", "global = true \v\f",
	"[global]", "[global.x]", "[global]  ", " [x]\nglobal=true", "[x] ; comment\nglobal=true", "[a]b]\nglobal=true",
	"[]\nglobal=true",
	"[x\nglobal=true", `["global"]`, "[global ; x]", "a=1\n[x]\nglobal=true", "[x]\n[global]\na=1", "[x]\n#\n[y]\n",
	"=x", "global=", "global", "global ; comment", "global=true=false", `"global"=true`, `'global'=true`,
	`a="b`, `a=b"`, `a="`, `a='`, `a=''`, `a=""`, `a='"b"'`, `a='b\nc'`, `a="b\nc"`, `a="b\qc"`, `a="b" ; c`,
	`a='b' # c`, `a="b"c"`,
	`a=b\`, `a=b\\`, `a=b\;c`, `a=b\#c;d`, `a=b\c`, `a='tr\;ue'`, "a[]=1\na[]=2", "a [] = 1", "[]=1", "#a=1", " ;a=1",
	"a#b=1", "a;b=1",
}

// The package ini of the npm of this machine is asked what it makes of the same texts.
func TestTextIsReadAsTheReaderOfNPMReadsIt(t *testing.T) {
	t.Parallel()
	npm, err := exec.LookPath("npm")
	if err == nil {
		npm, err = filepath.EvalSymlinks(npm)
	}
	if err != nil || filepath.Base(npm) != "npm-cli.js" {
		t.Skip("npm is not in PATH, or behind a shim")
	}
	texts, err := json.Marshal(oddities)
	if err != nil {
		t.Fatal(err)
	}
	ask := exec.Command("node", "--eval", `
		const ini = require(require.resolve('ini', { paths: [process.argv[1]] }))
		const read = text => Object.entries(ini.parse(text)).flatMap(([key, value]) =>
			value !== null && typeof value === 'object' && !Array.isArray(value) ? ['[' + key + '] is ']
			: [].concat(value).map(v => key + (Array.isArray(value) ? '[]' : '') + ' is ' + v))
		console.log(JSON.stringify(JSON.parse(process.argv[2]).map(read)))`, filepath.Dir(npm), string(texts))
	out, err := ask.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	for i, text := range oddities {
		var got []string
		for _, s := range Parse(text) {
			got = append(got, s.Key+" is "+s.Value)
		}
		slices.Sort(got)
		slices.Sort(want[i])
		if strings.Join(got, "\n") != strings.Join(want[i], "\n") {
			t.Errorf("%q is read as %q, and by npm as %q", text, got, want[i])
		}
	}
}
