package journal

import (
	"context"
	"sync/atomic"
	"time"
)

// toldMost bounds how many of this process's records wait to be handled; beyond it they are read.
const toldMost = 4096

// round is a follower at work. It remembers which records of the overlap were handled, so that they are not handled at
// every tick.
type round struct {
	Follower
	j       *Journal
	handled map[string]time.Time
	// told waits for its turn; pointers, since most followers never have this many waiting.
	told chan *Record
	// missed says that something must be read that was not told, or not handled.
	missed atomic.Bool
	// running says that it follows on, and so shares by its lease.
	running bool
	// held says that this process reads for all.
	held bool
	lag  gauge
	// saved is the checkpoint that stands with the shadow: it is not written again.
	saved Cursor
}

func (j *Journal) round(f Follower) *round {
	r := &round{Follower: f, j: j, handled: map[string]time.Time{}, told: make(chan *Record, toldMost), held: true}
	r.lag.is = Lag{Follower: f.Lease, Family: f.Family}
	if f.Lease == "" {
		r.lag.is.Follower = f.Family
	}
	return r
}

func (r *round) hear(rec Record) {
	select {
	case r.told <- &rec:
	default:
		r.missed.Store(true)
	}
}

// tick is what is done every second.
func (r *round) tick(ctx context.Context, n int) error {
	if !r.holds(ctx) {
		r.missed.Store(false) // the holder reads it
		if n%readEvery != 0 {
			return nil
		}
		return r.lag.ended(r.j.Now(), r.flush(ctx))
	}
	return r.lag.ended(r.j.Now(), r.turn(ctx, n, r.missed.Swap(false), len(r.told) == 0))
}

// holds asks for the lease. Who has just got it reads at once, and knows nothing of what is handled: the shadow was
// another's meanwhile.
func (r *round) holds(ctx context.Context) bool {
	held := r.Lease == "" || r.j.Leases.Held(ctx, r.Lease)
	if held != r.held {
		clear(r.handled)
		r.missed.Store(true)
	}
	r.held = held
	r.lag.holds(held)
	return held
}

// listen handles what this process writes until the next tick; false when ctx ended.
func (r *round) listen(ctx context.Context, tick <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-tick:
			return true
		case rec := <-r.told:
			if r.handle(ctx, *rec) != nil {
				r.missed.Store(true)
			}
		}
	}
}

// turn looks at the shadow, and every readEvery times reads what was not told. Where nobody else writes and everything
// that was told has been handled there is nothing to read: the checkpoint moves on by the clock. Where others write it
// moves on by what is read only: a write that waits for a majority may become visible long after its time.
func (r *round) turn(ctx context.Context, n int, missed, heardAll bool) error {
	due := n%readEvery == 0
	if !r.j.alone || n == 0 || missed || !due || r.j.doubtful(r.Family) {
		return r.look(ctx, missed || due)
	}
	from, found, err := r.Load(ctx)
	if err != nil || !found {
		return r.look(ctx, true)
	}
	r.saved = from
	now := r.j.Now()
	settled := now.Add(-Overlap)
	if !heardAll || !settled.After(from.At) {
		return nil
	}
	r.lag.readAll(now)
	return r.keep(ctx, Cursor{At: settled})
}

// look makes sure that the shadow is there, redraws it where it is gone, and reads on where read says so.
func (r *round) look(ctx context.Context, read bool) error {
	from, found, err := r.Load(ctx)
	if err != nil {
		return err
	}
	r.saved = from
	if !found {
		if from, err = r.Redraw(ctx); err != nil {
			return err
		}
		clear(r.handled)
		if err := r.begin(ctx, from); err != nil {
			return err
		}
	}
	if found && !read {
		return nil
	}
	return r.readOn(ctx, from)
}

// readOn handles everything behind from and moves the checkpoint as far as the overlap allows. It stops where the lease is
// lost: its new holder goes on from the checkpoint.
func (r *round) readOn(ctx context.Context, from Cursor) error {
	now := r.j.Now()
	settled := now.Add(-Overlap)
	checkpoint := from
	for {
		recs, err := r.j.Follow(ctx, r.Family, from, followPage)
		if err != nil {
			return err
		}
		for _, rec := range recs {
			if err := r.handle(ctx, rec); err != nil {
				return err
			}
			from = Cursor{rec.At, rec.ID()}
			if rec.At.Before(settled) {
				checkpoint = from
			}
		}
		if err := r.keep(ctx, checkpoint); err != nil {
			return err
		}
		if len(recs) < followPage {
			r.lag.readAll(now)
			return nil
		}
		if r.running && !r.holds(ctx) {
			return nil
		}
	}
}

func (r *round) handle(ctx context.Context, rec Record) error {
	if _, done := r.handled[rec.ID()]; done {
		return nil
	}
	r.lag.works(rec.At)
	defer r.lag.works(time.Time{})
	if err := r.Handle(ctx, rec); err != nil {
		return err
	}
	if r.held {
		r.handled[rec.ID()] = rec.At
	}
	return nil
}

// flush lets the follower work off what it only noted.
func (r *round) flush(ctx context.Context) error {
	if r.Flush == nil {
		return nil
	}
	return r.Flush(ctx)
}

// keep saves the checkpoint and forgets what lies behind it.
func (r *round) keep(ctx context.Context, c Cursor) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	for id, at := range r.handled {
		if at.Before(c.At) {
			delete(r.handled, id)
		}
	}
	r.lag.keeps(c.At)
	if c.ID == r.saved.ID && c.At.Equal(r.saved.At) {
		return nil
	}
	return r.begin(ctx, c)
}

// begin saves the checkpoint, whatever stood there.
func (r *round) begin(ctx context.Context, c Cursor) error {
	if err := r.Save(ctx, c); err != nil {
		return err
	}
	r.saved = c
	return nil
}
