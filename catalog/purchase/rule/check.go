package rule

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"firebrand/internal/fault"
)

// Bounds of a set. A figure beyond them is a slip of the hand.
const (
	MaxRules    = 100
	MaxGiven    = 1_000_000         // points of one rule
	MaxAmount   = 1_000_000_000_000 // money of a rate or a minimum, in minor units
	MaxWords    = 200               // words of one list
	maxWord     = 64                // characters of one word
	maxName     = 120
	maxNote     = 500
	maxN        = 1000
	maxPriority = 1000
)

// Langs are the languages that a rule's name must have before it is published.
var Langs = []string{"ru", "uk", "en"}

// Bounds lists what is wrong in the rule itself, each with the field at fault as a JSON pointer; a draft with any of it
// is not kept.
func (r Rule) Bounds() []*fault.Error {
	c := checker{}
	c.need(r.ID != "", "/id", "rule.id_missing")
	for _, lang := range Langs {
		c.need(utf8.RuneCountInString(r.Name[lang]) <= maxName, "/name/"+lang, "rule.name_long", "most", maxName)
	}
	c.need(slices.Contains(Kinds, r.Kind), "/kind", "rule.kind_unknown")
	c.need(r.Points >= 1 && r.Points <= MaxGiven, "/points", "rule.points_bounds", "most", int64(MaxGiven))
	if r.Kind == Rate {
		c.need(r.Money >= 1 && r.Money <= MaxAmount, "/money", "rule.money_bounds", "most", Money(MaxAmount))
	}
	if r.Kind == Nth {
		c.need(slices.Contains(Periods, r.Period), "/period", "rule.period_unknown")
		c.need(r.N >= 1 && r.N <= maxN, "/n", "rule.n_bounds", "most", maxN)
	}
	c.conditions(r.When)
	c.exclusions(r.Not)
	c.minimums(r.Minimums)
	c.need(r.CapMonth >= 0 && r.CapMonth <= MaxPoints, "/capMonth", "rule.cap_bounds")
	c.need(r.Priority >= 0 && r.Priority <= maxPriority, "/priority", "rule.priority_bounds", "most", maxPriority)
	c.words([]string{r.Stack}, "/stack", true)
	c.words([]string{r.Funding}, "/funding", true)
	return c.found
}

// Problems are the bounds and what a published rule must have besides: a name in every language.
func (r Rule) Problems() []*fault.Error {
	c := checker{found: r.Bounds()}
	for _, lang := range Langs {
		c.need(strings.TrimSpace(r.Name[lang]) != "", "/name/"+lang, "rule.name_missing")
	}
	return c.found
}

// Bounds lists what is wrong in the set; fields are JSON pointers into it, "/rules/0/points".
func (s Set) Bounds() []*fault.Error { return s.check(Rule.Bounds) }

// Problems lists all that keeps the set from being published.
func (s Set) Problems() []*fault.Error {
	c := checker{}
	c.need(len(s.Rules) > 0, "/rules", "rule.rules_missing")
	return append(c.found, s.check(Rule.Problems)...)
}

func (s Set) check(each func(Rule) []*fault.Error) []*fault.Error {
	c := checker{}
	c.need(len(s.Rules) <= MaxRules, "/rules", "rule.rules_many", "most", MaxRules)
	c.need(utf8.RuneCountInString(s.Note) <= maxNote, "/note", "rule.note_long", "most", maxNote)
	known := map[string]bool{}
	for i := range s.Rules {
		at := "/rules/" + strconv.Itoa(i)
		for _, f := range each(s.Rules[i]) {
			c.found = append(c.found, f.On(at+f.Field))
		}
		c.need(!known[s.Rules[i].ID], at+"/id", "rule.id_twice")
		known[s.Rules[i].ID] = true
	}
	for stack, pick := range s.Picks {
		c.need(pick == Best || pick == Foremost, "/picks/"+stack, "rule.pick_unknown")
	}
	return c.found
}

// checker gathers what is wrong.
type checker struct{ found []*fault.Error }

func (c *checker) need(holds bool, field, key string, pairs ...any) {
	if !holds {
		c.found = append(c.found, fault.New(fault.Invalid, key, pairs...).On(field))
	}
}

func (c *checker) conditions(w Conditions) {
	c.need(w.Buyer == AnyBuyer || w.Buyer == Company || w.Buyer == Person, "/when/buyer", "rule.buyer_unknown")
	for field, words := range map[string][]string{
		"regions": w.Regions, "channels": w.Channels, "sizes": w.Sizes, "industries": w.Industries, "groups": w.Groups,
		"products": w.Products, "suppliers": w.Suppliers,
	} {
		c.words(words, "/when/"+field, false)
	}
	c.need(w.From.IsZero() || w.Until.IsZero() || w.From.Before(w.Until), "/when/until", "rule.until_first")
}

func (c *checker) exclusions(n Exclusions) {
	for field, words := range map[string][]string{"groups": n.Groups, "products": n.Products, "suppliers": n.Suppliers} {
		c.words(words, "/not/"+field, false)
	}
	c.need(n.DiscountOver >= 0 && n.DiscountOver <= 1000, "/not/discountOver", "rule.percent_bounds")
	c.need(n.MarginUnder >= 0 && n.MarginUnder <= 1000, "/not/marginUnder", "rule.percent_bounds")
}

func (c *checker) minimums(list []Minimum) {
	c.need(len(list) <= MaxWords, "/minimums", "rule.words_many", "most", MaxWords)
	known := map[string]bool{}
	for i, m := range list {
		at := "/minimums/" + strconv.Itoa(i)
		c.need(m.Amount >= 0 && m.Amount <= MaxAmount, at+"/amount", "rule.minimum_bounds", "most", Money(MaxAmount))
		c.need(utf8.RuneCountInString(m.Region) <= maxWord, at+"/region", "rule.word_long", "most", maxWord)
		c.need(!known[strings.ToLower(m.Region)], at+"/region", "rule.region_twice", "region", m.Region)
		known[strings.ToLower(m.Region)] = true
	}
}

func (c *checker) words(words []string, field string, emptyToo bool) {
	c.need(len(words) <= MaxWords, field, "rule.words_many", "most", MaxWords)
	for _, w := range words {
		c.need(emptyToo || strings.TrimSpace(w) != "", field, "rule.word_empty")
		c.need(utf8.ValidString(w) && utf8.RuneCountInString(w) <= maxWord, field, "rule.word_long", "most", maxWord)
	}
}

// refuse is the first of what is wrong, or nil.
func refuse(found []*fault.Error) error {
	if len(found) == 0 {
		return nil
	}
	return found[0]
}
