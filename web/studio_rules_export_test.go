package web

import (
	"net/url"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
)

// What forms of rules read and write, for tests.
var (
	ParseMoney = parseMoney
	TypedMoney = typedMoney
	SplitWords = splitWords
	JoinWords  = joinWords
)

// RuleAgain is a rule written into its form and read back.
func RuleAgain(r rule.Rule, zone calendar.Zone) (rule.Rule, int) {
	again, wrong := ruleFrom(ruleValues(r, zone), zone, rule.Rule{ID: r.ID, Kind: r.Kind})
	return again, len(wrong)
}

// RuleTyped is what a form says, over a rule of a kind.
func RuleTyped(values url.Values, kind rule.Kind) rule.Rule {
	r, _ := ruleFrom(values, calendar.Zone{}, rule.Rule{ID: "r", Kind: kind})
	return r
}
