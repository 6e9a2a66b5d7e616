package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/catalog"
	"firebrand/content"
	"firebrand/internal/member"
	"firebrand/internal/points"
)

// prize puts a reward with some pieces on the shelf.
func (s *site) prize(id, name string, price, stock int64) catalog.Reward {
	s.t.Helper()
	r, err := s.Catalog.SaveReward(context.Background(), s.Admin.ID, catalog.Reward{
		ID: id, Name: content.Text{"en": name}, Price: price, State: catalog.Published,
	}, 0)
	must(s.t, err)
	if stock > 0 {
		_, err = s.Catalog.AddStock(context.Background(), s.Admin.ID, id, stock, "begin")
		must(s.t, err)
	}
	return r
}

// grant gives a member points that expire at the end of next month.
func (s *site) grant(m member.Member, amount int64) {
	s.t.Helper()
	_, err := s.Points.Award(context.Background(), points.Award{
		Key: uuid.NewString(), Actor: s.Admin.ID, Account: m.ID, Amount: amount, Source: points.SourceGrant, Ref: "opening present",
	})
	must(s.t, err)
}

// alive is what a member can spend.
func (s *site) alive(m member.Member) int64 {
	s.t.Helper()
	view, err := s.Points.Balance(context.Background(), m.ID)
	must(s.t, err)
	return view.Alive
}

