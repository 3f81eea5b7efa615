//go:build unix

package kept_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// open returns an empty cache.
func open(t testing.TB) *kept.Cache {
	t.Helper()
	cache, err := kept.Open(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// keep keeps a tree under a key that is made of name.
func keep(t testing.TB, cache *kept.Cache, name, from string) (key string) {
	t.Helper()
	key = kept.Key(name)
	if err := cache.Keep(t.Context(), key, from); err != nil {
		t.Fatal(err)
	}
	return key
}

// use returns the entry of a key, closed with the test, or nil.
func use(t testing.TB, cache *kept.Cache, key string) *kept.Entry {
	t.Helper()
	entry, err := cache.Use(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if entry != nil {
		t.Cleanup(func() { _ = entry.Close() })
	}
	return entry
}

// damage returns why the entry of a key is not used: it is damaged.
func damage(t testing.TB, cache *kept.Cache, key string) string {
	t.Helper()
	entry, err := cache.Use(t.Context(), key)
	if entry != nil || !errors.Is(err, kept.ErrDamaged) {
		t.Fatalf("it was used all the same: %v, %v", entry, err)
	}
	return err.Error()
}

// sample makes a tree with one of everything that a prepared consumer has.
func sample(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sample")
	for _, name := range []string{"empty", "node_modules/.bin", "node_modules/gate/bin", ".git/objects/ab"} {
		do(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
	}
	for name, mode := range map[string]fs.FileMode{
		"package.json": 0o644, "node_modules/gate/bin/gate.js": 0o755, ".git/objects/ab/cdef": 0o444, "secret": 0o600,
		"a name\nwith \"every\\thing\" \xff ñ": 0o644, "nothing": 0o644,
	} {
		content := strings.Repeat(name, 1000)
		if name == "nothing" {
			content = ""
		}
		at := filepath.Join(dir, name)
		do(t, os.WriteFile(at, []byte(content), 0o600))
		do(t, os.Chmod(at, mode))
		do(t, os.Chtimes(at, time.Time{}, time.Unix(1_600_000_000, 0)))
	}
	do(t, os.Symlink("../gate/bin/gate.js", filepath.Join(dir, "node_modules/.bin/gate")))
	do(t, os.Symlink("/nowhere", filepath.Join(dir, "dangling")))
	do(t, os.Chmod(filepath.Join(dir, ".git/objects/ab"), 0o555))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, ".git/objects/ab"), 0o755) })
	return dir
}

// content tells all of a tree, by other means than the package does.
func content(dir string) (map[string]string, error) {
	tree := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		told := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			var data []byte
			data, err = os.ReadFile(path)
			told += info.ModTime().String() + string(data)
		case info.Mode()&fs.ModeSymlink != 0:
			var to string
			to, err = os.Readlink(path)
			told += to
		}
		tree[strings.TrimPrefix(path, dir)] = told
		return err
	})
	return tree, err
}

func same(t testing.TB, a, b string) bool {
	t.Helper()
	one, err := content(a)
	do(t, err)
	two, err := content(b)
	do(t, err)
	return maps.Equal(one, two)
}

