package challenge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// pair is one account in one challenge.
type pair struct{ challenge, account string }

// looks is how often a pair is evaluated after it was told of: an order shows a moment after its record, so that the
// first look may be too early.
const looks = 2

// told are the pairs to evaluate. Many records of one account are one evaluation; what is lost with the process is told
// again, because the followers' checkpoints move on only after it was evaluated.
type told struct {
	sync.Mutex
	pairs map[pair]int
}

func (t *told) add(p pair) {
	t.Lock()
	defer t.Unlock()
	if t.pairs == nil {
		t.pairs = map[pair]int{}
	}
	t.pairs[p] = looks
}

// take empties the list; what must be looked at again stays in it.
func (t *told) take() []pair {
	t.Lock()
	defer t.Unlock()
	list := make([]pair, 0, len(t.pairs))
	for p := range maps.Keys(t.pairs) {
		list = append(list, p)
		if t.pairs[p]--; t.pairs[p] == 0 {
			delete(t.pairs, p)
		}
	}
	return list
}

// Tell says that an account may be further in the challenges of a goal that are live now, as when a member opened an
// article. It only notes it: the evaluation follows within some seconds, or when the page is looked at.
func (s *Service) Tell(ctx context.Context, goal Goal, accounts ...string) error {
	return s.note(ctx, goal, s.now(), accounts)
}

// note puts accounts on the list for every challenge of a goal in whose period the instant lies.
func (s *Service) note(ctx context.Context, goal Goal, at time.Time, accounts []string) error {
	list, err := s.published(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if !s.covers(c, goal, at) {
			continue
		}
		for _, account := range accounts {
			s.told.add(pair{c.ID, account})
		}
	}
	return nil
}

// pursues reports whether any version of any challenge has this goal. One that is published later finds by its sweep
// what was not noted.
func (s *Service) pursues(ctx context.Context, goal Goal) (bool, error) {
	list, err := s.published(ctx)
	return slices.ContainsFunc(list, func(c Challenge) bool {
		return slices.ContainsFunc(c.Versions, func(t Terms) bool { return t.Goal == goal })
	}), err
}

// covers reports whether the instant lies in the period of any version of a challenge of this goal.
func (s *Service) covers(c Challenge, goal Goal, at time.Time) bool {
	for _, t := range c.Versions {
		from, to := c.bounds(t, s.Zone)
		if t.Goal == goal && !at.Before(from) && at.Before(to) {
			return true
		}
	}
	return false
}

// evaluateTold evaluates what is on the list. Where a store does not answer what is left of it is put back and the error
// is returned; any other failure is told to Failed, and the sweep meets it again.
func (s *Service) evaluateTold(ctx context.Context) error {
	list := s.told.take()
	for i, p := range list {
		_, err := s.Evaluate(ctx, p.challenge, p.account)
		switch {
		case fault.Is(err, fault.Unavailable) || ctx.Err() != nil:
			for _, left := range list[i:] {
				s.told.add(left)
			}
			return err
		case err != nil && s.Failed != nil:
			s.Failed(err)
		}
	}
	return nil
}

// Followers are what must run for this room (journal.Run): one that draws the studio's figures and finishes what a
// crash cut off, and one each over orders and games, which tells whom to evaluate.
func (s *Service) Followers() []journal.Follower {
	all := []journal.Follower{s.ownFollower()}
	if s.Purchases != nil {
		all = append(all, s.listener("order", func(ctx context.Context, rec journal.Record) error {
			// Reading an order costs more than knowing that nobody is asked to buy anything.
			if asked, err := s.pursues(ctx, GoalBuy); err != nil || !asked {
				return err
			}
			placed, accounts, err := s.Purchases.Told(ctx, rec)
			if err != nil || len(accounts) == 0 {
				return err
			}
			return s.note(ctx, GoalBuy, placed, accounts)
		}))
	}
	if s.Plays != nil {
		all = append(all, s.listener("play", s.hearPlay))
	}
	return all
}

func (s *Service) hearPlay(ctx context.Context, rec journal.Record) error {
	member, err := s.Plays.Told(rec)
	if err != nil || member == "" {
		return err
	}
	accounts := []string{member}
	if p, found, err := s.People.Person(ctx, member); err != nil {
		return err
	} else if found && p.CompanyID != "" {
		accounts = append(accounts, p.CompanyID)
	}
	return s.note(ctx, GoalPlay, rec.At, accounts)
}

// listener notes whom a family's records are about; they are evaluated before its checkpoint moves on. It begins with
// the newest records: the sweep has looked at everybody by then.
func (s *Service) listener(family string, hear func(context.Context, journal.Record) error) journal.Follower {
	return journal.Follower{
		Family: family,
		Lease:  "challenges of " + family,
		Load: func(ctx context.Context) (journal.Cursor, bool, error) {
			e, err := s.places.Get(ctx, family)
			if fault.Is(err, fault.NotFound) {
				return journal.Cursor{}, false, nil
			}
			return journal.Cursor{At: e.Value.At, ID: e.Value.ID}, err == nil, err
		},
		Save: func(ctx context.Context, c journal.Cursor) error {
			return s.places.Put(ctx, family, func(p *place) error { p.At, p.ID = c.At, c.ID; return nil })
		},
		Redraw: func(context.Context) (journal.Cursor, error) {
			return journal.Cursor{At: s.now().Add(-journal.Overlap)}, nil
		},
		Handle: hear,
		Flush:  s.evaluateTold,
		Failed: s.Failed,
	}
}

// ownFollower draws the rows.
func (s *Service) ownFollower() journal.Follower {
	return journal.Follower{
		Family: Family,
		Lease:  "challenge figures",
		Load: func(ctx context.Context) (journal.Cursor, bool, error) {
			e, err := s.rows.Get(ctx, rowsMark)
			if fault.Is(err, fault.NotFound) {
				return journal.Cursor{}, false, nil
			}
			return e.Value.Mark, err == nil, err
		},
		Save: func(ctx context.Context, c journal.Cursor) error {
			return s.rows.Put(ctx, rowsMark, func(r *row) error { r.Mark = c; return nil })
		},
		Redraw: func(ctx context.Context) (journal.Cursor, error) { return journal.Cursor{}, s.clearRows(ctx) },
		Handle: func(ctx context.Context, rec journal.Record) error {
			st, err := StandingOf(rec)
			if err != nil {
				return err
			}
			_, moving := st.Moving()
			err = s.rows.Put(ctx, rec.Stream, func(r *row) error {
				if r.Seq >= rec.Seq {
					return errDrawn
				}
				*r = row{Challenge: st.Challenge, Standing: st, Seq: rec.Seq, Moving: moving}
				return nil
			})
			if err == errDrawn {
				return nil
			}
			return err
		},
		Failed: s.Failed,
	}
}

// errDrawn ends a Put that has nothing to write.
var errDrawn = fmt.Errorf("challenge: the row is as new")

func (s *Service) clearRows(ctx context.Context) error {
	return all(ctx, s.rows, store.Query{}, nil, func(e store.Entry[row]) error {
		if err := s.rows.Delete(ctx, e.ID); !fault.Is(err, fault.NotFound) {
			return err
		}
		return nil
	})
}

// Rebuild empties the figures and draws them anew from the journal.
func (s *Service) Rebuild(ctx context.Context) error {
	return s.Journal.Redraw(ctx, s.ownFollower())
}
