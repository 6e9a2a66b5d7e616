package auction_test

import (
	"sync"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/internal/fault"
	"firebrand/internal/points"
)

// heard is a hub that remembers whom it told.
type heard struct {
	mu   sync.Mutex
	told []string
}

func (*heard) Changed(string)      {}
func (*heard) Watching(string) int { return 0 }
func (h *heard) Tell(person string, _ any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, person)
}

func TestOneWhoCannotPayKeepsNobodysPoints(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.person(name(i), 1000)
	}
	w.sell("bike", func(a *auction.Auction) { a.Form, a.Units = auction.Sealed, 2 })
	must(t, w.bid("bike", name(0), 100))
	must(t, w.bid("bike", name(1), 300))
	must(t, w.bid("bike", name(2), 200))
	// The best bidder's hold is gone, as only a defect could do.
	hold := w.account(name(1)).Holds[0].ID
	_, err := w.points.Release(t.Context(), points.End{Key: "defect", Account: name(1), Hold: hold, Ref: "defect"})
	must(t, err)
	w.clock.Set(w.view("bike", "").ClosesAt)
	if err := w.auction.Sweep(t.Context()); err == nil {
		t.Fatal("the sweep says nothing of a winner who could not pay")
	}
	w.free(name(0), name(2))
	want(t, "the other winner's redemption", w.view("bike", name(2)).Mine.Standing, auction.Won)
	inbox, err := w.notify.Inbox(t.Context(), name(0), "", 10)
	must(t, err)
	want(t, "messages to who lost", len(inbox), 1)
	want(t, "stage", w.stage("bike"), auction.Active)
}

func TestTheListOfTheStudioKnowsHowAnAuctionWent(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 1000)
	a := w.sell("bike")
	w.clock.Set(a.Closes.Add(-time.Second))
	must(t, w.bid("bike", "ada", 100))
	w.end("bike")
	doc, err := w.auction.ByID(t.Context(), "bike")
	must(t, err)
	want(t, "stage", doc.Stage, auction.Done)
	want(t, "went", doc.Went, auction.PhaseClosed)
	want(t, "ended", doc.Ended, w.view("bike", "").ClosesAt)
}

func TestABidSentAgainTellsNobodyTwice(t *testing.T) {
	w := newWorld(t)
	hub := &heard{}
	w.auction.Hub = hub
	for i := range 2 {
		w.person(name(i), 1000)
	}
	w.sell("bike")
	must(t, w.bid("bike", name(0), 100))
	b := auction.Bid{Key: "form", Member: name(1), Auction: "bike", Amount: 200}
	for range 3 {
		_, err := w.auction.Bid(t.Context(), b)
		must(t, err)
	}
	want(t, "told", len(hub.told), 1)
	must(t, w.bid("bike", name(0), 300))
	_, err := w.auction.Bid(t.Context(), b)
	must(t, err)
	want(t, "told, each once", len(hub.told), 2)
}

func TestAnAccountThatIsMergedWhileItBids(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 1000)
	w.person("ada2", 1000)
	w.person("bob", 5000)
	w.sell("bike")
	must(t, w.bid("bike", "ada", 100))
	must(t, w.bid("bike", "bob", 200))
	// The merge comes between the look at who bids, which is believed for some seconds, and the hold.
	_, err := w.points.Merge(t.Context(), points.Merge{Key: "m", Actor: "admin", From: "ada", Into: "ada2", Reason: "one person"})
	must(t, err)
	t.Run("its bid is refused and nothing is held where its points went", func(t *testing.T) {
		wantFault(t, w.bid("bike", "ada", 300), fault.Forbidden, "auction.inactive")
		w.free("ada", "ada2")
	})
	t.Run("what a crash leaves there is found", func(t *testing.T) {
		for n := 1; ; n++ {
			w.store.DieAt(n, n%2 == 0)
			_ = w.bid("bike", "ada", 300)
			died := w.store.Restart()
			w.restart()
			w.clock.Add(31 * time.Second)
			w.sweep()
			w.free("ada", "ada2")
			if !died {
				return
			}
		}
	})
	t.Run("the account that took it bids for itself", func(t *testing.T) {
		must(t, w.bid("bike", "ada2", 400))
		want(t, "held", w.account("ada2").Held, 400)
	})
	w.end("bike")
	w.end("bike")
	w.free("ada", "ada2", "bob")
	w.whole("bike")
}
