package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// timeline is where the time of a run went. It has no lanes where no step is recorded.
type timeline struct {
	// Total is from the first step to the end of the last.
	Total   string
	Figures []fact
	Ticks   []tick
	Lanes   []lane
	// Beside tells that the timeline shows stages which count as not run: they were under way when the run ended.
	Beside bool
	// LeftOut counts the steps that are not shown.
	LeftOut int
}

// tick is a mark on the axis. Anchor is where its label is held, as SVG calls it.
type tick struct{ At, Label, Anchor string }

// lane is what was done for one scenario, or before them all.
type lane struct {
	Name string
	// Says is the lane in words, for a reader who cannot see it.
	Says string
	Bars []bar
}

// bar is a step.
type bar struct {
	// At and Width are its place, in percent of the whole.
	At, Width string
	// Kind is stage for a stage of the gate, else step.
	Kind string
	// Fault says that the run failed here, or that the stage missed the contract; empty where neither is so.
	Fault string
	Step  string
	// Label is written on a stage that is long enough for it.
	Label       string
	Start, Took string
	Exit        int
	Cached      bool
}

// The bounds of the times in a record.
const (
	maxTime  = 100 * time.Hour
	minWidth = 0.25 // percent, so that the shortest step is seen
)

// timelineOf lays the steps of a run out over its time.
func timelineOf(run *verdict.Run) timeline {
	lanes := append([]string{suite.Preflight}, run.Suite.Names()...)
	var shown timeline
	var kept []verdict.Step
	count := map[string]int{}
	for _, s := range run.Steps {
		if count[s.Phase]++; count[s.Phase] > maxSteps || !slices.Contains(lanes, s.Phase) {
			shown.LeftOut++
			continue
		}
		s.Began, s.Took = min(max(s.Began, 0), maxTime), min(max(s.Took, 0), maxTime)
		kept = append(kept, s)
	}
	if len(kept) == 0 {
		return shown
	}
	first, last := kept[0].Began, kept[0].Began
	for _, s := range kept {
		first, last = min(first, s.Began), max(last, s.Began+s.Took)
	}
	// It is never zero, since widths are parts of it. A microsecond is the least that a record holds.
	total := min(max(last-first, time.Microsecond), maxTime)
	shown.Beside = slices.ContainsFunc(run.Cells(), func(c verdict.Cell) bool {
		return c.State == verdict.NotRun && c.Took > 0
	})
	shown.Total = lasted(total)
	shown.Figures = figures(shown.Total, kept)
	shown.Ticks = ticks(total)
	for _, name := range lanes {
		steps := slices.DeleteFunc(slices.Clone(kept), func(s verdict.Step) bool { return s.Phase != name })
		if len(steps) > 0 {
			shown.Lanes = append(shown.Lanes, laneOf(run, name, steps, first, total))
		}
	}
	return shown
}

func laneOf(run *verdict.Run, name string, steps []verdict.Step, first, total time.Duration) lane {
	l := lane{Name: name}
	var told []string
	for _, s := range steps {
		start := min(s.Began-first, total)
		width := max(percent(min(s.Took, total-start), total), minWidth)
		b := bar{
			At: share(min(percent(start, total), 100-minWidth)), Width: share(width), Kind: "step",
			Fault: fault(run, s), Step: oneLine(s.Name, maxWord),
			Start: lasted(start), Took: lasted(s.Took), Exit: s.Exit, Cached: s.Cached,
		}
		label := b.Step
		if stage, at := suite.StageOf(s.Name); at >= 0 {
			b.Kind, label = "stage", stage.Name
			told = append(told, stage.Name+" "+b.Took)
		}
		if b.Fault != "" {
			told = append(told, label+" "+b.Fault)
		}
		// A label must have room on a wide screen. A narrow one shows none.
		if b.Kind == "stage" && width > 2+float64(len(label)) {
			b.Label = label
		}
		l.Bars = append(l.Bars, b)
	}
	l.Says = strings.Join(append([]string{name + ": " + many(len(steps), "step")}, told...), ", ")
	return l
}

// fault says what is wrong with a step: that the run failed at it, or that its stage missed the contract.
func fault(run *verdict.Run, s verdict.Step) string {
	if f := run.Failure; f != nil && f.Phase == s.Phase && f.Step == s.Name {
		return "failed"
	}
	for _, c := range run.Cells() {
		if c.State == verdict.Missed && c.Scenario.Name == s.Phase && c.Stage.Step.Name == s.Name {
			return "missed the contract"
		}
	}
	return ""
}

func percent(part, whole time.Duration) float64 { return 100 * float64(part) / float64(whole) }

func share(percent float64) string { return strconv.FormatFloat(percent, 'f', 2, 64) + "%" }

// strides are the distances of ticks that read well.
var strides = []time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour,
}

// ticks divides a time into at most five parts.
func ticks(total time.Duration) []tick {
	stride := total / 5
	if at := slices.IndexFunc(strides, func(d time.Duration) bool { return total <= 5*d }); at >= 0 {
		stride = strides[at]
	}
	marks := []tick{{share(0), "0", "start"}}
	for at := stride; at <= total; at += stride {
		where, anchor := percent(at, total), "middle"
		if where > 94 {
			anchor = "end"
		}
		marks = append(marks, tick{share(where), strings.Replace(lasted(at), ".0", "", 1), anchor})
	}
	return marks
}

// figures are the numbers that tell most about the time.
func figures(total string, steps []verdict.Step) []fact {
	byTime := func(a, b verdict.Step) int { return int(a.Took - b.Took) }
	longest := slices.MaxFunc(steps, byTime)
	facts := []fact{
		{Name: "From the first step to the last", Value: total},
		{Name: "Longest step: " + oneLine(longest.Name, maxWord), Value: lasted(longest.Took)},
	}
	stages := slices.DeleteFunc(slices.Clone(steps), func(s verdict.Step) bool {
		_, at := suite.StageOf(s.Name)
		return at < 0
	})
	if len(stages) == 0 {
		return facts
	}
	var judged time.Duration
	for _, s := range stages {
		judged += s.Took
	}
	slowest := slices.MaxFunc(stages, byTime)
	stage, _ := suite.StageOf(slowest.Name)
	return append(facts,
		fact{Name: "Slowest stage: " + slowest.Phase + " at " + stage.Name, Value: lasted(slowest.Took)},
		fact{Name: "The gate: " + many(len(stages), "stage") + " added up", Value: lasted(judged)})
}
