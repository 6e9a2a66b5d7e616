// Package calendar is the programme's zone: its days and months, and where they begin and end.
//
// The rule that matters most: the end of day D is the first instant whose local date is after D. Midnight itself can be
// missing (Beirut, São Paulo) or come twice, so no bound is ever made by adding 24 hours or by time.AddDate.
package calendar

import (
	"fmt"
	"time"
	_ "time/tzdata" // the program must know its zone on machines that ship none
)

// Zone is one IANA time zone. The zero Zone is UTC.
type Zone struct{ loc *time.Location }

// Load returns the zone of an IANA name such as "Europe/Kyiv".
func Load(name string) (Zone, error) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return Zone{}, fmt.Errorf("unknown time zone %q: name it as IANA does, such as Europe/Kyiv", name)
	}
	return Zone{loc}, nil
}

// Location is the zone as the standard library knows it, for formatting.
func (z Zone) Location() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}

// String is the zone's IANA name.
func (z Zone) String() string { return z.Location().String() }

// Date is the local date of an instant.
func (z Zone) Date(t time.Time) Date {
	y, m, d := t.In(z.Location()).Date()
	return Date{y, m, d}
}

// Month is the local month of an instant.
func (z Zone) Month(t time.Time) Month { return z.Date(t).Month() }

// EndOf is the end of day d: the first instant, in UTC, whose local date is after d.
func (z Zone) EndOf(d Date) time.Time { return z.StartOf(d.Add(1)) }

// StartOf is the start of day d: the first instant, in UTC, whose local date is d or later.
func (z Zone) StartOf(d Date) time.Time {
	midnight := time.Date(d.Year, d.Mon, d.Day, 0, 0, 0, 0, time.UTC)
	// No zone is more than 26 hours from UTC, so the answer lies within this window. Between two transitions the
	// offset is constant, and the first instant of the stretch whose local date is d or later is plain arithmetic.
	at, last := midnight.Add(-26*time.Hour), midnight.Add(26*time.Hour)
	for {
		local := at.In(z.Location())
		_, offset := local.Zone()
		_, end := local.ZoneBounds()
		first := midnight.Add(-time.Duration(offset) * time.Second)
		if first.Before(at) {
			first = at
		}
		if end.IsZero() || first.Before(end) || end.After(last) {
			return first.UTC()
		}
		at = end
	}
}

// StartOfMonth is the first instant of the month, in UTC.
func (z Zone) StartOfMonth(m Month) time.Time { return z.StartOf(m.First()) }

// EndOfMonth is the first instant after the month, in UTC.
func (z Zone) EndOfMonth(m Month) time.Time { return z.StartOfMonth(m.Next()) }

// Milli cuts an instant to the millisecond, in UTC: the precision that is kept everywhere.
func Milli(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Millis is an instant in Unix milliseconds, and 0 for the zero time: as records keep one that may be missing.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Instant is what Millis was made of, cut to the millisecond.
func Instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
