package auction_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
)

func TestTheSoftClose(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.person(name(i), 100_000)
	}
	a := w.sell("bike", func(a *auction.Auction) {
		a.Window, a.Extension, a.Cap = 30*time.Second, 30*time.Second, time.Minute
	})
	closesAt := func() time.Time { return w.view("bike", "").ClosesAt }
	t.Run("a bid half a minute and more before the end does not move it", func(t *testing.T) {
		w.clock.Set(a.Closes.Add(-31 * time.Second))
		must(t, w.bid("bike", name(0), 100))
		want(t, "closes", closesAt(), a.Closes)
	})
	t.Run("a later one moves it by half a minute, a refused one not", func(t *testing.T) {
		w.clock.Set(a.Closes.Add(-10 * time.Second))
		must(t, w.bid("bike", name(1), 200))
		want(t, "closes", closesAt(), a.Closes.Add(30*time.Second))
		wantFault(t, w.bid("bike", name(2), 205), fault.Conflict, "auction.too_low")
		must(t, w.bid("bike", name(2), 300))
		want(t, "closes", closesAt(), a.Closes.Add(30*time.Second))
	})
	t.Run("never beyond the cap", func(t *testing.T) {
		for i := range 4 {
			w.clock.Set(closesAt().Add(-time.Second))
			must(t, w.bid("bike", name(i%2), int64(400+100*i)))
		}
		want(t, "closes", closesAt(), a.Closes.Add(time.Minute))
		want(t, "latest", w.view("bike", "").EndsLatest, a.Closes.Add(time.Minute))
	})
	w.end("bike")
	w.whole("bike")
}

func TestProxyBids(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		w.person(name(i), 10_000)
	}
	w.sell("bike", func(a *auction.Auction) { a.Proxy = true })
	must(t, w.proxy("bike", name(0), 500))
	want(t, "price, alone", w.view("bike", "").Price, 100)
	want(t, "held", w.account(name(0)).Held, 500)
	must(t, w.proxy("bike", name(1), 300))
	t.Run("the lower most raises the price and is free at once", func(t *testing.T) {
		v := w.view("bike", name(1))
		want(t, "price", v.Price, 310)
		want(t, "standing", v.Mine.Standing, auction.Outbid)
		w.free(name(1))
	})
	t.Run("of two equal ones the earlier leads", func(t *testing.T) {
		must(t, w.proxy("bike", name(2), 500))
		want(t, "price", w.view("bike", "").Price, 500)
		want(t, "standing", w.view("bike", name(0)).Mine.Standing, auction.Leading)
	})
	t.Run("raising one's own most moves neither price nor end", func(t *testing.T) {
		w.clock.Set(w.view("bike", "").ClosesAt.Add(-time.Second))
		before := w.view("bike", "").ClosesAt
		must(t, w.proxy("bike", name(0), 900))
		want(t, "price", w.view("bike", "").Price, 500)
		want(t, "closes", w.view("bike", "").ClosesAt, before)
		want(t, "held", w.account(name(0)).Held, 900)
		wantFault(t, w.proxy("bike", name(0), 900), fault.Conflict, "auction.own_lead")
	})
	t.Run("others do not see what was named as the most before the end", func(t *testing.T) {
		log, err := w.auction.Log(t.Context(), "bike", name(1))
		must(t, err)
		for _, l := range log.Lines {
			if l.Max != 0 && !l.Mine {
				t.Fatalf("line %+v", l)
			}
		}
	})
	w.end("bike")
	t.Run("the winner pays the least that leads", func(t *testing.T) {
		want(t, "paid", w.view("bike", name(0)).Mine.Amount, 500)
		want(t, "alive", w.account(name(0)).Alive, 9500)
	})
	w.whole("bike")
}

