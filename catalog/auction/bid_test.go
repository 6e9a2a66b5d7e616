package auction_test

import (
	"context"
	"testing"
	"time"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/points"
)

func TestBiddingFromTheFirstBidToTheVoucher(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.person("ada", 500)
	w.person("bob", 500)
	w.sell("bike")
	want(t, "stock, scheduled", w.stock("bike"), 0)

	t.Run("the first bid leads and is held", func(t *testing.T) {
		must(t, w.bid("bike", "ada", 100))
		want(t, "held", w.account("ada").Held, 100)
		v := w.view("bike", "ada")
		want(t, "standing", v.Mine.Standing, auction.Leading)
		want(t, "price", v.Price, 100)
		want(t, "next", v.Next, 110)
	})
	t.Run("whoever is outbid is free in the same flow", func(t *testing.T) {
		must(t, w.bid("bike", "bob", 150))
		want(t, "held of who leads", w.account("bob").Held, 150)
		want(t, "held of who was outbid", w.account("ada").Held, 0)
		want(t, "alive of who was outbid", w.account("ada").Alive, 500)
		want(t, "standing", w.view("bike", "ada").Mine.Standing, auction.Outbid)
		held, err := w.auction.Held(ctx, "bob")
		must(t, err)
		want(t, "held auctions", len(held), 1)
		want(t, "held amount", held[0].Amount, 150)
		inbox, err := w.notify.Inbox(ctx, "ada", "", 10)
		must(t, err)
		want(t, "messages", len(inbox), 1)
		want(t, "message", inbox[0].Key, "auction.told_outbid")
	})
	t.Run("at the end the winner pays, gets a voucher, and the other is told", func(t *testing.T) {
		w.end("bike")
		want(t, "alive of the winner", w.account("bob").Alive, 350)
		w.free("ada", "bob")
		v := w.view("bike", "bob")
		want(t, "phase", v.Phase, auction.PhaseClosed)
		want(t, "standing", v.Mine.Standing, auction.Won)
		r, err := w.catalog.Redemption(ctx, v.Mine.Redemption)
		must(t, err)
		want(t, "redemption", r.State, catalog.Placed)
		want(t, "price", r.Price, 150)
		want(t, "code", len(r.Code), 8)
		want(t, "standing of the other", w.view("bike", "ada").Mine.Standing, auction.Lost)
		doc, err := w.auction.ByID(ctx, "bike")
		must(t, err)
		want(t, "stage", doc.Stage, auction.Done)
		inbox, err := w.notify.Inbox(ctx, "ada", "", 10)
		must(t, err)
		want(t, "message", inbox[0].Key, "auction.told_lost")
		w.whole("bike")
	})
	t.Run("the desk cancels it: the points come back, the piece too", func(t *testing.T) {
		_, err := w.catalog.Cancel(ctx, "desk", w.view("bike", "bob").Mine.Redemption, "broken", "c1")
		must(t, err)
		want(t, "alive", w.account("bob").Alive, 500)
		want(t, "stock", w.stock("bike"), 1)
		w.whole("bike")
	})
	t.Run("anyone who bid can read and replay the log", func(t *testing.T) {
		log, err := w.auction.Log(ctx, "bike", "ada")
		must(t, err)
		want(t, "whole", log.Whole, true)
		want(t, "lines", len(log.Lines), 6) // scheduled, two bids, closing, closed, settled
		want(t, "winner", log.Leads[0].Who, member.Who("bob"))
		w.person("eve", 0)
		_, err = w.auction.Log(ctx, "bike", "eve")
		wantFault(t, err, fault.Forbidden, "auction.log_bidders")
	})
}

func TestBidsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 500)
	w.person("bob", 500)
	w.person("ben", 500, "firm-bob")
	w.person("idle", 500)
	w.sell("bike")
	must(t, w.bid("bike", "ada", 100))
	seq := w.view("bike", "").Seq

	t.Run("too low", func(t *testing.T) {
		f := wantFault(t, w.bid("bike", "bob", 109), fault.Conflict, "auction.too_low")
		want(t, "next", f.Args["next"], any(int64(110)))
	})
	t.Run("on one's own lead", func(t *testing.T) {
		wantFault(t, w.bid("bike", "ada", 200), fault.Conflict, "auction.own_lead")
	})
	t.Run("beyond the balance, saying how many are short", func(t *testing.T) {
		f := wantFault(t, w.bid("bike", "bob", 501), fault.Conflict, "points.short")
		want(t, "short", f.Args["short"], any(int64(1)))
	})
	t.Run("no amount, one beyond the bounds, a most without proxy, no key", func(t *testing.T) {
		wantFault(t, w.bid("bike", "bob", 0), fault.Invalid, "auction.amount")
		wantFault(t, w.bid("bike", "bob", -5), fault.Invalid, "auction.amount")
		wantFault(t, w.bid("bike", "bob", auction.MaxPrice+1), fault.Invalid, "auction.amount")
		wantFault(t, w.proxy("bike", "bob", 200), fault.Invalid, "auction.no_proxy")
		_, err := w.auction.Bid(t.Context(), auction.Bid{Member: "bob", Auction: "bike", Amount: 200})
		wantFault(t, err, fault.Invalid, "auction.key")
		wantFault(t, w.bid("nothing", "bob", 100), fault.NotFound, "auction.missing")
	})
	t.Run("who has not finished a game, the brand's own people, strangers", func(t *testing.T) {
		wantFault(t, w.bid("bike", "idle", 200), fault.Forbidden, "auction.play_first")
		_, err := w.members.Create(t.Context(), w.admin, member.Member{ID: "mia", Role: member.RoleMarketer, Name: "Mia", Email: "mia@example.com"})
		must(t, err)
		wantFault(t, w.bid("bike", "mia", 200), fault.Forbidden, "auction.staff")
		wantFault(t, w.bid("bike", "nobody", 200), fault.Forbidden, "auction.staff")
	})
	t.Run("who was dismissed", func(t *testing.T) {
		w.person("gone", 500)
		must(t, w.members.Dismiss(t.Context(), w.admin, "gone"))
		wantFault(t, w.bid("bike", "gone", 200), fault.Forbidden, "auction.inactive")
	})
	t.Run("a region that was not invited", func(t *testing.T) {
		w.sell("north", func(a *auction.Auction) { a.Regions = []string{"north"} })
		wantFault(t, w.bid("north", "bob", 200), fault.Forbidden, "auction.region")
	})
	t.Run("too late, by the server's clock", func(t *testing.T) {
		want(t, "records", w.view("bike", "").Seq, seq)
		w.clock.Set(w.view("bike", "").ClosesAt)
		wantFault(t, w.bid("bike", "bob", 200), fault.Conflict, "auction.closed")
	})
	w.free("bob", "ben", "idle")
	w.end("bike")
	w.whole("bike")
}

func TestOneBidderACompany(t *testing.T) {
	w := newWorld(t)
	w.person("bob", 500)
	w.person("ben", 500, "firm-bob")
	w.sell("bike")
	must(t, w.bid("bike", "bob", 100))
	wantFault(t, w.bid("bike", "ben", 200), fault.Conflict, "auction.company_taken")
	w.sell("many", func(a *auction.Auction) { a.ManyPerCompany = true })
	must(t, w.bid("many", "bob", 100))
	must(t, w.bid("many", "ben", 200))
	w.end("bike")
	w.end("many")
	w.whole("bike", "many")
}

func TestOneWinAMonth(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 900)
	w.person("bob", 900)
	w.sell("first")
	w.sell("second", func(a *auction.Auction) { a.Closes = a.Closes.Add(time.Hour) })
	w.sell("third", func(a *auction.Auction) { a.Closes, a.ManyWins = a.Closes.Add(2*time.Hour), true })
	must(t, w.bid("first", "ada", 100))
	must(t, w.bid("second", "ada", 100))
	w.end("first")
	w.clock.Add(10 * time.Second)
	t.Run("who has won elsewhere drives up no price that they cannot win at any more", func(t *testing.T) {
		wantFault(t, w.bid("second", "ada", 500), fault.Conflict, "auction.won_month")
		mine := w.view("second", "ada").Mine
		want(t, "why", mine.Why, "auction.won_month")
		want(t, "held", mine.Held, 100)
	})
	t.Run("who leads two and wins one does not win the other, and it returns to the stock", func(t *testing.T) {
		w.end("second")
		want(t, "standing", w.view("second", "ada").Mine.Standing, auction.Lost)
		want(t, "stock", w.stock("second"), 1)
		want(t, "unsold", w.view("second", "").Unsold, 1)
	})
	t.Run("who has won may bid only where many wins are allowed", func(t *testing.T) {
		w.sell("fourth", func(a *auction.Auction) { a.Closes = a.Closes.Add(3 * time.Hour) })
		wantFault(t, w.bid("fourth", "ada", 100), fault.Conflict, "auction.won_month")
		must(t, w.bid("third", "ada", 100))
		w.end("third")
		want(t, "standing", w.view("third", "ada").Mine.Standing, auction.Won)
	})
	w.free("ada", "bob")
	want(t, "alive", w.account("ada").Alive, 700)
	w.whole("first", "second", "third", "fourth")
}

