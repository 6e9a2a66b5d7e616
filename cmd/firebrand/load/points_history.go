package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store/sqlite"
)

const (
	// veterans is how many members have three years behind them; as many have a week.
	veterans = 32
	// weeks is how long three years are.
	weeks = 156
	// historyLimit is how many times the balance of a week a balance of three years may cost.
	historyLimit = 1.2
	// waiting is how many accounts wait for the settlement day.
	waiting = 300
)

// past is a programme whose clock is set by hand, in milliseconds.
type past struct {
	*points.Service
	clock atomic.Int64
}

func (p *past) now() time.Time      { return time.UnixMilli(p.clock.Load()).UTC() }
func (p *past) set(at time.Time)    { p.clock.Store(at.UnixMilli()) }
func (p *past) add(d time.Duration) { p.clock.Add(d.Milliseconds()) }

// driveHistory lives three years of members, compares reading their balance with that of a week, and lets a settlement
// day pass.
func driveHistory(ctx context.Context, r run) (err error) {
	p, done, err := openPast(ctx, filepath.Join(r.dir, "history"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	today := time.Now()
	p.set(today.AddDate(0, 0, -7*weeks))
	if err := p.live(ctx); err != nil {
		return err
	}
	p.set(today)
	if err := p.compare(ctx, r); err != nil {
		return err
	}
	return p.settlementDay(ctx, r)
}

func openPast(ctx context.Context, dir string) (*past, func() error, error) {
	zone, err := calendar.Load(homeZone)
	if err != nil {
		return nil, nil, err
	}
	engine, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return nil, nil, err
	}
	p := &past{}
	j, err := journal.Open(ctx, engine, p.now, points.Family)
	if err == nil {
		p.Service = &points.Service{Journal: j, Zone: zone, Now: p.now}
		p.Policies, err = points.OpenPolicies(ctx, engine, p.now)
	}
	if err != nil {
		return nil, nil, errors.Join(err, engine.Close())
	}
	return p, engine.Close, nil
}

// live lets members play twice and buy once a week, redeem now and then and return every tenth order. As many newcomers
// join them in the last week, so that the records of both lie side by side.
func (p *past) live(ctx context.Context) error {
	for week := range weeks {
		err := all(ctx, 2*veterans, writers, func(ctx context.Context, i int) error {
			if i%2 == 1 && week < weeks-1 {
				return nil
			}
			return p.week(ctx, veteran(i), week)
		})
		if err != nil {
			return err
		}
		p.add(7 * 24 * time.Hour)
	}
	return nil
}

// veteran is the i-th member, veterans and newcomers in turns.
func veteran(i int) string { return fmt.Sprintf("%s-%d", [2]string{"years", "week"}[i%2], i/2) }

func (p *past) week(ctx context.Context, id string, week int) error {
	key := func(what string) string { return fmt.Sprintf("%s-%d", what, week) }
	for _, game := range []string{"monday", "friday"} {
		_, err := p.Award(ctx, points.Award{
			Key: key(game), Account: id, Amount: 60, Source: points.SourceGame, Funding: "velmar", Played: true,
			Ref: "play/primer-choice/2026-11/" + id,
		})
		if err != nil {
			return err
		}
	}
	order := points.Award{
		Key: key("order"), Account: id, Amount: 240, Source: points.SourcePurchase, Funding: "velmar", Ref: "order/V-20417",
		Undelivered: week%4 == 0, Cap: points.Cap{ID: "rate", Most: 3000},
	}
	if _, err := p.Award(ctx, order); err != nil {
		return err
	}
	if order.Undelivered {
		_, err := p.Deliver(ctx, points.Deliver{Key: key("arrived"), Account: id, Amount: 240, Funding: "velmar", Award: order.Key, Ref: order.Ref})
		if err != nil {
			return err
		}
	} else if week%10 == 5 {
		if _, err := p.Reverse(ctx, points.Reverse{Key: key("return"), Account: id, Award: order.Key, Amount: 120, Ref: order.Ref}); err != nil {
			return err
		}
	}
	return p.redeem(ctx, id, key)
}

// redeem spends half of what is there through a hold, which every third time is given up.
func (p *past) redeem(ctx context.Context, id string, key func(string) string) error {
	view, err := p.Balance(ctx, id)
	if err != nil || view.Alive < 2 {
		return err
	}
	if _, err := p.Hold(ctx, points.HoldRequest{Key: key("hold"), Account: id, Amount: view.Alive / 2, Ref: "redemption-77"}); err != nil {
		return err
	}
	end := p.Capture
	if rand.IntN(3) == 0 {
		end = p.Release
	}
	_, err = end(ctx, points.End{Key: key("end"), Account: id, Hold: key("hold"), Ref: "redemption-77"})
	return err
}

// compare reads balances of both, in turns: by the service that has read them before, as a running server has, and by
// one that remembers nothing and decodes each record anew. Both look the last record up every time.
func (p *past) compare(ctx context.Context, r run) error {
	running := func() *points.Service { return p.Service }
	cold := func() *points.Service {
		return &points.Service{Journal: p.Journal, Zone: p.Zone, Policies: p.Policies, Now: p.Now}
	}
	week, years, err := p.reads(ctx, r.lasts/10, running)
	if err != nil {
		return err
	}
	coldWeek, coldYears, err := p.reads(ctx, r.lasts/10, cold)
	if err != nil {
		return err
	}
	last, err := p.Journal.Last(ctx, points.Stream("years-0"))
	if err != nil {
		return err
	}
	r.report(figure("points.history", float64(last.Seq), "records"))
	r.report(figure("points.balance_week", week.each(), "µs"))
	r.report(figure("points.balance_years", years.each(), "µs").beside(week.each()))
	r.report(figure("points.balance_growth", years.each()/week.each(), "times").atMost(historyLimit))
	r.report(figure("points.balance_cold_years", coldYears.each(), "µs").beside(coldWeek.each()))
	return nil
}

// reads measures balances of members of a week and of three years, in turns.
func (p *past) reads(ctx context.Context, lasts time.Duration, by func() *points.Service) (week, years tally, err error) {
	const turns = 10
	for i := range 2 * turns {
		name, sum := "week", &week
		if i%2 == 1 {
			name, sum = "years", &years
		}
		t, err := during(ctx, lasts/(2*turns), writers, func(ctx context.Context, w, n int) error {
			_, err := by().Balance(ctx, fmt.Sprintf("%s-%d", name, (w+n)%veterans))
			return err
		})
		if err != nil {
			return week, years, err
		}
		sum.add(t)
	}
	return week, years, nil
}

// settlementDay lets purchases become active, with a sweep before and behind, and counts what was written.
func (p *past) settlementDay(ctx context.Context, r run) error {
	err := all(ctx, waiting, writers, func(ctx context.Context, i int) error {
		_, err := p.Award(ctx, points.Award{Key: "order", Account: fmt.Sprintf("waits-%d", i), Amount: 100, Source: points.SourcePurchase})
		return err
	})
	if err != nil {
		return err
	}
	view, err := p.Balance(ctx, "waits-0")
	if err != nil {
		return err
	}
	if len(view.Starts) != 1 {
		return fmt.Errorf("%d points wait for the settlement day", view.Pending)
	}
	p.set(view.Starts[0].At.Add(-time.Millisecond))
	if _, err := p.Sweep(ctx); err != nil {
		return err
	}
	before, err := p.count(ctx)
	if err != nil {
		return err
	}
	p.add(time.Millisecond)
	if _, err := p.Sweep(ctx); err != nil {
		return err
	}
	after, err := p.count(ctx)
	if err != nil {
		return err
	}
	if view, err = p.Balance(ctx, "waits-0"); err == nil && view.Alive != 100 {
		err = fmt.Errorf("%d points are active on the settlement day, not 100", view.Alive)
	}
	r.report(figure("points.settlement_writes", float64(after-before), "records").exactly(0))
	return err
}

func (p *past) count(ctx context.Context) (records int, err error) {
	_, records, err = p.Journal.Verify(ctx, points.Family, func(_ string, recs []journal.Record) error {
		return points.VerifyStream(recs)
	})
	return records, err
}
