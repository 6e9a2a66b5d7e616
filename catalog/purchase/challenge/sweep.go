package challenge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"firebrand/internal/journal"
	"firebrand/internal/store"
)

const (
	// sweepEvery is how often everybody is looked at in every challenge that goes on.
	sweepEvery = time.Hour
	// sweepAfter is how long after its end a challenge is still swept; orders that arrive or come back later are told of.
	sweepAfter = 14 * 24 * time.Hour
)

// swept remembers when a challenge was swept and in which version.
type swept struct {
	sync.Mutex
	last map[string]struct {
		at    time.Time
		saves int64
	}
}

// due reports whether a challenge is to be swept now, and notes that it is.
func (w *swept) due(c Challenge, now time.Time) bool {
	w.Lock()
	defer w.Unlock()
	before, known := w.last[c.ID]
	if known && before.saves == c.Saves && now.Sub(before.at) < sweepEvery {
		return false
	}
	if w.last == nil {
		w.last = map[string]struct {
			at    time.Time
			saves int64
		}{}
	}
	before.at, before.saves = now, c.Saves
	w.last[c.ID] = before
	return true
}

// Sweep finishes what a crash or a store that did not answer cut off, evaluates who was told of, and once an hour, and
// at once after a new version, looks at everybody in every challenge that goes on or ended lately. It changes nothing
// that looking at the page would not; call it every half a minute. It goes on past an account that fails.
func (s *Service) Sweep(ctx context.Context) error {
	failed := []error{s.Journal.CatchUp(ctx, s.ownFollower()), s.finish(ctx), s.evaluateTold(ctx)}
	list, err := s.published(ctx)
	if err != nil {
		return errors.Join(append(failed, err)...)
	}
	for _, c := range list {
		t, _ := c.Live()
		from, to := c.bounds(t, s.Zone)
		now := s.now()
		if now.Before(from) || now.After(to.Add(sweepAfter)) || !s.swept.due(c, now) {
			continue
		}
		failed = append(failed, s.sweep(ctx, c, t))
	}
	return errors.Join(failed...)
}

// sweep evaluates everybody in one challenge.
func (s *Service) sweep(ctx context.Context, c Challenge, t Terms) error {
	var failed []error
	err := s.People.Each(ctx, t.Audience.Companies, func(p Person) error {
		if _, _, err := s.evaluate(ctx, c, p); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", Stream(c.ID, p.Account), err))
		}
		return ctx.Err()
	})
	return errors.Join(append(failed, err)...)
}

// finish carries on with the steps whose points are under way.
func (s *Service) finish(ctx context.Context) error {
	var failed []error
	q := store.Query{Index: "moving", Equal: []any{true}}
	err := all(ctx, s.rows, q, func(row) []any { return nil }, func(e store.Entry[row]) error {
		id, account := Split(e.ID)
		if _, err := s.Evaluate(ctx, id, account); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", e.ID, err))
		}
		return nil
	})
	if err == nil && len(failed) == 0 {
		return s.Journal.CatchUp(ctx, s.ownFollower())
	}
	return errors.Join(append(failed, err)...)
}

// Unfinished tells the step whose points are under way, empty where none is, from a stream's last record: "firebrand verify" tells them.
func Unfinished(last journal.Record) (string, error) {
	st, err := StandingOf(last)
	if err != nil {
		return "", err
	}
	if step, moving := st.Moving(); moving {
		return fmt.Sprintf("%s step %s is %s", last.Stream, step.Step, step.Stand), nil
	}
	return "", nil
}
