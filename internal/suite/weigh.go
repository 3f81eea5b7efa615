package suite

// Blocked is the outcome, in the gate's evidence, of a stage that stopped the change.
const Blocked = "BLOCK"

// Weight is what the gate's evidence is worth for the exit of its stage.
type Weight int

// The weights of evidence.
const (
	// Borne: the evidence bears the exit out.
	Borne Weight = iota
	// Contradicted: one of exit and evidence says that the stage blocked, and the other does not.
	Contradicted
	// Unfounded: both say that it blocked, and the evidence names no finding.
	Unfounded
)

// Weigh returns what evidence is worth for an exit, by its outcome and the number of its findings. Node exits with 1 on
// any crash: a gate blocks only where it says so and names what it found (TRUST §1).
func Weigh(exit int, outcome string, findings int) Weight {
	switch blocks := outcome == Blocked; {
	case blocks != (exit != ExitPass):
		return Contradicted
	case blocks && findings == 0:
		return Unfounded
	}
	return Borne
}
