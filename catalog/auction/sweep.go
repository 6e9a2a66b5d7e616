package auction

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// lease is held by the process that sweeps.
const lease = "auction"

// sweeps remembers when flows that were broken off were last looked for.
type sweeps struct {
	mu     sync.Mutex
	tidied time.Time
}

// due reports whether it is time to look again.
func (w *sweeps) due(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if age := now.Sub(w.tidied); age >= 0 && age < patience {
		return false
	}
	w.tidied = now
	return true
}

// Sweep closes every auction whose end has come and ends what a crash left: an attempt to schedule, a hold without its
// bid, a bid whose outbid were not released, an end in its middle. It is made to run every second; it is safe at any
// time, at once in several processes, and again after an error. One auction that fails does not keep it from the others.
func (s *Service) Sweep(ctx context.Context) error {
	return s.Leases.Do(ctx, lease, s.sweep)
}

func (s *Service) sweep(ctx context.Context) error {
	failed := []error{s.sweepAttempts(ctx)}
	now := s.now()
	tidy := s.sweeps.due(now)
	err := s.each(ctx, Active, func(a Auction) error {
		if a.Opens.After(now) && !tidy {
			return nil // nobody can have bid; one that was cancelled can wait
		}
		if err := s.sweepOne(ctx, a.ID, tidy); err != nil {
			failed = append(failed, fmt.Errorf("auction %s: %w", a.ID, err))
		}
		return nil
	})
	return errors.Join(append(failed, err)...)
}

// each hands over every document of a stage, the first to close leading.
func (s *Service) each(ctx context.Context, stage Stage, do func(Auction) error) error {
	q := store.Query{Index: "stage_closes", Equal: []any{string(stage)}, Limit: readPage}
	for {
		page, err := s.docs.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := do(e.Value); err != nil {
				return err
			}
		}
		if len(page) < readPage {
			return nil
		}
		last := page[len(page)-1]
		q.After = &store.Position{Values: []any{last.Value.Closes}, ID: last.ID}
	}
}

// sweepOne takes one auction as far as it goes.
func (s *Service) sweepOne(ctx context.Context, id string, tidy bool) error {
	t, err := s.fresh(ctx, id)
	if err != nil {
		return err
	}
	var st State
	t.read(func(now *State) { st = *now })
	if st.End == "" && s.Journal.Now().Before(st.ClosesAt) {
		if !tidy {
			return nil
		}
		if _, err := s.alignAll(ctx, t, align{end: true, before: s.Journal.Now().Add(-patience)}); err != nil {
			return err
		}
		return s.payAll(ctx, t, st.Wins)
	}
	return s.finish(ctx, t)
}

// sweepAttempts ends attempts to schedule that have rested.
func (s *Service) sweepAttempts(ctx context.Context) error {
	var failed []error
	err := s.each(ctx, Scheduling, func(a Auction) error {
		if a.Saved.After(s.now().Add(-patience)) {
			return nil
		}
		_, err := s.endAttempt(ctx, a)
		if err != nil && !fault.Is(err, fault.Conflict) {
			failed = append(failed, fmt.Errorf("auction %s: %w", a.ID, err))
		}
		return nil
	})
	return errors.Join(append(failed, err)...)
}
