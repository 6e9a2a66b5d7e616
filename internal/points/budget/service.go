package budget

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// Service keeps the budgets; it is the points.Budget of an account service. It is safe for concurrent use.
type Service struct {
	// Days are the sums by day and funding source that budgets are read from.
	Days *Days

	journal *journal.Journal
	points  *points.Service
	zone    calendar.Zone
	now     func() time.Time
	// process names this process's chunks; alone says that no other process can have any.
	process string
	alone   bool

	// gate is held for reading by whoever takes or returns, and for writing where no award may come between.
	gate sync.RWMutex
	// mu guards the maps and the numbers of every escrow.
	mu        sync.Mutex
	byID      map[string]*escrow
	byFunding map[string][]*escrow

	pending pending
	// notices tell the other processes what was set; nil where there are none.
	notices *store.Notices
}

// Open opens the budgets and counts anew, from the points journal, what processes that are gone have given and what had
// come back to them.
func Open(ctx context.Context, e store.Engine, j *journal.Journal, accounts *points.Service, zone calendar.Zone, now func() time.Time) (*Service, error) {
	days, err := OpenDays(ctx, e, j, zone, now)
	if err != nil {
		return nil, err
	}
	s := &Service{
		Days: days, journal: j, points: accounts, zone: zone, now: now, process: uuid.NewString()[:8], alone: e.Alone(),
		byID: map[string]*escrow{}, byFunding: map[string][]*escrow{},
	}
	j.Listen(points.Family, func(journal.Record) { s.pending.heard.Add(1) })
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	for _, a := range s.all() {
		if a.state.orphans(j.Now()) || s.alone && (len(a.state.Chunks) > 0 || a.state.Budget.covers(zone.Date(now()))) {
			if err := s.recount(ctx, a); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// load reads the newest state of every budget.
func (s *Service) load(ctx context.Context) error {
	for after := ""; ; {
		first, err := s.journal.Prefix(ctx, Family+"/", after, 1)
		if err != nil || len(first) == 0 {
			return err
		}
		last, err := s.journal.Last(ctx, first[0].Stream)
		if err != nil {
			return err
		}
		state, err := StateOf(last)
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.learn(state)
		s.mu.Unlock()
		after = last.ID()
	}
}

// all are the escrows, by id.
func (s *Service) all() []*escrow {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*escrow, 0, len(s.byID))
	for _, a := range s.byID {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *escrow) int { return cmp.Compare(a.id, b.id) })
	return list
}

// stateOf is a budget's newest known state.
func (s *Service) stateOf(a *escrow) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.state
}

// learn takes a state that a record left, unless a newer one is known. The caller holds mu.
func (s *Service) learn(state State) *escrow {
	a := s.byID[state.Budget.ID]
	if a == nil {
		a = &escrow{id: state.Budget.ID}
		s.byID[a.id] = a
		funding := state.Budget.Funding
		s.byFunding[funding] = append(s.byFunding[funding], a)
		slices.SortFunc(s.byFunding[funding], func(a, b *escrow) int { return cmp.Compare(a.id, b.id) })
	}
	if state.Seq > a.state.Seq {
		if state.Version != a.state.Version && !s.alone {
			a.chunk = 0 // what was reserved under another limit is asked for anew
		}
		a.state = state
	}
	return a
}

// recheckAfter is when a new budget's count is compared with the journal once more: by then every award that was under
// way when it was made has been written or has failed.
const recheckAfter = journal.AppendDeadline + 5*time.Second

// Save makes a budget or changes its name, last day, limit and warning; key makes it act once. A limit below what is
// given stops at once; a higher one is there for the next award. What was given before counts in a new budget.
//
// Faults: Invalid ("budget.id", "budget.name", "budget.funding", "budget.period", "budget.limit", "budget.warn_share"),
// Conflict ("budget.changed") where version is not that of the budget as it stands (0: there is none),
// ("budget.fixed") where the source or the first day would change, ("budget.over") where its last day is past.
func (s *Service) Save(ctx context.Context, actor, key string, b Budget, version int64) (View, error) {
	b.Name, b.Funding = strings.TrimSpace(b.Name), strings.TrimSpace(b.Funding)
	if err := b.check(); err != nil {
		return View{}, err
	}
	if err := s.Days.CatchUp(ctx); err != nil {
		return View{}, err
	}
	if err := s.set(ctx, actor, key, b, version); err != nil {
		return View{}, err
	}
	return s.View(ctx, b.ID)
}

