package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// A rule's form names its fields by the JSON pointers that faults name. Money is typed in whole units and kept in minor
// ones; lists are typed with commas or a line a word; what could not be read stays in the form as it was typed.

// minimumRows is how many empty rows for regions a form has below those that are filled.
const minimumRows = 3

// fieldReader reads typed fields and gathers what could not be read.
type fieldReader struct {
	values url.Values
	zone   calendar.Zone
	wrong  []*fault.Error
}

func (r *fieldReader) fail(at, key string) {
	r.wrong = append(r.wrong, fault.New(fault.Invalid, key).On(at))
}

// number reads a whole number; nothing is 0.
func (r *fieldReader) number(at string) int64 {
	word := bare(r.values.Get(at))
	if word == "" {
		return 0
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		r.fail(at, "studio.number_wrong")
	}
	return n
}

// money reads an amount; nothing is 0.
func (r *fieldReader) money(at string) int64 {
	word := r.values.Get(at)
	if bare(word) == "" {
		return 0
	}
	n, ok := parseMoney(word)
	if !ok {
		r.fail(at, "studio_rules.money_wrong")
	}
	return n
}

// percent reads a share in permille; typed says whether anything was.
func (r *fieldReader) percent(at string) (permille int64, typed bool) {
	word := strings.TrimSuffix(bare(r.values.Get(at)), "%")
	if word == "" {
		return 0, false
	}
	n, ok := parseMoney(word)
	if !ok || n%10 != 0 {
		r.fail(at, "studio_rules.percent_wrong")
	}
	return n / 10, true
}

// day reads a date and gives its start, or its end; nothing is the zero time.
func (r *fieldReader) day(at string, end bool) time.Time {
	word := strings.TrimSpace(r.values.Get(at))
	if word == "" {
		return time.Time{}
	}
	d, err := calendar.ParseDate(word)
	if err != nil {
		r.fail(at, "studio_rules.day_wrong")
		return time.Time{}
	}
	if end {
		return r.zone.EndOf(d)
	}
	return r.zone.StartOf(d)
}

// list reads words set apart by commas, semicolons or lines; a word that has one of them stands in quotes.
func (r *fieldReader) list(at string) []string { return splitWords(r.values.Get(at)) }

// ruleFrom is a rule with what was typed over it, and what could not be read.
func ruleFrom(values url.Values, zone calendar.Zone, base rule.Rule) (rule.Rule, []*fault.Error) {
	r := fieldReader{values: values, zone: zone}
	out := rule.Rule{ID: base.ID, Kind: base.Kind, Name: map[string]string{}}
	for _, lang := range rule.Langs {
		if name := strings.TrimSpace(values.Get("/name/" + lang)); name != "" {
			out.Name[lang] = name
		}
	}
	out.Points = r.number("/points")
	if out.Kind == rule.Rate {
		out.Money = r.money("/money")
	}
	if out.Kind == rule.Nth {
		out.Period, out.N, out.Onwards = values.Get("/period"), int(r.number("/n")), values.Get("/onwards") == "true"
	}
	out.When = r.conditions()
	out.Not = r.exclusions()
	out.Minimums = r.minimums()
	out.CapMonth, out.Priority = r.number("/capMonth"), int(r.number("/priority"))
	out.Stack, out.Funding = strings.TrimSpace(values.Get("/stack")), strings.TrimSpace(values.Get("/funding"))
	return out, r.wrong
}

func (r *fieldReader) conditions() rule.Conditions {
	return rule.Conditions{
		Regions: r.list("/when/regions"), Channels: r.list("/when/channels"), Buyer: rule.Buyer(r.values.Get("/when/buyer")),
		Sizes: r.list("/when/sizes"), Industries: r.list("/when/industries"), Groups: r.list("/when/groups"),
		Products: r.list("/when/products"), Suppliers: r.list("/when/suppliers"),
		From: r.day("/when/from", false), Until: r.day("/when/until", true),
	}
}

func (r *fieldReader) exclusions() rule.Exclusions {
	n := rule.Exclusions{Groups: r.list("/not/groups"), Products: r.list("/not/products"), Suppliers: r.list("/not/suppliers")}
	n.DiscountOver, n.Discounted = r.percent("/not/discountOver")
	n.MarginUnder, n.Cheap = r.percent("/not/marginUnder")
	return n
}

