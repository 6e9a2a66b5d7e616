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
// before its points are moved; of the buyer's other orders the rules know what this one claimed before, and a new one has
// claimed nothing. Faults are those of Take.
func (s *Service) Try(ctx context.Context, m Message) (Result, error) {
	m, err := normal(m, s.now())
	if err != nil {
		return Result{}, err
	}
	a := attempt{s: s, m: m, tried: true}
	if a.buyer, err = s.resolve(ctx, m.Buyer); err != nil {
		return Result{}, err
	}
	outcome := Taken
	req := journal.Request{Key: revisionKey(m.Revision), What: m}
	_, err = s.Journal.Decide(ctx, Stream(m.ID), req, func(last journal.Record, at time.Time) (string, any, error) {
		if _, _, err := a.decide(last, at); err != nil {
			return "", nil, err
		}
		if !a.adopted {
			outcome = Superseded
		}
		return "", nil, errTried
	})
	switch {
	case errors.Is(err, errTried):
		return Result{Order: a.after, Outcome: outcome, Points: a.after.Points(), Notes: a.after.Notes()}.noted(m), nil
	case fault.Is(err, fault.KeyReused):
		return Result{}, fault.New(fault.KeyReused, "purchase.revision_reused", "revision", m.Revision).On("revision")
	case err != nil:
		return Result{}, err
	}
	o, err := s.Order(ctx, m.ID)
	return result(o, Repeated).noted(m), err
}
