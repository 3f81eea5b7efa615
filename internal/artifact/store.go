package artifact

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Options are what a Store needs.
type Options struct {
	// Root is the source repository.
	Root string
	// RunID is the name of the run, as the function RunID returns it.
	RunID string
	// Redact takes the secrets out of what others wrote: the package spec, and what the gate found. Nil leaves all as
	// it is.
	Redact func(string) string
	// LogDir is where a person looks for the log of a failed step. Empty means /tmp, or outside Unix the system's
	// temporary directory.
	LogDir string
	// Now tells the time; nil means time.Now.
	Now func() time.Time
}

// Store is the artifacts folder, held for one run: it is locked until Close. It stays the folder that was opened,
// whatever is put in its place meanwhile.
type Store struct {
	options Options
	began   time.Time
	dir     string
	root    *os.Root
	lock    *flock.Flock
	// within is the store that holds the lock for this one, which is a folder in it; nil where it holds its own.
	within *Store
}

// Open opens the artifacts folder of a repository, creates it where it is missing, and takes its lock. The error is a
// *Busy where another run holds it, and nothing was touched then.
func Open(o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Redact == nil {
		o.Redact = func(text string) string { return text }
	}
	o.LogDir = cmp.Or(o.LogDir, sharedTemp())
	began, err := ParseRunID(o.RunID)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Join(o.Root, Folder))
	if err != nil {
		return nil, err
	}
	root, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{options: o, began: began, dir: dir, root: root}
	if err := s.acquire(); err != nil {
		root.Close()
		return nil, err
	}
	return s, nil
}

// openFolder opens the artifacts folder, which must be a directory of its own: through a link the artifacts of one
// repository would land in another.
func openFolder(dir string) (*os.Root, error) {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create the artifacts folder: %w", err)
	}
	seen, err := os.Lstat(dir)
	if err != nil {
		return nil, fmt.Errorf("open the artifacts folder: %w", err)
	}
	if !seen.IsDir() {
		kind := foreign.KindOf(seen)
		return nil, fmt.Errorf("%s must be a directory of its own, but it is %s: move it away", dir, kind)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the artifacts folder: %w", err)
	}
	if opened, err := root.Stat("."); err != nil || !os.SameFile(seen, opened) {
		root.Close()
		return nil, fmt.Errorf("%s was replaced while it was being opened", dir)
	}
	return root, nil
}

// Dir is the absolute path of the artifacts folder.
func (s *Store) Dir() string { return s.dir }

// Above is the absolute path of the artifacts folder that the store is, or lies in.
func (s *Store) Above() string {
	if s.within != nil {
		return s.within.Above()
	}
	return s.dir
}

// RunID names the run that the folder is held for.
func (s *Store) RunID() string { return s.options.RunID }

// Begin removes what the last run left, its summary first and for good. Then it writes the report that counts until
// this run has ended: FAIL, interrupted. Where Begin fails, nothing may run. Where the summary cannot be removed, Begin
// leaves everything as it was.
func (s *Store) Begin(run verdict.Facts) error {
	if err := s.remove(SummaryName); err != nil {
		return err
	}
	synced := s.sync()
	_, swept := s.sweep(names)
	s.Stamp(&run)
	written := s.write(FailureName, s.failure(run, &suite.Failure{
		Phase: suite.Preflight, Step: suite.RunInterrupted, Kind: suite.KindInterrupted,
	}, nil))
	return errors.Join(synced, swept, written)
}

// Pass writes the record, the evidence and the summary of a run that passed, whole or in part, and returns the run as
// they tell it. Results are those of the scenarios that were chosen, and must bear out the verdict; steps are how the
// run went. Where Pass fails the run has failed: the FAIL of Begin stands, and no summary.
func (s *Store) Pass(facts verdict.Facts, results verdict.Results, steps []verdict.Step) (*verdict.Run, error) {
	s.Stamp(&facts)
	exits := verdict.ExitsOf(results)
	summary := Summary{facts, exits.In(facts.Suite), verdict.Of(facts.Suite, exits)}
	if summary.Verdict == verdict.Fail {
		return nil, errors.New("write the summary: the exits are not those of a run that passed")
	}
	if err := s.requireLock(); err != nil {
		return nil, err
	}
	record, evidence := recordOf(facts, steps), s.evidence(facts, results)
	if err := s.write(RecordName, record); err != nil {
		return nil, err
	}
	if err := s.write(EvidenceName, evidence); err != nil {
		return nil, err
	}
	data, err := encode(summary, MaxJSON)
	if err == nil {
		err = s.swap(data)
	}
	if err != nil {
		return nil, err
	}
	return summary.Run(evidence, record), nil
}

