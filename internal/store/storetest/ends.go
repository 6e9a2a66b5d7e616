package storetest

import (
	"context"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// contextOf ends when stop is closed.
func contextOf(stop <-chan struct{}) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-stop
		cancel()
	}()
	return ctx
}

// ended forgives the error of a call whose context was ended on purpose.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func testEnds(t *testing.T, h Harness) {
	e := start(t, h)
	c := collection[thing](t, e, things)
	t.Run("the store's clock is near ours", func(t *testing.T) {
		now, err := e.Now(t.Context())
		must(t, err)
		if off := time.Since(now).Abs(); off > 5*time.Second || now.Location() != time.UTC {
			t.Errorf("the store says %v, %v away", now, off)
		}
	})
	t.Run("a write whose context has ended is not done", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		expect(t, c.Insert(ctx, "late", thing{}), fault.Unavailable, "store.busy")
		_, err := c.Get(t.Context(), "late")
		expect(t, err, fault.NotFound, "store.missing")
	})
	t.Run("a read whose context has ended is not done", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Get(ctx, "late")
		expect(t, err, fault.Unavailable, "store.busy")
		_, err = c.Find(ctx, store.Query{})
		expect(t, err, fault.Unavailable, "store.busy")
	})
	t.Run("a closed store is unavailable, and closing twice is well", func(t *testing.T) {
		must(t, e.Ping(t.Context()))
		must(t, e.Close())
		must(t, e.Close())
		_, err := c.Get(t.Context(), "late")
		expect(t, err, fault.Unavailable, "store.down")
		expect(t, c.Insert(t.Context(), "late", thing{}), fault.Unavailable, "store.down")
		expect(t, e.Ping(t.Context()), fault.Unavailable, "store.down")
	})
}
