package demo

import (
	"context"
	"fmt"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/notify"
	"firebrand/internal/points"
	"firebrand/leaderboard"
)

// finalAt is when a running program would close the month before.
func finalAt(z calendar.Zone, month calendar.Month) time.Time {
	return z.StartOfMonth(month).Add(leaderboard.FinalAfter + 2*journal.Overlap)
}

// closeMonths closes what is over at an instant of the past: tables are kept, prizes paid and their winners told, all
// dated then.
func closeMonths(ctx context.Context, a *app.App, at time.Time) error {
	now := func() time.Time { return at }
	j, err := journal.Open(ctx, a.Engine, now, app.Families...)
	if err != nil {
		return err
	}
	tables, err := leaderboard.OpenTables(ctx, a.Engine)
	if err != nil {
		return err
	}
	messages, err := notify.Open(ctx, a.Engine, now)
	if err != nil {
		return err
	}
	boards := leaderboard.Open(leaderboard.Config{
		Journal: j, Redis: a.Redis, People: a.Members, Tables: tables, Editions: a.Content, Messages: messages, Zone: a.Zone, Now: now,
		Points: &points.Service{Journal: j, Zone: a.Zone, Policy: a.Points.Policy, Now: now},
	})
	if err := boards.Sweep(ctx); err != nil {
		return fmt.Errorf("closing the month before: %w", err)
	}
	return nil
}
