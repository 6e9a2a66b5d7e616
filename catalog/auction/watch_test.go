package auction_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/internal/fault"
	"firebrand/internal/member"
)

func TestTheRoomOfAnAuction(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 1000)
	w.sell("bike")
	must(t, w.bid("bike", "ada", 100))
	state := func() string {
		p, err := w.auction.Snapshot(t.Context(), "bike")
		must(t, err)
		raw, err := json.Marshal(p)
		must(t, err)
		return string(raw)
	}
	t.Run("its state changes with the auction and not with the clock, so that nothing is pushed for nothing", func(t *testing.T) {
		before := state()
		w.clock.Add(time.Second)
		want(t, "state", state(), before)
		want(t, "the view's clock", w.view("bike", "").Now, w.clock.Now())
	})
}

func TestAnAuctionForSomeRegions(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.person("south", 1000)
	_, err := w.members.CreateCompany(ctx, w.admin, member.Company{ID: "firm-north", Name: "Firm north", Region: "north"})
	must(t, err)
	w.person("north", 1000, "firm-north")
	_, err = w.members.Create(ctx, w.admin, member.Member{ID: "mia", Role: member.RoleMarketer, Name: "Mia", Email: "mia@example.com"})
	must(t, err)
	w.sell("bike", func(a *auction.Auction) { a.Regions = []string{"north"} })
	must(t, w.bid("bike", "north", 100))
	watch := func(who string) error { return w.auction.MayWatch(ctx, "bike", who) }
	live := func(who string) int {
		views, err := w.auction.Live(ctx, who)
		must(t, err)
		return len(views)
	}
	t.Run("it is open to who is invited and to the brand", func(t *testing.T) {
		must(t, watch("north"))
		must(t, watch("mia"))
		want(t, "live for north", live("north"), 1)
		want(t, "live for the brand", live("mia"), 1)
	})
	t.Run("it is closed to everybody else: the room, the page and the lists", func(t *testing.T) {
		wantFault(t, watch("south"), fault.Forbidden, "auction.region")
		wantFault(t, watch("nobody"), fault.Forbidden, "auction.region")
		_, err := w.auction.View(ctx, "bike", "south")
		wantFault(t, err, fault.Forbidden, "auction.region")
		want(t, "live for south", live("south"), 0)
	})
	t.Run("who moves to another company is looked up anew, and who has bid stays", func(t *testing.T) {
		w.end("bike")
		must(t, watch("north"))
		_, err := w.auction.View(ctx, "bike", "north")
		must(t, err)
	})
	t.Run("a draft has no room", func(t *testing.T) {
		wantFault(t, w.auction.MayWatch(ctx, "none", "mia"), fault.NotFound, "auction.missing")
	})
}

func TestWhatAnAuctionKeepsToItself(t *testing.T) {
	w := newWorld(t)
	for _, who := range []string{"ada", "bob", "cyd"} {
		w.person(who, 10_000)
	}
	t.Run("sealed amounts stay sealed where it is called off: it may be held again", func(t *testing.T) {
		w.sell("seal", func(a *auction.Auction) { a.Form = auction.Sealed })
		must(t, w.bid("seal", "ada", 777))
		must(t, w.bid("seal", "bob", 120))
		must(t, w.auction.Void(t.Context(), "marketer", "seal", "damaged"))
		for _, b := range w.view("seal", "bob").Bids {
			want(t, "amount", b.Amount, 0)
		}
		want(t, "mine", w.view("seal", "bob").Mine.Amount, 120)
		log, err := w.auction.Log(t.Context(), "seal", "bob")
		must(t, err)
		for _, l := range log.Lines {
			if !l.Mine && l.Amount != 0 {
				t.Fatalf("line %+v", l)
			}
		}
	})
	t.Run("nor is the most that others named told then", func(t *testing.T) {
		w.sell("proxy", func(a *auction.Auction) { a.Proxy = true })
		must(t, w.proxy("proxy", "ada", 5_000))
		must(t, w.proxy("proxy", "bob", 300))
		must(t, w.auction.Void(t.Context(), "marketer", "proxy", "damaged"))
		log, err := w.auction.Log(t.Context(), "proxy", "bob")
		must(t, err)
		for _, l := range log.Lines {
			if !l.Mine && l.Max != 0 {
				t.Fatalf("line %+v", l)
			}
		}
	})
	t.Run("of several who lead with one amount the order does not tell who would go further", func(t *testing.T) {
		w.sell("order", func(a *auction.Auction) { a.Proxy, a.Units = true, 2 })
		must(t, w.proxy("order", "ada", 200))
		must(t, w.proxy("order", "bob", 5_000))
		leads := w.view("order", "").Leads
		want(t, "both pay", leads[0].Amount, leads[1].Amount)
		want(t, "first", leads[0].Who, member.Who("ada"))
	})
	t.Run("a record that does not hold is named, not recited", func(t *testing.T) {
		w.sell("reserve", func(a *auction.Auction) { a.Reserve = 4_321 })
		must(t, w.bid("reserve", "cyd", 100))
		v := w.view("reserve", "cyd")
		raw, err := json.Marshal(v)
		must(t, err)
		if strings.Contains(string(raw), ":4321") {
			t.Fatal("the reserve is told")
		}
	})
}

func TestAColleagueOfWhoBidIsToldBefore(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 1000, "firm")
	w.person("ann", 1000, "firm")
	w.sell("bike")
	must(t, w.bid("bike", "ada", 100))
	v := w.view("bike", "ann")
	want(t, "may", v.Mine.May, false)
	want(t, "why", v.Mine.Why, "auction.company_taken")
	wantFault(t, w.bid("bike", "ann", 200), fault.Conflict, "auction.company_taken")
	w.free("ann")
}
