package web_test

import (
	"context"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/cases"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/member"
)

// order tells that a member ordered so many units of oil, and that it arrived.
func (s *site) order(id string, m member.Member, units int64, delivered bool) {
	s.t.Helper()
	messages := []purchase.Message{{
		ID: id, Revision: 1, State: purchase.Placed, Placed: s.Clock.Now(), Buyer: purchase.BuyerRef{Member: m.ID},
		Lines: []purchase.Line{{Line: rule.Line{ID: "1", Product: "O-5", Group: "oil", Supplier: "velmar", Quantity: units, Price: 100_00}}},
	}}
	if delivered {
		messages = append(messages, purchase.Message{ID: id, Revision: 2, State: purchase.Delivered})
	}
	for _, message := range messages {
		_, err := s.Orders.Take(context.Background(), "erp", message)
		must(s.t, err)
	}
}

// looked lets the rooms that listen to orders read on.
func (s *site) looked() {
	s.t.Helper()
	for _, f := range append(s.Challenges.Followers(), s.Cases.Followers()...) {
		must(s.t, s.Points.Journal.CatchUp(context.Background(), f))
	}
}

// fortyOfOil is the form of a challenge as a marketer fills it.
func fortyOfOil(from url.Values) url.Values {
	from.Set("name_en", "Forty of oil")
	from.Set("name_ru", "Сорок канистр масла")
	from.Set("name_uk", "Сорок каністр оливи")
	from.Set("groups", "oil, grease")
	from.Set("suppliers", "velmar")
	from.Set("from", "2026-11-01")
	from.Set("to_day", "2026-11-30")
	from.Set("target_0", "10")
	from.Set("points_0", "100")
	from.Set("target_1", "40")
	from.Set("points_1", "300")
	return from
}

func TestChallengePages(t *testing.T) {
	s := newSite(t)
	north := s.company("North", "Kyiv")
	olena := s.person(member.RoleMember, north.ID, "Olena Koval", "olena@example.com", "en")
	mark := s.person(member.RoleMarketer, "", "Mark Bilyk", "mark@example.com", "en")
	studio, phone := s.as(mark), s.as(olena)

	t.Run("without challenges the page says what to do", func(t *testing.T) {
		if a := phone.get("/challenges"); a.Status != 200 || !strings.Contains(a.Body, "No challenges right now") {
			t.Fatal(a.Status, a.Body)
		}
	})
	t.Run("only marketers write them", func(t *testing.T) {
		if a := phone.get("/studio/challenges"); a.Status != 403 {
			t.Error(a.Status)
		}
	})
	var page string
	t.Run("a form that lacks something comes back with what was typed", func(t *testing.T) {
		values := fortyOfOil(fields(t, studio.get("/studio/challenges/new"), "/studio/challenges/new"))
		values.Set("target_1", "5")
		values.Set("to", "published")
		a := studio.post("/studio/challenges/new", values)
		if a.Status != 400 && a.Status != 422 || !strings.Contains(a.Body, "Step 2 must be farther") || !strings.Contains(a.Body, `value="oil, grease"`) {
			t.Fatal(a.Status, a.Body)
		}
	})
	t.Run("a published challenge is read-only and shows how it goes", func(t *testing.T) {
		values := fortyOfOil(fields(t, studio.get("/studio/challenges/new"), "/studio/challenges/new"))
		values.Set("to", "published")
		a := studio.post("/studio/challenges/new", values)
		page, _, _ = strings.Cut(a.Location, "?")
		if again := studio.post("/studio/challenges/new", values); again.Status != 303 || !strings.HasPrefix(again.Location, page) {
			t.Fatal("a form sent twice:", again.Status, again.Location)
		}
		a = studio.get(page)
		if a.Status != 200 || !strings.Contains(a.Body, "0 of 1") || strings.Contains(a.Body, `name="target_0"`) {
			t.Fatal(a.Status, a.Body)
		}
	})
	t.Run("the first page shows how far it is, and what is on the way", func(t *testing.T) {
		s.order("A-1", olena, 32, true)
		s.order("A-2", olena, 5, false)
		for _, path := range []string{"/", "/challenges"} {
			a := phone.get(path)
			for _, want := range []string{"Forty of oil", "32 of 40 pieces", "5 more on the way", "8 to go", "100 points"} {
				if !strings.Contains(a.Body, want) {
					t.Errorf("%s lacks %q", path, want)
				}
			}
		}
		s.looked()
		if a := studio.get(page); !strings.Contains(a.Body, "1 of 1") {
			t.Error(a.Body)
		}
	})
	t.Run("a new version is written beside the one in force", func(t *testing.T) {
		edit := studio.get(page + "?edit=1")
		values := fields(t, edit, page)
		values.Set("points_1", "500")
		if a := studio.post(page, values); a.Status != 303 {
			t.Fatal(a.Status, a.Body)
		}
		if a := studio.get(page); !strings.Contains(a.Body, "Go on with the new version") {
			t.Error(a.Body)
		}
		if a := studio.post(page, values); a.Status != 409 {
			t.Error("an old form was taken:", a.Status)
		}
	})
	t.Run("stopping ends it", func(t *testing.T) {
		s.Clock.Add(time.Minute)
		a := studio.get(page)
		if a = studio.post(page+"/stop", fields(t, a, page+"/stop")); a.Status != 303 {
			t.Fatal(a.Status, a.Body)
		}
		if a := phone.get("/challenges"); !strings.Contains(a.Body, "Ended early") {
			t.Error(a.Body)
		}
	})
}

