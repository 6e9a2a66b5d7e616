package game

import (
	"context"
	"errors"
	"strconv"

	"firebrand/internal/fault"
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
	if err != nil || account.WarnsAt.IsZero() || s.now().Before(account.WarnsAt) {
		return err
	}
	unplayed, err := s.Unplayed(ctx, member)
	if err != nil || len(unplayed) == 0 {
		return err
	}
	// One warning for each state of the account: points may come to idle again before their owner plays again.
	_, err = s.Points.Warn(ctx, member, "idle/"+strconv.FormatInt(account.Seq, 10), "")
	if fault.Is(err, fault.Conflict) {
		return nil // its owner has just played, or another process has warned
	}
	return err
}
