package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store/sqlite"
)

const (
	// writers is how many append at once.
	writers = 16
	// accountsEach is how many accounts each writer goes round.
	accountsEach = 8
	// lots is how many lots each account holds.
	lots = 12
	// commitLimit is the most that one committed operation may cost, in µs.
	commitLimit = 200
	// rivals spend one account's points at once, one at a time.
	rivals = 64
	// contended is how many points they find there.
	contended = 1000
)

// bank is the accounts under load.
type bank struct {
	*points.Service
	zone calendar.Zone
}

// drivePoints lets writers commit earns and spends on accounts of twelve lots, in slices between slices of bare inserts
// of the same size, so that whatever else the machine does falls on both.
func drivePoints(ctx context.Context, r run) (err error) {
	b, size, done, err := openBank(ctx, r.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	base, err := openBare(ctx, r.dir, size)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.close()) }()
	var commits, inserts tally
	const rounds = 6
	for i := range 2*rounds + 1 {
		sum, work := &inserts, func(lasts time.Duration) (tally, error) { return base.inserting(ctx, lasts, writers, accountsEach) }
		if i%2 == 1 {
			sum, work = &commits, func(lasts time.Duration) (tally, error) { return during(ctx, lasts, writers, b.earnOrSpend()) }
		}
		t, err := work(r.lasts * 4 / 5 / (2*rounds + 1))
		if err != nil {
			return err
		}
		sum.add(t)
	}
	r.report(figure("points.commit_cpu", commits.each(), "µs").beside(inserts.each()).atMost(commitLimit))
	r.report(figure("points.commits", commits.perSecond(), "1/s").beside(inserts.perSecond()))
	r.report(figure("points.record", float64(size), "bytes"))
	if err := b.balances(ctx, r, base); err != nil {
		return err
	}
	if err := driveHistory(ctx, r); err != nil {
		return err
	}
	return b.contend(ctx, r)
}

// openBank fills accounts through the service; size is how many bytes the newest record of one takes where it is kept.
func openBank(ctx context.Context, dir string) (b bank, size int, done func() error, err error) {
	zone, err := calendar.Load(homeZone)
	if err != nil {
		return b, 0, nil, err
	}
	engine, err := sqlite.Open(ctx, filepath.Join(dir, "points"), sqlite.Options{})
	if err != nil {
		return b, 0, nil, err
	}
	j, err := journal.Open(ctx, engine, time.Now, points.Family)
	if err != nil {
		return b, 0, nil, errors.Join(err, engine.Close())
	}
	b = bank{&points.Service{Journal: j, Zone: zone, Policy: points.DefaultPolicy(), Now: time.Now}, zone}
	err = all(ctx, writers*accountsEach, writers, func(ctx context.Context, i int) error {
		return b.furnish(ctx, account(i/accountsEach, i%accountsEach))
	})
	if err != nil {
		return b, 0, nil, errors.Join(err, engine.Close())
	}
	last, err := j.Last(ctx, points.Stream(account(0, 0)))
	if err != nil {
		return b, 0, nil, errors.Join(err, engine.Close())
	}
	raw, err := json.Marshal(last)
	return b, len(raw), engine.Close, err
}

func account(w, n int) string { return fmt.Sprintf("load-%d-%d", w, n) }

// furnish gives an account a year of play, purchases and gifts, and a hold.
func (b bank) furnish(ctx context.Context, id string) error {
	month := b.zone.Month(time.Now())
	for i := range lots {
		award := points.Award{
			Key: fmt.Sprintf("award-%d", i), Account: id, Amount: 1_000_000, Source: points.SourceGame, Funding: "velmar",
			Month: month.Add(-i / 2), Played: true, Expires: b.zone.EndOfMonth(month.Add(i + 1)), Ref: "play/primer-choice/2026-11/" + id,
		}
		switch i % 3 {
		case 1:
			award.Source, award.Played, award.Month, award.Ref = points.SourcePurchase, false, calendar.Month{}, "order/V-20417"
			award.From = time.Now()
		case 2:
			award.Source, award.Played, award.Month, award.Ref = points.SourceGrant, false, calendar.Month{}, "anniversary"
		}
		if _, err := b.Award(ctx, award); err != nil {
			return err
		}
	}
	rec, err := b.Hold(ctx, points.HoldRequest{Key: "auction-9/" + id, Account: id, Amount: 50, Ref: "auction-9"})
	if err == nil && len(rec.After.Lots) != lots {
		err = fmt.Errorf("%s holds %d lots, not %d", id, len(rec.After.Lots), lots)
	}
	return err
}

// slice counts the times that accounts were loaded, so that no key comes twice.
var slice atomic.Int64

// earnOrSpend commits an earn to the lot that a game of this month has, and next time a spend from the soonest lot, so
// that there are twelve throughout.
func (b bank) earnOrSpend() work {
	round, month := slice.Add(1), b.zone.Month(time.Now())
	return func(ctx context.Context, w, n int) error {
		id, key := account(w, n/2%accountsEach), fmt.Sprintf("load-%d-%d", round, n)
		if n%2 == 1 {
			_, err := b.Spend(ctx, points.Spend{Key: key, Account: id, Amount: 30, Ref: "redemption-77"})
			return err
		}
		_, err := b.Award(ctx, points.Award{
			Key: key, Account: id, Amount: 30, Source: points.SourceGame, Funding: "velmar", Played: true,
			Expires: b.zone.EndOfMonth(month.Next()), Ref: "play/primer-choice/2026-11/" + id,
		})
		return err
	}
}

// balances measures a balance read beside a bare read of the newest row.
func (b bank) balances(ctx context.Context, r run, base *bare) error {
	var ours, bare tally
	for range 2 {
		t, err := base.reading(ctx, r.lasts/20, writers, accountsEach)
		if err != nil {
			return err
		}
		bare.add(t)
		t, err = during(ctx, r.lasts/20, writers, func(ctx context.Context, w, n int) error {
			_, err := b.Balance(ctx, account(w, n%accountsEach))
			return err
		})
		if err != nil {
			return err
		}
		ours.add(t)
	}
	r.report(figure("points.balance_cpu", ours.each(), "µs").beside(bare.each()))
	return nil
}

// contend lets rivals spend one account's points one by one until nothing is left: exactly as many spends succeed as
// there were points.
func (b bank) contend(ctx context.Context, r run) error {
	const id = "contended"
	if _, err := b.Award(ctx, points.Award{Key: "award", Account: id, Amount: contended, Source: points.SourceGrant}); err != nil {
		return err
	}
	var succeeded atomic.Int64
	err := all(ctx, rivals, rivals, func(ctx context.Context, rival int) error {
		for n := 0; ; n++ {
			_, err := b.Spend(ctx, points.Spend{Key: fmt.Sprintf("spend-%d-%d", rival, n), Account: id, Amount: 1})
			if f := fault.As(err); f != nil && f.Key == "points.short" {
				return nil
			}
			if err != nil {
				return err
			}
			succeeded.Add(1)
		}
	})
	if err != nil {
		return err
	}
	left, err := b.Balance(ctx, id)
	if err == nil && left.Alive != 0 {
		err = fmt.Errorf("%d points are left of what was spent %d times", left.Alive, succeeded.Load())
	}
	r.report(figure("points.contend", float64(succeeded.Load()), "times").exactly(contended))
	return err
}
