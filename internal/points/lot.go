package points

import (
	"cmp"
	"slices"
	"time"

	"firebrand/internal/calendar"
)

// Never is the instant that does not come: From and Expires of points whose order is not delivered yet.
var Never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Lot is points that share one fate. Lots that agree in all but Amount are one lot. A lot is alive from From on, until
// it ends (see End).
type Lot struct {
	// Amount is what is left, above zero.
	Amount int64
	Source Source
	// Funding names who pays for these points; it is opaque here.
	Funding string
	// From is when they become spendable. Points that are spendable at once bear the start of that local month, so that
	// a month's awards are one lot; when each came its record says.
	From time.Time
	// Expires is the end of a local day, or Never.
	Expires time.Time
	// Idles says that the lot burns when its owner stays idle.
	Idles bool
	// Month is the month on whose boards the points count; zero for points that were not won.
	Month calendar.Month
}

// Why says what moves points by the clock.
type Why string

// The reasons of the clock, in the order in which they act at one instant; a repayment follows its activation.
const (
	WhyExpires Why = "expires"
	WhyBurns   Why = "burns"
	WhyActive  Why = "active"
	WhyRepaid  Why = "repaid"
)

// End is when the lot ends while burnsAt (zero: none) is the account's instant of burning, and by what. Where both
// come at once it expires.
func (l Lot) End(burnsAt time.Time) (time.Time, Why) {
	if l.Idles && !burnsAt.IsZero() && burnsAt.Before(l.Expires) {
		return burnsAt, WhyBurns
	}
	return l.Expires, WhyExpires
}

// identity orders lots by all that makes them one lot.
func identity(a, b Lot) int {
	return cmp.Or(
		a.Expires.Compare(b.Expires), a.From.Compare(b.From), cmp.Compare(a.Source, b.Source),
		cmp.Compare(a.Funding, b.Funding), compareBool(a.Idles, b.Idles),
		cmp.Compare(a.Month.Year, b.Month.Year), cmp.Compare(a.Month.Mon, b.Month.Mon),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// soonestEnd orders lots as they are spent: (end, expires, active from, source, funding), then by what is left of
// their identity, so that the order is one.
func soonestEnd(burnsAt time.Time) func(a, b Lot) int {
	return func(a, b Lot) int {
		endA, _ := a.End(burnsAt)
		endB, _ := b.End(burnsAt)
		return cmp.Or(endA.Compare(endB), identity(a, b))
	}
}

// add puts l among lots that are sorted by identity, into the lot it agrees with where there is one.
func add(lots []Lot, l Lot) []Lot {
	i, found := slices.BinarySearchFunc(lots, l, identity)
	if found {
		lots[i].Amount += l.Amount
		return lots
	}
	return slices.Insert(lots, i, l)
}

func sum(lots []Lot) int64 {
	var n int64
	for _, l := range lots {
		n += l.Amount
	}
	return n
}

// alive is what is spendable at an instant to which the state is settled.
func (s *State) alive(at time.Time) int64 {
	var n int64
	for _, l := range s.Lots {
		if !l.From.After(at) {
			n += l.Amount
		}
	}
	return n
}

// take removes up to amount from the lots that fit, soonest end first, and returns the pieces in that order.
func (s *State) take(amount int64, fits func(Lot) bool) []Lot {
	var found []Lot
	for _, l := range s.Lots {
		if fits(l) {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, soonestEnd(s.BurnsAt))
	var taken []Lot
	for _, l := range found {
		if amount == 0 {
			break
		}
		l.Amount = min(l.Amount, amount)
		amount -= l.Amount
		s.drop(l)
		taken = append(taken, l)
	}
	return taken
}

// drop removes l's amount from the lot that it is a piece of.
func (s *State) drop(l Lot) {
	i, found := slices.BinarySearchFunc(s.Lots, l, identity)
	if !found {
		return
	}
	if s.Lots[i].Amount -= l.Amount; s.Lots[i].Amount == 0 {
		s.Lots = slices.Delete(s.Lots, i, i+1)
	}
}

// giveBack returns pieces with their old age; a piece whose end is past becomes a lot that does not idle, until grace.
// It returns what of them repaid debt.
func (s *State) giveBack(pieces []Lot, at, grace time.Time) (repaid int64) {
	for _, l := range pieces {
		if end, _ := l.End(s.BurnsAt); !end.After(at) {
			l.Idles, l.Expires = false, grace
		}
		repaid += s.enter(l, at)
	}
	return repaid
}

// enter adds a lot, less what of it repays debt: purchase points that are spendable do, before anything else.
func (s *State) enter(l Lot, at time.Time) (repaid int64) {
	if l.Source == SourcePurchase && !l.From.After(at) {
		repaid = min(s.Debt, l.Amount)
		s.Debt -= repaid
		s.Reversed += repaid
		l.Amount -= repaid
	}
	if l.Amount > 0 {
		s.Lots = add(s.Lots, l)
	}
	return repaid
}

// tail returns amount of the pieces, the last piece first, behind what was taken from the tail before.
func tail(pieces []Lot, before, amount int64) []Lot {
	var back []Lot
	for _, l := range slices.Backward(pieces) {
		passed := min(before, l.Amount)
		before -= passed
		l.Amount = min(l.Amount-passed, amount)
		amount -= l.Amount
		if l.Amount > 0 {
			back = append(back, l)
		}
	}
	return back
}
