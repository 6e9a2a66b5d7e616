package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/member"
	"firebrand/internal/points"
)

// marketer is a browser in which a marketer has signed in.
func (s *site) marketer(lang string) *browser {
	s.t.Helper()
	return s.as(s.person(member.RoleMarketer, "", "Olha Marketer", "olha-"+lang+"@example.com", lang))
}

// wantIn fails where a page lacks a sentence.
func wantIn(t *testing.T, a answer, status int, sentences ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("answered %d, not %d: %s", a.Status, status, a.Body)
	}
	for _, s := range sentences {
		if !strings.Contains(strings.ReplaceAll(a.Body, "\u202f", " "), s) {
			t.Errorf("the page lacks %q:\n%s", s, a.Body)
		}
	}
}

// revisionOf is the draft's as a page's form has it.
func revisionOf(t *testing.T, a answer) string {
	t.Helper()
	m := regexp.MustCompile(`name="revision" value="(\d+)"`).FindStringSubmatch(a.Body)
	if m == nil {
		t.Fatalf("no revision in\n%s", a.Body)
	}
	return m[1]
}

// primers is the form of "3 points for every 100 of product group Primers in Kyiv, …".
func primers(revision string) url.Values {
	return url.Values{
		"revision": {revision}, "/kind": {"rate"}, "/name/ru": {"Грунтовки"}, "/name/uk": {"Ґрунтовки"}, "/name/en": {"Primers"},
		"/points": {"3"}, "/money": {"100"}, "/when/groups": {"Primers"}, "/when/regions": {"Kyiv"},
		"/minimums/0/region": {""}, "/minimums/0/amount": {"4 000"}, "/minimums/1/region": {"Kyiv"}, "/minimums/1/amount": {"5000,50"},
		"/capMonth": {"3 000"}, "/funding": {"brand"},
	}
}

// began is a draft with one rule.
func began(t *testing.T, b *browser) {
	t.Helper()
	b.post("/studio/rules/begin", nil)
	revision := revisionOf(t, b.get("/studio/rules/draft/new?kind=rate"))
	if a := b.post("/studio/rules/draft/new", primers(revision)); a.Status != http.StatusSeeOther {
		t.Fatalf("the rule was not kept: %d %s", a.Status, a.Body)
	}
}