// set writes the record while no award comes between.
func (s *Service) set(ctx context.Context, actor, key string, b Budget, version int64) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	given, err := s.Days.Between(ctx, b.From, b.To)
	if err == nil {
		err = s.settleAsked(ctx, b.ID)
	}
	if err != nil {
		return err
	}
	used := s.endChunk(b.ID)
	req := journal.Request{Key: "set/" + key, Actor: actor, What: []any{KindSet, State{Budget: b}.wire(), version}}
	rec, err := s.append(ctx, b.ID, req, func(last journal.Record, at time.Time) (string, any, error) {
		prev, err := StateOf(last)
		if err != nil {
			return "", nil, err
		}
		if err := s.maySet(prev, b, version, at); err != nil {
			return "", nil, err
		}
		next := prev.close(s.process, used)
		if prev.Seq == 0 {
			next = next.recount(given[b.Funding].Net())
		}
		return string(KindSet), wireBody{Used: used, After: next.set(b, actor).wire()}, nil
	})
	if err != nil {
		return err
	}
	s.notices.Tell(topic, b.ID)
	return s.afterSet(rec)
}

// afterSet takes what a record of kind "set" did into memory, unless that happened when it was written.
func (s *Service) afterSet(rec journal.Record) error {
	state, err := StateOf(rec)
	if err != nil {
		return err
	}
	body, err := bodyOf(rec)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.byID[state.Budget.ID]; a != nil && a.state.Seq >= state.Seq {
		return nil
	}
	a := s.learn(state)
	a.chunk, a.used = 0, a.used-body.Used
	if state.Version == 1 {
		a.recheck = s.journal.Now().Add(recheckAfter)
	}
	return nil
}

// settleAsked finds out what became of a reservation whose outcome is not known. The caller holds the gate.
func (s *Service) settleAsked(ctx context.Context, id string) error {
	s.mu.Lock()
	a := s.byID[id]
	s.mu.Unlock()
	if a == nil || a.asked == nil {
		return nil
	}
	err := s.reserve(ctx, a)
	if f := fault.As(err); err != nil && (f == nil || f.Key != "budget.short") {
		return err
	}
	a.asked = nil
	return nil
}

// maySet refuses a change that what was given so far does not allow.
func (s *Service) maySet(prev State, b Budget, version int64, at time.Time) error {
	today := s.zone.Date(at)
	switch {
	case prev.Version != version:
		return fault.New(fault.Conflict, "budget.changed")
	case prev.Seq == 0:
		return nil
	case prev.Budget.Funding != b.Funding:
		return fault.New(fault.Conflict, "budget.fixed").On("funding")
	case prev.Budget.From != b.From:
		return fault.New(fault.Conflict, "budget.fixed").On("from")
	case prev.Budget.To.Before(today):
		return fault.New(fault.Conflict, "budget.over").On("to")
	case b.To.Before(today):
		return fault.New(fault.Invalid, "budget.period").On("to")
	}
	return nil
}

// usedOf is what this process gave of a budget since the budget's last record by it.
func (s *Service) usedOf(id string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.byID[id]; a != nil {
		return a.used
	}
	return 0
}

// endChunk lets nothing more be given of this process's chunk and returns what usedOf does: the record that ends a chunk
// may be written where its store does not answer, and another process may have the rest of it then.
func (s *Service) endChunk(id string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.byID[id]
	if a == nil {
		return 0
	}
	a.chunk = 0
	return a.used
}

// recount writes what the points journal says was given in place of chunks that no process has any more, unless that is
// what the budget says.
func (s *Service) recount(ctx context.Context, a *escrow) error {
	state := s.stateOf(a)
	b := state.Budget
	given, err := s.Days.Between(ctx, b.From, b.To)
	if err != nil {
		return err
	}
	if len(state.Chunks) == 0 && state.Settled == given[b.Funding].Net() {
		return nil
	}
	key := fmt.Sprintf("recount/%s/%d", s.process, state.Seq)
	err = s.note(ctx, a, key, KindRecount, func(prev State, at time.Time) (State, error) {
		if !s.alone && !prev.orphans(at) {
			return prev, fault.New(fault.Conflict, "budget.changed")
		}
		return prev.recount(given[b.Funding].Net()), nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	a.chunk, a.used = 0, 0
	return err
}

// note appends a record that this service decides on its own, and learns it.
func (s *Service) note(ctx context.Context, a *escrow, key string, kind Kind, next func(State, time.Time) (State, error)) error {
	rec, err := s.append(ctx, a.id, journal.Request{Key: key, What: key}, func(last journal.Record, at time.Time) (string, any, error) {
		prev, err := StateOf(last)
		if err == nil {
			prev, err = next(prev, at)
		}
		return string(kind), wireBody{After: prev.wire()}, err
	})
	if err != nil {
		return err
	}
	state, err := StateOf(rec)
	if err == nil {
		s.mu.Lock()
		s.learn(state)
		s.mu.Unlock()
	}
	return err
}
