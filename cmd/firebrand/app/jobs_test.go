package app_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/journal"
	"firebrand/internal/testenv"
)

// TestSharedJobs lets time run twenty times faster: three processes whose jobs are due at different moments, each
// longer after the other than a lease lasts.
func TestSharedJobs(t *testing.T) {
	const faster, every, keep = 20, 1500 * time.Millisecond, 250 * time.Millisecond // half a minute and five seconds
	began := time.Now()
	now := func() time.Time { return began.Add(faster * time.Since(began)) }
	engine := testenv.Shared(testenv.Engine(t), now)
	var did [3]atomic.Int32
	var stops [3]context.CancelFunc
	var running sync.WaitGroup
	for n := range did {
		leases, err := journal.OpenLeases(t.Context(), engine, string(rune('a'+n)), now)
		if err != nil {
			t.Fatal(err)
		}
		var ctx context.Context
		ctx, stops[n] = context.WithCancel(t.Context())
		held := func() bool { return leases.Held(ctx, "sweep") }
		running.Go(func() { app.Shared(ctx, held, keep, every, func() { did[n].Add(1) }) })
		time.Sleep(400 * time.Millisecond)
	}
	all := func() int32 { return did[0].Load() + did[1].Load() + did[2].Load() }
	testenv.Eventually(t, "done five times", func() bool { return all() >= 5 })
	// Three that share nothing do it thrice an interval; one that was held up for as long as a lease lasts loses a turn.
	if n, turns := all(), int32(time.Since(began)/every)+1; n > 2*turns {
		t.Errorf("done %d times in %d intervals", n, turns)
	}
	stops[0]()
	before := all()
	testenv.Eventually(t, "somebody does it after the holder is gone", func() bool { return all() > before })
	for _, stop := range stops {
		stop()
	}
	running.Wait()
}
