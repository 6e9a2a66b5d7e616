package journal

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Stats are figures of this process since it opened the journal.
type Stats struct {
	// Appends are records written, Conflicts lost races for a place in a stream, Replays requests that had acted before.
	Appends, Conflicts, Replays int64
	// Refused are writes that were not tried because the clock is off.
	Refused int64
	// ClockOff is how far this process's clock was off the store's when it was last compared, without its sign.
	ClockOff time.Duration
	// Followers are those that run here, by name.
	Followers []Lag
}

// Lag says how far a follower of this process is behind.
type Lag struct {
	// Follower is the follower's lease, or its family where it has none.
	Follower, Family string
	// Held says that this process reads what others wrote.
	Held bool
	// Behind is the age of the oldest record that this process knows of and has not handled, and since when rounds fail
	// where they do; zero where all is well.
	Behind time.Duration
	// Read is when the family was last read to its end by this process; zero where it never was.
	Read time.Time
	// Checkpoint is the time of the place that the follower would begin again from.
	Checkpoint time.Time
	// Failed are rounds that failed.
	Failed int64
}

// counters are the figures that many goroutines raise.
type counters struct{ appends, conflicts, replays, refused atomic.Int64 }

// Stats are the figures of now. It asks no store.
func (j *Journal) Stats() Stats {
	s := Stats{
		Appends: j.counts.appends.Load(), Conflicts: j.counts.conflicts.Load(),
		Replays: j.counts.replays.Load(), Refused: j.counts.refused.Load(),
	}
	j.clock.mu.Lock()
	s.ClockOff = j.clock.off
	j.clock.mu.Unlock()
	now := j.Now()
	s.Followers = j.running.lags(now)
	return s
}

// Ready reports whether this process may write: fault.Unavailable ("journal.clock") where its clock is off.
func (j *Journal) Ready(ctx context.Context) error { return j.clock.check(ctx) }

// runners are the followers that run.
type runners struct {
	mu  sync.Mutex
	all map[*round]bool
}

func (a *runners) add(r *round) (remove func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[*round]bool{}
	}
	a.all[r] = true
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.all, r)
	}
}

func (a *runners) lags(now time.Time) []Lag {
	a.mu.Lock()
	defer a.mu.Unlock()
	var lags []Lag
	for r := range a.all {
		lags = append(lags, r.lag.at(now))
	}
	slices.SortFunc(lags, func(a, b Lag) int { return cmp.Compare(a.Follower, b.Follower) })
	return lags
}

// gauge is a follower's lag, written by its one goroutine and read by others.
type gauge struct {
	mu sync.Mutex
	is Lag
	// since is when rounds began to fail; working is the time of the record in hand. Zero where there is none.
	since, working time.Time
}

func (g *gauge) at(now time.Time) Lag {
	g.mu.Lock()
	defer g.mu.Unlock()
	is := g.is
	for _, oldest := range []time.Time{g.since, g.working} {
		if !oldest.IsZero() {
			is.Behind = max(is.Behind, now.Sub(oldest))
		}
	}
	return is
}

func (g *gauge) works(at time.Time) { g.mu.Lock(); defer g.mu.Unlock(); g.working = at }

func (g *gauge) holds(held bool) { g.mu.Lock(); defer g.mu.Unlock(); g.is.Held = held }

func (g *gauge) keeps(at time.Time) { g.mu.Lock(); defer g.mu.Unlock(); g.is.Checkpoint = at }

func (g *gauge) readAll(at time.Time) { g.mu.Lock(); defer g.mu.Unlock(); g.is.Read = at }

// ended takes down how a round ended and returns its error.
func (g *gauge) ended(now time.Time, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.since = time.Time{}
	default:
		g.is.Failed++
		if g.since.IsZero() {
			g.since = now
		}
	}
	return err
}
