package ledger_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/artifacttest"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/ledger"
)

// writes names the ledger that this program, run as a child, writes entries into for ever.
const writes = "WRITES_INTO_LEDGER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writes); dir != "" {
		write(dir)
	}
	goleak.VerifyTestMain(m)
}

// write writes entries into a ledger, and says each key once it is there. It does not end by itself.
func write(dir string) {
	l, err := ledger.Open(dir)
	if err != nil {
		panic(err)
	}
	for i := 0; ; i++ {
		entry := artifacttest.Entry(fmt.Sprintf("sha512-%d-%d", os.Getpid(), i))
		if _, err := l.Put(entry); err != nil {
			panic(err)
		}
		fmt.Println(entry.Key())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(dir)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestVerdictComesBackWhole(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "ledger")
	l := open(t, dir)
	entry := artifacttest.Entry("sha512-a")
	put(t, l, entry)
	put(t, l, entry) // the same file
	got, found, err := l.Find(entry.Key())
	if err != nil || found == "" {
		t.Fatal(found, err)
	}
	if diff := cmp.Diff(entry.Run(), got.Run()); diff != "" {
		t.Error(diff)
	}
	if _, found, err := l.Find(artifacttest.Entry("sha512-b").Key()); found != "" || err != nil {
		t.Error(found, err)
	}
	if hold, err := ledger.Verify(dir); hold != 1 || err != nil {
		t.Errorf("%d entries hold: %v", hold, err)
	}
}

// put puts an entry into a ledger.
func put(t *testing.T, l *ledger.Ledger, entry artifact.Entry) {
	t.Helper()
	_, err := l.Put(entry)
	must(t, err)
}

// What became of promises is kept beside verdicts, and neither is taken for the other.
func TestAccountComesBackWhole(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	l := open(t, dir)
	entry := artifacttest.Entry("sha512-a")
	old := artifacttest.Account(entry, "unexpected success")
	young := artifacttest.Account(entry, "")
	young.GeneratedAt = "2026-02-01T00:00:00Z"
	put(t, l, entry)
	for _, a := range []artifact.Account{young, old} {
		_, err := l.Put(a)
		must(t, err)
	}
	got, name, err := l.FindAccount(old.Key())
	if err != nil || !strings.HasPrefix(name, "journeys-") {
		t.Fatal(name, err)
	}
	if diff := cmp.Diff(young, got); diff != "" {
		t.Error(diff)
	}
	for says, change := range map[string]func(*artifact.Account){
		"what was asked": func(a *artifact.Account) { a.SHA256 = strings.Repeat("f", 64) },
		"where it began": func(a *artifact.Account) { a.From = "1.2.1" },
		"the kind":       func(a *artifact.Account) { a.Kind = "probes" },
		"the consumer":   func(a *artifact.Account) { a.ConsumerSHA256 = "" },
	} {
		a := old
		if change(&a); a.Key() == old.Key() {
			t.Errorf("the key does not follow from %s", says)
		}
		if _, name, err := l.FindAccount(a.Key()); name != "" || err != nil {
			t.Error(name, err)
		}
	}
	if _, _, err := l.Find(entry.Key()); err != nil {
		t.Error(err)
	}
	taken := open(t, other)
	must(t, taken.Take(dir))
	if hold, err := ledger.Verify(other); hold != 3 || err != nil {
		t.Errorf("%d hold: %v", hold, err)
	}
	removed, err := ledger.Empty(other)
	if len(removed) != 3 || err != nil {
		t.Errorf("%q were removed: %v", removed, err)
	}
}

func TestNewestVerdictOfAKeyCounts(t *testing.T) {
	t.Parallel()
	l := open(t, t.TempDir())
	old, young := artifacttest.Entry("sha512-a"), artifacttest.Entry("sha512-a")
	old.System, young.System, young.GeneratedAt = "old/1", "young/1", "2026-02-01T00:00:00Z"
	put(t, l, young)
	put(t, l, old)
	if got, _, err := l.Find(old.Key()); err != nil || got.System != "young/1" {
		t.Error(got.System, err)
	}
}

// What does not hold is not believed, and is named; an older verdict that holds counts in its place.
func TestDamagedEntryIsNotBelieved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir)
	old, young := artifacttest.Entry("sha512-a"), artifacttest.Entry("sha512-a")
	young.GeneratedAt = "2026-02-01T00:00:00Z"
	put(t, l, old)
	put(t, l, young)
	name, data, err := young.Encode()
	must(t, err)
	for what, change := range map[string]func() error{
		"cut off": func() error { return os.WriteFile(filepath.Join(dir, name), data[:len(data)/2], 0o644) },
		"forged": func() error {
			forged := strings.Replace(string(data), `"system": "linux/amd64"`, `"system": "linux/arm64"`, 1)
			return os.WriteFile(filepath.Join(dir, name), []byte(forged), 0o644)
		},
		"a folder": func() error {
			must(t, os.Remove(filepath.Join(dir, name)))
			return os.Mkdir(filepath.Join(dir, name), 0o755)
		},
	} {
		_ = os.RemoveAll(filepath.Join(dir, name))
		must(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
		if _, found, err := l.Find(young.Key()); found != name || err != nil {
			t.Fatal(found, err) // and that it held before counts for nothing
		}
		must(t, change())
		got, found, err := l.Find(young.Key())
		if found == "" || got.GeneratedAt != old.GeneratedAt || err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: found %q of %s: %v", what, found, got.GeneratedAt, err)
		}
		if hold, err := ledger.Verify(dir); hold != 1 || err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %d entries hold: %v", what, hold, err)
		}
	}
}