func do(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func names(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	do(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestWhatIsKeptComesBackTheSame(t *testing.T) {
	if asUser(t) {
		return
	}
	cache := open(t)
	from := sample(t)
	key := keep(t, cache, "sample", from)
	entry := use(t, cache, key)
	if entry == nil || !same(t, from, entry.Dir) {
		t.Fatal("the tree did not come back as it was")
	}
	do(t, entry.Close())
	do(t, entry.Close())
	// Read-only directories included, all of it goes again.
	removed, err := cache.Empty()
	if err != nil || !slices.Equal(removed, []string{filepath.Join(cache.Dir, key)}) {
		t.Errorf("Empty() = %q, %v", removed, err)
	}
	if left := names(t, cache.Dir); !slices.Equal(left, []string{"lock"}) {
		t.Errorf("left: %q", left)
	}
}

func TestUseFindsNothingWhereNothingWasKept(t *testing.T) {
	cache := open(t)
	if entry := use(t, cache, kept.Key("never")); entry != nil {
		t.Errorf("found %v", entry)
	}
}

func TestUseFindsDamage(t *testing.T) {
	edit := func(name string, change func(at string) error) func(entry string) error {
		return func(entry string) error {
			at := filepath.Join(entry, name)
			above := filepath.Dir(at)
			info, err := os.Stat(above)
			if err != nil {
				return err
			}
			_ = os.Chmod(above, 0o755)
			return errors.Join(change(at), os.Chmod(above, info.Mode()))
		}
	}
	chmod := func(mode fs.FileMode) func(string) error {
		return func(at string) error { return os.Chmod(at, mode) }
	}
	write := func(data string) func(string) error {
		return func(at string) error { return os.WriteFile(at, []byte(data), 0o644) }
	}
	instead := func(put func(string) error) func(string) error {
		return func(at string) error { return errors.Join(os.Remove(at), put(at)) }
	}
	link := func(to string) func(string) error {
		return func(at string) error { return os.Symlink(to, at) }
	}
	truncate := func(size int64) func(string) error {
		return func(at string) error { return os.Truncate(at, size) }
	}
	mkdir := func(at string) error { return os.Mkdir(at, 0o755) }
	const setuid = 0o644 | fs.ModeSetuid
	from := sample(t)
	for name, test := range map[string]struct {
		damage func(entry string) error
		reason string
	}{
		"one byte of a read-only file, times as before": {edit("tree/.git/objects/ab/cdef", func(at string) error {
			info, err := os.Stat(at)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(at)
			if err != nil {
				return err
			}
			data[len(data)/2] ^= 1
			return errors.Join(os.Chmod(at, 0o644), os.WriteFile(at, data, 0), os.Chmod(at, 0o444),
				os.Chtimes(at, info.ModTime(), info.ModTime()))
		}), `".git/objects/ab/cdef" -r--r--r-- 20000`},
		"a file cut short":           {edit("tree/package.json", truncate(5)), `"package.json" -rw-r--r-- 5 `},
		"the mode of a file":         {edit("tree/package.json", chmod(0o755)), `found: "package.json" -rwxr-xr-x`},
		"setuid":                     {edit("tree/package.json", chmod(setuid)), `found: "package.json" urw-r--r--`},
		"a file that cannot be read": {edit("tree/package.json", chmod(0)), `package.json`},
		"the mode of a directory":    {edit("tree/empty", chmod(0o700)), `found: "empty" drwx------`},
		"the mode of the tree":       {edit("tree", chmod(0o711)), `found: "." drwx--x--x`},
		"one file more": {edit("tree/node_modules/gate/index.js", write("")),
			`kept: nothing else, found: "node_modules/gate/index.js"`},
		"one empty directory more": {edit("tree/empty/more", mkdir), `found: "empty/more"`},
		"one link more":            {edit("tree/empty/link", link("x")), `found: "empty/link"`},
		"one file less":            {edit("tree/.git/objects/ab/cdef", os.Remove), `kept: ".git/objects/ab/cdef"`},
		"an empty file less":       {edit("tree/nothing", os.Remove), `kept: "nothing" -rw-r--r-- 0 `},
		"one directory less":       {edit("tree/empty", os.Remove), `kept: "empty" drwx`},
		"no tree":                  {edit("tree", os.RemoveAll), `tree: no such file`},
		"a link instead of the tree": {edit("tree", func(at string) error {
			return errors.Join(os.Rename(at, at+"2"), os.Symlink("tree2", at))
		}), `is not a directory`},
		"a link that leads elsewhere": {edit("tree/dangling", instead(link("/nowhere/else"))),
			`found: "dangling" L--------- "/nowhere/else"`},
		"a file instead of a link":      {edit("tree/dangling", instead(write("/nowhere"))), `found: "dangling" -rw-`},
		"a directory instead of a file": {edit("tree/nothing", instead(mkdir)), `found: "nothing" d`},
		"no manifest":                   {edit("manifest", os.Remove), `manifest: no such file`},
		"an empty manifest":             {edit("manifest", write("")), `kept: nothing else`},
		"the manifest without its end": {edit("manifest", func(at string) error {
			info, err := os.Stat(at)
			if err != nil {
				return err
			}
			return os.Truncate(at, info.Size()-int64(len("end\n")))
		}), `found: end`},
		"no lock": {edit("lock", os.Remove), `lost its lock`},
		"a file in place": {func(at string) error { return errors.Join(os.RemoveAll(at), write("")(at)) },
			`lost its lock`},
		"another's entry": {edit("manifest", func(at string) error {
			data, err := os.ReadFile(at)
			text := strings.Replace(string(data), kept.Key("sample"), kept.Key("other"), 1)
			return errors.Join(err, os.WriteFile(at, []byte(text), 0o600))
		}), `kept: kept 1 ` + kept.Key("other")},
		"nothing but dirs": {func(at string) error { return errors.Join(os.RemoveAll(at), os.Mkdir(at, 0o700)) },
			`lost its lock`},
	} {
		t.Run(name, func(t *testing.T) {
			cache := open(t)
			key := keep(t, cache, "sample", from)
			do(t, test.damage(filepath.Join(cache.Dir, key)))
			if reason := damage(t, cache, key); !strings.Contains(reason, test.reason) {
				t.Errorf("reason %s\ndoes not have %s", reason, test.reason)
			}
			if left := names(t, cache.Dir); !slices.Equal(left, []string{"lock"}) {
				t.Errorf("left: %q", left)
			}
			keep(t, cache, "sample", from)
			if entry := use(t, cache, key); entry == nil || !same(t, from, entry.Dir) {
				t.Error("it could not be kept anew")
			}
		})
	}
}

func TestDamageThatOthersUseIsLeftForLater(t *testing.T) {
	cache := open(t)
	key := keep(t, cache, "sample", sample(t))
	other := use(t, cache, key)
	do(t, os.WriteFile(filepath.Join(other.Dir, "package.json"), []byte("spoiled"), 0o644))

	if reason := damage(t, cache, key); !strings.Contains(reason, "others use it") {
		t.Errorf("reason: %q", reason)
	}
	if _, err := os.Stat(other.Dir); err != nil {
		t.Error(err)
	}
	do(t, other.Close())
	if reason := damage(t, cache, key); strings.Contains(reason, "others use it") {
		t.Errorf("reason: %q", reason)
	}
	if left := names(t, cache.Dir); !slices.Equal(left, []string{"lock"}) {
		t.Errorf("left: %q", left)
	}
}

// small makes a tree with one file.
func small(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	do(t, os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o644))
	return dir
}

// present returns which of the keys that are made of one letter have an entry.
func present(t testing.TB, cache *kept.Cache) (letters string) {
	t.Helper()
	for letter := 'a'; letter <= 'z'; letter++ {
		if _, err := os.Stat(filepath.Join(cache.Dir, kept.Key(string(letter)))); err == nil {
			letters += string(letter)
		}
	}
	return letters
}

func TestTheSixThatWereUsedLastStay(t *testing.T) {
	cache := open(t)
	from := small(t)
	for _, letter := range "abcdef" {
		keep(t, cache, string(letter), from)
	}
	do(t, use(t, cache, kept.Key("a")).Close())
	keep(t, cache, "g", from)
	if got := present(t, cache); got != "acdefg" {
		t.Errorf("b was used least recently, but there are %s", got)
	}
	do(t, use(t, cache, kept.Key("c")).Close())
	keep(t, cache, "h", from)
	keep(t, cache, "i", from)
	if got := present(t, cache); got != "acfghi" {
		t.Errorf("d, then e were used least recently, but there are %s", got)
	}
	keep(t, cache, "f", from) // it is there: nothing goes
	if got := present(t, cache); got != "acfghi" {
		t.Errorf("there are %s", got)
	}
}

func TestATimeThatHasNotComeYetDoesNotOutrankTheNewest(t *testing.T) {
	cache := open(t)
	from := small(t)
	tomorrow := time.Now().Add(24 * time.Hour)
	for _, letter := range "abcdef" {
		key := keep(t, cache, string(letter), from)
		do(t, os.Chtimes(filepath.Join(cache.Dir, key, "lock"), tomorrow, tomorrow))
	}
	keep(t, cache, "g", from)
	if got := present(t, cache); len(got) != 6 || !strings.HasSuffix(got, "g") {
		t.Errorf("there are %s", got)
	}
}

func TestWhatIsInUseIsNeverRemoved(t *testing.T) {
	cache := open(t)
	from := small(t)
	keep(t, cache, "a", from)
	first, second := use(t, cache, kept.Key("a")), use(t, cache, kept.Key("a"))
	for _, letter := range "bcdefgh" {
		keep(t, cache, string(letter), from)
	}
	if got := present(t, cache); got != "acdefgh" {
		t.Errorf("there are %s", got)
	}
	do(t, first.Close())
	removed, err := cache.Empty()
	if !errors.Is(err, kept.ErrInUse) || !strings.Contains(err.Error(), kept.Key("a")) || len(removed) != 6 {
		t.Errorf("Empty() = %q, %v", removed, err)
	}
	if got := present(t, cache); got != "a" || !same(t, from, second.Dir) {
		t.Errorf("there are %s", got)
	}
	do(t, second.Close())
	if removed, err := cache.Empty(); err != nil || len(removed) != 1 {
		t.Errorf("Empty() = %q, %v", removed, err)
	}
}

func TestKeepRefuses(t *testing.T) {
	cache := open(t)
	key := kept.Key("x")
	for name, test := range map[string]struct{ key, from, says string }{
		"a file":                  {key, filepath.Join(small(t), "file"), "is not a directory"},
		"nothing":                 {key, filepath.Join(small(t), "gone"), "no such file"},
		"a key that leads out":    {"../" + key[3:], small(t), "not a key"},
		"a key in other letters":  {strings.ToUpper(key), small(t), "not a key"},
		"a key that is no digest": {"", small(t), "not a key"},
	} {
		t.Run(name, func(t *testing.T) {
			err := cache.Keep(t.Context(), test.key, test.from)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error: %v", err)
			}
			if left := names(t, cache.Dir); len(left) > 0 && !slices.Equal(left, []string{"lock"}) {
				t.Errorf("left: %q", left)
			}
		})
	}
	if _, err := cache.Use(t.Context(), "../"+key); err == nil {
		t.Error("Use takes a key that leads out")
	}
}

// TestSocketsAndPipesAreNoPartOfWhatIsKept keeps a tree in which a program left some, and others that come later: they
// are no damage.
func TestSocketsAndPipesAreNoPartOfWhatIsKept(t *testing.T) {
	cache := open(t)
	from := small(t)
	special(t, from)
	key := keep(t, cache, "x", from)
	special(t, filepath.Join(cache.Dir, key, "tree"))
	entry := use(t, cache, key)
	if entry == nil {
		t.Fatal("it is not used")
	}
	to := filepath.Join(t.TempDir(), "copy")
	do(t, tree.Copy(t.Context(), entry.Dir, to))
	if there := names(t, to); !slices.Equal(there, []string{"file"}) {
		t.Errorf("the copy has %q", there)
	}
}

// special makes a socket and a pipe in a directory, where there are none.
func special(t *testing.T, dir string) {
	t.Helper()
	// The address of a socket is short, the path of a test is not.
	t.Chdir(dir)
	if err := syscall.Mkfifo("pipe", 0o644); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	if _, err := os.Lstat("socket"); err == nil {
		return
	}
	listener, err := net.Listen("unix", "socket")
	do(t, err)
	t.Cleanup(func() { _ = listener.Close() })
}

func TestAnInterruptedCallReturnsTheCauseAndLeavesNothing(t *testing.T) {
	cache := open(t)
	from := sample(t)
	why := errors.New("the user has had enough")
	// A context that ends when it was looked at so many times stops the work at another place each time.
	for looks := 1; ; looks++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		watched := &watched{Context: ctx, looks: looks, last: func() { cancel(why) }, everywhere: true}
		err := cache.Keep(watched, kept.Key("x"), from)
		if err == nil {
			if looks < 20 {
				t.Errorf("Keep looked at its context %d times only", looks-1)
			}
			break
		}
		if !errors.Is(err, why) {
			t.Fatalf("error after %d looks: %v", looks, err)
		}
		if left := names(t, cache.Dir); len(left) > 0 && !slices.Equal(left, []string{"lock"}) {
			t.Fatalf("left: %q", left)
		}
	}
	key := keep(t, cache, "x", from)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if entry, err := cache.Use(ctx, key); entry != nil || !errors.Is(err, why) || errors.Is(err, kept.ErrDamaged) {
		t.Errorf("Use = %v, %v", entry, err)
	}
	if use(t, cache, key) == nil {
		t.Error("an interruption was taken for damage")
	}
}