func TestMarketersWriteRulesAsAForm(t *testing.T) {
	s := newSite(t)
	b := s.marketer("en")
	t.Run("nothing is there at first", func(t *testing.T) {
		wantIn(t, b.get("/studio/rules"), http.StatusOK, "There are no rules yet")
	})
	began(t, b)
	t.Run("a rule is read back as a plain sentence", func(t *testing.T) {
		wantIn(t, b.get("/studio/rules/draft"), http.StatusOK,
			"3 points for every 100, product group Primers, in Kyiv, orders of 5 000.50 and more in Kyiv, 4 000 elsewhere, at most 3 000 points a month.",
			"Paid by brand.")
	})
	t.Run("what is wrong is said at its field, and what was typed stays", func(t *testing.T) {
		form := primers(revisionOf(t, b.get("/studio/rules/draft")))
		form.Set("/points", "many")
		form.Set("/minimums/1/region", "")
		form.Set("/when/products", `"a, b", c`)
		wantIn(t, b.post("/studio/rules/draft/new", form), http.StatusUnprocessableEntity, `value="many"`, "Name the region", "&#34;a, b&#34;, c")
	})
	t.Run("of two who edit at once the second sees both, and may save over", func(t *testing.T) {
		draft, err := s.Rules.Draft(context.Background())
		must(t, err)
		id := draft.Rules[0].ID
		seen := revisionOf(t, b.get("/studio/rules/draft/"+id))
		theirs, mine := primers(seen), primers(seen)
		theirs.Set("/points", "7")
		mine.Set("/points", "9")
		b.post("/studio/rules/draft/"+id, theirs)
		a := b.post("/studio/rules/draft/"+id, mine)
		wantIn(t, a, http.StatusUnprocessableEntity, "Somebody changed the draft meanwhile", "7 points for every 100", `value="9"`)
		mine.Set("revision", revisionOf(t, a))
		if a = b.post("/studio/rules/draft/"+id, mine); a.Status != http.StatusSeeOther {
			t.Errorf("answered %d", a.Status)
		}
		wantIn(t, b.get("/studio/rules/draft"), http.StatusOK, "9 points for every 100")
	})
	t.Run("a rule is moved and taken out", func(t *testing.T) {
		form := primers(revisionOf(t, b.get("/studio/rules/draft")))
		form.Set("/name/en", "Second")
		b.post("/studio/rules/draft/new", form)
		draft, err := s.Rules.Draft(context.Background())
		must(t, err)
		second := draft.Rules[1].ID
		b.post("/studio/rules/draft", url.Values{"revision": {strconv.FormatInt(draft.Revision, 10)}, "op": {"up:" + second}})
		draft, err = s.Rules.Draft(context.Background())
		must(t, err)
		if draft.Rules[0].ID != second {
			t.Errorf("got %+v", draft.Rules)
		}
		b.post("/studio/rules/draft", url.Values{"revision": {strconv.FormatInt(draft.Revision, 10)}, "op": {"drop:" + second}})
		if draft, err = s.Rules.Draft(context.Background()); err != nil || len(draft.Rules) != 1 {
			t.Errorf("got %+v %v", draft.Rules, err)
		}
	})
	t.Run("publishing names its date, and the set is in force from then", func(t *testing.T) {
		revision := revisionOf(t, b.get("/studio/rules/draft"))
		wantIn(t, b.post("/studio/rules/draft/publish", url.Values{"revision": {revision}, "from": {"2026-11-24T12:00"}}),
			http.StatusUnprocessableEntity, "a minute from now")
		a := b.post("/studio/rules/draft/publish", url.Values{"revision": {revision}, "from": {"2026-11-25T00:00"}, "note": {"first"}})
		if a.Status != http.StatusSeeOther {
			t.Fatalf("answered %d %s", a.Status, a.Body)
		}
		wantIn(t, b.get("/studio/rules"), http.StatusOK, "planned", "first")
		s.Clock.Set(time.Date(2026, 11, 24, 22, 0, 0, 0, time.UTC)) // midnight in Kyiv
		wantIn(t, b.get("/studio/rules"), http.StatusOK, "Version 1 is in force", "9 points for every 100")
		wantIn(t, b.get("/studio/rules/versions/1"), http.StatusOK, "Published 24 November by Olha Marketer")
	})
	t.Run("an example order shows every why", func(t *testing.T) {
		q := url.Values{"0.product": {"Deep primer"}, "0.group": {"Primers"}, "0.quantity": {"10"}, "0.price": {"100"}, "region": {"Kyiv"}, "placed": {"2026-11-25"}}
		wantIn(t, b.get("/studio/rules/try?"+q.Encode()), http.StatusOK, "The order is 1 000, it takes 5 000.50: 4 000.50 short.", "0 points")
		q.Set("0.quantity", "60")
		q.Set("1.product", "Glue")
		q.Set("1.quantity", "1")
		q.Set("1.price", "10")
		wantIn(t, b.get("/studio/rules/try?"+q.Encode()), http.StatusOK, "540 points", "Product groups only: Primers. The order says: not told.")
		wantIn(t, b.get("/studio/rules/try?order=none"), http.StatusOK, "There is no such order.")
	})
}