// minimums reads the amount of elsewhere, which comes first, and a row a region; rows without both are left out.
func (r *fieldReader) minimums() (list []rule.Minimum) {
	for i := 0; i <= rule.MaxWords+minimumRows; i++ {
		at := "/minimums/" + strconv.Itoa(i)
		if !r.values.Has(at + "/amount") {
			break
		}
		region := strings.TrimSpace(r.values.Get(at + "/region"))
		amount := r.money(at + "/amount")
		switch {
		case amount == 0 && (region == "" || bare(r.values.Get(at+"/amount")) == ""):
		case region == "" && i > 0:
			r.fail(at+"/region", "studio_rules.region_missing")
		default:
			list = append(list, rule.Minimum{Region: region, Amount: amount})
		}
	}
	return list
}

// bare is a typed number without the spaces that set its digits apart.
func bare(s string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case ' ', '\u00a0', '\u202f', '\t', '\'':
			return -1
		}
		return c
	}, s)
}

// parseMoney reads an amount such as "5 000", "12,5" or "12.50" into minor units.
func parseMoney(s string) (minor int64, ok bool) {
	whole, part, _ := strings.Cut(strings.ReplaceAll(bare(s), ",", "."), ".")
	if whole == "" && part == "" || len(part) > 2 || strings.ContainsAny(part, "+-") {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return n, err == nil
}

// typedMoney writes an amount as a form has it: "5000" or "5000.50".
func typedMoney(minor int64) string {
	if minor%100 == 0 {
		return strconv.FormatInt(minor/100, 10)
	}
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return sign + strconv.FormatInt(minor/100, 10) + "." + strconv.FormatInt(100+minor%100, 10)[1:]
}

// splitWords reads a typed list.
func splitWords(s string) (words []string) {
	var word strings.Builder
	quoted := false
	end := func() {
		if w := strings.TrimSpace(word.String()); w != "" {
			words = append(words, w)
		}
		word.Reset()
	}
	for _, c := range s {
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ';' || c == '\n'), c == '\r':
			end()
		default:
			word.WriteRune(c)
		}
	}
	end()
	return words
}

// joinWords writes a list so that splitWords reads it back.
func joinWords(words []string) string {
	typed := make([]string, len(words))
	for i, w := range words {
		if typed[i] = w; strings.ContainsAny(w, ",;\n") {
			typed[i] = `"` + w + `"`
		}
	}
	return strings.Join(typed, ", ")
}

// ruleValues writes a rule into the fields of its form, the reverse of ruleFrom.
func ruleValues(r rule.Rule, zone calendar.Zone) url.Values {
	v := url.Values{}
	set := func(at, value string) { v.Set(at, value) }
	for _, lang := range rule.Langs {
		set("/name/"+lang, r.Name[lang])
	}
	set("/points", plain(r.Points))
	set("/money", plainMoney(r.Money))
	set("/period", r.Period)
	set("/n", plain(int64(r.N)))
	set("/onwards", strconv.FormatBool(r.Onwards))
	w := r.When
	for at, words := range map[string][]string{
		"/when/regions": w.Regions, "/when/channels": w.Channels, "/when/sizes": w.Sizes, "/when/industries": w.Industries,
		"/when/groups": w.Groups, "/when/products": w.Products, "/when/suppliers": w.Suppliers,
		"/not/groups": r.Not.Groups, "/not/products": r.Not.Products, "/not/suppliers": r.Not.Suppliers,
	} {
		set(at, joinWords(words))
	}
	set("/when/buyer", string(w.Buyer))
	if !w.From.IsZero() {
		set("/when/from", zone.Date(w.From).String())
	}
	if !w.Until.IsZero() {
		set("/when/until", zone.Date(w.Until.Add(-time.Millisecond)).String())
	}
	if r.Not.Discounted {
		set("/not/discountOver", typedMoney(r.Not.DiscountOver*10))
	}
	if r.Not.Cheap {
		set("/not/marginUnder", typedMoney(r.Not.MarginUnder*10))
	}
	for i, m := range minimumsTyped(r.Minimums) {
		at := "/minimums/" + strconv.Itoa(i)
		set(at+"/region", m.Region)
		set(at+"/amount", plainMoney(m.Amount))
	}
	set("/capMonth", plain(r.CapMonth))
	set("/priority", plain(int64(r.Priority)))
	set("/stack", r.Stack)
	set("/funding", r.Funding)
	return v
}

// minimumsTyped are the rows of a form: elsewhere first, whether there is one or not, then the regions.
func minimumsTyped(list []rule.Minimum) []rule.Minimum {
	rows := []rule.Minimum{{}}
	for _, m := range list {
		if m.Region == "" {
			rows[0] = m
		} else {
			rows = append(rows, m)
		}
	}
	return rows
}

// plain writes a number as a form has it, nothing for 0; plainMoney an amount.
func plain(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func plainMoney(minor int64) string {
	if minor == 0 {
		return ""
	}
	return typedMoney(minor)
}
