package budget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Sweep stores the sums of days that are over, records warnings that were not, and gives back what is not needed any
// more. Nothing depends on it for being right. Faults: those of the store.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.Days.CatchUp(ctx); err != nil {
		return err
	}
	if !s.alone {
		if err := s.load(ctx); err != nil {
			return err
		}
	}
	s.warn(ctx, s.all())
	var errs []error
	for _, a := range s.all() {
		errs = append(errs, s.tend(ctx, a))
	}
	return errors.Join(errs...)
}

// tend looks after one budget: compares a doubtful count with the journal, closes a chunk that nothing will be taken of, and
// counts what processes left that are gone.
func (s *Service) tend(ctx context.Context, a *escrow) error {
	now := s.journal.Now()
	s.mu.Lock()
	recheck := !a.recheck.IsZero() && now.After(a.recheck)
	over := a.state.Budget.To.Before(s.zone.Date(now.Add(-recheckAfter)))
	lapsed := !a.until.IsZero() && now.After(a.until.Add(-leaseEnd))
	mine := a.chunk != 0 || a.used != 0
	orphans := !s.alone && !mine && a.state.orphans(now)
	s.mu.Unlock()
	switch {
	case recheck:
		return s.compare(ctx, a)
	case mine && (over || lapsed):
		return s.close(ctx, a)
	case orphans:
		return s.recount(ctx, a)
	}
	return nil
}

// compare raises a budget's count by awards that it missed: those that were under way when it was made, and those whose
// store did not answer. What the journal says was given, and nobody can have given of a chunk, was given by them. While
// other processes have chunks, or awards are on their way, that is less than what was missed: it is compared again.
func (s *Service) compare(ctx context.Context, a *escrow) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.recheckAt(a, time.Time{})
	certain, err := s.missed(ctx, a)
	if err != nil || !certain {
		s.recheckAt(a, s.journal.Now().Add(recheckAfter))
	}
	return err
}

// missed does what compare says; certain is false where more may have been missed. The caller holds the gate.
func (s *Service) missed(ctx context.Context, a *escrow) (certain bool, err error) {
	if err := s.settleAsked(ctx, a.id); err != nil {
		return false, err
	}
	state, used := s.stateOf(a), s.usedOf(a.id)
	b := state.Budget
	given, err := s.Days.Between(ctx, b.From, b.To)
	if err != nil {
		return false, err
	}
	others := state.Reserved() - state.Settled - state.chunk(s.process).Amount
	missed := given[b.Funding].Net() - state.Settled - used - others
	if missed > 0 {
		err = s.raise(ctx, a, state.Seq, missed)
	}
	if fault.Is(err, fault.Conflict) {
		return false, nil // another process wrote meanwhile
	}
	return others == 0 && missed >= 0, err
}

func (s *Service) recheckAt(a *escrow, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.recheck = at
}

// raise writes that more was given than a budget's record with this seq says, if that is still the newest.
func (s *Service) raise(ctx context.Context, a *escrow, seq, missed int64) error {
	return s.note(ctx, a, fmt.Sprintf("compare/%s/%d", s.process, seq), KindRecount, func(prev State, _ time.Time) (State, error) {
		if prev.Seq != seq {
			return prev, fault.New(fault.Conflict, "budget.changed")
		}
		prev.Settled += missed
		return prev, nil
	})
}

// close gives this process's chunk of a budget back.
func (s *Service) close(ctx context.Context, a *escrow) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if err := s.settleAsked(ctx, a.id); err != nil {
		return err
	}
	used := s.endChunk(a.id)
	a.round++
	err := s.note(ctx, a, fmt.Sprintf("close/%s/%d", s.process, a.round), KindClose, func(prev State, _ time.Time) (State, error) {
		return prev.close(s.process, used), nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.chunk, a.used, a.until = 0, 0, time.Time{}
	return nil
}

// Close gives every chunk of this process back, so that the next start need not count. Whoever is killed instead loses
// nothing.
func (s *Service) Close(ctx context.Context) error {
	var errs []error
	for _, a := range s.all() {
		if len(s.stateOf(a).Chunks) > 0 || s.usedOf(a.id) != 0 {
			errs = append(errs, s.close(ctx, a))
		}
	}
	return errors.Join(errs...)
}

// List are the budgets as they stand: running ones first, then coming ones, then those that are over, each by name.
func (s *Service) List(ctx context.Context) ([]View, error) {
	all := s.all()
	if len(all) == 0 {
		return nil, nil
	}
	states := make([]State, len(all))
	for i, a := range all {
		states[i] = s.stateOf(a)
	}
	from, to := span(states)
	table, err := s.Days.table(ctx, from, to)
	if err != nil {
		return nil, err
	}
	expected, err := s.expected(ctx)
	if err != nil {
		return nil, err
	}
	var views []View
	for _, state := range states {
		b := state.Budget
		views = append(views, state.view(table.between(b.From, b.To)[b.Funding], expected[b.Funding]))
	}
	inOrder(views, s.zone.Date(s.now()))
	return views, nil
}

// span is from the first day of any budget to the last.
func span(states []State) (from, to calendar.Date) {
	from, to = states[0].Budget.From, states[0].Budget.To
	for _, state := range states {
		if b := state.Budget; b.From.Before(from) {
			from = b.From
		}
		if b := state.Budget; to.Before(b.To) {
			to = b.To
		}
	}
	return from, to
}

// View is one budget as it stands, or fault.NotFound ("budget.missing").
func (s *Service) View(ctx context.Context, id string) (View, error) {
	s.mu.Lock()
	a := s.byID[id]
	s.mu.Unlock()
	if a == nil {
		return View{}, fault.New(fault.NotFound, "budget.missing")
	}
	state := s.stateOf(a)
	b := state.Budget
	sums, err := s.Days.Between(ctx, b.From, b.To)
	if err != nil {
		return View{}, err
	}
	expected, err := s.expected(ctx)
	if err != nil {
		return View{}, err
	}
	return state.view(sums[b.Funding], expected[b.Funding]), nil
}
