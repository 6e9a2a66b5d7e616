package correction

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// Service keeps the corrections. Who may propose and decide is the caller's to know; that nobody decides on their own
// is kept here. It is safe for concurrent use.
type Service struct {
	points *points.Service
	now    func() time.Time
	all    *store.Collection[Correction]
}

// Open opens the corrections.
func Open(ctx context.Context, e store.Engine, accounts *points.Service, now func() time.Time) (*Service, error) {
	all, err := store.OpenCollection[Correction](ctx, e, store.Spec{Name: "corrections", Indexes: []store.Index{
		{Name: "by_open", Fields: []string{"open", "at"}},
		{Name: "by_at", Fields: []string{"at"}},
		{Name: "by_account", Fields: []string{"account", "at"}},
	}})
	if err != nil {
		return nil, err
	}
	return &Service{points: accounts, now: now, all: all}, nil
}

// Propose enters a correction; up to the policy's SecondAbove it is carried out at once. Repeated, it answers with the
// correction as it stands.
//
// Faults: Invalid ("points.account", "correction.amount", "points.reason", "correction.reason_long", "points.funding"),
// Forbidden ("correction.most", arg n) above the policy's ManualMost, KeyReused ("journal.key_reused").
func (s *Service) Propose(ctx context.Context, actor string, p Proposal) (Correction, error) {
	p.Reason, p.Funding = strings.TrimSpace(p.Reason), strings.TrimSpace(p.Funding)
	now := calendar.Milli(s.now())
	policy := s.points.PolicyAt(now)
	if err := p.check(policy); err != nil {
		return s.again(ctx, actor, p, err)
	}
	c := propose(p, actor, now, policy)
	err := s.all.Insert(ctx, c.ID, c)
	if err != nil {
		return s.again(ctx, actor, p, err)
	}
	return s.carryOut(ctx, c)
}

// again answers a proposal that was made before, even where a policy of today would refuse it; else with the error.
func (s *Service) again(ctx context.Context, actor string, p Proposal, refused error) (Correction, error) {
	stored, err := s.all.Get(ctx, p.Key)
	switch {
	case err != nil:
		return Correction{}, refused
	case !stored.Value.same(p, actor):
		return Correction{}, fault.New(fault.KeyReused, "journal.key_reused")
	}
	return s.carryOut(ctx, stored.Value)
}

// Approve lets a waiting correction be carried out; who must be another person than its author. Approved by the same
// person again, it answers with the correction as it stands. Faults: NotFound ("correction.missing"), Conflict
// ("correction.decided"), Forbidden ("correction.own").
func (s *Service) Approve(ctx context.Context, who, id string) (Correction, error) {
	return s.end(ctx, id, Approved, who, "")
}

// Refuse ends a waiting correction with a reason. Faults: those of Approve, Invalid ("correction.note").
func (s *Service) Refuse(ctx context.Context, who, id, note string) (Correction, error) {
	return s.end(ctx, id, Refused, who, strings.TrimSpace(note))
}

// Withdraw ends a waiting correction by its author. Faults: those of Approve, Forbidden ("correction.not_yours").
func (s *Service) Withdraw(ctx context.Context, who, id string) (Correction, error) {
	return s.end(ctx, id, Withdrawn, who, "")
}

// end decides, once; the same decision of the same person repeated changes nothing.
func (s *Service) end(ctx context.Context, id string, to Status, who, note string) (Correction, error) {
	e, err := s.all.Update(ctx, id, func(c *Correction) error {
		if c.repeats(to, who, note) {
			return nil
		}
		return c.decide(to, who, note, calendar.Milli(s.now()))
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "correction.missing")
	}
	if err != nil {
		return Correction{}, err
	}
	return s.carryOut(ctx, e.Value)
}

// repeats reports whether this very decision was made before.
func (c *Correction) repeats(to Status, who, note string) bool {
	made := c.Status
	if made == Done || made == Failed {
		made = Approved
	}
	return made == to && c.Second == who && (to != Refused || c.Note == note)
}

// carryOut writes the account's record of an approved correction, under a key of its own, and then that it is done.
func (s *Service) carryOut(ctx context.Context, c Correction) (Correction, error) {
	if c.Status != Approved {
		return c, nil
	}
	receipt, err := s.points.Correct(ctx, points.Correct{
		Key: "correction/" + c.ID, Actor: c.By, Account: c.Account, Amount: c.Amount, Reason: c.Reason, Second: c.Second,
		Funding: c.Funding,
	})
	if err != nil && !refusal(err) {
		return c, err
	}
	e, updateErr := s.all.Update(ctx, c.ID, func(stored *Correction) error {
		if stored.Status != Approved {
			return nil
		}
		if err == nil {
			stored.finish(receipt)
			return nil
		}
		stored.Status, stored.Open, stored.Note, stored.Finished = Failed, "", fault.As(err).Key, calendar.Milli(s.now())
		return nil
	})
	return e.Value, updateErr
}

// refusal reports whether the account will never allow it, so that trying again is in vain.
func refusal(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.NotFound, fault.Conflict, fault.KeyReused, fault.Forbidden:
		return true
	}
	return false
}

// ByID is one correction, carried out first where that is due, or fault.NotFound ("correction.missing").
func (s *Service) ByID(ctx context.Context, id string) (Correction, error) {
	e, err := s.all.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "correction.missing")
	}
	if err != nil {
		return Correction{}, err
	}
	return s.carryOut(ctx, e.Value)
}

// Waiting are the corrections that a second person has to decide on, oldest first, at most a thousand.
func (s *Service) Waiting(ctx context.Context) ([]Correction, error) {
	open, err := s.open(ctx)
	return slices.DeleteFunc(open, func(c Correction) bool { return c.Status != Waiting }), err
}

// open are the corrections that have not ended, oldest first; approved ones are carried out on the way.
func (s *Service) open(ctx context.Context) ([]Correction, error) {
	found, err := s.all.Find(ctx, store.Query{Index: "by_open", Equal: []any{"open"}})
	var list []Correction
	for _, e := range found {
		c, carryErr := s.carryOut(ctx, e.Value)
		err = errors.Join(err, carryErr)
		list = append(list, c)
	}
	return list, err
}

// Recent are the newest corrections of every state, newest first; account, where set, narrows them to one account.
func (s *Service) Recent(ctx context.Context, account string, limit int) ([]Correction, error) {
	q := store.Query{Index: "by_at", Desc: true, Limit: limit}
	if account != "" {
		q.Index, q.Equal = "by_account", []any{account}
	}
	found, err := s.all.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	list := make([]Correction, len(found))
	for i, e := range found {
		list[i] = e.Value
	}
	return list, nil
}

// Sweep carries out what was approved and not written, as a crash leaves it. Faults: those of the store.
func (s *Service) Sweep(ctx context.Context) error {
	_, err := s.open(ctx)
	return err
}
