package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"firebrand/cmd/firebrand/app"
	"firebrand/cmd/firebrand/demo"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store/sqlite"
)

// demoCommand serves the demo programme. It is made once a month in its folder and served from there afterwards.
type demoCommand struct {
	Port  int    `default:"8080" env:"FIREBRAND_PORT" help:"Port on 127.0.0.1; 0 takes a free one."`
	Data  string `env:"FIREBRAND_DEMO_DATA" type:"path" help:"Folder of the demo; the user's cache folder unless given."`
	Redis string `env:"FIREBRAND_REDIS" help:"Redis URL; empty keeps the boards in the process."`
	Zone  string `default:"Europe/Kyiv" env:"FIREBRAND_ZONE" help:"The programme's IANA time zone."`
	Fresh bool   `help:"Make the demo anew even where it stands."`
	Crowd bool   `help:"Let simulated members play and bid through the public API, so that boards and auctions move."`
}

// marker is the file that says that a folder holds a whole demo, and which.
const marker = "demo.json"

// Run makes the demo where needed and serves it on this machine only.
func (d *demoCommand) Run(ctx context.Context) error {
	if d.Data == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		d.Data = filepath.Join(cache, "firebrand-demo")
	}
	listen := net.JoinHostPort("127.0.0.1", fmt.Sprint(d.Port))
	if err := free(listen); err != nil {
		return orTaken(err, listen, "--port")
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	loaded, whole, err := d.stands()
	if err != nil {
		return err
	}
	if !whole {
		if err := d.clear(ctx); err != nil {
			return err
		}
	}
	a, err := app.Open(ctx, app.Settings{Data: d.Data, Redis: d.Redis, Zone: d.Zone, Brand: "Velmar", Log: log})
	if err != nil {
		return err
	}
	if !whole {
		if loaded, err = d.load(ctx, a); err != nil {
			return errors.Join(err, a.Close())
		}
	}
	err = a.Serve(ctx, listen, func(at string) error { return d.greet(ctx, a, at, loaded) })
	return errors.Join(orTaken(err, listen, "--port"), a.Close())
}

// stands reads the marker: whole is false where there is no demo of this month, or a new one is wanted.
func (d *demoCommand) stands() (loaded demo.Loaded, whole bool, err error) {
	zone, err := calendar.Load(d.Zone)
	if err != nil {
		return loaded, false, err
	}
	raw, err := os.ReadFile(filepath.Join(d.Data, marker))
	if err != nil {
		return loaded, false, nil
	}
	err = json.Unmarshal(raw, &loaded)
	return loaded, err == nil && !d.Fresh && loaded.Month == zone.Month(time.Now()).String(), nil
}

// clear removes a demo that is not whole or not wanted any more, and nothing that is not one: a folder with other
// files in it is refused.
func (d *demoCommand) clear(ctx context.Context) error {
	entries, err := os.ReadDir(d.Data)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "firebrand.") && e.Name() != marker {
			return fmt.Errorf("%s holds %s, which is not the demo's: choose an empty folder with --data", d.Data, e.Name())
		}
	}
	// A demo that is being served must not lose its files.
	engine, err := sqlite.Open(ctx, d.Data, sqlite.Options{})
	if err == nil {
		err = engine.Close()
	}
	if f := fault.As(err); f != nil && f.Key == "store.locked" {
		return err
	}
	for _, e := range entries {
		// Opening and closing the store has removed some of its files already.
		if err := os.Remove(filepath.Join(d.Data, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// load fills the folder and says so in its marker, last of all.
func (d *demoCommand) load(ctx context.Context, a *app.App) (demo.Loaded, error) {
	fmt.Println("Making the demo: 40 companies, 400 members, two months of their games, three of their orders and five auctions. This is done once.")
	bar := progressbar.NewOptions(1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(),
		progressbar.OptionSetDescription("members"), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	loaded, err := demo.Load(ctx, a, func(done, of int) {
		bar.ChangeMax(of)
		_ = bar.Set(done) // a bar that cannot be drawn is no reason to stop
	})
	if err != nil {
		return loaded, err
	}
	return loaded, d.mark(loaded)
}

// mark writes the marker.
func (d *demoCommand) mark(loaded demo.Loaded) error {
	raw, err := json.MarshalIndent(loaded, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.Data, marker), raw, 0o600)
}

// greet prints where to open the demo and as whom.
func (d *demoCommand) greet(ctx context.Context, a *app.App, at string, loaded demo.Loaded) error {
	token, err := demo.Invite(ctx, a, &loaded)
	if err != nil {
		return err
	}
	if err := d.mark(loaded); err != nil {
		return err
	}
	printDemo(os.Stdout, at, token, d.Data, loaded)
	if d.Crowd {
		go func() {
			if err := loaded.Crowd(ctx, a, at, func(line string) { fmt.Println(line) }); err != nil && ctx.Err() == nil {
				fmt.Fprintln(os.Stderr, "crowd:", err)
			}
		}()
	}
	return nil
}

func printDemo(w io.Writer, at, token, folder string, loaded demo.Loaded) {
	fmt.Fprintf(w, "\nVelmar's programme is open:\n\n")
	fmt.Fprintf(w, "  come in as a newcomer   %s/i/%s   (works once)\n", at, token)
	fmt.Fprintf(w, "  sign in                 %s/sign-in   password of everyone below: %s\n\n", at, demo.Password)
	for _, in := range loaded.SignIns {
		fmt.Fprintf(w, "    %-10s %-28s %s\n", in.Role, in.Login, in.Name)
	}
	fmt.Fprintf(w, "\nThe member has bid in two auctions; how they stand now: %s/auctions\n", at)
	for _, look := range [][2]string{
		{"/board", "boards: everyone, the region, newcomers, each quiz, the week; the month before is closed and its prizes paid"},
		{"/board/league", "companies by size, single traders together by region"},
		{"/messages", "what the member and the principal were told while they were away"},
		{"/studio/auctions", "as the marketer: what runs, what is sealed, what comes and what is over"},
		{"/desk", "as the desk: a prize that was won at auction waits to be handed over"},
	} {
		fmt.Fprintf(w, "  %-18s %s\n", look[0], look[1])
	}
	fmt.Fprintf(w, "\nData: %s (run with --fresh to make it anew). Stop with Ctrl-C.\n", folder)
}
