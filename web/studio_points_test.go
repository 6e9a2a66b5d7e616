package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"firebrand/internal/member"
	"firebrand/internal/points"
)

// pay gives a member points that a source pays for and says how many came.
func (s *site) pay(m member.Member, amount int64, funding string) int64 {
	s.t.Helper()
	r, err := s.Points.Award(context.Background(), points.Award{
		Key: uuid.NewString(), Account: m.ID, Amount: amount, Source: points.SourceGrant, Funding: funding, Ref: "test",
	})
	must(s.t, err)
	return r.Moved
}

func TestBudgetPages(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	marta := s.person(member.RoleMarketer, "", "Marta Brand", "marta@example.com", "en")
	desk := s.as(marta)
	form := url.Values{"name": {"November, primers"}, "funding": {"velmar"}, "from": {"2026-11-01"}, "to": {"2026-11-30"}, "limit": {"1 000"}, "warn": {"80"}}

	shows(t, desk.get("/studio"), http.StatusOK, "/studio/budgets", "/studio/liability", "/studio/corrections")
	shows(t, desk.get("/studio/budgets"), http.StatusOK, "No budgets yet")
	t.Run("what cannot be is said on the form, with what was typed", func(t *testing.T) {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set("limit", "lots")
		shows(t, desk.post("/studio/budgets/new", wrong), http.StatusUnprocessableEntity, "November, primers", "whole number of points")
	})
	t.Run("it is made once", func(t *testing.T) {
		form.Set("key", uuid.NewString())
		for range 2 {
			if a := desk.post("/studio/budgets/new", form); a.Status != http.StatusSeeOther {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
		}
		a := desk.get("/studio/budgets")
		shows(t, a, http.StatusOK, "November, primers", "velmar", "1\u202f000 points")
		if strings.Count(a.Body, "November, primers") != 1 {
			t.Error("made twice")
		}
	})
	id := form.Get("key")
	t.Run("the share is warned of, the limit stops, in words", func(t *testing.T) {
		if s.pay(olena, 850, "velmar") != 850 {
			t.Fatal("refused")
		}
		shows(t, desk.get("/studio/budgets"), http.StatusOK, "nearly used up", "85 % is given")
		if s.pay(olena, 151, "velmar") != 0 {
			t.Fatal("above the limit")
		}
		shows(t, desk.get("/studio/budgets/"+id), http.StatusOK, "stopped", "An award of 151 points was refused", "150 points left")
	})
	t.Run("the bar is what was given; what waits is said to be of all periods", func(t *testing.T) {
		a := desk.get("/studio/budgets")
		shows(t, a, http.StatusOK, `budget-bar__given" x="0" y="4" width="850"`, "Pending, from all periods", "Neither changes the bar")
		hides(t, a, "budget-bar__expected")
	})
	t.Run("raised it goes on; an old form is told so", func(t *testing.T) {
		raise := url.Values{"version": {"1"}, "name": {"November"}, "funding": {"velmar"}, "from": {"2026-11-01"}, "to": {"2026-12-31"}, "limit": {"2000"}, "warn": {"90"}}
		if a := desk.post("/studio/budgets/"+id, raise); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if s.pay(olena, 151, "velmar") != 151 {
			t.Error("still refused")
		}
		raise.Set("key", uuid.NewString())
		shows(t, desk.post("/studio/budgets/"+id, raise), http.StatusConflict, "Somebody changed this budget meanwhile")
	})
	t.Run("others have no business here", func(t *testing.T) {
		if a := s.as(olena).get("/studio/budgets"); a.Status != http.StatusForbidden {
			t.Errorf("%d", a.Status)
		}
	})
}

func TestLiabilityPage(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	desk := s.as(s.Admin)
	shows(t, desk.get("/studio/liability"), http.StatusOK, "Nothing is owed")
	s.pay(olena, 1234, "velmar")
	s.pay(olena, 100, "=cmd")
	s.pay(olena, 10, "programme")
	shows(t, desk.get("/studio/liability?day=2026-11-24&funding=programme"), http.StatusOK, `<option value="programme" selected>the programme</option>`, "stand under purchases")
	shows(t, desk.get("/studio/liability"), http.StatusOK, "1\u202f344 points", "January 2027", "velmar", "1 account", "As it stands now")
	shows(t, desk.get("/studio/liability?day=2026-11-23"), http.StatusOK, "Nothing is owed", "from the records of then")
	shows(t, desk.get("/studio/liability?day=2027-02-01&funding="), http.StatusOK, "Nothing is owed", "if nothing but the clock")
	shows(t, desk.get("/studio/liability?day=tomorrow"), http.StatusUnprocessableEntity, "Choose a day")
	a := desk.get("/studio/liability.csv?day=2026-11-24&funding=")
	shows(t, a, http.StatusOK, "Part,Name,Alive", "velmar,1234,0,0,1234", "'=cmd,100", "2027-01,1344")
	if !strings.Contains(a.Header.Get("Content-Disposition"), "liability-2026-11-24.csv") {
		t.Error(a.Header)
	}
}

func TestCorrectionPages(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	marta := s.person(member.RoleMarketer, "", "Marta Brand", "marta@example.com", "en")
	mine, second := s.as(marta), s.as(s.Admin)

	shows(t, mine.get("/studio/corrections"), http.StatusOK, "Nothing waits")
	shows(t, mine.get("/studio/corrections/new?q=nobody"), http.StatusOK, "Nobody is found")
	shows(t, mine.get("/studio/corrections/new?q=kov"), http.StatusOK, "Olena Koval", "Stroymarket", "account="+olena.ID)
	shows(t, mine.get("/studio/corrections/new?q=stroy"), http.StatusOK, "account="+dealer.ID)
	shows(t, mine.get("/studio/corrections/new?account="+olena.ID), http.StatusOK, "Olena Koval", "Can spend 0 points now")
	form := func(amount, way, reason string) url.Values {
		return url.Values{"account": {olena.ID}, "amount": {amount}, "way": {way}, "reason": {reason}, "key": {uuid.NewString()}}
	}
	t.Run("a small one is done at once", func(t *testing.T) {
		a := mine.post("/studio/corrections/new", form("300", "give", "Quiz with a wrong answer"))
		if a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		shows(t, mine.get(a.Location), http.StatusOK, "done", "300 points moved", "Small enough for one person", "Marta Brand")
		if s.alive(olena) != 300 {
			t.Error(s.alive(olena))
		}
	})
	t.Run("a large one waits for another person", func(t *testing.T) {
		a := mine.post("/studio/corrections/new", form("5000", "give", "Prize of the spring"))
		own := mine.get(a.Location)
		shows(t, own, http.StatusOK, "Waits for a second person", "Withdraw")
		hides(t, own, "Approve")
		shows(t, mine.post(a.Location, url.Values{"to": {"approve"}}), http.StatusForbidden, "another person has to decide")
		shows(t, second.get("/studio/corrections"), http.StatusOK, "Prize of the spring", "waits")
		shows(t, second.post(a.Location, url.Values{"to": {"refuse"}, "note": {""}}), http.StatusUnprocessableEntity, "Say why you refuse")
		if done := second.post(a.Location, url.Values{"to": {"approve"}}); done.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", done.Status, done.Body)
		}
		shows(t, mine.get(a.Location), http.StatusOK, "Approved by", "points moved")
		if s.alive(olena) != 5300 {
			t.Error(s.alive(olena))
		}
	})
	t.Run("what cannot be is said on the form", func(t *testing.T) {
		shows(t, mine.post("/studio/corrections/new", form("-5", "take", "x")), http.StatusUnprocessableEntity, "whole number above zero")
		shows(t, mine.post("/studio/corrections/new", form("5", "take", "")), http.StatusUnprocessableEntity, "Say why")
	})
}
