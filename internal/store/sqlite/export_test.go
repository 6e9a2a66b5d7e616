package sqlite

import (
	"context"

	"firebrand/internal/store"
)

// Plan is how SQLite would answer a query, a line a step.
func (e *Engine) Plan(ctx context.Context, spec store.Spec, q store.Query) ([]string, error) {
	layout, err := store.NewLayout(spec)
	if err != nil {
		return nil, err
	}
	asked, err := layout.Ask(q)
	if err != nil {
		return nil, err
	}
	var steps []string
	for _, a := range asked {
		query, args := newTable(e, layout).question(a)
		rows, err := e.db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				return nil, err
			}
			steps = append(steps, step)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return steps, nil
}
