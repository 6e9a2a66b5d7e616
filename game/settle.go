package game

import (
	"context"
	"errors"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// settle moves the points that the end of an attempt brings or burns. It acts once however often it is called, so that
// the follower can call it again for every end that it meets.
func (s *Service) settle(ctx context.Context, a Attempt) error {
	var err error
	switch {
	case a.State == StateFinished:
		_, err = s.Points.Award(ctx, points.Award{
			Key: pointsKey(a), Account: a.Member, Amount: a.Points, Source: points.SourceGame, Funding: s.Policy.Funding,
			Month: a.Month, Played: true, Ref: streamOf(a),
		})
	case !a.Alive() && a.Lost > 0:
		_, err = s.Points.Forfeit(ctx, points.Forfeit{
			Key: forfeitKey(a), Account: a.Member, Amount: a.Lost, Source: points.SourceGame, Month: a.Month, Ref: streamOf(a),
		})
	}
	return err
}

// paid fills in what of a finished game's points its account was given, and what cut the rest.
func (s *Service) paid(ctx context.Context, a Attempt, v *View) error {
	v.Given = a.Points
	if a.State != StateFinished {
		return nil
	}
	rec, found, err := s.Points.Record(ctx, a.Member, pointsKey(a))
	if err != nil || !found {
		return err // it is being written; nothing was cut as far as anybody knows
	}
	moved, err := points.ChangeOf(rec)
	if err == nil && moved.CutBy != "" {
		v.Given, v.CutBy = moved.Moved, moved.CutBy
	}
	return err
}

// Settled reports whether the points that an attempt's last record brings or burns were moved; an attempt that goes on,
// and a practice, have none to move. It writes nothing: "firebrand verify" asks it.
func (s *Service) Settled(ctx context.Context, last journal.Record) (bool, error) {
	if !Scored(last.Stream) {
		return true, nil
	}
	a, err := AttemptOf(last)
	if err != nil {
		return false, err
	}
	key := pointsKey(a)
	switch {
	case a.Alive() || a.State != StateFinished && a.Lost == 0:
		return true, nil
	case a.State != StateFinished:
		key = forfeitKey(a)
	}
	_, found, err := s.Points.Record(ctx, a.Member, key)
	return found, err
}

// Followers are what must run for this room (journal.Run): one that settles the points of every end, should a process
// have died between the two, and keeps the list of open attempts that Sweep works through.
func (s *Service) Followers() []journal.Follower {
	return []journal.Follower{{
		Family: Family,
		Lease:  "ends of games",
		Load:   s.loadCheckpoint,
		Save:   s.saveCheckpoint,
		// What is left of a list that lost its checkpoint does no harm: the sweep puts right what it looks at.
		Redraw: func(context.Context) (journal.Cursor, error) { return journal.Cursor{}, nil },
		Handle: s.follow,
	}}
}

// follow needs no order: a due that is too early only makes the sweep look once more, and an end settles once.
func (s *Service) follow(ctx context.Context, rec journal.Record) error {
	if !Scored(rec.Stream) {
		return s.followPractice(ctx, rec)
	}
	if goesOn(Kind(rec.Kind)) && s.now().Sub(rec.At) < justNow {
		return nil
	}
	a, err := AttemptOf(rec)
	if err != nil {
		return err
	}
	if a.Alive() {
		return s.followOpen(ctx, rec, a)
	}
	// Nearly always the call that ended the attempt has settled it; asking costs less than settling again.
	settled, err := s.Settled(ctx, rec)
	if err == nil && !settled {
		err = s.settle(ctx, a)
	}
	if err != nil {
		return err
	}
	return s.forget(ctx, rec.Stream)
}

// justNow is how old a record is at the most that its own process is still at work on. The list has had the attempt
// since it began, and the call that wrote the record does what follows from it; after a crash the record is read again,
// and then it is older.
const justNow = 2 * time.Second

// goesOn reports whether an attempt certainly goes on after such a record, or the call that wrote it concludes it.
func goesOn(kind Kind) bool {
	return kind == KindAsked || kind == KindAnswered || kind == KindMissed || kind == KindPaused
}

// longAgo is older than any record whose due may lie ahead: a pause, the longest of all, ends with the day.
const longAgo = 48 * time.Hour

// followOpen keeps the list of open attempts. When a long past is read, as at a first start, an attempt is looked at
// once, at its beginning, and only one that nobody has ended is put on the list, where the sweep finds it overdue.
func (s *Service) followOpen(ctx context.Context, rec journal.Record, a Attempt) error {
	if s.now().Sub(rec.At) > longAgo {
		if Kind(rec.Kind) != KindStarted {
			return nil
		}
		now, err := s.load(ctx, rec.Stream)
		if err != nil || !now.Alive() {
			return err
		}
	}
	return s.expect(ctx, rec.Stream, a.Member, earlier(a.due(), rec.At.Add(s.Policy.Away)))
}

// earlier keeps the list's instant below anything that the records to come can bring: none burns sooner than Away.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// due is when the clock decides something about an attempt that nobody looks at.
func (a Attempt) due() time.Time {
	if a.Complete() {
		return a.At
	}
	return a.BurnsAt
}

// sweepPage is how many open attempts Sweep reads at once.
const sweepPage = 200

// Sweep writes down what the clock decided about attempts that nobody looks at: burns, and finishes that were cut off.
// It changes no outcome, only when it is written; call it every half a minute. It goes on past an attempt that fails
// and returns all errors together. Several processes may run it at once.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	q := store.Query{Index: "burns_at", To: now.Add(time.Millisecond), Limit: sweepPage}
	var failed []error
	for {
		page, err := s.open.Find(ctx, q)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, e := range page {
			if err := s.sweep(ctx, e, now); err != nil {
				failed = append(failed, err)
			}
		}
		if len(page) < sweepPage {
			return errors.Join(failed...)
		}
		end := page[len(page)-1]
		q.After = &store.Position{Values: []any{end.Value.Due}, ID: end.ID}
	}
}

// sweep writes what is due of one attempt, or moves its entry to when something will be. A question that was missed is
// left for its player to come back to: were it written down here, the attempt would burn later than if nobody looked.
func (s *Service) sweep(ctx context.Context, e store.Entry[openAttempt], now time.Time) error {
	a, err := s.load(ctx, e.Value.Stream)
	if errors.Is(err, errNone) {
		return s.forget(ctx, e.ID)
	}
	if err != nil {
		return err
	}
	if a.Alive() && !a.due().After(now) {
		// What comes back may be alive all the same: an answer that was on its way came first.
		if a, err = s.catchUp(ctx, e.Value.Stream); err != nil {
			return err
		}
	}
	if !a.Alive() {
		return s.forget(ctx, e.ID)
	}
	e.Value.Due = a.due()
	err = s.open.Replace(ctx, e.ID, e.Value, e.Version)
	if fault.Is(err, fault.Conflict) {
		return nil // another process was here, or the follower expects it earlier
	}
	return err
}

func (s *Service) loadCheckpoint(ctx context.Context) (journal.Cursor, bool, error) {
	kept, err := s.checkpoints.Get(ctx, followerName)
	if fault.Is(err, fault.NotFound) {
		return journal.Cursor{}, false, nil
	}
	return journal.Cursor{At: kept.Value.At, ID: kept.Value.ID}, err == nil, err
}

func (s *Service) saveCheckpoint(ctx context.Context, c journal.Cursor) error {
	return s.checkpoints.Put(ctx, followerName, func(kept *checkpoint) error { *kept = checkpoint{c.At, c.ID}; return nil })
}
