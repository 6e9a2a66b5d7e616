package rule_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"strconv"
	"testing"
	"time"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
)

func each(orders ...rule.Order) iter.Seq2[rule.Order, error] {
	return func(yield func(rule.Order, error) bool) {
		for _, o := range orders {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// bought is an order of a buyer, so many days after noon of 24 November.
func bought(buyer string, days int, lines ...rule.Line) rule.Order {
	o := order(lines...)
	o.ID, o.Buyer, o.Placed = buyer+"-"+strconv.Itoa(days), buyer, november.AddDate(0, 0, days)
	return o
}

func kyiv(t testing.TB) calendar.Zone {
	t.Helper()
	z, err := calendar.Load("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func always(s rule.Set) func(time.Time) rule.Set { return func(time.Time) rule.Set { return s } }

func TestReplay(t *testing.T) {
	ctx := context.Background()
	t.Run("it tells the cost of both, who gains and who loses, line by line", func(t *testing.T) {
		live, draft := rate("r", 1, 10000), rate("r", 3, 10000)
		draft.When.Groups = []string{"Primers"}
		var lines []rule.LineDifference
		sum, err := rule.Replay(ctx, rule.Replaying{
			Zone: kyiv(t), Live: always(set(live)), Draft: set(draft),
			Each: func(d rule.Difference) error { lines = append(lines, d.Lines...); return nil },
		}, each(
			bought("gainer", 0, line("a", "Primers", 1, 1000)), bought("loser", 1, line("b", "Paints", 1, 2000)),
			bought("even", 2, line("c", "Primers", 1, 1000), line("d", "Glue", 1, 2000)),
		))
		if err != nil {
			t.Fatal(err)
		}
		if sum.Live.Points != 10+20+30 || sum.Draft.Points != 30+0+30 || sum.Difference() != 0 || sum.Gain != 1 || sum.Lose != 1 || sum.Same != 1 {
			t.Errorf("got %+v", sum)
		}
		gain, lose := sum.Top(5)
		if len(gain) != 1 || gain[0].Buyer != "gainer" || gain[0].Difference() != 20 || len(lose) != 1 || lose[0].Buyer != "loser" {
			t.Errorf("got %+v and %+v", gain, lose)
		}
		if want := (rule.LineDifference{Line: "d", Live: 20, Draft: 0}); len(lines) != 4 || lines[3] != want {
			t.Errorf("got %+v", lines)
		}
	})
	t.Run("the set in force when an order was placed is the live one", func(t *testing.T) {
		live := func(at time.Time) rule.Set {
			if at.Before(november.AddDate(0, 0, 1)) {
				return rule.Set{}
			}
			return set(rate("r", 1, 10000))
		}
		sum, _ := rule.Replay(ctx, rule.Replaying{Zone: kyiv(t), Live: live, Draft: set(rate("r", 1, 10000))},
			each(bought("a", 0, line("x", "", 1, 100)), bought("a", 1, line("x", "", 1, 100))))
		if sum.Live.Points != 1 || sum.Draft.Points != 2 {
			t.Errorf("got %+v", sum)
		}
	})
	t.Run("a month's cap bounds each buyer and begins anew with the local month", func(t *testing.T) {
		capped := rate("r", 100, 10000)
		capped.CapMonth = 150
		sum, _ := rule.Replay(ctx, rule.Replaying{Zone: kyiv(t), Live: always(set(rate("r", 100, 10000))), Draft: set(capped)}, each(
			bought("a", 0, line("x", "", 1, 100)), bought("a", 1, line("x", "", 1, 100)), bought("b", 2, line("x", "", 1, 100)),
			bought("a", 10, line("x", "", 1, 100)),
		))
		if sum.Live.Points != 400 || sum.Draft.Points != 350 || sum.Draft.Cut != 50 {
			t.Errorf("got %+v", sum)
		}
	})
	t.Run("first and n-th orders are folded over what was read, also before what counts", func(t *testing.T) {
		draft := set(rule.Rule{ID: "f", Kind: rule.First, Points: 100}, rule.Rule{ID: "n", Kind: rule.Nth, Points: 7, Period: rule.Month, N: 2})
		sum, _ := rule.Replay(ctx, rule.Replaying{
			Zone: kyiv(t), Live: always(rule.Set{}), Draft: draft, CountFrom: november.AddDate(0, 0, 1),
		}, each(
			bought("a", 0, line("x", "G", 1, 1)), bought("a", 1, line("x", "G", 1, 1)), bought("a", 2, line("x", "H", 1, 1)),
			bought("a", 8, line("x", "G", 1, 1)),
		))
		if sum.Read != 4 || sum.Orders != 3 || sum.Draft.ByRule["f"] != 100 || sum.Draft.ByRule["n"] != 7 {
			t.Errorf("got %+v", sum)
		}
	})
	t.Run("what ends the orders ends the replay", func(t *testing.T) {
		broken := errors.New("the store is gone")
		_, err := rule.Replay(ctx, rule.Replaying{Zone: kyiv(t), Live: always(rule.Set{})},
			func(yield func(rule.Order, error) bool) { yield(rule.Order{}, broken) })
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := rule.Replay(gone, rule.Replaying{Zone: kyiv(t), Live: always(rule.Set{})}, each(bought("a", 0))); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAReplayKeepsNothingOfItsOrders(t *testing.T) {
	const orders, buyers = 200_000, 1000
	goods := order(line("a", "Primers", 3, 120), line("b", "Paints", 10, 45), line("c", "Glue", 1, 19))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sum, err := rule.Replay(context.Background(), rule.Replaying{
		Zone: kyiv(t), Live: always(set(rate("r", 1, 10000))), Draft: set(rate("r", 2, 10000)),
	}, func(yield func(rule.Order, error) bool) {
		for i := range orders {
			o := goods
			o.Buyer, o.Placed = strconv.Itoa(i%buyers), november.Add(time.Duration(i)*time.Minute)
			if !yield(o, nil) {
				return
			}
		}
	})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || sum.Orders != orders || len(sum.Buyers) != buyers {
		t.Fatalf("%+v %v", sum.Orders, err)
	}
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 8<<20 {
		t.Errorf("%d bytes are kept of %d orders by %d buyers", kept, orders, buyers)
	}
	runtime.KeepAlive(sum)
}
