package npm

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/process"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
)

func TestMain(m *testing.M) {
	testhost.Prepare()
	m.Run()
}

// world is a host with files of npm's configuration, by the names of these.
type world struct {
	t                    *testing.T
	home, source, prefix string
	host                 Host
}

func newWorld(t *testing.T, files map[string]string, variables ...string) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{
		t: t, home: filepath.Join(dir, "home"), source: filepath.Join(dir, "source"),
		prefix: filepath.Join(dir, "prefix"),
	}
	places := map[string]string{
		"user": filepath.Join(w.home, ".npmrc"), "project": filepath.Join(w.source, ".npmrc"),
		"global": filepath.Join(w.prefix, "etc", "npmrc"), "builtin": filepath.Join(dir, "npm", "npmrc"),
	}
	for name, text := range files {
		path, known := places[name]
		if !known {
			path = filepath.Join(dir, name)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "$DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range variables {
		variables[i] = strings.ReplaceAll(variables[i], "$DIR", dir)
	}
	w.host = Host{
		Env: append([]string{"HOME=" + w.home}, variables...), Dir: filepath.Join(dir, "here"), Source: w.source,
		Programs: toolchain.Programs{
			Node: filepath.Join(w.prefix, "bin", "node"), NPM: filepath.Join(dir, "npm", "bin", "npm-cli.js"),
		},
	}
	return w
}

// run is what npm is told in a run: its environment, and the texts of the two files that this names.
func (w *world) run(base ...string) (env process.Environment, user, global string) {
	w.t.Helper()
	c, dir := ReadConfig(w.host), w.t.TempDir()
	if err := c.Write(dir); err != nil {
		w.t.Fatal(err)
	}
	env = c.Environment(process.Environment(base), dir)
	text := func(variable string) string {
		data, err := os.ReadFile(env.Get(variable))
		if err != nil {
			w.t.Fatal(err)
		}
		return string(data)
	}
	return env, text("npm_config_userconfig"), text("npm_config_globalconfig")
}

func TestWherePackagesComeFromAndWhichMayBeChosenIsHonouredFromEveryPlace(t *testing.T) {
	t.Parallel()
	text := `registry=http://registry.example/
@corp:registry = https://npm.corp/
//npm.corp/:_authToken=${CORP_TOKEN}
//npm.corp/:_password=${MISSING?}x;y
; comment=1
cafile=~/ca.pem
strict-ssl=false
ca[]="a\nb"
before=2026-01-01
min-release-age=3
engine-strict
`
	want := func(home string) string {
		return `registry = "http://registry.example/"
@corp:registry = "https://npm.corp/"
//npm.corp/:_authToken = "s3cret"
//npm.corp/:_password = "x"
cafile = "` + home + `/ca.pem"
strict-ssl = "false"
ca[] = "a\nb"
before = "2026-01-01"
min-release-age = "3"
engine-strict = "true"
`
	}
	w := newWorld(t, map[string]string{"user": text, "global": text}, "CORP_TOKEN=s3cret",
		"NPM_CONFIG_REGISTRY=http://of-the-environment/", "npm_config_min_release_age=7",
		"npm_config_//r/:_authToken=t0ken")
	env, user, global := w.run()
	if user != want(w.home) || global != want(w.home) {
		t.Errorf("the user's is\n%s\nthe global one\n%s\nwant\n%s", user, global, want(w.home))
	}
	for name, value := range map[string]string{
		"npm_config_registry": "http://of-the-environment/", "npm_config_min_release_age": "7",
		"npm_config_//r/:_authToken": "t0ken", "CORP_TOKEN": "",
	} {
		if env.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, env.Get(name), value)
		}
	}
}

