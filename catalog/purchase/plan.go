package purchase

import (
	"math/bits"
	"slices"

	"firebrand/internal/fault"
	"firebrand/internal/points"
)

// Verb is what a move does.
type Verb string

// The verbs. Free gives back what the order had claimed in its buyer's stream.
const (
	VerbAward   Verb = "award"
	VerbDeliver Verb = "deliver"
	VerbReverse Verb = "reverse"
	VerbFree    Verb = "free"
)

// Move is one thing that has to be done elsewhere because of a record. Its key there is made from the order, the record
// and its place among the record's moves.
type Move struct {
	Verb Verb `json:"k"`
	// Slot is the place in Order.Slots that it is for.
	Slot   int   `json:"s,omitempty"`
	Points int64 `json:"p,omitempty"`
	// Most is the cap's, for an award under one.
	Most int64 `json:"m,omitempty"`
	// Of and OfMove name the part that is taken back or delivered.
	Of     int64 `json:"o,omitempty"`
	OfMove int   `json:"n,omitempty"`
	// Account is whose stream Free writes to, and Facts what it gives back.
	Account string `json:"a,omitempty"`
	Facts   *Facts `json:"f,omitempty"`
}

// target is what a slot should have.
type target struct {
	Slot
	most int64
}

// targets are what each account should have of the order as it stands.
func (o Order) targets() []target {
	if !o.brings() {
		return nil
	}
	var all []target
	for _, s := range o.Shares {
		kept := o.keptOf(s)
		weights := make([]int64, len(o.Buyer.Receivers))
		for i, r := range o.Buyer.Receivers {
			weights[i] = int64(r.Percent)
		}
		for i, part := range spread(kept, weights) {
			slot := Slot{Account: o.Buyer.Receivers[i].Account, Funding: s.Funding, Cap: s.Cap, Asked: part}
			all = append(all, target{slot, s.Most})
		}
	}
	return all
}

// plan brings the slots to what the order is worth now, and returns the moves that do it. Until their outcome is known
// it takes it that everything will be given as asked; see told. Seq is that of the record that will hold the moves.
func (o *Order) plan(seq int64) ([]Move, error) {
	targets := o.targets()
	for _, t := range targets {
		if t.Asked > points.MaxAmount {
			return nil, fault.New(fault.Invalid, "purchase.too_many_points", "most", int64(points.MaxAmount)).On("lines")
		}
		if !slices.ContainsFunc(o.Slots, t.is) && t.Asked > 0 {
			o.Slots = append(o.Slots, Slot{Account: t.Account, Funding: t.Funding, Cap: t.Cap})
		}
	}
	var moves []Move
	for i := range o.Slots {
		var asked, most int64
		if at := slices.IndexFunc(targets, func(t target) bool { return t.is(o.Slots[i]) }); at >= 0 {
			asked, most = targets[at].Asked, targets[at].most
		}
		moves = o.Slots[i].plan(moves, i, seq, asked, most, o.Marks.Delivered > 0)
	}
	return moves, nil
}

// is reports whether this is the same account's, payer's and cap's.
func (s Slot) is(t Slot) bool {
	return s.Account == t.Account && s.Funding == t.Funding && s.Cap == t.Cap
}

// plan adds the moves that bring one slot to what it should have: what is too much is taken back, the newest first; what
// waits is delivered; what is missing is awarded. What a cap or a budget cut is not asked for again, and a return comes
// off what was cut before it comes off what was given.
func (s *Slot) plan(moves []Move, at int, seq, asked, most int64, delivered bool) []Move {
	for i := len(s.Parts) - 1; i >= 0 && s.Given > asked; i-- {
		p := &s.Parts[i]
		back := min(p.Left, s.Given-asked)
		if back == 0 {
			continue
		}
		moves = append(moves, Move{Verb: VerbReverse, Slot: at, Points: back, Of: p.Seq, OfMove: p.Move})
		p.Left -= back
		s.Given -= back
	}
	s.Parts = slices.DeleteFunc(s.Parts, func(p Part) bool { return p.Left == 0 })
	if delivered {
		moves = s.deliver(moves, at, seq)
	}
	if more := asked - s.Asked; more > 0 {
		moves = append(moves, Move{Verb: VerbAward, Slot: at, Points: more, Most: most})
		s.Parts = append(s.Parts, Part{Seq: seq, Move: len(moves), Left: more, Delivered: delivered})
		s.Given += more
	}
	s.Asked = asked
	s.trim()
	return moves
}

// deliver gives what waits its dates. From then on it is the delivery's, not the award's.
func (s *Slot) deliver(moves []Move, at int, seq int64) []Move {
	for i := range s.Parts {
		p := &s.Parts[i]
		if p.Delivered {
			continue
		}
		moves = append(moves, Move{Verb: VerbDeliver, Slot: at, Points: p.Left, Of: p.Seq, OfMove: p.Move})
		*p = Part{Seq: seq, Move: len(moves), Left: p.Left, Delivered: true}
	}
	return moves
}

// trim makes the cuts add up to what was asked and not given: a return takes the newest cut off first.
func (s *Slot) trim() {
	over := -(s.Asked - s.Given)
	for _, c := range s.Cuts {
		over += c.Points
	}
	for i := len(s.Cuts) - 1; i >= 0 && over > 0; i-- {
		off := min(over, s.Cuts[i].Points)
		s.Cuts[i].Points -= off
		over -= off
	}
	s.Cuts = slices.DeleteFunc(s.Cuts, func(c Cut) bool { return c.Points == 0 })
}

// Told is how a move went otherwise than it was asked.
type Told struct {
	// Move is its place among the moves, from 1.
	Move int `json:"n"`
	// Moved is how many points of it came about, By what kept the rest from it.
	Moved int64  `json:"p,omitempty"`
	By    string `json:"b,omitempty"`
	// Owed is what of a reversal became a debt; what was neither taken nor owed is forgiven.
	Owed int64 `json:"o,omitempty"`
}

// tell puts the outcome of a record's moves into the slots.
func (o *Order) tell(seq int64, moves []Move, told []Told) {
	for _, t := range told {
		m := moves[t.Move-1]
		s := &o.Slots[m.Slot]
		if m.Verb == VerbReverse {
			s.Owed += t.Owed
			s.Forgiven += m.Points - t.Moved - t.Owed
			continue
		}
		s.cut(seq, t.Move, Cut{t.By, m.Points - t.Moved})
	}
}

// cut takes off a part what was not given.
func (s *Slot) cut(seq int64, move int, c Cut) {
	s.Given -= c.Points
	if i := slices.IndexFunc(s.Cuts, func(have Cut) bool { return have.By == c.By }); i >= 0 {
		s.Cuts[i].Points += c.Points
	} else {
		s.Cuts = append(s.Cuts, c)
	}
	for i := range s.Parts {
		if p := &s.Parts[i]; p.Seq == seq && p.Move == move {
			p.Left -= c.Points
		}
	}
	s.Parts = slices.DeleteFunc(s.Parts, func(p Part) bool { return p.Left <= 0 })
}

// mulDiv is a*b/c and the rest, without overflow; c is above zero and b at most c.
func mulDiv(a, b, c int64) (quotient, rest int64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, r := bits.Div64(hi, lo, uint64(c))
	return int64(q), int64(r)
}
