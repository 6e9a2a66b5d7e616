package points_test

import (
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/points"
)

func TestPurchasesWaitForTheirOrder(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	buy := points.Award{Key: "o1", Account: "m1", Amount: 200, Source: points.SourcePurchase, Funding: "fund", Undelivered: true, Ref: "order-1"}
	must(t)(s.Award(ctx, buy))
	t.Run("pending while the order is not delivered", func(t *testing.T) {
		if v := balance(t, s); v.Pending != 200 || v.Alive != 0 || len(v.Ends) != 0 {
			t.Errorf("%+v", v)
		}
		_, err := s.Deliver(ctx, points.Deliver{Key: "d0", Account: "m1", Amount: 201, Funding: "fund"})
		wantFault(t, err, fault.Conflict, "points.short")
	})
	t.Run("a line returned before is dropped", func(t *testing.T) {
		r := must(t)(s.Reverse(ctx, points.Reverse{Key: "ret1", Account: "m1", Award: "o1", Amount: 50, Mode: points.ModePending}))
		if v := balance(t, s); r.Moved != 50 || v.Pending != 150 || v.Totals.Reversed != 50 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("delivered, they are active from the 11th", func(t *testing.T) {
		must(t)(s.Deliver(ctx, points.Deliver{Key: "d1", Account: "m1", Amount: 150, Funding: "fund"}))
		clock.Set(time.Date(2026, 3, 10, 21, 59, 59, 999e6, time.UTC))
		if v := balance(t, s); v.Alive != 0 || v.Pending != 150 {
			t.Errorf("before %+v", v)
		}
		clock.Add(time.Millisecond)
		if v := balance(t, s); v.Alive != 150 || v.Pending != 0 {
			t.Errorf("on the 11th %+v", v)
		}
	})
}

// Two orders of one funding wait as one lot. Goods that were delivered and returned under the delivery's key are not
// returned once more under the award's: neither as debt nor out of what is active.
func TestOrdersThatWaitTogether(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	for _, order := range []string{"o1", "o2", "o3"} {
		must(t)(s.Award(ctx, points.Award{Key: order, Account: "m1", Amount: 100, Source: points.SourcePurchase, Funding: "fund", Undelivered: true}))
	}
	must(t)(s.Deliver(ctx, points.Deliver{Key: "d1", Account: "m1", Amount: 100, Funding: "fund"}))
	must(t)(s.Deliver(ctx, points.Deliver{Key: "d3", Account: "m1", Amount: 100, Funding: "fund"}))
	clock.Add(30 * 24 * time.Hour)
	must(t)(s.Reverse(ctx, points.Reverse{Key: "r1", Account: "m1", Award: "d1", Amount: 100}))
	must(t)(s.Reverse(ctx, points.Reverse{Key: "r2", Account: "m1", Award: "o2", Amount: 100}))
	r := must(t)(s.Reverse(ctx, points.Reverse{Key: "r3", Account: "m1", Award: "o1", Amount: 100}))
	if v := balance(t, s); r.Moved != 0 || r.Owed != 0 || v.Alive != 100 || v.Pending != 0 || v.Debt != 0 {
		t.Errorf("%+v", v)
	}
	verify(t, s.Journal, 1)
}

func TestReturns(t *testing.T) {
	s, clock := newService(t)
	ctx := t.Context()
	must(t)(s.Award(ctx, points.Award{Key: "d1", Account: "m1", Amount: 150, Source: points.SourcePurchase, Ref: "order-1"}))
	clock.Set(time.Date(2026, 3, 10, 22, 0, 0, 0, time.UTC))
	t.Run("what was won by playing is never taken for a return", func(t *testing.T) {
		clock.Add(24 * time.Hour)
		must(t)(s.Spend(ctx, points.Spend{Key: "mug", Account: "m1", Amount: 150}))
		played(t, s, "game", 40)
		r := must(t)(s.Reverse(ctx, points.Reverse{Key: "ret2", Account: "m1", Award: "d1", Amount: 10, Mode: points.ModeBalance}))
		if v := balance(t, s); r.Moved != 0 || v.Alive != 40 || v.Debt != 0 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("buy, return, take the refund, keep nothing", func(t *testing.T) {
		_, err := s.Reverse(ctx, points.Reverse{Key: "ret2b", Account: "m1", Award: "d1", Amount: 141, Mode: points.ModeDebt})
		wantFault(t, err, fault.Conflict, "points.reversed") // what was forgiven is not taken later
		r := must(t)(s.Reverse(ctx, points.Reverse{Key: "ret3", Account: "m1", Award: "d1", Amount: 140, Mode: points.ModeDebt}))
		if r.Owed != 140 || r.Moved != 0 {
			t.Errorf("owed %d, moved %d", r.Owed, r.Moved)
		}
		back := must(t)(s.Refund(ctx, points.Refund{Key: "back", Account: "m1", Spend: "mug"}))
		if v := balance(t, s); back.Repaid != 140 || v.Alive != 50 || v.Debt != 0 {
			t.Errorf("repaid %d, %+v", back.Repaid, v)
		}
	})
	t.Run("taking back what was won needs a reason and is no debt", func(t *testing.T) {
		rev := points.Reverse{Key: "fix", Actor: "ann", Account: "m1", Award: "game", Amount: 15, Mode: points.ModeBalance}
		_, err := s.Reverse(ctx, rev)
		wantFault(t, err, fault.Invalid, "points.reason")
		rev.Ref, rev.Mode = "played for a colleague", points.ModeDebt
		_, err = s.Reverse(ctx, rev)
		wantFault(t, err, fault.Invalid, "points.mode")
		rev.Mode = points.ModeBalance
		must(t)(s.Reverse(ctx, rev))
		if v := balance(t, s); v.Alive != 35 || v.Months[0].Total() != 25 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("a return names an award", func(t *testing.T) {
		_, err := s.Reverse(ctx, points.Reverse{Key: "x", Account: "m1", Award: "mug", Amount: 1, Mode: points.ModeBalance})
		wantFault(t, err, fault.NotFound, "points.award_missing")
	})
}
