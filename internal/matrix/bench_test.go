package matrix

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/console"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/npm"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/redact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/toolchain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/workspace"
)

// BenchmarkScenarios tells what a scenario costs among few and among many: the three of the table, and twelve that are
// copies of them. A promise stands on it: among twelve, one takes at most 1.1 times what it takes among three.
func BenchmarkScenarios(b *testing.B) {
	for _, times := range []int{1, 4} {
		chosen := repeated(times)
		b.Run(fmt.Sprintf("scenarios=%d", len(chosen)), func(b *testing.B) {
			source, commit := sourceWith(b, chosen)
			for b.Loop() {
				validateAll(b, source, commit, chosen)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*len(chosen)), "ms/scenario")
		})
	}
}

// repeated is the table, so many times over, each scenario under a name of its own.
func repeated(times int) (chosen []scenario.Scenario) {
	for i := range times {
		for _, s := range scenario.All() {
			if i > 0 {
				s.Name = fmt.Sprintf("%s-%d", s.Name, i)
			}
			chosen = append(chosen, s)
		}
	}
	return chosen
}

// sourceWith makes a repository of this project's tracked files, with a folder for each scenario.
func sourceWith(b *testing.B, chosen []scenario.Scenario) (dir, commit string) {
	b.Helper()
	dir = filepath.Join(b.TempDir(), "source")
	git := func(args ...string) string {
		b.Helper()
		cmd := exec.Command("git", args...)
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=b", "GIT_AUTHOR_EMAIL=b@example.invalid",
			"GIT_COMMITTER_NAME=b", "GIT_COMMITTER_EMAIL=b@example.invalid")
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(args, err)
		}
		return strings.TrimSpace(string(out))
	}
	git("clone", "--quiet", filepath.Join("..", ".."), dir)
	for i, s := range chosen {
		original := scenario.All()[i%len(scenario.All())]
		if s.Name == original.Name {
			continue
		}
		if err := os.CopyFS(filepath.Join(dir, filepath.FromSlash(s.Folder())), os.DirFS(filepath.Join(dir, filepath.FromSlash(original.Folder())))); err != nil {
			b.Fatal(err)
		}
	}
	git("-C", dir, "add", "-A")
	git("-C", dir, "commit", "--quiet", "--allow-empty", "-m", "scenarios")
	return dir, git("-C", dir, "rev-parse", "HEAD")
}

// validateAll takes the scenarios through the embedded gate, as a run does that has found its baseline fit.
func validateAll(b *testing.B, source, commit string, chosen []scenario.Scenario) {
	b.Helper()
	spec, err := npm.ParseSpec("embedded", source)
	if err != nil {
		b.Fatal(err)
	}
	work, err := workspace.Create(source)
	if err != nil {
		b.Fatal(err)
	}
	defer work.Remove()
	config := npm.ReadConfig(npm.Host{Env: os.Environ(), Dir: source, Source: source})
	if err := work.Equip(os.Environ(), toolchain.Programs{}, config, spec.Form); err != nil {
		b.Fatal(err)
	}
	secrets := redact.From(nil, "")
	r := &run{
		options: Options{Source: source, Spec: spec, Scenarios: chosen, Jobs: defaultJobs(), Timeout: defaultTimeout},
		console: console.Open(console.Options{Stdout: io.Discard, Stderr: io.Discard}), secrets: secrets, work: work,
		results: verdict.Results{},
	}
	failure := r.validate(b.Context(), workspace.Options{
		Source: source, Commit: commit, Spec: spec, Timeout: time.Minute, Redact: secrets.Writer, Observe: r.observe,
	})
	if failure != nil {
		b.Fatal(failure)
	}
	if len(r.results) != len(chosen) || slices.ContainsFunc(chosen, func(s scenario.Scenario) bool { return r.results[s.Name][2] == nil }) {
		b.Fatal("a scenario did not run")
	}
}
