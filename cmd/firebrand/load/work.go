package load

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// tally is processor time shared out among operations.
type tally struct {
	ops int64
	cpu time.Duration
	// took is how long it lasted; it says how many a second there were, and no limit hangs on it.
	took time.Duration
}

// each is the processor time of one operation in µs.
func (t tally) each() float64 {
	if t.ops == 0 {
		return 0
	}
	return float64(t.cpu.Nanoseconds()) / 1000 / float64(t.ops)
}

// perSecond is how many operations ended a second.
func (t tally) perSecond() float64 { return float64(t.ops) / max(t.took.Seconds(), 0.001) }

func (t *tally) add(more tally) {
	t.ops, t.cpu, t.took = t.ops+more.ops, t.cpu+more.cpu, t.took+more.took
}

// work is what one worker does n-th, from 0.
type work func(ctx context.Context, worker, n int) error

// during lets workers repeat do until the time is over, and charges what this process used to what they did.
func during(ctx context.Context, lasts time.Duration, workers int, do work) (tally, error) {
	before, err := ownCPU()
	if err != nil {
		return tally{}, err
	}
	start := time.Now()
	var ops atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() error {
			for n := 0; time.Since(start) < lasts; n++ {
				if err := do(ctx, w, n); err != nil {
					return err
				}
				ops.Add(1)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return tally{}, err
	}
	after, err := ownCPU()
	return tally{ops: ops.Load(), cpu: after - before, took: time.Since(start)}, err
}

// all shares the numbers below n out among workers, each in turn taking the next.
func all(ctx context.Context, n, workers int, do func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range workers {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