func TestSeveralUnits(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.person(name(i), 10_000)
	}
	w.sell("bike", func(a *auction.Auction) { a.Units = 2 })
	must(t, w.bid("bike", name(0), 100))
	must(t, w.bid("bike", name(1), 100))
	want(t, "next", w.view("bike", "").Next, 110)
	must(t, w.bid("bike", name(2), 120))
	t.Run("the later of two equal bids is displaced", func(t *testing.T) {
		want(t, "standing", w.view("bike", name(1)).Mine.Standing, auction.Outbid)
		w.free(name(1))
	})
	t.Run("one's own bid can be raised to stay", func(t *testing.T) {
		must(t, w.bid("bike", name(0), 200))
		want(t, "held", w.account(name(0)).Held, 200)
		want(t, "next", w.view("bike", "").Next, 130)
	})
	w.end("bike")
	want(t, "first pays", w.view("bike", name(0)).Mine.Amount, 200)
	want(t, "second pays", w.view("bike", name(2)).Mine.Amount, 120)
	w.whole("bike")
}

func TestTheReserve(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 1000)
	w.person("bob", 1000)
	low := func(a *auction.Auction) { a.Reserve, a.Proxy = 300, true }
	w.sell("low", low)
	w.sell("met", low)
	must(t, w.proxy("low", "ada", 250))
	must(t, w.proxy("met", "bob", 400))
	want(t, "what a bidder sees of it", w.view("low", "ada").Auction.Reserve, 0)
	w.end("low")
	w.end("met")
	want(t, "below it nobody wins", w.view("low", "ada").Mine.Standing, auction.Lost)
	want(t, "and it is back", w.stock("low"), 1)
	want(t, "whoever named more pays it", w.view("met", "bob").Mine.Amount, 300)
	w.free("ada", "bob")
	w.whole("low", "met")
}

func TestSealedBids(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		w.person(name(i), 10_000)
	}
	w.sell("seal", func(a *auction.Auction) { a.Form, a.Units = auction.Sealed, 2 })
	for i, amount := range []int64{300, 500, 300, 100} {
		must(t, w.bid("seal", name(i), amount))
	}
	t.Run("nobody sees an amount before the end", func(t *testing.T) {
		v := w.view("seal", name(0))
		want(t, "price", v.Price, 0)
		want(t, "leads", len(v.Leads), 0)
		for _, b := range v.Bids {
			want(t, "amount", b.Amount, 0)
		}
		want(t, "my own", v.Mine.Amount, 300)
		log, err := w.auction.Log(t.Context(), "seal", name(0))
		must(t, err)
		for _, l := range log.Lines {
			if !l.Mine && l.Amount != 0 {
				t.Fatalf("line %+v", l)
			}
		}
	})
	t.Run("a bid can be raised and not lowered", func(t *testing.T) {
		wantFault(t, w.bid("seal", name(3), 99), fault.Conflict, "auction.too_low")
		must(t, w.bid("seal", name(3), 301))
		want(t, "held", w.account(name(3)).Held, 301)
	})
	w.end("seal")
	for i, paid := range []int64{0, 500, 0, 301} {
		m := w.view("seal", name(i)).Mine
		if won := paid > 0; won != (m.Standing == auction.Won) || won && m.Amount != paid {
			t.Fatalf("%d: %+v", i, m)
		}
		w.free(name(i))
	}
	w.whole("seal")
}

func TestTheNextBestWinsWhereTheBestHasWonThisMonth(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.person(name(i), 10_000)
	}
	seal := func(a *auction.Auction) { a.Form = auction.Sealed }
	w.sell("one", seal)
	w.sell("two", seal)
	for _, id := range []string{"one", "two"} {
		must(t, w.bid(id, name(0), 900))
		must(t, w.bid(id, name(1), 500))
	}
	w.end("one")
	w.end("two")
	// Which of the two is closed first is the sweep's to choose; nobody wins both.
	first, second := w.view("one", "").Leads[0].Who, w.view("two", "").Leads[0].Who
	want(t, "different winners", first != second, true)
	w.free(name(0), name(1))
	w.whole("one", "two")
}

