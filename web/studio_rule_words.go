package web

import (
	"maps"
	"strings"
	"time"

	"firebrand/catalog/purchase/rule"
	"firebrand/game"
	"firebrand/web/ui"
)

// teller puts rules and trials into the words of one language.
type teller struct {
	texts *ui.Texts
	lang  string
	// day writes an instant's date.
	day func(time.Time) string
}

func (s *Server) teller(lang string) teller {
	now := s.Now()
	return teller{s.UI.Texts, lang, func(t time.Time) string { return s.UI.Day(lang, t, now) }}
}

func (w teller) say(key string, pairs ...any) string {
	args := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	return w.texts.Say(w.lang, key, args)
}

// money writes an amount with the language's own point.
func (w teller) money(minor int64) string {
	amount := rule.Money(minor).String()
	if w.lang != "en" {
		amount = strings.ReplaceAll(amount, ".", ",")
	}
	return amount
}

// percent writes a share in permille, with one digit behind the point at most.
func (w teller) percent(permille int64) string {
	amount := w.money(permille * 10)
	if permille%10 != 0 {
		amount = strings.TrimSuffix(amount, "0")
	}
	return amount
}

// rule is a rule as one plain sentence, without its name.
func (w teller) rule(r rule.Rule) string {
	parts := []string{w.gift(r)}
	add := func(key string, words []string) {
		if len(words) > 0 {
			parts = append(parts, w.say(key, "n", len(words), "list", strings.Join(words, ", ")))
		}
	}
	add("studio_rules.says_groups", r.When.Groups)
	add("studio_rules.says_products", r.When.Products)
	add("studio_rules.says_suppliers", r.When.Suppliers)
	add("studio_rules.says_regions", r.When.Regions)
	add("studio_rules.says_channels", w.channels(r.When.Channels))
	if r.When.Buyer != rule.AnyBuyer {
		parts = append(parts, w.say("studio_rules.says_buyer_"+string(r.When.Buyer)))
	}
	add("studio_rules.says_sizes", r.When.Sizes)
	add("studio_rules.says_industries", r.When.Industries)
	parts = append(parts, w.minimums(r.Minimums)...)
	add("studio_rules.says_not_groups", r.Not.Groups)
	add("studio_rules.says_not_products", r.Not.Products)
	add("studio_rules.says_not_suppliers", r.Not.Suppliers)
	if r.Not.Discounted {
		parts = append(parts, w.say("studio_rules.says_discount", "percent", w.percent(r.Not.DiscountOver)))
	}
	if r.Not.Cheap {
		parts = append(parts, w.say("studio_rules.says_margin", "percent", w.percent(r.Not.MarginUnder)))
	}
	if when := w.dates(r.When); when != "" {
		parts = append(parts, when)
	}
	if r.CapMonth > 0 {
		parts = append(parts, w.say("studio_rules.says_cap", "n", r.CapMonth))
	}
	return strings.Join(parts, ", ") + "."
}

// gift is what a rule gives, and for what.
func (w teller) gift(r rule.Rule) string {
	switch r.Kind {
	case rule.Rate:
		return w.say("studio_rules.says_rate", "n", r.Points, "money", w.money(r.Money))
	case rule.Nth:
		key := "studio_rules.says_nth"
		if r.Onwards {
			key = "studio_rules.says_nth_on"
		}
		return w.say(key, "n", r.Points, "which", r.N, "period", w.say("studio_rules.in_"+r.Period))
	}
	return w.say("studio_rules.says_"+string(r.Kind), "n", r.Points)
}

