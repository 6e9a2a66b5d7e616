package content

import (
	"context"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// MarkRead notes that the member has read the article. The first reading stands; it is safe to repeat.
// It fails with fault.NotFound where there is no such article.
func (s *Service) MarkRead(ctx context.Context, member, article string) error {
	found, err := s.articles.has(ctx, article)
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.NotFound, "content.missing")
	}
	err = s.reads.Insert(ctx, member+"/"+article, read{member, article, calendar.Milli(s.Now())})
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// ReadBy says which of the articles the member has read; every one asked for is in the answer.
func (s *Service) ReadBy(ctx context.Context, member string, articles []string) (map[string]bool, error) {
	answer := make(map[string]bool, len(articles))
	asked := make([]any, 0, len(articles))
	for _, id := range articles {
		if _, twice := answer[id]; !twice {
			asked = append(asked, id)
		}
		answer[id] = false
	}
	found, err := s.reads.Find(ctx, store.Query{
		Index: "member_article", Equal: []any{member}, In: asked, Limit: len(asked) + 1,
	})
	for _, e := range found {
		answer[e.Value.Article] = true
	}
	return answer, err
}

// ReadTimes says when the member first read each of the articles; what was not read is not in the answer.
func (s *Service) ReadTimes(ctx context.Context, member string, articles []string) (map[string]time.Time, error) {
	times := make(map[string]time.Time, len(articles))
	asked := make([]any, 0, len(articles))
	for _, id := range once(articles) {
		asked = append(asked, id)
	}
	found, err := s.reads.Find(ctx, store.Query{
		Index: "member_article", Equal: []any{member}, In: asked, Limit: len(asked) + 1,
	})
	for _, e := range found {
		times[e.Value.Article] = e.Value.At
	}
	return times, err
}
