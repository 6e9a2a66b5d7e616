package game

import (
	"context"
	"errors"
	"slices"
	"time"

	"firebrand/content"
	"firebrand/internal/fault"
)

// Offer is what the start page shows of a quiz of the live edition, in a language to play in (empty: the player's own). It
// fails with fault.NotFound ("game.not_live") for any other quiz, but for one whose attempt of last month is alive.
func (s *Service) Offer(ctx context.Context, p Player, quizID, lang string) (Offer, error) {
	earlier, err := s.earlier(ctx, p, quizID)
	if err != nil {
		return Offer{}, err
	}
	var quiz content.Quiz
	if earlier != nil {
		quiz, err = s.quizOf(ctx, *earlier)
	} else {
		quiz, err = s.liveQuiz(ctx, quizID)
	}
	if err != nil {
		return Offer{}, err
	}
	if lang == "" {
		lang = p.Lang
	}
	o := s.offer(quiz, lang, Pace(p.Pace))
	o.Month, o.Earlier = s.Zone.Month(s.now()), StateNew
	if earlier != nil {
		a := byTheClock(*earlier, s.now(), s.Policy)
		o.Month, o.Earlier, o.EarlierPoints = a.Month, a.State, a.Points+a.Lost
		o.Lang, o.Fallback = a.Lang, a.Fallback
	}
	return o, nil
}

// offer describes a game that has not begun.
func (s *Service) offer(quiz content.Quiz, lang string, pace int) Offer {
	used, fallback := language(quiz, lang)
	n := questionsOf(quiz)
	o := Offer{
		Quiz: quiz.ID, Title: in(quiz.Title, used), Intro: in(quiz.Intro, used), Article: quiz.Article, Lang: used, Fallback: fallback, Questions: n,
		Most: most(quiz, n) + quiz.Participation, Participation: quiz.Participation, Pace: pace, SpeedShare: quiz.SpeedShare,
		AwaySeconds: int(s.Policy.Away / time.Second), BetweenSeconds: int(s.Policy.Between / time.Second),
	}
	for i, q := range quiz.Questions {
		ms := Limit(q, pace).Milliseconds()
		o.LongestMS = max(o.LongestMS, ms)
		if i == 0 || ms < o.ShortestMS {
			o.ShortestMS = ms
		}
	}
	return o
}

// earlier is the attempt that stands in the way of a new one: this month's in any state, or last month's while it is
// alive by the clock. It is nil where there is none.
func (s *Service) earlier(ctx context.Context, p Player, quizID string) (*Attempt, error) {
	if !content.ValidID(quizID) {
		return nil, errNotLive
	}
	month := s.Zone.Month(s.now())
	a, err := s.load(ctx, Stream(quizID, month, p.ID))
	if err == nil {
		return &a, nil
	}
	if !errors.Is(err, errNone) {
		return nil, err
	}
	a, err = s.load(ctx, Stream(quizID, month.Prev(), p.ID))
	switch {
	case errors.Is(err, errNone):
		return nil, nil
	case err != nil:
		return nil, err
	case !byTheClock(a, s.now(), s.Policy).Alive():
		return nil, nil
	}
	return &a, nil
}

var errNotLive = fault.New(fault.NotFound, "game.not_live")

// liveQuiz is a quiz of the live edition as it stands now; one that cannot be played is not live.
func (s *Service) liveQuiz(ctx context.Context, quizID string) (content.Quiz, error) {
	edition, live, err := s.Content.Live(ctx)
	if err != nil {
		return content.Quiz{}, err
	}
	if !live || !slices.Contains(edition.Quizzes, quizID) {
		return content.Quiz{}, errNotLive
	}
	quiz, err := s.Content.Quiz(ctx, quizID)
	if err == nil && !playable(quiz) {
		err = errNotLive
	}
	return quiz, err
}

// playable reports whether there is a language in which a quiz can be played. A live edition's quizzes have one, but for
// a save that crossed the scheduling.
func playable(quiz content.Quiz) bool { return quiz.Language("") != "" }