var codePattern = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`)

func hides(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			t.Errorf("the page says %q\n%s", text, a.Body)
		}
	}
}

func TestRedeeming(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	taras := s.person(member.RoleMember, dealer.ID, "Taras Shevchuk", "taras@example.com", "en")
	keeper := s.person(member.RoleDesk, "", "Main desk", "desk@example.com", "en")
	s.prize("thermos", "Thermos", 720, 3)
	s.prize("headlamp", "Headlamp", 860, 50)
	s.prize("gone", "Sold thing", 10, 0)
	s.grant(olena, 1000)
	phone, desk := s.as(olena), s.as(keeper)
	var voucher, code string

	t.Run("the catalogue says what can be had, what is short, and what is gone, in this order", func(t *testing.T) {
		s.prize("jacket", "Jacket", 1120, 9)
		a := phone.get("/rewards")
		shows(t, a, http.StatusOK, "720 points", "3 left", "120 points to go", "sold out", "yours to take")
		first, short, gone := strings.Index(a.Body, "Headlamp"), strings.Index(a.Body, "Jacket"), strings.Index(a.Body, "Sold thing")
		if strings.Index(a.Body, "Thermos") > first || first > short || short > gone {
			t.Error("what can be paid now does not come first, or what is gone not last")
		}
		hides(t, a, "50 left")
	})
	t.Run("a prize that is too dear says how many points are missing and offers no form", func(t *testing.T) {
		shows(t, phone.get("/rewards/jacket"), http.StatusOK, "120 points short")
		a := phone.get("/rewards/jacket/redeem")
		shows(t, a, http.StatusOK, "120 points short")
		hides(t, a, `name="price"`)
	})
	t.Run("the last question says which points go and what stays", func(t *testing.T) {
		shows(t, phone.get("/rewards/thermos"), http.StatusOK, "Redeem for 720 points", "3 left")
		shows(t, phone.get("/rewards/thermos/redeem"), http.StatusOK, "720 points, ending", "280 points left", `value="720"`)
	})
	t.Run("the same form sent twice is one redemption with one voucher", func(t *testing.T) {
		form := url.Values{"price": {"720"}, "key": {uuid.NewString()}}
		first, second := phone.post("/rewards/thermos/redeem", form), phone.post("/rewards/thermos/redeem", form)
		leadsTo(t, second, first.Location)
		voucher = strings.TrimSuffix(first.Location, "?said=said.prizes_redeemed")
		if left := s.alive(olena); left != 280 {
			t.Errorf("%d points are left, want 280", left)
		}
		a := phone.get(first.Location)
		shows(t, a, http.StatusOK, "The prize is yours", "<svg", "Show this at the desk")
		code = codePattern.FindString(a.Body)
		list := phone.get("/redemptions")
		shows(t, list, http.StatusOK, "waiting for you")
		if n := strings.Count(list.Body, `href="/redemptions/`); n != 1 {
			t.Errorf("%d redemptions, want 1", n)
		}
		shows(t, phone.get("/rewards"), http.StatusOK, "1 waits for you", "2 left")
	})
	t.Run("points that are short are counted, and nothing is taken", func(t *testing.T) {
		a := phone.post("/rewards/headlamp/redeem", url.Values{"price": {"860"}})
		shows(t, a, http.StatusConflict, "You are 580 points short. Nothing was taken.")
		if left := s.alive(olena); left != 280 {
			t.Errorf("%d points are left, want 280", left)
		}
		shows(t, phone.get("/redemptions"), http.StatusOK, "did not go through")
	})
	t.Run("a price that changed meanwhile is said on the same page, with the new one", func(t *testing.T) {
		r := s.prize("mug", "Mug", 50, 1)
		r.Price = 60
		_, err := s.Catalog.SaveReward(context.Background(), s.Admin.ID, r, r.Version)
		must(t, err)
		a := phone.post("/rewards/mug/redeem", url.Values{"price": {"50"}})
		shows(t, a, http.StatusConflict, s.texts().Say("en", "catalog.price_changed", map[string]any{"n": 60}), `value="60"`)
	})
	t.Run("what is sold out says so", func(t *testing.T) {
		a := phone.post("/rewards/gone/redeem", url.Values{"price": {"10"}})
		shows(t, a, http.StatusConflict, s.texts().Say("en", "catalog.sold_out", nil))
		shows(t, phone.get("/rewards/gone"), http.StatusOK, "has run out")
	})
	t.Run("a draft and a form without its key are refused", func(t *testing.T) {
		_, err := s.Catalog.SaveReward(context.Background(), s.Admin.ID, catalog.Reward{
			ID: "secret", Name: content.Text{"en": "Secret"}, Price: 5, State: catalog.Draft,
		}, 0)
		must(t, err)
		for _, path := range []string{"/rewards/secret", "/rewards/secret/redeem", "/rewards/nothing"} {
			shows(t, phone.get(path), http.StatusNotFound)
		}
		hides(t, phone.get("/rewards"), "Secret")
		shows(t, phone.post("/rewards/mug/redeem", url.Values{"price": {"60"}, "key": {""}}), http.StatusUnprocessableEntity)
	})
	t.Run("a voucher is there for its owner and the desk alone", func(t *testing.T) {
		a := s.as(taras).get(voucher)
		shows(t, a, http.StatusNotFound)
		hides(t, a, code)
		marketer := s.person(member.RoleMarketer, "", "Daria Melnyk", "daria@example.com", "en")
		shows(t, s.as(marketer).get(voucher), http.StatusNotFound)
		leadsTo(t, s.browser().get(voucher), "/sign-in?next="+url.QueryEscape(voucher))
		shows(t, desk.get(voucher), http.StatusOK, code)
	})
	t.Run("players have no desk", func(t *testing.T) {
		shows(t, phone.get("/desk?code="+code), http.StatusForbidden)
		shows(t, phone.post("/desk/"+strings.TrimPrefix(voucher, "/redemptions/")+"/issue", nil), http.StatusForbidden)
	})
}

