package web_test

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/web"
)

func TestMoneyIsTypedInWholeUnitsAndKeptInMinorOnes(t *testing.T) {
	for typed, want := range map[string]int64{
		"100": 10000, "5 000": 500000, "5\u00a0000,5": 500050, "12.50": 1250, ".05": 5, "0": 0, "1'000": 100000,
	} {
		if got, ok := web.ParseMoney(typed); !ok || got != want {
			t.Errorf("%q is %d %t, not %d", typed, got, ok, want)
		}
	}
	for _, typed := range []string{"", "a", "1.2.3", "1,234", "1.-5", "99999999999999999999"} {
		if got, ok := web.ParseMoney(typed); ok {
			t.Errorf("%q is taken for %d", typed, got)
		}
	}
}

func TestAListIsTypedWithCommasAndQuotes(t *testing.T) {
	got := web.SplitWords("Primers,  \"Paints, oil\"; Glue\r\n\nTape,,")
	if want := []string{"Primers", "Paints, oil", "Glue", "Tape"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestARuleComesBackFromItsFormAsItWas(t *testing.T) {
	zone, err := calendar.Load("Europe/Kyiv")
	must(t, err)
	day := func(s string) calendar.Date { d, _ := calendar.ParseDate(s); return d }
	r := rule.Rule{
		ID: "r", Kind: rule.Rate, Name: map[string]string{"ru": "р", "uk": "у", "en": "e"}, Points: 3, Money: 1250,
		When: rule.Conditions{
			Regions: []string{"Kyiv"}, Channels: []string{"app"}, Buyer: rule.Company, Groups: []string{"Paints, oil", "Glue"},
			From: zone.StartOf(day("2026-03-29")), Until: zone.EndOf(day("2026-10-25")),
		},
		Not:      rule.Exclusions{Discounted: true, Cheap: true, MarginUnder: 125},
		Minimums: []rule.Minimum{{Amount: 400000}, {Region: "Kyiv", Amount: 500050}}, CapMonth: 3000, Priority: 2, Stack: "s", Funding: "brand",
	}
	again, wrong := web.RuleAgain(r, zone)
	if wrong != 0 || !reflect.DeepEqual(r, again) {
		t.Errorf("%d wrong, came back as %+v", wrong, again)
	}
}

func FuzzMoney(f *testing.F) {
	f.Add("5 000,50")
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := web.ParseMoney(s); ok {
			if again, ok := web.ParseMoney(web.TypedMoney(n)); !ok || again != n {
				t.Errorf("%q is %d and comes back as %d", s, n, again)
			}
		}
	})
}

func FuzzRuleForm(f *testing.F) {
	f.Add("Primers, \"a, b\"", "5000.50", "2026-11-01")
	f.Fuzz(func(t *testing.T, words, amount, day string) {
		values := url.Values{
			"/points": {amount}, "/money": {amount}, "/when/groups": {words}, "/when/from": {day}, "/when/until": {day},
			"/minimums/0/amount": {amount}, "/minimums/1/region": {words}, "/minimums/1/amount": {amount}, "/not/discountOver": {amount},
		}
		r := web.RuleTyped(values, rule.Rate)
		for _, w := range r.When.Groups {
			if strings.TrimSpace(w) == "" {
				t.Errorf("an empty word of %q", words)
			}
		}
		if !slices.Equal(web.SplitWords(web.JoinWords(r.When.Groups)), r.When.Groups) {
			t.Errorf("%q came back as %q", r.When.Groups, web.SplitWords(web.JoinWords(r.When.Groups)))
		}
		if !r.When.From.IsZero() && r.When.Until.Before(r.When.From.Add(time.Hour)) {
			t.Errorf("%s to %s", r.When.From, r.When.Until)
		}
	})
}
