package auction_test

import (
	"context"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/internal/fault"
)

// wonAndCancelled lets somebody win an auction alone, and the desk cancel what they won.
func (w *world) wonAndCancelled(id, who string) {
	w.t.Helper()
	w.sell(id)
	must(w.t, w.bid(id, who, 100))
	w.end(id)
	w.cancel(id, who)
}

// cancel cancels what somebody won, as a desk does.
func (p process) cancel(id, who string) {
	p.t.Helper()
	won := p.view(id, who).Mine.Redemption
	_, err := p.catalog.Cancel(context.Background(), "desk", won, "damaged on the way", "form-"+won)
	must(p.t, err)
}

func TestAWinThatWasCancelledIsNone(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 1000)
	w.person("bob", 1000)
	w.sell("first")
	w.sell("second", func(a *auction.Auction) { a.Closes = a.Closes.Add(24 * time.Hour) })
	w.sell("third", func(a *auction.Auction) { a.BuyNow, a.Closes = 300, a.Closes.Add(24*time.Hour) })
	must(t, w.bid("first", "ada", 100))
	w.end("first")
	t.Run("the month's win is taken while it stands", func(t *testing.T) {
		wantFault(t, w.bid("second", "ada", 100), fault.Conflict, "auction.won_month")
		want(t, "why", w.view("second", "ada").Mine.Why, "auction.won_month")
	})
	w.cancel("first", "ada")
	want(t, "points", w.account("ada").Alive, 1000)
	t.Run("once it is cancelled the member may bid and win", func(t *testing.T) {
		want(t, "may", w.view("second", "ada").Mine.May, true)
		must(t, w.another().bid("second", "ada", 100))
	})
	t.Run("and buy at once", func(t *testing.T) {
		_, err := w.auction.BuyNow(t.Context(), auction.Buy{Key: "buy", Member: "ada", Auction: "third", Price: 300})
		must(t, err)
		want(t, "standing", w.view("third", "ada").Mine.Standing, auction.Won)
	})
	t.Run("but once only", func(t *testing.T) {
		w.end("second")
		want(t, "standing", w.view("second", "ada").Mine.Standing, auction.Lost)
		want(t, "stock", w.stock("second"), 1)
	})
	w.end("third")
	t.Run("and again, each time that it is cancelled", func(t *testing.T) {
		w.cancel("third", "ada")
		w.sell("fourth")
		must(t, w.bid("fourth", "ada", 100))
		w.end("fourth")
		want(t, "standing", w.view("fourth", "ada").Mine.Standing, auction.Won)
	})
	w.free("ada", "bob")
	w.whole("first", "second", "third", "fourth")
}
