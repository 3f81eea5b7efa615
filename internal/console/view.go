package console

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// view is the live view of a run: a block below all else on the terminal, with a line per scenario, drawn anew as time
// goes by. What is said is printed above it. Where nobody watches it is closed from the beginning, and takes nothing.
//
// Its rules:
//   - Nothing waits for the terminal, which a person may stop (^S) for as long as they like. One goroutine writes, and
//     no lock is held while it does. It writes all that was said, in its order, and then one frame of how things stand.
//     It never makes up for a frame that it missed.
//   - The cursor is never hidden. It rests on an empty line above the block, and all below it belongs to the view. So
//     the cursor outlives this program, however it dies. What others write (the echo of ^C, a tee behind standard
//     output) gets a line of its own. And where a terminal becomes narrower and wraps a frame, the next frame covers
//     it.
//   - A frame is one write, of lines shorter than the terminal is wide. The view never queries the terminal.
type view struct {
	stdout, stderr io.Writer
	// shared tells that standard output is a terminal: the same one, as a rule.
	shared bool
	// piped tells that whoever reads standard output may write to our terminal.
	piped   bool
	colours bool
	// size is nil where nobody watches.
	size   func() (columns, rows int, ours bool)
	before func(phase, step string) time.Duration

	mu    sync.Mutex
	state state
	began time.Time
	lanes []*lane
	said  []line
	// hidden ends the frames for good, and away holds them back until a time.
	hidden bool
	away   time.Time

	// wake tells the writer that there is something to be written; done tells that it has ended.
	wake, done chan struct{}
	// drawn is the frame that stands on the terminal. It is the writer's own.
	drawn frame
}

// frame is the block as it is drawn, with the size of the terminal, and whether it was ours. A frame without text is
// none.
type frame struct {
	text          string
	columns, rows int
	ours          bool
}

// state is how far a view is.
type state int

const (
	unbegun state = iota
	open
	closing
	closed
	// stuck is closed, with something left to be written, because the terminal takes nothing.
	stuck
)

// line is something to be written once, in its order.
type line struct {
	text string
	// contract tells that it belongs on standard output.
	contract bool
	// cleared is closed once the block is out of the way. Such a line has no text.
	cleared chan struct{}
}

const (
	// frameTime is how long a frame stands.
	frameTime = 100 * time.Millisecond
	// moment is how long others have to write where the block was.
	moment = 100 * time.Millisecond
	// patience is how long close waits for a terminal that takes nothing, once the run was ended from outside.
	patience = time.Second
	// minColumns is how wide a terminal must be for a name and a time.
	minColumns = 20
)

// What a frame does on a terminal, beside text and colours. Every terminal since the VT100 knows it.
const (
	eraseLine  = "\x1b[K" // from the cursor on
	eraseBelow = "\x1b[J" // from the cursor on
	up         = "\x1b[%dA"

	// wipe erases the block: the line of the cursor, then all below it. To erase from the top of the screen on would be
	// to erase the whole screen, which some terminals keep for scrolling back.
	wipe = "\r" + eraseLine + "\n" + eraseBelow + "\x1b[A"
)

// watch returns the view for some options.
func watch(o Options) *view {
	size, kind := o.Size, o.Getenv("TERM")
	if size == nil {
		size = sizeOf(o.Stderr, o.Getenv)
	}
	if size == nil || kind == "" || kind == "dumb" || isSet(o.Getenv("CI")) {
		return &view{state: closed, before: o.Before, lanes: []*lane{{}}}
	}
	v := &view{
		stdout: o.Stdout, stderr: o.Stderr, shared: sizeOf(o.Stdout, o.Getenv) != nil, piped: isPipe(o.Stdout),
		colours: o.Getenv("NO_COLOR") == "", size: size, before: o.Before,
		lanes: []*lane{{name: suite.Preflight}}, wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	for _, s := range o.Scenarios {
		v.lanes = append(v.lanes, &lane{name: ascii(s.Name)})
	}
	return v
}

// isSet tells whether a variable says yes: CI services set CI=true, and a person may set CI=false or nothing.
func isSet(value string) bool {
	yes, err := strconv.ParseBool(value)
	return value != "" && (yes || err != nil)
}

func isPipe(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0
}

// step begins a step in the lane of its phase. Shown is false where the caller has to write a line instead: where
// nobody watches, or the terminal has no room. It is true once the view is hidden, when no line is needed.
func (v *view) step(phase string, step suite.Step) (ended func(), shown bool) {
	before := v.before(phase, step.Name)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.state == unbegun {
		v.state, v.began = open, time.Now()
		go v.run()
	}
	l := v.lane(phase)
	l.begin(ascii(step.Does), before)
	nth := l.steps
	ended = func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if l.steps == nth {
			l.end()
		}
	}
	_, room := v.room()
	return ended, room || v.state == open && v.hidden
}

