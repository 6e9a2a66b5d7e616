package web_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/member"
)

// rules publishes a set and lets it come into force.
func (s *site) rules(set ...rule.Rule) {
	s.t.Helper()
	ctx := context.Background()
	draft, err := s.Rules.Begin(ctx, s.Admin.ID, 0)
	must(s.t, err)
	draft.Set.Rules = set
	draft, err = s.Rules.Save(ctx, s.Admin.ID, draft)
	must(s.t, err)
	from := s.Clock.Now().Add(2 * time.Minute)
	_, err = s.Rules.Publish(ctx, s.Admin.ID, draft.Revision, from, "first")
	must(s.t, err)
	s.Clock.Set(from.Add(time.Minute))
}

// erp takes a message as an ERP sends it.
func (s *site) erp(m purchase.Message) purchase.Result {
	s.t.Helper()
	r, err := s.Orders.Take(context.Background(), "erp", m)
	must(s.t, err)
	return r
}

// shop is what tests buy by: a point for every ten from 4,000 up, twice that in the app, at most 300 a month for paint.
func shop() []rule.Rule {
	named := func(en, ru, uk string) map[string]string { return map[string]string{"en": en, "ru": ru, "uk": uk} }
	return []rule.Rule{
		{ID: "base", Name: named("A point for every ten", "Балл за каждые десять", "Бал за кожні десять"), Kind: rule.Rate, Points: 1, Money: 10_00,
			Minimums: []rule.Minimum{{Amount: 4_000_00}}},
		{ID: "paint", Name: named("Paint month", "Месяц красок", "Місяць фарб"), Kind: rule.Rate, Points: 1, Money: 5_00, CapMonth: 300,
			When: rule.Conditions{Groups: []string{"paint"}}},
		{ID: "app", Name: named("Ordered in the app", "Заказ в приложении", "Замовлення в застосунку"), Kind: rule.Rate, Points: 1, Money: 20_00,
			When: rule.Conditions{Channels: []string{"app"}}},
	}
}

func bag(id, product, group string, quantity, price int64) purchase.Line {
	return purchase.Line{Line: rule.Line{ID: id, Product: product, Group: group, Supplier: "Velmar", Quantity: quantity, Price: price}}
}

func TestOrderPages(t *testing.T) {
	s := newSite(t)
	dealer, other := s.company("Stroymarket", "Kyiv"), s.company("Domino", "Lviv")
	olena := s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en")
	taras := s.person(member.RolePrincipal, dealer.ID, "Taras Bondar", "taras@example.com", "en")
	stranger := s.person(member.RolePrincipal, other.ID, "Ivan Melnyk", "ivan@example.com", "en")
	maria := s.person(member.RoleMarketer, "", "Maria Lysenko", "maria@example.com", "en")
	s.rules(shop()...)
	placed := s.Clock.Now()
	message := func(id string, buyer purchase.BuyerRef, lines ...purchase.Line) purchase.Message {
		return purchase.Message{ID: id, Revision: 1, State: purchase.Placed, Placed: placed, Buyer: buyer, Channel: "phone", Lines: lines}
	}
	own := purchase.BuyerRef{Member: olena.Email}
	company := purchase.BuyerRef{Company: dealer.ID}
	s.erp(message("V-1", own, bag("1", "Facade paint 10 l", "paint", 2, 1_250_00), bag("2", "Roller", "tools", 4, 50_00)))
	s.erp(message("V-2", company, bag("1", "Facade paint 10 l", "paint", 4, 1_250_00)))
	s.erp(purchase.Message{ID: "V-2", Revision: 2, State: purchase.Delivered, Delivered: placed})
	s.erp(purchase.Message{ID: "V-2", Revision: 3, State: purchase.Returned, Returns: []purchase.Return{{Line: "1", Quantity: 1}}})

	t.Run("a member reads what their orders bring and what the points wait for", func(t *testing.T) {
		a := s.as(olena).get("/orders")
		shows(t, a, http.StatusOK, "Order V-1", "on its way", "300 points wait for the delivery", "6 pieces", "2\u202f700")
		hides(t, a, "V-2")
	})
	t.Run("and why each line brings it, and what would have brought more by how much", func(t *testing.T) {
		a := s.as(olena).get("/orders/V-1")
		shows(t, a, http.StatusOK, "300 points wait for the delivery. If the order arrives before 11 December, they become active on that day.", "Facade paint 10 l", "Paint month",
			"200 points are above what “Paint month” gives in a month", "no points", "What gave nothing for the whole order", "1\u202f300")
		hides(t, a, "What was reported", "V-2", "Only by: app", " open>")
		shows(t, a, http.StatusOK, "Only by: the app", "<dd>phone")
	})
	t.Run("a principal reads the company's, with what came back", func(t *testing.T) {
		b := s.as(taras)
		shows(t, b.get("/orders"), http.StatusOK, "No orders yet")
		shows(t, b.get("/orders?account=company"), http.StatusOK, "Order V-2", "partly returned", "become active on 11 December")
		shows(t, b.get("/orders/V-2"), http.StatusOK, "came back: 1 piece", "went with what came back", "A point for every ten", "by themselves")
	})
	t.Run("nobody reads others'", func(t *testing.T) {
		for _, b := range []*browser{s.as(stranger), s.as(olena)} {
			if a := b.get("/orders/V-2"); a.Status != http.StatusNotFound {
				t.Errorf("status %d", a.Status)
			}
		}
		if a := s.as(taras).get("/orders/V-1"); a.Status != http.StatusNotFound {
			t.Errorf("a principal reads a member's own purchase: status %d", a.Status)
		}
		if a := s.as(olena).get("/orders/gone"); a.Status != http.StatusNotFound {
			t.Errorf("status %d", a.Status)
		}
	})
	t.Run("a marketer reads everything that was tried and told", func(t *testing.T) {
		shows(t, s.as(maria).get("/orders/V-2"), http.StatusOK, "What was reported, and when", "revision 3", "Ordered in the app", "Rules, version 1",
			"Stroymarket: 100 %")
	})
	t.Run("a cancelled order says that it brings nothing", func(t *testing.T) {
		s.erp(purchase.Message{ID: "V-1", Revision: 2, State: purchase.Cancelled})
		shows(t, s.as(olena).get("/orders/V-1"), http.StatusOK, "cancelled", "it brings no points")
	})
	t.Run("many orders are read page by page", func(t *testing.T) {
		for _, id := range []string{"a", "b", "c"} {
			for n := range 9 {
				s.erp(message("W-"+id+string(rune('0'+n)), own, bag("1", "Roller", "tools", 1, 50_00)))
			}
		}
		a := s.as(olena).get("/orders")
		shows(t, a, http.StatusOK, "Earlier orders", "W-c8")
		hides(t, a, "W-a0")
	})
}