func TestNothingElseOfTheHostReachesARun(t *testing.T) {
	t.Parallel()
	text := "omit=dev\nignore-scripts=true\ndry-run=true\nprefix=/elsewhere\nscript-shell=/bin/evil\n" +
		"global=true\nloglevel=silent\ntag=next\n"
	env, user, global := newWorld(t, map[string]string{"user": text, "global": text}, "npm_config_dry_run=true",
		"NPM_CONFIG_GLOBAL=true", "npm_config_node_options=--require=/evil.js", "npm_config_tag=next").run()
	if user != "" || global != "" {
		t.Errorf("the user's is\n%s\nthe global one\n%s", user, global)
	}
	for _, name := range []string{
		"npm_config_dry_run", "npm_config_global", "npm_config_node_options", "npm_config_tag",
	} {
		if value := env.Get(name); value != "" {
			t.Errorf("%s is %q", name, value)
		}
	}
}

func TestVariablesThatTheProjectsSettingsNameReachNPM(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"project": `
registry=https://${REGISTRY_HOST}/
//r/:_authToken=${NPM_TOKEN}
cafile=${HOME}/ca.pem
//r/:_password=${NODE_OPTIONS}
editor=${EDITOR}
`}, "REGISTRY_HOST=r.example", "NPM_TOKEN=t0ken", "NODE_OPTIONS=--evil", "EDITOR=vi")
	env, _, _ := w.run("HOME=/of/the/run")
	for name, want := range map[string]string{
		"REGISTRY_HOST": "r.example", "NPM_TOKEN": "t0ken",
		// This one is the run's own, so the setting is set as a whole; so it is with a variable that acts by itself.
		"HOME": "/of/the/run", "npm_config_cafile": w.home + "/ca.pem",
		"NODE_OPTIONS": "", "npm_config_//r/:_password": "--evil",
		// This setting is not about registries.
		"EDITOR": "",
	} {
		if got := env.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestSettingThatAsksForTheCallersPlaceHoldsInTheRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{
		"project": "cafile=~/ca.pem\n//${NPM_HOST}/:_authToken=${NODE_AUTH_TOKEN}\n",
		"user":    "//r/:certfile=cert.pem\nscope=@acme\n//r/:_password=~/x",
	}, "NPM_HOST=r.example", "NODE_AUTH_TOKEN=t0ken", "npm_config_key=${KEY}", "KEY=k3y", "NPM_CONFIG_CAFILE=ca.pem")
	env, user, _ := w.run()
	for name, want := range map[string]string{
		"npm_config_//r.example/:_authToken": "t0ken", "npm_config_key": "k3y",
		"npm_config_cafile": filepath.Join(w.host.Dir, "ca.pem"), // the environment comes before the project
	} {
		if got := env.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	want := "//r/:certfile = \"" + w.host.Dir + "/cert.pem\"\nscope = \"@acme\"\n//r/:_password = \"~/x\"\n"
	if user != want {
		t.Errorf("the user's is\n%s\nwant\n%s", user, want)
	}
	w.host.Env = w.host.Env[:1]
	if env, _, _ = w.run(); env.Get("npm_config_cafile") != w.home+"/ca.pem" {
		t.Errorf("below the home it is %q", env.Get("npm_config_cafile"))
	}
}

// An .npmrc that git ignores is in no clone. The folder of a package has its own.
func TestProjectIsTheDirectoryThatNPMRunsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{
		"project":         "//r/:_authToken=${TOKEN}\nbefore=2020-01-01\ntag=next\n",
		"clone/README.md": "",
		"folder/.npmrc":   "dry-run=true\ntag=beta\n",
	}, "TOKEN=t0ken")
	dir := filepath.Dir(w.home)
	c := ReadConfig(w.host)
	if env := c.Environment(nil, dir); env.Get("TOKEN") != "t0ken" || c.Named("before") == "" || c.Tag() != "next" {
		t.Errorf("in the source repository %q, %q, tag %s", env, c.Named("before"), c.Tag())
	}
	clone := c.InClone(filepath.Join(dir, "clone"))
	if env := clone.Environment(nil, dir); env.Get("TOKEN") != "" || clone.Named("before") != "" ||
		clone.Tag() != "latest" {
		t.Errorf("in a clone without it %q, %q, tag %s", env, clone.Named("before"), clone.Tag())
	}
	folder := c.InFolder(filepath.Join(dir, "folder"))
	if env := folder.Environment(nil, dir); env.Get("npm_config_dry_run") != "false" || folder.Tag() != "beta" {
		t.Errorf("in a folder %q, tag %s", env, folder.Tag())
	}
}

