package web_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/member"
)

// fair is a site with a month, a prize to auction and two dealers whose people have points to bid.
type fair struct {
	*site
	Olena, Taras, Marta member.Member
}

func newFair(t *testing.T) fair {
	s := newSite(t)
	s.publishMonth(t, "2026-11", 2)
	f := fair{site: s}
	f.Olena = s.person(member.RoleMember, s.company("Stroymarket", "Kyiv").ID, "Olena Koval", "olena@example.com", "en")
	f.Taras = s.person(member.RoleMember, s.company("Buddim", "Lviv").ID, "Taras Melnyk", "taras@example.com", "en")
	f.Marta = s.person(member.RoleMarketer, "", "Marta Brand", "marta@example.com", "en")
	s.grant(f.Olena, 1_000)
	s.grant(f.Taras, 1_000)
	return f
}

// auction schedules one that opens at once and closes in ten minutes, for any points and without a game.
func (f fair) auction(id string, change func(*auction.Auction)) {
	f.t.Helper()
	ctx, now := context.Background(), f.Clock.Now()
	a := auction.Auction{
		ID: id, Title: content.Text{"en": "A gun for " + id}, Reward: "gun", Units: 1, Form: auction.Ascending, Start: 100, Step: 10,
		Opens: now, Closes: now.Add(10 * time.Minute), AnyPoints: true, NoGameNeeded: true,
	}
	change(&a)
	_, err := f.Auctions.Save(ctx, f.Marta.ID, a, 0)
	must(f.t, err)
	_, err = f.Auctions.Schedule(ctx, f.Marta.ID, id)
	must(f.t, err)
	f.Clock.Add(time.Second)
}

// over lets the clock pass an end and closes what is due.
func (f fair) over(d time.Duration) {
	f.t.Helper()
	f.Clock.Add(d)
	must(f.t, f.Auctions.Sweep(context.Background()))
}

// lacks fails where a page says one of these.
func lacks(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(html.UnescapeString(a.Body), text) {
			t.Errorf("the page says %q\n%s", text, a.Body)
		}
	}
}

func bidOf(amount string) url.Values { return url.Values{"amount": {amount}} }

