package catalog

import (
	"context"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// The bounds of lists.
const (
	mineLimit   = 500
	maxPage     = 200
	drawTries   = 20
	redrawBatch = 500
)

// Mine are a member's redemptions in whatever state, newest first, the last 500.
func (s *Service) Mine(ctx context.Context, member string) ([]Redemption, error) {
	return s.list(ctx, store.Query{Index: "member_at", Equal: []any{member}, Desc: true, Limit: mineLimit})
}

// Waiting are the redemptions that wait at the desk, oldest first, up to limit (200 at most), behind the one with the
// id after; an empty after begins at the oldest. It may have been issued since: paging neither skips nor repeats.
func (s *Service) Waiting(ctx context.Context, after string, limit int) ([]Redemption, error) {
	q := store.Query{Index: "state_at", Equal: []any{string(Placed)}, Limit: page(limit)}
	if after != "" {
		before, err := s.Redemption(ctx, after)
		if err != nil {
			return nil, err
		}
		q.After = &store.Position{Values: []any{before.At}, ID: after}
	}
	return s.list(ctx, q)
}

// RecentlyIssued are the redemptions handed out last, newest first, up to limit (200 at most).
func (s *Service) RecentlyIssued(ctx context.Context, limit int) ([]Redemption, error) {
	return s.list(ctx, store.Query{Index: "state_changed", Equal: []any{string(Issued)}, Desc: true, Limit: page(limit)})
}

func page(limit int) int {
	if limit < 1 || limit > maxPage {
		return maxPage
	}
	return limit
}

func (s *Service) list(ctx context.Context, q store.Query) ([]Redemption, error) {
	entries, err := s.shadow.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	found := make([]Redemption, len(entries))
	for i, e := range entries {
		found[i] = e.Value.Redemption
	}
	return found, nil
}

// Follower draws the lists from the journal: journal.Run keeps it going. Lists are drawn by the service too, right after
// each record, so that it only matters after a crash and between processes.
func (s *Service) Follower() journal.Follower {
	return journal.Follower{
		Family: RedemptionFamily,
		Lease:  "redemption lists",
		Load: func(ctx context.Context) (journal.Cursor, bool, error) {
			e, err := s.shadow.Get(ctx, markID)
			if fault.Is(err, fault.NotFound) {
				return journal.Cursor{}, false, nil
			}
			return e.Value.Mark, err == nil, err
		},
		// Of two followers that save at once either may win: both have drawn what lies behind theirs.
		Save: func(ctx context.Context, c journal.Cursor) error {
			return s.shadow.Put(ctx, markID, func(row *shadowRow) error { row.Mark = c; return nil })
		},
		Redraw: func(ctx context.Context) (journal.Cursor, error) {
			return journal.Cursor{}, s.clearShadow(ctx)
		},
		Handle: func(ctx context.Context, rec journal.Record) error {
			_, err := s.drawn(ctx, rec)
			return err
		},
	}
}

// Rebuild empties the lists and draws them anew. Lists are short of what is not drawn yet while it runs.
func (s *Service) Rebuild(ctx context.Context) error {
	return s.Journal.Redraw(ctx, s.Follower())
}

// draw writes a redemption into the lists, unless something newer is there.
func (s *Service) draw(ctx context.Context, r Redemption) error {
	for try := range drawTries {
		err := s.drawOnce(ctx, r)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		if err := store.Backoff(ctx, try); err != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "store.busy")
}

func (s *Service) drawOnce(ctx context.Context, r Redemption) error {
	e, err := s.shadow.Get(ctx, r.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return s.shadow.Insert(ctx, r.ID, shadowRow{Redemption: r})
	case err != nil:
		return err
	case e.Value.Redemption.Seq >= r.Seq:
		return nil
	}
	return s.shadow.Replace(ctx, r.ID, shadowRow{Redemption: r}, e.Version)
}

func (s *Service) clearShadow(ctx context.Context) error {
	for {
		entries, err := s.shadow.Find(ctx, store.Query{Limit: redrawBatch})
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if err := s.shadow.Delete(ctx, e.ID); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
	}
}
