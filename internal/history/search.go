package history

// Answer is what a version says to a question.
type Answer string

// The answers. Good is that of the end that was called good, and Bad any other.
const (
	Good   Answer = "good"
	Bad    Answer = "bad"
	Untold Answer = "untold" // the version could not be judged
)

// Search finds two versions between which an answer changes. The versions are known by their places in an order.
type Search struct {
	// answers are those that are known, by place; empty where it is not.
	answers []Answer
	first   Answer
}

// NewSearch begins a search among n versions, of which the first and the last answer differently: first is the answer
// of the first, Good or Bad.
func NewSearch(n int, first Answer) *Search {
	s := &Search{make([]Answer, n), first}
	s.answers[0], s.answers[n-1] = first, Good
	if first == Good {
		s.answers[n-1] = Bad
	}
	return s
}

// Tell tells the answer of a version.
func (s *Search) Tell(at int, answer Answer) { s.answers[at] = answer }

// Between returns the last change that is known: a version that answers as the first one does, and the next one that is
// known not to.
func (s *Search) Between() (before, after int) {
	for at, answer := range s.answers[:len(s.answers)-1] {
		if answer == s.first {
			before = at
		}
	}
	for after = before + 1; !s.told(after); after++ {
	}
	return before, after
}

// told tells whether the answer of a version is known.
func (s *Search) told(at int) bool { return s.answers[at] == Good || s.answers[at] == Bad }

// Next returns the version to ask next: that in the middle of those between the two of Between which were not asked
// yet. It returns false where there is none, so that these are neighbours but for what could not be judged. Each answer
// that can be told halves what is left.
func (s *Search) Next() (at int, more bool) {
	before, after := s.Between()
	var left []int
	for at := before + 1; at < after; at++ {
		if s.answers[at] == "" {
			left = append(left, at)
		}
	}
	if left == nil {
		return 0, false
	}
	return left[len(left)/2], true
}

// Left is how many versions may still have to be asked.
func (s *Search) Left() (n int) {
	before, after := s.Between()
	for at := before + 1; at < after; at++ {
		if s.answers[at] == "" {
			n++
		}
	}
	return n
}

// Changes returns the other places where the answer is known to change, each as the two versions nearest to it.
func (s *Search) Changes() (changes [][2]int) {
	found, _ := s.Between()
	last := 0
	for at := range s.answers {
		if !s.told(at) {
			continue
		}
		if s.answers[at] != s.answers[last] && last != found {
			changes = append(changes, [2]int{last, at})
		}
		last = at
	}
	return changes
}