func TestCasePages(t *testing.T) {
	s := newSite(t)
	north := s.company("North", "Kyiv")
	olena := s.person(member.RoleMember, north.ID, "Olena Koval", "olena@example.com", "en")
	mark := s.person(member.RoleMarketer, "", "Mark Bilyk", "mark@example.com", "en")
	studio := s.as(mark)
	if a := studio.get("/studio/cases"); a.Status != 200 || !strings.Contains(a.Body, "Nothing to look at") {
		t.Fatal(a.Status, a.Body)
	}
	s.order("A-1", olena, 7, true)
	s.order("B-1", olena, 7, true)
	s.looked()
	waiting, err := s.Cases.List(t.Context(), cases.Waiting)
	must(t, err)
	page := "/studio/cases/" + waiting[0].ID
	t.Run("a case says why in words and names its orders", func(t *testing.T) {
		a := studio.get("/studio/cases")
		if !strings.Contains(a.Body, "Olena Koval") || !strings.Contains(a.Body, "2 orders with the same lines") {
			t.Error(a.Body)
		}
		a = studio.get(page)
		for _, want := range []string{`href="/orders/A-1"`, `href="/orders/B-1"`, "/studio/corrections/new?account=" + olena.ID} {
			if !strings.Contains(html.UnescapeString(a.Body), want) {
				t.Errorf("lacks %s", want)
			}
		}
	})
	t.Run("its orders stand side by side, with date, sum and lines", func(t *testing.T) {
		a := studio.get(page)
		for _, id := range []string{"A-1", "B-1"} {
			o, err := s.Orders.Order(t.Context(), id)
			must(t, err)
			line := o.Lines[0].Product + "\u00a0×\u00a07"
			if strings.Count(html.UnescapeString(a.Body), line) != 2 || strings.Count(a.Body, "in the currency of the orders") != 2 {
				t.Error("lacks", line)
			}
		}
	})
	t.Run("a decision needs a note", func(t *testing.T) {
		values := fields(t, studio.get(page), page)
		values.Set("to", "fine")
		values.Set("note", " ")
		if a := studio.post(page, values); a.Status == 303 || !strings.Contains(a.Body, "what you found") {
			t.Error(a.Status, a.Body)
		}
		values.Set("to", "not_fine")
		values.Set("note", "Both were told by the same till.")
		if a := studio.post(page, values); a.Status != 303 {
			t.Fatal(a.Status, a.Body)
		}
		if a := studio.get(page); !strings.Contains(a.Body, "Mark Bilyk") || !strings.Contains(a.Body, "same till") {
			t.Error(a.Body)
		}
		if a := studio.post(page, values); a.Status != 409 {
			t.Error("decided twice:", a.Status)
		}
	})
}
