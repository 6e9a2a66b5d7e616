package content

import (
	"context"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// CloneEdition makes the edition of month to from that of from: its articles and quizzes are copied as new ones, whose
// quizzes point at the copied articles, and its rewards are named again. It is a draft.
//
// It fails with fault.NotFound where from has no edition, and with fault.Conflict ("content.edition_taken") where to
// has one with something in it. The edition is written last: a clone that died before left copies that nothing names.
func (s *Service) CloneEdition(ctx context.Context, actor string, from, to calendar.Month) (Edition, error) {
	source, err := s.Edition(ctx, from)
	if err != nil {
		return source, err
	}
	target, err := s.EnsureEdition(ctx, actor, to)
	if err != nil {
		return target, err
	}
	if from == to || target.State != Draft || len(target.Articles)+len(target.Quizzes)+len(target.Rewards) > 0 {
		return target, fault.New(fault.Conflict, "content.edition_taken", "month", to.String())
	}
	target.Title, target.Summary, target.Rewards = source.Title, source.Summary, source.Rewards
	target.Articles, target.Quizzes, target.Prizes = nil, nil, clonedPrizes(source.Prizes)
	copies := map[string]string{}
	for _, id := range source.Articles {
		copied, err := s.copyArticle(ctx, actor, id)
		if err != nil {
			return target, err
		}
		copies[id] = copied
		target.Articles = append(target.Articles, copied)
	}
	for _, id := range source.Quizzes {
		copied, err := s.copyQuiz(ctx, actor, id, copies)
		if err != nil {
			return target, err
		}
		target.Quizzes = append(target.Quizzes, copied)
	}
	return s.SaveEdition(ctx, actor, target, target.Version)
}

func (s *Service) copyArticle(ctx context.Context, actor, id string) (string, error) {
	a, err := s.Article(ctx, id)
	if err != nil {
		return "", err
	}
	a.ID, a.Revision = "", 0
	a, err = s.SaveArticle(ctx, actor, a)
	return a.ID, err
}

// copyQuiz copies a quiz; an article that was not copied with it stays the one that explains it.
func (s *Service) copyQuiz(ctx context.Context, actor, id string, copies map[string]string) (string, error) {
	q, err := s.Quiz(ctx, id)
	if err != nil {
		return "", err
	}
	q.ID, q.Revision = "", 0
	if copied, ok := copies[q.Article]; ok {
		q.Article = copied
	}
	q, err = s.SaveQuiz(ctx, actor, q)
	return q.ID, err
}
