package points

import "testing"

// "120 points burn on Friday at midnight; one finished game saves 80 of them."
func TestForecast(t *testing.T) {
	p := vectorPolicy()
	friday := "2026-03-27T22:00:00Z" // the end of Friday 27 March, 00:00+02
	b := newBook(t, p)
	b.do("2026-03-20T10:00:00Z", game(80)) // seven days on is Friday
	b.do("2026-03-20T11:00:00Z", grant(t, 40, friday))
	b.do("2026-03-20T12:00:00Z", Op{Kind: KindAward, Key: "pending", Amount: 70, Source: SourcePurchase})
	b.do("2026-03-20T13:00:00Z", Op{Kind: KindAward, Key: "waits", Amount: 9, Source: SourcePurchase, Undelivered: true})
	f := b.state.Forecast(instantOf(t, "2026-03-25T09:00:00Z"), p, b.zone)
	first := f.Losses[0]
	b.wantTime("the first loss", first.At, friday)
	if first.Amount != 120 || first.Saves != 80 || first.Burns != 80 || !first.Certain || f.Alive != 120 {
		t.Errorf("forecast %+v of %d alive", first, f.Alive)
	}
	b.wantTime("a game now would leave time until", f.PlayedIdleUntil, "2026-04-01T21:00:00Z")

	t.Run("the finished game keeps what was promised, and no more", func(t *testing.T) {
		before := b.state
		b.do("2026-03-25T09:00:00Z", Op{Kind: KindPlayed, Key: "play", Played: true})
		if v := b.view(friday); v.Alive != 80 || v.Totals.Expired != 40 || v.Totals.Burned != 0 {
			t.Errorf("after the game %+v", v)
		}
		b.state = before
		if v := b.view(friday); v.Alive != 0 || v.Totals.Burned != 80 {
			t.Errorf("without it %+v", v)
		}
	})
	t.Run("it agrees with the clock, event by event", func(t *testing.T) {
		for _, e := range f.Events {
			was, is := b.state.View(e.At.Add(-1e6)), b.state.View(e.At)
			moved := map[Why]int64{
				WhyExpires: is.Totals.Expired - was.Totals.Expired, WhyBurns: is.Totals.Burned - was.Totals.Burned,
				WhyActive: was.Pending - is.Pending,
			}[e.Why]
			if moved != e.Amount {
				t.Errorf("%+v, but %d moved", e, moved)
			}
		}
	})
}

// Without a warning nothing is sure to burn; what the next warning would say is told as that.
func TestForecastUnwarned(t *testing.T) {
	p := DefaultPolicy()
	b := newBook(t, p)
	b.do("2026-03-02T10:00:00Z", game(100)) // idle until 9 March 22:00Z
	f := b.state.Forecast(instantOf(t, "2026-03-05T10:00:00Z"), p, b.zone)
	if l := f.Losses[0]; l.Amount != 100 || l.Certain || l.Saves != 100 || !l.At.Equal(b.state.IdleUntil) {
		t.Errorf("unwarned %+v", l)
	}
	t.Run("a game on the same day moves nothing, so it saves nothing", func(t *testing.T) {
		f := b.state.Forecast(instantOf(t, "2026-03-02T12:00:00Z"), p, b.zone)
		if l := f.Losses[0]; l.Saves != 0 {
			t.Errorf("%+v", l)
		}
	})
	t.Run("long past, a warning now would leave three days", func(t *testing.T) {
		f := b.state.Forecast(instantOf(t, "2026-03-20T10:00:00Z"), p, b.zone)
		b.wantTime("it burns", f.Losses[0].At, "2026-03-23T22:00:00Z")
	})
	t.Run("warned, it is certain", func(t *testing.T) {
		b.do("2026-03-07T10:00:00Z", Op{Kind: KindWarn})
		f := b.state.Forecast(instantOf(t, "2026-03-08T10:00:00Z"), p, b.zone)
		if l := f.Losses[0]; !l.Certain || l.Saves != 100 || l.Burns != 100 || len(f.Losses) != 1 {
			t.Errorf("warned %+v", f.Losses)
		}
	})
	t.Run("an account with nothing in it fears nothing", func(t *testing.T) {
		f := State{Owner: "new"}.Forecast(instantOf(t, "2026-03-08T10:00:00Z"), p, b.zone)
		if len(f.Events) != 0 || len(f.Losses) != 0 {
			t.Errorf("%+v", f)
		}
	})
}
