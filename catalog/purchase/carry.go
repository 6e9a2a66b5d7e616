package purchase

import (
	"context"
	"slices"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// The invariant of this file: no message is decided on before the moves of the record before it are carried out and
// what came of them is told. Every move has a key of its own and can be repeated, so that it does not matter who
// carries them out, the call that wrote the record, its repetition or the follower, in this process or another.

// carried is a record whose moves are to be carried out.
type carried struct {
	rec   journal.Record
	order Order
	moves []Move
	// fresh says that this call wrote the record: nobody has moved anything for it yet.
	fresh bool
}

// finish carries out what the order's last record left to do and returns the order as it stands then.
func (s *Service) finish(ctx context.Context, id string) (Order, error) {
	last, err := s.Journal.Last(ctx, Stream(id))
	if err != nil {
		return Order{}, err
	}
	return s.settle(ctx, last)
}

// settle carries out a record's moves unless that is known to be done.
func (s *Service) settle(ctx context.Context, rec journal.Record) (Order, error) {
	b, err := bodyOf(rec)
	if err != nil {
		return Order{}, err
	}
	if s.done.has(rec.Stream, rec.Seq) {
		return b.After, nil
	}
	return s.carry(ctx, carried{rec: rec, order: b.After, moves: b.Moves})
}

// carry carries out a record's moves, tells what came of them, draws the order into the lists and returns it.
func (s *Service) carry(ctx context.Context, c carried) (Order, error) {
	o, first, epoch := c.order, c.rec.Seq == 1, s.done.now()
	var told []Told
	for i, m := range c.moves {
		t, err := s.move(ctx, c, i+1, m)
		if err != nil {
			return o, err
		}
		if t != nil {
			told = append(told, *t)
		}
	}
	if len(told) > 0 {
		var err error
		if o, err = s.outcome(ctx, c, told); err != nil {
			return o, err
		}
	}
	if err := s.draw(ctx, o, first && c.fresh); err != nil {
		return o, err
	}
	s.done.put(c.rec.Stream, max(o.Seq, c.rec.Seq), epoch)
	return o, nil
}

// outcome writes what came of a record's moves behind it, once.
func (s *Service) outcome(ctx context.Context, c carried, told []Told) (Order, error) {
	req := journal.Request{Key: outcomeKey(c.rec.Seq), Actor: c.rec.Actor, What: c.rec.Seq}
	rec, err := s.Journal.Decide(ctx, c.rec.Stream, req, func(last journal.Record, _ time.Time) (string, any, error) {
		if last.Seq != c.rec.Seq {
			// Somebody else has told it: the journal finds their record by its key.
			return "", nil, fault.New(fault.Conflict, "purchase.told")
		}
		b, err := bodyOf(last)
		if err != nil {
			return "", nil, err
		}
		b.After.tell(c.rec.Seq, c.moves, told)
		return kindOutcome, body{Of: c.rec.Seq, Told: told, After: b.After}, nil
	})
	if err != nil {
		return c.order, err
	}
	return OrderOf(rec)
}

// move carries out one move and returns how it went where it did not go as asked.
func (s *Service) move(ctx context.Context, c carried, n int, m Move) (*Told, error) {
	key := moveKey(c.order.ID, c.rec.Seq, n)
	if m.Verb == VerbFree {
		return nil, s.freeFacts(ctx, c.order.ID, m.Account, key, *m.Facts)
	}
	r, err := s.movePoints(ctx, c, key, m)
	switch {
	case verdict(err) && m.Verb != VerbReverse:
		return &Told{Move: n, By: "fault:" + fault.As(err).Key}, nil
	case verdict(err):
		// What is not there any more cannot be taken back: it is let go.
		return &Told{Move: n}, nil
	case err != nil:
		return nil, err
	case r.Moved == m.Points && r.Owed == 0:
		return nil, nil
	}
	return &Told{Move: n, Moved: r.Moved, By: r.CutBy, Owed: r.Owed}, nil
}

// movePoints asks the account; where somebody may have done so before, it looks first, which costs less.
func (s *Service) movePoints(ctx context.Context, c carried, key string, m Move) (points.Receipt, error) {
	slot := c.order.Slots[m.Slot]
	if !c.fresh {
		if r, found, err := s.receipt(ctx, slot.Account, key); found || err != nil {
			return r, err
		}
	}
	ref, of := Stream(c.order.ID), moveKey(c.order.ID, m.Of, m.OfMove)
	switch m.Verb {
	case VerbDeliver:
		// It does not name the award: the order itself sees to it that no more is delivered than it brought, and the account
		// would look for that through all that happened since.
		caps, month, err := s.capsOf(ctx, slot, of)
		if err != nil {
			return points.Receipt{}, err
		}
		return s.Points.Deliver(ctx, points.Deliver{
			Key: key, Account: slot.Account, Amount: m.Points, Funding: slot.Funding, Delivered: c.order.Delivered, Ref: ref,
			Caps: caps, CapMonth: month,
		})
	case VerbReverse:
		return s.Points.Reverse(ctx, points.Reverse{Key: key, Account: slot.Account, Award: of, Amount: m.Points, Ref: ref})
	}
	award := points.Award{
		Key: key, Account: slot.Account, Amount: m.Points, Source: points.SourcePurchase, Funding: slot.Funding, Ref: ref,
		Cap: points.Cap{ID: slot.Cap, Most: m.Most},
	}
	if c.order.Marks.Delivered > 0 {
		award.Delivered = c.order.Delivered
	} else {
		award.Undelivered = true
	}
	return s.Points.Award(ctx, award)
}

// capsOf are the caps that an award came under, so that what is returned after the delivery makes room under them again.
// It is looked up only where there may be any.
func (s *Service) capsOf(ctx context.Context, slot Slot, award string) ([]points.Cap, calendar.Month, error) {
	policy := s.Points.PolicyAt(s.now())
	if slot.Cap == "" && !slices.ContainsFunc(policy.Caps, func(c points.SourceCap) bool { return c.Source == points.SourcePurchase }) {
		return nil, calendar.Month{}, nil
	}
	r, _, err := s.receipt(ctx, slot.Account, award)
	return r.Op.Caps, r.Op.CapMonth, err
}

// verdict reports whether an error is a decision that a repetition would meet again, not a store that did not answer.
func verdict(err error) bool {
	return fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden)
}

