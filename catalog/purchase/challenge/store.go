package challenge

import (
	"context"
	"fmt"
	"time"

	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// row is an account's standing as the studio counts it, drawn from the journal; its id is the stream. The follower's
// checkpoint is a row of the same collection, so that it is gone when the rows are.
type row struct {
	Challenge string   `json:"challenge"`
	Standing  Standing `json:"standing"`
	Seq       int64    `json:"seq"`
	// Moving says that points are under way, for the sweep to finish.
	Moving bool           `json:"moving"`
	Mark   journal.Cursor `json:"mark,omitzero"`
}

// place is a follower's checkpoint that has no shadow beside it.
type place struct {
	At time.Time `json:"at"`
	ID string    `json:"id"`
}

// rowsMark is the row of the checkpoint; no stream is called so.
const rowsMark = "mark"

type collections struct {
	challenges *store.Collection[Challenge]
	rows       *store.Collection[row]
	places     *store.Collection[place]
}

func openCollections(ctx context.Context, e store.Engine) (c collections, err error) {
	if c.challenges, err = store.OpenCollection[Challenge](ctx, e, store.Spec{Name: "challenges"}); err != nil {
		return c, fmt.Errorf("challenge: %w", err)
	}
	c.rows, err = store.OpenCollection[row](ctx, e, store.Spec{Name: "challenge_standings", Indexes: []store.Index{
		{Name: "challenge", Fields: []string{"challenge"}},
		{Name: "moving", Fields: []string{"moving"}},
	}})
	if err != nil {
		return c, fmt.Errorf("challenge: %w", err)
	}
	if c.places, err = store.OpenCollection[place](ctx, e, store.Spec{Name: "challenge_places"}); err != nil {
		return c, fmt.Errorf("challenge: %w", err)
	}
	return c, nil
}

// all reads a whole collection by an index, page by page.
func all[T any](ctx context.Context, c *store.Collection[T], q store.Query, values func(T) []any, each func(store.Entry[T]) error) error {
	const page = 500
	q.Limit = page
	for {
		part, err := c.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range part {
			if err := each(e); err != nil {
				return err
			}
		}
		if len(part) < page {
			return nil
		}
		last := part[len(part)-1]
		q.After = &store.Position{ID: last.ID}
		if values != nil {
			q.After.Values = values(last.Value)
		}
	}
}
