package journal

import (
	"context"
	"sync"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

const (
	// SkewMost is how far a process's clock may be off the store's; beyond it the process refuses to write.
	SkewMost = 2 * time.Second
	// skewEvery is how often the clock is compared; skewFixed is how often while it is off.
	skewEvery = 30 * time.Second
	skewFixed = time.Second
	// skewPatience bounds a comparison that a write waits for: the write needs the time more.
	skewPatience = 2 * time.Second
)

// clock compares this process's clock with the store's. Where one process has the store alone there is nothing to
// compare. It asks when it is asked, so that nothing has to run for it.
type clock struct {
	engine store.Engine
	now    func() time.Time

	mu sync.Mutex
	// at is when it was compared last; zero before the first time.
	at  time.Time
	off time.Duration
	// asking says that a comparison is under way; vain is when the store last did not answer one.
	asking bool
	vain   time.Time
}

// check refuses with fault.Unavailable ("journal.clock") where the clock is off. It compares where that was done too long
// ago: aside while what is known is fairly new, else before it answers. A store that does not answer refuses nothing,
// since it takes no write either.
func (c *clock) check(ctx context.Context) error {
	if c.engine.Alone() {
		return nil
	}
	c.mu.Lock()
	age := c.now().Sub(c.at).Abs()
	vain := c.now().Sub(c.vain).Abs() < skewFixed
	known := vain || !c.at.IsZero() && age < 2*skewEvery && (c.off <= SkewMost || age < skewFixed)
	aside := known && age >= skewEvery && !c.asking
	c.asking = c.asking || aside
	c.mu.Unlock()
	switch {
	case !known:
		c.measure(ctx)
	case aside:
		go func() {
			c.measure(context.WithoutCancel(ctx))
			c.mu.Lock()
			defer c.mu.Unlock()
			c.asking = false
		}()
	}
	return c.verdict()
}

func (c *clock) verdict() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off <= SkewMost {
		return nil
	}
	return fault.New(fault.Unavailable, "journal.clock", "seconds", int64(c.off.Round(time.Second)/time.Second)).After(skewEvery)
}

// measure compares once. What the answer took is in doubt, and doubt speaks for the clock.
func (c *clock) measure(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, skewPatience)
	defer cancel()
	before := c.now()
	theirs, err := c.engine.Now(ctx)
	after := c.now()
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.vain = after
		return
	}
	took := after.Sub(before)
	off := theirs.Sub(before.Add(took / 2)).Abs()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.off = after, max(0, off-took.Abs()/2)
}
