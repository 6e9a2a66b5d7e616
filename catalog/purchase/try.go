package purchase

import (
	"context"
	"errors"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// errTried ends a decision that must not be written.
var errTried = errors.New("purchase: only tried")

// Try says what Take would do with a message now, and writes nothing. The result's order and points are how it would stand
// before its points are moved; where the rules would look at the buyer's other orders first, they are left out. Faults
// are those of Take.
func (s *Service) Try(ctx context.Context, m Message) (Result, error) {
	m, err := normal(m, s.now())
	if err != nil {
		return Result{}, err
	}
	a := attempt{s: s, m: m}
	if a.buyer, err = s.resolve(ctx, m.Buyer); err != nil {
		return Result{}, err
	}
	outcome := Taken
	req := journal.Request{Key: revisionKey(m.Revision), What: m}
	_, err = s.Journal.Decide(ctx, Stream(m.ID), req, func(last journal.Record, at time.Time) (string, any, error) {
		_, _, err := a.decide(last, at)
		var first unfinished
		var needed claim
		if err == nil && !a.adopted {
			outcome = Superseded
		}
		if err == nil || errors.As(err, &first) || errors.As(err, &needed) {
			err = errTried
		}
		return "", nil, err
	})
	switch {
	case errors.Is(err, errTried):
		return Result{Order: a.after, Outcome: outcome, Points: a.after.Points(), Notes: a.after.Notes()}, nil
	case fault.Is(err, fault.KeyReused):
		return Result{}, fault.New(fault.KeyReused, "purchase.revision_reused", "revision", m.Revision).On("revision")
	case err != nil:
		return Result{}, err
	}
	o, err := s.Order(ctx, m.ID)
	return result(o, Repeated), err
}