func TestAuctionRoom(t *testing.T) {
	f := newFair(t)
	f.auction("drill", func(a *auction.Auction) { a.Description = content.Text{"en": "With two nozzles"} })
	olena, taras := f.as(f.Olena), f.as(f.Taras)

	t.Run("before the first bid the room names the first one, and what it would hold", func(t *testing.T) {
		a := olena.get("/auctions/drill")
		shows(t, a, http.StatusOK, "A gun for drill", "With two nozzles", "100 points", "Bid 100 points", "Yes, bid 100 points", "You have not bid yet", "No bids yet", "9:59", "0 bidders")
		lacks(t, a, "Take it now", "Let it bid for me", "reserve", "The whole log")
	})
	t.Run("a bid leads, holds its points, and acts once however often it is sent", func(t *testing.T) {
		form := url.Values{"amount": {"100"}, "key": {uuid.NewString()}}
		for range 2 {
			if a := olena.post("/auctions/drill/bid", form); a.Status != http.StatusSeeOther || a.Location != "/auctions/drill?said=said.lots_leading" {
				t.Fatalf("%d %s %s", a.Status, a.Location, a.Body)
			}
		}
		shows(t, olena.get("/auctions/drill?said=said.lots_leading"), http.StatusOK, "you lead", "Held for it: 100 points", "1 bidder", "900 points", "The whole log")
		shows(t, olena.get("/auctions"), http.StatusOK, "Held for your bids: 100 points", `href="/auctions/drill"`, "you lead", "Now 100 points")
	})
	t.Run("the room lists the bid under the name that the bidder chose", func(t *testing.T) {
		a := taras.get("/auctions/drill")
		shows(t, a, http.StatusOK, f.Olena.BoardName(), "Bid 110 points")
		lacks(t, a, "Olena Koval", f.Olena.ID)
	})
	t.Run("a higher bid displaces it, and the points of the outbid are free", func(t *testing.T) {
		taras.post("/auctions/drill/bid", bidOf("110"))
		shows(t, olena.get("/auctions/drill"), http.StatusOK, "somebody bid more", "free again", "Bid 120 points", "1\u202f000 points", "2 bidders")
	})
	t.Run("a bid too low is said in the room, beside what holds now", func(t *testing.T) {
		a := olena.post("/auctions/drill/bid", bidOf("110"))
		shows(t, a, http.StatusConflict, `role="alert"`, "Bid 120 points")
	})
	t.Run("the room says how far one can go: with what is free, and with what it holds", func(t *testing.T) {
		shows(t, olena.get("/auctions/drill"), http.StatusOK, "You can bid up to 1\u202f000 points here.")
		shows(t, taras.get("/auctions/drill"), http.StatusOK, "You can bid up to 1\u202f000 points here.")
	})
	t.Run("more than one has is short, and nothing is held", func(t *testing.T) {
		a := olena.post("/auctions/drill/bid", url.Values{"amount": {"5000"}, "own": {"1"}})
		shows(t, a, http.StatusConflict, "4\u202f000 points short", `value="5000"`, `aria-invalid="true"`)
		if f.alive(f.Olena) != 1_000 {
			t.Error("points are held by a bid that was refused")
		}
	})
	t.Run("what is no number is refused", func(t *testing.T) {
		for _, amount := range []string{"", "-1", "1e9", "99999999999999999999"} {
			if a := olena.post("/auctions/drill/bid", bidOf(amount)); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusConflict {
				t.Errorf("%q is answered with %d", amount, a.Status)
			}
		}
	})
	t.Run("at the end the winner has a voucher, the other is free and shamed by nothing", func(t *testing.T) {
		f.over(10 * time.Minute)
		a := taras.get("/auctions/drill")
		shows(t, a, http.StatusOK, "It is yours for 110 points", "To the voucher")
		voucher := regexp.MustCompile(`/redemptions/[a-z0-9-]+`).FindString(a.Body)
		shows(t, taras.get(voucher), http.StatusOK, "Show this at the desk", "110 points")
		lost := olena.get("/auctions/drill")
		shows(t, lost, http.StatusOK, "All your points are back", "Went for", "110 points", "Other auctions")
		lacks(t, lost, "You lost", "Bid 120")
		shows(t, olena.get("/auctions"), http.StatusOK, "your points are free", "Went for 110 points")
		shows(t, olena.post("/auctions/drill/bid", bidOf("500")), http.StatusConflict, `role="alert"`)
	})
	t.Run("any bidder can read the log, replayed", func(t *testing.T) {
		shows(t, olena.get("/auctions/drill/log"), http.StatusOK, "gives the same winners", f.Taras.BoardName(), "you: 100 points", "Announced", "Winners written down", "What this log shows")
	})
	t.Run("nobody finds an auction that is none", func(t *testing.T) {
		shows(t, olena.get("/auctions/none"), http.StatusNotFound)
		shows(t, olena.get("/auctions/none/log"), http.StatusNotFound)
		shows(t, olena.post("/auctions/none/bid", bidOf("1")), http.StatusNotFound)
	})
}

func TestAuctionBeforeAndOvernight(t *testing.T) {
	f := newFair(t)
	olena := f.as(f.Olena)
	f.auction("drill", func(a *auction.Auction) { a.Opens, a.Closes = a.Opens.Add(time.Hour), a.Closes.Add(48*time.Hour) })
	t.Run("before it opens, whoever can still play is led to the games", func(t *testing.T) {
		shows(t, olena.get("/auctions/drill"), http.StatusOK, "100 points", "To the games")
	})
	t.Run("a bid of yesterday says its day, one of today its second", func(t *testing.T) {
		f.Clock.Add(time.Hour)
		must(t, f.Auctions.Sweep(context.Background()))
		olena.post("/auctions/drill/bid", bidOf("100"))
		day := f.Clock.Now().In(f.Points.Zone.Location()).Format("2 January, ")
		lacks(t, olena.get("/auctions/drill"), day)
		f.Clock.Add(24 * time.Hour)
		shows(t, olena.get("/auctions/drill"), http.StatusOK, day)
		shows(t, f.as(f.Marta).get("/studio/auctions/drill"), http.StatusOK, day)
	})
}

func TestAuctionAfterAWinElsewhere(t *testing.T) {
	f := newFair(t)
	olena := f.as(f.Olena)
	t.Run("who leads and has won elsewhere meanwhile is told that this bid wins nothing more", func(t *testing.T) {
		f.auction("uphill", func(a *auction.Auction) { a.Closes = a.Closes.Add(time.Hour) })
		f.auction("downhill", func(*auction.Auction) {})
		for _, id := range []string{"uphill", "downhill"} {
			olena.post("/auctions/"+id+"/bid", bidOf("100"))
		}
		f.over(11 * time.Minute)
		shows(t, olena.get("/auctions/uphill"), http.StatusOK, "you lead", "so this bid can win nothing more")
	})
}

