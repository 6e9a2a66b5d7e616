package leaderboard

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
)

const (
	// drawLock is how long one process may go without a sign of life while it draws a month.
	drawLock = time.Minute
	// drawBatch is how many accounts are written in one round trip.
	drawBatch = 200
	// dueBatch is how many due accounts one tick asks again.
	dueBatch = 500
	// readBack is how many records are read at once to find where an account stood when a month ended.
	readBack = 50
)

// follower draws the running month's boards from the accounts. It keeps in mind which boards it follows: when the month
// rolls, the new month's are missing and are drawn, as they are after a FLUSHALL.
func (s *Service) follower() journal.Follower {
	var month calendar.Month
	var epoch string
	load := func(ctx context.Context) (c journal.Cursor, found bool, err error) {
		month = s.month()
		at, err := s.meta(ctx, month)
		if err != nil || at.epoch == "" {
			return c, false, err
		}
		epoch = at.epoch
		return c, json.Unmarshal([]byte(at.checkpoint), &c) == nil, nil
	}
	return journal.Follower{
		Family: points.Family,
		Load:   load,
		Save: func(ctx context.Context, c journal.Cursor) error {
			b, err := json.Marshal(c)
			if err != nil {
				return err
			}
			return down(saveScript.Run(ctx, s.Redis, []string{metaKey(month)}, epoch, b).Err())
		},
		Redraw: func(ctx context.Context) (journal.Cursor, error) {
			if err := s.roll(ctx, month); err != nil {
				return journal.Cursor{}, err
			}
			c, found, err := load(ctx)
			if err == nil && !found {
				err = drawing()
			}
			return c, err
		},
		Handle: s.handle,
		Failed: s.failed,
	}
}

// roll draws a month that has no boards, after it closed the one before: its last moments may have been missed.
func (s *Service) roll(ctx context.Context, month calendar.Month) error {
	before, err := s.meta(ctx, month.Prev())
	if err != nil {
		return err
	}
	if before.epoch != "" && !before.closed {
		if err := s.draw(ctx, month.Prev()); err != nil {
			return err
		}
	}
	if err := s.clear(ctx, month); err != nil {
		return err
	}
	return s.draw(ctx, month)
}

// handle writes an account's record to the boards of its month, and of the running one where that is another.
func (s *Service) handle(ctx context.Context, rec journal.Record) error {
	state, err := points.StateOf(rec)
	if err != nil {
		return err
	}
	if len(state.Months) == 0 && state.MergedInto == "" {
		return nil // nothing was ever won here, as in the account of whoever only buys
	}
	account := points.AccountOf(rec.Stream)
	people, err := s.names.of(ctx, account)
	if err != nil {
		return err
	}
	p, known := people[account]
	if !known {
		return nil // a company's account
	}
	now, of := s.month(), s.Zone.Month(rec.At)
	if of.Before(now) {
		if err := s.handlePast(ctx, of, p, state); err != nil {
			return err
		}
	}
	return s.put(ctx, now, s.entry(now, p, state))
}

// handlePast writes a record that came when its month had just ended; boards that are gone are not begun by it.
func (s *Service) handlePast(ctx context.Context, m calendar.Month, p person, state points.State) error {
	at, err := s.meta(ctx, m)
	if err != nil || at.epoch == "" {
		return err
	}
	return s.put(ctx, m, s.entry(m, p, state))
}

// entry is how an account stands on a month's boards now, or stood when the month ended.
func (s *Service) entry(m calendar.Month, p person, state points.State) entry {
	total, since, changes := state.Won(m, s.asOf(m))
	if !changes.Before(s.Zone.EndOfMonth(m)) {
		changes = time.Time{} // what changes later changes no board of this month any more
	}
	return entry{
		account: p.ID, seq: state.Seq, due: changes, boards: boardsOf(p, m, s.Zone),
		score: score(total, since, s.Zone.StartOfMonth(m)),
	}
}

