package game

import (
	"context"
	"errors"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

var (
	// errNone: the stream is empty.
	errNone = errors.New("game: no attempt")
	// errNothing: there is nothing to write; the attempt as it stands is the answer.
	errNothing = errors.New("game: nothing to write")
	// errDue: the clock has decided something that must be written first.
	errDue = errors.New("game: the clock comes first")
)

// dueMost bounds how many records the clock can owe: a missed question and the finish after it, and room for a race.
const dueMost = 8

// quizOf returns the revision of the quiz that an attempt is played with.
func (s *Service) quizOf(ctx context.Context, a Attempt) (content.Quiz, error) {
	return s.Content.QuizAt(ctx, a.Quiz, a.Revision)
}

// now is the service's clock, to the millisecond.
func (s *Service) now() time.Time { return calendar.Milli(s.Now()) }

// move decides what follows an attempt on which the clock has nothing to say.
type move func(a Attempt, quiz content.Quiz, at time.Time) (Kind, Attempt, error)

// act appends what decide chooses, after everything that the clock decided before, and returns the attempt as it
// stands afterwards with everything written. A repeated request, and one that comes to an end or to nothing, changes
// nothing and returns the same. It fails with errNone where there is no attempt.
func (s *Service) act(ctx context.Context, stream string, req journal.Request, decide move) (Attempt, error) {
	for range dueMost {
		var next Attempt
		rec, err := s.Journal.Decide(ctx, stream, req, func(last journal.Record, at time.Time) (string, any, error) {
			a, err := s.settled(last, at)
			if err != nil {
				return "", nil, err
			}
			quiz, err := s.quizOf(ctx, a)
			if err != nil {
				return "", nil, err
			}
			var kind Kind
			kind, next, err = decide(a, quiz, at)
			return string(kind), record{next}, err
		})
		switch {
		case errors.Is(err, errDue):
			if _, err := s.catchUp(ctx, stream); err != nil {
				return Attempt{}, err
			}
			continue
		case errors.Is(err, errNothing), err == nil && rec.Replayed:
			return s.catchUp(ctx, stream)
		case err != nil:
			return Attempt{}, err
		}
		return s.conclude(ctx, stream, next)
	}
	return Attempt{}, fault.New(fault.Unavailable, "store.busy")
}

// settled reads the attempt behind a stream's end and refuses to go on where it is over or the clock comes first.
func (s *Service) settled(last journal.Record, at time.Time) (Attempt, error) {
	if last.Seq == 0 {
		return Attempt{}, errNone
	}
	a, err := AttemptOf(last)
	if err != nil {
		return a, err
	}
	if _, _, due := Due(a, at, s.Policy); due {
		return a, errDue
	}
	if !a.Alive() {
		return a, errNothing
	}
	return a, nil
}

// conclude follows an attempt that was just written: the last answer by the finish, an end by its points.
func (s *Service) conclude(ctx context.Context, stream string, a Attempt) (Attempt, error) {
	switch {
	case !a.Alive():
		return a, s.settle(ctx, a)
	case a.Complete():
		return s.catchUp(ctx, stream)
	}
	return a, nil
}

// catchUp writes down what the clock has decided, one record each, settles the points of an end it wrote, and returns
// the attempt as it stands then.
func (s *Service) catchUp(ctx context.Context, stream string) (Attempt, error) {
	for range dueMost {
		a, err := s.load(ctx, stream)
		if err != nil {
			return a, err
		}
		kind, _, due := Due(a, s.now(), s.Policy)
		if !due {
			return a, nil
		}
		rec, err := s.writeDue(ctx, stream, kind, len(a.Given))
		if errors.Is(err, errNothing) {
			continue
		}
		if err != nil {
			return a, err
		}
		if a, err = AttemptOf(rec); err != nil {
			return a, err
		}
		if !a.Alive() {
			return a, s.settle(ctx, a)
		}
	}
	return Attempt{}, fault.New(fault.Unavailable, "store.busy")
}

// writeDue appends one decision of the clock, where it is still that one; given is how many questions were over.
func (s *Service) writeDue(ctx context.Context, stream string, kind Kind, given int) (journal.Record, error) {
	req := journal.Request{Key: dueKey(kind, given), What: kind}
	return s.Journal.Decide(ctx, stream, req, func(last journal.Record, at time.Time) (string, any, error) {
		a, err := AttemptOf(last)
		if err != nil {
			return "", nil, err
		}
		k, next, due := Due(a, at, s.Policy)
		if !due || k != kind || len(a.Given) != given {
			return "", nil, errNothing
		}
		return string(k), record{next}, nil
	})
}

// onAttempt runs f on the stream of the player's attempt: this month's or, where there is none, the one that was begun
// before the month's end and belongs to it.
func (s *Service) onAttempt(p Player, quiz string, f func(stream string) (Attempt, error)) (Attempt, error) {
	if !content.ValidID(quiz) {
		return Attempt{}, errNotStarted
	}
	month := s.Zone.Month(s.now())
	a, err := f(Stream(quiz, month, p.ID))
	if errors.Is(err, errNone) {
		a, err = f(Stream(quiz, month.Prev(), p.ID))
	}
	if errors.Is(err, errNone) {
		return a, errNotStarted
	}
	return a, err
}

var errNotStarted = fault.New(fault.NotFound, "game.not_started")

// checkKey refuses a request that cannot be told from others.
func checkKey(key string) error {
	if key == "" || len(key) > 200 {
		return fault.New(fault.Invalid, "game.key").On("key")
	}
	return nil
}
