package app

import (
	"context"

	"firebrand/catalog/purchase"
	"firebrand/internal/journal"
)

// order checks one order's own story, and that points moved as it says.
func (v *audit) order(ctx context.Context) func(string, []journal.Record) error {
	return func(stream string, recs []journal.Record) error {
		if err := purchase.CheckStream(stream, recs); err != nil {
			return err
		}
		open, err := v.app.Orders.Agree(ctx, recs[len(recs)-1])
		if err == nil && open {
			v.unpaid = append(v.unpaid, stream)
		}
		return err
	}
}
