package journal

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

const (
	// leaseLasts is how long a lease holds after it was renewed, and so how late another process takes over from one
	// that was killed.
	leaseLasts = 15 * time.Second
	// leaseRenew is after how much of that it is renewed.
	leaseRenew = leaseLasts / 3
	// leaseAsk is how often a process asks for a lease that another one holds.
	leaseAsk = time.Second
)

// Leases shares background work between processes: one holds a name at a time, another takes it soon after the holder is
// gone. It only saves work: two may believe to hold a name for some seconds, and what they do must bear that.
//
// A nil *Leases holds everything.
type Leases struct {
	// rows is nil where one process has the store alone.
	rows   *store.Collection[lease]
	holder string
	clock  *clock

	mu     sync.Mutex
	names  map[string]*hold
	closed bool
}

// lease is a row: who holds a name, and until when.
type lease struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// hold is what this process knows of a name.
type hold struct {
	mu sync.Mutex
	// until is when our lease ends; zero where it is not ours.
	until time.Time
	// asked is when another's was found.
	asked time.Time
}

// OpenLeases opens the leases of the store; holder names this process and must be no other's. Over an engine that is
// Alone everything is held at once and nothing is written.
func OpenLeases(ctx context.Context, e store.Engine, holder string, now func() time.Time) (*Leases, error) {
	l := &Leases{holder: holder, clock: &clock{engine: e, now: now}, names: map[string]*hold{}}
	if e.Alone() {
		return l, nil
	}
	var err error
	l.rows, err = store.OpenCollection[lease](ctx, e, store.Spec{Name: "leases"})
	return l, err
}

// Held takes the name or keeps it: for 15 s, renewed when a third has passed, so whoever works asks again and again. It is
// false where another process holds it, where the store does not answer, where this process's clock is off, and after
// Close.
func (l *Leases) Held(ctx context.Context, name string) bool {
	if l == nil {
		return true
	}
	h := l.hold(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if open := l.open(); !open || l.rows == nil {
		return open
	}
	now := l.clock.now()
	left := h.until.Sub(now)
	switch {
	case left > leaseLasts-leaseRenew && left <= leaseLasts:
		return true
	case h.until.IsZero() && now.Sub(h.asked).Abs() < leaseAsk:
		return false
	}
	h.asked, h.until = now, time.Time{}
	if l.clock.check(ctx) != nil {
		return false // who cannot write must not keep others from it
	}
	return l.take(ctx, h, name, now)
}

// take writes the row where it is free or ours.
func (l *Leases) take(ctx context.Context, h *hold, name string, now time.Time) bool {
	mine := lease{Holder: l.holder, Until: now.Add(leaseLasts)}
	row, err := l.rows.Get(ctx, name)
	switch {
	case fault.Is(err, fault.NotFound):
		err = l.rows.Insert(ctx, name, mine)
	case err == nil && row.Value.Holder != l.holder && row.Value.Until.After(now) && row.Value.Until.Sub(now) <= leaseLasts+2*SkewMost:
		return false
	case err == nil:
		err = l.rows.Replace(ctx, name, mine, row.Version)
	}
	if err != nil {
		return false
	}
	h.until = mine.Until
	return true
}

func (l *Leases) hold(name string) *hold {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.names[name] == nil {
		l.names[name] = &hold{}
	}
	return l.names[name]
}

func (l *Leases) open() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closed
}

// Do runs do where the name is held, and keeps it while do runs. Elsewhere it does nothing.
func (l *Leases) Do(ctx context.Context, name string, do func(ctx context.Context) error) error {
	if !l.Held(ctx, name) {
		return nil
	}
	if l == nil || l.rows == nil {
		return do(ctx)
	}
	keeping, stop := context.WithCancel(ctx)
	var kept sync.WaitGroup
	kept.Go(func() {
		tick := time.NewTicker(leaseRenew)
		defer tick.Stop()
		for {
			select {
			case <-keeping.Done():
				return
			case <-tick.C:
				l.Held(keeping, name)
			}
		}
	})
	defer kept.Wait()
	defer stop()
	return do(ctx)
}

// Close gives everything back at once, so that a rolling restart leaves no work lying; nothing is held after it.
func (l *Leases) Close(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	l.closed = true
	names := maps.Clone(l.names)
	l.mu.Unlock()
	if l.rows == nil {
		return nil
	}
	var errs []error
	for name, h := range names {
		h.mu.Lock()
		h.until = time.Time{}
		errs = append(errs, l.giveBack(ctx, name))
		h.mu.Unlock()
	}
	return errors.Join(errs...)
}

// giveBack looks for itself whether the name is ours: a renewal that was not answered leaves it unknown.
func (l *Leases) giveBack(ctx context.Context, name string) error {
	row, err := l.rows.Get(ctx, name)
	if err == nil && row.Value.Holder == l.holder {
		err = l.rows.Replace(ctx, name, lease{Holder: l.holder}, row.Version)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) { // another has taken it
		return nil
	}
	return err
}
