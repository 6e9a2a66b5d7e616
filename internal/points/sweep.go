package points

import (
	"context"
	"errors"
	"strconv"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Swept is what one sweep did.
type Swept struct {
	// Looked is how many accounts it looked at, Written how many records it wrote.
	Looked, Written int
	// Lag is how long the oldest end that it found had not been written down.
	Lag time.Duration
}

// sweepPlace is how far the workers of one round have come together.
type sweepPlace struct {
	// After is the last account that somebody took on; empty begins a round.
	After string `json:"after"`
}

const sweepDoc = "settle"

// Settle writes down what ended in an account, and reports whether it did. Where nothing ended it writes nothing: that
// points become active needs no record. Nothing depends on it, balances are right without.
func (s *Service) Settle(ctx context.Context, account string) (written bool, err error) {
	written, _, err = s.settle(ctx, account)
	return written, err
}

// settle also says since when the oldest end was not written.
func (s *Service) settle(ctx context.Context, account string) (written bool, since time.Time, err error) {
	last, state, err := s.last(ctx, account)
	if err != nil || last.Seq == 0 {
		return false, time.Time{}, err
	}
	_, fell := state.Settle(calendar.Milli(s.Now()))
	for _, f := range fell {
		if f.Why == WhyExpires || f.Why == WhyBurns {
			since = f.At
			break
		}
	}
	if since.IsZero() {
		return false, since, nil
	}
	op := Op{Kind: KindSettle, Key: "settle/" + strconv.FormatInt(last.Seq, 10), Account: account}
	rec, err := s.decideBehind(ctx, op, last.Seq)
	if errors.Is(err, errActed) {
		return false, since, nil // another record came, and settled
	}
	return err == nil && !rec.Record.Replayed, since, err
}

// Sweep looks at all accounts once and writes down what ended, and finishes merges that a crash left half done. Any
// number of workers share a round: each takes on the next page of accounts by moving the place that they all know, so
// that a round goes on where a worker stopped, and no two look at one account. It ends with the round.
func (s *Service) Sweep(ctx context.Context) (Swept, error) {
	var swept Swept
	for {
		page, more, err := s.takeOn(ctx)
		if err != nil {
			return swept, err
		}
		for _, account := range page {
			if err := s.sweepOne(ctx, account, &swept); err != nil {
				return swept, err
			}
		}
		if !more {
			return swept, nil
		}
	}
}

// takeOn takes the next page of the round's accounts; more is false where the round ends with it.
func (s *Service) takeOn(ctx context.Context) (page []string, more bool, err error) {
	if s.Policies == nil {
		return nil, false, errors.New("points: a sweep needs Service.Policies, which keeps its place")
	}
	places := s.Policies.sweeps
	for try := 0; ; try++ {
		place, err := places.Get(ctx, sweepDoc)
		if fault.Is(err, fault.NotFound) {
			err = places.Insert(ctx, sweepDoc, sweepPlace{})
			if err != nil && !fault.Is(err, fault.Conflict) {
				return nil, false, err
			}
			continue
		}
		if err != nil {
			return nil, false, err
		}
		if page, err = s.Accounts(ctx, place.Value.After, accountsPage); err != nil {
			return nil, false, err
		}
		next := sweepPlace{}
		if more = len(page) == accountsPage; more {
			next.After = page[len(page)-1]
		}
		err = places.Replace(ctx, sweepDoc, next, place.Version)
		if !fault.Is(err, fault.Conflict) {
			return page, more, err
		}
		if err := store.Backoff(ctx, try); err != nil {
			return nil, false, err
		}
	}
}

func (s *Service) sweepOne(ctx context.Context, account string, swept *Swept) error {
	swept.Looked++
	_, state, err := s.last(ctx, account)
	if err != nil {
		return err
	}
	if state.MergedInto != "" {
		missing, err := s.mergeMissing(ctx, account, state.MergedInto)
		if err != nil || !missing {
			return err
		}
		if _, err := s.finishMerge(ctx, account); err != nil {
			return err
		}
		swept.Written++
		return nil
	}
	written, since, err := s.settle(ctx, account)
	if err != nil {
		return err
	}
	if written {
		swept.Written++
	}
	if !since.IsZero() {
		swept.Lag = max(swept.Lag, s.Now().Sub(since))
	}
	return nil
}