func TestAuctionForms(t *testing.T) {
	f := newFair(t)
	olena, taras := f.as(f.Olena), f.as(f.Taras)
	t.Run("a limit bids the least that leads and is no one else's to see", func(t *testing.T) {
		f.auction("proxy", func(a *auction.Auction) { a.Proxy = true })
		olena.post("/auctions/proxy/bid", url.Values{"max": {"400"}, "own": {"1"}})
		shows(t, olena.get("/auctions/proxy"), http.StatusOK, "you lead", "You would go up to 400 points", "Let it bid for me")
		a := taras.post("/auctions/proxy/bid", bidOf("200"))
		if a.Location != "/auctions/proxy?said=said.lots_outbid" {
			t.Errorf("%d %s", a.Status, a.Location)
		}
		shows(t, taras.get(a.Location), http.StatusOK, `said--note" role="status"`, "somebody’s limit is higher")
		seen := taras.get("/auctions/proxy")
		shows(t, seen, http.StatusOK, "somebody bid more", "Bid 220 points")
		lacks(t, seen, "400 points", `"400"`, ">400<")
	})
	t.Run("a sealed bid shows its amount to nobody else, and can be changed", func(t *testing.T) {
		f.auction("sealed", func(a *auction.Auction) { a.Form = auction.Sealed })
		for _, amount := range []string{"300", "321"} {
			if a := olena.post("/auctions/sealed/bid", url.Values{"amount": {amount}, "own": {"1"}}); a.Location != "/auctions/sealed?said=said.lots_sealed" {
				t.Fatalf("%d %s %s", a.Status, a.Location, a.Body)
			}
		}
		shows(t, olena.get("/auctions/sealed"), http.StatusOK, "your bid is in", "Your bid: 321 points", "Change my bid")
		seen := taras.get("/auctions/sealed")
		shows(t, seen, http.StatusOK, "sealed", "Put in my bid")
		lacks(t, seen, "321 points", `"321"`, ">321<", "300 points")
	})
	t.Run("taking it at once ends it", func(t *testing.T) {
		f.auction("now", func(a *auction.Auction) { a.BuyNow = 150; a.ManyWins = true })
		shows(t, taras.get("/auctions/now"), http.StatusOK, "Take it now for 150 points", "Yes, take it for 150 points")
		shows(t, taras.post("/auctions/now/buy", url.Values{"price": {"140"}}), http.StatusConflict, `role="alert"`)
		if a := taras.post("/auctions/now/buy", url.Values{"price": {"150"}}); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		lacks(t, olena.get("/auctions/now"), "Bid 100 points")
	})
	t.Run("who has too little of what counts is told what the next bid takes, and that a game brings more", func(t *testing.T) {
		f.auction("month", func(a *auction.Auction) { a.AnyPoints = false })
		a := olena.get("/auctions/month")
		shows(t, a, http.StatusOK, "The next bid is 100 points. Here you bid what you won this month: you have 0 points of it.", "To the games")
		lacks(t, a, "Bid 100 points")
	})
	t.Run("of several units the page says what leads", func(t *testing.T) {
		f.auction("two", func(a *auction.Auction) { a.Units, a.Proxy = 2, true })
		olena.post("/auctions/two/bid", bidOf("100"))
		taras.post("/auctions/two/bid", url.Values{"max": {"150"}, "own": {"1"}})
		shows(t, olena.get("/auctions/two"), http.StatusOK, "Leading now: 100 points · 100 points")
	})
	t.Run("the statement names the auction whose bid holds points, and the one that gave them back", func(t *testing.T) {
		f.auction("named", func(*auction.Auction) {})
		olena.post("/auctions/named/bid", bidOf("100"))
		taras.post("/auctions/named/bid", bidOf("110"))
		a := olena.get("/statement")
		shows(t, a, http.StatusOK, "Set aside for a bid: “A gun for named”", "Free again from the auction “A gun for named”", `href="/auctions/named"`)
	})
	t.Run("who may not bid is told why, and what helps", func(t *testing.T) {
		f.auction("game", func(a *auction.Auction) { a.NoGameNeeded = false })
		a := olena.get("/auctions/game")
		shows(t, a, http.StatusOK, `said--note`, "To the games")
		lacks(t, a, "Bid 100 points")
		f.auction("lviv", func(a *auction.Auction) { a.Regions = []string{"Lviv"} })
		lacks(t, olena.get("/auctions/lviv"), "Bid 100 points")
		shows(t, taras.get("/auctions/lviv"), http.StatusOK, "Bid 100 points")
	})
	t.Run("an auction to come shows when, and the first page's list has it", func(t *testing.T) {
		f.auction("later", func(a *auction.Auction) { a.Opens = a.Opens.Add(time.Hour); a.Closes = a.Closes.Add(time.Hour) })
		shows(t, olena.get("/auctions/later"), http.StatusOK, "Opens in", "59:59", "You can bid as soon as it opens")
		shows(t, olena.get("/auctions"), http.StatusOK, "Coming", "A gun for later", "Open now")
	})
	t.Run("the log is closed to who did not bid", func(t *testing.T) {
		shows(t, taras.get("/auctions/game/log"), http.StatusForbidden)
	})
}

