package game

import (
	"context"
	"errors"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/points"
)

// WarnIdle warns every member whose points are about to burn with idleness and who has an unplayed game to save them
// with; nobody else is ever burned. Members calls each with the id of every active member. It is safe to repeat, goes
// on past a member that fails and returns all errors together.
func (s *Service) WarnIdle(ctx context.Context, members func(ctx context.Context, each func(id string) error) error) error {
	var failed []error
	err := members(ctx, func(id string) error {
		if err := s.warnIdle(ctx, id); err != nil {
			failed = append(failed, err)
		}
		return ctx.Err()
	})
	return errors.Join(append(failed, err)...)
}

func (s *Service) warnIdle(ctx context.Context, member string) error {
	account, err := s.Points.Balance(ctx, member)
	if err != nil || !idles(account, s.Points.Policy, s.now()) {
		return err
	}
	unplayed, err := s.Unplayed(ctx, member)
	if err != nil || len(unplayed) == 0 {
		return err
	}
	_, err = s.Points.Warn(ctx, member, "idle/"+account.IdleUntil.Format(time.RFC3339), "")
	if fault.Is(err, fault.Conflict) {
		return nil // nothing in the account idles, or its owner has just played
	}
	return err
}

// idles reports whether an account's warning may be due.
func idles(account points.View, p points.Policy, now time.Time) bool {
	if !p.Warnings || account.IdleUntil.IsZero() || !account.BurnsAt.IsZero() {
		return false
	}
	return !now.Before(account.IdleUntil.Add(-time.Duration(p.WarnDays) * 24 * time.Hour))
}
