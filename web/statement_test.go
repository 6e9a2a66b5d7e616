package web_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/catalog"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/points/paper"
)

// won lets somebody have won points by a game of a quiz that is not there.
func (s *site) won(m member.Member, amount int64) {
	s.t.Helper()
	_, err := s.Points.Award(context.Background(), points.Award{
		Key: uuid.NewString(), Account: m.ID, Amount: amount, Source: points.SourceGame, Played: true, Ref: "play/gone/2026-11/" + m.ID,
	})
	must(s.t, err)
}

// bought lets an account have points of an order that has arrived.
func (s *site) bought(account, order string, amount int64) {
	s.t.Helper()
	_, err := s.Points.Award(context.Background(), points.Award{
		Key: uuid.NewString(), Account: account, Amount: amount, Source: points.SourcePurchase, Ref: "order/" + order,
	})
	must(s.t, err)
}

func TestStatementFilter(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	s.Clock.Set(time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC))
	s.won(olena, 111)
	s.bought(olena.ID, "V-1", 640)
	_, err := s.Points.Forfeit(context.Background(), points.Forfeit{
		Key: "f1", Account: olena.ID, Amount: 38, Source: points.SourceGame, Ref: "play/gone/2026-10/" + olena.ID,
	})
	must(t, err)
	s.Clock.Set(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	s.grant(olena, 222)
	phone := s.as(olena)

	t.Run("one kind of lines is shown, whatever the page", func(t *testing.T) {
		a := phone.get("/statement?what=bought")
		shows(t, a, http.StatusOK, "Bonus for order V-1: 640 points pending", `href="/orders/V-1"`, `value="bought" selected`)
		hides(t, a, "A game finished", "Granted")
		a = phone.get("/statement?what=ended")
		shows(t, a, http.StatusOK, "A game left unfinished: 38 points burned")
		hides(t, a, "A game finished")
		a = phone.get("/statement?what=won")
		shows(t, a, http.StatusOK, "A game finished")
		hides(t, a, "unfinished", "Granted", "V-1")
		shows(t, phone.get("/statement?what=spent"), http.StatusOK, "Nothing here", "Show everything")
		shows(t, phone.get("/statement?what=nonsense&period=1066"), http.StatusOK, "A game finished", "Granted")
	})
	t.Run("one period is shown, with what the clock did in it", func(t *testing.T) {
		a := phone.get("/statement?period=month")
		shows(t, a, http.StatusOK, "Granted: opening present", `value="month" selected`)
		hides(t, a, "A game finished", "V-1")
		a = phone.get("/statement?period=last")
		shows(t, a, http.StatusOK, "A game finished", "V-1", "Purchase bonuses became yours to spend")
		hides(t, a, "Granted")
		shows(t, phone.get("/statement?period=2026&what=corrected"), http.StatusOK, "Granted", "the year 2026")
	})
	t.Run("the filter stays from page to page", func(t *testing.T) {
		for range 120 {
			s.grant(olena, 1)
		}
		for _, filter := range []string{"what=corrected", "period=month&what=corrected", "period=2026"} {
			a := phone.get("/statement?" + filter)
			next := regexp.MustCompile(`/statement\?[^"]*before=\d+`).FindString(a.Body)
			for _, part := range strings.Split(filter, "&") {
				if !strings.Contains(next, part) {
					t.Fatalf("%s leads to %q", filter, next)
				}
			}
			next = strings.ReplaceAll(next, "&amp;", "&")
			second := phone.get(next)
			shows(t, second, http.StatusOK, "Granted: opening present", "To the newest")
			hides(t, second, "How points work")
			if n := strings.Count(a.Body, `class="tale`); n < points.StatementPage {
				t.Errorf("%s: the first page has %d lines", filter, n)
			}
		}
	})
}