func TestStudioAuctions(t *testing.T) {
	f := newFair(t)
	marta, olena := f.as(f.Marta), f.as(f.Olena)
	form := func() url.Values {
		return url.Values{
			"form": {"ascending"}, "reward": {"gun"}, "units": {"1"}, "title_en": {"The autumn gun"}, "start": {"100"}, "step": {"10"}, "reserve": {"120"},
			"opens": {"2026-11-24T12:30"}, "closes": {"2026-11-24T22:30"}, "window": {"30"}, "extension": {"30"}, "cap": {"10"}, "version": {"0"},
			"any_points": {"1"}, "no_game": {"1"}, "key": {uuid.NewString()},
		}
	}
	var place string
	t.Run("a draft is written, once however often it is sent", func(t *testing.T) {
		shows(t, marta.get("/studio/auctions"), http.StatusOK, "No auctions yet")
		shows(t, marta.get("/studio/auctions/new"), http.StatusOK, "A sealant gun", `value="2026-11-25T12:00"`, "Europe/Kyiv", "Lviv")
		values := form()
		place = "/studio/auctions/" + values.Get("key")
		leadsTo(t, marta.post("/studio/auctions/new", values), place+"?said=said.aucs_saved")
		leadsTo(t, marta.post("/studio/auctions/new", values), place+"?said=said.aucs_there")
		shows(t, marta.get("/studio/auctions"), http.StatusOK, "The autumn gun", "draft")
		shows(t, olena.get("/auctions/"+values.Get("key")), http.StatusNotFound)
	})
	t.Run("an end at half past ten in the evening is warned of, in words", func(t *testing.T) {
		shows(t, marta.get(place), http.StatusOK, "Announce all the same", "said--note")
	})
	t.Run("what is wrong stands on the form with what was typed", func(t *testing.T) {
		values := form()
		values.Set("start", "0")
		values.Set("version", "1")
		shows(t, marta.post(place, values), http.StatusUnprocessableEntity, `role="alert"`, "The autumn gun", `value="2026-11-24T22:30"`)
	})
	t.Run("a time that the change of the clocks makes twice, or skips, is refused", func(t *testing.T) {
		for closes, says := range map[string]string{
			"2027-03-28T03:30": "does not occur", "2026-10-25T03:30": "occurs twice", "tomorrow": "Choose a day",
		} {
			values := form()
			values.Set("closes", closes)
			shows(t, marta.post("/studio/auctions/new", values), http.StatusUnprocessableEntity, says, `value="`+closes+`"`)
		}
	})
	t.Run("it is changed, announced and seen by those who bid, but for the reserve", func(t *testing.T) {
		values := form()
		values.Set("version", "1")
		values.Set("closes", "2026-11-24T18:00")
		leadsTo(t, marta.post(place, values), place+"?said=said.aucs_saved")
		shows(t, marta.post(place, values), http.StatusConflict, "Open the newest version")
		a := marta.get(place)
		shows(t, a, http.StatusOK, "Announce", "120 points")
		lacks(t, a, "all the same")
		leadsTo(t, marta.post(place+"/schedule", nil), place+"?said=said.aucs_scheduled")
		shows(t, marta.get(place), http.StatusOK, "announced", "Take it back")
		f.Clock.Add(time.Hour)
		seen := olena.get(strings.TrimPrefix(place, "/studio"))
		shows(t, seen, http.StatusOK, "The autumn gun", "Bid 100 points")
		lacks(t, seen, "120 points")
	})
	t.Run("after the first bid it cannot be taken back, only called off with a reason that everybody reads", func(t *testing.T) {
		olena.post(strings.TrimPrefix(place, "/studio")+"/bid", bidOf("100"))
		a := marta.get(place)
		shows(t, a, http.StatusOK, "Call it off", f.Olena.BoardName(), "100 points")
		lacks(t, a, "Yes, take it back")
		shows(t, marta.post(place+"/cancel", nil), http.StatusConflict, `role="alert"`)
		shows(t, marta.post(place+"/void", url.Values{"reason": {" "}}), http.StatusUnprocessableEntity, `role="alert"`)
		leadsTo(t, marta.post(place+"/void", url.Values{"reason": {"The gun was damaged"}}), place+"?said=said.aucs_voided")
		shows(t, olena.get(strings.TrimPrefix(place, "/studio")), http.StatusOK, "called off", "The gun was damaged", "1\u202f000 points")
		shows(t, marta.get(place), http.StatusOK, "The gun was damaged")
		shows(t, marta.get(strings.TrimPrefix(place, "/studio")+"/log"), http.StatusOK, "Called off: The gun was damaged")
	})
	t.Run("one without bids is taken back, and its prize is in stock again", func(t *testing.T) {
		f.auction("back", func(*auction.Auction) {})
		leadsTo(t, marta.post("/studio/auctions/back/cancel", nil), "/studio/auctions/back?said=said.aucs_cancelled")
		stock, err := f.Catalog.Stock(context.Background(), "gun")
		must(t, err)
		if stock != 10 {
			t.Errorf("%d in stock", stock)
		}
		shows(t, olena.get("/auctions/back"), http.StatusOK, "taken back before anybody bid")
	})
}

