//go:build unix

package kept_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/kept"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/testhost"
)

// part names what the test binary does, in a process of its own, instead of testing.
const part = "KEPT_TEST_PART"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(part) {
	case "":
		testhost.Prepare()
		os.Exit(m.Run())
	case "keep":
		looks, _ := strconv.Atoi(strings.Join(os.Args[3:], ""))
		err = keepOnce(os.Args[1], os.Args[2], looks)
	case "everything":
		err = everything(os.Args[1], os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// another is this test binary in another part.
func another(t testing.TB, does string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	do(t, err)
	cmd := exec.Command(self, args...)
	// The race detector would have each process sleep for a second at its end.
	cmd.Env = append(os.Environ(), part+"="+does, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

// asUser runs a test that root would pass for the wrong reason as a user whom permissions stop, and tells that it did.
func asUser(t *testing.T) bool {
	t.Helper()
	if os.Getuid() != 0 || runtime.GOOS != "linux" {
		return false
	}
	cmd := another(t, "", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Path = "/proc/self/exe" // the way to the binary leads through directories of root's
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = "/"
	cmd.Env = append(cmd.Env, "TMPDIR=/tmp")
	cmd.Stderr = nil
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as another user: %v\n%s", err, out)
	}
	return true
}

// keepOnce says that it begins, and keeps a tree. With a number of looks it says again when it has looked at its
// context so often, which is in the middle of its work, and goes on when its standard input ends.
func keepOnce(dir, from string, looks int) error {
	cache, err := kept.Open(dir)
	if err != nil {
		return err
	}
	ctx := &watched{Context: context.Background(), looks: looks, last: func() {
		fmt.Println("in the middle")
		_, _ = io.Copy(io.Discard, os.Stdin)
	}}
	fmt.Println("begin")
	return cache.Keep(ctx, kept.Key("x"), from)
}

// middle is so many looks that a Keep of a tree with a hundred files is halfway through.
const middle = 50

func TestAKilledKeepLeavesAWholeEntryOrNone(t *testing.T) {
	cache := open(t)
	from := many(t, 150)
	key := kept.Key("x")

	var whole, none, unfinished int
	longest := 100 * time.Millisecond
	// Until each has come, but no more rounds than any machine needs.
	for rounds := 0; rounds < 20 || rounds < 1000 && (unfinished == 0 || whole == 0 || none == 0); rounds++ {
		cmd := another(t, "keep", cache.Dir, from)
		out, err := cmd.StdoutPipe()
		do(t, err)
		do(t, cmd.Start())
		_, err = bufio.NewReader(out).ReadString('\n')
		do(t, err)
		waited := rand.N(longest)
		time.Sleep(waited)
		do(t, cmd.Process.Kill())
		_ = cmd.Wait()

		if len(temps(t, cache)) > 0 {
			unfinished++
		}
		switch entry := use(t, cache, key); {
		case entry == nil:
			none++
			longest += longest / 8
		default:
			whole++
			longest = waited + time.Millisecond // as long as it takes, on whatever machine this is
			if !same(t, from, entry.Dir) {
				t.Fatal("the entry is not what was to be kept")
			}
			do(t, entry.Close())
			_, err := cache.Empty()
			do(t, err)
		}
	}
	t.Logf("%d whole, %d none, %d with a tree in the making left behind", whole, none, unfinished)
	if unfinished == 0 || whole == 0 || none == 0 {
		t.Error("one of them never came")
	}
	// The next one sweeps up.
	keep(t, cache, "x", from)
	if left := temps(t, cache); len(left) > 0 || use(t, cache, key) == nil {
		t.Errorf("left: %q", left)
	}
}

func TestKeepSweepsWhatKilledRunsLeftAndNothingElse(t *testing.T) {
	cache := open(t)
	from := many(t, 100)
	var runs []*exec.Cmd
	var goOn []io.Closer
	for range 2 {
		cmd := another(t, "keep", cache.Dir, from, strconv.Itoa(middle))
		in, err := cmd.StdinPipe()
		do(t, err)
		out, err := cmd.StdoutPipe()
		do(t, err)
		do(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		for said := bufio.NewScanner(out); said.Text() != "in the middle"; {
			if !said.Scan() {
				t.Fatal("it ended too soon")
			}
		}
		runs, goOn = append(runs, cmd), append(goOn, in)
	}
	if left := temps(t, cache); len(left) != 2 {
		t.Fatalf("two are at it, but there are %q", left)
	}
	do(t, runs[0].Process.Kill())
	_ = runs[0].Wait()
	keep(t, cache, "y", small(t))
	if left := temps(t, cache); len(left) != 1 {
		t.Fatalf("one is still at it, but there are %q", left)
	}
	if _, err := cache.Empty(); !errors.Is(err, kept.ErrInUse) {
		t.Errorf("the tree in the making was not told of: %v", err)
	}
	do(t, goOn[1].Close())
	do(t, runs[1].Wait())
	if entry := use(t, cache, kept.Key("x")); entry == nil || !same(t, from, entry.Dir) {
		t.Error("the run that went on did not keep its tree")
	}
	if left := temps(t, cache); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func temps(t testing.TB, cache *kept.Cache) []string {
	return slices.DeleteFunc(names(t, cache.Dir), func(name string) bool { return !strings.HasPrefix(name, ".tmp-") })
}

func TestTwoThatMakeTheSameEntryAtOnceBothSucceed(t *testing.T) {
	cache := open(t)
	from := many(t, 60)
	for range 3 {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := cache.Keep(t.Context(), kept.Key("x"), from); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if entries, _, err := cache.Size(); entries != 1 || err != nil || len(temps(t, cache)) != 0 {
			t.Errorf("%d entries, %v, %q", entries, err, names(t, cache.Dir))
		}
		_, err := cache.Empty()
		do(t, err)
	}
}

// everything keeps, uses and thereby evicts at random, for some rounds. What it uses has to be what was kept, at the
// beginning and at the end.
func everything(dir string, from []string) error {
	cache, err := kept.Open(dir)
	if err != nil {
		return err
	}
	ctx, used := context.Background(), 0
	for rounds := 0; rounds < 40 || rounds < 10_000 && used == 0; rounds++ {
		tree := from[rand.N(len(from))]
		want, err := content(tree)
		if err != nil {
			return err
		}
		key := kept.Key(tree)
		if rand.N(2) == 0 {
			if err := cache.Keep(ctx, key, tree); err != nil {
				return err
			}
		}
		entry, err := cache.Use(ctx, key)
		if err != nil {
			return err
		}
		if entry == nil {
			continue
		}
		used++
		for range 2 {
			if got, err := content(entry.Dir); err != nil || !maps.Equal(got, want) {
				return fmt.Errorf("the entry in use is not what was kept: %w", err)
			}
			time.Sleep(rand.N(5 * time.Millisecond))
		}
		if err := entry.Close(); err != nil {
			return err
		}
	}
	if used == 0 {
		return errors.New("nothing was ever used")
	}
	return nil
}

func TestManyProcessesAtOnceNeverSeeATornEntryOrLoseOneInUse(t *testing.T) {
	cache := open(t)
	args := []string{cache.Dir}
	for i := range 8 {
		args = append(args, many(t, 10+i))
	}
	var all sync.WaitGroup
	for range 4 {
		cmd := another(t, "everything", args...)
		all.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	keep(t, cache, "last", args[1])
	if entries, _, err := cache.Size(); entries != 6 || err != nil || len(temps(t, cache)) != 0 {
		t.Errorf("%d entries, %v, %q", entries, err, names(t, cache.Dir))
	}
}

// watched is a context that calls last when it was asked so many times for its error: by Keep, once for each path that
// it is about to copy.
type watched struct {
	context.Context
	looks int
	last  func()
	// everywhere counts also when it was asked for its end, which happens all over Keep and in no certain order.
	everywhere bool
	mutex      sync.Mutex
}

func (w *watched) look() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.looks--; w.looks == 0 {
		w.last()
	}
}

func (w *watched) Done() <-chan struct{} {
	if w.everywhere {
		w.look()
	}
	return w.Context.Done()
}

func (w *watched) Err() error { w.look(); return context.Cause(w.Context) }

// Value hides that what is in it is a context of the standard library, which would be asked in its place.
func (w *watched) Value(any) any { return nil }

// many makes a tree of so many small files, some of them read-only, and some links.
func many(t testing.TB, files int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "many")
	for i := range files {
		below := filepath.Join(dir, fmt.Sprint(i%17))
		do(t, os.MkdirAll(below, 0o755))
		at := filepath.Join(below, fmt.Sprint(i))
		do(t, os.WriteFile(at, []byte(strings.Repeat(at, 1+rand.N(200))), 0o644))
		if i%3 == 0 {
			do(t, os.Chmod(at, 0o444))
			do(t, os.Symlink(fmt.Sprint(i), at+".link"))
		}
	}
	return dir
}
