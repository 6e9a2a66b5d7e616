package budget_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/internal/points/budget"
)

// plain sums every record of the journal, straight from the accounts' own words.
func (w *world) plain(from, to calendar.Date) budget.ByFunding {
	w.t.Helper()
	sums := budget.ByFunding{}
	after := ""
	for {
		recs, err := w.journal.Prefix(w.t.Context(), points.Family+"/", after, 500)
		must(w.t, err)
		for _, rec := range recs {
			after = rec.ID()
			if day := w.zone.Date(rec.At); day.Before(from) || to.Before(day) {
				continue
			}
			c, err := points.ChangeOf(rec)
			must(w.t, err)
			one := func(funding string, change func(*budget.Sums)) {
				s := sums[funding]
				change(&s)
				sums[funding] = s
			}
			for _, f := range c.Fell {
				one(f.Funding, func(s *budget.Sums) {
					if f.Why == points.WhyExpires {
						s.Expired += f.Amount
					}
					if f.Why == points.WhyBurns {
						s.Burned += f.Amount
					}
				})
			}
			switch points.Kind(rec.Kind) {
			case points.KindAward:
				one(c.Op.Funding, func(s *budget.Sums) { s.Awards++; s.Given += c.Moved })
			case points.KindCorrect:
				if c.Op.Amount > 0 {
					one(c.Op.Funding, func(s *budget.Sums) { s.Awards++; s.Given += c.Moved })
				}
			}
			for _, l := range c.Took {
				one(l.Funding, func(s *budget.Sums) {
					switch points.Kind(rec.Kind) {
					case points.KindSpend, points.KindCapture:
						s.Spent += l.Amount
					case points.KindReverse, points.KindCorrect:
						s.Reversed += l.Amount
					}
				})
			}
		}
		if len(recs) < 500 {
			return sums
		}
	}
}

// live does some weeks of random work on a dozen accounts.
func (w *world) live(r *rand.Rand, steps int) {
	w.t.Helper()
	ctx := w.t.Context()
	fundings := []string{"velmar", "supplier a.b", ""}
	var awards, spends [][2]string
	for i := range steps {
		account, key := fmt.Sprintf("m%d", r.IntN(12)), uuid.NewString()
		var err error
		switch r.IntN(7) {
		case 0, 1, 2:
			_, err = w.points.Award(ctx, points.Award{
				Key: key, Account: account, Amount: 1 + r.Int64N(50), Funding: fundings[r.IntN(3)], Ref: "x", Played: i%5 == 0,
				Source: []points.Source{points.SourceGame, points.SourcePurchase, points.SourceGrant}[r.IntN(3)],
			})
			awards = append(awards, [2]string{account, key})
		case 3:
			_, err = w.points.Spend(ctx, points.Spend{Key: key, Account: account, Amount: 1 + r.Int64N(40)})
			spends = append(spends, [2]string{account, key})
		case 4:
			if len(spends) > 0 {
				s := spends[r.IntN(len(spends))]
				_, err = w.points.Refund(ctx, points.Refund{Key: key, Account: s[0], Spend: s[1], Amount: r.Int64N(9)})
			}
		case 5:
			if len(awards) > 0 {
				a := awards[r.IntN(len(awards))]
				_, err = w.points.Reverse(ctx, points.Reverse{Key: key, Actor: "m", Account: a[0], Award: a[1], Amount: 1 + r.Int64N(9), Mode: points.ModeBalance, Ref: "x"})
			}
		case 6:
			_, err = w.points.Correct(ctx, points.Correct{Key: key, Actor: "m", Account: account, Amount: r.Int64N(41) - 20, Reason: "x", Funding: "velmar"})
		}
		if err != nil && fault.KindOf(err) == 0 {
			w.t.Fatal(err)
		}
		w.clock.Add(time.Duration(r.IntN(12)) * time.Hour)
	}
}

func TestDaysAreThePlainSum(t *testing.T) {
	w := newWorld(t)
	year := november("year", 3000)
	year.From, year.To = calendar.Date{Year: 2026, Mon: 1, Day: 1}, calendar.Date{Year: 2027, Mon: 12, Day: 31}
	w.save(year, 0)
	r := rand.New(rand.NewPCG(7, 11))
	for range 8 {
		w.live(r, 60)
		if r.IntN(2) == 0 {
			must(t, w.budgets.Sweep(t.Context()))
		}
		if r.IntN(3) == 0 {
			w.start()
		}
		today := w.zone.Date(w.clock.Now())
		for _, span := range [][2]calendar.Date{{year.From, year.To}, {today.Add(-9), today}, {today, today}, {year.From, today.Add(-1)}} {
			got, err := w.budgets.Days.Between(t.Context(), span[0], span[1])
			must(t, err)
			for _, sums := range []budget.ByFunding{got, w.plain(span[0], span[1])} {
				for funding := range sums {
					want := w.plain(span[0], span[1])[funding]
					have := got[funding]
					want.Refunded, have.Refunded = 0, 0 // held against the accounts below
					if have != want {
						t.Fatalf("%v %q: %+v, the records say %+v", span, funding, have, want)
					}
				}
			}
		}
	}
	t.Run("spent net of refunds is what the accounts say", func(t *testing.T) {
		got, err := w.budgets.Days.Between(t.Context(), year.From, year.To)
		must(t, err)
		var net, accounts int64
		for _, s := range got {
			net += s.Spent - s.Refunded
		}
		ids, err := w.points.Accounts(t.Context(), "", 100)
		must(t, err)
		for _, id := range ids {
			state, err := w.points.StateAt(t.Context(), id, w.clock.Now())
			must(t, err)
			accounts += state.Spent
		}
		if net != accounts || net == 0 {
			t.Errorf("spent %d, the accounts %d", net, accounts)
		}
	})
	if v := w.view("year"); v.Committed > 3000 || v.Committed <= 0 {
		t.Errorf("%+v", v)
	}
	w.verify()
}
