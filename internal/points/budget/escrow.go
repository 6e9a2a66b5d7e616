package budget

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// escrow is a budget in this process: what its stream says, and what this process gives of its chunk.
type escrow struct {
	id string
	// refill lets one goroutine at a time ask for more; it guards asked and round.
	refill sync.Mutex
	// asked is a reservation whose outcome is not known: it is asked again, under its key, before anything else.
	asked *reservation
	round int

	// What follows is guarded by Service.mu. used is what was given since this process's last record in the stream, below
	// zero where more came back; chunk is what that record allows.
	state       State
	chunk, used int64
	until       time.Time
	// warning says that the warning is being written, recheck when the count is to be compared with the journal.
	warning bool
	recheck time.Time
}

// reservation is one request for a chunk.
type reservation struct {
	Key        string
	Used, Need int64
}

const (
	// lease is how long a process may give of a chunk where other processes write too.
	lease = 2 * time.Minute
	// leaseEnd is how long before the end of its lease a process stops giving: what it gave is written by then.
	leaseEnd = journal.AppendDeadline + 5*time.Second
)

// left is what may be given without asking.
func (a *escrow) left(now time.Time) int64 {
	if !a.until.IsZero() && now.After(a.until.Add(-leaseEnd)) {
		return 0
	}
	return a.chunk - a.used
}

// given is what the budget has given, as far as this process knows: what others give of their chunks it learns later.
func (a *escrow) given() int64 { return a.state.Settled + a.used }

// Take takes amount out of every budget of the funding source that covers the local day of at, or out of none and names
// the one that refused. Undo puts it back where the award did not happen; it may be called once. The common case is a
// subtraction in memory; nothing here waits for the writers of an account's stream, in whose queue the caller stands. Faults: those of the store, where a chunk had to be reserved.
func (s *Service) Take(ctx context.Context, funding string, at time.Time, amount int64) (undo func(), refusedBy string, err error) {
	if amount <= 0 {
		return func() {}, "", nil
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	day := s.zone.Date(at)
	for {
		took, short := s.try(funding, day, amount)
		if short == nil {
			s.warn(ctx, took)
			return func() { s.putBack(took, amount) }, "", nil
		}
		err := s.fill(ctx, short, amount)
		if f := fault.As(err); f != nil && f.Key == "budget.short" {
			s.stop(ctx, short, amount)
			return func() {}, short.id, nil
		}
		if err != nil {
			return nil, "", err
		}
	}
}

// Bounds reports whether a budget holds for the funding at that instant.
func (s *Service) Bounds(funding string, at time.Time) bool {
	s.gate.RLock()
	defer s.gate.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	day := s.zone.Date(at)
	return slices.ContainsFunc(s.byFunding[funding], func(a *escrow) bool { return a.state.Budget.covers(day) })
}

// try takes from all budgets or names the first that has too little at hand.
func (s *Service) try(funding string, day calendar.Date, amount int64) (took []*escrow, short *escrow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.leaseNow()
	for _, a := range s.byFunding[funding] {
		if !a.state.Budget.covers(day) {
			continue
		}
		if a.left(now) < amount {
			return nil, a
		}
		took = append(took, a)
	}
	for _, a := range took {
		a.used += amount
	}
	return took, nil
}

// leaseNow is the time that leases are measured by; alone there are none.
func (s *Service) leaseNow() time.Time {
	if s.alone {
		return time.Time{}
	}
	return s.journal.Now()
}

// putBack undoes a Take. An award that failed may have been written after all, where its store did not answer in time:
// the count is compared with the journal later on.
func (s *Service) putBack(to []*escrow, amount int64) {
	recheck := s.journal.Now().Add(recheckAfter)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range to {
		a.used -= amount
		a.recheck = recheck
	}
}

// Return gives back what a reversal took away just now, to every budget of the funding source that covers this day: a
// period that is over stays as it was reported, whenever the points were awarded. A reversal recorded in the last
// instants of a period comes back to no other one.
func (s *Service) Return(_ context.Context, funding string, _ time.Time, amount int64) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	now := s.journal.Now()
	day, recorded := s.zone.Date(now), s.zone.Date(now.Add(-journal.AppendDeadline))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.byFunding[funding] {
		if b := a.state.Budget; b.covers(day) && b.covers(recorded) {
			a.used -= amount
		}
	}
}

