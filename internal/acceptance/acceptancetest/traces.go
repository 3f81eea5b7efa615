//go:build linux

package acceptancetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
)

// snapshot is what lies in some directories, to the byte, but for what a run writes into their artifacts by contract.
type snapshot struct {
	dirs  []string
	files map[string]string
}

// byContract are the paths that a run writes below a directory. A snapshot of the artifacts themselves holds them.
var byContract = regexp.MustCompile(`(^|/)artifacts/\.?pumuki-matrix[-.]`)

func take(dirs []string) (snapshot, error) {
	taken := snapshot{dirs, map[string]string{}}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			below, relErr := filepath.Rel(dir, path)
			if err = errors.Join(err, relErr); err != nil || byContract.MatchString(below) {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			told := info.Mode().String()
			switch {
			case info.Mode().IsRegular():
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				sum := sha256.Sum256(data)
				told += " " + hex.EncodeToString(sum[:])
			case info.Mode()&fs.ModeSymlink != 0:
				target, err := os.Readlink(path)
				if err != nil {
					return err
				}
				told += " " + target
			}
			taken.files[path] = told
			return nil
		})
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// cmdSnapshot remembers what lies in directories.
func cmdSnapshot(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "snapshot NAME DIR...")
	var dirs []string
	for _, dir := range args[1:] {
		dirs = append(dirs, ts.MkAbs(dir))
	}
	taken, err := take(dirs)
	ts.Check(err)
	stateOf(ts).snapshots[args[0]] = taken
}

// cmdUnchanged tells whether the directories of a snapshot are as they were, to the byte.
func cmdUnchanged(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "unchanged NAME")
	before, known := stateOf(ts).snapshots[args[0]]
	if !known {
		ts.Fatalf("no snapshot %s", args[0])
	}
	after, err := take(before.dirs)
	ts.Check(err)
	var changes []string
	for path, was := range before.files {
		switch is, there := after.files[path]; {
		case !there:
			changes = append(changes, "gone: "+path)
		case is != was:
			changes = append(changes, fmt.Sprintf("changed: %s\n  was %s\n  is  %s", path, was, is))
		}
	}
	for path := range after.files {
		if _, was := before.files[path]; !was {
			changes = append(changes, "new: "+path)
		}
	}
	if slices.Sort(changes); len(changes) > 0 {
		ts.Fatalf("%s", strings.Join(changes, "\n"))
	}
}

// What is on its way out has a while to go: less after a run that ended by itself than after one that was killed, whose
// children get SIGTERM, and two seconds, from their supervisors.
const (
	afterEnd  = 15 * time.Second
	afterKill = 2 * time.Minute
)

// nobodyLeft tells whether a process of this script is alive: one that was started in its directory or in its temporary
// one, with a home there, or on what lies there. What a gate leaves running knows of the temporary directory alone.
func nobodyLeft(ts *testscript.TestScript, patience time.Duration) {
	var left []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if left = processesOf(stateOf(ts).work, stateOf(ts).temp); len(left) == 0 {
			return
		}
	}
	ts.Fatalf("still alive:\n%s", strings.Join(left, "\n"))
}

func processesOf(dirs ...string) (found []string) {
	all, _ := os.Open("/proc")
	defer all.Close()
	names, _ := all.Readdirnames(-1) // Glob would read the directory of each
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err != nil || pid == os.Getpid() {
			continue
		}
		dir := filepath.Join("/proc", name)
		cwd, _ := os.Readlink(filepath.Join(dir, "cwd"))
		environment, _ := os.ReadFile(filepath.Join(dir, "environ"))
		arguments, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		if slices.ContainsFunc(dirs, func(dir string) bool {
			return strings.HasPrefix(cwd+"/", dir+"/") || bytes.Contains(environment, []byte(dir+"/")) ||
				bytes.Contains(arguments, []byte(dir+"/"))
		}) {
			found = append(found, name+" "+string(bytes.ReplaceAll(arguments, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// publishedLogs are the logs that runs put into /tmp, where the contract wants them: this is the only thing that the
// scripts leave outside of their directories, and it goes at the end.
type publishedLogs struct {
	mu   sync.Mutex
	sums map[string][]string
}

// note remembers the log that the failure in an artifacts folder names.
func (p *publishedLogs) note(dir string) {
	data, err := os.ReadFile(filepath.Join(dir, artifact.FailureName))
	var failure struct {
		Path string `json:"failure_log_path"`
		Sum  string `json:"failure_log_artifact_sha256"`
	}
	if err != nil || json.Unmarshal(data, &failure) != nil || !strings.HasPrefix(failure.Path, "/tmp/pumuki-") {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sums == nil {
		p.sums = map[string][]string{}
	}
	p.sums[failure.Path] = append(p.sums[failure.Path], failure.Sum)
}

// remove removes the logs that are still ours.
func (p *publishedLogs) remove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for path, sums := range p.sums {
		data, err := os.ReadFile(path)
		sum := sha256.Sum256(data)
		if err == nil && slices.Contains(sums, hex.EncodeToString(sum[:])) {
			_ = os.Remove(path)
		}
	}
}
