package history_test

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
)

// Wherever a fault came in, whatever could not be judged, and however often behaviour flips: the search ends at two
// versions between which the answer changes and nothing else can be told, after at most ceil(log2 n) answers beside the
// ends and those that could not be judged (CONTRACT §10).
func TestSearchFindsAChangeInAsFewAnswersAsItMay(t *testing.T) {
	t.Parallel()
	for round := range 4_000 {
		random := rand.New(rand.NewPCG(uint64(round), 14))
		n := 2 + random.IntN(120)
		answers := make([]history.Answer, n)
		first, other := history.Good, history.Bad
		if round%2 == 1 {
			first, other = other, first
		}
		fault := 1 + random.IntN(n-1)
		flips := round%4 == 3
		for at := range answers {
			switch {
			case at > 0 && at < n-1 && random.IntN(4) == 0:
				answers[at] = history.Untold
			case flips && at > 0 && at < n-1:
				answers[at] = []history.Answer{first, other}[random.IntN(2)]
			case at < fault:
				answers[at] = first
			default:
				answers[at] = other
			}
		}
		answers[0], answers[n-1] = first, other

		s := history.NewSearch(n, first)
		for at := range answers { // what a ledger knows costs nothing
			if round%3 == 2 && random.IntN(5) == 0 {
				s.Tell(at, answers[at])
			}
		}
		told, asked := 0, map[int]bool{}
		for at, more := s.Next(); more; at, more = s.Next() {
			if asked[at] {
				t.Fatalf("round %d: %d is asked twice", round, at)
			}
			asked[at] = true
			if s.Tell(at, answers[at]); answers[at] != history.Untold {
				told++
			}
		}
		before, after := s.Between()
		if answers[before] != first || answers[after] != other {
			t.Fatalf("round %d: no change between %d and %d of %v", round, before, after, answers)
		}
		for at := before + 1; at < after; at++ {
			if answers[at] != history.Untold {
				t.Fatalf("round %d: %d lies between %d and %d of %v", round, at, before, after, answers)
			}
		}
		if !flips && !(before < fault && fault <= after) {
			t.Fatalf("round %d: the fault came in at %d, and not between %d and %d", round, fault, before, after)
		}
		if most := bits.Len(uint(n - 1)); told > most {
			t.Fatalf("round %d: %d answers for %d versions", round, told, n)
		}
	}
}

// Behaviour may change more than once: the last change is found, and the others that are known are named.
func TestOtherChangesThatAreKnownAreNamed(t *testing.T) {
	t.Parallel()
	s := history.NewSearch(10, history.Good)
	s.Tell(2, history.Bad)
	s.Tell(3, history.Untold)
	s.Tell(4, history.Good)
	for at, more := s.Next(); more; at, more = s.Next() {
		s.Tell(at, history.Bad)
	}
	if before, after := s.Between(); before != 4 || after != 5 {
		t.Errorf("between %d and %d", before, after)
	}
	if changes := s.Changes(); len(changes) != 2 || changes[0] != [2]int{0, 2} || changes[1] != [2]int{2, 4} {
		t.Errorf("%v", changes)
	}
}
