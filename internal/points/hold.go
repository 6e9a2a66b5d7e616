package points

import (
	"slices"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Hold is points that are set aside for something that is not decided yet. They are not spendable and do not end
// while held; a hold never ends by the clock, only by one capture or one release.
type Hold struct {
	// ID is the key under which the hold was made.
	ID string
	// Ref is what it is for: an auction, a redemption.
	Ref string
	At  time.Time
	// Month is set where only points won in that month may be held.
	Month calendar.Month
	// Pieces are the held points with their age, sorted by identity.
	Pieces []Lot
}

// Amount is what is held, in points.
func (h Hold) Amount() int64 { return sum(h.Pieces) }

// held finds the place of an open hold.
func (s *State) held(id string) (int, error) {
	i := slices.IndexFunc(s.Holds, func(h Hold) bool { return h.ID == id })
	if i < 0 {
		return 0, fault.New(fault.NotFound, "points.hold_missing", "hold", id)
	}
	return i, nil
}

// takeAlive takes exactly amount of what is spendable, of one month's points only where month is set, or fails with
// "points.short".
func (s *State) takeAlive(amount int64, month calendar.Month, at time.Time) ([]Lot, error) {
	if have := s.spendable(month, at); have < amount {
		return nil, short(amount, have)
	}
	return s.take(amount, func(l Lot) bool { return l.spendable(month, at) }), nil
}

// spendable is how much can be taken at an instant that the state is settled to.
func (s *State) spendable(month calendar.Month, at time.Time) (have int64) {
	for _, l := range s.Lots {
		if l.spendable(month, at) {
			have += l.Amount
		}
	}
	return have
}

func (l Lot) spendable(month calendar.Month, at time.Time) bool {
	return !l.From.After(at) && (month.IsZero() || l.Month == month)
}

func short(wanted, have int64) error {
	return fault.New(fault.Conflict, "points.short", "short", wanted-have, "have", have)
}

func (c *Change) hold(at time.Time) error {
	s := &c.After
	if _, err := s.held(c.Op.Key); err == nil {
		return fault.New(fault.Conflict, "points.hold_open", "hold", c.Op.Key)
	}
	if i := slices.IndexFunc(s.Holds, func(h Hold) bool { return h.Ref == c.Op.Ref }); c.Op.Sole && i >= 0 {
		return fault.New(fault.Conflict, "points.hold_other", "hold", s.Holds[i].ID)
	}
	taken, err := s.takeAlive(c.Op.Amount, c.Op.Month, at)
	if err != nil {
		return err
	}
	slices.SortFunc(taken, identity)
	s.Holds = append(s.Holds, Hold{ID: c.Op.Key, Ref: c.Op.Ref, At: at, Month: c.Op.Month, Pieces: taken})
	c.Moved = c.Op.Amount
	return nil
}

// resize makes a hold larger by what is spendable or smaller by its last-to-end pieces, and gives it its new id.
func (c *Change) resize(at time.Time) error {
	s := &c.After
	i, err := s.held(c.Op.Hold)
	if err != nil {
		return err
	}
	h := s.Holds[i]
	if c.Op.As != "" && c.Op.As != h.ID {
		if _, err := s.held(c.Op.As); err == nil {
			return fault.New(fault.Conflict, "points.hold_open", "hold", c.Op.As)
		}
		h.ID, h.At = c.Op.As, at
	}
	h.Pieces = slices.Clone(h.Pieces)
	if more := c.Op.Amount - h.Amount(); more > 0 {
		taken, err := s.takeAlive(more, h.Month, at)
		if err != nil {
			return err
		}
		for _, l := range taken {
			h.Pieces = add(h.Pieces, l)
		}
		c.Moved = more
	} else {
		c.Moved = -more
		slices.SortFunc(h.Pieces, soonestEnd(s.BurnsAt))
		back := tail(h.Pieces, 0, -more)
		h.Pieces = tail(h.Pieces, -more, c.Op.Amount)
		slices.SortFunc(h.Pieces, identity)
		c.Repaid = s.giveBack(back, at, c.Op.Grace)
	}
	s.Holds[i] = h
	return nil
}

// end captures or releases a hold, which is then gone.
func (c *Change) end(at time.Time) error {
	s := &c.After
	i, err := s.held(c.Op.Hold)
	if err != nil {
		return err
	}
	pieces := slices.Clone(s.Holds[i].Pieces)
	slices.SortFunc(pieces, soonestEnd(s.BurnsAt))
	s.Holds = slices.Delete(s.Holds, i, i+1)
	c.Moved = sum(pieces)
	if c.Op.Kind == KindCapture {
		c.Took = pieces
		s.Spent += c.Moved
		return nil
	}
	slices.Reverse(pieces)
	c.Repaid = s.giveBack(pieces, at, c.Op.Grace)
	return nil
}
