package console

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// lane is what a view knows of a phase: the step it is in, or what it came to.
type lane struct {
	name string
	// steps counts those that have begun.
	steps int
	// busy tells that the last of them has not ended.
	busy  bool
	does  string
	began time.Time
	// took is how long the last step took, and before how long it took in the last run; 0 where that is not known.
	took, before time.Duration
	// sum and sumBefore add up these times over all steps. Unknown tells that the last run has no time for one of them.
	sum, sumBefore time.Duration
	unknown        bool
	// outcome is nil until the lane has ended.
	outcome *outcome
}

// outcome is what a lane came to.
type outcome struct {
	// word says it, in a style.
	word span
	// exits are those of the stages; empty where the lane came to none.
	exits string
}

func (l *lane) begin(does string, before time.Duration) {
	l.end()
	l.steps++
	l.busy, l.does, l.began, l.before = true, does, time.Now(), before
	l.sumBefore += before
	l.unknown = l.unknown || before == 0
}

func (l *lane) end() {
	if l.busy {
		l.busy, l.took = false, time.Since(l.began)
		l.sum += l.took
	}
}

// row is the line of the lane: its name, a time, and how it stands. What matters less comes later, since a narrow
// terminal cuts the end off.
func (l *lane) row(names int, now time.Time) []span {
	var time string
	var stands []span
	before := l.before
	switch {
	case l.outcome != nil:
		time = clock(l.sum)
		stands = []span{l.outcome.word, {usual, " " + cmp.Or(l.outcome.exits, l.does)}}
		if before = l.sumBefore; l.unknown {
			before = 0
		}
	case l.busy:
		time, stands = clock(now.Sub(l.began)), []span{{usual, l.does}}
	case l.steps > 0:
		time, stands = clock(l.took), []span{{usual, l.does}}
	default:
		stands = []span{{faint, "waiting"}}
	}
	if before >= tenth {
		stands = append(stands, span{faint, " (last run " + clock(before) + ")"})
	}
	return append([]span{{usual, fmt.Sprintf("%-*s  %7s  ", names, l.name, time)}}, stands...)
}

// tenth is the shortest time that is shown.
const tenth = 100 * time.Millisecond

// clock is a time as a person reads it: 9.3 s, 2m05s.
func clock(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Truncate(tenth).Seconds())
	}
	return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
}

// span is text in one style. It is ASCII, so that it is as wide as it is long.
type span struct {
	style style
	text  string
}

// style is how a text looks: the parameters of the sequence for it.
type style string

const (
	usual style = ""
	faint style = "2"
	good  style = "32"
	bad   style = "31"
)

// fit renders spans in so many columns.
func fit(spans []span, columns int, colours bool) string {
	var text strings.Builder
	for _, s := range spans {
		cut := s.text[:min(len(s.text), columns)]
		if columns -= len(cut); colours && s.style != usual && cut != "" {
			cut = "\x1b[" + string(s.style) + "m" + cut + "\x1b[m"
		}
		text.WriteString(cut)
	}
	return strings.TrimRight(text.String(), " ")
}

// ascii replaces each character that is not printable ASCII by a mark. The names of scenarios and steps have none.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
