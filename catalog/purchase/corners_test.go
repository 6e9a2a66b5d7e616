package purchase_test

import (
	"fmt"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
)

// secondOfMonth gives for a buyer's second order of a month, and ten percent besides.
func secondOfMonth() rule.Set {
	return rule.Set{Version: 2, Rules: []rule.Rule{
		{ID: "second", Kind: rule.Nth, Period: rule.Month, N: 2, Points: 7},
		{ID: "unit", Kind: rule.Unit, Points: 1},
	}}
}

func TestNumbersOfOrders(t *testing.T) {
	second := func(r purchase.Result) bool { return r.Points.Value > r.Order.Units() }
	t.Run("an order that was another buyer's takes its place among the new one's", func(t *testing.T) {
		w := newWorld(t, secondOfMonth(), nil)
		w.take(placed("N1", goods("1", 1)))
		want(t, "second of the first buyer", second(w.take(placed("N2", goods("1", 1)))), true)
		r := w.take(purchase.Message{ID: "N2", Revision: 2, State: purchase.Changed, Buyer: purchase.BuyerRef{Company: "c2"}})
		want(t, "first of the other", second(r), false)
		m := placed("N3", goods("1", 1))
		m.Buyer.Company = "c2"
		want(t, "second of the other", second(w.take(m)), true)
		want(t, "second of the first buyer again", second(w.take(placed("N4", goods("1", 1)))), true)
		w.sound()
	})
	t.Run("an order that is moved into another month gives its number back", func(t *testing.T) {
		w := newWorld(t, secondOfMonth(), nil)
		w.take(placed("N1", goods("1", 1)))
		w.take(purchase.Message{ID: "N1", Revision: 2, State: purchase.Changed, Placed: placedAt.AddDate(0, -1, 0)})
		want(t, "the month's first", second(w.take(placed("N2", goods("1", 1)))), false)
		want(t, "the month's second", second(w.take(placed("N3", goods("1", 1)))), true)
		w.sound()
	})
	t.Run("two messages of one order that are decided at once take one number", func(t *testing.T) {
		w := newWorld(t, secondOfMonth(), nil)
		other := w.another()
		again := placed("N1", goods("1", 2))
		again.Revision = 2
		w.store.Hook(func(n int) {
			if n == 2 { // the first write is the claim, the second the order
				other.take(again)
			}
		})
		w.take(placed("N1", goods("1", 1)))
		w.store.Hook(nil)
		want(t, "the month's second", second(w.take(placed("N2", goods("1", 1)))), true)
		w.sound()
	})
}

func TestRoomUnderACapComesBack(t *testing.T) {
	set := tenPercent()
	set.Rules[0].CapMonth = 30
	for name, before := range map[string]func(w world){
		"of an order that never arrived": func(world) {},
		"of one that had arrived":        func(w world) { w.take(delivered("E1", 2)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, set, nil)
			w.take(placed("E1", goods("1", 4)))
			before(w)
			w.take(cancelled("E1", 3))
			want(t, "given for the next order", w.take(placed("E2", goods("1", 6))).Points.Given, 30)
			want(t, "given for one more", w.take(placed("E3", goods("1", 6))).Points.Given, 0)
			w.sound()
		})
	}
	t.Run("a month later nothing is left to come back", func(t *testing.T) {
		w := newWorld(t, set, nil)
		w.take(placed("E1", goods("1", 4)))
		w.take(delivered("E1", 2))
		w.clock.Add(30 * 24 * time.Hour)
		w.take(placed("E2", goods("1", 6)))
		w.take(cancelled("E1", 3))
		want(t, "given", w.take(placed("E3", goods("1", 6))).Points.Given, 0)
		w.sound()
	})
}

func TestSeveralCutsOfOneLine(t *testing.T) {
	o := purchase.Order{
		Lines:  []purchase.OrderLine{{Line: goods("1", 1)}, {Line: goods("2", 1)}},
		Shares: []purchase.Share{{ByLine: []int64{1, 1}}},
		Slots: []purchase.Slot{
			{Account: "m1", Asked: 1, Cuts: []purchase.Cut{{By: "policy:month", Points: 1}}},
			{Account: "m2", Asked: 1, Cuts: []purchase.Cut{{By: "budget:velmar", Points: 1}}},
		},
	}
	for i, s := range o.Stories() {
		want(t, fmt.Sprintf("given for line %d", i), s.Given, 0)
	}
}

func TestReturnsOfAbsurdOrders(t *testing.T) {
	w := newWorld(t, tenPercent(), nil)
	dear := goods("1", purchase.MaxQuantity)
	dear.Price, dear.Returned = 1_000_000_00, purchase.MaxQuantity-1
	m := placed("X1", dear)
	m.Buyer = purchase.BuyerRef{Company: "elsewhere"}
	w.take(m)
	r, err := w.purchase.Report(t.Context(), purchase.ReportQuery{})
	must(t, err)
	want(t, "what was kept of it", r.Money-r.BackMoney, rule.MaxNet/purchase.MaxQuantity)
}

func TestTryingUnderRulesThatLookAtOtherOrders(t *testing.T) {
	w := newWorld(t, secondOfMonth(), nil)
	r, err := w.purchase.Try(t.Context(), placed("T1", goods("1", 3)))
	must(t, err)
	want(t, "notes", len(r.Notes), 0)
	want(t, "points", r.Points.Value, 3)
	last, err := w.journal.Last(t.Context(), purchase.BuyerStream("c1"))
	must(t, err)
	want(t, "claims", last.Seq, 0)
}