func TestAPIAuctions(t *testing.T) {
	f := newFair(t)
	f.auction("drill", func(a *auction.Auction) { a.Proxy = true; a.Reserve = 150 })
	p, other := f.programOf(t, f.Olena).with(t), f.programOf(t, f.Taras).with(t)
	t.Run("the list and one auction", func(t *testing.T) {
		list := p.get("/auctions").is(t, http.StatusOK)
		holds(t, list, "drill", "running", 0, "id")
		one := p.get("/auctions/drill").is(t, http.StatusOK)
		holds(t, one, 100, "next")
		holds(t, one, true, "mine", "may")
		holds(t, one, "open", "phase")
		if strings.Contains(p.get("/auctions/drill").Raw, ":150") {
			t.Error("the reserve is told")
		}
		p.get("/auctions/none").problem(t, http.StatusNotFound, "auction.missing")
	})
	t.Run("a bid acts once a key, and is answered by how the auction stands", func(t *testing.T) {
		key := uuid.NewString()
		for range 2 {
			bid := p.call("POST", "/auctions/drill/bids", key, map[string]any{"amount": 100, "max": 300}).is(t, http.StatusOK)
			holds(t, bid, "leading", "mine", "standing")
			holds(t, bid, 300, "mine", "held")
		}
		other.post("/auctions/drill/bids", map[string]any{"amount": 50}).problem(t, http.StatusConflict, "auction.too_low")
		p.call("POST", "/auctions/drill/bids", "", map[string]any{"amount": 400}).problem(t, http.StatusUnprocessableEntity, "fault.key_missing")
		holds(t, p.get("/auctions").is(t, http.StatusOK), 300, "held", 0, "amount")
		other.post("/auctions/drill/buy", map[string]any{"price": 100}).problem(t, http.StatusConflict, "auction.no_buy_now")
	})
	t.Run("the log is for who bid", func(t *testing.T) {
		log := p.get("/auctions/drill/log").is(t, http.StatusOK)
		holds(t, log, true, "whole")
		holds(t, log, "scheduled", "lines", 0, "kind")
		holds(t, log, true, "lines", 1, "me")
		other.get("/auctions/drill/log").problem(t, http.StatusForbidden, "auction.log_bidders")
	})
	t.Run("a key reads what everybody may see", func(t *testing.T) {
		_, key := f.key(member.ScopeReportsRead)
		if a := key.ask("GET", "/api/v1/auctions/drill", ""); a.Status != http.StatusOK || strings.Contains(a.Body, `"mine"`) || strings.Contains(a.Body, ":150") {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		_, none := f.key(member.ScopeOrdersRead)
		none.ask("GET", "/api/v1/auctions", "").told(t, http.StatusForbidden, "fault.key_scope")
		key.ask("POST", "/api/v1/auctions/drill/bids", `{"amount":500}`).told(t, http.StatusForbidden, "fault.key_not_here")
	})
}