func TestBuyingAtOnce(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		w.person(name(i), 10_000)
	}
	w.sell("bike", func(a *auction.Auction) { a.Units, a.BuyNow = 2, 400 })
	buy := func(who string, price int64) error {
		_, err := w.auction.BuyNow(context.Background(), auction.Buy{Key: "buy" + who, Member: who, Auction: "bike", Price: price})
		return err
	}
	must(t, w.bid("bike", name(0), 100))
	must(t, w.bid("bike", name(1), 110))
	t.Run("another price than the one that was seen is refused", func(t *testing.T) {
		f := wantFault(t, buy(name(2), 399), fault.Conflict, "auction.price_changed")
		want(t, "price", f.Args["n"], any(int64(400)))
	})
	t.Run("it is paid and placed at once, and the weakest lead makes room", func(t *testing.T) {
		must(t, buy(name(2), 400))
		want(t, "alive", w.account(name(2)).Alive, 9600)
		want(t, "standing", w.view("bike", name(2)).Mine.Standing, auction.Won)
		want(t, "weakest", w.view("bike", name(0)).Mine.Standing, auction.Outbid)
		w.free(name(0), name(2))
		wantFault(t, w.bid("bike", name(2), 500), fault.Conflict, "auction.won_here")
	})
	t.Run("who leads pays the price only", func(t *testing.T) {
		wantFault(t, w.bid("bike", name(1), 300), fault.Conflict, "auction.own_lead")
	})
	t.Run("the last unit ends it", func(t *testing.T) {
		must(t, buy(name(1), 400))
		want(t, "alive", w.account(name(1)).Alive, 9600)
		wantFault(t, w.bid("bike", name(3), 500), fault.Conflict, "auction.closed")
	})
	w.end("bike")
	w.free(name(0), name(1), name(2), name(3))
	w.whole("bike")
}

func TestCallingOff(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.person("ada", 1000)
	w.sell("bike")
	w.sell("empty")
	must(t, w.bid("bike", "ada", 100))
	t.Run("before the first bid it is cancelled, and the stock is back", func(t *testing.T) {
		must(t, w.auction.Cancel(ctx, "marketer", "empty", "not needed"))
		want(t, "stock", w.stock("empty"), 1)
		want(t, "phase", w.view("empty", "").Phase, auction.PhaseCancelled)
		wantFault(t, w.bid("empty", "ada", 100), fault.Conflict, "auction.cancelled")
	})
	t.Run("after it, it can only be voided, with a reason", func(t *testing.T) {
		wantFault(t, w.auction.Cancel(ctx, "marketer", "bike", "x"), fault.Conflict, "auction.has_bids")
		wantFault(t, w.auction.Void(ctx, "marketer", "bike", " "), fault.Invalid, "auction.reason")
		must(t, w.auction.Void(ctx, "marketer", "bike", "the bicycle is broken"))
		w.free("ada")
		want(t, "stock", w.stock("bike"), 1)
		want(t, "reason", w.view("bike", "ada").Reason, "the bicycle is broken")
		inbox, err := w.notify.Inbox(ctx, "ada", "", 5)
		must(t, err)
		want(t, "told", inbox[0].Key, "auction.told_called_off")
	})
	w.clock.Add(31 * time.Second)
	w.sweep()
	w.whole("bike", "empty")
}

