package catalog

import (
	"context"
	"time"

	"firebrand/content"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// Won is a unit of an auction that somebody won, to be placed as a redemption.
type Won struct {
	// ID is the redemption's, under which KeepUnit took the piece; the winner's hold bears it too and holds Price.
	ID      string
	Member  string
	Company string
	Reward  string
	// Version and Name are the reward's when the auction was announced.
	Version int64
	Name    content.Text
	Price   int64
	// Auction is the auction's stream.
	Auction string
}

// unit is the redemption that a unit of an auction would become.
func unit(id, reward, actor string) Redemption {
	return Redemption{ID: id, Reward: reward, Member: actor}
}

// KeepUnit takes one piece out of the stock for a redemption that is still to be won; taken is false where none is left,
// and then none ever will be under this id. Safe to repeat.
func (s *Service) KeepUnit(ctx context.Context, actor, reward, id string) (taken bool, err error) {
	kind, err := s.take(ctx, StockStream(reward), unit(id, reward, actor), 0)
	return kind == StockTaken, err
}

// ReturnUnit gives a kept piece back that nobody won, or makes sure that none will ever be kept under this id. It must
// not be called for a unit that somebody won. Safe to repeat.
func (s *Service) ReturnUnit(ctx context.Context, actor, reward, id string) error {
	return s.giveBack(ctx, StockStream(reward), unit(id, reward, actor))
}

// PlaceWon makes the redemption of a unit that was won: its piece was kept, its hold is captured, its voucher waits at
// the desk. From there on it is a redemption like any other; cancelled, its points come back. Safe to repeat, and what a
// crash leaves of it is finished by Sweep. It fails with fault.Conflict ("catalog.sold_out") where no piece was kept.
func (s *Service) PlaceWon(ctx context.Context, w Won) (Redemption, error) {
	kind, err := s.take(ctx, StockStream(w.Reward), unit(w.ID, w.Reward, w.Member), 0)
	if err != nil {
		return Redemption{}, err
	}
	if kind != StockTaken {
		return Redemption{}, fault.New(fault.Conflict, "catalog.sold_out")
	}
	req := journal.Request{Key: "request", Actor: w.Member, What: struct{ Won, Member string }{w.Auction, w.Member}}
	rec, err := s.Journal.Decide(ctx, RedemptionStream(w.ID), req, func(_ journal.Record, at time.Time) (string, any, error) {
		return string(Requested), redemptionRecord{Redemption{
			ID: w.ID, Member: w.Member, Company: w.Company, Reward: w.Reward, Version: w.Version, Name: w.Name, Price: w.Price,
			State: Requested, Auction: w.Auction, At: at, Changed: at, Seq: 1,
		}}, nil
	})
	if err != nil {
		return Redemption{}, err
	}
	r, err := s.Redemption(ctx, w.ID)
	switch {
	case err != nil:
		return Redemption{}, err
	case r.State != Requested:
		return r, nil
	case !rec.Replayed:
		if err := s.draw(ctx, r); err != nil {
			return r, err
		}
	}
	return s.complete(ctx, r)
}
