package leaderboard

import (
	"context"
	"encoding/json"
	"fmt"

	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// CheckStream is the law of a closed month's stream over all of its records: it is decided once and then paid once. It
// returns a *journal.Broken.
func CheckStream(_ string, recs []journal.Record) error {
	for i, rec := range recs {
		if i > 1 || rec.Kind != [...]string{keyClosed, keyPaid}[i] {
			return &journal.Broken{ID: rec.ID(), Why: fmt.Sprintf("a month is closed and then paid; %s is record %d", rec.Kind, i+1)}
		}
	}
	var c closing
	if err := json.Unmarshal(recs[0].Body, &c); err != nil {
		return &journal.Broken{ID: recs[0].ID(), Why: err.Error()}
	}
	return nil
}

// Agree checks that a month whose stream says "paid" paid every prize that it decided, by reading the journal. Open says
// that it has not paid yet: Sweep does.
func Agree(ctx context.Context, accounts *points.Service, recs []journal.Record) (open bool, err error) {
	if len(recs) < 2 {
		return true, nil
	}
	var c closing
	if err := json.Unmarshal(recs[0].Body, &c); err != nil {
		return false, err
	}
	for _, p := range c.Prizes {
		_, paid, err := accounts.Record(ctx, p.Member, p.ID)
		if err != nil {
			return false, err
		}
		if !paid {
			return false, &journal.Broken{ID: recs[1].ID(), Why: "prize " + p.ID + " is not on its winner's account"}
		}
	}
	return false, nil
}
