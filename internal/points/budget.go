package points

import (
	"context"
	"time"
)

// Budget bounds what a funding source may give. It is asked by every award that names one.
type Budget interface {
	// Bounds reports whether any budget holds for the funding at that instant. It is quick.
	Bounds(funding string, at time.Time) bool
	// Take takes the whole amount from the budgets that hold for the funding at that instant, or nothing: refusedBy is
	// then the id of the budget that cannot pay it. Undo gives it back, where the award did not happen after all; it may
	// be nil where nothing was taken. An error is a store's: the award fails and can be repeated.
	Take(ctx context.Context, funding string, at time.Time, amount int64) (undo func(), refusedBy string, err error)
	// Return tells that points of this funding, awarded at that instant, were taken back.
	Return(ctx context.Context, funding string, at time.Time, amount int64)
}

// cutByBudget begins Change.CutBy of an award that a budget refused.
const cutByBudget = "budget:"
