package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"firebrand/internal/member"
	"firebrand/internal/points"
)

func TestStatementSaysAll(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	phone := s.as(olena)
	award := func(key, order, funding string, amount int64) {
		_, err := s.Points.Award(ctx, points.Award{
			Key: key, Account: olena.ID, Amount: amount, Source: points.SourcePurchase, Funding: funding, Ref: "order/" + order,
		})
		must(t, err)
	}

	t.Run("an order's points of several payers at once are one line with their sum", func(t *testing.T) {
		award("a1", "K-1", "", 40)
		award("a2", "K-1", "velmar", 12)
		a := phone.get("/statement")
		shows(t, a, http.StatusOK, "Bonus for order K-1: 52 points pending", "2 records together")
		if n := strings.Count(a.Body, `class="tale`); n != 1 {
			t.Errorf("there are %d lines", n)
		}
		shows(t, phone.get("/statement.csv"), http.StatusOK, "Bonus for order K-1: 40 points pending", "Bonus for order K-1: 12 points pending")
	})
	t.Run("what came back of points that wait is told in points", func(t *testing.T) {
		_, err := s.Points.Reverse(ctx, points.Reverse{Key: "r1", Account: olena.ID, Award: "a1", Amount: 40, Ref: "order/K-1"})
		must(t, err)
		shows(t, phone.get("/statement"), http.StatusOK, "Return of order K-1. 40 points of those that were waiting taken back")
	})
	t.Run("what was spent before it came back is owed, in points", func(t *testing.T) {
		s.Clock.Set(time.Date(2026, 12, 13, 10, 0, 0, 0, time.UTC))
		_, err := s.Points.Spend(ctx, points.Spend{Key: "s1", Account: olena.ID, Amount: 12, Ref: "redemption/gone"})
		must(t, err)
		_, err = s.Points.Reverse(ctx, points.Reverse{
			Key: "r2", Account: olena.ID, Award: "a2", Amount: 12, Mode: points.ModeDebt, Ref: "order/K-1",
		})
		must(t, err)
		a := phone.get("/statement")
		shows(t, a, http.StatusOK, "12 points were spent by then", `class="button button--wide button--quiet" href="/rewards"`)
		hides(t, a, "{owed}")
	})
}

func TestPrincipalsPurses(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	ihor := s.person(member.RolePrincipal, dealer.ID, "Ihor Bondar", "ihor@example.com", "en")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	s.Clock.Set(time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC))
	s.bought(dealer.ID, "V-7", 726)
	s.Clock.Set(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	s.grant(ihor, 335)
	s.prize("thermos", "Thermos", 700, 9)
	s.prize("mug", "Mug", 300, 9)

	t.Run("the prizes are marked for both purses", func(t *testing.T) {
		a := s.as(ihor).get("/rewards")
		shows(t, a, http.StatusOK, "Your points: 335 points", "the company’s: 726 points", "within the company’s reach", "yours to take")
		hides(t, s.as(olena).get("/rewards"), "company’s")
	})
	t.Run("a company is told nothing of games and idleness", func(t *testing.T) {
		chief := s.as(ihor)
		shows(t, chief.get("/statement"), http.StatusOK, "A game that is left")
		hides(t, chief.get("/company"), "A game that is left", "at least once", "Points from games")
	})
}

func TestErrorsInOneLanguage(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Олена Коваль", "olena@example.com", "uk")
	phone := s.as(olena)
	for _, path := range []string{"/nonsense", "/rewards/gone", "/studio"} {
		a := phone.get(path)
		hides(t, a, "There is no page", "Nothing here", "not for you")
		if !strings.Contains(a.Body, `lang="uk"`) {
			t.Errorf("%s is in another language", path)
		}
	}
	shows(t, phone.get("/nonsense"), http.StatusNotFound, "Тут нічого немає", "За цією адресою сторінки немає")
}
