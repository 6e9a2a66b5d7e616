package budget

import (
	"slices"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// count adds what a record of an account did to the sums of its day.
func count(into byDay, on calendar.Date, rec journal.Record) error {
	c, err := points.ChangeOf(rec)
	if err != nil {
		return err
	}
	for _, f := range c.Fell {
		switch f.Why {
		case points.WhyExpires:
			into.add(on, f.Funding, Sums{Expired: f.Amount})
		case points.WhyBurns:
			into.add(on, f.Funding, Sums{Burned: f.Amount})
		}
	}
	switch c.Op.Kind {
	case points.KindAward:
		into.add(on, c.Op.Funding, Sums{Awards: 1, Given: c.Moved})
	case points.KindCorrect, points.KindReverse:
		// What a person gives is given; what is taken comes back to those who paid for the very points.
		if c.Op.Kind == points.KindCorrect && c.Op.Amount > 0 {
			into.add(on, c.Op.Funding, Sums{Awards: 1, Given: c.Moved})
		}
		for _, l := range c.Took {
			into.add(on, l.Funding, Sums{Reversed: l.Amount})
		}
	case points.KindSpend, points.KindCapture:
		for _, l := range c.Took {
			into.add(on, l.Funding, Sums{Spent: l.Amount})
		}
	case points.KindRefund:
		for _, l := range givenBack(c) {
			into.add(on, l.Funding, Sums{Refunded: l.Amount})
		}
	}
	return nil
}

// givenBack are the pieces of a spend that a refund gave back: as many from its end as the refund moved, before those
// that earlier refunds gave back.
func givenBack(c points.Change) (pieces []points.Lot) {
	before := c.Op.Before
	for _, u := range c.After.Undone {
		if u.Seq == c.Op.OfSeq && u.Account == c.Op.OfAccount {
			before = u.Amount - c.Moved
		}
	}
	left := c.Moved
	for _, l := range slices.Backward(c.Op.Pieces) {
		passed := min(before, l.Amount)
		before -= passed
		l.Amount = min(l.Amount-passed, left)
		if left -= l.Amount; l.Amount > 0 {
			pieces = append(pieces, l)
		}
	}
	return pieces
}
