package budget

import (
	"context"
	"fmt"

	"firebrand/internal/journal"
)

// CheckStream checks that a budget's records follow from one another: only a person changes the budget, no reservation
// exceeds the limit that held for it, and what was reserved but not given goes nowhere. Its error names the first record
// that does not.
func CheckStream(_ string, recs []journal.Record) error {
	var prev State
	for _, rec := range recs {
		next, err := StateOf(rec)
		if err != nil {
			return &journal.Broken{ID: rec.ID(), Why: err.Error()}
		}
		body, err := bodyOf(rec)
		if err != nil {
			return &journal.Broken{ID: rec.ID(), Why: err.Error()}
		}
		if why := follows(prev, next, Kind(rec.Kind), body.Used); why != "" {
			return &journal.Broken{ID: rec.ID(), Why: why}
		}
		prev = next
	}
	return nil
}

// follows says why a state cannot be what a record of a kind left of the one before; empty where it can.
func follows(prev, next State, kind Kind, used int64) string {
	switch {
	case kind == KindSet && next.Version != prev.Version+1:
		return fmt.Sprintf("version %d follows %d", next.Version, prev.Version)
	case kind != KindSet && (next.Version != prev.Version || next.Budget != prev.Budget):
		return "the budget changed without anybody setting it"
	case kind == KindReserve && next.Reserved() > next.Budget.Limit:
		return fmt.Sprintf("%d reserved of %d", next.Reserved(), next.Budget.Limit)
	case kind == KindReserve && next.Settled != prev.Settled+used:
		return fmt.Sprintf("settled %d, with %d given since %d", next.Settled, used, prev.Settled)
	case (kind == KindWarn || kind == KindStop) && (next.Reserved() != prev.Reserved() || next.Settled != prev.Settled):
		return "it moved what is reserved"
	}
	for _, c := range next.Chunks {
		if c.Amount < 0 {
			return fmt.Sprintf("chunk %s has %d points", c.ID, c.Amount)
		}
	}
	return ""
}

// Agree checks a budget against the points journal: what was given in its period is at most what it had reserved, and
// so at most its limit, unless the limit was lowered under what was given already. It counts from stored days.
func (s *Service) Agree(ctx context.Context, last journal.Record) error {
	state, err := StateOf(last)
	if err != nil {
		return err
	}
	b := state.Budget
	sums, err := s.Days.Between(ctx, b.From, b.To)
	if err != nil {
		return err
	}
	if given, reserved := sums[b.Funding].Net(), s.reserved(state); given > reserved {
		return &journal.Broken{ID: last.ID(), Why: fmt.Sprintf("the accounts were given %d points, but only %d were reserved", given, reserved)}
	}
	return nil
}

// reserved is what a state holds reserved, or this process knows to be reserved since.
func (s *Service) reserved(state State) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.byID[state.Budget.ID]
	if a == nil {
		return state.Reserved()
	}
	return max(state.Reserved(), a.state.Reserved())
}
