package leaderboard

import (
	"context"
	"encoding/json"
	"fmt"

	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// CheckStream is the law of a closed month's stream over all of its records: it is decided once, then each prize that can
// never be paid is recorded once, and then the month is paid once. It returns a *journal.Broken.
func CheckStream(_ string, recs []journal.Record) error {
	var c closing
	decided := map[string]bool{}
	for i, rec := range recs {
		broken := func(format string, args ...any) error {
			return &journal.Broken{ID: rec.ID(), Why: fmt.Sprintf(format, args...)}
		}
		switch {
		case i == 0 && rec.Kind == keyClosed:
			if err := json.Unmarshal(rec.Body, &c); err != nil {
				return broken("%v", err)
			}
			for _, p := range c.Prizes {
				decided[p.ID] = true
			}
		case i > 0 && rec.Kind == keyFailed:
			var f failure
			if err := json.Unmarshal(rec.Body, &f); err != nil {
				return broken("%v", err)
			}
			if !decided[f.Prize] || f.Why == "" {
				return broken("prize %s was not decided, failed before, or for no reason", f.Prize)
			}
			delete(decided, f.Prize)
		case i == 0 || i < len(recs)-1 || rec.Kind != keyPaid:
			return broken("a month is closed and then paid; %s is record %d", rec.Kind, i+1)
		}
	}
	return nil
}

// Agree checks, by reading the journal, that no prize is paid whose month says that it never can be, and that a month
// whose stream says "paid" paid every other prize that it decided. Open says that it has not paid yet: Sweep does.
func Agree(ctx context.Context, accounts *points.Service, recs []journal.Record) (open bool, err error) {
	var c closing
	if err := json.Unmarshal(recs[0].Body, &c); err != nil {
		return false, err
	}
	why, done, err := failures(recs)
	if err != nil {
		return false, err
	}
	last := recs[len(recs)-1]
	for _, p := range c.Prizes {
		if why[p.ID] == "" && !done {
			continue
		}
		rec, found, err := accounts.Record(ctx, p.Member, p.ID)
		switch {
		case err != nil:
			return false, err
		case why[p.ID] != "" && found && points.Kind(rec.Kind) == points.KindAward:
			return false, &journal.Broken{ID: last.ID(), Why: "prize " + p.ID + " failed, and is on its winner's account"}
		case why[p.ID] == "" && (!found || points.Kind(rec.Kind) == points.KindVoid):
			return false, &journal.Broken{ID: last.ID(), Why: "prize " + p.ID + " is not on its winner's account"}
		}
	}
	return !done, nil
}
