package rule

// Value is what the order brings by the set, and why every rule gave every line what it gave. It is pure; the order in
// which lines stand changes no line's points. Where s is no set, the version 0 without rules, every line says so.
func (s Set) Value(o Order, f Facts) Value {
	v := Value{Version: s.Version, Lines: make([]LineValue, len(o.Lines))}
	e := evaluation{rules: s.Rules, picks: s.Picks, order: &o, facts: &f}
	e.weigh()
	e.trials = make([]Trial, len(o.Lines)*max(1, len(s.Rules)))
	if len(s.Rules) == 0 {
		for i := range e.trials {
			e.trials[i].Why = "rule.why_no_rules"
		}
	}
	for r := range s.Rules {
		e.try(r)
	}
	e.pickInStacks()
	for r := range s.Rules {
		e.give(r, &v)
	}
	width := max(1, len(s.Rules))
	for i := range o.Lines {
		line := &v.Lines[i]
		line.Line, line.Trials = o.Lines[i].ID, e.trials[i*width:(i+1)*width:(i+1)*width]
		for _, t := range line.Trials {
			line.Points += t.Points
		}
		v.Points += line.Points
	}
	return v
}

// evaluation is one order being valued.
type evaluation struct {
	rules []Rule
	picks map[string]Pick
	order *Order
	facts *Facts
	// nets is what was paid for each line, total the order's sum.
	nets  []int64
	total int64
	// trials stand line by line, every rule of a line together. An empty Why is a rule that holds.
	trials []Trial
	// parts and weights are room to work in, a place a line; rests is that of spread.
	parts, weights []int64
	rests          []remainder
}

// weigh takes the lines' nets so that their sum stays within an int64: beyond it, lines of an absurd order weigh nothing.
func (e *evaluation) weigh() {
	n := len(e.order.Lines)
	room := make([]int64, 3*n)
	e.nets, e.parts, e.weights = room[:n:n], room[n:2*n:2*n], room[2*n:]
	for i := range e.order.Lines {
		net := e.order.Lines[i].Net()
		e.nets[i] = add(e.total, net) - e.total
		e.total += e.nets[i]
	}
}

func (e *evaluation) trial(r, line int) *Trial { return &e.trials[line*len(e.rules)+r] }

// holds reports whether the rule gives this line something so far.
func (e *evaluation) holds(r, line int) bool { return e.trial(r, line).Why == "" }

// fixed fills parts with a rule's fixed bonus over all lines that it holds for: for each new group, or once.
func (e *evaluation) fixed(r int) {
	clear(e.parts)
	rule := &e.rules[r]
	points := bounded(rule.Points)
	if rule.Kind == Nth {
		e.spreadOver(r, points, func(int) bool { return true })
		return
	}
	done := map[string]bool{}
	for i := range e.order.Lines {
		group := e.order.Lines[i].Group
		if e.holds(r, i) && !done[group] {
			done[group] = true
			e.spreadOver(r, points, func(line int) bool { return e.order.Lines[line].Group == group })
		}
	}
}

// spreadOver spreads points over the lines that the rule holds for and that are meant, by what was paid for them.
func (e *evaluation) spreadOver(r int, points int64, meant func(line int) bool) {
	for i := range e.weights {
		e.weights[i] = 0
		if e.holds(r, i) && meant(i) {
			e.weights[i] = e.nets[i]
		}
	}
	e.spread(points, e.weights, e.parts)
}

// give writes what a rule gives into its trials and into the share of who pays for it.
func (e *evaluation) give(r int, v *Value) {
	rule := &e.rules[r]
	switch rule.Kind {
	case Rate:
		clear(e.parts)
		var paid int64
		for i := range e.nets {
			if e.holds(r, i) {
				paid += e.nets[i]
			}
		}
		e.spreadOver(r, share(paid, rule.Points, rule.Money), func(int) bool { return true })
	case Unit:
		clear(e.parts)
		for i := range e.parts {
			if e.holds(r, i) {
				e.parts[i] = share(e.order.Lines[i].Quantity, rule.Points, 1)
			}
		}
	default:
		// The parts were made before other rules of the stack took lines away: see pickInStacks.
		if rule.Stack == "" {
			e.fixed(r)
		} else {
			for i := range e.parts {
				e.parts[i] = e.trial(r, i).Points
			}
		}
	}
	e.write(r, v)
}

// write puts the parts of the lines that the rule holds for into its trials and shares.
func (e *evaluation) write(r int, v *Value) {
	rule := &e.rules[r]
	var given *FundingShare
	for i, points := range e.parts {
		t := e.trial(r, i)
		if t.Why != "" {
			t.Points = 0
			continue
		}
		t.Rule, t.Applied, t.Points, t.Why = rule.ID, true, points, gave[rule.Kind]
		if points == 0 {
			t.Why = "rule.why_small"
			continue
		}
		if given == nil {
			given = v.share(rule, len(e.parts))
		}
		given.ByLine[i] += points
		given.Points += points
	}
}

// gave are the keys of what rules give.
var gave = map[Kind]string{Rate: "rule.why_rate", Unit: "rule.why_unit", First: "rule.why_first", Nth: "rule.why_nth"}

// share is the share of a rule's payer under its cap.
func (v *Value) share(r *Rule, lines int) *FundingShare {
	id, most := r.CapID(), max(0, r.CapMonth)
	for i := range v.Shares {
		if s := &v.Shares[i]; s.Funding == r.Funding && s.CapID == id {
			return s
		}
	}
	v.Shares = append(v.Shares, FundingShare{Funding: r.Funding, CapID: id, CapMost: most, ByLine: make([]int64, lines)})
	return &v.Shares[len(v.Shares)-1]
}

func bounded(points int64) int64 { return max(0, min(points, MaxPoints)) }
