package leaderboard

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/notify"
	"firebrand/internal/points"
)

// closeLease names the closing of months among processes.
const closeLease = "leaderboard-close"

// closeRest is how long a closing that failed is left alone.
const closeRest = time.Minute

// Editions is where a month's prizes are promised; content.Service is one.
type Editions interface {
	// Edition returns the edition of a month, or fault.NotFound.
	Edition(ctx context.Context, month calendar.Month) (content.Edition, error)
}

// Awarder pays prizes; points.Service is one.
type Awarder interface {
	Award(ctx context.Context, r points.Award) (points.Receipt, error)
	// Void lets nothing ever happen under a key in an account, or returns what happened under it.
	Void(ctx context.Context, account, key, actor string) (points.Receipt, error)
}

// Messenger tells winners; notify.Service is one. The id makes telling twice telling once.
type Messenger interface {
	Send(ctx context.Context, m notify.Message) error
}

// closer remembers how far months are closed, so that a sweep costs nothing.
type closer struct {
	// done is the newest month before which everything is closed and paid.
	done   calendar.Month
	failed time.Time
}

// Sweep closes every month that is over and final and not closed yet: it keeps the tables for ever, decides the prizes in
// one record and pays each once. Any number of processes may call it at any time, every second: after a crash another
// call goes on, and nothing is paid twice. The clock alone says what is due, so one that comes late closes the same
// tables. Without Config.Tables and Config.Points it does nothing.
func (s *Service) Sweep(ctx context.Context) error {
	if s.Tables == nil || s.Points == nil {
		return nil
	}
	s.closing.Lock()
	defer s.closing.Unlock()
	last := s.Zone.Month(s.now().Add(-FinalAfter - journal.Overlap)).Prev()
	rested := s.now().Sub(s.closer.failed)
	if s.closer.done == last || !s.closer.failed.IsZero() && rested >= 0 && rested < closeRest {
		return nil
	}
	if !s.Journal.Leases.Held(ctx, closeLease) {
		return nil
	}
	err := s.closeUpTo(ctx, last)
	s.closer.failed = time.Time{}
	if err != nil {
		s.closer.failed = s.now()
	}
	return err
}

// closeUpTo closes what is open of the months up to last, the oldest first. A month that cannot be closed keeps no later
// one open, so that there may be one before a closed one.
func (s *Service) closeUpTo(ctx context.Context, last calendar.Month) error {
	first, err := s.Journal.Follow(ctx, points.Family, journal.Cursor{}, 1)
	if err != nil || len(first) == 0 {
		return err
	}
	var open []calendar.Month
	for m, begun := last, s.Zone.Month(first[0].At); !m.Before(begun) && m != s.closer.done; m = m.Prev() {
		_, paid, err := s.Journal.ByKey(ctx, closedStream(m), keyPaid)
		if err != nil {
			return err
		}
		if !paid {
			open = append(open, m)
		}
	}
	slices.Reverse(open)
	var failed error
	for _, m := range open {
		err := s.closeMonth(ctx, m)
		if fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
			return err
		}
		failed = errors.Join(failed, err)
	}
	if failed == nil {
		s.closer.done = last
	}
	return failed
}

// closeMonth goes through all that closing a month takes; whatever was done before is not done again.
func (s *Service) closeMonth(ctx context.Context, m calendar.Month) error {
	c, found, err := readClosing(ctx, s.Journal, m)
	if err != nil {
		return err
	}
	if !found {
		if c, err = s.decideMonth(ctx, m); err != nil {
			return err
		}
	}
	s.frozen.learn(m, c)
	if err := s.pay(ctx, m, c.Prizes); err != nil {
		return err
	}
	if err := s.Tables.tidy(ctx, m.String(), c.Run); err != nil {
		return err
	}
	req := journal.Request{Key: keyPaid, What: m.String()}
	_, err = s.Journal.Decide(ctx, closedStream(m), req, func(journal.Record, time.Time) (string, any, error) {
		return keyPaid, struct{}{}, nil
	})
	if err == nil {
		// From now on the month is read from its tables. What is left in Redis is only memory, whether or not it answers.
		s.failed(s.clear(ctx, m))
	}
	return err
}

// decideMonth counts the month, writes its tables and then the one record that makes them final. Where another process
// was quicker its record counts, and these pages belong to nothing.
func (s *Service) decideMonth(ctx context.Context, m calendar.Month) (closing, error) {
	e, err := s.Editions.Edition(ctx, m)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return closing{}, err
	}
	if e.State != content.Scheduled {
		e.Prizes = nil // it was never published, so nothing was promised
	}
	n, err := s.countMonth(ctx, m)
	if err != nil {
		return closing{}, err
	}
	c := closing{
		Run: rand.Text(), Final: s.Zone.EndOfMonth(m).Add(FinalAfter), Edition: e.Version, Prizes: prizesOf(n, e.Prizes),
	}
	if err := s.writeTables(ctx, n, &c); err != nil {
		return closing{}, err
	}
	req := journal.Request{Key: keyClosed, What: m.String()}
	_, err = s.Journal.Decide(ctx, closedStream(m), req, func(journal.Record, time.Time) (string, any, error) {
		return keyClosed, c, nil
	})
	if err != nil {
		return closing{}, err
	}
	c, _, err = readClosing(ctx, s.Journal, m)
	return c, err
}

// writeTables writes the pages of a counting and lists its boards.
func (s *Service) writeTables(ctx context.Context, n count, c *closing) error {
	month := n.month.String()
	for _, name := range slices.Sorted(maps.Keys(n.boards)) {
		rows := n.boards[name]
		i := 0
		for part := range slices.Chunk(rows, pageRows) {
			if err := s.Tables.add(ctx, page{Month: month, Run: c.Run, Board: name, Page: i, Rows: part}); err != nil {
				return err
			}
			i++
		}
		c.Boards = append(c.Boards, closedBoard{name, len(rows)})
	}
	for _, class := range n.classes {
		i := 0
		for part := range slices.Chunk(class.Teams, pageRows) {
			if err := s.Tables.add(ctx, page{Month: month, Run: c.Run, Board: LeagueBoard(class.Name), Page: i, Teams: part}); err != nil {
				return err
			}
			i++
		}
		c.Classes = append(c.Classes, closedClass{class.Name, class.Mean, len(class.Teams)})
	}
	return nil
}
