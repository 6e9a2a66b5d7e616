package purchase

import (
	"fmt"
	"slices"

	"firebrand/catalog/purchase/rule"
)

// LineStory is what a line brought and why: what its rules gave, what returns and caps took off.
type LineStory struct {
	OrderLine
	// Value is what the rules give for what was ordered, Kept what is left of that after returns, Given what of that the
	// accounts have.
	Value, Kept, Given int64
	// Cuts are what of Kept was not given, and by what.
	Cuts []Cut
	// Why are the rules that were tried, in their order.
	Why []rule.Trial
}

// Stories are the order's lines with what each brought. Their sums are those of Points.
func (o Order) Stories() []LineStory {
	all := make([]LineStory, len(o.Lines))
	for i, l := range o.Lines {
		all[i].OrderLine = l
		for pair := range slices.Chunk(l.Tried, 2) {
			if len(pair) == 2 && pair[0] < int64(len(o.Trials)) {
				trial := o.Trials[pair[0]]
				trial.Points = pair[1]
				all[i].Why = append(all[i].Why, trial)
			}
		}
	}
	for _, s := range o.Shares {
		weights := make([]int64, len(o.Lines))
		for i, brought := range s.ByLine {
			weights[i] = o.Lines[i].kept(brought)
			all[i].Value += brought
			all[i].Kept += weights[i]
			all[i].Given += weights[i]
		}
		for _, c := range o.cutsOf(s) {
			for i, part := range spread(c.Points, weights) {
				if part > 0 {
					weights[i] -= part // what one thing cut, another cannot cut again
					all[i].Given -= part
					all[i].Cuts = append(all[i].Cuts, Cut{c.By, part})
				}
			}
		}
	}
	return all
}

// cutsOf are the cuts of a share over all receivers, one for each thing that cut.
func (o Order) cutsOf(s Share) (cuts []Cut) {
	for _, slot := range o.Slots {
		if slot.Funding != s.Funding || slot.Cap != s.Cap {
			continue
		}
		for _, c := range slot.Cuts {
			if i := slices.IndexFunc(cuts, func(have Cut) bool { return have.By == c.By }); i >= 0 {
				cuts[i].Points += c.Points
			} else {
				cuts = append(cuts, c)
			}
		}
	}
	return cuts
}

// noted adds what a message says that is worth a look and stands in no order: that it was placed with nothing of a line.
func (r Result) noted(m Message) Result {
	if m.State != Placed {
		return r
	}
	if i := slices.IndexFunc(m.Lines, func(l Line) bool { return l.Quantity == 0 }); i >= 0 {
		r.Notes = append(r.Notes, Note{
			Key: "purchase.note_no_quantity", Field: fmt.Sprintf("lines[%d].quantity", i), Args: map[string]any{"line": m.Lines[i].ID},
		})
	}
	return r
}

// Points are the order's sums.
func (o Order) Points() (p Points) {
	for _, s := range o.Shares {
		p.Kept += o.keptOf(s)
		for _, brought := range s.ByLine {
			p.Value += brought
		}
	}
	for _, s := range o.Slots {
		p.Given += s.Given
		p.Cut += s.Asked - s.Given
		p.Owed += s.Owed
		p.Forgiven += s.Forgiven
		for _, part := range s.Parts {
			if part.Delivered {
				p.Delivered += part.Left
			} else {
				p.Pending += part.Left
			}
		}
	}
	return p
}

// PointsOf are the sums of one account's part of the order; Value and Kept are what was asked for it.
func (o Order) PointsOf(account string) (p Points) {
	own := o
	own.Shares = nil
	own.Slots = slices.DeleteFunc(slices.Clone(o.Slots), func(s Slot) bool { return s.Account != account })
	p = own.Points()
	for _, s := range own.Slots {
		p.Kept += s.Asked
	}
	p.Value = p.Kept
	return p
}

// Net is what was ordered, in minor units; Units how many pieces, Back how many of them came back.
func (o Order) Net() (sum int64) {
	for _, l := range o.Lines {
		sum += l.Net()
	}
	return sum
}

// Units are how many pieces were ordered.
func (o Order) Units() (sum int64) {
	for _, l := range o.Lines {
		sum += l.Quantity
	}
	return sum
}

// Back is how many pieces came back.
func (o Order) Back() (sum int64) {
	for _, l := range o.Lines {
		sum += l.Returned
	}
	return sum
}

// over is the first mark of a return that says more than was bought of its line.
func (o Order) over() (r ReturnMark, bought int64, found bool) {
	for _, r := range o.Marks.Returns {
		if i := o.line(r.Line); i >= 0 && r.Quantity > o.Lines[i].Quantity {
			return r, o.Lines[i].Quantity, true
		}
	}
	return r, 0, false
}

// stray is the first line that came back, in part at least, and is not among the lines, where those are known: a revision
// with it is still to come.
func (o Order) stray() (line string, found bool) {
	if len(o.Lines) == 0 {
		return "", false
	}
	for _, r := range o.Marks.Returns {
		if r.Quantity > 0 && o.line(r.Line) < 0 {
			return r.Line, true
		}
	}
	return "", false
}

// line is the place of a line, below zero where there is none.
func (o Order) line(id string) int {
	return slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.ID == id })
}

// Flags say what somebody should look at.
func (o Order) Flags() (flags []string) {
	add := func(flag string, so bool) {
		if so {
			flags = append(flags, flag)
		}
	}
	p := o.Points()
	_, _, over := o.over()
	_, stray := o.stray()
	add(FlagUnknownBuyer, !o.Buyer.Known())
	add(FlagNoLines, len(o.Lines) == 0)
	add(FlagReturnedMore, over || stray)
	add(FlagReturned, o.Back() > 0)
	add(FlagCut, p.Cut > 0)
	add(FlagOwed, p.Owed+p.Forgiven > 0)
	return flags
}

// Notes say what the sender of a message should know.
func (o Order) Notes() (notes []Note) {
	p := o.Points()
	switch {
	case o.Buyer.Ref == "":
		notes = append(notes, Note{Key: "purchase.note_no_buyer", Field: "buyer"})
	case !o.Buyer.Known():
		notes = append(notes, Note{Key: "purchase.note_unknown_buyer", Field: "buyer"})
	}
	if len(o.Lines) == 0 {
		notes = append(notes, Note{Key: "purchase.note_no_lines", Field: "lines"})
	}
	if r, bought, over := o.over(); over {
		notes = append(notes, Note{Key: "purchase.note_returned_more", Field: "returns", Args: map[string]any{
			"line": r.Line, "bought": bought, "returned": r.Quantity, "over": r.Quantity - bought,
		}})
	}
	if line, stray := o.stray(); stray {
		notes = append(notes, Note{Key: "purchase.note_line_unknown", Field: "returns", Args: map[string]any{"line": line}})
	}
	if p.Cut > 0 {
		notes = append(notes, Note{Key: "purchase.note_cut", Args: map[string]any{"n": p.Cut}})
	}
	if p.Owed > 0 {
		notes = append(notes, Note{Key: "purchase.note_owed", Args: map[string]any{"n": p.Owed}})
	}
	if p.Forgiven > 0 {
		notes = append(notes, Note{Key: "purchase.note_forgiven", Args: map[string]any{"n": p.Forgiven}})
	}
	return notes
}
