package journal

import (
	"context"
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
	// Lease names the work among processes that share the shadow: each handles the records that it wrote itself, at once;
	// only the lease's holder reads what the others wrote, keeps the checkpoint and redraws. What a process wrote and could
	// not handle, killed or not, the holder's next reading brings. Empty where each process has a shadow of its own, and
	// reads for itself.
	Lease string
	// Load returns the checkpoint that lives with the shadow; found is false when the shadow is gone.
	Load func(ctx context.Context) (c Cursor, found bool, err error)
	// Save keeps the checkpoint with the shadow, and keeps none for a shadow that was lost since Load: the next round
	// would not notice.
	Save func(ctx context.Context, c Cursor) error
	// Redraw empties what is left of a shadow that was gone and returns where to draw it from.
	Redraw func(ctx context.Context) (Cursor, error)
	Handle func(ctx context.Context, rec Record) error
	// Flush works off what Handle only noted: before each Save, and where another process holds the lease, every ten
	// seconds. Nil where Handle does it all.
	Flush func(ctx context.Context) error
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
// second; what was missed is read every ten seconds, and at once where more came than could be queued. With a Lease the
// redrawing and reading is its holder's.
func (j *Journal) Run(ctx context.Context, f Follower) {
	r := j.round(f)
	r.running = true
	defer j.Listen(f.Family, r.hear)()
	defer j.running.add(r)()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		if err := r.tick(ctx, n); err != nil && ctx.Err() == nil {
			r.missed.Store(true)
			if f.Failed != nil {
				f.Failed(err)
			}
		}
		if !r.listen(ctx, tick.C) {
			return
		}
	}
}

// CatchUp runs one follower once, from its checkpoint to the family's end, whoever holds its lease: for tests.
func (j *Journal) CatchUp(ctx context.Context, f Follower) error {
	return j.round(f).look(ctx, true)
}

// Redraw empties a follower's shadow and draws it anew to the family's end, whoever holds its lease: for rebuilding, also
// beside processes that follow. Where it fails in the middle the shadow is short, and it is to be called again.
func (j *Journal) Redraw(ctx context.Context, f Follower) error {
	from, err := f.Redraw(ctx)
	if err != nil {
		return err
	}
	r := j.round(f)
	if err := r.begin(ctx, from); err != nil {
		return err
	}
	return r.readOn(ctx, from)
}
