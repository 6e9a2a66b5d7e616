package points

import (
	"slices"
	"time"
)

// Fell is what the clock did to points of one source and funding at one instant.
type Fell struct {
	At     time.Time
	Why    Why
	Amount int64
	Source Source
	// Funding is the lot's, so that whoever pays can be told what ended.
	Funding string
	// Pending says that the points ended before they became spendable.
	Pending bool
}

// delta is the change of the spendable balance.
func (f Fell) delta() int64 {
	switch {
	case f.Pending:
		return 0
	case f.Why == WhyActive:
		return f.Amount
	}
	return -f.Amount
}

// Settle is the state at t with everything that fell due by then carried out, and what that was: by instant, at equal
// instants ends first, then activations, where purchase points repay debt. A t before the last record counts as that
// record's instant. The state that comes back shares no lots with s.
func (s State) Settle(t time.Time) (State, []Fell) {
	next := s.clone()
	if t.Before(s.At) {
		return next, nil
	}
	var fell []Fell
	for {
		at, due := next.nextDue(t)
		if !due {
			next.At = t
			return next, fell
		}
		next.endAt(at, &fell)
		next.activateAt(at, &fell)
		next.At = at
	}
}

func (s State) clone() State {
	s.Lots = slices.Clone(s.Lots)
	s.Holds = slices.Clone(s.Holds)
	s.Months = slices.Clone(s.Months)
	s.Capped = slices.Clone(s.Capped)
	s.Undone = slices.Clone(s.Undone)
	return s
}

// nextDue is the earliest instant after s.At and up to t at which a lot ends or becomes active.
func (s *State) nextDue(t time.Time) (at time.Time, due bool) {
	for _, l := range s.Lots {
		end, _ := l.End(s.BurnsAt)
		for _, instant := range [2]time.Time{end, l.From} {
			if instant.After(s.At) && !instant.After(t) && (!due || instant.Before(at)) {
				at, due = instant, true
			}
		}
	}
	return at, due
}

// endAt removes the lots that end at this instant.
func (s *State) endAt(at time.Time, fell *[]Fell) {
	s.Lots = slices.DeleteFunc(s.Lots, func(l Lot) bool {
		end, why := l.End(s.BurnsAt)
		if !end.Equal(at) {
			return false
		}
		if why == WhyBurns {
			s.Burned += l.Amount
		} else {
			s.Expired += l.Amount
		}
		s.lose(l, at)
		note(fell, Fell{At: at, Why: why, Amount: l.Amount, Source: l.Source, Funding: l.Funding, Pending: l.From.After(s.At)})
		return true
	})
}

// activateAt lets debt be repaid from the purchase points that become active at this instant.
func (s *State) activateAt(at time.Time, fell *[]Fell) {
	for i := range s.Lots {
		l := &s.Lots[i]
		if !l.From.Equal(at) {
			continue
		}
		f := Fell{At: at, Why: WhyActive, Amount: l.Amount, Source: l.Source, Funding: l.Funding}
		note(fell, f)
		if l.Source != SourcePurchase || s.Debt == 0 {
			continue
		}
		f.Why, f.Amount = WhyRepaid, min(s.Debt, l.Amount)
		s.Debt -= f.Amount
		s.Reversed += f.Amount
		l.Amount -= f.Amount
		note(fell, f)
	}
	s.Lots = slices.DeleteFunc(s.Lots, func(l Lot) bool { return l.Amount == 0 })
}

// note adds f, to the last entry where that tells the same.
func note(fell *[]Fell, f Fell) {
	if n := len(*fell); n > 0 {
		last := &(*fell)[n-1]
		same := *last
		same.Amount = f.Amount
		if same == f {
			last.Amount += f.Amount
			return
		}
	}
	*fell = append(*fell, f)
}