func TestDesk(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	one := s.as(s.person(member.RoleDesk, "", "Main desk", "desk@example.com", "en"))
	other := s.as(s.person(member.RoleDesk, "", "Second desk", "desk2@example.com", "en"))
	s.prize("thermos", "Thermos", 100, 9)
	s.grant(olena, 1000)
	redeem := func() catalog.Redemption {
		r, err := s.Catalog.Redeem(context.Background(), catalog.Order{
			Key: uuid.NewString(), Member: olena.ID, Company: dealer.ID, Reward: "thermos", Price: 100,
		})
		must(t, err)
		return r
	}
	first := redeem()
	at := "/desk/" + first.ID

	t.Run("the code is found as it is typed, read out or scanned", func(t *testing.T) {
		for _, typed := range []string{
			first.Code, first.Voucher(), strings.ToLower(first.Voucher()), " " + strings.Join(strings.Split(first.Code, ""), " ") + " ",
			s.URL + "/desk?code=" + first.Voucher(), "https://other.example/desk?x=1&code=" + strings.ToLower(first.Code),
		} {
			a := one.get("/desk?" + url.Values{"code": {typed}}.Encode())
			shows(t, a, http.StatusOK, "Thermos", olena.BoardName(), "Stroymarket", "Hand out</button>", at+"/issue")
			hides(t, a, "without its voucher")
		}
	})
	t.Run("what is no code and a code of nobody are told apart, and what was typed stays", func(t *testing.T) {
		shows(t, one.get("/desk?code=hello"), http.StatusUnprocessableEntity, `value="hello"`, s.texts().Say("en", "catalog.code", nil))
		shows(t, one.get("/desk?code=7K3M-9QWZ"), http.StatusNotFound, s.texts().Say("en", "catalog.code_unknown", nil))
	})
	t.Run("the list of those who wait leads to an order without showing its code", func(t *testing.T) {
		a := one.get("/desk")
		shows(t, a, http.StatusOK, `href="`+at+`"`, "Nothing has been handed out yet")
		hides(t, a, first.Code, first.Voucher())
		shows(t, one.get(at), http.StatusOK, "without its voucher", "Hand out</button>")
	})
	t.Run("a prize is handed out once; the second desk reads when and by whom", func(t *testing.T) {
		form := url.Values{"key": {uuid.NewString()}}
		leadsTo(t, one.post(at+"/issue", form), at+"?said=said.desk_issued")
		leadsTo(t, one.post(at+"/issue", form), at+"?said=said.desk_issued")
		shows(t, one.get(at+"?said=said.desk_issued"), http.StatusOK, "Recorded as handed out", "Main desk")
		s.Clock.Add(time.Hour)
		shows(t, other.post(at+"/issue", nil), http.StatusConflict, "Already handed out today at 12:00 by Main desk")
		again := other.get("/desk?code=" + first.Code)
		shows(t, again, http.StatusOK, "Already handed out today at 12:00 by Main desk")
		hides(t, again, "Hand out</button>")
		shows(t, other.post(at+"/cancel", url.Values{"reason": {"changed their mind"}}), http.StatusConflict, "Already handed out")
		shows(t, s.as(olena).get("/redemptions/"+first.ID), http.StatusOK, "Collected today at 12:00")
	})
	t.Run("an order is cancelled for a reason, and the member reads it and has the points back", func(t *testing.T) {
		second := redeem()
		at := "/desk/" + second.ID
		shows(t, one.get(at+"/cancel"), http.StatusOK, "100 points go back")
		shows(t, one.post(at+"/cancel", url.Values{"reason": {"  "}}), http.StatusUnprocessableEntity, `id="reason"`)
		before := s.alive(olena)
		leadsTo(t, one.post(at+"/cancel", url.Values{"reason": {"The lid is missing"}}), at+"?said=said.desk_cancelled")
		if now := s.alive(olena); now != before+100 {
			t.Errorf("%d points, want %d", now, before+100)
		}
		shows(t, s.as(olena).get("/redemptions/"+second.ID), http.StatusOK, "The lid is missing", "cancelled, points returned")
		shows(t, other.post(at+"/issue", nil), http.StatusConflict, "nothing to hand out", "The lid is missing")
	})
	t.Run("those who wait stand oldest first, a page at a time", func(t *testing.T) {
		var ids []string
		s.prize("pen", "Pen", 1, 50)
		for range 12 {
			s.Clock.Add(time.Minute)
			r, err := s.Catalog.Redeem(context.Background(), catalog.Order{Key: uuid.NewString(), Member: olena.ID, Reward: "pen", Price: 1})
			must(t, err)
			ids = append(ids, r.ID)
		}
		a := one.get("/desk")
		hides(t, a, ids[10], ids[11])
		if strings.Index(a.Body, ids[0]) > strings.Index(a.Body, ids[9]) {
			t.Error("the oldest does not come first")
		}
		a = one.get("/desk?after=" + ids[9])
		shows(t, a, http.StatusOK, ids[10], ids[11])
		hides(t, a, ids[0])
	})
}

