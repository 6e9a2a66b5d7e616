package points

import (
	"sync"
	"time"

	"firebrand/internal/calendar"
)

// Policy is what a programme decides about the life of points. What it says at the moment of an operation goes into
// the record as instants, so that a later policy changes nothing that was promised.
type Policy struct {
	// Version is named by every record that the policy shaped.
	Version int `json:"version"`
	// From is since when it is in force; zero in the first version. Made is when it was published.
	From time.Time `json:"from"`
	Made time.Time `json:"made"`
	// By is the id of who published it, Note what they said about it.
	By   string `json:"by,omitempty"`
	Note string `json:"note,omitempty"`
	// Zone is the IANA name of the zone whose days and months count; empty is the programme's.
	Zone string `json:"zone,omitempty"`
	// IdleDays is how many local days after a finished game its player may stay away: 7 is a week.
	IdleDays int `json:"idle_days"`
	// WarnDays is how many days, of 24 hours, lie at least between a warning and the burn.
	WarnDays int `json:"warn_days"`
	// Warnings says that nothing burns unwarned. Without them a finished game itself sets the instant of burning.
	Warnings bool `json:"warnings"`
	// GraceDays is how many more local days points live that come back when their time is past.
	GraceDays int `json:"grace_days"`
	// SettleDay is the day of the month on which delivered purchases become active, the month's last where it is shorter.
	SettleDay int `json:"settle_day"`
	// Lives say how long points of a source live; that of the empty source holds for all that are not named.
	Lives []Life `json:"lives,omitempty"`
	// Caps bound what one account gets from a source in a local month.
	Caps []SourceCap `json:"caps,omitempty"`
	// Returns is how far a return reaches that names no mode.
	Returns Mode `json:"returns"`
	// SecondAbove is the most points that one person may correct by hand alone.
	SecondAbove int64 `json:"second_above"`
	// ManualMost is the most points that one correction may move at all.
	ManualMost int64 `json:"manual_most"`
}

// SourceCap is the most points from Source, above zero, that come into one account in a local month, net of what was
// taken back in that month.
type SourceCap struct {
	Source Source `json:"source"`
	Month  int64  `json:"month"`
}

// DefaultPolicy is what a programme begins with: the version 1 of every programme.
func DefaultPolicy() Policy {
	return Policy{
		Version: 1, IdleDays: 7, WarnDays: 3, Warnings: true, GraceDays: 7, SettleDay: 11,
		Lives: []Life{{Kind: LifeMonthEnd, N: 3}}, Returns: ModeDebt, SecondAbove: 1000, ManualMost: 100_000,
	}
}

// zones keeps the zones that policies named, since loading one reads its file.
var zones sync.Map

// In is the policy's own zone, or the programme's where it names none.
func (p Policy) In(programme calendar.Zone) calendar.Zone {
	if p.Zone == "" {
		return programme
	}
	if z, ok := zones.Load(p.Zone); ok {
		return z.(calendar.Zone)
	}
	z, err := calendar.Load(p.Zone)
	if err != nil {
		return programme // Publish lets no such name in
	}
	zones.Store(p.Zone, z)
	return z
}

// endOfDay is the end of the local day n days after the one that at lies in.
func endOfDay(z calendar.Zone, at time.Time, n int) time.Time { return z.EndOf(z.Date(at).Add(n)) }

// dayEnd is the first end of a local day that is not before t.
func dayEnd(z calendar.Zone, t time.Time) time.Time { return endOfDay(z, t.Add(-time.Millisecond), 0) }

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
	if !p.Warnings || s.IdleUntil.IsZero() || !s.BurnsAt.IsZero() || !s.idles() {
		return time.Time{}
	}
	return s.IdleUntil.Add(-p.warning())
}

// idles reports whether the account has points that burn with idleness.
func (s State) idles() bool {
	for _, l := range s.Lots {
		if l.Idles {
			return true
		}
	}
	return false
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
