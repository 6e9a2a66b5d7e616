package game_test

import (
	"context"
	"testing"
	"time"

	"firebrand/game"
)

// spent is a budget that has nothing left to give.
type spent struct{ asked []string }

func (b *spent) Take(_ context.Context, funding string, _ time.Time, _ int64) (func(), string, error) {
	b.asked = append(b.asked, funding)
	return func() {}, "november", nil
}

func (b *spent) Bounds(string, time.Time) bool { return true }

func (b *spent) Return(context.Context, string, time.Time, int64) {}

func TestBudgetIsUsedUp(t *testing.T) {
	w := newWorld(t, noon)
	budget := &spent{}
	w.points.Budget = budget
	w.start(ann, seams().ID)
	v := w.finish(ann, seams().ID)
	if v.Points == 0 || v.Given != 0 || v.CutBy != "budget:november" {
		t.Errorf("won %d, was given %d, cut by %q", v.Points, v.Given, v.CutBy)
	}
	if len(budget.asked) == 0 || budget.asked[0] != game.Funding {
		t.Errorf("asked of %v", budget.asked)
	}
	t.Run("the day counts all the same", func(t *testing.T) {
		if b := w.balance(ann); b.Alive != 0 || b.IdleUntil.IsZero() {
			t.Errorf("the account is %+v", b)
		}
	})
}
