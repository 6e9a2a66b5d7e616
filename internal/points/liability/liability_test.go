package liability_test

import (
	"reflect"
	"testing"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/points"
	"firebrand/internal/points/liability"
	"firebrand/internal/testenv"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	must(t, err)
	return v
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestByHand holds the answer against what was worked out by hand for a few accounts, Europe/Kyiv, the default policy:
// points live to the end of the third month counting the one they become active in, purchases settle on the 11th.
func TestByHand(t *testing.T) {
	clock := testenv.At("2026-03-02T08:00:00Z")
	journal := testenv.Journal(t, testenv.Engine(t), clock.Now, points.Family)
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	p := &points.Service{Journal: journal, Zone: zone, Policy: points.DefaultPolicy(), Now: clock.Now}
	ctx := t.Context()
	award := func(account string, amount int64, source points.Source, funding string, undelivered bool) {
		t.Helper()
		_, err := p.Award(ctx, points.Award{
			Key: account + funding + string(source), Account: account, Amount: amount, Source: source, Funding: funding, Ref: "x", Undelivered: undelivered,
		})
		must(t, err)
	}
	// 2 March: 100 granted (until the end of May), 300 bought and delivered (from 10 March 22:00Z to the end of May),
	// 70 bought and on the way.
	award("olena", 100, points.SourceGrant, "velmar", false)
	award("taras", 300, points.SourcePurchase, "supplier", false)
	award("firm", 70, points.SourcePurchase, "supplier", true)
	// 5 March: 40 of the 100 held, 25 spent.
	clock.Set(at(t, "2026-03-05T08:00:00Z"))
	_, err = p.Hold(ctx, points.HoldRequest{Key: "hold", Account: "olena", Amount: 40})
	must(t, err)
	_, err = p.Spend(ctx, points.Spend{Key: "spend", Account: "olena", Amount: 25})
	must(t, err)
	// 12 April: 60 won, until the end of June.
	clock.Set(at(t, "2026-04-12T08:00:00Z"))
	award("taras", 60, points.SourceGame, "velmar", false)

	may, june := calendar.Month{Year: 2026, Mon: 5}, calendar.Month{Year: 2026, Mon: 6}
	never := calendar.Month{}
	type amounts = liability.Amounts
	for _, c := range []struct {
		name, at string
		whole    amounts
		accounts int
		months   []liability.MonthRow
		fundings []liability.Row
	}{
		{"before anything", "2026-03-02T07:59:59Z", amounts{}, 0, nil, nil},
		{"right after the awards", "2026-03-02T08:00:00Z", amounts{Alive: 100, Pending: 370}, 3,
			[]liability.MonthRow{{Month: may, Amounts: amounts{Alive: 100, Pending: 300}}, {Month: never, Amounts: amounts{Pending: 70}}},
			[]liability.Row{{Name: "supplier", Amounts: amounts{Pending: 370}}, {Name: "velmar", Amounts: amounts{Alive: 100}}}},
		{"a millisecond before the 11th", "2026-03-10T21:59:59.999Z", amounts{Alive: 35, Pending: 370, Held: 40}, 3,
			[]liability.MonthRow{{Month: may, Amounts: amounts{Alive: 35, Pending: 300, Held: 40}}, {Month: never, Amounts: amounts{Pending: 70}}},
			[]liability.Row{{Name: "supplier", Amounts: amounts{Pending: 370}}, {Name: "velmar", Amounts: amounts{Alive: 35, Held: 40}}}},
		{"the 11th", "2026-03-10T22:00:00Z", amounts{Alive: 335, Pending: 70, Held: 40}, 3,
			[]liability.MonthRow{{Month: may, Amounts: amounts{Alive: 335, Held: 40}}, {Month: never, Amounts: amounts{Pending: 70}}},
			[]liability.Row{{Name: "supplier", Amounts: amounts{Alive: 300, Pending: 70}}, {Name: "velmar", Amounts: amounts{Alive: 35, Held: 40}}}},
		{"now, with the game", "2026-04-12T08:00:00Z", amounts{Alive: 395, Pending: 70, Held: 40}, 3,
			[]liability.MonthRow{{Month: may, Amounts: amounts{Alive: 335, Held: 40}}, {Month: june, Amounts: amounts{Alive: 60}}, {Month: never, Amounts: amounts{Pending: 70}}},
			[]liability.Row{{Name: "supplier", Amounts: amounts{Alive: 300, Pending: 70}}, {Name: "velmar", Amounts: amounts{Alive: 95, Held: 40}}}},
		{"the first of June to come: what was alive of May has expired, what is held has not", "2026-05-31T21:00:00Z", amounts{Alive: 60, Pending: 70, Held: 40}, 3,
			[]liability.MonthRow{{Month: may, Amounts: amounts{Held: 40}}, {Month: june, Amounts: amounts{Alive: 60}}, {Month: never, Amounts: amounts{Pending: 70}}},
			[]liability.Row{{Name: "supplier", Amounts: amounts{Pending: 70}}, {Name: "velmar", Amounts: amounts{Alive: 60, Held: 40}}}},
		{"in ten years", "2036-01-01T00:00:00Z", amounts{Pending: 70, Held: 40}, 2,
			[]liability.MonthRow{{Month: may, Amounts: amounts{Held: 40}}, {Month: never, Amounts: amounts{Pending: 70}}},
			[]liability.Row{{Name: "supplier", Amounts: amounts{Pending: 70}}, {Name: "velmar", Amounts: amounts{Held: 40}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := liability.At(ctx, p, at(t, c.at), liability.Options{})
			must(t, err)
			if got.Amounts != c.whole || got.Accounts != c.accounts || got.Debt != 0 {
				t.Errorf("%+v in %d accounts", got.Amounts, got.Accounts)
			}
			if !reflect.DeepEqual(got.ByMonth, c.months) {
				t.Errorf("by month %+v", got.ByMonth)
			}
			if !reflect.DeepEqual(got.ByFunding, c.fundings) {
				t.Errorf("by funding %+v", got.ByFunding)
			}
		})
	}
	t.Run("one source alone", func(t *testing.T) {
		got, err := liability.At(ctx, p, at(t, "2026-03-10T22:00:00Z"), liability.Options{Funding: "velmar"})
		must(t, err)
		if got.Amounts != (amounts{Alive: 35, Held: 40}) || got.Accounts != 1 || len(got.ByFunding) != 1 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("debt stands outside", func(t *testing.T) {
		_, err := p.Spend(ctx, points.Spend{Key: "most", Account: "taras", Amount: 350})
		must(t, err)
		_, err = p.Reverse(ctx, points.Reverse{
			Key: "return", Account: "taras", Award: "tarassupplierpurchase", Amount: 300, Mode: points.ModeDebt, Ref: "order",
		})
		must(t, err)
		got, err := liability.At(ctx, p, clock.Now(), liability.Options{})
		must(t, err)
		if got.Amounts != (amounts{Alive: 45, Pending: 70, Held: 40}) || got.Debt != 300 {
			t.Errorf("%+v, debt %d", got.Amounts, got.Debt)
		}
	})
}

// Kyiv's 29 March 2026 has 23 hours; before an account's first record nothing is owed.
func TestEdgesOfTime(t *testing.T) {
	clock := testenv.At("2026-03-28T21:59:00Z")
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	policy := points.DefaultPolicy()
	policy.Lives = []points.Life{{Kind: points.LifeDays, N: 1}}
	p := &points.Service{Journal: testenv.Journal(t, testenv.Engine(t), clock.Now, points.Family), Zone: zone, Policy: policy, Now: clock.Now}
	for _, key := range []string{"on the 28th", "on the 29th"} {
		_, err = p.Award(t.Context(), points.Award{Key: key, Account: "olena", Amount: 10, Source: points.SourceGrant})
		must(t, err)
		clock.Add(2 * time.Minute)
	}
	for instant, want := range map[string]int64{
		"0001-01-01T00:00:00Z": 0, "2026-03-28T21:58:59Z": 0, "2026-03-28T21:59:00Z": 10, "2026-03-29T20:59:59Z": 20,
		"2026-03-29T21:00:00Z": 10, "2026-03-30T20:59:59Z": 10, "2026-03-30T21:00:00Z": 0,
	} {
		owed, err := liability.At(t.Context(), p, at(t, instant), liability.Options{})
		must(t, err)
		if owed.Alive != want || owed.All() != want {
			t.Errorf("at %s %d are owed, want %d", instant, owed.All(), want)
		}
	}
}