// finish ends a lane with what it came to.
func (v *view) finish(name string, o outcome) {
	v.mu.Lock()
	defer v.mu.Unlock()
	l := v.lane(name)
	l.end()
	l.outcome = &o
}

// lane returns the lane of a phase.
func (v *view) lane(phase string) *lane {
	name := ascii(phase)
	for _, l := range v.lanes {
		if l.name == name {
			return l
		}
	}
	l := &lane{name: name}
	v.lanes = append(v.lanes, l)
	return l
}

// shown are the lanes that have a line: the preflight has one until the first scenario begins.
func (v *view) shown() []*lane {
	for _, l := range v.lanes[1:] {
		if l.steps > 0 {
			return v.lanes[1:]
		}
	}
	return v.lanes
}

// room returns a frame with nothing on it yet, and whether it may stand on the terminal.
func (v *view) room() (f frame, room bool) {
	if v.size == nil {
		return f, false
	}
	f.columns, f.rows, f.ours = v.size()
	height := 1 + len(v.shown()) + 1 // the cursor's line, the lanes, the total
	return f, v.state == open && !v.hidden && f.ours && f.columns >= minColumns && height <= f.rows
}

// draw draws the block, and takes the cursor back to where it was.
func (v *view) draw(columns int) string {
	now := time.Now()
	shown := v.shown()
	names := 0
	for _, l := range v.lanes {
		names = max(names, len(l.name))
	}
	var text strings.Builder
	text.WriteString("\r" + eraseLine)
	total := &lane{name: "total", steps: 1, busy: true, began: v.began}
	for _, l := range append(shown[:len(shown):len(shown)], total) {
		text.WriteString("\r\n" + fit(l.row(names, now), columns-1, v.colours) + eraseLine)
	}
	fmt.Fprintf(&text, eraseBelow+"\r"+up, len(shown)+1)
	return text.String()
}

// say takes a text to be printed above the block. Taken is false where there is no block.
func (v *view) say(text string) (taken bool) {
	return v.put(line{text: text})
}

// contract takes a text for standard output where that is a terminal. Where that is a pipe, its reader may write to our
// terminal: contract then waits until the block is out of the way, and takes nothing.
func (v *view) contract(text string) (taken bool) {
	switch {
	case v.shared:
		return v.put(line{text: text, contract: true})
	case v.piped:
		cleared := make(chan struct{})
		if v.put(line{cleared: cleared}) {
			select {
			case <-cleared:
			case <-time.After(moment):
			}
		}
	}
	return false
}

// put hands a line to the writer. Taken is false where there is no writer, or none any more.
func (v *view) put(l line) (taken bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.state != open {
		return v.state == stuck
	}
	if l.cleared != nil {
		v.away = time.Now().Add(moment)
	}
	v.said = append(v.said, l)
	v.nudge()
	return true
}

func (v *view) nudge() {
	select {
	case v.wake <- struct{}{}:
	default: // it is awake
	}
}

// hide ends the frames for good.
func (v *view) hide() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hidden = true
	v.nudge()
}

// close ends the view: see Console.Close.
func (v *view) close(ctx context.Context) {
	v.mu.Lock()
	switch v.state {
	case unbegun:
		v.state = closed
	case open:
		v.state = closing
		v.nudge()
	}
	wait := v.state == closing
	v.mu.Unlock()
	if !wait {
		return
	}
	end := closed
	select {
	case <-v.done:
	case <-ctx.Done():
		select {
		case <-v.done:
		case <-time.After(patience):
			end = stuck
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.state = end
}

// run is the writer.
func (v *view) run() {
	defer close(v.done)
	ticks := time.NewTicker(frameTime)
	defer ticks.Stop()
	for {
		said, f, last := v.next()
		v.write(said, f)
		if last {
			return
		}
		select {
		case <-ticks.C:
		case <-v.wake:
		}
	}
}

// next returns what is to be written now: what was said, the frame that is to stand below it, and whether that is all.
func (v *view) next() (said []line, f frame, last bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	said, v.said = v.said, nil
	f, room := v.room()
	if room && !time.Now().Before(v.away) {
		f.text = v.draw(f.columns)
	}
	return said, f, v.state != open
}

// write writes what next returned. A frame covers the one before, so that nothing flickers. Where the size has changed
// it would not cover it, so the block is wiped first. On a terminal that is no longer ours nothing is erased.
func (v *view) write(said []line, f frame) {
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			_, _ = io.WriteString(v.stderr, text.String())
			text.Reset()
		}
	}
	resized := f.columns != v.drawn.columns || f.rows != v.drawn.rows
	if v.drawn.text != "" && f.ours && (f.text == "" || len(said) > 0 || resized) {
		text.WriteString(wipe)
	}
	for _, l := range said {
		switch {
		case l.cleared != nil:
			flush()
			close(l.cleared)
		case l.contract:
			flush()
			_, _ = io.WriteString(v.stdout, l.text)
		default:
			text.WriteString(l.text)
		}
	}
	text.WriteString(f.text)
	flush()
	v.drawn = f
}
