package purchase

import (
	"slices"

	"firebrand/catalog/purchase/rule"
)

// brings reports whether the order brings points at all: it stands, its buyer is in the programme, its lines are known.
func (o Order) brings() bool { return o.State != Cancelled && o.Buyer.Known() && len(o.Lines) > 0 }

// asRuled is the order as rules look at it: as it was ordered, so that no return undoes a minimum that was reached.
func (o Order) asRuled() rule.Order {
	lines := make([]rule.Line, len(o.Lines))
	for i := range o.Lines {
		lines[i] = o.Lines[i].Line.Line
	}
	return rule.Order{
		ID: o.ID, Placed: o.Placed, Buyer: o.Buyer.Party(), Channel: o.Channel, Region: o.Buyer.Region, Size: o.Buyer.Size,
		Industry: o.Buyer.Industry, Personal: o.Buyer.Member != "", Lines: lines,
	}
}

// Ruled is the order and its facts as rules look at it, for a replay.
func (o Order) Ruled() (rule.Order, rule.Facts) {
	return o.asRuled(), o.Facts.ruled()
}

func (f *Facts) ruled() rule.Facts {
	if f == nil {
		return rule.Facts{}
	}
	facts := rule.Facts{Nth: f.Nth}
	if len(f.Groups) > 0 {
		facts.NewGroups = make(map[string]bool, len(f.Groups))
		for _, g := range f.Groups {
			facts.NewGroups[g] = true
		}
	}
	return facts
}

// revalue works out anew what the order is worth. What brings nothing is worth nothing and says so by its flags.
func (o *Order) revalue(set rule.Set, facts *Facts) {
	o.Version, o.Facts, o.Shares, o.Trials = 0, nil, nil, nil
	for i := range o.Lines {
		o.Lines[i].Tried = nil
	}
	if !o.brings() {
		return
	}
	o.Version, o.Facts = set.Version, facts
	value := set.Value(o.asRuled(), facts.ruled())
	for i := range min(len(o.Lines), len(value.Lines)) {
		o.Lines[i].Tried = o.keep(value.Lines[i].Trials)
	}
	for _, s := range value.Shares {
		if s.Points > 0 {
			o.Shares = append(o.Shares, Share{Funding: s.Funding, Cap: s.CapID, Most: s.CapMost, ByLine: s.ByLine})
		}
	}
}

// lookBack bounds how far a trial is looked for among those kept already.
const lookBack = 24

// keep puts trials into the order's table, each different one once: most rules say the same of most lines.
func (o *Order) keep(trials []rule.Trial) []int64 {
	if len(trials) == 0 {
		return nil
	}
	tried := make([]int64, 0, 2*len(trials))
	for _, t := range trials {
		brought := t.Points
		t.Points = 0
		from := max(0, len(o.Trials)-lookBack)
		at := slices.IndexFunc(o.Trials[from:], func(have rule.Trial) bool { return sameTrial(have, t) })
		if at += from; at < from {
			at = len(o.Trials)
			o.Trials = append(o.Trials, t)
		}
		tried = append(tried, int64(at), brought)
	}
	return tried
}

func sameTrial(a, b rule.Trial) bool {
	if a.Rule != b.Rule || a.Why != b.Why || a.Applied != b.Applied || len(a.Args) != len(b.Args) {
		return false
	}
	for name, v := range a.Args {
		if b.Args[name] != v {
			return false
		}
	}
	return true
}

// kept is what is left of a line's points after its returns: the returned part is taken off, half up, so that all is off
// when all came back.
func (l OrderLine) kept(brought int64) int64 {
	if l.Returned <= 0 || l.Quantity <= 0 {
		return brought
	}
	if l.Returned >= l.Quantity {
		return 0
	}
	back, rest := mulDiv(brought, l.Returned, l.Quantity)
	if rest >= l.Quantity-rest {
		back++
	}
	return brought - back
}

// keptOf is what is left of a share after returns.
func (o Order) keptOf(s Share) (sum int64) {
	for i, brought := range s.ByLine {
		sum += o.Lines[i].kept(brought)
	}
	return sum
}

// spread divides an amount by weights, by largest remainder, the first of equal ones first: the parts add up to it. All
// weights zero gives all to the first.
func spread(amount int64, weights []int64) []int64 {
	parts := make([]int64, len(weights))
	var whole int64
	for _, w := range weights {
		whole += w
	}
	if whole == 0 || amount == 0 {
		if len(parts) > 0 {
			parts[0] = amount
		}
		return parts
	}
	rests := make([]int64, len(weights))
	left := amount
	for i, w := range weights {
		parts[i], rests[i] = mulDiv(amount, w, whole)
		left -= parts[i]
	}
	for ; left > 0; left-- {
		most := 0
		for i := range rests {
			if rests[i] > rests[most] {
				most = i
			}
		}
		parts[most]++
		rests[most] = -1
	}
	return parts
}
