package main

import (
	"context"
	"fmt"
	"os"

	"firebrand/cmd/firebrand/app"
)

// rebuildCommand redraws every shadow of a data folder that no other process uses, and of the Redis beside it.
type rebuildCommand struct {
	Data  string `default:"firebrand-data" env:"FIREBRAND_DATA" type:"path" help:"Data folder."`
	Redis string `env:"FIREBRAND_REDIS" help:"Redis URL of the boards."`
	Zone  string `default:"Europe/Kyiv" env:"FIREBRAND_ZONE" help:"The programme's IANA time zone."`
}

// Run empties each shadow and draws it again from the journal.
func (r *rebuildCommand) Run(ctx context.Context) error {
	if _, err := os.Stat(r.Data); err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Settings{Data: r.Data, Redis: r.Redis, Zone: r.Zone})
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
