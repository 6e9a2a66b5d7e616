package purchase

import (
	"context"
	"slices"
	"time"
)

// Start is points of an order that one account has, and when they become active: zero where they wait for the order.
type Start struct {
	At     time.Time
	Points int64
}

// Starts says when an account's points of an order become active, the soonest first, as the account itself has it; what
// waits for the order is last.
func (s *Service) Starts(ctx context.Context, o Order, account string) ([]Start, error) {
	sums := map[time.Time]int64{}
	for _, slot := range o.Slots {
		if slot.Account != account {
			continue
		}
		for _, p := range slot.Parts {
			var at time.Time
			if p.Delivered {
				r, _, err := s.receipt(ctx, account, moveKey(o.ID, p.Seq, p.Move))
				if err != nil {
					return nil, err
				}
				at = r.Op.From
			}
			sums[at] += p.Left
		}
	}
	var starts []Start
	for at, n := range sums {
		starts = append(starts, Start{at, n})
	}
	slices.SortFunc(starts, func(a, b Start) int {
		if a.At.IsZero() != b.At.IsZero() {
			return b.At.Compare(a.At)
		}
		return a.At.Compare(b.At)
	})
	return starts, nil
}
