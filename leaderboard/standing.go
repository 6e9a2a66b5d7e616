package leaderboard

import (
	"context"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// account is what an account says about a month: the state to ask for its standing, and what stands beside it.
type account struct {
	// state is as of the newest record, or of the last one before the month's end.
	state points.State
	// seq is of the newest record that was looked at.
	seq int64
	// late is what came after the month's end and before its table was final, and since when.
	late  int64
	since time.Time
	// earned is what each record won, in the order of neither.
	earned []earned
}

// readAccount reads what an account says about a month by now. Of a month that is over nothing is read that came after
// its table was final, so that whoever reads it later, for the last time or again, gets the same.
func (s *Service) readAccount(ctx context.Context, id string, m calendar.Month) (account, error) {
	a := account{state: points.State{Owner: id}}
	start, end := s.Zone.StartOfMonth(m), s.Zone.EndOfMonth(m)
	err := s.readBack(ctx, id, func(rec journal.Record) (more bool, err error) {
		if !rec.At.Before(end.Add(FinalAfter)) {
			return true, nil
		}
		a.seq = max(a.seq, rec.Seq)
		inMonth := rec.At.Before(end)
		if inMonth && a.state.Seq == 0 {
			if a.state, err = points.StateOf(rec); err != nil {
				return false, err
			}
		}
		if rec.At.Before(start) || !earns(rec) {
			return !rec.At.Before(start), nil
		}
		return true, s.take(ctx, &a, rec, m)
	})
	return a, err
}

// take adds what a record won for the month.
func (s *Service) take(ctx context.Context, a *account, rec journal.Record, m calendar.Month) error {
	c, err := points.ChangeOf(rec)
	if err != nil {
		return err
	}
	if !rec.At.Before(s.Zone.EndOfMonth(m)) {
		if c.Op.Kind == points.KindMergeIn {
			return s.takeIn(ctx, a, c.Op.Other, m)
		}
		if c.Op.Kind != points.KindAward || c.Op.Month != m || !counts(c.Op.Source) {
			return nil // what is over is changed only by what was played in it
		}
		a.comeLate(c.Moved, rec.At)
	}
	won, err := s.earnedOf(ctx, rec, c, m)
	a.earned = append(a.earned, won...)
	return err
}

// comeLate adds what came after the month's end.
func (a *account) comeLate(points int64, at time.Time) {
	a.late += points
	if at.After(a.since) {
		a.since = at
	}
}

// readBack calls each with an account's records, the newest first, until it wants no more.
func (s *Service) readBack(ctx context.Context, id string, each func(journal.Record) (more bool, err error)) error {
	stream := points.Stream(id)
	rec, err := s.Journal.Last(ctx, stream)
	if err != nil || rec.Seq == 0 {
		return err
	}
	for recs := []journal.Record{rec}; len(recs) > 0; {
		for _, rec := range recs {
			if more, err := each(rec); err != nil || !more {
				return err
			}
		}
		before := recs[len(recs)-1].Seq
		if before == 1 {
			return nil
		}
		if recs, err = s.Journal.ReadBack(ctx, stream, before, readBack); err != nil {
			return err
		}
	}
	return nil
}

// empty reports whether the account has nothing to say on any board.
func (a account) empty() bool { return len(a.state.Months) == 0 && a.late == 0 && len(a.earned) == 0 }

// stateBefore is an account as its last record before an instant left it.
func (s *Service) stateBefore(ctx context.Context, id string, end time.Time) (state points.State, err error) {
	err = s.readBack(ctx, id, func(rec journal.Record) (bool, error) {
		if !rec.At.Before(end) {
			return true, nil
		}
		state, err = points.StateOf(rec)
		return false, err
	})
	return state, err
}

// totalOf is what an account won in a month, what came late included, and when it had won that.
func (s *Service) totalOf(m calendar.Month, a account) (total int64, since time.Time) {
	total, since, _ = a.state.Won(m, s.asOf(m))
	if a.since.After(since) {
		since = a.since
	}
	return total + a.late, since
}

// entryOf is an account's place on a month's boards, or where it stood when the month ended.
func (s *Service) entryOf(m calendar.Month, p *person, a account) entry {
	e := s.entry(m, p, a.state)
	if a.late > 0 {
		total, since := s.totalOf(m, a)
		e.score = score(total, since, s.Zone.StartOfMonth(m))
	}
	e.seq, e.earned = a.seq, a.earned
	return e
}