// asOf is the instant whose standing a month's boards show: now, and the month's last moment once it is over.
func (s *Service) asOf(m calendar.Month) time.Time {
	now, last := s.now(), s.Zone.EndOfMonth(m).Add(-time.Millisecond)
	if now.After(last) {
		return last
	}
	return now
}

// draw writes every person's standing on a month's boards and declares them drawn. It asks for each account's last
// record instead of reading the month through: a month has some dozens of records an account. One process draws at a
// time, another gets fault.Unavailable "leaderboard.drawing".
func (s *Service) draw(ctx context.Context, m calendar.Month) error {
	// Whatever is written while it draws comes behind this, and the follower begins here.
	from, err := json.Marshal(journal.Cursor{At: s.now().Add(-journal.Overlap)})
	if err != nil {
		return err
	}
	closed := ""
	if !s.now().Before(s.Zone.EndOfMonth(m).Add(journal.Overlap)) {
		closed = "1"
	}
	token := rand.Text()
	if ok, err := s.Redis.SetNX(ctx, lockKey(m), token, drawLock).Result(); err != nil || !ok {
		return orDrawing(err)
	}
	if err := s.drawAll(ctx, m); err != nil {
		s.Redis.Del(ctx, lockKey(m)) // so that the next attempt need not wait for its end
		return err
	}
	keys := []string{lockKey(m), metaKey(m)}
	done, err := finishScript.Run(ctx, s.Redis, keys, token, rand.Text(), from, closed).Int()
	if err != nil || done == 0 {
		return orDrawing(err)
	}
	return nil
}

func orDrawing(err error) error {
	if err != nil {
		return down(err)
	}
	return drawing()
}

func drawing() error {
	return fault.New(fault.Unavailable, "leaderboard.drawing").After(2 * time.Second)
}

// drawAll writes the standings of all dealer staff.
func (s *Service) drawAll(ctx context.Context, m calendar.Month) error {
	var ids []string
	err := s.People.All(ctx, func(p member.Member) error {
		if p.Role == member.RoleMember && p.Active() {
			ids = append(ids, p.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(ids, drawBatch) {
		if err := s.drawBatch(ctx, m, batch); err != nil {
			return err
		}
		if err := s.Redis.Expire(ctx, lockKey(m), drawLock).Err(); err != nil {
			return down(err)
		}
	}
	return nil
}

// drawBatch writes the standings of these people.
func (s *Service) drawBatch(ctx context.Context, m calendar.Month, ids []string) error {
	people, err := s.names.of(ctx, ids...)
	if err != nil {
		return err
	}
	var entries []entry
	for _, id := range ids {
		p, known := people[id]
		if !known {
			continue
		}
		state, err := s.stateAt(ctx, id, m)
		if err != nil {
			return err
		}
		if len(state.Months) > 0 {
			entries = append(entries, s.entry(m, p, state))
		}
	}
	return s.put(ctx, m, entries...)
}

// stateAt is an account as its last record before the month's end left it.
func (s *Service) stateAt(ctx context.Context, account string, m calendar.Month) (points.State, error) {
	stream, end := points.Stream(account), s.Zone.EndOfMonth(m)
	rec, err := s.Journal.Last(ctx, stream)
	if err != nil {
		return points.State{}, err
	}
	for before := rec.Seq; before > 1 && !rec.At.Before(end); {
		recs, err := s.Journal.ReadBack(ctx, stream, before, readBack)
		if err != nil {
			return points.State{}, err
		}
		for _, rec = range recs {
			if before = rec.Seq; rec.At.Before(end) {
				break
			}
		}
	}
	if !rec.At.Before(end) {
		return points.State{}, nil
	}
	return points.StateOf(rec)
}

// due asks the accounts again whose total the clock has changed.
func (s *Service) due(ctx context.Context) error {
	m := s.month()
	accounts, err := s.dueBy(ctx, m, s.now(), dueBatch)
	if err != nil || len(accounts) == 0 {
		return err
	}
	return s.drawBatch(ctx, m, accounts)
}
