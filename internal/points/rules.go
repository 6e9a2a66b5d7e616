package points

import (
	"fmt"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Change is what one operation did: the content of its record.
type Change struct {
	// Op is the operation with all that the policy and the journal added.
	Op Op
	// Fell is what fell due before it.
	Fell []Fell
	// Took are the points that a spend, a capture or a reverse took away, in the order taken; a refund gives them back
	// from the last.
	Took []Lot
	// Moved is how many points the operation itself moved, never negative.
	Moved int64
	// Delta is its signed change of the spendable balance, Repaid included.
	Delta int64
	// Repaid is how many of the points it brought repaid debt at once.
	Repaid int64
	// Owed is how much debt it made.
	Owed int64
	// After is the account as the record leaves it.
	After State
}

// Apply carries out one operation at an instant: what fell due first, then the operation as the policy shapes it. An
// instant before the last record counts as that record's. It fails with a fault and without effect: Invalid for a
// malformed operation, NotFound or Conflict where the account does not allow it.
func Apply(prev State, op Op, at time.Time, p Policy, z calendar.Zone) (Change, error) {
	settled, fell := prev.Settle(calendar.Milli(at))
	filled, err := op.fill(settled, settled.At, p, z)
	if err != nil {
		return Change{}, err
	}
	return act(settled, fell, filled)
}

// Replay carries out the operation of a record once more, at the record's instant. No policy is needed: what it said
// then is in the operation.
func Replay(prev State, filled Op, at time.Time) (Change, error) {
	settled, fell := prev.Settle(at)
	return act(settled, fell, filled)
}

// act runs the rule of the operation's kind on a settled state that is the caller's own.
func act(settled State, fell []Fell, op Op) (Change, error) {
	before, at := settled.alive(settled.At), settled.At
	c := Change{Op: op, Fell: fell, After: settled}
	if err := c.run(at); err != nil {
		return Change{}, err
	}
	c.After.Seq++
	c.After.Owner = op.Account
	c.Delta = c.After.alive(at) - before
	return c, nil
}

func (c *Change) run(at time.Time) error {
	switch c.Op.Kind {
	case KindAward, KindPlayed:
		return c.award(at)
	case KindDeliver:
		return c.deliver(at)
	case KindSpend:
		return c.spend(at)
	case KindHold:
		return c.hold(at)
	case KindResize:
		return c.resize(at)
	case KindCapture, KindRelease:
		return c.end(at)
	case KindForfeit:
		return c.forfeit(at)
	case KindRefund:
		return c.refund(at)
	case KindReverse:
		return c.reverse(at)
	case KindWarn:
		c.After.BurnsAt = c.Op.BurnsAt
		return nil
	case KindVoid:
		return nil
	}
	return fmt.Errorf("points: no rule for a record of kind %q", c.Op.Kind)
}

// lot is what an award or a delivery brings.
func (op Op) lot() Lot {
	return Lot{
		Amount: op.Amount, Source: op.Source, Funding: op.Funding,
		From: op.From, Expires: op.Expires, Idles: op.Idles, Month: op.Month,
	}
}

// award brings points in; a finished game moves the days of idleness, never backwards, and clears the burn.
func (c *Change) award(at time.Time) error {
	s, op := &c.After, c.Op
	if op.Played {
		if op.IdleUntil.After(s.IdleUntil) {
			s.IdleUntil = op.IdleUntil
		}
		s.BurnsAt = time.Time{}
		if !op.BurnsAt.IsZero() {
			s.BurnsAt = s.IdleUntil
		}
	}
	if op.Kind == KindPlayed {
		return nil
	}
	s.Earned += op.Amount
	s.win(op.Month, op.Amount, 0, at)
	c.arrive(at)
	return nil
}

// arrive puts the operation's lot into the account. A burn that has happened is over by then: idling points that come
// later are not burned unwarned.
func (c *Change) arrive(at time.Time) {
	s := &c.After
	if c.Op.Idles && !s.BurnsAt.After(at) {
		s.BurnsAt = time.Time{}
	}
	c.Moved = c.Op.Amount
	c.Repaid = s.enter(c.Op.lot(), at)
}

// deliver gives points that waited for their order the dates on which they become active and expire.
func (c *Change) deliver(at time.Time) error {
	s, op := &c.After, c.Op
	waits := Lot{Source: SourcePurchase, Funding: op.Funding, From: Never, Expires: Never}
	taken := s.take(op.Amount, func(l Lot) bool { return identity(l, waits) == 0 })
	if have := sum(taken); have < op.Amount {
		return short(op.Amount, have)
	}
	c.arrive(at)
	return nil
}

func (c *Change) spend(at time.Time) error {
	taken, err := c.After.takeAlive(c.Op.Amount, c.Op.Month, at)
	if err != nil {
		return err
	}
	c.Took, c.Moved = taken, c.Op.Amount
	c.After.Spent += c.Op.Amount
	return nil
}

// forfeit records points that were won and lost before they reached the account.
func (c *Change) forfeit(at time.Time) error {
	s, op := &c.After, c.Op
	s.Earned += op.Amount
	s.Burned += op.Amount
	s.win(op.Month, op.Amount, op.Amount, at)
	c.Moved = op.Amount
	return nil
}

// refund gives a spend back, or a part of it, the last-to-end piece first; no point of a spend comes back twice.
func (c *Change) refund(at time.Time) error {
	s, op := &c.After, c.Op
	before := s.refunded(op.OfSeq)
	left := sum(op.Pieces) - before
	amount := op.Amount
	if amount == 0 {
		amount = left
	}
	if amount > left || left == 0 {
		return fault.New(fault.Conflict, "points.refunded", "left", left)
	}
	s.setRefunded(op.OfSeq, before+amount)
	s.Spent -= amount
	c.Moved = amount
	c.Repaid = s.giveBack(tail(op.Pieces, before, amount), at, op.Grace)
	return nil
}

func (s *State) refunded(seq int64) int64 {
	for _, r := range s.Refunds {
		if r.Seq == seq {
			return r.Amount
		}
	}
	return 0
}

func (s *State) setRefunded(seq, amount int64) {
	for i, r := range s.Refunds {
		if r.Seq == seq {
			s.Refunds[i].Amount = amount
			return
		}
	}
	s.Refunds = append(s.Refunds, Refunded{seq, amount})
}

// reverse takes back what an award brought. What of it is pending is dropped. Beyond that the mode decides: first what
// is left of the very lot, then other spendable points of its source and month, then debt; so a return of purchases
// never reaches what was won by playing.
func (c *Change) reverse(at time.Time) error {
	s, op := &c.After, c.Op
	if len(op.Pieces) != 1 {
		return fault.New(fault.NotFound, "points.award_missing", "award", op.Of)
	}
	of := op.Pieces[0]
	if op.Mode == ModeDebt && of.Source != SourcePurchase {
		return fault.New(fault.Invalid, "points.mode").On("mode")
	}
	if op.Mode != ModePending || of.From.After(at) {
		c.Took = s.take(op.Amount, func(l Lot) bool { return identity(l, of) == 0 })
	}
	rest := op.Amount - sum(c.Took)
	if op.Mode != ModePending {
		more := s.take(rest, func(l Lot) bool { return l.Source == of.Source && l.Month == of.Month && !l.From.After(at) })
		c.Took = append(c.Took, more...)
		rest -= sum(more)
	}
	for _, l := range c.Took {
		s.lose(l, at)
		s.Reversed += l.Amount
	}
	c.Moved = op.Amount - rest
	if op.Mode == ModeDebt {
		s.Debt += rest
		c.Owed = rest
	}
	return nil
}
