package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// patience is how long a flow may rest before Sweep takes it for broken off. A flow that is only slow loses nothing but
// its order: whichever of the two decides first, the other follows.
const patience = 30 * time.Second

// sweepPage bounds how many flows one Sweep ends; the next one goes on.
const sweepPage = 500

// Sweep ends every flow that has rested for 30 s: a request whose piece was taken is completed, any other is undone, and
// a decided cancellation is finished. It is safe to run at any time, at once in several processes, and again after an
// error; one flow that fails does not keep it from the others.
func (s *Service) Sweep(ctx context.Context) error {
	// A crash may have left a record that no list shows yet.
	if err := s.Journal.CatchUp(ctx, s.Follower()); err != nil {
		return err
	}
	var failed []error
	for _, state := range []State{Requested, Cancelling} {
		rested, err := s.list(ctx, store.Query{
			Index: "state_changed", Equal: []any{string(state)}, To: s.Now().Add(-patience), Limit: sweepPage,
		})
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, r := range rested {
			if err := s.end(ctx, r.ID); err != nil {
				failed = append(failed, fmt.Errorf("redemption %s: %w", r.ID, err))
			}
		}
	}
	return errors.Join(failed...)
}

// end takes one open flow to its end.
func (s *Service) end(ctx context.Context, id string) error {
	r, err := s.Redemption(ctx, id)
	if err != nil {
		return err
	}
	switch r.State {
	case Requested:
		_, err = s.undo(ctx, r, undone())
	case Cancelling:
		_, err = s.finishCancel(ctx, r)
	default:
		// The list lags behind the journal: draw what the record says.
		err = s.draw(ctx, r)
	}
	return err
}

// Open lists the flows that are not at their end, by reading the whole journal and writing nothing: "firebrand verify"
// shows them. A flow of this very moment is among them; after a Sweep 30 s later none is.
func (s *Service) Open(ctx context.Context) ([]string, error) {
	var open []string
	_, _, err := s.Journal.Verify(ctx, RedemptionFamily, func(stream string, recs []journal.Record) error {
		r, err := StateOf(recs[len(recs)-1])
		if err != nil {
			return err
		}
		if r.State.Open() {
			open = append(open, fmt.Sprintf("%s is %s since %s", stream, r.State, r.Changed.Format(time.RFC3339)))
		}
		return nil
	})
	return open, err
}
