package web_test

import (
	"net/http"
	"testing"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/member"
)

func TestAnOrderThatBroughtNothing(t *testing.T) {
	s := newSite(t)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	named := func(name string) map[string]string { return map[string]string{"en": name, "ru": name, "uk": name} }
	s.rules(
		rule.Rule{ID: "new", Name: named("A new group"), Kind: rule.First, Points: 50},
		rule.Rule{ID: "west", Name: named("The west"), Kind: rule.Unit, Points: 9, When: rule.Conditions{Regions: []string{"Lviv", "Lutsk"}}},
		rule.Rule{ID: "wide", Name: named("Far away"), Kind: rule.Unit, Points: 9, When: rule.Conditions{Regions: []string{"Lviv", "Lutsk", "Rivne", "Odesa"}}},
		rule.Rule{ID: "how", Name: named("Another way"), Kind: rule.Unit, Points: 9, When: rule.Conditions{Channels: []string{"visit", "kiosk"}}},
	)
	for _, id := range []string{"V-1", "V-2"} {
		s.erp(purchase.Message{
			ID: id, Revision: 1, State: purchase.Placed, Placed: s.Clock.Now(), Buyer: purchase.BuyerRef{Member: olena.Email}, Channel: "Fax",
			Lines: []purchase.Line{bag("1", "Roller", "tools", 1, 50_00)},
		})
	}
	phone := s.as(olena)
	t.Run("says why at once, in words", func(t *testing.T) {
		shows(t, phone.get("/orders/V-2"), http.StatusOK, "<details open>", "This group was bought before", "Only in these regions: Lviv, Lutsk.",
			"Not in your region.", "Only by: a representative’s visit, “kiosk”.", "“Fax”")
	})
	t.Run("where points came, why not more stays folded", func(t *testing.T) {
		a := phone.get("/orders/V-1")
		shows(t, a, http.StatusOK, "<details>", "50 points wait")
		hides(t, a, "<details open>")
	})
}
