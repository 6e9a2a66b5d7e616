package calendar

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, without a zone.
type Date struct {
	Year int
	Mon  time.Month
	Day  int
}

// Add returns the date n days later, or earlier for a negative n.
func (d Date) Add(n int) Date {
	y, m, day := time.Date(d.Year, d.Mon, d.Day+n, 0, 0, 0, 0, time.UTC).Date()
	return Date{y, m, day}
}

// AddMonths returns the same day n months later, clamped to that month's last day: 31 January + 1 is the end of February.
func (d Date) AddMonths(n int) Date {
	m := d.Month().Add(n)
	return Date{m.Year, m.Mon, min(d.Day, m.Days())}
}

// Month is the date's month.
func (d Date) Month() Month { return Month{d.Year, d.Mon} }

// Before reports whether d comes before e.
func (d Date) Before(e Date) bool {
	return d.Month().Before(e.Month()) || d.Month() == e.Month() && d.Day < e.Day
}

// DaysUntil is the number of days from d to e, negative when e is earlier.
func (d Date) DaysUntil(e Date) int {
	from := time.Date(d.Year, d.Mon, d.Day, 0, 0, 0, 0, time.UTC)
	to := time.Date(e.Year, e.Mon, e.Day, 0, 0, 0, 0, time.UTC)
	return int(to.Sub(from) / (24 * time.Hour))
}

// Weekday is the date's day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Date(d.Year, d.Mon, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// String is the date as 2006-01-02.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Mon, d.Day) }

// ParseDate reads a date as 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is no date like 2006-01-31", s)
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// Month is a month of the calendar, without a zone. As text it is 2006-01, which also sorts by time.
type Month struct {
	Year int
	Mon  time.Month
}

// Add returns the month n months later, or earlier for a negative n.
func (m Month) Add(n int) Month {
	y, mon, _ := time.Date(m.Year, m.Mon+time.Month(n), 1, 0, 0, 0, 0, time.UTC).Date()
	return Month{y, mon}
}

// Next is the following month.
func (m Month) Next() Month { return m.Add(1) }

// Prev is the month before.
func (m Month) Prev() Month { return m.Add(-1) }

// First is the month's first day.
func (m Month) First() Date { return Date{m.Year, m.Mon, 1} }

// Last is the month's last day.
func (m Month) Last() Date { return Date{m.Year, m.Mon, m.Days()} }

// Days is the number of days in the month.
func (m Month) Days() int { return time.Date(m.Year, m.Mon+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// Before reports whether m comes before n.
func (m Month) Before(n Month) bool { return m.Year < n.Year || m.Year == n.Year && m.Mon < n.Mon }

// IsZero reports whether m is the zero Month.
func (m Month) IsZero() bool { return m == Month{} }

// String is the month as 2006-01.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, m.Mon) }

// ParseMonth reads a month as 2006-01.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return Month{}, fmt.Errorf("%q is no month like 2006-01", s)
	}
	return Month{t.Year(), t.Month()}, nil
}

// MarshalText writes the month as 2006-01, in JSON too; the zero Month as the empty text.
func (m Month) MarshalText() ([]byte, error) {
	if m.IsZero() {
		return nil, nil
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (m *Month) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*m = Month{}
		return nil
	}
	parsed, err := ParseMonth(string(b))
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}
