package actions

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// shown is how many errors of a step become annotations; the runner drops the rest without a word
// (_maxCountPerIssueType in its ExecutionContext.cs).
const shown = 10

// remark is what an annotation says, and where. Two cases that make the same remark share an annotation.
type remark struct {
	// place is the line that it points at; none where a step broke.
	place
	// about begins the title: a scenario, or the step that broke.
	about string
	text  string
}

// annotation is a remark, and the stages that it holds for.
type annotation struct {
	remark
	stages []string
	// rank is 0 for the first annotation of a case and 1 for its others. Those of rank 0 come first.
	rank int
	// level is that of the workflow command, and target what it is about; empty for an error of the matrix.
	level, target string
}

// command is the workflow command that makes the annotation.
func (a annotation) command() githubactions.Command {
	title := fmt.Sprintf("Pumuki %s: %s", cmp.Or(a.target, "matrix"), a.about)
	if len(a.stages) > 0 {
		title += " at " + strings.Join(a.stages, ", ")
	}
	properties := githubactions.CommandProperties{"title": title}
	if a.file != "" {
		properties["file"], properties["line"] = a.file, strconv.Itoa(a.line)
	}
	return githubactions.Command{Name: cmp.Or(a.level, "error"), Properties: properties, Message: a.text}
}

// annotations makes the annotations of a run, no more than are shown: first one for each case that missed its contract
// or broke, then the others.
func annotations(run *verdict.Run) func(places) []annotation {
	return func(at places) []annotation { return ofRun(run, at) }
}

func ofRun(run *verdict.Run, at places) []annotation {
	var all []annotation
	known := map[remark]int{}
	for _, c := range run.Cells() {
		for i, r := range remarks(run, c, at) {
			k, found := known[r]
			if !found {
				k, known[r] = len(all), len(all)
				all = append(all, annotation{remark: r, rank: 1})
			}
			a := &all[k]
			a.rank = min(a.rank, i)
			if c.State == verdict.Missed && !slices.Contains(a.stages, c.Stage.Name) {
				a.stages = append(a.stages, c.Stage.Name)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b annotation) int { return a.rank - b.rank })
	return fitting(all)
}

// fitting are the first of some annotations, no more than are shown.
func fitting(all []annotation) []annotation {
	if left := len(all) - shown; left > 0 {
		all = all[:shown]
		all[shown-1].text += fmt.Sprintf(" (%d more are left out here: see the step summary.)", left)
	}
	return all
}

// differences makes the annotations of a comparison: an error for each cell that changed and each stage at which the
// candidate is off its contract, and a warning for each place at which a rule was lost.
func differences(c *comparison.Comparison) func(places) []annotation {
	return func(at places) (all []annotation) {
		for _, cell := range c.Cells {
			text := oneLine(fmt.Sprintf("%s -> %s (%s -> %s).", cell.Base, cell.Candidate, c.Base, c.Candidate))
			place := at.first(scenarioOf(c, cell.Scenario))
			all = append(all, compared("error", remark{place, cell.Scenario, text}, cell.Stage))
		}
		for _, m := range c.Candidate.Missed() {
			text := oneLine(fmt.Sprintf("%s is off its contract: %s.", c.Candidate, m.Why))
			all = append(all, compared("error", remark{at.first(scenarioOf(c, m.Scenario)), m.Scenario, text}, m.Stage))
		}
		for _, row := range c.Rows {
			if row.Kind != comparison.Lost {
				continue
			}
			for _, p := range row.Places {
				place, _ := at.of(scenarioOf(c, p.Scenario), verdict.Finding{File: p.File, Lines: p.Base.Lines})
				text := oneLine(fmt.Sprintf("%s: %s", row, p.Where()))
				all = append(all, compared("warning", remark{place, p.Scenario, text}, p.Stages...))
			}
		}
		return fitting(all)
	}
}

// compared is an annotation of a comparison.
func compared(level string, r remark, stages ...string) annotation {
	return annotation{remark: r, stages: stages, level: level, target: "compare"}
}

func scenarioOf(c *comparison.Comparison, name string) suite.Scenario {
	s, _ := c.Suite.Named(name)
	return s
}

// remarks returns what there is to say of a case, the weightiest first; nothing where the case was met or did not run.
func remarks(run *verdict.Run, c verdict.Cell, at places) []remark {
	switch {
	case c.State == verdict.Broke:
		about := oneLine(fmt.Sprintf("%s broke at %s", run.Failure.Phase, run.Failure.Step))
		return []remark{{about: about, text: oneLine(c.Why)}}
	case c.State != verdict.Missed:
		return nil
	case c.Expected != suite.ExitPass || len(c.Outcome.Findings) == 0:
		return []remark{overlooked(run, c, at)}
	}
	var all []remark
	for _, f := range verdict.ByGravity(c.Outcome.Findings) {
		place, _ := at.of(c.Scenario, f)
		all = append(all, remark{place, c.Scenario.Name, sentence(c.Why) + " Found " + describe(f)})
	}
	return all
}

// overlooked returns the remark on a case whose own findings do not explain its exit. It points at what this or another
// stage of the scenario found, or else at the first file of the scenario.
func overlooked(run *verdict.Run, c verdict.Cell, at places) remark {
	r := remark{about: c.Scenario.Name, text: sentence(c.Why)}
	for _, other := range append([]verdict.Cell{c}, run.Cells()...) {
		if other.Scenario.Name != c.Scenario.Name || other.Outcome == nil {
			continue
		}
		for _, f := range verdict.ByGravity(other.Outcome.Findings) {
			if place, found := at.of(c.Scenario, f); found {
				r.place = place
				r.text += fmt.Sprintf(" At %s the gate found here %s", other.Stage.Name, describe(f))
				return r
			}
		}
	}
	r.place = at.first(c.Scenario)
	return r
}

// describe tells a finding in a line.
func describe(f verdict.Finding) string {
	return oneLine(fmt.Sprintf("%s %s in %s: %s", f.Severity, f.Rule, f.File, f.Message))
}

// sentence makes a sentence of why a case was not met.
func sentence(why string) string {
	return oneLine(strings.ToUpper(why[:1]) + why[1:] + ".")
}

// place is a line of a file. It is none where the file is empty.
type place struct {
	file string
	line int
}

// places knows where the files of findings lie.
type places struct {
	// source is the source repository.
	source fs.FS
	// prefix is the path of source from the directory that annotations are relative to.
	prefix string
}

// of returns where a finding lies: in the scenario's own version of the file, or in the baseline's. Found tells whether
// either file is there.
func (p places) of(s suite.Scenario, f verdict.Finding) (at place, found bool) {
	// An fs.FS takes no path with ".." and none that is absolute, so nothing outside of the source repository is found.
	for _, name := range []string{s.Folder() + "/" + f.File, f.File} {
		if info, err := fs.Stat(p.source, name); err == nil && info.Mode().IsRegular() {
			at = place{path.Join(p.prefix, name), 1}
			if len(f.Lines) > 0 {
				at.line = f.Lines[0]
			}
			return at, true
		}
	}
	return place{}, false
}

// first is the first file of a scenario; none where it has no files.
func (p places) first(s suite.Scenario) (at place) {
	_ = fs.WalkDir(p.source, s.Folder(), func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			at = place{path.Join(p.prefix, name), 1}
			return fs.SkipAll
		}
		return nil
	})
	return at
}
