package points

import (
	"slices"
	"time"
)

// View is an account at an instant, in points, as people and pages see it.
type View struct {
	Account string
	// Seq is the last record's; 0 for an account without records.
	Seq int64
	At  time.Time
	// Alive is what can be spent now. Pending is not active yet, Held is set aside, Debt is owed.
	Alive, Pending, Held, Debt int64
	// IdleUntil is until when no play is needed; zero before the first finished game.
	IdleUntil time.Time
	// BurnsAt is when idling points burn unless a game is finished before; zero where nothing is announced.
	BurnsAt time.Time
	// WarnsAt is when a warning falls due by the policy, zero while nothing can burn; Service.Balance fills it in.
	WarnsAt time.Time
	// Ends says what of Alive ends when, soonest first.
	Ends   []Ending
	Totals Totals
	// Months are the newest MonthsKept totals by month, oldest first.
	Months []MonthTotal
	// Holds are the open ones, oldest first.
	Holds []Hold
}

// Ending is how many spendable points end at one instant and why: WhyExpires or WhyBurns.
type Ending struct {
	At     time.Time
	Amount int64
	Why    Why
}

// View is the account at t, or at its last record where t is earlier: what is alive, active from ≤ t < min(expires,
// burns at), and everything else that page and till ask for.
func (s State) View(t time.Time) View {
	settled, _ := s.Settle(t)
	v := View{
		Account: s.Owner, Seq: s.Seq, At: settled.At, Debt: settled.Debt, IdleUntil: settled.IdleUntil,
		Totals: settled.Totals, Months: settled.Months, Holds: settled.Holds, Ends: settled.endings(),
	}
	v.Alive = settled.alive(settled.At)
	v.Pending = sum(settled.Lots) - v.Alive
	for _, h := range settled.Holds {
		v.Held += h.Amount()
	}
	if settled.BurnsAt.After(settled.At) {
		v.BurnsAt = settled.BurnsAt
	}
	return v
}

// endings gathers the ends of what is alive.
func (s *State) endings() []Ending {
	var ends []Ending
	for _, l := range s.Lots {
		if l.From.After(s.At) {
			continue
		}
		at, why := l.End(s.BurnsAt)
		i := slices.IndexFunc(ends, func(e Ending) bool { return e.At.Equal(at) && e.Why == why })
		if i < 0 {
			ends = append(ends, Ending{At: at, Amount: l.Amount, Why: why})
			continue
		}
		ends[i].Amount += l.Amount
	}
	slices.SortStableFunc(ends, func(a, b Ending) int { return a.At.Compare(b.At) })
	return ends
}
