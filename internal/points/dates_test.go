package points

import (
	"testing"
	"time"

	"firebrand/internal/calendar"
)

// The hard days, each instant worked out by hand: Kyiv is UTC+2, UTC+3 from the last Sunday of March to that of October
// (29 March and 25 October 2026, at 01:00Z). Beirut is the same, but changes at its midnights. São Paulo was UTC-3,
// UTC-2 from 4 November 2018 to 17 February 2019, and changed at its midnights too.
func TestHardDays(t *testing.T) {
	days := func(n int) Life { return Life{Kind: LifeDays, N: n} }
	months := func(n int) Life { return Life{Kind: LifeMonths, N: n} }
	monthEnd := func(n int) Life { return Life{Kind: LifeMonthEnd, N: n} }
	quarters := func(n int) Life { return Life{Kind: LifeQuarterEnd, N: n} }
	fixed := Life{Kind: LifeDates, Dates: []DayOfYear{{time.August, 31}, {time.February, 29}}}
	for _, c := range []struct {
		why, zone string
		life      Life
		from      string
		want      string
	}{
		// 00:30 on 1 February; March begins at 00:00+02.
		{"half past midnight is the new month", "Europe/Kyiv", monthEnd(1), "2026-01-31T22:30:00Z", "2026-02-28T22:00:00Z"},
		// 23:59 on 31 January; February begins at 00:00+02.
		{"a minute before it is the old one", "Europe/Kyiv", monthEnd(1), "2026-01-31T21:59:00Z", "2026-01-31T22:00:00Z"},
		// April begins at 00:00+03, summer time by then.
		{"a month that begins in winter ends in summer", "Europe/Kyiv", monthEnd(1), "2026-03-10T10:00:00Z", "2026-03-31T21:00:00Z"},
		// 31 February is the 28th; 1 March 00:00+02.
		{"a month on from 31 January", "Europe/Kyiv", months(1), "2026-01-31T10:00:00Z", "2026-02-28T22:00:00Z"},
		// 2028 is a leap year.
		{"and in a leap year", "Europe/Kyiv", months(1), "2028-01-31T10:00:00Z", "2028-02-29T22:00:00Z"},
		// 29 February 2029 is the 28th.
		{"a year on from 29 February", "Europe/Kyiv", months(12), "2028-02-29T10:00:00Z", "2029-02-28T22:00:00Z"},
		// One month on from 31 March is 30 April, not 1 May; 1 May 00:00+03.
		{"a month on from 31 March", "Europe/Kyiv", months(1), "2026-03-31T10:00:00Z", "2026-04-30T21:00:00Z"},
		// 29 March has 23 hours: from 28T22:00Z to 29T21:00Z.
		{"the day of 23 hours", "Europe/Kyiv", days(1), "2026-03-28T10:00:00Z", "2026-03-29T21:00:00Z"},
		// 25 October has 25 hours: from 24T21:00Z to 25T22:00Z.
		{"the day of 25 hours", "Europe/Kyiv", days(1), "2026-10-24T10:00:00Z", "2026-10-25T22:00:00Z"},
		// 30 days on from 1 October is the 31st, winter time by then.
		{"thirty days across it", "Europe/Kyiv", days(30), "2026-10-01T10:00:00Z", "2026-10-31T22:00:00Z"},
		// 1 April 00:00+03.
		{"the first quarter ends in summer time", "Europe/Kyiv", quarters(1), "2026-02-10T10:00:00Z", "2026-03-31T21:00:00Z"},
		// 1 July 00:00+03.
		{"the quarter after it", "Europe/Kyiv", quarters(2), "2026-02-10T10:00:00Z", "2026-06-30T21:00:00Z"},
		// 23:59 on 31 December; 1 January 00:00+02.
		{"the last minute of the last quarter", "Europe/Kyiv", quarters(1), "2026-12-31T21:59:00Z", "2026-12-31T22:00:00Z"},
		// 00:30 on 1 January.
		{"the first of the next", "Europe/Kyiv", quarters(1), "2026-12-31T22:30:00Z", "2027-03-31T21:00:00Z"},
		// 29 February 2026 is the 28th.
		{"29 February in a year without one", "Europe/Kyiv", fixed, "2026-01-10T10:00:00Z", "2026-02-28T22:00:00Z"},
		{"on the fixed day itself", "Europe/Kyiv", fixed, "2028-02-29T12:00:00Z", "2028-02-29T22:00:00Z"},
		// 1 March at noon; 1 September 00:00+03.
		{"the day after it", "Europe/Kyiv", fixed, "2028-03-01T10:00:00Z", "2028-08-31T21:00:00Z"},
		{"past the year's last", "Europe/Kyiv", fixed, "2026-09-01T10:00:00Z", "2027-02-28T22:00:00Z"},
		// Beirut's 29 March 2026 begins at 01:00+03, which is 28T22:00Z: its midnight is missing.
		{"the end of the day before a missing midnight", "Asia/Beirut", days(1), "2026-03-27T10:00:00Z", "2026-03-28T22:00:00Z"},
		{"the day without one", "Asia/Beirut", days(1), "2026-03-28T10:00:00Z", "2026-03-29T21:00:00Z"},
		// At 25 October 00:00+03 it is 24 October 23:00+02 again: the 24th ends an hour later.
		{"a midnight that comes twice", "Asia/Beirut", days(1), "2026-10-23T10:00:00Z", "2026-10-24T22:00:00Z"},
		// São Paulo's 4 November 2018 begins at 01:00-02, which is 03:00Z.
		{"São Paulo's missing midnight", "America/Sao_Paulo", days(1), "2018-11-02T12:00:00Z", "2018-11-04T03:00:00Z"},
		{"the day without one there", "America/Sao_Paulo", days(1), "2018-11-03T12:00:00Z", "2018-11-05T02:00:00Z"},
		// 16 February 2019 ends at the second midnight, 00:00-03.
		{"São Paulo's midnight that comes twice", "America/Sao_Paulo", days(1), "2019-02-15T12:00:00Z", "2019-02-17T03:00:00Z"},
	} {
		z, err := calendar.Load(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		p := Policy{Lives: []Life{c.life}}
		if got := p.Expiry(z, SourceGame, instantOf(t, c.from)); !got.Equal(instantOf(t, c.want)) {
			t.Errorf("%s: from %s it lives until %s, want %s", c.why, c.from, got.Format(time.RFC3339), c.want)
		}
	}
}

// Settlement days and days of idleness on the same hard days.
func TestHardSettlementAndIdleness(t *testing.T) {
	for _, c := range []struct {
		why, zone string
		settleDay int
		delivered string
		want      string
	}{
		// 29 March, the day of 23 hours, begins at 00:00+02.
		{"delivered the day before", "Europe/Kyiv", 29, "2026-03-28T10:00:00Z", "2026-03-28T22:00:00Z"},
		{"delivered as it begins, a month later", "Europe/Kyiv", 29, "2026-03-28T22:00:00Z", "2026-04-28T21:00:00Z"},
		{"the 31st of a February", "Europe/Kyiv", 31, "2028-02-10T10:00:00Z", "2028-02-28T22:00:00Z"},
		// Its midnight is missing: the day begins at 01:00+03.
		{"a settlement day without a midnight", "Asia/Beirut", 29, "2026-03-20T10:00:00Z", "2026-03-28T22:00:00Z"},
		{"São Paulo's", "America/Sao_Paulo", 4, "2018-10-20T10:00:00Z", "2018-11-04T03:00:00Z"},
	} {
		z, err := calendar.Load(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		p := Policy{SettleDay: c.settleDay}
		if got := p.Settles(z, instantOf(t, c.delivered)); !got.Equal(instantOf(t, c.want)) {
			t.Errorf("%s: active at %s, want %s", c.why, got.Format(time.RFC3339), c.want)
		}
	}
	b := newBook(t, vectorPolicy())
	// 25 October has 25 hours: the seventh day on, 31 October, ends at 00:00+02.
	b.do("2026-10-24T10:00:00Z", game(10))
	b.wantTime("idle until", b.state.IdleUntil, "2026-10-31T22:00:00Z")
}

// What was promised in one zone stays; what comes after the zone was changed goes by the other.
func TestAZoneChangedByPolicy(t *testing.T) {
	b := newBook(t, vectorPolicy())
	b.policy.Lives = []Life{{Kind: LifeMonthEnd, N: 1}}
	b.policy.Caps = []SourceCap{{SourceGrant, 100}}
	b.do("2026-03-02T10:00:00Z", Op{Kind: KindAward, Key: "kyiv", Amount: 60, Source: SourceGrant})
	b.policy.Zone, b.policy.Version = "America/Sao_Paulo", 2
	b.zone = b.policy.In(b.zone)
	b.do("2026-03-02T11:00:00Z", Op{Kind: KindAward, Key: "paulo", Amount: 30, Source: SourceGrant})
	if b.last.Op.Policy != 2 {
		t.Errorf("the record names policy %d", b.last.Op.Policy)
	}
	b.wantAlive("2026-03-31T20:59:59.999Z", 90)
	b.wantAlive("2026-03-31T21:00:00Z", 30) // 1 April 00:00+03 in Kyiv
	b.wantAlive("2026-04-01T02:59:59.999Z", 30)
	b.wantAlive("2026-04-01T03:00:00Z", 0) // 1 April 00:00-03 in São Paulo
	// At 2026-04-01T01:00Z it is April in Kyiv and still March in São Paulo: what came under the cap still counts.
	if c := b.do("2026-04-01T01:00:00Z", Op{Kind: KindAward, Key: "late", Amount: 60, Source: SourceGrant}); c.Moved != 10 || c.CutBy != "policy:grant" {
		t.Errorf("%d came, cut by %q", c.Moved, c.CutBy)
	}
}
