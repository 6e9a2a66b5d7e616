package game

import (
	"context"
	"strings"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Stream is the journal stream of a member's scored attempt at a quiz in a month.
func Stream(quiz string, month calendar.Month, member string) string {
	return Family + "/" + quiz + "/" + month.String() + "/" + member
}

// practiceMark begins the place of the month in a stream of practice.
const practiceMark = "practice-"

// practiceStream is the stream of a member's practice of a quiz on one local day.
func practiceStream(quiz string, day calendar.Date, member string) string {
	return Family + "/" + quiz + "/" + practiceMark + day.String() + "/" + member
}

// Scored reports whether a stream of the family is a scored attempt; the others are practice.
func Scored(stream string) bool {
	parts := strings.SplitN(stream, "/", 4)
	return len(parts) == 4 && !strings.HasPrefix(parts[2], practiceMark)
}

// Keys of records. What a client sends is set apart from our own, so that no request can take the place of a finish.
func clientKey(key string) string    { return "client/" + key }
func dueKey(kind Kind, n int) string { return "clock/" + string(kind) + "/" + placeID(n) }
func practisedKey(q string) string   { return "practised/" + q }
func pointsKey(a Attempt) string     { return "game/" + a.Quiz + "/" + a.Month.String() }
func forfeitKey(a Attempt) string    { return "game-burn/" + a.Quiz + "/" + a.Month.String() }
func streamOf(a Attempt) string      { return Stream(a.Quiz, a.Month, a.Member) }

// openAttempt is the shadow of an attempt that had not ended when it was written; its id is the stream. Due is never
// later than the instant at which the sweep has something to write: it may be earlier, and the sweep then moves it.
type openAttempt struct {
	Stream string    `json:"stream"`
	Member string    `json:"member"`
	Due    time.Time `json:"burns_at"`
}

// checkpoint is the follower's place, kept beside its shadow.
type checkpoint struct {
	At time.Time `json:"at"`
	ID string    `json:"id"`
}

const followerName = "open_attempts"

// Open opens the room's collections and returns a service that is ready to play. A zero Policy is DefaultPolicy.
func Open(ctx context.Context, e store.Engine, s Service) (*Service, error) {
	var err error
	if s.Policy == (Policy{}) {
		s.Policy = DefaultPolicy
	}
	s.open, err = store.OpenCollection[openAttempt](ctx, e, store.Spec{
		Name: "open_attempts", Indexes: []store.Index{{Name: "burns_at", Fields: []string{"burns_at"}}},
	})
	if err != nil {
		return nil, err
	}
	s.checkpoints, err = store.OpenCollection[checkpoint](ctx, e, store.Spec{Name: "game_checkpoints"})
	return &s, err
}

// expect makes sure that the sweep looks at an attempt at that instant or before.
func (s *Service) expect(ctx context.Context, stream, member string, due time.Time) error {
	kept, err := s.open.Get(ctx, stream)
	switch {
	case fault.Is(err, fault.NotFound):
		return s.open.Insert(ctx, stream, openAttempt{stream, member, due})
	case err != nil || !kept.Value.Due.After(due):
		return err
	}
	kept.Value.Due = due
	return s.open.Replace(ctx, stream, kept.Value, kept.Version)
}

// forget drops the shadow of an attempt that ended.
func (s *Service) forget(ctx context.Context, stream string) error {
	if err := s.open.Delete(ctx, stream); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

// load returns the attempt of a stream as written, and errNone where there is none.
func (s *Service) load(ctx context.Context, stream string) (Attempt, error) {
	last, err := s.Journal.Last(ctx, stream)
	if err != nil {
		return Attempt{}, err
	}
	if last.Seq == 0 {
		return Attempt{}, errNone
	}
	return AttemptOf(last)
}