func TestTheSameBidTwice(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 500)
	w.person("bob", 500)
	w.sell("bike")
	b := auction.Bid{Key: "form", Member: "ada", Auction: "bike", Amount: 100}
	t.Run("a double tap is one bid, also in two processes", func(t *testing.T) {
		other := w.another()
		atOnce(16, func(i int) {
			v, err := []process{w.process, other}[i%2].auction.Bid(context.Background(), b)
			if err != nil {
				t.Error(err)
			}
			want(t, "standing", v.Mine.Standing, auction.Leading)
		})
		want(t, "bids", w.view("bike", "").Count, 1)
		want(t, "held", w.account("ada").Held, 100)
	})
	t.Run("it is answered also after somebody bid more, and after the end", func(t *testing.T) {
		must(t, w.bid("bike", "bob", 120))
		v, err := w.auction.Bid(t.Context(), b)
		must(t, err)
		want(t, "standing", v.Mine.Standing, auction.Outbid)
		w.end("bike")
		w.restart()
		v, err = w.auction.Bid(t.Context(), b)
		must(t, err)
		want(t, "standing", v.Mine.Standing, auction.Lost)
	})
	t.Run("another amount under the same key is refused", func(t *testing.T) {
		b.Amount = 300
		_, err := w.auction.Bid(t.Context(), b)
		if !fault.Is(err, fault.KeyReused) {
			t.Fatal(err)
		}
	})
	w.free("ada", "bob")
	w.whole("bike")
}

func TestTwoPhonesOfOnePerson(t *testing.T) {
	w := newWorld(t)
	other := w.another()
	w.person("ada", 1000)
	w.sell("bike", func(a *auction.Auction) { a.Proxy = true })
	w.sell("seal", func(a *auction.Auction) { a.Form = auction.Sealed })
	for round := range 6 {
		for _, id := range []string{"bike", "seal"} {
			atOnce(4, func(i int) {
				_ = []process{w.process, other}[i%2].bid(id, "ada", int64(100+40*round+7*i))
			})
			v := w.view(id, "ada")
			if v.Mine.Standing != auction.Leading && v.Mine.Standing != auction.InSeal {
				t.Fatalf("%s, round %d: %+v", id, round, v.Mine)
			}
		}
		w.clock.Add(31 * time.Second)
		w.sweep()
		var held int64
		for _, id := range []string{"bike", "seal"} {
			held += w.view(id, "ada").Mine.Held
		}
		want(t, "held", w.account("ada").Held, held)
		w.whole("bike", "seal")
	}
	w.end("bike")
	w.end("seal")
	w.free("ada")
	w.whole("bike", "seal")
}

func TestOnlyPointsOfTheMonthAreBid(t *testing.T) {
	w := newWorld(t)
	w.person("new", 300)
	w.person("old", 100)
	_, err := w.points.Award(t.Context(), points.Award{Key: "gift", Account: "old", Amount: 5000, Source: points.SourceGrant, Ref: "jubilee"})
	must(t, err)
	w.sell("bike")
	w.sell("any", func(a *auction.Auction) { a.AnyPoints = true })
	f := wantFault(t, w.bid("bike", "old", 300), fault.Conflict, "points.short")
	want(t, "have", f.Args["have"], any(int64(100)))
	must(t, w.bid("bike", "new", 300))
	must(t, w.bid("any", "old", 3000))
	w.end("bike")
	w.end("any")
	w.whole("bike", "any")
}
