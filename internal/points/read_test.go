package points

import (
	"strings"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
)

// FuzzChangeOf reads any body: it never panics, and what it reads it writes back the same.
func FuzzChangeOf(f *testing.F) {
	_, c := twelveLots(f)
	f.Add(recordOf(f, c).Body)
	f.Add([]byte(`{"after":{"l":"5 0 0 1 202603 game a b","m":"202603 5 0 1","u":"1 2 3 ","c":"4 cap:x y"},"fell":"1 2 0 burns game x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		rec := journal.Record{Stream: Stream("a"), Seq: 1, Key: "k", Kind: "award", Body: body}
		first, err := ChangeOf(rec)
		if err != nil {
			return
		}
		rec.Body = recordOf(t, first).Body
		second, err := ChangeOf(rec)
		if err != nil || sameChange(first, second) != nil {
			t.Fatalf("read %+v, written and read again %+v: %v", first, second, err)
		}
	})
}

func TestARecordThatCannotBeReadIsNamed(t *testing.T) {
	for _, body := range []string{
		`{`, `{"after":{"l":"much"}}`, `{"after":{"m":"202603 1"}}`, `{"after":{"u":"1"}}`, `{"after":{"c":"-- x"}}`, `{"after":{"l":"5 0 0 1 202603 game|"}}`,
		`{"after":{"h":[{"l":"x"}]}}`,
	} {
		rec := journal.Record{Stream: Stream("a"), Seq: 7, Kind: "award", Body: []byte(body)}
		if _, err := StateOf(rec); err == nil || !strings.Contains(err.Error(), rec.ID()) {
			t.Errorf("the state of %s: %v", body, err)
		}
		if _, err := ChangeOf(rec); err == nil {
			t.Errorf("the change of %s was read", body)
		}
	}
	for _, body := range []string{`{"fell":"x"}`, `{"took":"x"}`, `{"op":{"l":"x"}}`, `{"op":{"ms":"x"}}`, `{"op":{"c":"-- x"}}`} {
		if _, err := ChangeOf(journal.Record{Stream: Stream("a"), Seq: 7, Body: []byte(body)}); err == nil {
			t.Errorf("the change of %s was read", body)
		}
	}
}

// A stream whose records are each well formed can still be a lie.
func TestVerifyFindsWhatNoStateShows(t *testing.T) {
	b := newBook(t, DefaultPolicy())
	var recs []journal.Record
	keep := func(at string, op Op) Change {
		c := b.do(at, op)
		recs = append(recs, recordOf(t, c))
		return c
	}
	keep("2026-03-02T10:00:00Z", Op{Kind: KindAward, Key: "g", Amount: 100, Source: SourceGrant})
	spend := keep("2026-03-02T11:00:00Z", Op{Kind: KindSpend, Key: "s", Amount: 60})
	before := b.state
	keep("2026-03-02T12:00:00Z", Op{Kind: KindRefund, Key: "r", Of: "s", OfSeq: 2, Pieces: spend.Took})
	if err := VerifyStream(recs); err != nil {
		t.Fatal(err)
	}
	t.Run("a refund of more than the spend took", func(t *testing.T) {
		b.state = before
		b.state.Spent, b.state.Earned = b.state.Spent+10, b.state.Earned+10
		forged := spend.Took[0]
		forged.Amount += 10
		c := b.do("2026-03-02T12:00:00Z", Op{Kind: KindRefund, Key: "r", Of: "s", OfSeq: 2, Pieces: []Lot{forged}})
		c.After.Spent, c.After.Earned = 0, 100
		if err := VerifyStream([]journal.Record{recs[0], recs[1], recordOf(t, c)}); err == nil {
			t.Error("nobody noticed")
		}
	})
	t.Run("a refund of a spend that never was", func(t *testing.T) {
		b.state = before
		c := b.do("2026-03-02T12:00:00Z", Op{Kind: KindRefund, Key: "r", Of: "x", OfSeq: 9, Pieces: spend.Took})
		if err := VerifyStream([]journal.Record{recs[0], recs[1], recordOf(t, c)}); err == nil || !strings.Contains(err.Error(), "undoes") {
			t.Errorf("verify says %v", err)
		}
	})
	t.Run("a record that is missing", func(t *testing.T) {
		if err := VerifyStream([]journal.Record{recs[0], recs[2]}); err == nil {
			t.Error("nobody noticed")
		}
	})
}

func TestPolicyDates(t *testing.T) {
	z, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	p := DefaultPolicy()
	for _, c := range []struct {
		why, at   string
		settleDay int
		want      string
	}{
		{"the 11th of this month", "2026-03-05T10:00:00Z", 11, "2026-03-10T22:00:00Z"},
		{"after the 11th, of the next", "2026-12-11T10:00:00Z", 11, "2027-01-10T22:00:00Z"},
		{"the 31st of February is its last day", "2026-02-05T10:00:00Z", 31, "2026-02-27T22:00:00Z"},
	} {
		p.SettleDay = c.settleDay
		if got := p.Settles(z, instantOf(t, c.at)); !got.Equal(instantOf(t, c.want)) {
			t.Errorf("%s: settles at %s, want %s", c.why, got, c.want)
		}
	}
	for _, c := range []struct{ from, want string }{
		{"2026-01-31T10:00:00Z", "2026-03-31T21:00:00Z"}, {"2026-12-31T22:30:00Z", "2027-03-31T21:00:00Z"},
	} {
		if got := p.Expiry(z, SourceGame, instantOf(t, c.from)); !got.Equal(instantOf(t, c.want)) {
			t.Errorf("from %s it expires at %s, want %s", c.from, got, c.want)
		}
	}
	if at := instantOf(t, "2026-03-29T21:00:00Z"); !dayEnd(z, at).Equal(at) || !dayEnd(z, at.Add(time.Millisecond)).Equal(at.Add(24*time.Hour)) {
		t.Error("an end of day is not its own")
	}
}
