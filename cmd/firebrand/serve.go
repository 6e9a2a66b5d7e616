package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"firebrand/cmd/firebrand/app"
)

// serveCommand serves a programme of its own, from a folder or from a MongoDB that other processes serve from too.
type serveCommand struct {
	Listen string        `default:"127.0.0.1:8080" env:"FIREBRAND_LISTEN" help:"Address to serve on."`
	Data   string        `default:"firebrand-data" env:"FIREBRAND_DATA" type:"path" help:"Data folder; made if absent."`
	Mongo  string        `env:"FIREBRAND_MONGO" help:"MongoDB URI, its path naming the database (mongodb://db:27017/programme?replicaSet=rs0); empty keeps everything in the data folder."`
	Redis  string        `env:"FIREBRAND_REDIS" help:"Redis URL: redis://host:6379/0, redis+sentinel://host:26379/0?master_name=mymaster&addr=host2:26379 or redis+cluster://host:6379?addr=host2:6379; empty keeps the boards in the process."`
	Drain  time.Duration `default:"0s" env:"FIREBRAND_DRAIN" help:"How long to serve on, being not ready, once told to stop: as long as a balancer needs to notice."`
	Zone   string        `default:"Europe/Kyiv" env:"FIREBRAND_ZONE" help:"The programme's IANA time zone."`
	Brand  string        `default:"Firebrand" env:"FIREBRAND_BRAND" help:"The programme's name as people read it."`
}

// Run serves until it is told to stop. Where nobody administers the programme yet it prints a one-time link.
func (s *serveCommand) Run(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if s.Mongo != "" && s.Redis == "" {
		log.Warn("boards are kept in this process: a second one on the same MongoDB needs --redis, and the same for all")
	}
	a, err := app.Open(ctx, app.Settings{Data: s.Data, Mongo: s.Mongo, Redis: s.Redis, Zone: s.Zone, Brand: s.Brand, Log: log})
	if err != nil {
		return err
	}
	err = a.ServeAt(ctx, app.Door{Listen: s.Listen, Drain: s.Drain}, func(at string) error {
		fmt.Println("Serving on", at)
		token, made, err := a.Members.FirstAdmin(ctx)
		if ctx.Err() != nil {
			return nil // told to stop at once
		}
		if err == nil && made {
			fmt.Printf("Nobody administers this programme yet. This link does, once, for the first who opens it:\n  %s/i/%s\n"+
				"Made at %s UTC; it ends those that were printed before. Until somebody opens one, each start prints another.\n",
				at, token, time.Now().UTC().Format("2006-01-02 15:04:05.000"))
		}
		return err
	})
	return errors.Join(orTaken(err, s.Listen, "--listen"), a.Close())
}

// free reports why nothing can listen on the address, so that long work for what is then not served is not begun.
func free(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

// orTaken says of an address that is in use which flag names another.
func orTaken(err error, address, flag string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("another program listens on %s: stop it, or name another with %s", address, flag)
	}
	return err
}
