package journal

import (
	"context"
	"sync/atomic"
	"time"

	"firebrand/internal/store"
)

// Overlap is how far behind the clock a follower's checkpoint stays: at least the append deadline and twice the
// allowed skew between processes, so that no record can still appear before it.
const Overlap = 30 * time.Second

// followPage is how many records a follower reads at once.
const followPage = 500

// Cursor is a place in a family's order of (at, id).
type Cursor struct {
	At time.Time `json:"at"`
	ID string    `json:"id,omitempty"`
}

// Follow returns up to limit records of a family behind the cursor, by time and id. A record that is being written may
// still appear earlier than the last one returned, by up to Overlap: whoever keeps the cursor keeps it that far behind.
func (j *Journal) Follow(ctx context.Context, family string, after Cursor, limit int) ([]Record, error) {
	q := store.Query{Index: "at", Limit: limit}
	switch {
	case after.ID != "":
		q.After = &store.Position{Values: []any{after.At}, ID: after.ID}
	case !after.At.IsZero():
		q.From = after.At
	}
	return j.find(ctx, family, q)
}

// Follower draws a shadow from a family. Its Handle must be idempotent and safe against order: it keeps each stream's
// seq beside what it writes, writes totals, never increments, and lets only a newer seq win.
type Follower struct {
	Family string
	// Load returns the checkpoint that lives with the shadow; found is false when the shadow is gone.
	Load func(ctx context.Context) (c Cursor, found bool, err error)
	// Save keeps the checkpoint with the shadow, and keeps none for a shadow that was lost since Load: the next round
	// would not notice.
	Save func(ctx context.Context, c Cursor) error
	// Redraw empties what is left of a shadow that was gone and returns where to draw it from.
	Redraw func(ctx context.Context) (Cursor, error)
	Handle func(ctx context.Context, rec Record) error
	// Failed hears of each failed round; the next round begins again from the checkpoint.
	Failed func(error)
}

const (
	// lookEvery is how often a follower makes sure that its shadow is still there.
	lookEvery = time.Second
	// readEvery is at every how many looks it reads what it may not have been told: the records of other processes.
	readEvery = 10
)

// Run follows until ctx ends. Records of this process are handled at once; a shadow that is gone is redrawn within a
// second; what was missed is read every ten seconds, and at once where more came than could be queued.
func (j *Journal) Run(ctx context.Context, f Follower) {
	told := make(chan Record, 4096)
	var missed atomic.Bool
	stop := j.Listen(f.Family, func(rec Record) {
		select {
		case told <- rec:
		default:
			missed.Store(true)
		}
	})
	defer stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	r := &round{Follower: f, j: j, handled: map[string]time.Time{}}
	for n := 0; ; n++ {
		if err := r.turn(ctx, n, missed.Swap(false), len(told) == 0); err != nil && ctx.Err() == nil {
			missed.Store(true)
			if f.Failed != nil {
				f.Failed(err)
			}
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				waiting = false
			case rec := <-told:
				if r.handle(ctx, rec) != nil {
					missed.Store(true)
				}
			}
		}
	}
}

// CatchUp runs one follower once, from its checkpoint to the family's end: for rebuilding and for tests.
func (j *Journal) CatchUp(ctx context.Context, f Follower) error {
	return (&round{Follower: f, j: j, handled: map[string]time.Time{}}).look(ctx, true)
}

// round remembers which records of the overlap were handled, so that they are not handled at every tick.
type round struct {
	Follower
	j       *Journal
	handled map[string]time.Time
}

// turn looks at the shadow, and every readEvery times reads what was not told. Where nobody else writes and everything
// that was told has been handled there is nothing to read: the checkpoint moves on by the clock.
func (r *round) turn(ctx context.Context, n int, missed, heardAll bool) error {
	due := n%readEvery == 0
	if !r.j.alone || n == 0 || missed || !due {
		return r.look(ctx, missed || due)
	}
	from, found, err := r.Load(ctx)
	if err != nil || !found {
		return r.look(ctx, true)
	}
	settled := r.j.Now().Add(-Overlap)
	if !heardAll || !settled.After(from.At) {
		return nil
	}
	return r.keep(ctx, Cursor{At: settled})
}

// look makes sure that the shadow is there, redraws it where it is gone, and reads on where read says so.
func (r *round) look(ctx context.Context, read bool) error {
	from, found, err := r.Load(ctx)
	if err != nil {
		return err
	}
	if !found {
		if from, err = r.Redraw(ctx); err != nil {
			return err
		}
		clear(r.handled)
		if err := r.Save(ctx, from); err != nil {
			return err
		}
	}
	if found && !read {
		return nil
	}
	return r.readOn(ctx, from)
}

// readOn handles everything behind from and moves the checkpoint as far as the overlap allows.
func (r *round) readOn(ctx context.Context, from Cursor) error {
	settled := r.j.Now().Add(-Overlap)
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
			return nil
		}
	}
}

func (r *round) handle(ctx context.Context, rec Record) error {
	if _, done := r.handled[rec.ID()]; done {
		return nil
	}
	if err := r.Handle(ctx, rec); err != nil {
		return err
	}
	r.handled[rec.ID()] = rec.At
	return nil
}

// keep saves the checkpoint and forgets what lies behind it.
func (r *round) keep(ctx context.Context, c Cursor) error {
	for id, at := range r.handled {
		if at.Before(c.At) {
			delete(r.handled, id)
		}
	}
	return r.Save(ctx, c)
}
