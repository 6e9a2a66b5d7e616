package rule

// pickInStacks leaves, of the rules of one stack, one to each line, and says to the others which was better.
func (e *evaluation) pickInStacks() {
	var worth []int64 // thousandths of points that a rule gives a line by itself, rule by rule
	lines := len(e.order.Lines)
	for r := range e.rules {
		stack := e.rules[r].Stack
		if stack == "" || e.opened(stack, r) {
			continue
		}
		if worth == nil {
			worth = make([]int64, lines*len(e.rules))
		}
		for other := r; other < len(e.rules); other++ {
			if e.rules[other].Stack == stack {
				e.judge(other, worth[other*lines:(other+1)*lines])
			}
		}
		for i := range lines {
			e.pickFor(i, stack, worth)
		}
	}
}

// opened reports whether a rule before r is of the stack: it was dealt with there.
func (e *evaluation) opened(stack string, r int) bool {
	for before := range r {
		if e.rules[before].Stack == stack {
			return true
		}
	}
	return false
}

// judge fills worth with what the rule would bring each line, in thousandths of a point so that small lines differ too.
// A fixed bonus leaves its parts in the trials: a line that another rule takes does not make the others' parts larger.
func (e *evaluation) judge(r int, worth []int64) {
	rule := &e.rules[r]
	switch rule.Kind {
	case Rate, Unit:
		for i := range worth {
			if !e.holds(r, i) {
				continue
			}
			if rule.Kind == Rate {
				worth[i] = share(e.nets[i], 1000*bounded(rule.Points), rule.Money)
			} else {
				worth[i] = share(e.order.Lines[i].Quantity, 1000*bounded(rule.Points), 1)
			}
		}
	default:
		e.fixed(r)
		for i := range worth {
			if e.holds(r, i) {
				e.trial(r, i).Points = e.parts[i]
				worth[i] = min(e.parts[i], MaxPoints/1000) * 1000
			}
		}
	}
}

// pickFor leaves one rule of the stack to the line.
func (e *evaluation) pickFor(line int, stack string, worth []int64) {
	lines, best := len(e.order.Lines), -1
	at := func(r int) int64 { return worth[r*lines+line] }
	foremost := e.picks[stack] == Foremost
	for r := range e.rules {
		if e.rules[r].Stack != stack || !e.holds(r, line) {
			continue
		}
		switch {
		case best < 0:
			best = r
		case !foremost && at(r) != at(best):
			if at(r) > at(best) {
				best = r
			}
		case e.rules[r].Priority > e.rules[best].Priority:
			best = r
		}
	}
	for r := range e.rules {
		if r == best || e.rules[r].Stack != stack || !e.holds(r, line) {
			continue
		}
		t := e.trial(r, line)
		t.Rule, t.Why, t.Args = e.rules[r].ID, "rule.why_stack_first", Args{"other": e.rules[best].ID}
		if more := at(best) - at(r); !foremost && more > 0 {
			t.Why = "rule.why_stack_best"
			t.Args["n"] = (more + 999) / 1000
		}
	}
}
