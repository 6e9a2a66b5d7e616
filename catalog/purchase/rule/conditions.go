package rule

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// try writes into a rule's trials the first condition that fails, line by line. What is wrong with the whole order and
// cannot be mended by another line comes first, then what is wrong with the line, and last what another order or a
// larger one would have brought: so a member reads how near it was only where the goods were right.
func (e *evaluation) try(r int) {
	rule := &e.rules[r]
	why, args := e.order.fails(rule)
	late, lateArgs := "", Args(nil)
	asked := false
	said := lineArgs{rule: rule}
	for i := range e.order.Lines {
		t := e.trial(r, i)
		if why != "" {
			t.Rule, t.Why, t.Args = rule.ID, why, args
			continue
		}
		t.Why, t.Args = e.lineFails(rule, i, &said)
		if t.Why == "" {
			if !asked {
				late, lateArgs = e.almost(rule)
				asked = true
			}
			t.Why, t.Args = late, lateArgs
		}
		if t.Why != "" {
			t.Rule = rule.ID
		}
	}
}

// fails is what keeps the rule from the whole order.
func (o *Order) fails(r *Rule) (why string, args Args) {
	w := &r.When
	switch {
	case !w.From.IsZero() && o.Placed.Before(w.From):
		return "rule.why_early", Args{"starts": w.From}
	case !w.Until.IsZero() && !o.Placed.Before(w.Until):
		return "rule.why_late", Args{"ended": w.Until}
	case w.Buyer == Company && o.Personal:
		return "rule.why_companies", nil
	case w.Buyer == Person && !o.Personal:
		return "rule.why_persons", nil
	case !has(w.Channels, o.Channel):
		return "rule.why_channel", Args{"want": listed(w.Channels), "is": o.Channel}
	case !has(w.Regions, o.Region):
		return "rule.why_region", Args{"want": listed(w.Regions), "is": o.Region}
	case !has(w.Sizes, o.Size):
		return "rule.why_size", Args{"want": listed(w.Sizes), "is": o.Size}
	case !has(w.Industries, o.Industry):
		return "rule.why_industry", Args{"want": listed(w.Industries), "is": o.Industry}
	}
	return "", nil
}

// lineArgs keeps a rule's arguments that are the same for many lines.
type lineArgs struct {
	rule                        *Rule
	products, groups, suppliers string
}

func once(kept *string, words []string) string {
	if *kept == "" {
		*kept = listed(words)
	}
	return *kept
}

// lineFails is what keeps the rule from one line.
func (e *evaluation) lineFails(r *Rule, i int, said *lineArgs) (why string, args Args) {
	l, w, not := &e.order.Lines[i], &r.When, &r.Not
	switch {
	case !has(w.Groups, l.Group):
		return "rule.why_group", Args{"want": once(&said.groups, w.Groups), "is": l.Group}
	case !has(w.Products, l.Product):
		return "rule.why_product", Args{"want": once(&said.products, w.Products), "is": l.Product}
	case !has(w.Suppliers, l.Supplier):
		return "rule.why_supplier", Args{"want": once(&said.suppliers, w.Suppliers), "is": l.Supplier}
	case len(not.Groups) > 0 && has(not.Groups, l.Group):
		return "rule.why_not_group", Args{"is": l.Group}
	case len(not.Products) > 0 && has(not.Products, l.Product):
		return "rule.why_not_product", Args{"is": l.Product}
	case len(not.Suppliers) > 0 && has(not.Suppliers, l.Supplier):
		return "rule.why_not_supplier", Args{"is": l.Supplier}
	case l.Quantity <= 0 || e.nets[i] == 0:
		return "rule.why_nothing", nil
	}
	if not.Discounted {
		if is := permille(l.Discount, l.Gross()); over(l.Discount, l.Gross(), not.DiscountOver) {
			return "rule.why_discount", Args{"most": percent(not.DiscountOver), "is": percent(is)}
		}
	}
	if not.Cheap && l.Cost > 0 && e.cheap(l, i, not.MarginUnder) {
		return "rule.why_margin", Args{"least_margin": percent(not.MarginUnder)}
	}
	if r.Kind == First && (l.Group == "" || !e.facts.NewGroups[l.Group]) {
		return "rule.why_not_first", Args{"is": l.Group}
	}
	return "", nil
}

// cheap reports whether the margin of a line is less than the permille of what was paid.
func (e *evaluation) cheap(l *Line, i int, permille int64) bool {
	cost := Line{Quantity: l.Quantity, Price: l.Cost}.Gross()
	margin := e.nets[i] - cost
	if margin < 0 {
		return true
	}
	return under(margin, e.nets[i], permille)
}

// almost is what the order lacks where its goods were right: it is not the n-th, or it is too small.
func (e *evaluation) almost(r *Rule) (why string, args Args) {
	if r.Kind == Nth {
		is := e.facts.Nth[r.Period]
		if r.Onwards && is < r.N || !r.Onwards && is != r.N {
			if r.Onwards {
				return "rule.why_not_nth_on", Args{"is": int64(is), "n": int64(r.N), "period": r.Period}
			}
			return "rule.why_not_nth", Args{"is": int64(is), "n": int64(r.N), "period": r.Period}
		}
	}
	if least := r.minimum(e.order.Region); e.total < least {
		return "rule.why_minimum", Args{"least": Money(least), "have": Money(e.total), "missing": Money(least - e.total)}
	}
	return "", nil
}

// minimum is the least that an order of the region must cost; 0 where nothing is asked.
func (r *Rule) minimum(region string) int64 {
	var elsewhere int64
	for i := range r.Minimums {
		switch m := &r.Minimums[i]; {
		case m.Region == "":
			elsewhere = m.Amount
		case same(m.Region, region):
			return m.Amount
		}
	}
	return elsewhere
}

// has reports whether the list lets the word in: an empty one does always.
func has(list []string, word string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(w string) bool { return same(w, word) })
}

func same(a, b string) bool { return a == b || strings.EqualFold(a, b) }

func listed(words []string) string { return strings.Join(words, ", ") }

// permille is part of whole in thousandths, 1000 at most.
func permille(part, whole int64) int64 {
	if whole <= 0 || part >= whole {
		return 1000
	}
	hi, lo := bits.Mul64(uint64(max(0, part)), 1000)
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(q)
}

// over reports whether part is more than the permille of whole; under, whether it is less.
func over(part, whole, permille int64) bool { return compare(part, whole, permille) > 0 }

func under(part, whole, permille int64) bool { return compare(part, whole, permille) < 0 }

// compare sets part against the permille of whole without rounding; neither is negative.
func compare(part, whole, permille int64) int {
	aHi, aLo := bits.Mul64(uint64(max(0, part)), 1000)
	bHi, bLo := bits.Mul64(uint64(max(0, whole)), uint64(max(0, permille)))
	return cmp.Or(cmp.Compare(aHi, bHi), cmp.Compare(aLo, bLo))
}

// percent writes thousandths as a percentage with one digit at most behind the point: "12.5".
func percent(permille int64) string {
	whole, rest := permille/10, permille%10
	if rest == 0 {
		return strconv.FormatInt(whole, 10)
	}
	return strconv.FormatInt(whole, 10) + "." + strconv.FormatInt(rest, 10)
}
