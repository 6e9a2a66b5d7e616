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

// TestSharedJobs lets time run a hundred times faster: three processes whose jobs are due at different moments, each
// longer after the other than a lease lasts.
func TestSharedJobs(t *testing.T) {
	const faster, every, keep = 100, 600 * time.Millisecond, 50 * time.Millisecond // a minute and five seconds
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
		time.Sleep(200 * time.Millisecond)
	}
	all := func() int32 { return did[0].Load() + did[1].Load() + did[2].Load() }
	time.Sleep(5 * every)
	if n := all(); n < 4 || n > 8 {
		t.Errorf("done %d times in some six intervals", n)
	}
	stops[0]()
	before := all()
	time.Sleep(every)
	if all() == before {
		t.Error("nobody did it after the holder was gone")
	}
	for _, stop := range stops {
		stop()
	}
	running.Wait()
}