func TestADraftIsReplayedOverPastOrders(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	dealer := s.company("Stroymarket", "Kyiv")
	for i, price := range []int64{600_000, 100_000} {
		_, err := s.Orders.Take(ctx, s.Admin.ID, purchase.Message{
			ID: "A-" + strconv.Itoa(i), Revision: 1, State: purchase.Placed, Placed: s.Clock.Now().Add(-time.Hour), Buyer: purchase.BuyerRef{Company: dealer.ID},
			Lines: []purchase.Line{{Line: rule.Line{ID: "1", Product: "Deep primer", Group: "Primers", Quantity: 1, Price: price}}},
		})
		must(t, err)
	}
	b := s.marketer("en")
	wantIn(t, b.get("/studio/replay"), http.StatusOK, "Write a draft first")
	began(t, b)
	a := b.post("/studio/replay", url.Values{"from": {"2026-11-25"}, "to": {"2026-11-24"}})
	wantIn(t, a, http.StatusUnprocessableEntity, "The end is before the start.")
	a = b.post("/studio/replay", url.Values{"from": {"2026-11-01"}, "to": {"2026-11-24"}})
	if a.Status != http.StatusSeeOther {
		t.Fatalf("answered %d %s", a.Status, a.Body)
	}
	page := b.awaits(a.Location)
	wantIn(t, page, http.StatusOK, "180 points", "1 gains", "2 orders", "Stroymarket", "A-0")
	file := b.get(a.Location + "/lines.csv")
	wantIn(t, file, http.StatusOK, "A-0,", "6000,0,0,180,180,", "A-1,", "1000,0,0,0,0,")
	wantIn(t, page, http.StatusOK, "kept until the program is started anew")
	wantIn(t, b.get("/studio/rules/try?set=draft&order=A-1"), http.StatusOK, "4 000.50 short", `<details class="sr-other"><summary>`)
	if try := b.get("/studio/rules/try"); strings.Contains(try.Body, "sr-other") {
		t.Error("the example is folded away though no order is named")
	}
	wantIn(t, b.get("/studio/replay/of-yesterday"), http.StatusNotFound, "not here any more", `href="/studio/replay"`)
}

func TestAPolicyIsPublishedFromADate(t *testing.T) {
	s := newSite(t)
	b := s.marketer("en")
	wantIn(t, b.get("/studio/policies"), http.StatusOK, "Version 1 is in force", "Points won on 24 November live until the end of 31 January")
	page := b.get("/studio/policies/new")
	form := url.Values{
		"base": {"1"}, "idle_days": {"14"}, "warn_days": {"3"}, "warnings": {"true"}, "grace_days": {"7"}, "settle_day": {"11"}, "returns": {"debt"},
		"second_above": {"1000"}, "manual_most": {"100000"}, "lives.all.kind": {"month_end"}, "lives.all.n": {"3"},
		"lives.purchase.kind": {"dates"}, "lives.purchase.dates": {"31.03, 29.02"}, "caps.purchase.month": {"3000"}, "from": {"2026-12-01T00:00"},
	}
	wantIn(t, page, http.StatusOK, `name="idle_days" value="7"`)
	form.Set("op", "look")
	wantIn(t, b.post("/studio/policies/new", form), http.StatusOK, "live until the end of 28 February 2027", "At most 3 000 points for purchases a month")
	form.Set("op", "publish")
	form.Set("lives.purchase.dates", "31.02")
	if a := b.post("/studio/policies/new", form); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("answered %d", a.Status)
	}
	form.Set("lives.purchase.dates", "31.03")
	if a := b.post("/studio/policies/new", form); a.Status != http.StatusSeeOther {
		t.Fatalf("answered %d %s", a.Status, a.Body)
	}
	if a := b.post("/studio/policies/new", form); a.Status != http.StatusSeeOther {
		t.Errorf("sent twice it answered %d", a.Status)
	}
	list, err := s.Points.Policies.List(context.Background())
	must(t, err)
	if len(list) != 2 || list[1].IdleDays != 14 || list[1].LifeOf(points.SourcePurchase).Dates[0].Day != 31 {
		t.Errorf("got %+v", list)
	}
	form.Set("idle_days", "20")
	wantIn(t, b.post("/studio/policies/new", form), http.StatusConflict, "Version 2 was published meanwhile")
	wantIn(t, b.get("/studio/policies"), http.StatusOK, "planned")
}