func TestStatementToKeep(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Олена Ґалаґан", "olena@example.com", "uk")
	s.Clock.Set(time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC))
	s.won(olena, 111)
	s.Clock.Set(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	s.grant(olena, 222)
	phone := s.as(olena)
	last, err := s.Points.Journal.Last(context.Background(), points.Stream(olena.ID))
	must(t, err)

	t.Run("the page says the seal of the last record and leads to the files of what it shows", func(t *testing.T) {
		a := phone.get("/statement?period=month&what=won")
		shows(t, a, http.StatusOK, last.Hash[:8], last.Hash[56:], `/statement.pdf?period=month&what=won`, `/statement.csv?period=month&what=won`)
	})
	t.Run("both files hold offline, and end under that seal", func(t *testing.T) {
		for kind, media := range map[string]string{"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"} {
			for _, query := range []string{"", "?period=month", "?period=last&what=ended", "?period=2026"} {
				a := phone.get("/statement." + kind + query)
				shows(t, a, http.StatusOK)
				if got := a.Header.Get("Content-Type"); got != media {
					t.Errorf("%s is %q", kind, got)
				}
				if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="statement-2026-11-24.`+kind+`"` {
					t.Errorf("it is kept as %s", got)
				}
				result, err := paper.Verify(strings.NewReader(a.Body))
				must(t, err)
				if !strings.Contains(query, "last") && (result.Head() != last.Hash || result.Close != 333) {
					t.Errorf("%s%s ends at %d under %s", kind, query, result.Close, result.Head())
				}
				if result.Holder != "Олена Ґалаґан" || result.Lang != "uk" {
					t.Errorf("it is of %s in %s", result.Holder, result.Lang)
				}
			}
		}
	})
	t.Run("the same is asked for only by whose it is", func(t *testing.T) {
		shows(t, s.browser().get("/statement.csv"), http.StatusSeeOther)
		shows(t, phone.get("/company.csv"), http.StatusForbidden)
		shows(t, s.as(s.Admin).get("/statement.pdf"), http.StatusForbidden)
	})
}

func TestCompanyAccount(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	dealer, rival := s.company("Stroymarket", "Kyiv"), s.company("Dim", "Lviv")
	ihor := s.person(member.RolePrincipal, dealer.ID, "Ihor Bondar", "ihor@example.com", "en")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	other := s.person(member.RolePrincipal, rival.ID, "Petro Hai", "petro@example.com", "en")
	desk := s.person(member.RoleDesk, "", "Main desk", "desk@example.com", "en")
	s.Clock.Set(time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC))
	s.bought(dealer.ID, "V-7", 1000)
	s.Clock.Set(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	s.bought(dealer.ID, "V-8", 400)
	s.grant(ihor, 50)
	s.prize("thermos", "Thermos", 300, 9)
	chief, phone := s.as(ihor), s.as(olena)
	company := func() int64 {
		v, err := s.Points.Balance(ctx, dealer.ID)
		must(t, err)
		return v.Alive
	}

	t.Run("its principal sees it, with the same filters and files, and nobody else", func(t *testing.T) {
		a := chief.get("/company")
		shows(t, a, http.StatusOK, "Stroymarket", "1\u202f000 points", "the company can spend now", "Bonus for order V-8", `href="/orders/V-7"`,
			"400 points become yours to spend on 11 December", `href="/statement"`, `action="/company"`, "/company.pdf")
		hides(t, chief.get("/company?period=month&what=bought"), "V-7")
		result, err := paper.Verify(bytes.NewReader([]byte(chief.get("/company.pdf?period=month").Body)))
		must(t, err)
		if result.Account != dealer.ID || result.Holder != "Stroymarket" || result.Close != 1000 {
			t.Errorf("the paper is of %s, %s, and ends at %d", result.Account, result.Holder, result.Close)
		}
		shows(t, phone.get("/company"), http.StatusForbidden)
		hides(t, s.as(other).get("/company"), "V-7", "Stroymarket")
		hides(t, phone.get("/statement"), `href="/company"`)
	})
	t.Run("a prize that is too dear for the person is offered for the company's points", func(t *testing.T) {
		shows(t, chief.get("/rewards/thermos"), http.StatusOK, "Redeem with the company’s points", "/rewards/thermos/redeem?account=company")
		hides(t, phone.get("/rewards/thermos"), "company’s")
		a := chief.get("/rewards/thermos/redeem?account=company")
		shows(t, a, http.StatusOK, `name="account" value="company"`, "The company will have 700 points left", "my points: 50 points")
		hides(t, chief.get("/rewards/thermos/redeem"), `name="price"`)
		hides(t, phone.get("/rewards/thermos/redeem?account=company"), "company")
	})
	var voucher string
	t.Run("paid by the company it costs the person nothing, and the voucher says so", func(t *testing.T) {
		a := chief.post("/rewards/thermos/redeem", url.Values{"price": {"300"}, "account": {"company"}})
		voucher = strings.TrimSuffix(a.Location, "?said=said.prizes_redeemed")
		if company() != 700 || s.alive(ihor) != 50 {
			t.Errorf("the company has %d, the person %d", company(), s.alive(ihor))
		}
		shows(t, chief.get(voucher), http.StatusOK, "300 points, from the company’s account")
		shows(t, chief.get("/company?what=spent"), http.StatusOK, "Prize “Thermos”", "−300 points")
		hides(t, chief.get("/statement"), "Thermos")
	})
	t.Run("others of the company cannot spend it, whatever they send", func(t *testing.T) {
		shows(t, phone.post("/rewards/thermos/redeem", url.Values{"price": {"300"}, "account": {"company"}}), http.StatusForbidden)
		a := phone.post("/rewards/thermos/redeem", url.Values{"price": {"300"}, "account": {dealer.ID}})
		shows(t, a, http.StatusConflict, "You are 300 points short")
		if company() != 700 {
			t.Errorf("the company has %d", company())
		}
	})
	t.Run("a cancelled one goes back to the company", func(t *testing.T) {
		_, err := s.Catalog.Cancel(ctx, desk.ID, strings.TrimPrefix(voucher, "/redemptions/"), "no stock", uuid.NewString())
		must(t, err)
		if company() != 1000 || s.alive(ihor) != 50 {
			t.Errorf("the company has %d, the person %d", company(), s.alive(ihor))
		}
		shows(t, chief.get(voucher), http.StatusOK, "300 points went back to the company’s account")
	})
	t.Run("programs read and spend it the same way", func(t *testing.T) {
		p := s.programOf(t, ihor)
		balance := p.get("/balance?account=company").is(t, http.StatusOK)
		holds(t, balance, 1000, "alive")
		holds(t, balance, 400, "starts", 0, "points")
		holds(t, balance, true, "forecast", 0, "certain")
		holds(t, p.get("/balance").is(t, http.StatusOK), 50, "alive")
		holds(t, p.get("/statement?account=company&limit=1").is(t, http.StatusOK), 300, "lines", 0, "amount")
		p.post("/rewards/thermos/redemptions", map[string]any{"price": 300, "account": "company"}).is(t, http.StatusCreated)
		if company() != 700 {
			t.Errorf("the company has %d", company())
		}
		staff := s.programOf(t, olena)
		staff.get("/balance?account=company").problem(t, http.StatusForbidden, "fault.forbidden")
		staff.get("/statement?account=company").problem(t, http.StatusForbidden, "fault.forbidden")
		staff.post("/rewards/thermos/redemptions", map[string]any{"price": 300, "account": "company"}).problem(t, http.StatusForbidden, "fault.forbidden")
	})
	t.Run("everything agrees afterwards", func(t *testing.T) {
		all, err := s.Catalog.Mine(ctx, ihor.ID)
		must(t, err)
		states := map[catalog.State]int{}
		for _, r := range all {
			must(t, s.Catalog.Agree(ctx, r))
			if r.Payer() != dealer.ID {
				t.Errorf("%s pays for %s", r.Payer(), r.ID)
			}
			states[r.State]++
		}
		if len(all) != 2 || states[catalog.Placed] != 1 || states[catalog.Cancelled] != 1 {
			t.Errorf("there is %+v", states)
		}
	})
}

func TestForecastOnTheFirstPage(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	phone := s.as(olena)
	s.won(olena, 80)
	s.bought(olena.ID, "V-9", 640)
	_, err := s.Points.Award(ctx, points.Award{
		Key: "o2", Account: olena.ID, Amount: 20, Source: points.SourcePurchase, Undelivered: true, Ref: "order/V-10",
	})
	must(t, err)

	t.Run("what waits says for what, and before a warning nothing burns for sure", func(t *testing.T) {
		a := phone.get("/")
		shows(t, a, http.StatusOK, "640 points become yours on 11 December", "20 points wait until their order has arrived")
		hides(t, a, "burn")
		s.Clock.Add(48 * time.Hour)
		a = phone.get("/")
		shows(t, a, http.StatusOK, "80 points would burn on Tuesday, 1 December, at the end of the day, but only after a warning",
			"saves all of them")
		hides(t, a, `class="flame`)
	})
	t.Run("after the warning it says how much burns when and what one game saves", func(t *testing.T) {
		s.Clock.Set(time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC))
		_, err := s.Points.Award(ctx, points.Award{
			Key: "soon", Account: olena.ID, Amount: 40, Source: points.SourceGrant, Ref: "a present", Expires: time.Date(2026, 12, 2, 12, 0, 0, 0, time.UTC),
		})
		must(t, err)
		_, err = s.Points.Warn(ctx, olena.ID, "w1", "")
		must(t, err)
		shows(t, phone.get("/"), http.StatusOK, "120 points burn on Wednesday, 2 December, at the end of the day", "One finished game saves 80 points of them", "flame--4")
		a := phone.get("/statement")
		shows(t, a, http.StatusOK, "80 points burn on Wednesday, 2 December", "saves all of them", "40 points reach their end on Wednesday, 2 December",
			"20 points once their order has arrived")
	})
	t.Run("a finished game saves what it said", func(t *testing.T) {
		s.won(olena, 5)
		a := phone.get("/")
		shows(t, a, http.StatusOK, "40 points burn on Wednesday")
		hides(t, a, "One finished game saves 80")
		s.Clock.Set(time.Date(2026, 12, 3, 10, 0, 0, 0, time.UTC))
		if alive := s.alive(olena); alive != 85 {
			t.Errorf("%d points are left, want 85", alive)
		}
	})
}