// swap puts the summary in the place of the failure. The failure is set aside rather than removed, so that putting it
// back needs no room on a full disk. It is gone for good before the summary comes: not even a loss of power may leave
// the two side by side.
func (s *Store) swap(summary []byte) (err error) {
	staged, err := s.stage(SummaryName, bytes.NewReader(summary))
	if err != nil {
		return err
	}
	aside := tempName(FailureName)
	if err := s.root.Rename(FailureName, aside); err != nil {
		return errors.Join(s.failed("set aside", FailureName, err), s.remove(staged))
	}
	defer func() {
		if err == nil {
			_ = s.root.Remove(aside) // else the next run sweeps it
			return
		}
		err = errors.Join(err, s.remove(SummaryName), s.remove(staged), s.root.Rename(aside, FailureName), s.sync())
	}()
	if err := s.sync(); err != nil {
		return err
	}
	if err := s.root.Rename(staged, SummaryName); err != nil {
		return s.failed("write", SummaryName, err)
	}
	return s.sync()
}

// Fail writes the report of a run that failed, after its log, its record and its evidence, and returns the run as they
// tell it. Results and steps are those seen so far. The error names all that could not be done. A log that cannot be
// copied does not keep the report from being written.
func (s *Store) Fail(
	facts verdict.Facts, f *suite.Failure, results verdict.Results, steps []verdict.Step,
) (*verdict.Run, error) {
	s.Stamp(&facts)
	report, evidence, record := s.failure(facts, f, results), s.evidence(facts, results), recordOf(facts, steps)
	// Begin has removed it, or has failed. Then this fails too: nothing is written beside a summary.
	if err := s.remove(SummaryName); err != nil {
		return report.Run(evidence, record, ""), err
	}
	var problems []error
	if f.LogPath != "" {
		problems = append(problems, s.keepLog(f, &report))
	}
	problems = append(problems, s.write(RecordName, record))
	if evidence.Scenarios.Of != nil {
		problems = append(problems, s.write(EvidenceName, evidence))
	}
	problems = append(problems, s.write(FailureName, report))
	return report.Run(evidence, record, LogEnd(s.root)), errors.Join(problems...)
}

// Clean removes what runs, journeys, probes, comparisons and sweeps have left, a run's summary first, and returns the
// names of the files. Tracked are the files that git tracks: they stay.
func (s *Store) Clean(tracked ...string) (removed []string, err error) {
	all := slices.Concat(names, comparisonNames, sweepNames, []string{BisectionName}, journeyNames, probeNames)
	removed, err = s.sweep(all, tracked...)
	for _, folder := range []string{ComparisonSources, SweepSources} {
		within := func(name string) bool { return strings.HasPrefix(name, folder+"/") }
		if _, missing := s.root.Lstat(folder); missing != nil || slices.ContainsFunc(tracked, within) {
			continue
		}
		if failed := s.removeFolder(folder); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		removed = append(removed, folder)
	}
	return removed, err
}

// removeFolder removes a folder with all that is in it.
func (s *Store) removeFolder(name string) error {
	if err := s.root.RemoveAll(name); err != nil {
		return s.failed("remove", name, err)
	}
	return s.sync()
}

// failure returns the report of a stamped run that failed, but for its log.
func (s *Store) failure(run verdict.Facts, f *suite.Failure, results verdict.Results) Failure {
	exits := verdict.Scenarios[verdict.Exits]{}
	// A failure names every scenario: a stage that did not run is null, and not left out.
	for _, each := range run.Suite {
		exits[each.Name] = results[each.Name].Exits()
	}
	report := Failure{
		Facts: run, Failure: verdict.Failure{Phase: f.Phase, Step: f.Step.Name, Kind: f.Kind},
		Scenarios: exits.In(run.Suite), Verdict: verdict.Fail,
	}
	if f.Exit != suite.ExitPass {
		report.ExitCode = &f.Exit
	}
	if step := f.Reported(); step.Template != "" {
		variables := f.Variables
		variables.PackageSpec = suite.Text(s.options.Redact(string(variables.PackageSpec)))
		report.CommandStep, report.CommandTemplate = verdict.Text(step.Name), verdict.Text(step.Template)
		report.Command = verdict.Text(step.Render(variables))
		report.CommandVariables = &variables
	}
	return report
}

// evidence returns what the gate said, sorted, so that two runs over the same inputs say the same. It is the zero value
// where no stage ran.
func (s *Store) evidence(run verdict.Facts, results verdict.Results) Evidence {
	said := verdict.Settled(run.Suite, results, s.options.Redact)
	if len(said) == 0 {
		return Evidence{}
	}
	return Evidence{
		run.SchemaVersion, run.RunID, run.PackageSpec, run.PackageVersion, run.PackageIntegrity, run.Tools,
		verdict.RulesOf(run.Suite, said), said.In(run.Suite),
	}
}