// An example is a promise: what the page says of today is what an award of today gets.
func TestTheExamplesOfAPolicyAreWhatPointsDo(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	b := s.marketer("en")
	for i, life := range []points.Life{
		{Kind: points.LifeDays, N: 10}, {Kind: points.LifeMonths, N: 3}, {Kind: points.LifeMonthEnd, N: 2}, {Kind: points.LifeQuarterEnd, N: 2},
		{Kind: points.LifeDates, Dates: []points.DayOfYear{{Month: 2, Day: 29}, {Month: 11, Day: 23}}},
	} {
		policy := points.DefaultPolicy()
		policy.Lives, policy.From = []points.Life{life}, s.Clock.Now().Add(time.Minute)
		_, err := s.Points.Policies.Publish(ctx, s.Admin.ID, policy)
		must(t, err)
		s.Clock.Add(time.Hour)
		account := "account-" + strconv.Itoa(i)
		_, err = s.Points.Award(ctx, points.Award{Key: account, Account: account, Amount: 5, Source: points.SourceGrant})
		must(t, err)
		view, err := s.Points.Balance(ctx, account)
		must(t, err)
		var ends time.Time
		for _, e := range view.Ends {
			ends = e.At
		}
		zone, _ := time.LoadLocation("Europe/Kyiv")
		day := ends.Add(-time.Millisecond).In(zone).Format("2 January")
		wantIn(t, b.get("/studio/policies"), http.StatusOK, "live until the end of "+day)
	}
}

func TestRulesAreSaidInEveryLanguage(t *testing.T) {
	s := newSite(t)
	began(t, s.marketer("en"))
	for lang, sentence := range map[string]string{
		"ru": "3 балла за каждые 100, группа товаров Primers, регион Kyiv, заказы: Kyiv от 5 000,50, в других регионах от 4 000, не больше 3 000 баллов в месяц.",
		"uk": "3 бали за кожні 100, група товарів Primers, регіон Kyiv, замовлення: Kyiv від 5 000,50, в інших регіонах від 4 000, не більше 3 000 балів на місяць.",
	} {
		wantIn(t, s.marketer(lang).get("/studio/rules/draft"), http.StatusOK, sentence)
	}
}

func TestAPastDateOfPublishingIsRefusedAtItsField(t *testing.T) {
	s := newSite(t)
	b := s.marketer("en")
	began(t, b)
	a := b.post("/studio/rules/draft/publish", url.Values{"revision": {revisionOf(t, b.get("/studio/rules/draft"))}, "from": {"2020-01-01T00:00"}})
	wantIn(t, a, http.StatusUnprocessableEntity, `aria-invalid="true"`)
	if n := strings.Count(a.Body, "It must begin a minute from now at the earliest."); n != 2 {
		t.Errorf("said %d times, not on the page and at the field", n)
	}
}

func TestIdsThatTheProgrammeKnowsAreSaidInWords(t *testing.T) {
	s := newSite(t)
	b := s.as(s.Admin)
	b.post("/studio/rules/begin", nil)
	r := primers(revisionOf(t, b.get("/studio/rules/draft/new?kind=rate")))
	r.Set("/funding", "programme")
	r.Set("/stack", "rate")
	r.Set("/when/channels", "app, kiosk")
	if a := b.post("/studio/rules/draft/new", r); a.Status != http.StatusSeeOther {
		t.Fatalf("the rule was not kept: %d %s", a.Status, a.Body)
	}
	for lang, sentences := range map[string][]string{
		"en": {"the app (app), kiosk", "Only the best for the buyer of “rate” applies.", "Paid by the programme."},
		"ru": {"приложение (app), kiosk", "Из «rate» действует только лучшее для покупателя.", "Платит программа."},
		"uk": {"застосунок (app), kiosk", "З «rate» діє лише найкраще для покупця.", "Платить програма."},
	} {
		wantIn(t, s.marketer(lang).get("/studio/rules/draft"), http.StatusOK, sentences...)
	}
}