func TestDigestIsOfTheSettingsThatChooseAPackage(t *testing.T) {
	t.Parallel()
	digest := func(files map[string]string, variables ...string) string {
		return ReadConfig(newWorld(t, files, variables...).host).Digest()
	}
	none := digest(nil)
	for name, other := range map[string]string{
		"a date in the environment":     digest(nil, "npm_config_before=2020-01-01"),
		"a date of the user":            digest(map[string]string{"user": "before=2020-01-01"}),
		"another registry":              digest(nil, "npm_config_registry=http://other.example/"),
		"that of a scope":               digest(map[string]string{"global": "@acme:registry=http://other.example/"}),
		"what an age does not hold for": digest(map[string]string{"user": "min-release-age-exclude[]=pumuki"}),
		"engine-strict":                 digest(map[string]string{"builtin": "engine-strict"}),
	} {
		if other == none {
			t.Errorf("%s does not change it", name)
		}
	}
	for name, same := range map[string]string{
		"a token":         digest(map[string]string{"user": "//r/:_authToken=t0ken"}),
		"what is ignored": digest(nil, "npm_config_tag=next"),
	} {
		if same != none {
			t.Errorf("%s changes it", name)
		}
	}
	by := func(registry string) string {
		return digest(map[string]string{"project": "registry=http://${R}/"}, "R="+registry)
	}
	if by("r.example") == by("other.example") {
		t.Error("what a variable stands for does not change it")
	}
}

func TestGlobalFileIsFoundWhereNPMFindsIt(t *testing.T) {
	t.Parallel()
	const text = "registry=http://global.example/"
	for name, c := range map[string]struct {
		files     map[string]string
		variables []string
	}{
		"by node": {files: map[string]string{"global": text}},
		"by DESTDIR": {
			files: map[string]string{"dest/$PREFIX/etc/npmrc": text}, variables: []string{"DESTDIR=$DIR/dest"},
		},
		"by PREFIX": {
			files: map[string]string{"p/etc/npmrc": text}, variables: []string{"PREFIX=$DIR/p"},
		},
		"by the user's prefix": {files: map[string]string{"user": "prefix=~/p", "home/p/etc/npmrc": text}},
		"by npm's own prefix":  {files: map[string]string{"builtin": "prefix=$DIR/p", "p/etc/npmrc": text}},
		"by a variable with the prefix": {
			files: map[string]string{"p/etc/npmrc": text}, variables: []string{"NPM_CONFIG_PREFIX=$DIR/p"},
		},
		"by a variable with the file": {
			files: map[string]string{"g": text}, variables: []string{"npm_config_globalconfig=../g"},
		},
		"by the user's setting for it": {
			files: map[string]string{"user": "globalconfig=${DIR}/g", "g": text}, variables: []string{"DIR=$DIR"},
		},
		"by the project's setting": {
			files: map[string]string{"project": "globalconfig=$DIR/g", "user": "globalconfig=/no", "g": text},
		},
		"by a file the project names": {
			files: map[string]string{"project": "userconfig=$DIR/u", "u": "prefix=$DIR/p", "p/etc/npmrc": text},
		},
		"by the user's file, named so": {
			files:     map[string]string{"u": "prefix=../p", "p/etc/npmrc": text},
			variables: []string{"npm_config_userconfig=../u"},
		},
		"the user's prefix before npm's": {
			files: map[string]string{"user": "prefix=~/p", "builtin": "prefix=/no", "home/p/etc/npmrc": text},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{}
			for file, text := range c.files {
				files[file] = text
			}
			w := newWorld(t, files, c.variables...)
			if text, found := files["dest/$PREFIX/etc/npmrc"]; found {
				at := filepath.Join(filepath.Dir(w.prefix), "dest", w.prefix, "etc")
				if err := os.MkdirAll(at, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(at, "npmrc"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, global := w.run(); global != "registry = \"http://global.example/\"\n" {
				t.Errorf("the global settings are %q", global)
			}
		})
	}
}

func TestCacheLiesWhereTheUserHasItAndNeverInTheClone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files     map[string]string
		variables []string
		want      string
	}{
		"by default":               {want: "$HOME/.npm"},
		"by the user":              {files: map[string]string{"user": "cache = ~/npm cache"}, want: "$HOME/npm cache"},
		"by the global file":       {files: map[string]string{"global": "cache=/cache"}, want: "/cache"},
		"by the environment":       {variables: []string{"NPM_CONFIG_CACHE=/cache"}, want: "/cache"},
		"by a relative path":       {variables: []string{"npm_config_cache=cache"}, want: "$DIR/here/cache"},
		"nowhere in a file":        {files: map[string]string{"home": ""}, want: "$RUN/npm-cache"},
		"nowhere where none is":    {want: "$RUN/npm-cache"},
		"not by the project's own": {files: map[string]string{"project": "cache=./cache"}, want: "$HOME/.npm"},
	} {
		w := newWorld(t, c.files, c.variables...)
		if !strings.HasPrefix(name, "nowhere") {
			put(t, w.home, "README.md", "")
		}
		env, _, _ := w.run()
		run := filepath.Dir(env.Get("npm_config_userconfig"))
		want := strings.NewReplacer("$HOME", w.home, "$DIR", filepath.Dir(w.home), "$RUN", run).Replace(c.want)
		if got := env.Get("npm_config_cache"); got != want {
			t.Errorf("%s it lies in %s, want %s", name, got, want)
		}
	}
	// The system knows a home without a variable. Where it does not, the cache is the run's own.
	homeless := (&Config{})
	if cache := homeless.Environment(nil, t.TempDir()).Get("npm_config_cache"); !filepath.IsAbs(cache) {
		t.Errorf("without a home it lies in %q", cache)
	}
	noVariable := ReadConfig(Host{Env: []string{"PATH=/bin"}, Dir: "/here"})
	if !filepath.IsAbs(noVariable.cache) {
		t.Errorf("without HOME it lies in %q", noVariable.cache)
	}
}

func TestSettingIsNamedWithThePlaceThatCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"user": "before=2020-01-01\nengine-strict=true", "project": "min-release-age=3"})
	c := ReadConfig(w.host)
	for _, each := range []struct {
		keys []string
		want string
	}{
		{[]string{"before", "min-release-age"}, "min-release-age=3 (.npmrc of the source repository)"},
		{[]string{"engine-strict"}, "engine-strict=true (" + w.home + "/.npmrc)"},
		{[]string{"offline"}, ""},
	} {
		if got := c.Named(each.keys...); got != each.want {
			t.Errorf("%v: %q, want %q", each.keys, got, each.want)
		}
	}
	w.host.Env = append(w.host.Env, "npm_config_before=2021-01-01")
	if got, want := ReadConfig(w.host).Named("before"), "before=2021-01-01 (the environment)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A setting that is in no list holds where the source repository sets it; these say whether something is installed.
func TestSettingOfTheSourceRepositoryDecidesNotWhetherSomethingIsInstalled(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for key := range whether {
		text.WriteString(key + " = hostile\n")
	}
	w := newWorld(t, map[string]string{"project": text.String() + "omit[]=dev\n", "builtin": "global = true"})
	env, _, _ := w.run()
	for key, value := range whether {
		if got := env.Get(variableOf(key)); got != value {
			t.Errorf("%s is %q, want %q", key, got, value)
		}
	}
	if got := strings.Split(env.Get("npm_config_include"), "\n\n"); !slices.Contains(got, "dev") {
		t.Errorf("included are %q", got)
	}
	for _, text := range []string{
		"[global]", "[global.x]", "\uFEFFglobal=true", "a=1\rglobal=true", " [x]\nglobal=true",
	} {
		env, _, _ := newWorld(t, map[string]string{"project": text}).run()
		if env.Get("npm_config_global") != "false" {
			t.Errorf("%q is not overruled", text)
		}
	}
}