func TestStatement(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	phone := s.as(olena)
	s.prize("thermos", "Thermos", 70, 9)

	t.Run("an empty account says what to do", func(t *testing.T) {
		shows(t, phone.get("/statement"), http.StatusOK, "Not a point yet", `href="/"`)
	})
	_, err := s.Points.Award(ctx, points.Award{
		Key: "g1", Account: olena.ID, Amount: 100, Source: points.SourceGame, Played: true, Ref: "play/no-such-quiz/2026-11/" + olena.ID,
	})
	must(t, err)
	_, err = s.Points.Award(ctx, points.Award{Key: "o1", Account: olena.ID, Amount: 640, Source: points.SourcePurchase, Ref: "order/V-31007"})
	must(t, err)
	_, err = s.Points.Award(ctx, points.Award{
		Key: "o2", Account: olena.ID, Amount: 20, Source: points.SourcePurchase, Undelivered: true, Ref: "order/V-31008",
	})
	must(t, err)
	s.grant(olena, 5)
	_, err = s.Points.Forfeit(ctx, points.Forfeit{
		Key: "f1", Account: olena.ID, Amount: 38, Source: points.SourceGame, Ref: "play/gone/2026-11/" + olena.ID,
	})
	must(t, err)

	t.Run("the top says what is there, what comes when, and what ends when", func(t *testing.T) {
		a := phone.get("/statement")
		shows(t, a, http.StatusOK, "105 points", "to spend now", "640 points from 11 December", "20 points once the order is delivered",
			"105 points reach their end 31 January 2027, at the end of the day", "100 points would burn 1 December", "How points work",
			"they live 3 months", "at least once in 7 days", "at least 3 days before")
	})
	t.Run("every line is in words, also where what it names is gone", func(t *testing.T) {
		shows(t, phone.get("/statement"), http.StatusOK, "A game finished", "+100 points", "Bonus for order V-31007: 640 points pending",
			"Granted: opening present", "A game left unfinished: 38 points burned", "Today")
	})
	t.Run("each step of a prize is told: redeemed, then returned", func(t *testing.T) {
		a := phone.post("/rewards/thermos/redeem", url.Values{"price": {"70"}})
		id := strings.TrimSuffix(strings.TrimPrefix(a.Location, "/redemptions/"), "?said=said.prizes_redeemed")
		a = phone.get("/statement")
		shows(t, a, http.StatusOK, "Prize “Thermos”", "−70 points", "35 points after it")
		if n := strings.Count(a.Body, "Thermos"); n != 1 {
			t.Errorf("the prize is told %d times, want once", n)
		}
		_, err := s.Catalog.Cancel(ctx, s.Admin.ID, id, "no stock", uuid.NewString())
		must(t, err)
		shows(t, phone.get("/statement"), http.StatusOK, "“Thermos” was cancelled, points returned", "+70 points")
	})
	t.Run("a warning, the burn on the day that was said, and the order that became active", func(t *testing.T) {
		s.Clock.Set(time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC))
		_, err := s.Points.Warn(ctx, olena.ID, "w1", "")
		must(t, err)
		shows(t, phone.get("/statement"), http.StatusOK, "Warning: points burn unless you play", "burn on Wednesday, 2 December, at the end of the day",
			"One finished game")
		s.Clock.Set(time.Date(2026, 12, 12, 10, 0, 0, 0, time.UTC))
		a := phone.get("/statement")
		shows(t, a, http.StatusOK, "Burned without a game", "−100 points", "<h3>2 December</h3>", "at the end of the day", "<h3>Yesterday</h3>",
			"Purchase bonuses became yours to spend", "+640 points")
	})
	t.Run("a long story comes a page at a time and ends", func(t *testing.T) {
		for n := range 60 {
			_, err := s.Points.Award(ctx, points.Award{Key: fmt.Sprintf("p%d", n), Account: olena.ID, Amount: int64(1000 + n), Source: points.SourceGrant})
			must(t, err)
		}
		a := phone.get("/statement")
		next := regexp.MustCompile(`/statement\?before=\d+`).FindString(a.Body)
		hides(t, a, "V-31007")
		a = phone.get(next)
		shows(t, a, http.StatusOK, "V-31007", "To the newest")
		hides(t, a, "before=", "How points work")
		shows(t, phone.get("/statement?before=nonsense"), http.StatusOK, "How points work")
	})
}

