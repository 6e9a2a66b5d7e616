package journal_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// away is a store whose inserts are not answered until their caller gives up, as while it has no primary.
type away struct{ store.Engine }

func (a away) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	table, err := a.Engine.Open(ctx, spec)
	return unanswered{table}, err
}

type unanswered struct{ store.Table }

func (unanswered) Insert(ctx context.Context, _ string, _ any) error {
	<-ctx.Done()
	return fault.New(fault.Unavailable, "store.down").Because(ctx.Err())
}

func TestTurns(t *testing.T) {
	j := testenv.Journal(t, away{testenv.Engine(t)}, time.Now, "points")

	t.Run("whoever waits behind a write that is not answered is told when their own time is over", func(t *testing.T) {
		holding, give := context.WithCancel(t.Context())
		var first sync.WaitGroup
		first.Go(func() { _, _ = step(holding, j, "points/a", "first", 1) })
		time.Sleep(50 * time.Millisecond)
		waiting, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := step(waiting, j, "points/a", "second", 2); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took > 8*time.Second { // the first write's own time is ten
			t.Errorf("told after %v", took)
		}
		give()
		first.Wait()
	})
	t.Run("a whole queue is told within the deadline of one write", func(t *testing.T) {
		began := time.Now()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := step(t.Context(), j, "points/a", "queued", 3); !fault.Is(err, fault.Unavailable) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 25*time.Second { // one behind the other they would take forty
			t.Errorf("the last was told after %v", took)
		}
	})
}
