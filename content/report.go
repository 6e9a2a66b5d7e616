package content

import (
	"context"
	"fmt"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// Check says what stands between the month's edition and its members, at any time before it is scheduled.
// It fails with fault.NotFound where the month has no edition.
func (s *Service) Check(ctx context.Context, month calendar.Month) (Report, error) {
	e, err := s.Edition(ctx, month)
	if err != nil {
		return Report{}, err
	}
	return s.check(ctx, e)
}

// inspection gathers an edition's report.
type inspection struct {
	s        *Service
	problems []Problem
	parts    []map[string]Share
}

func (s *Service) check(ctx context.Context, e Edition) (Report, error) {
	in := inspection{s: s, parts: []map[string]Share{completeness([]Text{e.Title, e.Summary})}}
	if len(e.Articles)+len(e.Quizzes) == 0 {
		in.add(Problem{Key: "content.edition_empty"})
	}
	for _, id := range e.Articles {
		if err := in.article(ctx, id); err != nil {
			return Report{}, err
		}
	}
	for _, id := range e.Quizzes {
		if err := in.quiz(ctx, id); err != nil {
			return Report{}, err
		}
	}
	for _, id := range e.Rewards {
		if err := in.reward(ctx, id); err != nil {
			return Report{}, err
		}
	}
	in.addIn("", prizeProblems(e))
	return Report{Problems: in.problems, Languages: total(in.parts)}, nil
}

func (in *inspection) add(p Problem) { in.problems = append(in.problems, p) }

// addIn adds the problems of a part, with the part named before each field.
func (in *inspection) addIn(part string, problems []Problem) {
	for _, p := range problems {
		p.Field = part + p.Field
		in.add(p)
	}
}

func (in *inspection) article(ctx context.Context, id string) error {
	part := "/articles/" + id
	a, err := in.s.Article(ctx, id)
	if fault.Is(err, fault.NotFound) {
		in.add(Problem{Field: part, Key: "content.article_missing", Args: map[string]any{"id": id}})
		return nil
	}
	if err != nil {
		return err
	}
	in.parts = append(in.parts, a.Completeness())
	in.addIn(part, ArticleProblems(a))
	if a.Picture == "" {
		return nil
	}
	_, err = in.s.Medium(ctx, a.Picture)
	if fault.Is(err, fault.NotFound) {
		in.add(Problem{Field: part + "/picture", Key: "content.media_missing"})
		return nil
	}
	return err
}

func (in *inspection) quiz(ctx context.Context, id string) error {
	part := "/quizzes/" + id
	q, err := in.s.Quiz(ctx, id)
	if fault.Is(err, fault.NotFound) {
		in.add(Problem{Field: part, Key: "content.quiz_missing", Args: map[string]any{"id": id}})
		return nil
	}
	if err != nil {
		return err
	}
	in.parts = append(in.parts, q.Completeness())
	in.addIn(part, QuizProblems(q))
	if q.Article == "" {
		return nil
	}
	a, err := in.s.Article(ctx, q.Article)
	if fault.Is(err, fault.NotFound) {
		in.add(Problem{Field: part + "/article", Key: "content.article_missing", Args: map[string]any{"id": q.Article}})
		return nil
	}
	if err != nil {
		return err
	}
	in.addIn(part, paragraphProblems(q, a))
	return nil
}

// paragraphProblems names the questions that point behind the end of their article, in any of its languages.
func paragraphProblems(q Quiz, a Article) []Problem {
	if len(a.Body) == 0 {
		return nil
	}
	blocks := MaxParagraph
	for _, body := range a.Body {
		blocks = min(blocks, len(Blocks(body)))
	}
	var c checker
	for i, question := range q.Questions {
		if question.Paragraph > blocks {
			c.add(fmt.Sprintf("/questions/%d/paragraph", i), "content.paragraph_missing", "question", i+1, "max", blocks)
		}
	}
	return c.problems
}

func (in *inspection) reward(ctx context.Context, id string) error {
	found := false
	if in.s.Rewards != nil {
		var err error
		if found, err = in.s.Rewards.RewardExists(ctx, id); err != nil {
			return err
		}
	}
	if !found {
		in.add(Problem{Field: "/rewards/" + id, Key: "content.reward_missing", Args: map[string]any{"id": id}})
	}
	return nil
}