func TestKeyTellsPartsApart(t *testing.T) {
	seen := make(map[string]string)
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"b", "a"}} {
		key := kept.Key(parts...)
		if other, twice := seen[key]; twice {
			t.Errorf("%q and %s have the same key", parts, other)
		}
		seen[key] = fmt.Sprintf("%q", parts)
	}
}

func TestSizeCountsEntriesAndAllBytes(t *testing.T) {
	cache := open(t)
	if entries, size, err := cache.Size(); entries != 0 || size != 0 || err != nil {
		t.Errorf("Size() = %d, %d, %v", entries, size, err)
	}
	from := small(t)
	do(t, os.WriteFile(filepath.Join(from, "big"), make([]byte, 1<<20), 0o444))
	keep(t, cache, "a", from)
	keep(t, cache, "b", from)
	if entries, size, err := cache.Size(); entries != 2 || size < 2<<20 || size > 2<<20+4096 || err != nil {
		t.Errorf("Size() = %d, %d, %v", entries, size, err)
	}
}

func TestWhatTheCacheDidNotPutThereStays(t *testing.T) {
	cache := open(t)
	do(t, os.WriteFile(filepath.Join(cache.Dir, "notes.txt"), nil, 0o600))
	do(t, os.Mkdir(filepath.Join(cache.Dir, "other"), 0o700))
	keep(t, cache, "a", small(t))
	if _, err := cache.Empty(); err != nil {
		t.Error(err)
	}
	if left := names(t, cache.Dir); !slices.Equal(left, []string{"lock", "notes.txt", "other"}) {
		t.Errorf("left: %q", left)
	}
}
