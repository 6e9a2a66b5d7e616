package main

import (
	"context"
	"errors"
	"net/url"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/fault"
)

// defaultData is the data folder where none is named.
const defaultData = "firebrand-data"

// place is where a programme lies, as the commands that work on one are told.
type place struct {
	Data  string `env:"FIREBRAND_DATA" type:"path" help:"Data folder (firebrand-data unless set)."`
	Mongo string `env:"FIREBRAND_MONGO" help:"MongoDB URI instead of a data folder."`
	Redis string `env:"FIREBRAND_REDIS" help:"Redis URL that the programme is served with."`
	Zone  string `default:"Europe/Kyiv" env:"FIREBRAND_ZONE" help:"The programme's IANA time zone."`
}

// named reports whether a programme was named at all.
func (p place) named() bool { return p.Data != "" || p.Mongo != "" }

// String is what was named; a URI's password is left out.
func (p place) String() string {
	if p.Mongo == "" {
		return p.Data
	}
	if u, err := url.Parse(p.Mongo); err == nil {
		return u.Redacted()
	}
	return "the MongoDB"
}

// open opens a programme that exists, and begins none; a data folder may be used by no other process.
func (p place) open(ctx context.Context) (*app.App, error) {
	s := p.settings()
	s.Standing = true
	a, err := app.Open(ctx, s)
	return a, orInUse(err)
}

// openOrMake opens a programme and begins it where there is none.
func (p place) openOrMake(ctx context.Context) (*app.App, error) {
	a, err := app.Open(ctx, p.settings())
	return a, orInUse(err)
}

// orInUse says of a folder that another process has what can be done about it.
func orInUse(err error) error {
	f := fault.As(err)
	if f == nil || f.Key != "store.locked" {
		return err
	}
	return errors.New(inWords(err) + " Stop it first; or take a backup, which can be made meanwhile, and restore it elsewhere: that verifies it.")
}

func (p place) settings() app.Settings {
	return app.Settings{Data: p.folder(), Mongo: p.Mongo, Redis: p.Redis, Zone: p.Zone}
}

func (p place) folder() string {
	if p.Data == "" {
		return defaultData
	}
	return p.Data
}
