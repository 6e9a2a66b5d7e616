// Package app is the program wired together: stores at the bottom, rooms over them, and what runs in the background.
// The commands, the demo and the load drivers all stand on it, so that there is one wiring and not four.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/leaderboard"
	"firebrand/web"
)

// Families are the journal's collections in this program.
var Families = []string{
	"points", "play", "stock", "redemption", "consent", "budget", "order", "buyer", "challenge", leaderboard.Family, auction.Family,
}

// Settings are where a programme's data lies and by which zone it lives.
type Settings struct {
	// Data is the data folder; it is made if absent and locked against a second process.
	Data string
	// Mongo is the URI of a MongoDB that any number of processes share; where it is set Data is not used.
	Mongo string
	// Standing says that the programme must be there already: where there is none Open fails and begins none.
	Standing bool
	// Redis is a URL, or empty for boards that live in the process. Processes that share a MongoDB share a Redis too.
	Redis string
	// Zone is an IANA name.
	Zone string
	// Brand is the programme's name as people read it.
	Brand string
	// Now is the clock of everything; time.Now unless set.
	Now func() time.Time
	// Log hears of what goes wrong in the background; silence unless set.
	Log *slog.Logger
}

// App is the open program. Close it when it is needed no more.
type App struct {
	Engine  store.Engine
	Redis   *store.Redis
	Notices *store.Notices
	Journal *journal.Journal
	Zone    calendar.Zone
	Brand   string
	Now     func() time.Time
	Log     *slog.Logger
	web.Rooms
	gauges *gauges
	// deaf end the listening to other processes.
	deaf []func()
}

// Open opens the data folder and every room. What it opened before an error it closes again.
func Open(ctx context.Context, s Settings) (a *App, err error) {
	zone, err := calendar.Load(s.Zone)
	if err != nil {
		return nil, err
	}
	a = &App{Zone: zone, Brand: s.Brand, Now: s.Now, Log: s.Log, gauges: newGauges()}
	if a.Now == nil {
		a.Now = time.Now
	}
	if a.Log == nil {
		a.Log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
			a = nil
		}
	}()
	if err = a.openStores(ctx, s); err != nil {
		return a, err
	}
	if err = a.openRooms(ctx); err != nil {
		return a, err
	}
	if unused := a.Engine.Unused(); len(unused) > 0 {
		a.Log.Info("indexes stay that this release does not use: once all processes are of the newest one, run its firebrand tidy", "indexes", unused)
	}
	return a, nil
}

// openRooms opens the rooms from the lowest up; each is given the ones it stands on.
func (a *App) openRooms(ctx context.Context) (err error) {
	a.Points = &points.Service{Journal: a.Journal, Zone: a.Zone, Policy: points.DefaultPolicy(), Now: a.Now}
	if a.Points.Policies, err = points.OpenPolicies(ctx, a.Engine, a.Now); err != nil {
		return err
	}
	if err = a.openMoney(ctx); err != nil {
		return err
	}
	if a.Members, err = member.Open(ctx, a.Engine, a.Now); err != nil {
		return err
	}
	a.Members.Journal = a.Journal
	if a.Content, err = content.Open(ctx, a.Engine, a.Zone, a.Now); err != nil {
		return err
	}
	a.Game, err = game.Open(ctx, a.Engine, game.Service{
		Journal: a.Journal, Content: a.Content, Points: a.Points, Zone: a.Zone, Now: a.Now, Random: rand.Reader, Policy: game.DefaultPolicy,
	})
	if err != nil {
		return err
	}
	if a.Catalog, err = catalog.New(ctx, a.Engine, a.Journal, a.Points, a.Now, rand.Reader); err != nil {
		return err
	}
	if a.Rules, err = rule.OpenVersions(ctx, a.Engine, a.Now); err != nil {
		return err
	}
	a.Orders, err = purchase.Open(ctx, a.Engine, purchase.Service{
		Journal: a.Journal, Points: a.Points, Buyers: a.Members, Rules: a.Rules, Zone: a.Zone, Now: a.Now,
	})
	if err != nil {
		return err
	}
	if err = a.openChallenges(ctx); err != nil {
		return err
	}
	a.Content.Rewards = a.Catalog
	return a.openLive(ctx)
}

// quiet is how long nothing more is logged of one thing in the background after it failed: while Redis is down boards
// fail five times a second.
const quiet = time.Minute

// failed logs what went wrong in the background: the next round tries again. What is left out is counted.
func (a *App) failed(what string) func(error) {
	var mu sync.Mutex
	var logged time.Time
	left := 0
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		now := a.Now()
		if !logged.IsZero() && now.Sub(logged) < quiet {
			left++
			return
		}
		a.Log.Warn("in the background", "what", what, "error", err, "unlogged", left)
		logged, left = now, 0
	}
}

// Close frees everything, the highest first.
func (a *App) Close() error {
	var errs []error
	if a.Live != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		errs = append(errs, a.Live.Close(ctx))
	}
	for _, stop := range a.deaf {
		stop()
	}
	if a.Notices != nil {
		errs = append(errs, a.Notices.Close())
	}
	if a.Redis != nil {
		errs = append(errs, a.Redis.Close())
	}
	if a.Budgets != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		errs = append(errs, a.Budgets.Close(ctx))
	}
	if a.Engine != nil {
		errs = append(errs, a.Engine.Close())
	}
	return errors.Join(errs...)
}

// Ready reports whether the store answers. Redis is not asked: it is gone for every process at once, play and bids go on
// without it, and a balancer that then took all processes out would end them.
func (a *App) Ready(ctx context.Context) error {
	if err := a.Engine.Ping(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Background runs followers and sweeps until ctx ends; wait returns when the last of them has.
func (a *App) Background(ctx context.Context) (wait func()) {
	var running sync.WaitGroup
	for _, f := range a.Followers() {
		running.Go(func() { a.Journal.Run(ctx, f) })
	}
	running.Go(func() { a.Boards.Run(ctx) })
	for _, job := range a.jobs() {
		failed := a.failed(job.name)
		running.Go(func() {
			a.repeat(ctx, job, func() {
				if err := a.once(ctx, job); err != nil && ctx.Err() == nil {
					failed(err)
				}
			})
		})
	}
	return running.Wait
}

// Followers draw the shadows that live in the store.
func (a *App) Followers() []journal.Follower {
	all := append(a.Game.Followers(), a.Catalog.Follower(), a.Orders.Follower())
	all = append(all, a.challengeFollowers()...)
	for i := range all {
		if all[i].Failed == nil {
			all[i].Failed = a.failed(all[i].Family)
		}
	}
	return all
}
