package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"firebrand/cmd/firebrand/app"
)

// serveCommand serves a programme of its own.
type serveCommand struct {
	Listen string `default:"127.0.0.1:8080" env:"FIREBRAND_LISTEN" help:"Address to serve on."`
	Data   string `default:"firebrand-data" env:"FIREBRAND_DATA" type:"path" help:"Data folder; made if absent."`
	Redis  string `env:"FIREBRAND_REDIS" help:"Redis URL; empty keeps the boards in the process."`
	Zone   string `default:"Europe/Kyiv" env:"FIREBRAND_ZONE" help:"The programme's IANA time zone."`
	Brand  string `default:"Firebrand" env:"FIREBRAND_BRAND" help:"The programme's name as people read it."`
}

// Run serves until it is told to stop. Where nobody administers the programme yet it prints a one-time link.
func (s *serveCommand) Run(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	a, err := app.Open(ctx, app.Settings{Data: s.Data, Redis: s.Redis, Zone: s.Zone, Brand: s.Brand, Log: log})
	if err != nil {
		return err
	}
	return errors.Join(a.Serve(ctx, s.Listen, func(at string) error {
		fmt.Println("Serving on", at)
		token, made, err := a.Members.FirstAdmin(ctx)
		if ctx.Err() != nil {
			return nil // told to stop at once
		}
		if err == nil && made {
			fmt.Printf("Nobody administers this programme yet. This link does, once, for the first who opens it:\n  %s/i/%s\n", at, token)
		}
		return err
	}), a.Close())
}