// recentMost bounds how many orders are remembered as done, about a hundred bytes each.
const recentMost = 1 << 16

// recent remembers up to which record orders are carried out. What it has forgotten is looked up.
type recent struct {
	mu   sync.Mutex
	done store.Recent[int64]
	// epoch counts how often everything was forgotten, because the lists were emptied.
	epoch int
}

func (r *recent) now() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.epoch
}

func (r *recent) has(stream string, seq int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	done, _ := r.done.Get(stream)
	return done >= seq
}

// put remembers what was done since an epoch; what was done before the lists were emptied is to be done again.
func (r *recent) put(stream string, seq int64, epoch int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch != r.epoch {
		return
	}
	done, _ := r.done.Get(stream)
	r.done.Put(stream, max(done, seq), recentMost)
}

// flights are the streams that calls of this process are at work on.
type flights struct {
	mu   sync.Mutex
	open map[string]*flight
}

type flight struct {
	calls  int
	landed chan struct{}
}

// begin says that a call works on a stream; the returned function ends it.
func (f *flights) begin(stream string) (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		f.open = map[string]*flight{}
	}
	fl := f.open[stream]
	if fl == nil {
		fl = &flight{landed: make(chan struct{})}
		f.open[stream] = fl
	}
	fl.calls++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if fl.calls--; fl.calls == 0 {
			delete(f.open, stream)
			close(fl.landed)
		}
	}
}

// wait waits until no call of this process works on the stream.
func (f *flights) wait(ctx context.Context, stream string) error {
	f.mu.Lock()
	fl := f.open[stream]
	f.mu.Unlock()
	if fl == nil {
		return nil
	}
	select {
	case <-fl.landed:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "store.busy").Because(ctx.Err())
	}
}

// forget begins a new epoch.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done.Clear()
	r.epoch++
}
