package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"firebrand/catalog/auction"
	"firebrand/internal/journal"
)

// VerifyAuction replays one auction's log from its stream and holds it against the winners, the holds and the redemptions.
// It tells what it found whole and fails with what it found broken.
func (a *App) VerifyAuction(ctx context.Context, id string, tell func(string)) error {
	r, err := a.Auctions.VerifyAuction(ctx, id)
	if err != nil {
		return fmt.Errorf("auction %s: %w", id, err)
	}
	tell(fmt.Sprintf("auction     %s: %s, %d records, %d bids, %d won: whole", r.Auction, r.Phase, r.Records, r.Bids, r.Winners))
	tell(fmt.Sprintf("held        %d points, %d holds without a standing bid", r.Held, r.Open))
	tell(fmt.Sprintf("seal        %s", r.Hash))
	if r.Open > 0 {
		tell("a running server ends what is open within a minute")
	}
	return nil
}

// auction checks a stream of the family and remembers whose holds are the auction's to explain.
func (v *audit) auction(stream string, recs []journal.Record) error {
	if err := auction.CheckStream(stream, recs); err != nil {
		return err
	}
	if slices.ContainsFunc(recs, func(rec journal.Record) bool { return rec.Kind == string(auction.KindScheduled) }) {
		v.auctions = append(v.auctions, strings.TrimPrefix(stream, auction.Family+"/"))
	}
	return nil
}

// bids checks each auction against holds, stock and redemptions.
func (v *audit) bids(ctx context.Context) error {
	for _, id := range v.auctions {
		r, err := v.app.Auctions.VerifyAuction(ctx, id)
		if err != nil {
			return fmt.Errorf("auction %s: %w", id, err)
		}
		if r.Open > 0 {
			v.unpaid = append(v.unpaid, auction.Stream(id))
		}
	}
	return nil
}
