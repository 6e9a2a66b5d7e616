package leaderboard

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

const (
	// gatherFor is how long a standing waits for others to be written with: games end in crowds, and one call for many
	// costs Redis and the network little more than one for each. It is short beside Refresh.
	gatherFor = 25 * time.Millisecond
	// notedMost bounds what waits while Redis does not answer; beyond it records are read again later.
	notedMost = 20_000
)

// noted are the accounts as records left them that are not written yet, once for each month.
type noted struct {
	mu       sync.Mutex
	accounts map[notedID]account
	// some is signalled when the first is noted.
	some chan struct{}
	// writing is held by whoever writes, so that nobody returns before what was noted is on the boards.
	writing sync.Mutex
}

type notedID struct {
	month   calendar.Month
	account string
}

// add notes an account, unless a newer state of it is; what its records won is noted in either case.
func (n *noted) add(id notedID, a account) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if before, known := n.accounts[id]; known {
		won := slices.Concat(before.earned, a.earned)
		if before.seq > a.seq {
			a = before
		}
		a.earned = won
	}
	n.accounts[id] = a
	select {
	case n.some <- struct{}{}:
	default:
	}
}

func (n *noted) full() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.accounts) >= notedMost
}

// take empties the notes.
func (n *noted) take() map[notedID]account {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.accounts
	n.accounts = map[notedID]account{}
	return all
}

// note lets an account's standing be written soon, with others.
func (s *Service) note(m calendar.Month, a account) error {
	if s.noted.full() {
		return fault.New(fault.Unavailable, "leaderboard.down").After(2 * time.Second)
	}
	s.noted.add(notedID{m, a.state.Owner}, a)
	return nil
}

// flush writes what was noted. What cannot be written now stays noted: its records count as handled.
func (s *Service) flush(ctx context.Context) error {
	s.noted.writing.Lock()
	defer s.noted.writing.Unlock()
	months := map[calendar.Month][]account{}
	for id, a := range s.noted.take() {
		months[id.month] = append(months[id.month], a)
	}
	var failed error
	for m, accounts := range months {
		if err := s.write(ctx, m, accounts); err != nil {
			failed = errors.Join(failed, err)
			for _, a := range accounts {
				s.noted.add(notedID{m, a.state.Owner}, a)
			}
		}
	}
	return failed
}

// write puts accounts on a month's boards; those of companies stand on none.
func (s *Service) write(ctx context.Context, m calendar.Month, accounts []account) error {
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.state.Owner
	}
	people, err := s.names.of(ctx, ids...)
	if err != nil {
		return err
	}
	entries := make([]entry, 0, len(accounts))
	for i, a := range accounts {
		if p, known := people[ids[i]]; known {
			entries = append(entries, s.entryOf(m, p, a))
		}
	}
	return s.put(ctx, m, entries...)
}

// writeNoted writes what is noted until ctx ends, and then what is left.
func (s *Service) writeNoted(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.noted.some:
			rest(ctx, gatherFor)
		}
		last, end := context.WithTimeout(context.WithoutCancel(ctx), restWhenDown)
		if err := s.flush(last); err != nil && ctx.Err() == nil {
			s.failed(err)
			rest(ctx, restWhenDown)
		}
		end()
	}
}

// rest waits, less where ctx ends.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
