package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"firebrand/catalog/auction"
	"firebrand/internal/member"
	"firebrand/internal/points/correction"
)

func TestStudioPlaces(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	desk := s.as(s.person(member.RoleMarketer, "", "Marta Brand", "marta@example.com", "en"))

	t.Run("every page of the studio shows all places and marks the one it lies in", func(t *testing.T) {
		all := []string{
			"/studio", "/studio/rewards", "/studio/auctions", "/studio/orders", "/studio/challenges", "/studio/cases", "/studio/rules", "/studio/replay",
			"/studio/policies", "/studio/budgets", "/studio/liability", "/studio/corrections",
		}
		for page, place := range map[string]string{
			"/studio": "/studio", "/studio/2026-11": "/studio", "/studio/rewards/new": "/studio/rewards", "/studio/auctions/new": "/studio/auctions", "/studio/orders": "/studio/orders",
			"/studio/orders/import": "/studio/orders", "/studio/challenges": "/studio/challenges", "/studio/cases": "/studio/cases",
			"/studio/rules": "/studio/rules", "/studio/rules/try": "/studio/rules", "/studio/replay": "/studio/replay",
			"/studio/policies/new": "/studio/policies", "/studio/budgets": "/studio/budgets", "/studio/budgets/new": "/studio/budgets",
			"/studio/liability": "/studio/liability", "/studio/corrections/new": "/studio/corrections",
		} {
			a := desk.get(page)
			shows(t, a, http.StatusOK, `class="places"`)
			_, nav, _ := strings.Cut(a.Body, `class="places__desk"`)
			nav, _, _ = strings.Cut(nav, "</nav>")
			for _, href := range all {
				if !strings.Contains(nav, `href="`+href+`"`) {
					t.Errorf("%s leads nowhere to %s", page, href)
				}
			}
			if strings.Count(nav, "aria-current") != 1 || !strings.Contains(nav, `href="`+place+`" aria-current="page"`) {
				t.Errorf("%s marks another place than %s: %s", page, place, nav)
			}
		}
	})
	t.Run("elsewhere, and for others, there are none", func(t *testing.T) {
		for _, a := range []answer{desk.get("/people"), desk.get("/profile"), s.as(olena).get("/")} {
			if a.Status != http.StatusOK || strings.Contains(a.Body, `class="places"`) {
				t.Errorf("%d, or with the studio's places: %s", a.Status, a.Body)
			}
		}
	})
	t.Run("what waits for somebody stands on the desk, in words", func(t *testing.T) {
		if strings.Contains(desk.get("/studio").Body, "places-waits") {
			t.Error("something waits where nothing does")
		}
		_, err := s.Corrections.Propose(t.Context(), s.Admin.ID, correction.Proposal{
			Key: uuid.NewString(), Account: olena.ID, Amount: 1_500, Reason: "A prize of the fair",
		})
		must(t, err)
		shows(t, desk.get("/studio"), http.StatusOK, "1 correction waits for a second person")
	})
	t.Run("forms suggest the funding sources that are known", func(t *testing.T) {
		for _, page := range []string{"/studio/budgets/new", "/studio/challenges/new", "/studio/corrections/new?account=" + olena.ID} {
			shows(t, desk.get(page), http.StatusOK, `list="fundings"`, `<datalist id="fundings"><option value="programme" label="the programme">`)
		}
	})
}

func TestNavigationLightsWhereAPageLies(t *testing.T) {
	f := newFair(t)
	must(t, f.Boards.CatchUp(t.Context()))
	f.auction("drill", func(*auction.Auction) {})
	olena := f.as(f.Olena)
	leadsTo(t, olena.post("/auctions/drill/bid", bidOf("100")), "/auctions/drill?said=said.lots_leading")
	andrii := f.as(f.person(member.RolePrincipal, f.Taras.Company, "Andrii Melnyk", "andrii@example.com", "en"))
	marta := f.as(f.Marta)
	for _, look := range []struct {
		as         *browser
		page, lits string
	}{
		{olena, "/auctions", "/rewards"}, {olena, "/auctions/drill", "/rewards"}, {olena, "/auctions/drill/log", "/rewards"},
		{olena, "/board", "/board"}, {olena, "/board/league", "/board"}, {olena, "/statement", "/statement"},
		{andrii, "/auctions", "/rewards"}, {andrii, "/board/league", "/board/league"}, {andrii, "/board", "/board/league"},
		{andrii, "/company", "/team"}, {andrii, "/statement", "/profile"}, {andrii, "/team", "/team"},
		{marta, "/board", "/board"}, {marta, "/auctions/drill/log", "/studio"}, {marta, "/studio/auctions/drill", "/studio"},
	} {
		a := look.as.get(look.page)
		_, nav, _ := strings.Cut(a.Body, `<nav class="nav"`)
		nav, _, _ = strings.Cut(nav, "</nav>")
		if a.Status != http.StatusOK || strings.Count(nav, "aria-current") != 1 || !strings.Contains(nav, `href="`+look.lits+`" aria-current="page"`) {
			t.Errorf("%s, %d, lights another place than %s: %s", look.page, a.Status, look.lits, nav)
		}
		if n := strings.Count(nav, "<li>"); n > 5 {
			t.Errorf("%d places", n)
		}
	}
}
