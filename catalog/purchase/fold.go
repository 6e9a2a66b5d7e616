package purchase

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"firebrand/internal/fault"
)

// fold puts a message into the order as it stands. Adopted says that something of it was newer than what was known,
// content that what the order is worth has to be worked out anew. Buyer is whom the message names, nil where it names
// nobody.
//
// The order that it is called on is used up.
func (o Order) fold(m Message, buyer *Buyer, at time.Time) (next Order, adopted, content bool, err error) {
	if err := o.refuses(m); err != nil {
		return o, false, false, err
	}
	alive := o.State
	if o.ID == "" {
		o.ID, o.At, o.State = m.ID, at, Placed
	}
	adopted = m.Revision > o.Revision
	content = o.foldBuyer(m, buyer) || content
	content = o.foldLines(m) || content
	content = o.foldHead(m, at) || content
	o.foldReturns(m)
	adopted = adopted || content || o.Marks.any(m.Revision)
	content = content || (alive == Cancelled) != (o.State == Cancelled)
	o.Revision, o.Changed = max(o.Revision, m.Revision), at
	o.Marks.see(m.Revision)
	return o, adopted, content, nil
}

// any reports whether something was taken from a revision.
func (k Marks) any(revision int64) bool {
	if slices.ContainsFunc(k.Returns, func(r ReturnMark) bool { return r.Revision == revision }) {
		return true
	}
	return slices.Contains([]int64{k.State, k.Placed, k.Delivered, k.Buyer, k.Channel, k.Lines, k.AllReturned}, revision)
}

// refuses says why a message cannot be: it returns more than was bought, or of a line that is not there, and no revision is missing between the lines
// and it that could explain it. Where one is, it is kept, counts for no more than was bought, and is flagged.
func (o Order) refuses(m Message) error {
	if len(m.Returns) == 0 {
		return nil
	}
	bought := map[string]int64{}
	switch {
	case len(m.Lines) > 0:
		for _, l := range m.Lines {
			bought[l.ID] = l.Quantity
		}
	case o.Marks.Lines > 0 && o.Marks.Lines < m.Revision && o.Marks.whole(o.Marks.Lines, m.Revision-1):
		for _, l := range o.Lines {
			bought[l.ID] = l.Quantity
		}
	default:
		return nil
	}
	for i, r := range m.Returns {
		had, known := bought[r.Line]
		if !known && r.Quantity > 0 {
			return fault.New(fault.Invalid, "purchase.return_line", "line", r.Line).On(fmt.Sprintf("returns[%d].line", i))
		}
		if r.Quantity > had {
			return returnedMore(r.Line, had, r.Quantity, fmt.Sprintf("returns[%d].quantity", i))
		}
	}
	return nil
}

func (o *Order) foldBuyer(m Message, buyer *Buyer) bool {
	if buyer == nil || m.Revision <= o.Marks.Buyer {
		return false
	}
	o.Marks.Buyer = m.Revision
	// Who was known stays as they were then; who was not may have come into the programme since.
	if o.Buyer.Ref == buyer.Ref && (o.Buyer.Known() || !buyer.Known()) {
		return false
	}
	o.Buyer = *buyer
	return true
}

func (o *Order) foldLines(m Message) bool {
	if len(m.Lines) == 0 || m.Revision <= o.Marks.Lines {
		return false
	}
	o.Marks.Lines = m.Revision
	o.Lines = make([]OrderLine, len(m.Lines))
	for i, l := range m.Lines {
		l.Returned = 0
		o.Lines[i] = OrderLine{Line: l}
	}
	return true
}

// foldHead takes state, dates and channel.
func (o *Order) foldHead(m Message, at time.Time) (content bool) {
	if m.State != Changed && m.State != Returned && m.Revision > o.Marks.State {
		o.Marks.State = m.Revision
		o.State = Placed
		if m.State == Cancelled {
			o.State = Cancelled
		}
	}
	if !m.Placed.IsZero() && m.Revision > o.Marks.Placed {
		o.Marks.Placed = m.Revision
		content = content || !o.Placed.Equal(m.Placed)
		o.Placed = m.Placed
	}
	if o.Placed.IsZero() {
		o.Placed, content = at, true
	}
	if (m.State == Delivered || !m.Delivered.IsZero()) && m.Revision > o.Marks.Delivered {
		o.Marks.Delivered = m.Revision
		if o.Delivered = m.Delivered; o.Delivered.IsZero() {
			o.Delivered = at
		}
	}
	if o.State == Placed && o.Marks.Delivered > 0 {
		o.State = Delivered
	}
	if m.Channel != "" && m.Revision > o.Marks.Channel {
		o.Marks.Channel = m.Revision
		content = content || o.Channel != m.Channel
		o.Channel = m.Channel
	}
	return content
}

// foldReturns takes what came back of each line, and puts it at the lines as far as they were bought.
func (o *Order) foldReturns(m Message) {
	lines, all := m.returns()
	if all && m.Revision > o.Marks.AllReturned {
		o.Marks.AllReturned = m.Revision
	}
	for _, r := range lines {
		o.Marks.returned(ReturnMark{r.Line, r.Quantity, m.Revision})
	}
	for i := range o.Lines {
		o.Lines[i].Returned = 0
		if o.Marks.AllReturned > 0 {
			o.Lines[i].Returned = o.Lines[i].Quantity
		}
	}
	for _, r := range o.Marks.Returns {
		if r.Revision < o.Marks.AllReturned {
			continue
		}
		if i := slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.ID == r.Line }); i >= 0 {
			o.Lines[i].Returned = min(r.Quantity, o.Lines[i].Quantity)
		}
	}
}

// returned keeps the newest mark of a line. Marks are sorted by line, so that any order of arrival leaves the same.
func (k *Marks) returned(r ReturnMark) {
	i, found := slices.BinarySearchFunc(k.Returns, r.Line, func(have ReturnMark, line string) int {
		switch {
		case have.Line < line:
			return -1
		case have.Line > line:
			return 1
		}
		return 0
	})
	switch {
	case !found:
		k.Returns = slices.Insert(k.Returns, i, r)
	case r.Revision > k.Returns[i].Revision:
		k.Returns[i] = r
	}
}

// see notes that a revision came.
func (k *Marks) see(revision int64) {
	i := k.after(revision)
	if i > 0 && revision <= k.Seen[2*i-1] {
		return
	}
	joinsBefore := i > 0 && k.Seen[2*i-1] == revision-1
	joinsAfter := 2*i < len(k.Seen) && k.Seen[2*i] == revision+1
	switch {
	case joinsBefore && joinsAfter:
		k.Seen = slices.Delete(k.Seen, 2*i-1, 2*i+1)
	case joinsBefore:
		k.Seen[2*i-1] = revision
	case joinsAfter:
		k.Seen[2*i] = revision
	default:
		k.Seen = slices.Insert(k.Seen, 2*i, revision, revision)
	}
}

// after is how many ranges begin at or before a revision.
func (k Marks) after(revision int64) int {
	return sort.Search(len(k.Seen)/2, func(i int) bool { return k.Seen[2*i] > revision })
}

// saw reports whether a revision came.
func (k Marks) saw(revision int64) bool { return k.whole(revision, revision) }

// whole reports whether every revision from one to another came; there is nothing to come between where to is below
// from.
func (k Marks) whole(from, to int64) bool {
	i := k.after(from)
	return to < from || i > 0 && to <= k.Seen[2*i-1]
}
