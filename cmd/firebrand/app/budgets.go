package app

import (
	"context"
	"fmt"

	"firebrand/internal/journal"
	"firebrand/internal/points/budget"
	"firebrand/internal/points/correction"
)

// openMoney opens the budgets, which the accounts ask from then on, and the corrections.
func (a *App) openMoney(ctx context.Context) (err error) {
	if a.Budgets, err = budget.Open(ctx, a.Engine, a.Journal, a.Points, a.Zone, a.Now); err != nil {
		return fmt.Errorf("budgets: %w", err)
	}
	a.Points.Budget = a.Budgets
	a.Corrections, err = correction.Open(ctx, a.Engine, a.Points, a.Now)
	return err
}

// budget checks a budget's records, and that the accounts were given no more than it reserved.
func (v *audit) budget(ctx context.Context) func(string, []journal.Record) error {
	return func(stream string, recs []journal.Record) error {
		if err := budget.CheckStream(stream, recs); err != nil {
			return err
		}
		return v.app.Budgets.Agree(ctx, recs[len(recs)-1])
	}
}