// minimums are the least orders, in words.
func (w teller) minimums(list []rule.Minimum) []string {
	if len(list) == 0 {
		return nil
	}
	if len(list) == 1 && list[0].Region == "" {
		return []string{w.say("studio_rules.says_minimum", "money", w.money(list[0].Amount))}
	}
	var each []string
	elsewhere := w.say("studio_rules.says_any_elsewhere")
	for _, m := range list {
		if m.Region == "" {
			elsewhere = w.say("studio_rules.says_elsewhere", "money", w.money(m.Amount))
		} else {
			each = append(each, w.say("studio_rules.says_in_region", "money", w.money(m.Amount), "region", m.Region))
		}
	}
	return []string{w.say("studio_rules.says_minimums", "list", strings.Join(append(each, elsewhere), ", "))}
}

// dates are when a rule holds; empty is always.
func (w teller) dates(c rule.Conditions) string {
	switch {
	case !c.From.IsZero() && !c.Until.IsZero():
		return w.say("studio_rules.says_between", "from", w.day(c.From), "until", w.day(c.Until.Add(-time.Millisecond)))
	case !c.From.IsZero():
		return w.say("studio_rules.says_from", "from", w.day(c.From))
	case !c.Until.IsZero():
		return w.say("studio_rules.says_until", "until", w.day(c.Until.Add(-time.Millisecond)))
	}
	return ""
}

// more is what a rule has besides its sentence: who pays, and how it stands to others.
func (w teller) more(r rule.Rule, pick rule.Pick) (parts []string) {
	if r.Stack != "" {
		key := "studio_rules.more_best"
		if pick == rule.Foremost {
			key = "studio_rules.more_first"
		}
		parts = append(parts, w.say(key, "stack", r.Stack))
	}
	if r.Priority != 0 {
		parts = append(parts, w.say("studio_rules.more_priority", "priority", r.Priority))
	}
	if r.Funding != "" {
		parts = append(parts, w.say("studio_rules.more_funding", "funding", w.payer(r.Funding)))
	}
	return parts
}

// channels are ways to order in words, each with the ERP's own word for it; what nobody knows stays as it is.
func (w teller) channels(ids []string) []string {
	words := make([]string, len(ids))
	for i, id := range ids {
		switch words[i] = id; strings.ToLower(id) {
		case "app", "phone", "manager":
			words[i] = w.channel(id) + " (" + id + ")"
		}
	}
	return words
}

// payer is a funding source in words, where it has any.
func (w teller) payer(funding string) string {
	if funding == game.Funding {
		return w.say("money.payer_programme")
	}
	return funding
}

// name is a rule's name in the language, or a word for one that has none.
func (w teller) name(r rule.Rule) string {
	for _, lang := range append([]string{w.lang}, ui.Languages...) {
		if name := r.Name[lang]; name != "" {
			return name
		}
	}
	return w.say("studio_rules.unnamed")
}

// trial is what a rule gave a line, or why it gave nothing: in full for a marketer, in short for a member. Rules are
// those of the set that valued the order; what a cap or a budget cut is told by the order, not here.
func (w teller) trial(t rule.Trial, rules rule.Set, short bool) string {
	args := maps.Clone(map[string]any(t.Args))
	if args == nil {
		args = map[string]any{}
	}
	for name, value := range args {
		switch v := value.(type) {
		case rule.Money:
			args[name] = w.money(int64(v))
		case time.Time:
			if name == "ended" {
				v = v.Add(-time.Millisecond) // the last day it held on
			}
			args[name] = w.day(v)
		case string:
			if v == "" {
				args[name] = w.say("studio_rules.untold")
			} else if t.Why == "rule.why_channel" {
				args[name] = strings.Join(w.channels(strings.Split(v, ", ")), ", ")
			}
		}
	}
	if t.Applied {
		args["n"] = t.Points
	}
	if id, ok := args["other"].(string); ok {
		other, _ := rules.Rule(id)
		args["other"] = w.name(other)
	}
	if p, ok := args["period"].(string); ok {
		args["period"] = w.say("studio_rules.in_" + p)
	}
	key := t.Why
	if short {
		key = t.Short()
	}
	return w.texts.Say(w.lang, key, args)
}