// Stamp fills in the first three fields of a run, and takes the secrets out of its spec. A report is never older than
// its run, whatever the clock says.
func (s *Store) Stamp(run *verdict.Facts) {
	run.SchemaVersion, run.RunID, run.GeneratedAt = SchemaVersion, s.options.RunID, s.now()
	run.PackageSpec = s.options.Redact(run.PackageSpec)
}

// now is when something is written.
func (s *Store) now() string {
	now := s.options.Now()
	if now.Before(s.began) {
		now = s.began
	}
	return now.UTC().Format(TimeLayout)
}

// recordOf returns the record of a stamped run, with its times in whole microseconds.
func recordOf(run verdict.Facts, steps []verdict.Step) Record {
	steps = append([]verdict.Step{}, steps...)
	for i, s := range steps {
		steps[i].Began, steps[i].Took = s.Began.Truncate(time.Microsecond), s.Took.Truncate(time.Microsecond)
	}
	slices.SortStableFunc(steps, verdict.Step.Compare)
	return Record{run, steps}
}

// write writes a record in its place, whole or not at all.
func (s *Store) write(name string, record any) error { return s.writeWithin(name, record, MaxJSON) }

// writeWithin writes a record that has no more bytes than most.
func (s *Store) writeWithin(name string, record any, most int) error {
	data, err := encode(record, most)
	if err != nil {
		return s.failed("write", name, err)
	}
	return s.replace(name, bytes.NewReader(data))
}

// replace puts content in the place of a file, whole or not at all, and syncs it to the disk.
func (s *Store) replace(name string, content io.Reader) error {
	staged, err := s.stage(name, content)
	if err != nil {
		return err
	}
	if err := s.root.Rename(staged, name); err != nil {
		return errors.Join(s.failed("write", name, err), s.remove(staged))
	}
	return s.sync()
}

// stage writes content beside its place, and syncs it. The name need not be random: who holds the lock is alone, and a
// file that stands there was left by a run that was killed.
func (s *Store) stage(name string, content io.Reader) (staged string, err error) {
	temp := tempName(name)
	if err := s.remove(temp); err != nil {
		return "", err
	}
	file, err := s.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", s.failed("write", name, err)
	}
	_, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	if err = cmp.Or(err, file.Close()); err != nil {
		return "", errors.Join(s.failed("write", name, err), s.remove(temp))
	}
	return temp, nil
}

// tempName is where a file is written before it is put in its place.
func tempName(name string) string { return "." + name + ".tmp" }

// sweep removes files, whole or half written, except the named ones, and returns their names.
func (s *Store) sweep(files []string, but ...string) (removed []string, err error) {
	var problems []error
	for _, left := range files {
		for _, name := range []string{left, tempName(left)} {
			if _, err := s.root.Lstat(name); err != nil || slices.Contains(but, name) {
				continue
			}
			if err := s.remove(name); err != nil {
				problems = append(problems, err)
				continue
			}
			removed = append(removed, name)
		}
	}
	return removed, errors.Join(append(problems, s.sync())...)
}

// remove removes a file; one that is not there is no error.
func (s *Store) remove(name string) error {
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.failed("remove", name, err)
	}
	return nil
}

// sync writes the names in the folder to the disk.
func (s *Store) sync() error {
	if err := SyncFolder(s.root); err != nil {
		return s.failed("sync", ".", err)
	}
	return nil
}

// failed returns an error that names what failed, with the path that a person can look at.
func (s *Store) failed(verb, name string, err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	} else if link := (*os.LinkError)(nil); errors.As(err, &link) {
		err = link.Err
	}
	return fmt.Errorf("cannot %s %s: %w", verb, filepath.Join(s.dir, name), err)
}

// Within makes a folder in the artifacts, and returns it as a store for what a call leaves of one of several source
// repositories. The lock is that of s, which must stay open.
func (s *Store) Within(path string) (*Store, error) {
	err := s.root.MkdirAll(path, 0o755)
	var root *os.Root
	if err == nil {
		root, err = s.root.OpenRoot(path)
	}
	if err != nil {
		return nil, s.failed("make", path, err)
	}
	return &Store{options: s.options, began: s.began, dir: filepath.Join(s.dir, path), root: root, within: s}, nil
}

// Close releases the lock.
func (s *Store) Close() error {
	if s.within != nil {
		return s.root.Close()
	}
	return errors.Join(s.release(), s.root.Close())
}
