package points

import (
	"time"

	"firebrand/internal/calendar"
)

// Policy is what a programme decides about the life of points. What it says at the moment of an operation goes into
// the record as instants, so that a later policy changes nothing that was promised.
type Policy struct {
	// Version is named by every record that the policy shaped.
	Version int
	// IdleDays is how many local days after a finished game its player may stay away: 7 is a week.
	IdleDays int
	// WarnDays is how many days, of 24 hours, lie at least between a warning and the burn.
	WarnDays int
	// Warnings says that nothing burns unwarned. Without them a finished game itself sets the instant of burning.
	Warnings bool
	// GraceDays is how many more local days points live that come back when their time is past.
	GraceDays int
	// LifeMonths is how many months points live, counting the one they became active in.
	LifeMonths int
	// SettleDay is the day of the month on which delivered purchases become active, the month's last where it is shorter.
	SettleDay int
	// SecondAbove is the most points that one person may correct by hand alone.
	SecondAbove int64
}

// DefaultPolicy is what a programme begins with.
func DefaultPolicy() Policy {
	return Policy{
		Version: 1, IdleDays: 7, WarnDays: 3, Warnings: true, GraceDays: 7, LifeMonths: 3, SettleDay: 11, SecondAbove: 1000,
	}
}

// endOfDay is the end of the local day n days after the one that at lies in.
func endOfDay(z calendar.Zone, at time.Time, n int) time.Time { return z.EndOf(z.Date(at).Add(n)) }

// dayEnd is the first end of a local day that is not before t.
func dayEnd(z calendar.Zone, t time.Time) time.Time { return endOfDay(z, t.Add(-time.Millisecond), 0) }

// expiry is when points that become active at from expire by the policy.
func (p Policy) expiry(z calendar.Zone, from time.Time) time.Time {
	return z.EndOfMonth(z.Month(from).Add(max(p.LifeMonths, 1) - 1))
}

// Settles is when points of an order delivered at that instant become active: the first start of a settlement day
// strictly after it.
func (p Policy) Settles(z calendar.Zone, delivered time.Time) time.Time {
	for m := z.Month(delivered); ; m = m.Next() {
		day := m.First()
		day.Day = min(max(p.SettleDay, 1), m.Days())
		if start := z.StartOf(day); start.After(delivered) {
			return start
		}
	}
}

// WarnsAt is when a warning falls due for the account as of its last record: IdleUntil less the days of warning. It is
// zero while nothing can burn: no idling points, no play yet, warned already, or a policy without warnings.
func (s State) WarnsAt(p Policy) time.Time {
	if !p.Warnings || s.IdleUntil.IsZero() || !s.BurnsAt.IsZero() {
		return time.Time{}
	}
	for _, l := range s.Lots {
		if l.Idles {
			return s.IdleUntil.Add(-p.warning())
		}
	}
	return time.Time{}
}

// burnsAt is the instant that a warning written at that instant announces: the first end of a local day that is
// neither before IdleUntil nor nearer than the days of warning.
func (p Policy) burnsAt(z calendar.Zone, idleUntil, at time.Time) time.Time {
	if at = at.Add(p.warning()); at.Before(idleUntil) {
		return idleUntil
	}
	return dayEnd(z, at)
}

func (p Policy) warning() time.Duration { return time.Duration(p.WarnDays) * 24 * time.Hour }
