// Package liability is what a programme owes: the points that are alive, pending and held at any instant, by the month in
// which they expire, by who pays for them and by where they came from. Those who answer for the money read it.
//
// The rule that matters most: it is worked out from the accounts themselves, past or future, and from nothing else. A
// past instant is answered from the last records before it, a coming one by letting the clock run on over what stands
// now; so it agrees with every statement and every forecast to the point.
package liability

import (
	"cmp"
	"context"
	"slices"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/points"
)

// Amounts are points by what can be done with them.
type Amounts struct {
	// Alive can be spent, Pending is not active yet, Held is set aside and does not end while it is.
	Alive, Pending, Held int64
}

// All is what is owed in all.
func (a Amounts) All() int64 { return a.Alive + a.Pending + a.Held }

func (a Amounts) add(b Amounts) Amounts {
	return Amounts{a.Alive + b.Alive, a.Pending + b.Pending, a.Held + b.Held}
}

// Row is one part of a whole.
type Row struct {
	// Name is a funding source, or a points.Source; empty for points that name nobody who pays.
	Name string
	Amounts
}

// MonthRow is what expires in one month.
type MonthRow struct {
	// Month is zero for points that have no dates yet, because their order is on the way. For held points it is the month
	// in which they would have ended; it may be past.
	Month calendar.Month
	Amounts
}

// Liability is what is owed at an instant.
type Liability struct {
	At time.Time
	Amounts
	// Debt is what accounts owe after returns; it stands outside the rest.
	Debt int64
	// Accounts is how many have anything of this.
	Accounts int
	// ByMonth begins with the earliest month and ends with what has no dates; ByFunding and BySource are by name.
	ByMonth             []MonthRow
	ByFunding, BySource []Row
}

// Options narrow the question.
type Options struct {
	// Funding, where set, counts only what this source pays for; debt is nobody's and is left out then.
	Funding string
}

// page is how many accounts are listed at once.
const page = 500

// At is what is owed at an instant, past or future; it looks at every account. Faults: those of the store.
func At(ctx context.Context, accounts *points.Service, at time.Time, o Options) (Liability, error) {
	t := newTally(calendar.Milli(at), accounts.Zone, o)
	for after := ""; ; {
		ids, err := accounts.Accounts(ctx, after, page)
		if err != nil {
			return Liability{}, err
		}
		for _, id := range ids {
			state, err := accounts.StateAt(ctx, id, at)
			if err != nil {
				return Liability{}, err
			}
			t.count(state)
			after = id
		}
		if len(ids) < page {
			return t.whole(), nil
		}
	}
}

// Of is what the accounts in these states owe at an instant to which they are settled.
func Of(at time.Time, zone calendar.Zone, o Options, states ...points.State) Liability {
	t := newTally(at, zone, o)
	for _, s := range states {
		t.count(s)
	}
	return t.whole()
}

// tally gathers accounts.
type tally struct {
	Liability
	options   Options
	zone      calendar.Zone
	months    map[calendar.Month]Amounts
	fundings  map[string]Amounts
	sources   map[string]Amounts
	something bool
}

func newTally(at time.Time, zone calendar.Zone, o Options) *tally {
	return &tally{
		Liability: Liability{At: at}, options: o, zone: zone,
		months: map[calendar.Month]Amounts{}, fundings: map[string]Amounts{}, sources: map[string]Amounts{},
	}
}

func (t *tally) count(s points.State) {
	t.something = t.options.Funding == "" && s.Debt > 0
	for _, l := range s.Lots {
		if l.From.After(t.At) {
			t.add(l, Amounts{Pending: l.Amount})
		} else {
			t.add(l, Amounts{Alive: l.Amount})
		}
	}
	for _, h := range s.Holds {
		for _, l := range h.Pieces {
			t.add(l, Amounts{Held: l.Amount})
		}
	}
	if t.options.Funding == "" {
		t.Debt += s.Debt
	}
	if t.something {
		t.Accounts++
	}
}

func (t *tally) add(l points.Lot, n Amounts) {
	if t.options.Funding != "" && l.Funding != t.options.Funding {
		return
	}
	var month calendar.Month
	if l.Expires.Before(points.Never) {
		month = t.zone.Month(l.Expires.Add(-time.Millisecond)) // the end of a day is the next one's first instant
	}
	t.something = true
	t.Amounts = t.Amounts.add(n)
	t.months[month] = t.months[month].add(n)
	t.fundings[l.Funding] = t.fundings[l.Funding].add(n)
	t.sources[string(l.Source)] = t.sources[string(l.Source)].add(n)
}

func (t *tally) whole() Liability {
	for month, n := range t.months {
		t.ByMonth = append(t.ByMonth, MonthRow{month, n})
	}
	slices.SortFunc(t.ByMonth, func(a, b MonthRow) int {
		switch {
		case a.Month == b.Month:
			return 0
		case b.Month.IsZero() || !a.Month.IsZero() && a.Month.Before(b.Month):
			return -1
		}
		return 1
	})
	t.ByFunding, t.BySource = rows(t.fundings), rows(t.sources)
	return t.Liability
}

func rows(parts map[string]Amounts) []Row {
	var list []Row
	for name, n := range parts {
		list = append(list, Row{name, n})
	}
	slices.SortFunc(list, func(a, b Row) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