func TestFileThatIsNoEntryIsNamedAndStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir)
	put(t, l, artifacttest.Entry("sha512-a"))
	notes := filepath.Join(dir, "notes.txt")
	must(t, os.WriteFile(notes, nil, 0o644))
	if hold, err := ledger.Verify(dir); hold != 1 || err == nil || !strings.Contains(err.Error(), "notes.txt") {
		t.Errorf("%d entries hold: %v", hold, err)
	}
	removed, err := ledger.Empty(dir)
	if _, gone := os.Stat(notes); len(removed) != 1 || err != nil || gone != nil {
		t.Error(removed, err, gone)
	}
	if removed, err := ledger.Empty(filepath.Join(dir, "missing")); removed != nil || err != nil {
		t.Error(removed, err)
	}
	if _, err := ledger.Verify(filepath.Join(dir, "missing")); err == nil {
		t.Error("a ledger that is not there holds")
	}
}

// Programs that write at once lose nothing of each other's.
func TestManyWriteAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 5 {
				l, err := ledger.Open(dir)
				if err == nil {
					_, err = l.Put(artifacttest.Entry(fmt.Sprintf("sha512-%d-%d", i, n)))
				}
				if err == nil {
					err = l.Close()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if hold, err := ledger.Verify(dir); hold != 20 || err != nil {
		t.Errorf("%d entries hold: %v", hold, err)
	}
}

// TestKillLosesNoVerdict kills a program that writes, ten times at random moments: what it said is there, and no file
// is torn (CONTRACT §9).
func TestKillLosesNoVerdict(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said := 0
	for range 10 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), writes+"="+dir)
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("it wrote nothing")
		}
		keys := []string{lines.Text()}
		time.AfterFunc(time.Duration(rand.IntN(30_000))*time.Microsecond, func() { _ = child.Process.Kill() })
		for lines.Scan() {
			keys = append(keys, lines.Text())
		}
		_ = child.Wait()
		l := open(t, dir)
		for _, key := range keys {
			if len(key) < 64 {
				continue // killed while it said so
			}
			if _, found, err := l.Find(artifact.Key(key)); found == "" || err != nil {
				t.Errorf("%s is lost: %v", key, err)
			}
			said++
		}
	}
	hold, err := ledger.Verify(dir)
	if err != nil || hold < said || said < 10 {
		t.Errorf("%d of %d entries hold: %v", hold, said, err)
	}
	drafts, _ := filepath.Glob(filepath.Join(dir, ".draft-*"))
	if drafts != nil {
		t.Errorf("left half written: %s", drafts)
	}
}
