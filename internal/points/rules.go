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
	// Asked is how many points were asked to come in or to be taken back, where that can be more than Moved; Cut is what
	// was not given of an award, and CutBy why: "policy:<source>", "cap:<id>" or "budget:<id>".
	Asked, Cut int64
	CutBy      string
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
	case KindAward, KindPlayed, KindRefused:
		return c.award(at)
	case KindCorrect:
		return c.correct(at)
	case KindMergeOut:
		return c.mergeOut()
	case KindMergeIn:
		return c.mergeIn(at)
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
	case KindVoid, KindSettle:
		return nil
	}
	return fmt.Errorf("points: no rule for a record of kind %q", c.Op.Kind)
}

// award brings points in, as many as caps and budget leave; a finished game moves the days of idleness, never
// backwards, and clears the burn, even where it brings nothing.
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
	amount, by := s.underCaps(op)
	if op.Refused != "" {
		amount, by = 0, cutByBudget+op.Refused
	}
	c.Asked, c.Cut, c.CutBy = op.Amount, op.Amount-amount, by
	if amount == 0 {
		c.Op.Kind = KindRefused
		return nil
	}
	if err := s.count(op, amount); err != nil {
		return err
	}
	c.come(amount, at)
	return nil
}

// come lets points in that are new to the account.
func (c *Change) come(amount int64, at time.Time) {
	s := &c.After
	s.Earned += amount
	s.win(c.Op.Month, amount, 0, at)
	c.arrive(amount, at)
}

// arrive puts the operation's lot into the account. A burn that has happened is over by then: idling points that come
// later are not burned unwarned.
func (c *Change) arrive(amount int64, at time.Time) {
	s := &c.After
	if c.Op.Idles && !s.BurnsAt.After(at) {
		s.BurnsAt = time.Time{}
	}
	l := c.Op.lot()
	l.Amount = amount
	c.Moved = amount
	c.Repaid = s.enter(l, at)
}

// deliver gives points that waited for their order the dates on which they become active and expire.
func (c *Change) deliver(at time.Time) error {
	s, op := &c.After, c.Op
	if op.Of != "" {
		if err := c.undoes(op.Amount); err != nil {
			return err
		}
	}
	waits := Lot{Source: SourcePurchase, Funding: op.Funding, From: Never, Expires: Never}
	taken := s.take(op.Amount, func(l Lot) bool { return identity(l, waits) == 0 })
	if have := sum(taken); have < op.Amount {
		return short(op.Amount, have)
	}
	c.arrive(op.Amount, at)
	return nil
}

// undoes counts more of the award that the operation names as delivered or taken back, which is no more than it brought.
func (c *Change) undoes(more int64) error {
	s, op := &c.After, c.Op
	if len(op.Pieces) != 1 {
		return fault.New(fault.NotFound, "points.award_missing", "key", op.Of)
	}
	before := s.undoneBefore(op)
	if left := op.Pieces[0].Amount - before; more > left {
		return fault.New(fault.Conflict, "points.reversed", "left", left)
	}
	s.undo(op, before, more)
	return nil
}

// correct gives or takes by a person's decision. What is taken is what is spendable, at most.
func (c *Change) correct(at time.Time) error {
	s, op := &c.After, c.Op
	c.Asked = op.asks()
	switch {
	case op.Refused != "":
		c.Op.Kind, c.Cut, c.CutBy = KindRefused, op.Amount, cutByBudget+op.Refused
	case op.Amount > 0:
		c.come(op.Amount, at)
	default:
		c.Took = s.take(c.Asked, func(l Lot) bool { return !l.From.After(at) })
		c.takeBack(at)
		c.Cut = c.Asked - c.Moved
	}
	return nil
}

// takeBack books what was taken as reversed.
func (c *Change) takeBack(at time.Time) {
	for _, l := range c.Took {
		c.After.lose(l, at)
		c.After.Reversed += l.Amount
		c.Moved += l.Amount
	}
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
	before := s.undoneBefore(op)
	left := sum(op.Pieces) - before
	amount := op.Amount
	if amount == 0 {
		amount = left
	}
	if amount > left || left == 0 {
		return fault.New(fault.Conflict, "points.refunded", "left", left)
	}
	s.undo(op, before, amount)
	s.Spent -= amount
	c.Moved = amount
	c.Repaid = s.giveBack(tail(op.Pieces, before, amount), at, op.Grace)
	return nil
}

// reverse takes back what an award brought, over all reversals no more than that. What of it is pending is dropped.
// Beyond that the mode decides: first what is left of the very lot, then other spendable points of its source and
// month, then debt; so a return of purchases never reaches what was won by playing. Nothing but pending points is taken
// of an award that waits for its order: what was delivered is taken back under the delivery's key.
func (c *Change) reverse(at time.Time) error {
	if err := c.undoes(c.Op.Amount); err != nil {
		return err
	}
	s, op, of := &c.After, c.Op, c.Op.Pieces[0]
	if op.Mode == ModeDebt && of.Source != SourcePurchase {
		return fault.New(fault.Invalid, "points.mode").On("mode")
	}
	c.Asked = op.Amount
	if op.Mode != ModePending || of.From.After(at) {
		c.Took = s.take(op.Amount, func(l Lot) bool { return identity(l, of) == 0 })
	}
	beyond := op.Mode != ModePending && !of.From.Equal(Never)
	if rest := op.Amount - sum(c.Took); rest > 0 && beyond {
		c.Took = append(c.Took, s.take(rest, func(l Lot) bool {
			return l.Source == of.Source && l.Month == of.Month && !l.From.After(at)
		})...)
	}
	c.takeBack(at)
	if op.Mode == ModeDebt && beyond {
		c.Owed = op.Amount - c.Moved
		s.Debt += c.Owed
	}
	s.uncount(op, c.Moved+c.Owed)
	return nil
}
