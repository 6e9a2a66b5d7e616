package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/points"
)

func TestRedeemFromTheCompany(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 300, 9, 2)
	w.award("dealer", 1000)
	w.award("ada", 350)
	buy := func(member, account, key string) (catalog.Redemption, error) {
		return w.catalog.Redeem(ctx, catalog.Order{Key: key, Member: member, Company: "dealer", Account: account, Reward: "mug", Price: 300})
	}
	first, err := buy("ada", "dealer", "form-1")
	must(t, err)

	t.Run("the company pays, the person's own points stay", func(t *testing.T) {
		want(t, "state", first.State, catalog.Placed)
		want(t, "payer", first.Payer(), "dealer")
		want(t, "company's points", w.balance("dealer").Alive, 700)
		want(t, "person's points", w.balance("ada").Alive, 350)
		must(t, w.catalog.Agree(ctx, first))
	})
	t.Run("the same form with another account is another request", func(t *testing.T) {
		_, err := buy("ada", "", "form-1")
		if !fault.Is(err, fault.KeyReused) {
			t.Fatal(err)
		}
	})
	t.Run("the limit a member counts the person, whichever account pays", func(t *testing.T) {
		own, err := buy("ada", "ada", "form-2")
		must(t, err)
		want(t, "the own account goes without a name", own.Account, "")
		want(t, "person's points", w.balance("ada").Alive, 50)
		_, err = buy("ada", "dealer", "form-3")
		wantFault(t, err, fault.Conflict, "catalog.limit")
		want(t, "company's points", w.balance("dealer").Alive, 700)
		_, err = buy("bob", "dealer", "form-1")
		must(t, err)
		want(t, "company's points after another person", w.balance("dealer").Alive, 400)
	})
	t.Run("a cancelled one goes back to the account that paid", func(t *testing.T) {
		r, err := w.catalog.Cancel(ctx, "desk", first.ID, "broken", "cancel-1")
		must(t, err)
		want(t, "state", r.State, catalog.Cancelled)
		want(t, "company's points", w.balance("dealer").Alive, 700)
		want(t, "person's points", w.balance("ada").Alive, 50)
		must(t, w.catalog.Agree(ctx, r))
	})
	t.Run("a company that is short moves nothing and says so", func(t *testing.T) {
		w.reward("sofa", 900, 1, 0)
		_, err := w.catalog.Redeem(ctx, catalog.Order{Key: "sofa", Member: "ada", Account: "dealer", Reward: "sofa", Price: 900})
		f := wantFault(t, err, fault.Conflict, "points.short")
		want(t, "short", f.Args["short"], any(int64(200)))
		want(t, "held of the company", w.balance("dealer").Held, 0)
		want(t, "stock", w.stock("sofa"), 1)
	})
	t.Run("what a crash cut off at any write leaves the company whole or paid", func(t *testing.T) {
		for n := 1; ; n++ {
			id := fmt.Sprint("pen", n)
			w.reward(id, 10, 1, 0)
			before := w.balance("dealer").Alive
			w.store.DieAt(n, n%2 == 0)
			_, err := w.catalog.Redeem(ctx, catalog.Order{Key: id, Member: "ada", Account: "dealer", Reward: id, Price: 10})
			if died := w.store.Restart(); !died {
				must(t, err)
				break
			}
			w.clock.pass(time.Minute)
			must(t, w.catalog.Sweep(ctx))
			v := w.balance("dealer")
			want(t, "held", v.Held, 0)
			want(t, "points and pieces", v.Alive-before, -10*(1-w.stock(id)))
		}
	})
}

func TestCancelAfterAMerge(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 300, 9, 0)
	w.award("ada", 350)
	w.award("ada2", 10)
	r, err := w.redeem("ada", "mug", 300, "form")
	must(t, err)
	_, err = w.points.Merge(ctx, points.Merge{Key: "m", Actor: "admin", From: "ada", Into: "ada2", Reason: "one person"})
	must(t, err)
	r, err = w.catalog.Cancel(ctx, "desk", r.ID, "broken", "cancel")
	must(t, err)
	want(t, "points of the account that is left", w.balance("ada2").Alive, 360)
	must(t, w.catalog.Agree(ctx, r))
}
