package points

import (
	"cmp"
	"slices"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// CapsMost bounds under how many different caps one account can get points in one month. Merged accounts keep all that
// they had.
const CapsMost = 64

// Cap is a caller's own bound, such as that of a rule: of all awards that name its ID at most Most points come into an
// account in a local month, net of what was taken back of them in that month.
type Cap struct {
	ID   string
	Most int64
}

// Capped is what came under a cap in the running month.
type Capped struct {
	Cap    string
	Amount int64
}

// capPrefix and the like tell in Change.CutBy what cut an award.
const (
	cutByPolicy = "policy:"
	cutByCap    = "cap:"
)

// caps are those that an award of this source comes under: the policy's and the caller's own.
func (op Op) caps(p Policy) []Cap {
	var caps []Cap
	for _, c := range p.Caps {
		if c.Source == op.Source {
			caps = append(caps, Cap{cutByPolicy + string(c.Source), c.Month})
		}
	}
	if op.Cap.ID != "" {
		caps = append(caps, Cap{cutByCap + op.Cap.ID, op.Cap.Most})
	}
	return caps
}

// underCaps is how many of the award's points its caps leave, and which cap left least.
func (s *State) underCaps(op Op) (amount int64, by string) {
	amount = op.Amount
	for _, c := range op.Caps {
		if left := max(c.Most-s.cameUnder(c.ID, op.CapMonth), 0); left < amount {
			amount, by = left, c.ID
		}
	}
	return amount, by
}

func (s *State) cameUnder(id string, month calendar.Month) int64 {
	if s.CapMonth != month {
		return 0
	}
	if i, found := s.capped(id); found {
		return s.Capped[i].Amount
	}
	return 0
}

func (s *State) capped(id string) (int, bool) {
	return slices.BinarySearchFunc(s.Capped, id, func(c Capped, id string) int { return cmp.Compare(c.Cap, id) })
}

// count puts an award's points under its caps; what came in earlier months is forgotten.
func (s *State) count(op Op, amount int64) error {
	if len(op.Caps) == 0 {
		return nil
	}
	if s.CapMonth != op.CapMonth {
		s.CapMonth, s.Capped = op.CapMonth, nil
	}
	for _, c := range op.Caps {
		if _, found := s.capped(c.ID); !found && len(s.Capped) >= CapsMost {
			return fault.New(fault.Conflict, "points.caps", "most", CapsMost)
		}
		s.addCapped(c.ID, amount)
	}
	return nil
}

func (s *State) addCapped(id string, amount int64) {
	i, found := s.capped(id)
	if !found {
		s.Capped = slices.Insert(s.Capped, i, Capped{Cap: id})
	}
	s.Capped[i].Amount += amount
}

// uncount takes what was taken back in the month of its award off the award's caps.
func (s *State) uncount(op Op, amount int64) {
	if s.CapMonth != op.CapMonth {
		return
	}
	for _, c := range op.Caps {
		if i, found := s.capped(c.ID); found {
			s.Capped[i].Amount = max(s.Capped[i].Amount-amount, 0)
		}
	}
}
