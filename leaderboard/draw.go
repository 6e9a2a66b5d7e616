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
	// readBack is how many of an account's records are read at once.
	readBack = 50
)

// Follower draws the running month's boards from the accounts; Run follows by it, and it is to be had for whoever follows
// in another way, such as to measure. It keeps in mind which boards it follows: when the month rolls, the new month's are
// missing and are drawn, as they are after a FLUSHALL. A record is only noted by Handle and reaches the boards by Flush.
func (s *Service) Follower() journal.Follower {
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
		Lease:  s.lease(),
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
		Flush:  s.flush,
		Failed: s.failed,
	}
}

// lease shares the boards' drawing between processes that share a Redis; each draws its own embedded one.
func (s *Service) lease() string {
	if s.Redis.Embedded() {
		return ""
	}
	return "leaderboard"
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

// handle notes an account's record for the running month's boards, and writes it to those of its own month where that is
// another.
func (s *Service) handle(ctx context.Context, rec journal.Record) error {
	state, won, err := s.readRecord(ctx, rec)
	if err != nil {
		return err
	}
	if len(state.Months) == 0 && state.MergedInto == "" && len(won.earned) == 0 {
		return nil // nothing was ever won here, as in the account of whoever only buys
	}
	now, of := s.month(), s.Zone.Month(rec.At)
	first := earlier(of, won.month)
	if merges(rec) {
		first = earlier(first, of.Prev()) // whose table may not be final
	}
	for m := first; m.Before(now) && !of.Before(m); m = m.Next() {
		if err := s.handlePast(ctx, m, state.Owner, rec.At); err != nil {
			return err
		}
	}
	a := account{state: state, seq: state.Seq}
	if won.month == now {
		a.earned = won.earned
	}
	return s.note(now, a)
}

// wonIn is what a record won, and in which month; one that took another account in brings what that one's records won.
type wonIn struct {
	earned []earned
	month  calendar.Month
}

// readRecord reads the account as a record left it and what it won. The month is the award's, which is the one before
// where a game ended with the month.
func (s *Service) readRecord(ctx context.Context, rec journal.Record) (points.State, wonIn, error) {
	if !earns(rec) {
		state, err := points.StateOf(rec)
		return state, wonIn{}, err
	}
	c, err := points.ChangeOf(rec)
	if err != nil {
		return points.State{}, wonIn{}, err
	}
	w := wonIn{month: c.Op.Month}
	if c.Op.Kind == points.KindReverse || c.Op.Kind == points.KindMergeIn {
		w.month = s.Zone.Month(rec.At)
	}
	if w.month.IsZero() {
		return c.After, w, nil
	}
	w.earned, err = s.earnedOf(ctx, rec, c, w.month)
	return c.After, w, err
}

// earlier is the earlier of two months, of which the second may be none.
func earlier(m, n calendar.Month) calendar.Month {
	if !n.IsZero() && n.Before(m) {
		return n
	}
	return m
}

// handlePast reads an account again for a month that is over, because a record of its last moments came; boards that are
// gone are not begun by it, and a table that is final changes no more.
func (s *Service) handlePast(ctx context.Context, m calendar.Month, id string, at time.Time) error {
	if !at.Before(s.Zone.EndOfMonth(m).Add(FinalAfter)) {
		return nil
	}
	meta, err := s.meta(ctx, m)
	if err != nil || meta.epoch == "" {
		return err
	}
	a, err := s.readAccount(ctx, id, m)
	if err != nil {
		return err
	}
	return s.write(ctx, m, []account{a})
}

// entry is how an account stands on a month's boards now, or stood when the month ended.
func (s *Service) entry(m calendar.Month, p *person, state points.State) entry {
	total, since, changes := state.Won(m, s.asOf(m))
	if state.MergedInto != "" {
		p = &person{Member: member.Member{ID: p.ID}} // it stands where its points went
	}
	if !changes.Before(s.Zone.EndOfMonth(m)) {
		changes = time.Time{} // what changes later changes no board of this month any more
	}
	return entry{
		account: p.ID, seq: state.Seq, due: changes, boards: boardsOf(p, m, s.Zone), company: p.Company, stands: p.stands(),
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
	if !s.now().Before(s.Zone.EndOfMonth(m).Add(FinalAfter + journal.Overlap)) {
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
	if err := s.staff(ctx, func(p member.Member) { ids = append(ids, p.ID) }); err != nil {
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
		a, err := s.readAccount(ctx, id, m)
		if err != nil {
			return err
		}
		if !a.empty() {
			entries = append(entries, s.entryOf(m, p, a))
		}
	}
	return s.put(ctx, m, entries...)
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
