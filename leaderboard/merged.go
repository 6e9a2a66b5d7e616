package leaderboard

import (
	"context"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// merges reports whether a record makes one account of two.
func merges(rec journal.Record) bool {
	kind := points.Kind(rec.Kind)
	return kind == points.KindMergeIn || kind == points.KindMergeOut
}

// earnedOf is what a record won for a month's boards of quizzes and weeks. One that took another account in brings all
// that the other's records won in that month: nothing is added to a merged account's stream, so that it is the same
// whenever it is read.
func (s *Service) earnedOf(ctx context.Context, rec journal.Record, c points.Change, m calendar.Month) ([]earned, error) {
	if c.Op.Kind == points.KindMergeIn {
		return s.carried(ctx, c.Op.Other, m)
	}
	if e, found := earnedBy(rec, c, m, s.Zone); found {
		return []earned{e}, nil
	}
	return nil, nil
}

// carried is what a merged account's records won in a month, those of accounts that were merged into it before among them.
func (s *Service) carried(ctx context.Context, from string, m calendar.Month) (all []earned, err error) {
	start := s.Zone.StartOfMonth(m)
	err = s.readBack(ctx, from, func(rec journal.Record) (more bool, err error) {
		if rec.At.Before(start) || !earns(rec) {
			return !rec.At.Before(start), nil
		}
		c, err := points.ChangeOf(rec)
		if err != nil {
			return false, err
		}
		won, err := s.earnedOf(ctx, rec, c, m)
		all = append(all, won...)
		return true, err
	})
	return cameFrom(from, all), err
}

// cameFrom says of records which account they were merged from.
func cameFrom(from string, all []earned) []earned {
	for i := range all {
		all[i].of = from + "/" + all[i].of
	}
	return all
}

// takeIn adds what an account said about a month that was over when it was merged into this one, before its table was
// final: it stands nowhere any more, and whoever won it is still there.
func (s *Service) takeIn(ctx context.Context, a *account, from string, m calendar.Month) error {
	other, err := s.readAccount(ctx, from, m)
	if err != nil {
		return err
	}
	if total, since := s.totalOf(m, other); total > 0 {
		a.comeLate(total, since)
	}
	a.earned = append(a.earned, cameFrom(from, other.earned)...)
	return nil
}
