package calendar_test

import (
	"testing"
	"time"

	"firebrand/internal/calendar"
)

func zone(t *testing.T, name string) calendar.Zone {
	t.Helper()
	z, err := calendar.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestBoundsOfDays(t *testing.T) {
	for _, c := range []struct{ why, zone, day, start, end string }{
		{"a plain day", "Europe/Kyiv", "2026-03-24", "2026-03-23T22:00:00Z", "2026-03-24T22:00:00Z"},
		{"Kyiv's day of 23 hours", "Europe/Kyiv", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},
		{"Kyiv's day of 25 hours", "Europe/Kyiv", "2026-10-25", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"},
		{"no midnight in Beirut", "Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z", "2024-03-31T21:00:00Z"},
		{"no midnight in São Paulo", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"São Paulo's midnight comes back as 23:00", "America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
		{"Samoa skipped a whole day", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
		{"a leap day", "UTC", "2028-02-29", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"},
		{"far east", "Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z", "2026-01-01T10:00:00Z"},
	} {
		t.Run(c.why, func(t *testing.T) {
			z := zone(t, c.zone)
			d, err := calendar.ParseDate(c.day)
			if err != nil {
				t.Fatal(err)
			}
			if got := z.StartOf(d).Format(time.RFC3339); got != c.start {
				t.Errorf("start %s, want %s", got, c.start)
			}
			if got := z.EndOf(d).Format(time.RFC3339); got != c.end {
				t.Errorf("end %s, want %s", got, c.end)
			}
		})
	}
}

// Every instant of some years lies in the day that its local date names: the definition, checked hour by hour.
func TestEveryHourLiesInItsDay(t *testing.T) {
	for _, name := range []string{"Europe/Kyiv", "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		z := zone(t, name)
		for at := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2020; at = at.Add(time.Hour) {
			d := z.Date(at)
			if z.StartOf(d).After(at) || !z.EndOf(d).After(at) {
				t.Fatalf("%s: %s is outside its day %s [%s, %s)", name, at, d, z.StartOf(d), z.EndOf(d))
			}
		}
	}
}

func TestMonths(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2028-01-31", 1, "2028-02-29"}, {"2026-03-31", -1, "2026-02-28"},
		{"2026-12-15", 1, "2027-01-15"}, {"2026-01-15", -1, "2025-12-15"}, {"2024-02-29", 12, "2025-02-28"},
	} {
		d, err := calendar.ParseDate(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
	m, err := calendar.ParseMonth("2026-11")
	if err != nil || m.Next().String() != "2026-12" || m.Next().Next().String() != "2027-01" || m.Last().String() != "2026-11-30" {
		t.Errorf("month arithmetic: %v %v %v", m.Next(), m.Last(), err)
	}
	z := zone(t, "Europe/Kyiv")
	if got := z.EndOfMonth(m).Format(time.RFC3339); got != "2026-11-30T22:00:00Z" {
		t.Errorf("end of November in Kyiv %s", got)
	}
	if _, err := calendar.ParseMonth("2026-13"); err == nil {
		t.Error("month 13 was read")
	}
}

func TestDaysUntil(t *testing.T) {
	a, b := calendar.Date{Year: 2026, Mon: 3, Day: 28}, calendar.Date{Year: 2026, Mon: 4, Day: 2}
	if a.DaysUntil(b) != 5 || b.DaysUntil(a) != -5 || !a.Before(b) || b.Before(a) {
		t.Error("days between dates are wrong")
	}
}

func TestMillis(t *testing.T) {
	at := time.Date(1969, 7, 20, 20, 17, 40, 1_500_000, time.FixedZone("", 3600))
	if ms := calendar.Millis(at); !calendar.Instant(ms).Equal(calendar.Milli(at)) || calendar.Instant(ms).Location() != time.UTC {
		t.Errorf("%v comes back as %v", at, calendar.Instant(ms))
	}
	if calendar.Millis(time.Time{}) != 0 || !calendar.Instant(0).IsZero() {
		t.Error("no instant became one")
	}
}