func TestShelf(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	marketer := s.person(member.RoleMarketer, "", "Daria Melnyk", "daria@example.com", "en")
	desk := s.as(marketer)
	draft := func() url.Values {
		return url.Values{
			"state": {"draft"}, "name_en": {"Thermos"}, "name_ru": {"Термос"}, "alt_en": {"A thermos"}, "price": {"720"}, "per_member": {"2"},
			"supplier": {"Dim Termo"}, "key": {uuid.NewString()}, "version": {"0"},
		}
	}
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#0b6266" d="M0 0h4v3H0z"/></svg>`)
	var at string

	t.Run("a reward is written with its picture, and the form sent twice writes one", func(t *testing.T) {
		form := draft()
		a := desk.upload("/studio/rewards/new", form, "thermos.svg", svg)
		at = "/studio/rewards/" + form.Get("key")
		leadsTo(t, a, at+"?said=said.shelf_draft")
		leadsTo(t, desk.upload("/studio/rewards/new", form, "thermos.svg", svg), at+"?said=said.shelf_there")
		all, err := s.Catalog.AllRewards(ctx)
		must(t, err)
		if len(all) != 1 || all[0].Picture == "" || all[0].PerMember != 2 || all[0].Name["ru"] != "Термос" {
			t.Fatalf("kept %+v", all)
		}
		shows(t, desk.get(at), http.StatusOK, "/media/"+all[0].Picture, "Термос", "Save and put on the shelf")
		shows(t, desk.get("/studio/rewards"), http.StatusOK, "Thermos", "720 points", "0 pieces", "not translated: Українська")
	})
	t.Run("what is wrong is said on the form, which keeps what was typed", func(t *testing.T) {
		form := draft()
		form.Set("price", "none")
		a := desk.post("/studio/rewards/new", form)
		shows(t, a, http.StatusUnprocessableEntity, "Термос", "Dim Termo", s.texts().Say("en", "catalog.price", map[string]any{"min": 1, "max": 10000000}))
		form = draft()
		form.Del("alt_en")
		shows(t, desk.upload("/studio/rewards/new", form, "thermos.svg", svg), http.StatusUnprocessableEntity, `id="alt_en"`, "Термос")
		shows(t, desk.upload("/studio/rewards/new", draft(), "thermos.svg", []byte("no picture")), http.StatusUnprocessableEntity, "Термос")
	})
	t.Run("it is published, and an older version of it is not saved over a newer one", func(t *testing.T) {
		r, err := s.Catalog.Reward(ctx, strings.TrimPrefix(at, "/studio/rewards/"))
		must(t, err)
		form := draft()
		form.Set("version", "1")
		form.Set("picture", r.Picture)
		form.Set("to", "published")
		leadsTo(t, desk.post(at, form), at+"?said=said.shelf_published")
		form.Set("name_en", "Better thermos")
		a := desk.post(at, form)
		shows(t, a, http.StatusConflict, s.texts().Say("en", "catalog.reward_changed", nil), "Better thermos", "Open the newest version")
		form.Del("version")
		shows(t, desk.post(at, form), http.StatusConflict, "Better thermos")
		form.Set("version", "2")
		form.Set("to", "withdrawn")
		leadsTo(t, desk.post(at, form), at+"?said=said.shelf_withdrawn")
	})
	t.Run("stock is added once a form, and only added", func(t *testing.T) {
		form := url.Values{"n": {"12"}, "key": {uuid.NewString()}}
		leadsTo(t, desk.post(at+"/stock", form), at+"?said=said.shelf_stock")
		leadsTo(t, desk.post(at+"/stock", form), at+"?said=said.shelf_stock")
		for _, n := range []string{"-3", "0", "many"} {
			shows(t, desk.post(at+"/stock", url.Values{"n": {n}}), http.StatusUnprocessableEntity, "12 pieces", `value="`+n+`"`)
		}
	})
	t.Run("players and desks do not write rewards", func(t *testing.T) {
		dealer := s.company("Stroymarket", "Kyiv")
		for _, m := range []member.Member{
			s.person(member.RolePrincipal, dealer.ID, "Ihor Bondar", "ihor@example.com", "en"),
			s.person(member.RoleDesk, "", "Main desk", "desk@example.com", "en"),
		} {
			b := s.as(m)
			shows(t, b.get("/studio/rewards"), http.StatusForbidden)
			shows(t, b.post("/studio/rewards/new", draft()), http.StatusForbidden)
			shows(t, b.post(at+"/stock", url.Values{"n": {"5"}}), http.StatusForbidden)
		}
	})
}
