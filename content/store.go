package content

import (
	"context"
	"fmt"
	"time"

	"firebrand/internal/store"
)

// stores are the room's collections.
type stores struct {
	// editions has the month as id, so that ids run by time.
	editions *store.Collection[Edition]
	articles *shelf[Article]
	quizzes  *shelf[Quiz]
	reads    *store.Collection[read]
	media    *store.Collection[Medium]
	// pictures holds the bytes of media, "id/width" each, apart from what the studio lists.
	pictures *store.Collection[picture]
}

// read says that a member has read an article; its id is "member/article", so that the first reading stands.
type read struct {
	Member  string    `json:"member"`
	Article string    `json:"article"`
	At      time.Time `json:"at"`
}

// picture is a medium in one size.
type picture struct {
	Type string `json:"type"`
	Data []byte `json:"data"`
}

func openStores(ctx context.Context, e store.Engine) (s stores, err error) {
	opened := func(name string, fail error) {
		if fail != nil && err == nil {
			err = fmt.Errorf("content %s: %w", name, fail)
		}
	}
	var fail error
	s.editions, fail = store.OpenCollection[Edition](ctx, e, store.Spec{Name: "content_editions", Indexes: []store.Index{
		{Name: "articles", Fields: []string{"articles"}},
		{Name: "quizzes", Fields: []string{"quizzes"}},
	}})
	opened("editions", fail)
	s.articles, fail = openShelf(ctx, e, "content_articles", articleMark)
	opened("articles", fail)
	s.quizzes, fail = openShelf(ctx, e, "content_quizzes", quizMark)
	opened("quizzes", fail)
	s.reads, fail = store.OpenCollection[read](ctx, e, store.Spec{Name: "content_reads", Indexes: []store.Index{
		{Name: "member_article", Fields: []string{"member", "article"}},
	}})
	opened("reads", fail)
	s.media, fail = store.OpenCollection[Medium](ctx, e, store.Spec{Name: "content_media", Indexes: []store.Index{
		{Name: "added", Fields: []string{"added"}},
	}})
	opened("media", fail)
	s.pictures, fail = store.OpenCollection[picture](ctx, e, store.Spec{Name: "content_pictures"})
	opened("pictures", fail)
	return s, err
}

// all reads a whole collection in the order of ids, page by page.
func all[T any](ctx context.Context, c *store.Collection[T], desc bool) ([]store.Entry[T], error) {
	const page = 500
	var found []store.Entry[T]
	q := store.Query{Desc: desc, Limit: page}
	for {
		part, err := c.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
		if len(part) < page {
			return found, nil
		}
		q.After = &store.Position{ID: part[len(part)-1].ID}
	}
}
