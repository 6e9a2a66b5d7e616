package app

import (
	"context"
	"fmt"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/catalog/purchase"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/leaderboard"
)

// Verify checks everything that is stored: chains, the laws of points and of stock, each redemption's own story, and
// that points, stock and redemption agree. It tells line by line what it found whole and stops at the first fault,
// which names the record. Flows that a crash left open are told, not faults: the next sweep ends them.
func (a *App) Verify(ctx context.Context, tell func(string)) error {
	audit := &audit{app: a, holds: map[string]string{}}
	checks := map[string]func(stream string, recs []journal.Record) error{
		"points": audit.points, "budget": audit.budget(ctx), "consent": member.CheckConsent,
		"stock": catalog.CheckStock, "redemption": audit.redemption(ctx), "play": audit.play(ctx),
		"order": audit.order(ctx), "buyer": purchase.CheckBuyer, "challenge": audit.challenge(ctx),
		leaderboard.Family: audit.month(ctx), auction.Family: audit.auction,
	}
	for _, family := range Families {
		streams, records, err := a.Journal.Verify(ctx, family, checks[family])
		if err != nil {
			return fmt.Errorf("%s: %w", family, err)
		}
		tell(fmt.Sprintf("%-11s %6d streams, %8d records: whole", family, streams, records))
	}
	if err := audit.merges(ctx); err != nil {
		return err
	}
	if err := audit.bids(ctx); err != nil {
		return err
	}
	return audit.flows(ctx, tell)
}

// audit collects what only shows when everything has been read.
type audit struct {
	app *App
	// holds are the open holds and whose they are; every one must belong to an open flow.
	holds map[string]string
	// open are the redemptions whose flow has not ended, unpaid the ended games whose points were not moved yet.
	open, unpaid []string
	// auctions are the ids of those that were scheduled.
	auctions []string
}

func (v *audit) points(stream string, recs []journal.Record) error {
	if err := points.VerifyStream(recs); err != nil {
		return err
	}
	last := recs[len(recs)-1]
	state, err := points.StateOf(last)
	if err != nil {
		return &journal.Broken{ID: last.ID(), Why: err.Error()}
	}
	for _, h := range state.Holds {
		if journal.Family(h.Ref) != auction.Family { // those are checked with their auction
			v.holds[h.ID] = stream
		}
	}
	return nil
}

// merges tells what is left to carry over from one account to another.
func (v *audit) merges(ctx context.Context) error {
	open, err := v.app.Points.OpenMerges(ctx)
	for _, m := range open {
		v.unpaid = append(v.unpaid, points.Stream(m.From)+" into "+points.Stream(m.Into))
	}
	return err
}

func (v *audit) redemption(ctx context.Context) func(string, []journal.Record) error {
	return func(stream string, recs []journal.Record) error {
		if err := catalog.CheckRedemption(stream, recs); err != nil {
			return err
		}
		r, err := catalog.StateOf(recs[len(recs)-1])
		if err != nil {
			return err
		}
		if r.State.Open() {
			v.open = append(v.open, r.ID)
		}
		return v.app.Catalog.Agree(ctx, r)
	}
}

func (v *audit) play(ctx context.Context) func(string, []journal.Record) error {
	return func(stream string, recs []journal.Record) error {
		settled, err := v.app.Game.Settled(ctx, recs[len(recs)-1])
		if err == nil && !settled {
			v.unpaid = append(v.unpaid, stream)
		}
		return err
	}
}

// month checks a closed month, and that what it promised was paid.
func (v *audit) month(ctx context.Context) func(string, []journal.Record) error {
	return func(stream string, recs []journal.Record) error {
		if err := leaderboard.CheckStream(stream, recs); err != nil {
			return err
		}
		open, err := leaderboard.Agree(ctx, v.app.Points, recs)
		if err == nil && open {
			v.unpaid = append(v.unpaid, stream)
		}
		return err
	}
}

// flows tells what is open and finds holds that no flow would ever end.
func (v *audit) flows(ctx context.Context, tell func(string)) error {
	open := map[string]bool{}
	for _, id := range v.open {
		open[id] = true
		tell("open        redemption " + id)
	}
	for _, stream := range v.unpaid {
		tell("open        points of " + stream)
	}
	for id, stream := range v.holds {
		if !open[id] {
			return fmt.Errorf("%s: hold %s belongs to no open flow", stream, id)
		}
	}
	tell(fmt.Sprintf("flows       %6d open, %d holds", len(v.open)+len(v.unpaid), len(v.holds)))
	if len(v.open)+len(v.unpaid) > 0 {
		tell("a running server ends what is open within a minute")
	}
	return nil
}
