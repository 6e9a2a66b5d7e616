package auction

import (
	"context"

	"firebrand/internal/fault"
)

// deepest is how many bids for one auction hold their points and wait to be written at once in this process.
const deepest = 8

// coming is a bid on its way in this process. Bids of an auction are written one behind another, in the order in which
// they were let in; but their points are held at the same time, so that a hot auction takes one commit a bid.
type coming struct {
	op Op
	// before is the bid let in before this one; nil where that one was done already.
	before *coming
	done   chan struct{}
}

// wait waits until the bid, and every one before it, is written or given up; nil does not wait.
func (c *coming) wait(ctx context.Context) error {
	if c == nil {
		return nil
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "store.busy").Because(ctx.Err())
	}
}

// take waits for the turn to be let in; free gives it on.
func (t *table) take(ctx context.Context) (free func(), err error) {
	select {
	case t.turn <- struct{}{}:
		return func() { <-t.turn }, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "store.busy").Because(ctx.Err())
	}
}

// begin lets a bid in behind another one; the turn is held. end is called once, when it is written or given up.
func (t *table) begin(op Op, before *coming) (c *coming, end func()) {
	c = &coming{op, before, make(chan struct{})}
	t.mu.Lock()
	t.tail = c
	t.onWay[op.Member] = struct{}{}
	t.mu.Unlock()
	return c, func() {
		if before != nil {
			<-before.done // each flow is bounded, so this ends
		}
		c.before = nil
		t.mu.Lock()
		delete(t.onWay, op.Member)
		if t.tail == c {
			t.tail = nil
		}
		t.mu.Unlock()
		close(c.done)
	}
}

// last is the bid let in last that is not done; nil where none is on its way.
func (t *table) lastIn() *coming {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tail
}

// follows reports whether a bid may hold its points while others are on their way, because it beats the last of them,
// and so each, by a step: one unit is left, and it is a bid of somebody else.
func (t *table) follows(op, last Op) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.state
	_, leads := s.lead(op.Member)
	_, twice := t.onWay[op.Member]
	return len(t.onWay) < deepest && s.Settings.Form != Sealed && s.left() == 1 && op.Kind == KindBid && last.Kind == KindBid &&
		!leads && !twice && op.top() >= last.top()+s.Settings.Step
}

// beaten reports whether a bid will be refused where the last one on its way stands, so that it may wait without
// keeping others from their turn.
func (t *table) beaten(op, last Op) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.state
	return s.Settings.Form != Sealed && !s.Settings.Proxy && s.left() == 1 && op.Kind == KindBid && last.Kind == KindBid &&
		op.top() < last.top()+s.Settings.Step
}

// low is why a bid must be refused by what is remembered, which only rises; nil where that cannot say.
func (t *table) low(f *flow) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.state
	_, leads := s.lead(f.op.Member)
	_, acted := t.acted[f.op.Key]
	next := s.next()
	if acted || leads || s.Settings.Form == Sealed || f.op.Kind != KindBid || f.op.Amount < 1 || f.op.top() >= next {
		return nil
	}
	return conflict("auction.too_low", "next", next).On("amount")
}
