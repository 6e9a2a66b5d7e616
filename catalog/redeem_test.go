package catalog_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/internal/fault"
)

func TestRedeem(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	mug := w.reward("mug", 300, 5, 0)
	w.award("ada", 1000)

	t.Run("points are paid, a piece is taken and a voucher is there", func(t *testing.T) {
		r, err := w.redeem("ada", "mug", 300, "form-1")
		must(t, err)
		want(t, "state", r.State, catalog.Placed)
		want(t, "version", r.Version, mug.Version)
		want(t, "length of the code", len(r.Code), 8)
		want(t, "balance", w.balance("ada").Alive, 700)
		want(t, "held", w.balance("ada").Held, 0)
		want(t, "stock", w.stock("mug"), 4)
		again, err := w.redeem("ada", "mug", 300, "form-1")
		must(t, err)
		want(t, "the repeated form's code", again.Code, r.Code)
		want(t, "stock after the repetition", w.stock("mug"), 4)
	})
	t.Run("a form that asks for something else under the same key is refused", func(t *testing.T) {
		_, err := w.redeem("ada", "mug", 299, "form-1")
		if !fault.Is(err, fault.KeyReused) {
			t.Fatal(err)
		}
	})
	t.Run("another price than the one that was seen is refused and named", func(t *testing.T) {
		mug.Price = 350
		var err error
		mug, err = w.catalog.SaveReward(ctx, "marketer", mug, mug.Version)
		must(t, err)
		_, err = w.redeem("ada", "mug", 300, "form-2")
		f := wantFault(t, err, fault.Conflict, "catalog.price_changed")
		want(t, "price", f.Args["n"], any(int64(350)))
		again, err := w.redeem("ada", "mug", 300, "form-1")
		must(t, err)
		want(t, "what was redeemed at the old price", again.Price, 300)
	})
	t.Run("too few points say how many are missing, again and again", func(t *testing.T) {
		for range 2 {
			_, err := w.redeem("bob", "mug", 350, "form-1")
			f := wantFault(t, err, fault.Conflict, "points.short")
			want(t, "short", f.Args["short"], any(int64(350)))
		}
		want(t, "stock", w.stock("mug"), 4)
		w.award("bob", 400)
		_, err := w.redeem("bob", "mug", 350, "form-1")
		wantFault(t, err, fault.Conflict, "points.short")
		_, err = w.redeem("bob", "mug", 350, "form-2")
		must(t, err)
	})
	t.Run("a withdrawn reward, a draft and one that never was are not redeemed", func(t *testing.T) {
		hat := w.reward("hat", 10, 1, 0)
		hat.State = catalog.Withdrawn
		hat, err := w.catalog.SaveReward(ctx, "marketer", hat, hat.Version)
		must(t, err)
		_, err = w.redeem("ada", "hat", 10, "hat-1")
		wantFault(t, err, fault.Conflict, "catalog.withdrawn")
		hat.State = catalog.Draft
		_, err = w.catalog.SaveReward(ctx, "marketer", hat, hat.Version)
		must(t, err)
		_, err = w.redeem("ada", "hat", 10, "hat-1")
		wantFault(t, err, fault.NotFound, "catalog.reward_missing")
		_, err = w.redeem("ada", "cap", 10, "hat-1")
		wantFault(t, err, fault.NotFound, "catalog.reward_missing")
	})
	t.Run("a form without a key or a member is refused", func(t *testing.T) {
		_, err := w.redeem("ada", "mug", 350, "")
		wantFault(t, err, fault.Invalid, "catalog.key")
		_, err = w.redeem("", "mug", 350, "form")
		wantFault(t, err, fault.Invalid, "catalog.member")
	})
	w.agrees()
}

func TestTheLastPieces(t *testing.T) {
	w := newWorld(t)
	const members, pieces, price = 64, 10, 40
	w.reward("bike", price, pieces, 0)
	for i := range members {
		w.award(fmt.Sprint("m", i), 100)
	}
	var got, soldOut int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range members {
		wg.Go(func() {
			_, err := w.redeem(fmt.Sprint("m", i), "bike", price, "form")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				got++
			case fault.Is(err, fault.Conflict) && fault.As(err).Key == "catalog.sold_out":
				soldOut++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want(t, "who got one", got, pieces)
	want(t, "who was told that it is sold out", soldOut, members-pieces)
	w.sweep()
	var spent, held int64
	for i := range members {
		v := w.balance(fmt.Sprint("m", i))
		spent += v.Totals.Spent
		held += v.Held
	}
	want(t, "captured", spent, int64(pieces*price))
	want(t, "held", held, int64(0))
	want(t, "stock", w.stock("bike"), int64(0))
	w.agrees()
}

func TestADoubleClickIsOneRedemption(t *testing.T) {
	w := newWorld(t)
	w.reward("mug", 30, 100, 0)
	w.award("ada", 1000)
	other := w.another()
	codes := make([]string, 16)
	var wg sync.WaitGroup
	for i := range codes {
		p := []process{w.process, other}[i%2]
		wg.Go(func() {
			r, err := p.redeem("ada", "mug", 30, "form")
			if err != nil {
				t.Error(err)
			}
			codes[i] = r.Code
		})
	}
	wg.Wait()
	for _, code := range codes {
		want(t, "code", code, codes[0])
	}
	want(t, "balance", w.balance("ada").Alive, 970)
	want(t, "stock", w.stock("mug"), 99)
	w.agrees()
}

func TestALimitAMember(t *testing.T) {
	t.Run("ten forms at once get no more than the limit", func(t *testing.T) {
		w := newWorld(t)
		w.reward("mug", 30, 100, 2)
		w.award("ada", 1000)
		var got int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				_, err := w.redeem("ada", "mug", 30, fmt.Sprint("form", i))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got++
				} else if f := fault.As(err); f == nil || f.Key != "catalog.limit" || f.Args["n"] != any(int64(2)) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		want(t, "redeemed", got, 2)
		want(t, "balance", w.balance("ada").Alive, 940)
		want(t, "stock", w.stock("mug"), 98)
		w.agrees()
	})
	t.Run("a cancelled one may be redeemed again, and another member has a limit of their own", func(t *testing.T) {
		w := newWorld(t)
		w.reward("mug", 30, 100, 1)
		w.award("ada", 1000)
		w.award("bob", 1000)
		r, err := w.redeem("ada", "mug", 30, "form-1")
		must(t, err)
		_, err = w.redeem("bob", "mug", 30, "form-1")
		must(t, err)
		_, err = w.redeem("ada", "mug", 30, "form-2")
		wantFault(t, err, fault.Conflict, "catalog.limit")
		_, err = w.catalog.Cancel(t.Context(), "desk", r.ID, "broken", "c1")
		must(t, err)
		_, err = w.redeem("ada", "mug", 30, "form-3")
		must(t, err)
		w.agrees()
	})
}

func TestAHoldThatComesAfterTheVoidIsRefused(t *testing.T) {
	w := newWorld(t)
	w.reward("mug", 30, 5, 0)
	w.award("ada", 100)
	other := w.another()
	// The first process stops for half a minute right before its hold, and the other one sweeps.
	w.store.Hook(func(n int) {
		if n != 3 {
			return
		}
		w.clock.pass(31 * time.Second)
		must(t, other.catalog.Sweep(t.Context()))
	})
	_, err := w.redeem("ada", "mug", 30, "form")
	wantFault(t, err, fault.Conflict, "catalog.undone")
	w.store.Hook(nil)
	want(t, "balance", w.balance("ada").Alive, 100)
	want(t, "stock", w.stock("mug"), 5)
	w.agrees()
}
