package exchange

import (
	"context"
	"errors"
	"hash/maphash"
	"io"

	"golang.org/x/sync/errgroup"
)

// ahead is how many items are under way for each worker: enough that one slow order does not keep the others waiting,
// and all the memory that a file of any length takes, some 32 MB where every message is as long as one may be.
const ahead = 4

var seed = maphash.MakeSeed()

// hashed is the fingerprint of an order's id within this process.
func hashed(id string) uint64 { return maphash.String(seed, id) }

// job is an item on its way; out is there once ready is closed.
type job[I, O any] struct {
	in    I
	out   O
	ready chan struct{}
}

// pipe reads items from next until it gives io.EOF, lets workers do them and hands the results to out in the items'
// order. Items of one lane are done one after another, in their order. The first error ends it, after what was under way.
func pipe[I, O any](
	ctx context.Context, workers int, next func() (item I, lane uint64, err error), do func(context.Context, I) (O, error), out func(O) error,
) error {
	g, ctx := errgroup.WithContext(ctx)
	lanes := make([]chan *job[I, O], workers)
	for i := range lanes {
		lanes[i] = make(chan *job[I, O], ahead)
		g.Go(func() error {
			for j := range lanes[i] {
				var err error
				if j.out, err = do(ctx, j.in); err != nil {
					return err
				}
				close(j.ready)
			}
			return nil
		})
	}
	queue := make(chan *job[I, O], workers*ahead)
	g.Go(func() error {
		defer close(queue)
		defer func() {
			for _, lane := range lanes {
				close(lane)
			}
		}()
		return feed(ctx, lanes, queue, next)
	})
	g.Go(func() error {
		for j := range queue {
			select {
			case <-j.ready:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := out(j.out); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// feed reads and hands out.
func feed[I, O any](
	ctx context.Context, lanes []chan *job[I, O], queue chan<- *job[I, O], next func() (I, uint64, error),
) error {
	for {
		item, lane, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		j := &job[I, O]{in: item, ready: make(chan struct{})}
		select {
		case queue <- j:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case lanes[lane%uint64(len(lanes))] <- j:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
