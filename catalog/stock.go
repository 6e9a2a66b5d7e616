package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// The kinds of record in the stock family. Taken and void share their key, the redemption's id: one of them wins, and
// that record decides the redemption.
const (
	StockAdded    = "added"
	StockTaken    = "taken"
	StockReturned = "returned"
	StockVoid     = "void"
)

// StockRecord is the body of a record: what it did and how many there are after it.
type StockRecord struct {
	// Redemption is whose piece it is; empty for what was added.
	Redemption string `json:"redemption,omitempty"`
	// Added is how many pieces came in; below zero where broken or lost ones went out.
	Added int64      `json:"added,omitempty"`
	After StockAfter `json:"after"`
}

// StockAfter is the state of a stock. In the stream of a member's limit Left is how many that member may still take.
type StockAfter struct {
	Left int64 `json:"left"`
	// Out is how many redemptions took and did not give back.
	Out int64 `json:"out"`
}

// stockAfter reads the state after a record; the zero Record is an empty stock.
func stockAfter(rec journal.Record) (StockAfter, error) {
	if rec.Seq == 0 {
		return StockAfter{}, nil
	}
	var b StockRecord
	if err := json.Unmarshal(rec.Body, &b); err != nil {
		return StockAfter{}, fmt.Errorf("catalog: record %s: %w", rec.ID(), err)
	}
	return b.After, nil
}

// AddStock adds n pieces to a reward's stock and returns what is left then; below zero it takes broken or lost ones
// out. The same key adds once. It fails with fault.Invalid ("catalog.stock_number"), fault.NotFound and, where fewer
// are left than shall go out, fault.Conflict ("catalog.stock_short").
func (s *Service) AddStock(ctx context.Context, actor, reward string, n int64, key string) (left int64, err error) {
	if n == 0 || n > MaxStock || n < -MaxStock {
		return 0, fault.New(fault.Invalid, "catalog.stock_number", "max", MaxStock).On("n")
	}
	if err := checkKey(key); err != nil {
		return 0, err
	}
	if _, err := s.Reward(ctx, reward); err != nil {
		return 0, err
	}
	what := struct{ Add int64 }{n}
	// The prefix keeps a form's key from ever being the id of a redemption.
	req := journal.Request{Key: "add/" + key, Actor: actor, What: what}
	rec, err := s.Journal.Decide(ctx, StockStream(reward), req, func(last journal.Record, _ time.Time) (string, any, error) {
		after, err := stockAfter(last)
		if err != nil {
			return "", nil, err
		}
		if after.Left+n < 0 {
			return "", nil, fault.New(fault.Conflict, "catalog.stock_short", "n", after.Left).On("n")
		}
		after.Left += n
		return StockAdded, StockRecord{Added: n, After: after}, nil
	})
	if err != nil {
		return 0, err
	}
	after, err := stockAfter(rec)
	return after.Left, err
}

// Stock is how many pieces of a reward are left; 0 for one that has no stock yet.
func (s *Service) Stock(ctx context.Context, reward string) (left int64, err error) {
	last, err := s.Journal.Last(ctx, StockStream(reward))
	if err != nil {
		return 0, err
	}
	after, err := stockAfter(last)
	return after.Left, err
}

// Stocks is how many pieces are left of each of these rewards.
func (s *Service) Stocks(ctx context.Context, rewards []string) (map[string]int64, error) {
	left := make(map[string]int64, len(rewards))
	for _, reward := range rewards {
		n, err := s.Stock(ctx, reward)
		if err != nil {
			return nil, err
		}
		left[reward] = n
	}
	return left, nil
}

// claim is the request of both records that may stand under a redemption's id, so that either answers for the other.
type claim struct{ Redemption string }

// take takes one piece for the redemption, or settles with a void that it gets none: where none is left, or where a
// void was there first. Limit is that of a limit stream and 0 in a stock. It returns the kind of the record that
// stands: StockTaken or StockVoid. Safe to repeat.
func (s *Service) take(ctx context.Context, stream string, r Redemption, limit int) (string, error) {
	return s.settle(ctx, stream, r, func(after StockAfter) (string, StockAfter) {
		if isLimit(stream) {
			after.Left = int64(limit) - after.Out
		}
		if after.Left <= 0 {
			return StockVoid, after
		}
		after.Left--
		after.Out++
		return StockTaken, after
	})
}

// void settles that the redemption gets none of this stream, unless it was taken already: the returned kind is that of
// the record that stands. Safe to repeat.
func (s *Service) void(ctx context.Context, stream string, r Redemption) (string, error) {
	return s.settle(ctx, stream, r, func(after StockAfter) (string, StockAfter) { return StockVoid, after })
}

func (s *Service) settle(ctx context.Context, stream string, r Redemption, decide func(StockAfter) (string, StockAfter)) (string, error) {
	req := journal.Request{Key: r.ID, Actor: r.Member, What: claim{r.ID}}
	rec, err := s.Journal.Decide(ctx, stream, req, func(last journal.Record, _ time.Time) (string, any, error) {
		before, err := stockAfter(last)
		if err != nil {
			return "", nil, err
		}
		kind, after := decide(before)
		return kind, StockRecord{Redemption: r.ID, After: after}, nil
	})
	return rec.Kind, err
}

func backKey(id string) string { return id + "/back" }

// giveBack returns the redemption's piece where it took one, and else makes sure that it never takes one. Safe to repeat.
func (s *Service) giveBack(ctx context.Context, stream string, r Redemption) error {
	kind, err := s.void(ctx, stream, r)
	if err != nil || kind != StockTaken {
		return err
	}
	req := journal.Request{Key: backKey(r.ID), Actor: r.Member, What: claim{r.ID}}
	_, err = s.Journal.Decide(ctx, stream, req, func(last journal.Record, _ time.Time) (string, any, error) {
		after, err := stockAfter(last)
		after.Left++
		after.Out--
		return StockReturned, StockRecord{Redemption: r.ID, After: after}, err
	})
	return err
}
