package points

import (
	"time"

	"firebrand/internal/calendar"
)

// LifeKind says by what a life is counted.
type LifeKind string

// The kinds of a life. All of them end at the end of a local day.
const (
	LifeDays       LifeKind = "days"        // N days after the day on which the points became active
	LifeMonths     LifeKind = "months"      // N months after that day, clamped to the month's last
	LifeMonthEnd   LifeKind = "month_end"   // the end of the N-th month, counting the one they became active in
	LifeQuarterEnd LifeKind = "quarter_end" // the end of the N-th quarter, counting the one they became active in
	LifeDates      LifeKind = "dates"       // the next of fixed days of the year
)

// Life is how long points of a source live from the day on which they become active.
type Life struct {
	// Source is whose life this is; empty is that of all sources that have none of their own.
	Source Source   `json:"source,omitempty"`
	Kind   LifeKind `json:"kind"`
	// N is the number of days, months or quarters, above zero; LifeDates has none.
	N int `json:"n,omitempty"`
	// Dates are the days of LifeDates, in any order.
	Dates []DayOfYear `json:"dates,omitempty"`
}

// DayOfYear is a day that every year has; 29 February is the 28th in a year without one.
type DayOfYear struct {
	Month time.Month `json:"month"`
	Day   int        `json:"day"`
}

// in is the day in a year.
func (d DayOfYear) in(year int) calendar.Date {
	m := calendar.Month{Year: year, Mon: d.Month}
	return calendar.Date{Year: year, Mon: d.Month, Day: min(d.Day, m.Days())}
}

// LifeOf is the life of points of a source.
func (p Policy) LifeOf(source Source) Life {
	found := Life{Kind: LifeMonthEnd, N: 3}
	for _, l := range p.Lives {
		if l.Source == source {
			return l
		}
		if l.Source == "" {
			found = l
		}
	}
	return found
}

// Expiry is when points of a source that become active at from expire by the policy.
func (p Policy) Expiry(z calendar.Zone, source Source, from time.Time) time.Time {
	return z.EndOf(p.LifeOf(source).last(z.Date(from)))
}

// last is the last day of points that become active on a day.
func (l Life) last(from calendar.Date) calendar.Date {
	n := max(l.N, 1)
	switch l.Kind {
	case LifeDays:
		return from.Add(n)
	case LifeMonths:
		return from.AddMonths(n)
	case LifeQuarterEnd:
		month := from.Month()
		return month.Add(2 - (int(month.Mon)-1)%3 + 3*(n-1)).Last()
	case LifeDates:
		return l.next(from)
	}
	return from.Month().Add(n - 1).Last()
}

// next is the first of the fixed days that is not before from.
func (l Life) next(from calendar.Date) calendar.Date {
	var found calendar.Date
	for _, d := range l.Dates {
		day := d.in(from.Year)
		if day.Before(from) {
			day = d.in(from.Year + 1)
		}
		if (found == calendar.Date{}) || day.Before(found) {
			found = day
		}
	}
	if (found == calendar.Date{}) {
		return from.Month().Last() // no such life passes Publish
	}
	return found
}