func TestDraftsAndWarnings(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.reward("mug", 1)
	a := auction.Auction{
		ID: "mug", Title: content.Text{"en": "A mug"}, Reward: "mug", Units: 2, Start: 10, Step: 1,
		Opens: w.clock.Now(), Closes: w.clock.Now().Add(time.Hour),
	}
	t.Run("what is malformed is named by its field", func(t *testing.T) {
		bad := a
		bad.Closes = bad.Opens
		_, err := w.auction.Save(ctx, "m", bad, 0)
		want(t, "field", wantFault(t, err, fault.Invalid, "auction.times").Field, "closes")
		bad = a
		bad.Form, bad.Proxy = auction.Sealed, true
		_, err = w.auction.Save(ctx, "m", bad, 0)
		wantFault(t, err, fault.Invalid, "auction.sealed_proxy")
	})
	saved, err := w.auction.Save(ctx, "m", a, 0)
	must(t, err)
	t.Run("two marketers who save at once", func(t *testing.T) {
		_, err := w.auction.Save(ctx, "m", saved, saved.Version)
		must(t, err)
		_, err = w.auction.Save(ctx, "n", saved, saved.Version)
		wantFault(t, err, fault.Conflict, "auction.changed")
	})
	t.Run("more units than there are pieces", func(t *testing.T) {
		_, err := w.auction.Schedule(ctx, "m", "mug")
		f := wantFault(t, err, fault.Conflict, "auction.stock_short")
		want(t, "left", f.Args["n"], any(int64(1)))
		_, err = w.catalog.AddStock(ctx, "m", "mug", 1, "more")
		must(t, err)
		_, err = w.auction.Schedule(ctx, "m", "mug")
		must(t, err)
		_, err = w.auction.Save(ctx, "m", saved, saved.Version+1)
		wantFault(t, err, fault.Conflict, "auction.not_draft")
	})
	t.Run("an end outside 10 to 20 o'clock where any invited company is", func(t *testing.T) {
		for _, c := range []member.Company{
			{ID: "kyiv", Name: "Kyiv", Region: "west"}, {ID: "almaty", Name: "Almaty", Region: "east", Zone: "Asia/Almaty"},
		} {
			_, err := w.members.CreateCompany(ctx, w.admin, c)
			must(t, err)
		}
		_, err := w.members.CreateCompany(ctx, w.admin, member.Company{Name: "Nowhere", Zone: "Mars/Olympus"})
		wantFault(t, err, fault.Invalid, "member.zone")
		a.Closes = time.Date(2026, 11, 3, 17, 55, 0, 0, time.UTC) // 19:55 in Kyiv, 22:55 in Almaty
		got, err := w.auction.Warnings(ctx, a)
		must(t, err)
		want(t, "warnings", fmt.Sprint(kinds(got)), "[auction.warn_hours Asia/Almaty auction.warn_extension Europe/Kyiv]")
		a.Regions = []string{"west"}
		a.Closes = time.Date(2026, 11, 3, 17, 0, 0, 0, time.UTC)
		got, err = w.auction.Warnings(ctx, a)
		must(t, err)
		want(t, "warnings", len(got), 0)
	})
}

func kinds(warnings []auction.Warning) (all []string) {
	for _, w := range warnings {
		all = append(all, w.Key+" "+w.Args["zone"].(string))
	}
	return all
}

// In Kyiv the clocks go back at 04:00 on 25 October 2026: half past three is there twice, an hour apart.
func TestAnEndWhileTheClocksChange(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.clock.Set(time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC))
	w.person("ada", 1000)
	w.person("bob", 1000)
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	before := time.Date(2026, 10, 25, 0, 59, 50, 0, time.UTC) // ten seconds before they go back: 03:59:50
	a := w.sell("night", func(a *auction.Auction) { a.Opens, a.Closes = w.clock.Now(), before })
	got, err := w.auction.Warnings(ctx, a)
	must(t, err)
	want(t, "warnings", fmt.Sprint(kinds(got)), "[auction.warn_hours Europe/Kyiv auction.warn_dst Europe/Kyiv]")
	w.clock.Set(before.Add(-5 * time.Second))
	must(t, w.bid("night", "ada", 100))
	ends := w.view("night", "").ClosesAt
	want(t, "the end moved by half a minute", ends.Sub(before), 30*time.Second)
	want(t, "on the clocks an hour back", ends.In(zone.Location()).Format("15:04:05"), "03:00:20")
	w.clock.Set(ends.Add(-time.Millisecond))
	must(t, w.bid("night", "bob", 200))
	w.end("night")
	want(t, "standing", w.view("night", "bob").Mine.Standing, auction.Won)
	w.free("ada", "bob")
	w.whole("night")
}

func TestAProcessWhoseClockIsWrong(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 1000)
	w.person("bob", 1000)
	a := w.sell("bike")
	w.clock.Add(time.Minute)
	late := start(t, shared{w.store, w.clock.Now}, func() time.Time { return w.clock.Now().Add(-1500 * time.Millisecond) }, nil)
	must(t, late.bid("bike", "ada", 100))
	w.clock.Set(a.Closes)
	w.sweep()
	t.Run("one that is behind cannot bid once the bidding was ended", func(t *testing.T) {
		wantFault(t, late.bid("bike", "bob", 500), fault.Conflict, "auction.closed")
		w.free("bob")
	})
	t.Run("one that is ahead does not end it early for the others' winners", func(t *testing.T) {
		want(t, "standing", w.view("bike", "ada").Mine.Standing, auction.Won)
	})
	w.end("bike")
	w.whole("bike")
}
