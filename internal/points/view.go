package points

import (
	"cmp"
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
	// Ends says what of Alive ends when, soonest first; Starts what of Pending becomes active when, what waits for its
	// order last.
	Ends   []Ending
	Starts []Starting
	Totals Totals
	// Months are the newest MonthsKept totals by month, oldest first.
	Months []MonthTotal
	// Holds are the open ones, oldest first.
	Holds []Hold
	// MergedInto is the account that this one became part of, empty while it stands for itself.
	MergedInto string
}

// Starting is how many pending points of one funding become active at one instant; zero waits for its order.
type Starting struct {
	At      time.Time
	Amount  int64
	Funding string
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
	return settled.settledView()
}

// settledView is the view at the instant that the state is settled to.
func (s *State) settledView() View {
	v := View{
		Account: s.Owner, Seq: s.Seq, At: s.At, Debt: s.Debt, IdleUntil: s.IdleUntil, Totals: s.Totals,
		Months: slices.Clone(s.Months), Holds: slices.Clone(s.Holds), Ends: s.endings(), Starts: s.startings(), MergedInto: s.MergedInto,
	}
	v.Alive = s.alive(s.At)
	v.Pending = sum(s.Lots) - v.Alive
	for _, h := range s.Holds {
		v.Held += h.Amount()
	}
	if s.BurnsAt.After(s.At) {
		v.BurnsAt = s.BurnsAt
	}
	return v
}

// startings gathers when what is pending becomes active.
func (s *State) startings() []Starting {
	var starts []Starting
	for _, l := range s.Lots {
		if !l.From.After(s.At) {
			continue
		}
		i := slices.IndexFunc(starts, func(g Starting) bool { return g.At.Equal(l.From) && g.Funding == l.Funding })
		if i < 0 {
			starts = append(starts, Starting{At: l.From, Amount: l.Amount, Funding: l.Funding})
			continue
		}
		starts[i].Amount += l.Amount
	}
	slices.SortStableFunc(starts, func(a, b Starting) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Funding, b.Funding)) })
	for i := range starts {
		if starts[i].At.Equal(Never) {
			starts[i].At = time.Time{}
		}
	}
	return starts
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