// fill makes sure that need is at hand, or fails with "budget.short".
func (s *Service) fill(ctx context.Context, a *escrow, need int64) error {
	a.refill.Lock()
	defer a.refill.Unlock()
	for {
		enough, refused := s.look(a, need)
		if a.asked == nil && (enough || refused != nil) {
			return refused
		}
		if a.asked == nil {
			a.round++
			a.asked = &reservation{fmt.Sprintf("reserve/%s/%d", s.process, a.round), s.usedOf(a.id), need}
		}
		err := s.reserve(ctx, a)
		if f := fault.As(err); err == nil || f != nil && f.Key == "budget.short" {
			a.asked = nil
		}
		if err != nil {
			return err
		}
	}
}

// look tells whether enough is at hand, and where no other process can have changed anything whether it is refused.
func (s *Service) look(a *escrow, need int64) (enough bool, refused error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.left(s.leaseNow()) >= need {
		return true, nil
	}
	if s.alone {
		_, refused = a.state.reserve(s.process, a.used, need, time.Time{})
	}
	return false, refused
}

// reserve writes the reservation that is asked for.
func (s *Service) reserve(ctx context.Context, a *escrow) error {
	r := *a.asked
	rec, err := s.append(ctx, a.id, journal.Request{Key: r.Key, What: r}, func(last journal.Record, at time.Time) (string, any, error) {
		prev, err := StateOf(last)
		if err != nil {
			return "", nil, err
		}
		var until time.Time
		if !s.alone {
			until = at.Add(lease)
		}
		next, err := prev.reserve(s.process, r.Used, r.Need, until)
		return string(KindReserve), wireBody{Used: r.Used, After: next.wire()}, err
	})
	if err != nil {
		return err
	}
	state, err := StateOf(rec)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.learn(state)
	chunk := state.chunk(s.process)
	a.chunk, a.until, a.used = chunk.Amount, chunk.Until, a.used-r.Used
	return nil
}

// warn records, once a limit, that the share was reached. Where that fails the sweep does it.
func (s *Service) warn(ctx context.Context, took []*escrow) {
	for _, a := range took {
		s.mu.Lock()
		due := !a.warning && a.state.warnDue(a.given())
		a.warning = a.warning || due
		version := a.state.Version
		s.mu.Unlock()
		if !due {
			continue
		}
		_ = s.note(ctx, a, fmt.Sprintf("warned/%d", version), KindWarn, func(prev State, at time.Time) (State, error) {
			if !prev.WarnedAt.IsZero() || prev.Version != version {
				return prev, fault.New(fault.Conflict, "budget.changed")
			}
			prev.WarnedAt = at
			return prev, nil
		})
		s.mu.Lock()
		a.warning = false
		s.mu.Unlock()
	}
}

// stop records, once a limit, that an award was refused. Where that fails the next refused award does it.
func (s *Service) stop(ctx context.Context, a *escrow, asked int64) {
	s.mu.Lock()
	due, version := a.state.StoppedAt.IsZero(), a.state.Version
	s.mu.Unlock()
	if !due {
		return
	}
	_ = s.note(ctx, a, fmt.Sprintf("stopped/%d", version), KindStop, func(prev State, at time.Time) (State, error) {
		if !prev.StoppedAt.IsZero() || prev.Version != version {
			return prev, fault.New(fault.Conflict, "budget.changed")
		}
		prev.StoppedAt, prev.Asked = at, asked
		return prev, nil
	})
}
