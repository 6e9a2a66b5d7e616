package game

import (
	"context"
	"errors"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Month is what the home page shows: a card for each quiz of the live edition, in its order, and before them what was
// begun in last month's final minutes and is still alive. It writes nothing.
func (s *Service) Month(ctx context.Context, p Player) ([]Card, error) {
	now := s.now()
	cards, err := s.leftover(ctx, p, now)
	if err != nil {
		return nil, err
	}
	edition, live, err := s.Content.Live(ctx)
	if err != nil || !live {
		return cards, err
	}
	for _, id := range edition.Quizzes {
		card, err := s.card(ctx, p, id, edition.Month, now)
		if errors.Is(err, errNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		cards = append(cards, card)
	}
	return cards, nil
}

// card is the standing of one quiz in a month; errNone where it was not begun and cannot be.
func (s *Service) card(ctx context.Context, p Player, quizID string, month calendar.Month, now time.Time) (Card, error) {
	a, err := s.load(ctx, Stream(quizID, month, p.ID))
	if errors.Is(err, errNone) {
		quiz, err := s.Content.Quiz(ctx, quizID)
		if err == nil && !playable(quiz) {
			err = errNone
		}
		return Card{
			Quiz: quizID, Month: month, Article: quiz.Article, Title: in(quiz.Title, p.Lang), State: StateNew,
			Most: most(quiz, questionsOf(quiz)) + quiz.Participation,
		}, err
	}
	if err != nil {
		return Card{}, err
	}
	quiz, err := s.quizOf(ctx, a)
	if err != nil {
		return Card{}, err
	}
	a = byTheClock(a, now, s.Policy)
	c := Card{
		Quiz: quizID, Month: month, Article: quiz.Article, Title: in(quiz.Title, p.Lang), State: a.State, Points: a.Points, Lost: a.Lost,
		BurnsAt: a.BurnsAt,
	}
	c.Most, err = mostOf(quiz, a)
	return c, err
}

// leftover are the cards of last month's attempts that are still alive. No game lasts a day, so that only the month's
// first day needs to look.
func (s *Service) leftover(ctx context.Context, p Player, now time.Time) ([]Card, error) {
	today := s.Zone.Date(now)
	if today.Day != 1 {
		return nil, nil
	}
	edition, err := s.Content.Edition(ctx, today.Month().Prev())
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	var cards []Card
	for _, id := range edition.Quizzes {
		a, loadErr := s.load(ctx, Stream(id, edition.Month, p.ID))
		if errors.Is(loadErr, errNone) || loadErr == nil && !byTheClock(a, now, s.Policy).Alive() {
			continue
		}
		card, cardErr := s.card(ctx, p, id, edition.Month, now)
		if err = errors.Join(loadErr, cardErr); err != nil {
			return nil, err
		}
		cards = append(cards, card)
	}
	return cards, err
}

// Unplayed are the quizzes of the live edition that the member has not begun and can begin, in its order.
func (s *Service) Unplayed(ctx context.Context, member string) ([]content.Quiz, error) {
	edition, live, err := s.Content.Live(ctx)
	if err != nil || !live {
		return nil, err
	}
	var unplayed []content.Quiz
	for _, id := range edition.Quizzes {
		last, err := s.Journal.Last(ctx, Stream(id, edition.Month, member))
		if err != nil {
			return nil, err
		}
		if last.Seq > 0 {
			continue
		}
		quiz, err := s.Content.Quiz(ctx, id)
		if err != nil {
			return nil, err
		}
		if playable(quiz) {
			unplayed = append(unplayed, quiz)
		}
	}
	return unplayed, nil
}
