package points

import (
	"errors"
	"slices"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// fillMergeOut says all that the source of a merge gives away. It gives nothing while something holds its points.
func (op Op) fillMergeOut(s State) (Op, error) {
	switch {
	case op.Other == "" || op.Other == op.Account:
		return op, fault.New(fault.Invalid, "points.merge_self").On("into")
	case len(s.Holds) > 0:
		return op, fault.New(fault.Conflict, "points.merge_holds", "n", int64(len(s.Holds)))
	}
	op.Pieces, op.Debt, op.Spent, op.Months = slices.Clone(s.Lots), s.Debt, s.Spent, slices.Clone(s.Months)
	op.IdleUntil, op.BurnsAt, op.CapMonth = s.IdleUntil, s.BurnsAt, s.CapMonth
	for _, c := range s.Capped {
		op.Caps = append(op.Caps, Cap{c.Cap, c.Amount})
	}
	return op, nil
}

// mergeOut empties the source of a merge: all that it has goes with the record.
func (c *Change) mergeOut() error {
	s, op := &c.After, c.Op
	if !slices.Equal(op.Pieces, s.Lots) || op.Debt != s.Debt || op.Spent != s.Spent || !slices.Equal(op.Months, s.Months) {
		return errors.New("points: a merge takes along what is not there")
	}
	c.Moved = sum(s.Lots)
	s.MovedOut += c.Moved + s.Spent
	s.Lots, s.Debt, s.Spent, s.Months = nil, 0, 0, nil
	s.IdleUntil, s.BurnsAt = time.Time{}, time.Time{}
	s.CapMonth, s.Capped = calendar.Month{}, nil
	s.MergedInto = op.Other
	return nil
}

// mergedBurn is when idling points burn after a merge. Points are burned by it only where the owner was warned of all
// of them: where one side is not, nothing burns until the next warning, and where both are, at the later instant.
func (op Op) mergedBurn(s State, at time.Time, p Policy) time.Time {
	var burns time.Time
	source := State{Lots: op.Pieces, BurnsAt: op.BurnsAt}
	for _, side := range []State{s, source} {
		if !side.idles() {
			continue
		}
		if !side.BurnsAt.After(at) {
			return time.Time{}
		}
		burns = later(burns, side.BurnsAt)
	}
	idleUntil := later(s.IdleUntil, op.IdleUntil)
	switch {
	case burns.IsZero() || !burns.Before(idleUntil):
		return burns
	case p.Warnings:
		return time.Time{} // a game was finished on the other side since
	}
	return idleUntil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// mergeIn takes in what the source of a merge gave: its points with their age, its debt, what it spent, since
// that can be given back, its months on the boards and what it got under caps. Points whose end passed on the way live for the days of grace.
func (c *Change) mergeIn(at time.Time) error {
	s, op := &c.After, c.Op
	c.Moved, c.Owed = sum(op.Pieces), op.Debt
	s.MovedIn += c.Moved + op.Spent
	s.Spent += op.Spent
	s.IdleUntil, s.BurnsAt = later(s.IdleUntil, op.IdleUntil), op.BurnsAt
	s.Debt += op.Debt
	c.Repaid = s.giveBack(op.Pieces, at, op.Grace)
	paid := sum(s.take(s.Debt, func(l Lot) bool { return l.Source == SourcePurchase && !l.From.After(at) }))
	s.Debt -= paid
	s.Reversed += paid
	c.Repaid += paid
	for _, m := range op.Months {
		s.join(m, at)
	}
	s.joinCaps(op)
	return nil
}

// join adds another account's month; of a month that this account did not have, the instant comes along.
func (s *State) join(m MonthTotal, at time.Time) {
	if i, found := s.month(m.Month); !found {
		s.Months = slices.Insert(s.Months, i, m)
	} else {
		mine := &s.Months[i]
		mine.Won, mine.Lost = mine.Won+m.Won, mine.Lost+m.Lost
		if m.Total() != 0 {
			mine.Since = at
		}
	}
	if len(s.Months) > MonthsKept {
		s.Months = slices.Delete(s.Months, 0, len(s.Months)-MonthsKept)
	}
}

// joinCaps counts what the other account got in the running month.
func (s *State) joinCaps(op Op) {
	if s.CapMonth.Before(op.CapMonth) {
		s.CapMonth, s.Capped = op.CapMonth, nil
	}
	if s.CapMonth != op.CapMonth {
		return
	}
	for _, c := range op.Caps {
		s.addCapped(c.ID, c.Most)
	}
}
