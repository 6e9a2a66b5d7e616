package main

import (
	"context"
	"fmt"
)

// rebuildCommand redraws every shadow of a programme, and of the Redis beside it. A data folder may be used by no other
// process meanwhile.
type rebuildCommand struct {
	place `embed:""`
}

// Run empties each shadow and draws it again from the journal.
func (r *rebuildCommand) Run(ctx context.Context) error {
	a, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // what was redrawn is written already
	for _, shadow := range []struct {
		name    string
		rebuild func(context.Context) error
	}{{"games", a.Game.Rebuild}, {"redemptions", a.Catalog.Rebuild}, {"orders", a.Orders.Rebuild}, {"challenges", a.Challenges.Rebuild}, {"boards", a.Boards.Rebuild}} {
		if err := shadow.rebuild(ctx); err != nil {
			return fmt.Errorf("%s: %w", shadow.name, err)
		}
		fmt.Println("redrawn:", shadow.name)
	}
	return nil
}
