package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// redemptionRecord is the body of a redemption's record.
type redemptionRecord struct {
	After Redemption `json:"after"`
}

// StateOf is the redemption as a record of its stream left it.
func StateOf(rec journal.Record) (Redemption, error) {
	var b redemptionRecord
	if err := json.Unmarshal(rec.Body, &b); err != nil {
		return Redemption{}, fmt.Errorf("catalog: record %s: %w", rec.ID(), err)
	}
	return b.After, nil
}

// Redemption is how a redemption stands; fault.NotFound ("catalog.redemption_missing"). The caller checks whose it is.
func (s *Service) Redemption(ctx context.Context, id string) (Redemption, error) {
	last, err := s.Journal.Last(ctx, RedemptionStream(id))
	if err != nil {
		return Redemption{}, err
	}
	if last.Seq == 0 {
		return Redemption{}, fault.New(fault.NotFound, "catalog.redemption_missing")
	}
	return StateOf(last)
}

// step is one change of state.
type step struct {
	key, actor string
	what       any
	from, to   State
	change     func(*Redemption)
}

// move takes a redemption from one state to the next by one record, and returns how it stands then: for a repeated step
// how it stands now. It fails with wrongState where it is in neither.
func (s *Service) move(ctx context.Context, id string, st step) (Redemption, error) {
	req := journal.Request{Key: st.key, Actor: st.actor, What: st.what}
	rec, err := s.Journal.Decide(ctx, RedemptionStream(id), req, func(last journal.Record, at time.Time) (string, any, error) {
		if last.Seq == 0 {
			return "", nil, fault.New(fault.NotFound, "catalog.redemption_missing")
		}
		r, err := StateOf(last)
		if err != nil {
			return "", nil, err
		}
		if r.State != st.from {
			return "", nil, wrongState(r)
		}
		st.change(&r)
		r.State, r.Changed, r.Seq = st.to, at, last.Seq+1
		return string(st.to), redemptionRecord{r}, nil
	})
	if err != nil {
		return Redemption{}, err
	}
	if rec.Replayed {
		return s.Redemption(ctx, id)
	}
	return s.drawn(ctx, rec)
}

// wrongState is the fault of a step that this state does not allow.
func wrongState(r Redemption) error {
	switch r.State {
	case Issued:
		return fault.New(fault.Conflict, "catalog.issued", "at", r.Changed)
	case Cancelling, Cancelled:
		return fault.New(fault.Conflict, "catalog.cancelled", "at", r.Changed)
	case Refused:
		return fault.New(fault.Conflict, "catalog.refused")
	}
	return fault.New(fault.Conflict, "catalog.not_placed")
}

// drawn draws what a new record says into the lists at once, so that whoever wrote it reads it there.
func (s *Service) drawn(ctx context.Context, rec journal.Record) (Redemption, error) {
	r, err := StateOf(rec)
	if err != nil {
		return Redemption{}, err
	}
	return r, s.draw(ctx, r)
}
