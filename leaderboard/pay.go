package leaderboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/notify"
	"firebrand/internal/points"
)

// failure is the body of the record that a prize can never be paid.
type failure struct {
	Prize string `json:"prize"`
	Why   string `json:"why"`
}

// pay pays every prize and tells its winner. One that cannot be paid does not keep the others from theirs.
func (s *Service) pay(ctx context.Context, m calendar.Month, prizes []Prize) error {
	var failed error
	for _, p := range prizes {
		err := s.payOne(ctx, m, p)
		if fault.Is(err, fault.Unavailable) {
			return err
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// payOne pays a prize, or records that it can never be.
func (s *Service) payOne(ctx context.Context, m calendar.Month, p Prize) error {
	receipt, why, err := s.award(ctx, p)
	if err != nil {
		return fmt.Errorf("prize %s of %s: %w", p.ID, p.Member, err)
	}
	if why != "" {
		return s.giveUp(ctx, m, p, why)
	}
	if s.Messages == nil {
		return nil
	}
	key, args := p.message(m, receipt.Moved)
	// Of an account that was merged into another its points came there, where its person is.
	err = s.Messages.Send(ctx, notify.Message{
		ID: p.ID, Member: receipt.After.Owner, Key: key, Args: args, Link: "/board?month=" + m.String(), At: receipt.Record.At,
	})
	if final(err) {
		s.failed(fmt.Errorf("prize %s: telling %s: %w", p.ID, p.Member, err))
		return nil // it is paid
	}
	return err
}

// award pays a prize once; why says that it never will be. A refusal of the account is made final under the prize's own
// key, so that no other process can pay what this one records as failed; where one was quicker its award counts.
func (s *Service) award(ctx context.Context, p Prize) (receipt points.Receipt, why string, err error) {
	receipt, err = s.Points.Award(ctx, points.Award{
		Key: p.ID, Account: p.Member, Amount: p.Points, Source: points.SourceGrant, Funding: game.Funding, Ref: p.ID,
	})
	if final(err) {
		why = fault.As(err).Key
		receipt, err = s.Points.Void(ctx, p.Member, p.ID, "")
		switch {
		case final(err):
			return receipt, why, nil // no record at all goes into this account
		case err != nil || receipt.Op.Kind == points.KindVoid:
			return receipt, why, err
		}
	}
	if err != nil || receipt.Moved > 0 {
		return receipt, "", err
	}
	return receipt, receipt.CutBy, nil // the record on the statement says that a limit left nothing
}

// final reports whether an error is a decision that every repetition would meet again.
func final(err error) bool {
	f := fault.As(err)
	if f == nil {
		return false
	}
	switch f.Kind {
	case fault.Conflict, fault.Invalid, fault.NotFound, fault.Forbidden, fault.KeyReused:
		return true
	}
	return false
}

// giveUp records once that a prize can never be paid, and tells the log.
func (s *Service) giveUp(ctx context.Context, m calendar.Month, p Prize, why string) error {
	req := journal.Request{Key: keyFailed + "/" + p.ID, What: p.ID}
	rec, err := s.Journal.Decide(ctx, closedStream(m), req, func(journal.Record, time.Time) (string, any, error) {
		return keyFailed, failure{p.ID, why}, nil
	})
	if err == nil && !rec.Replayed {
		s.failed(fmt.Errorf("prize %s of %s, %d points, can never be paid: %s", p.ID, p.Member, p.Points, why))
	}
	return err
}

// failures are the prizes that the records behind a closing say can never be paid, and why; paid says that no more will.
func failures(recs []journal.Record) (why map[string]string, paid bool, err error) {
	why = map[string]string{}
	for _, rec := range recs {
		switch rec.Kind {
		case keyPaid:
			paid = true
		case keyFailed:
			var f failure
			if err := json.Unmarshal(rec.Body, &f); err != nil {
				return nil, false, err
			}
			why[f.Prize] = f.Why
		}
	}
	return why, paid, nil
}

// Prizes lists what a closed month brought, by board and rank; it fails as Closed does.
func (s *Service) Prizes(ctx context.Context, m calendar.Month) ([]Prize, error) {
	c, found, err := s.frozen.of(ctx, m)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "leaderboard.not_closed")
	}
	if err != nil || len(c.Prizes) == 0 {
		return nil, err
	}
	why, err := s.frozen.failures(ctx, m)
	if err != nil {
		return nil, err
	}
	prizes := make([]Prize, len(c.Prizes))
	for i, p := range c.Prizes {
		p.Failed = why[p.ID]
		prizes[i] = p
	}
	return prizes, nil
}
